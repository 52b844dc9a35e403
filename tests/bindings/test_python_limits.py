#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: limits, budgets, and waiting for a buffer."""

import asyncio
import os
import signal
import threading
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool, Gio, GLib, GObject
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))


class Item(GObject.Object, Bufpool.Reusable):
    def do_reuse(self, trim):
        return True

    def do_get_byte_size(self):
        return 1000


class Limits(unittest.TestCase):
    def test_properties(self):
        budget = Bufpool.Budget(5000)
        pool = Bufpool.Pool("f32", max_outstanding=3, max_idle_bytes=400, budget=budget)
        self.assertEqual((pool.max_outstanding, pool.max_idle_bytes, pool.flushing), (3, 400, False))
        self.assertIs(pool.budget, budget)
        self.assertIsNone(Bufpool.Pool().budget)
        pool.max_outstanding, pool.max_idle_bytes, pool.flushing = 4, 0, True
        self.assertEqual((pool.get_max_outstanding(), pool.get_max_idle_bytes(), pool.get_flushing()), (4, 0, True))

    def test_wrong_properties(self):
        pool = Bufpool.Pool()
        for name, value, kind in (("max_outstanding", -1, ValueError), ("max_outstanding", "3", TypeError),
                                  ("max_idle_bytes", 2 ** 64, ValueError), ("budget", 5000, TypeError)):
            with self.subTest(name), self.assertRaises(kind):
                Bufpool.Pool(**{name: value})
            if name != "budget":
                with self.assertRaises(kind):
                    setattr(pool, name, value)
        with self.assertRaises(AttributeError):
            pool.budget = Bufpool.Budget(1)
        for value, kind in ((-1, ValueError), ("1", TypeError), (2 ** 64, ValueError)):
            with self.assertRaises(kind):
                Bufpool.Budget(value)

    def test_at_the_limit(self):
        pool = Bufpool.Pool(max_outstanding=2)
        first, second = pool.acquire(), pool.acquire(10)
        for acquire in (pool.acquire, pool.try_acquire, lambda: pool.acquire(10), lambda: pool.acquire_many(10, 1),
                        lambda: pool.read(Gio.MemoryInputStream(), 5), lambda: pool.acquire_wait(timeout=0)):
            with self.assertRaises(Bufpool.LimitError) as raised:
                acquire()
            self.assertTrue(raised.exception.matches(Bufpool.PoolError.quark(), Bufpool.PoolError.LIMIT))
        first.release()
        pool.acquire().release()
        second.release()
        self.assertEqual(len(pool.acquire_many(10, 2)), 2)

    def test_flushing(self):
        pool = Bufpool.Pool(flushing=True)
        with self.assertRaises(Bufpool.FlushingError):
            pool.acquire()
        pool.flushing = False
        pool.acquire().release()

    def test_max_idle_bytes(self):
        pool = Bufpool.Pool(max_idle_bytes=250)
        for handle in pool.acquire_many(100, 3):
            handle.release()
        self.assertEqual((pool.stats.idle, pool.stats.idle_bytes), (2, 200))

    def test_prefill(self):
        budget = Bufpool.Budget(5500)
        pool = Bufpool.Pool(item_type=Item, max_idle_bytes=3000, budget=budget)
        pool.prefill(2)
        with self.assertRaises(Bufpool.OutOfRangeError):
            pool.prefill(2)
        self.assertEqual((pool.stats.idle, budget.used_bytes), (2, 2000))
        pool.max_idle_bytes = 0
        with self.assertRaises(Bufpool.BudgetError):
            pool.prefill(4)
        pool.prefill(3)
        self.assertEqual((pool.stats.idle, budget.used_bytes), (5, 5000))
        buffers = Bufpool.Pool(max_idle_bytes=1000, budget=Bufpool.Budget(900))
        for kind, n_buffers in ((Bufpool.OutOfRangeError, 11), (Bufpool.BudgetError, 10)):
            with self.assertRaises(kind):
                buffers.prefill(n_buffers, 100)
        self.assertEqual(buffers.stats.idle, 0)

    def test_budget(self):
        budget = Bufpool.Budget(3100)
        pool, items = Bufpool.Pool(budget=budget), Bufpool.Pool(item_type=Item, budget=budget)
        handle = pool.acquire(1500)
        item = items.acquire()
        self.assertEqual((budget.used_bytes, budget.peak_bytes), (2500, 2500))
        with self.assertRaises(Bufpool.BudgetError):
            items.acquire()
        with self.assertRaises(MemoryError):
            handle.resize(1501)
        self.assertEqual(len(handle), 1500)
        item.release()
        handle.resize(1501)
        self.assertEqual(budget.used_bytes, 1501)
        budget.max_bytes = 1000
        with self.assertRaises(Bufpool.BudgetError):
            pool.acquire(1)
        handle.release()
        self.assertEqual(budget.used_bytes, 0)
        self.assertIn("0 of 1000 bytes", repr(budget))

    def test_many(self):
        pool = Bufpool.Pool("f64", max_outstanding=5)
        handles = pool.acquire_many(4, 5)
        self.assertEqual([bytes(handle) for handle in handles], [bytes(32)] * 5)
        with self.assertRaises(Bufpool.LimitError):
            pool.acquire_many(4, 1)
        for handle in handles:
            handle.release()
        with self.assertRaises(Bufpool.LimitError):
            pool.acquire_many(4, 6)
        self.assertEqual(pool.stats.outstanding, 0)
        self.assertEqual(pool.acquire_many(4, 0), [])
        with self.assertRaises(ValueError):
            pool.acquire_many(4, -1)
        self.assertEqual(len(Bufpool.Pool(item_type=Item).acquire_many(None, 3)), 3)


class Waiting(unittest.TestCase):
    def setUp(self):
        self.pool = Bufpool.Pool(max_outstanding=1)
        self.handle = self.pool.acquire(10)

    def test_time(self):
        with self.assertRaises(Bufpool.TimedOutError):
            self.pool.acquire_wait(10, timeout=0.01)
        with self.assertRaises(TimeoutError):
            self.pool.acquire_wait(timeout=0.001)
        for timeout in (-1, float("nan")):
            with self.assertRaises(ValueError):
                self.pool.acquire_wait(10, timeout=timeout)

    def test_given_back_by_another_thread(self):
        threading.Timer(0.01, self.handle.release).start()
        with self.pool.acquire_wait(7) as handle:
            self.assertEqual(bytes(handle), bytes(7))

    def test_in_another_thread(self):
        got = []
        thread = threading.Thread(target=lambda: got.append(self.pool.acquire_wait(7)))
        thread.start()
        self.handle.release()
        thread.join()
        self.assertEqual(len(got[0]), 7)

    def test_cancelled(self):
        cancellable = Gio.Cancellable()
        threading.Timer(0.01, cancellable.cancel).start()
        with self.assertRaises(GLib.Error) as raised:
            self.pool.acquire_wait(7, cancellable=cancellable)
        self.assertTrue(raised.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

    def test_signal(self):
        def handle(number, frame):
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGUSR1, handle)
        try:
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            with self.assertRaises(KeyboardInterrupt):
                self.pool.acquire_wait(7)
        finally:
            signal.signal(signal.SIGUSR1, before)
        self.handle.release()
        self.pool.acquire().release()

    def test_flushed_and_disposed(self):
        for end, kind in ((lambda: self.pool.set_flushing(True), Bufpool.FlushingError),
                          (self.pool.run_dispose, Bufpool.ClosedError)):
            self.pool.flushing = False
            threading.Timer(0.01, end).start()
            with self.assertRaises(kind):
                self.pool.acquire_wait(7)

    def test_callback(self):
        loop, results = GLib.MainLoop(), []

        def on_acquired(pool, result):
            results.append(pool.acquire_finish(result))
            loop.quit()

        self.pool.acquire_async(5, None, on_acquired)
        self.handle.release()
        loop.run()
        self.assertEqual(len(results[0]), 5)

    def test_result_of_another(self):
        loop = GLib.MainLoop()

        def on_read(stream, result):
            with self.assertRaises(ValueError):
                self.pool.acquire_finish(result)
            loop.quit()

        Gio.MemoryInputStream().read_bytes_async(5, 0, None, on_read)
        loop.run()

    def test_awaited(self):
        async def wait():
            threading.Timer(0.01, self.handle.release).start()
            try:
                return await self.pool.acquire_async(5)
            except RuntimeError as error:
                self.assertIn("asyncio.to_thread", str(error))
                return await asyncio.to_thread(self.pool.acquire_wait, 5)

        self.assertEqual(len(asyncio.run(wait())), 5)


if __name__ == "__main__":
    tap.main()
