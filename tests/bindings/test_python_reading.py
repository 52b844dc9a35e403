#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: what is read is never lost, whatever becomes of the memory that it was read into,
and of those that await it."""

import asyncio
import gc
import io
import os
import socket
import tempfile
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool, Gio, GLib
    import glib_loop
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))
try:
    import numpy
except ImportError:
    numpy = None

DATA = bytes(range(256)) * 8
KEEPERS = {
    "the memory": lambda room: room,
    "a part": lambda room: room[1:],
    "a view": memoryview,
    "an object": lambda room: io.BufferedReader(io.BytesIO(b"")) and memoryview(room).cast("c"),
}
if numpy:
    KEEPERS["an array"] = lambda room: numpy.frombuffer(room, "u1")


class Keeper:
    """A file that keeps what it was given to read into."""

    def __init__(self, keep, most=700):
        self.file = io.BytesIO(DATA)
        self.keep = keep
        self.most = most
        self.kept = []

    def readinto(self, room):
        self.kept.append(self.keep(room))
        return self.file.readinto(room[:self.most])


class Refusing:
    """A file whose exception is kept, and with it the frames that have the memory."""

    def __init__(self):
        self.file = io.BytesIO(DATA)
        self.errors = []

    def readinto(self, room):
        try:
            self.refuse(room[:10])
        except ValueError as error:
            self.errors.append(error)
        return self.file.readinto(room)

    def refuse(self, part):
        raise ValueError(len(part))


class Kept(unittest.TestCase):
    """Views that survive readinto()."""

    def files(self):
        for name, keep in KEEPERS.items():
            yield name, Keeper(keep)
        yield "an exception", Refusing()

    def test_all_ways_to_read(self):
        ways = {
            "read": lambda pool, file: iter(lambda: bytes(pool.read(file, 1000)), b""),
            "read_all": lambda pool, file: iter(lambda: bytes(pool.read_all(file, 1000)), b""),
            "read_bytes": lambda pool, file: iter(lambda: pool.read_bytes(file, 1000).get_data(), b""),
            "read_chunks": lambda pool, file: map(bytes, pool.read_chunks(file, 1000)),
        }
        for limits in ({}, {"max_outstanding": 4}, {"realtime": True, "max_buffers": 2}):
            for way, read in ways.items():
                for name, file in self.files():
                    with self.subTest(way, name=name, **limits):
                        pool = Bufpool.Pool("u8", **limits)
                        if "realtime" in limits:
                            pool.prefill(2, 1000)
                        read_so_far = b""
                        try:
                            for data in read(pool, file):
                                read_so_far += data
                                del data
                                # Or else limits are reached
                                getattr(file, "kept", []).clear()
                                getattr(file, "errors", []).clear()
                        except Bufpool.LimitError as error:
                            self.fail(str(error))
                        self.assertEqual(read_so_far, DATA)
                        getattr(file, "errors", []).clear()
                        del file
                        self.assertEqual(pool.stats.outstanding, 0)

    def test_what_keepers_write_is_not_in_the_slice(self):
        pool = Bufpool.Pool()
        file = Keeper(lambda room: room[1:])
        chunk = pool.read(file, 100)
        for memory in file.kept:
            memory[5] = 255
        self.assertEqual(bytes(chunk), DATA[:100])
        self.assertEqual(pool.stats.outstanding, 2)
        del memory, file
        self.assertEqual(pool.stats.outstanding, 1)

    def test_no_other_buffer(self):
        pool = Bufpool.Pool(max_outstanding=1)
        file = Keeper(lambda room: room[1:])
        for begin in (0, 100):
            with pool.read(file, 100) as chunk:
                self.assertEqual(bytes(chunk), DATA[begin:begin + 100])
                with self.assertRaises(Bufpool.LimitError):
                    pool.read(file, 100)
            self.assertEqual(pool.stats.outstanding, 1)
            file.kept.clear()
            self.assertEqual(pool.stats.outstanding, 0)
        # What fails for want of a buffer has not touched the file
        self.assertEqual(file.file.tell(), 200)

    def test_memory_ends_with_the_call(self):
        pool = Bufpool.Pool()
        file = Keeper(lambda room: room)
        with pool.read(file, 100) as chunk:
            self.assertEqual(len(chunk), 100)
            self.assertEqual(pool.stats.outstanding, 1)
            with self.assertRaises(ValueError):
                file.kept[0][0] = 1

    def test_no_collector(self):
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        pool = Bufpool.Pool(max_outstanding=1)
        for chunk in pool.read_chunks(io.BytesIO(DATA), 7):
            chunk.release()
        for _ in range(10):
            with self.assertRaises(ZeroDivisionError):
                pool.read(Failing(), 10)
        self.assertEqual(gc.collect(), 0)

    def test_numbers_with_a_sign(self):
        pool = Bufpool.Pool("i8")
        for read in (pool.read, pool.read_all):
            chunk = read(Keeper(lambda room: room[1:]), 200)
            self.assertEqual((chunk[127], chunk[128], len(chunk)), (127, -128, 200))


class Failing:
    def readinto(self, room):
        return len(room) // 0


class Await(unittest.TestCase):
    def setUp(self):
        self.pool = Bufpool.Pool(max_buffers=4, thread_cache=0)

    def tearDown(self):
        gc.collect()
        self.assertEqual(self.pool.stats.outstanding, 0)

    def open(self):
        return Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(DATA))

    def test_read(self):
        async def main():
            stream = self.open()
            with await self.pool.read_async(stream, 100) as chunk:
                self.assertEqual(bytes(chunk), DATA[:100])
            with await self.pool.read_all_async(stream, 10000) as chunk:
                self.assertEqual(bytes(chunk), DATA[100:])
            self.assertEqual(len(await self.pool.read_async(stream, 100)), 0)

        glib_loop.run(main())

    def test_chunks(self):
        async def main():
            data = b""
            chunks = self.pool.read_chunks(self.open(), 300)
            async for chunk in chunks:
                data += bytes(chunk)
            self.assertEqual(data, DATA)
            async for _ in chunks:
                self.fail("it is at its end")

        glib_loop.run(main())
        self.assertLessEqual(self.pool.stats.misses, 2)

    def test_errors(self):
        async def main():
            stream = self.open()
            stream.close()
            with self.assertRaises(GLib.Error) as caught:
                await self.pool.read_async(stream, 10)
            self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED))
            with self.assertRaises(Bufpool.BudgetError):
                await Bufpool.Pool(budget=Bufpool.Budget(10)).read_all_async(self.open(), 11)

        glib_loop.run(main())

    def test_cancelled_while_nothing_comes(self):
        one, other = socket.socketpair()
        with one, other:
            connection = self.connect(one)
            stream = connection.get_input_stream()

            async def main():
                task = asyncio.ensure_future(self.pool.read_async(stream, 10))
                await asyncio.sleep(0)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                other.send(b"later")
                self.assertEqual(bytes(await self.pool.read_async(stream, 10)), b"later")

            glib_loop.run(main())

    def test_shielded(self):
        one, other = socket.socketpair()
        with one, other:
            connection = self.connect(one)
            stream = connection.get_input_stream()

            async def main():
                reading = self.pool.read_async(stream, 10)
                task = asyncio.ensure_future(asyncio.wait_for(asyncio.shield(reading), 10))
                await asyncio.sleep(0)
                other.send(b"bytes")
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                self.assertEqual(bytes(await reading), b"bytes")

            glib_loop.run(main())

    def test_bytes_that_came_are_the_result(self):
        """As when the request to be cancelled comes between the read and its end."""
        class Late(Gio.Cancellable):
            def cancel(self):
                """Too late for the stream."""

        async def main():
            future = self.pool.read_async(self.open(), 5, cancellable=Late())
            self.assertTrue(future.cancel())
            self.assertEqual(bytes(await future), DATA[:5])
            self.assertFalse(future.cancelled())

            async def read():
                return bytes(await self.pool.read_async(self.open(), 7, cancellable=Late()))

            task = asyncio.ensure_future(read())
            await asyncio.sleep(0)
            task.cancel()
            self.assertEqual(await task, DATA[:7])

        glib_loop.run(main())

    @staticmethod
    def connect(one):
        return Gio.Socket.new_from_fd(os.dup(one.fileno())).connection_factory_create_connection()


class Elsewhere(unittest.TestCase):
    """Where nothing can be awaited nothing is read."""

    def setUp(self):
        self.pool = Bufpool.Pool()
        self.stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(DATA))

    def tearDown(self):
        self.assertEqual(self.pool.stats.outstanding, 0)
        self.assertEqual(self.stream.tell(), 0)

    def check(self):
        for read, name in ((self.pool.read_async, "read"), (self.pool.read_all_async, "read_all")):
            with self.assertRaisesRegex(RuntimeError, rf"asyncio\.to_thread\(pool\.{name}, stream, count\)"):
                read(self.stream, 10)

    def test_no_loop(self):
        self.check()

    def test_loop_without_glib(self):
        async def main():
            self.check()
            with self.assertRaisesRegex(RuntimeError, "asyncio.to_thread"):
                async for _ in self.pool.read_chunks(self.stream, 10):
                    self.fail("it cannot be awaited")

        asyncio.run(main())

    def test_files(self):
        async def main():
            with self.assertRaisesRegex(TypeError, r"asyncio\.to_thread\(pool\.read_all, file, count\)"):
                self.pool.read_all_async(io.BytesIO(DATA), 10)

        glib_loop.run(main())

    def test_thread_instead(self):
        async def main():
            with tempfile.TemporaryFile() as file:
                file.write(DATA)
                file.seek(0)
                with await asyncio.to_thread(self.pool.read_all, file, 100) as chunk:
                    self.assertEqual(bytes(chunk), DATA[:100])

        asyncio.run(main())


if __name__ == "__main__":
    tap.main()
