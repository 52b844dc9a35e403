#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: contents that are wiped, and pools for threads that must not wait."""

import gc
import threading
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool, Gio, GObject
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))

SECRET = b"a secret " * 100


class Item(GObject.Object, Bufpool.Reusable):
    def do_reuse(self, _trim):
        return True


class Monitor(GObject.Object, Gio.Initable, Gio.MemoryMonitor):
    pass


def find(buf):
    """Whether any of it is left in all that the buffer has room for."""
    buf.set_length(buf.capacity)
    return b"secret" in bytes(buf)


class ClearOnRelease(unittest.TestCase):
    def test_property(self):
        pool = Bufpool.Pool(clear_on_release=True)
        seen = []
        pool.connect("notify::clear-on-release", lambda *_: seen.append(pool.clear_on_release))
        self.assertEqual((pool.clear_on_release, pool.get_clear_on_release(), pool.props.clear_on_release), (True,) * 3)
        pool.clear_on_release = True
        pool.clear_on_release = 0
        pool.set_clear_on_release("yes")
        self.assertEqual((seen, Bufpool.Pool().clear_on_release), ([False, True], False))

    def test_wiped(self):
        pool = Bufpool.Pool(clear_on_release=True)
        with pool.acquire() as buf:
            buf.append(SECRET)
            buf.resize(1)
        for _ in range(2):
            with pool.acquire() as buf:
                self.assertFalse(find(buf))
                self.assertGreaterEqual(buf.capacity, len(SECRET))
                buf.write(0, SECRET)
        self.assertEqual(pool.stats.misses, 1)

    def test_with_the_last_view(self):
        pool = Bufpool.Pool(clear_on_release=True)
        buf = pool.acquire(len(SECRET))
        buf.write(0, SECRET)
        view, data = buf.view(), buf.get_bytes()
        buf.release()
        self.assertEqual((bytes(view), data.get_data()), (SECRET, SECRET))
        del view, data
        gc.collect()
        self.assertEqual(pool.stats.idle, 1)
        with pool.acquire() as buf:
            self.assertFalse(find(buf))

    def test_set_later(self):
        pool = Bufpool.Pool()
        held = [pool.acquire(len(SECRET)) for _ in range(10)]
        for buf in held:
            buf.write(0, SECRET)
        for buf in held[1:]:
            buf.release()
        pool.clear_on_release = True
        held[0].release()
        held = [pool.acquire() for _ in range(10)]
        self.assertEqual(pool.stats.misses, 10)
        self.assertFalse(any(find(buf) for buf in held))

    def test_of_items(self):
        pool = Bufpool.Pool(item_type=Item)
        with self.assertRaisesRegex(ValueError, r"wipe it in do_reuse\(\)"):
            pool.clear_on_release = True
        with self.assertRaisesRegex(ValueError, r"wipe it in do_reuse\(\)"):
            Bufpool.Pool(item_type=Item, clear_on_release=True)
        pool.clear_on_release = False
        self.assertFalse(pool.clear_on_release)


class Realtime(unittest.TestCase):
    def setUp(self):
        self.pool = Bufpool.Pool("f32", realtime=True, max_buffers=4)

    def test_property(self):
        self.assertEqual((self.pool.realtime, self.pool.get_realtime(), self.pool.props.realtime), (True,) * 3)
        self.assertFalse(Bufpool.Pool().realtime)
        with self.assertRaises(AttributeError):
            self.pool.realtime = False

    def test_only_what_was_prefilled(self):
        with self.assertRaisesRegex(Bufpool.LimitError, "prefill"):
            self.pool.acquire()
        self.pool.prefill(4, 100)
        with self.assertRaises(Bufpool.OutOfRangeError):
            self.pool.prefill(1, 100)
        held = [self.pool.acquire(100) for _ in range(4)]
        for acquire in (self.pool.acquire, lambda: self.pool.acquire(10), self.pool.try_acquire,
                        lambda: self.pool.acquire_many(10, 1), lambda: self.pool.acquire_wait(10, timeout=0)):
            with self.assertRaises(Bufpool.LimitError):
                acquire()
        held.pop().release()
        self.pool.acquire(100).release()
        self.assertEqual((self.pool.stats.outstanding, self.pool.stats.idle), (3, 1))
        with self.assertRaises(Bufpool.Error):
            held[0].resize(101)
        self.assertEqual(len(held[0]), 100)
        held.clear()
        gc.collect()
        self.assertEqual(self.pool.stats.idle, 4)
        self.pool.drop_idle()
        self.assertEqual(self.pool.stats.idle, 0)

    def test_what_it_cannot_have(self):
        for properties in ({"item_type": Item}, {"budget": Bufpool.Budget(100)}, {"max_outstanding": 1},
                           {"max_idle_bytes": 1}, {"flushing": True}, {"idle_timeout": 1},
                           {"memory_monitor": Monitor()}):
            name = next(iter(properties))
            with self.assertRaisesRegex(ValueError, name):
                Bufpool.Pool(realtime=True, **properties)
            if name not in ("item_type", "budget"):
                with self.assertRaisesRegex(ValueError, name):
                    setattr(self.pool, name, properties[name])
                setattr(self.pool, name, type(getattr(self.pool, name))())
        for max_buffers in (0, 65537):
            with self.assertRaisesRegex(ValueError, "from 1 to 65536"):
                Bufpool.Pool(realtime=True, max_buffers=max_buffers)
        with self.assertRaisesRegex(ValueError, "constructor"):
            self.pool.max_buffers = 5
        self.pool.max_buffers = 4
        for wait in (self.pool.acquire_wait, lambda: self.pool.acquire_wait(5, timeout=1), self.pool.acquire_async,
                     lambda: self.pool.acquire_async(5, None, print)):
            with self.assertRaisesRegex(ValueError, "no call can wait"):
                wait()

    def test_wiped(self):
        pool = Bufpool.Pool(realtime=True, max_buffers=2)
        pool.clear_on_release = True
        pool.prefill(2, 1000)
        with pool.acquire() as buf:
            buf.append(SECRET)
        held = [pool.acquire(), pool.acquire()]
        self.assertFalse(any(find(buf) for buf in held))
        pool.clear_on_release = True
        with self.assertRaisesRegex(ValueError, r"before prefill\(\)"):
            pool.clear_on_release = False

    def test_threads(self):
        self.pool.prefill(4, 10)
        counts = []

        def work():
            n = 0
            for _ in range(300):
                try:
                    with self.pool.acquire(10) as buf:
                        buf[0] = 1.5
                        n += 1
                except Bufpool.LimitError:
                    pass
            counts.append(n)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        gc.collect()
        self.assertGreater(sum(counts), 0)
        self.assertEqual(self.pool.stats.idle, 4)


if __name__ == "__main__":
    tap.main()
