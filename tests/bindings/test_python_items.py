#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: pools of objects whose class is written in Python."""

import gc
import threading
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool, GObject
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))


class Item(GObject.Object, Bufpool.Reusable):
    made = 0
    gone = 0

    def __init__(self):
        super().__init__()
        Item.made += 1
        self.lines = []
        self.uses = 0
        self.trims = []

    def __del__(self):
        Item.gone += 1

    def do_reuse(self, trim):
        self.lines.clear()
        self.uses += 1
        self.trims.append(trim)
        return self.uses < 3

    def do_get_byte_size(self):
        return 100 + self.uses


class Items(unittest.TestCase):
    def setUp(self):
        Item.made = Item.gone = 0
        self.pool = Bufpool.Pool(item_type=Item, max_buffers=8, trim_capacity=7, thread_cache=0)

    def tearDown(self):
        self.pool = None
        gc.collect()
        self.assertEqual(Item.made, Item.gone)

    def test_state_survives(self):
        with self.pool.acquire() as handle:
            first = handle.item
            first.lines.append("x")
            first.mark = 5
        with self.pool.acquire() as handle:
            self.assertIs(handle.item, first)
            self.assertEqual((first.mark, first.lines, first.uses, first.trims), (5, [], 1, [7]))
        self.assertEqual(self.pool.stats.idle_bytes, 102)

    def test_dropped_handles(self):
        for _ in range(2):
            self.pool.acquire().item.lines.append("x")
            self.assertEqual(self.pool.stats.idle, 1)
        self.assertEqual(self.pool.acquire().item.lines, [])
        self.assertEqual(Item.made, 1)

    def test_refusal(self):
        for _ in range(3):
            with self.pool.acquire() as handle:
                first = handle.item
        self.assertEqual((first.uses, self.pool.stats.idle, self.pool.stats.dropped), (3, 0, 1))

    def test_never_looked_at(self):
        for _ in range(5):
            self.pool.acquire()
        self.pool.prefill(4)
        self.pool.drop_idle()

    def test_prefill(self):
        self.pool.prefill(8)
        self.assertEqual((Item.made, self.pool.stats.idle), (8, 8))
        with self.assertRaises(Bufpool.OutOfRangeError):
            self.pool.prefill(1)
        self.assertEqual(Item.made, 8)

    def test_recycle(self):
        item = Item()
        item.name = "mine"
        self.pool.recycle_item(item)
        with self.pool.acquire() as handle:
            self.assertIs(handle.item, item)
        for wrong in (GObject.Object(), None, "x"):
            with self.assertRaises(TypeError):
                self.pool.recycle_item(wrong)
        with self.assertRaises(TypeError):
            Bufpool.Pool().recycle_item(item)

    def test_item_outlives_the_pool(self):
        item = self.pool.acquire().item
        self.pool = None
        gc.collect()
        item.lines.append("still here")
        self.assertEqual(item.lines, ["still here"])

    def test_released_in_another_thread(self):
        handle = self.pool.acquire()
        item = handle.item
        item.lines.append("x")
        thread = threading.Thread(target=handle.release)
        thread.start()
        thread.join()
        self.assertEqual((item.lines, item.uses), ([], 1))

    def test_no_elements(self):
        handle = self.pool.acquire()
        for wrong in (handle.view, handle.get_bytes, handle.get_view, handle.dup_data, handle.unref_to_bytes,
                      lambda: handle[0], lambda: handle[1:], lambda: list(handle), lambda: bytes(handle),
                      lambda: handle.resize(1), lambda: handle.append(b"x"), lambda: handle.write(0, b"x"),
                      lambda: Bufpool.PooledSlice.new_take(handle, 0), lambda: self.pool.acquire(5),
                      lambda: self.pool.read(None, 5)):
            with self.assertRaises(TypeError):
                wrong()
        self.assertEqual(len(handle), 0)
        self.assertIn("Item object", repr(handle))
        self.assertIn("Item", repr(self.pool))
        with self.assertRaises(TypeError):
            Bufpool.Pool().acquire().item
        handle.release()
        with self.assertRaises(Bufpool.ReleasedError):
            handle.item

    def test_class_of_its_own_defaults(self):
        class Plain(GObject.Object, Bufpool.Reusable):
            pass

        pool = Bufpool.Pool(item_type=Plain)
        with pool.acquire() as handle:
            item = handle.item
        self.assertIs(pool.acquire().item, item)
        self.assertEqual(pool.stats.idle_bytes, 0)

    def test_initially_unowned(self):
        class Floating(GObject.InitiallyUnowned, Bufpool.Reusable):
            def do_reuse(self, trim):
                return True

        pool = Bufpool.Pool(item_type=Floating)
        with pool.acquire() as handle:
            item = handle.item
        self.assertIs(pool.acquire().item, item)
        pool.recycle_item(Floating())
        self.assertFalse(item.is_floating())

    def test_initializer_that_raises(self):
        class Failing(GObject.Object, Bufpool.Reusable):
            def __init__(self):
                super().__init__()
                raise ValueError("not today")

        pool = Bufpool.Pool(item_type=Failing)
        with self.assertRaises(ValueError):
            pool.prefill(2)
        self.assertEqual(pool.stats.idle, 0)


if __name__ == "__main__":
    tap.main()
