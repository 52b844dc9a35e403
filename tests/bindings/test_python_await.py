#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: buffers that are awaited."""

import asyncio
import gc
import threading
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool, Gio, GLib, GObject
    import glib_loop
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))


class Item(GObject.Object, Bufpool.Reusable):
    def do_reuse(self, trim):
        return True


class Awaiting(unittest.TestCase):
    def setUp(self):
        self.pool = Bufpool.Pool(max_outstanding=1)

    def tearDown(self):
        gc.collect()
        self.assertEqual(self.pool.stats.outstanding, 0)

    def check_no_one_waits(self, handle):
        handle.release()
        self.pool.acquire().release()

    def test_at_once(self):
        async def use():
            with await self.pool.acquire_async(5) as buf:
                self.assertEqual(bytes(buf), bytes(5))
            with await self.pool.acquire_async() as buf:
                self.assertEqual(len(buf), 0)

        glib_loop.run(use())

    def test_first_come_first_served(self):
        order = []

        async def use(size):
            with await self.pool.acquire_async(size) as buf:
                order.append(len(buf))
                await asyncio.sleep(0)

        async def main():
            await asyncio.gather(*(use(size) for size in range(20)))

        glib_loop.run(main())
        self.assertEqual(order, list(range(20)))

    def test_beside_threads(self):
        async def use():
            for size in range(50):
                with await self.pool.acquire_async(size) as buf:
                    self.assertEqual(len(buf), size)

        def use_too():
            for size in range(50):
                self.pool.acquire_wait(size).release()

        async def main():
            loop = asyncio.get_running_loop()
            await asyncio.gather(use(), loop.run_in_executor(None, use_too), use())

        glib_loop.run(main())

    def test_items(self):
        pool = Bufpool.Pool(item_type=Item, max_outstanding=1)

        async def use():
            for _ in range(3):
                with await pool.acquire_async() as handle:
                    handle.item.mark = getattr(handle.item, "mark", 0) + 1
            with await pool.acquire_async() as handle:
                return handle.item.mark

        self.assertEqual(glib_loop.run(use()), 3)
        with self.assertRaises(TypeError):
            pool.acquire_async(4)

    def check_cancelled(self, begin):
        async def main():
            handle = self.pool.acquire()
            task = asyncio.ensure_future(begin())
            await asyncio.sleep(0)
            self.assertTrue(task.cancel())
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.check_no_one_waits(handle)

        glib_loop.run(main())

    def test_task_is_cancelled(self):
        self.check_cancelled(lambda: self.pool.acquire_async(5))

    def test_coroutine_is_cancelled(self):
        async def use():
            with await self.pool.acquire_async(5):
                self.fail("it was cancelled")

        self.check_cancelled(use)

    def test_cancelled_when_it_has_come(self):
        async def main():
            future = self.pool.acquire_async(5)
            future.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await future
            self.assertFalse(future.cancel())
            future = self.pool.acquire_async(5)
            await asyncio.wait([future])
            self.assertFalse(future.cancel())
            with future.result() as buf:
                self.assertEqual(len(buf), 5)

        glib_loop.run(main())

    def test_time(self):
        async def main():
            handle = self.pool.acquire()
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(self.pool.acquire_async(5), 0.01)
            self.check_no_one_waits(handle)

        glib_loop.run(main())

    def test_cancellable(self):
        async def main():
            handle = self.pool.acquire()
            cancellable = Gio.Cancellable()
            future = self.pool.acquire_async(5, cancellable)
            cancellable.cancel()
            for future in (future, self.pool.acquire_async(5, cancellable)):
                with self.assertRaises(GLib.Error) as raised:
                    await future
                self.assertTrue(raised.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
            self.check_no_one_waits(handle)

        glib_loop.run(main())

    def test_own_errors(self):
        async def main():
            handle = self.pool.acquire()
            future = self.pool.acquire_async(5)
            self.pool.flushing = True
            with self.assertRaises(Bufpool.FlushingError):
                await future
            self.pool.flushing = False
            future = self.pool.acquire_async(5)
            self.pool.run_dispose()
            with self.assertRaises(Bufpool.ClosedError):
                await future
            handle.release()
            with self.assertRaises(Bufpool.BudgetError):
                await Bufpool.Pool(budget=Bufpool.Budget(100)).acquire_async(101)
            with self.assertRaises(Bufpool.TooLargeError):
                await Bufpool.Pool("f64").acquire_async(tap.HUGE)

        glib_loop.run(main())

    def test_forgotten(self):
        async def main():
            handle = self.pool.acquire()
            self.pool.acquire_async(5)
            future = self.pool.acquire_async(6)
            gc.collect()
            handle.release()
            self.assertEqual(len(await future), 6)

        glib_loop.run(main())

    def test_loop_is_closed_before(self):
        context = GLib.MainContext.new()

        async def begin():
            return self.pool.acquire(), self.pool.acquire_async(5)

        handle, future = glib_loop.run(begin(), context)
        handle.release()
        while context.iteration(False):
            pass
        self.assertFalse(future.done())
        self.pool.acquire().release()

    def test_loops_of_threads(self):
        def use():
            async def main():
                for size in range(50):
                    with await self.pool.acquire_async(size) as buf:
                        self.assertEqual(len(buf), size)

            glib_loop.run(main())
            done.append(True)

        done = []
        threads = [threading.Thread(target=use) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(done), 3)


class Elsewhere(unittest.TestCase):
    """Where a buffer cannot be awaited no wait begins."""

    def setUp(self):
        self.pool = Bufpool.Pool(max_outstanding=1)
        self.handle = self.pool.acquire()

    def tearDown(self):
        self.handle.release()
        self.pool.acquire().release()

    def test_no_loop(self):
        with self.assertRaisesRegex(RuntimeError, "no event loop.*asyncio.to_thread"):
            self.pool.acquire_async(5)

    def test_loop_without_glib(self):
        async def main():
            with self.assertRaisesRegex(RuntimeError, "asyncio.to_thread"):
                self.pool.acquire_async(5)

        asyncio.run(main())

    def test_thread_instead(self):
        async def main():
            waiting = asyncio.ensure_future(asyncio.to_thread(self.pool.acquire_wait, 5))
            await asyncio.sleep(0)
            self.handle.release()
            with await waiting as buf:
                self.assertEqual(len(buf), 5)

        asyncio.run(main())

    def test_wrong_arguments(self):
        async def main():
            for kind, arguments in ((OverflowError, (-1,)), (TypeError, ("5",)), (OverflowError, (2 ** 64,)),
                                    (TypeError, (5, "no cancellable")), (TypeError, (5, None, "no callback"))):
                with self.assertRaises(kind):
                    self.pool.acquire_async(*arguments)

        glib_loop.run(main())


if __name__ == "__main__":
    tap.main()
