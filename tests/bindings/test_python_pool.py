#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: pools, their properties and statistics, and reading streams."""

import gc
import io
import os
import tempfile
import unittest
import weakref

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool, Gio, GLib, GObject
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))
try:
    import numpy
except ImportError:
    numpy = None


class Making(unittest.TestCase):
    def test_element_types(self):
        for value in (Bufpool.ElementType.F32, "f32", "float32"):
            self.assertEqual(Bufpool.Pool(value).element_type, Bufpool.ElementType.F32)
            self.assertEqual(Bufpool.Pool(element_type=value).element_size, 4)
        self.assertEqual(Bufpool.Pool().element_type, Bufpool.ElementType.U8)
        self.assertEqual(Bufpool.Pool("uint16").element_type, Bufpool.ElementType.U16)

    @unittest.skipIf(numpy is None, "numpy is not installed")
    def test_numpy_types(self):
        self.assertEqual(Bufpool.Pool(numpy.int16).element_type, Bufpool.ElementType.I16)
        self.assertEqual(Bufpool.Pool(numpy.dtype("f8")).element_type, Bufpool.ElementType.F64)
        for value in (numpy.dtype("f4").newbyteorder(), numpy.complex64, numpy.float16):
            with self.assertRaises(TypeError):
                Bufpool.Pool(value)

    def test_properties(self):
        pool = Bufpool.Pool("u16", shards=4, max_buffers=99, trim_capacity=1000, thread_cache=3, alignment=64,
                            name="mine")
        self.assertEqual((pool.shards, pool.max_buffers, pool.trim_capacity, pool.thread_cache, pool.alignment,
                          pool.name, pool.element_size), (4, 99, 1000, 3, 64, "mine", 2))
        seen = []
        pool.connect("notify::max-buffers", lambda *_: seen.append(pool.max_buffers))
        pool.max_buffers = 5
        pool.max_buffers = 5
        pool.trim_capacity = 0
        pool.thread_cache = -1
        self.assertEqual((seen, pool.props.max_buffers, pool.props.trim_capacity, pool.get_thread_cache()),
                         ([5], 5, 0, -1))
        with self.assertRaises(AttributeError):
            pool.shards = 3
        with pool.acquire(10) as buf:
            self.assertEqual(buf.get_view().get_address() % 64, 0)

    def test_constructors_of_c(self):
        self.assertEqual(Bufpool.Pool.new(Bufpool.ElementType.I8).element_type, Bufpool.ElementType.I8)
        pool = Bufpool.Pool.new_full("f32", 2, 8, 1000)
        self.assertEqual((pool.element_size, pool.shards, pool.max_buffers, pool.trim_capacity), (4, 2, 8, 1000))
        pool = Bufpool.Pool.new_full("f32", trim_capacity=5)
        self.assertEqual((pool.max_buffers, pool.trim_capacity), (Bufpool.DEFAULT_MAX_BUFFERS, 5))
        self.assertEqual(Bufpool.Pool.new_for_size(24).element_size, 24)
        with self.assertRaises(TypeError):
            Bufpool.Pool.new_for_type(GObject.Object)

    def test_many(self):
        pool = Bufpool.Pool("u16", max_buffers=64)
        for _ in range(2):
            handles = pool.acquire_many(10, 40)
            self.assertEqual(([type(handle) for handle in handles], {len(handle) for handle in handles}),
                             ([Bufpool.Pooled] * 40, {10}))
            self.assertEqual({bytes(handle.view()) for handle in handles}, {bytes(20)})
            for number, handle in enumerate(handles):
                handle[0] = number + 1
            self.assertEqual([handle[0] for handle in handles], list(range(1, 41)))
            self.assertEqual(pool.stats.outstanding, 40)
            handles[0].release()
            self.assertEqual(pool.stats.outstanding, 39)
            one = handles[1]
            del handle, handles
            gc.collect()
            self.assertEqual((pool.stats.outstanding, one[0]), (1, 2))
            del one
            self.assertEqual((pool.stats.outstanding, pool.stats.idle), (0, 40))
        self.assertEqual(pool.stats.misses, 40)
        self.assertEqual(pool.acquire_many(10, 0), [])
        self.assertEqual([len(handle) for handle in pool.acquire_many(None, 2)], [0, 0])

    def test_many_or_none(self):
        pool = Bufpool.Pool(max_outstanding=4)
        with self.assertRaises(Bufpool.LimitError):
            pool.acquire_many(10, 5)
        self.assertEqual((pool.stats.outstanding, len(pool.acquire_many(10, 4))), (0, 4))
        with self.assertRaises(MemoryError):
            Bufpool.Pool().acquire_many(tap.HUGE, 2)
        for kind, arguments in ((ValueError, (10, -1)), (ValueError, (10, 2 ** 32)), (OverflowError, (-1, 2)),
                                (TypeError, (10, "2")), (TypeError, ("10", 2)), (TypeError, (10,))):
            with self.subTest(arguments=arguments), self.assertRaises(kind):
                pool.acquire_many(*arguments)
        gc.collect()
        self.assertEqual(pool.stats.outstanding, 0)

    def test_name(self):
        pool = Bufpool.Pool()
        self.assertIsNone(pool.name)
        pool.name = "pcm"
        self.assertEqual((pool.name, pool.props.name, pool.get_name()), ("pcm", "pcm", "pcm"))
        self.assertTrue(str(pool.stats).startswith("pcm: 0 acquired"))
        pool.set_name(None)
        self.assertIsNone(pool.name)
        with self.assertRaises(TypeError):
            pool.name = 5

    def test_version(self):
        version = (Bufpool.get_major_version(), Bufpool.get_minor_version(), Bufpool.get_micro_version())
        self.assertEqual(version, (Bufpool.MAJOR_VERSION, Bufpool.MINOR_VERSION, Bufpool.MICRO_VERSION))
        self.assertEqual(".".join(map(str, version)), Bufpool.VERSION_S)
        self.assertIsNone(Bufpool.check_version(*version))
        self.assertIsInstance(Bufpool.check_version(version[0] + 1, 0, 0), str)

    def test_what_cannot_be(self):
        for kind, arguments, properties in (
                (ValueError, ("q7",), {}),
                (TypeError, (int,), {}),
                (TypeError, (5,), {}),
                (ValueError, (Bufpool.ElementType.NONE,), {}),
                (ValueError, ("u8",), {"element_size": 4}),
                (ValueError, ("u8",), {"item_type": GObject.Object}),
                (ValueError, (), {"element_size": 0}),
                (ValueError, (), {"element_size": -1}),
                (ValueError, (), {"element_size": 2 ** 31}),
                (TypeError, (), {"item_type": GObject.Object}),
                (TypeError, (), {"item_type": Bufpool.Reusable}),
                (TypeError, (), {"item_type": int}),
                (ValueError, (), {"alignment": 3}),
                (ValueError, (), {"shards": 5000}),
                (ValueError, (), {"max_buffers": -1}),
                (ValueError, (), {"max_buffers": 2 ** 32}),
                (ValueError, (), {"thread_cache": 65}),
                (TypeError, (), {"max_buffers": "many"}),
                (TypeError, (), {"nonsense": 1}),
                (TypeError, (1, 2), {})):
            with self.subTest(arguments=arguments, properties=properties):
                with self.assertRaises(kind):
                    Bufpool.Pool(*arguments, **properties)

    def test_cannot_be_derived_from(self):
        with self.assertRaises(TypeError):
            class _Derived(Bufpool.Pool):
                pass

    def test_repr(self):
        pool = Bufpool.Pool("f32", max_buffers=7, name="pcm")
        buf = pool.acquire()
        self.assertEqual(repr(pool), "<Bufpool.Pool 'pcm' of f32: 1 outstanding, 0 of at most 7 idle>")
        self.assertEqual(repr(Bufpool.Pool(element_size=5, max_buffers=1)),
                         "<Bufpool.Pool of 5-byte elements: 0 outstanding, 0 of at most 1 idle>")
        buf.release()


class Keeping(unittest.TestCase):
    def test_stats(self):
        pool = Bufpool.Pool(max_buffers=8, thread_cache=0)
        pool.prefill(2, 1024)
        with pool.acquire(), pool.acquire(), pool.acquire(100):
            stats = pool.stats
        self.assertEqual((stats.acquired, stats.hits, stats.misses, stats.outstanding, stats.idle), (3, 2, 1, 3, 0))
        stats = pool.get_stats()
        self.assertEqual((stats.returned, stats.dropped, stats.idle, stats.outstanding), (3, 0, 3, 0))
        self.assertEqual(stats.peak_buffers, 3)
        self.assertEqual(stats.idle_bytes, 2 * 1024 + 100)
        self.assertEqual(stats.as_dict()["idle"], 3)
        self.assertEqual(len(stats.as_dict()), 9)
        self.assertEqual(str(stats), stats.to_string())
        self.assertIn("3 idle", repr(stats))

    def test_bound(self):
        pool = Bufpool.Pool(max_buffers=3)
        handles = [pool.acquire(10) for _ in range(10)]
        del handles
        self.assertEqual((pool.stats.idle, pool.stats.dropped, pool.stats.peak_buffers), (3, 7, 10))
        pool.drop_idle(1)
        self.assertEqual(pool.stats.idle, 1)
        pool.drop_idle()
        self.assertEqual(pool.stats.idle, 0)
        pool.prefill(3, 8)
        pool.max_buffers = 2
        self.assertEqual(pool.stats.idle, 2)

    def test_trim(self):
        pool = Bufpool.Pool("u8", trim_capacity=100, thread_cache=0)
        with pool.acquire(10000):
            pass
        self.assertEqual(pool.stats.idle_bytes, 100)

    def test_prefill_needs_a_capacity(self):
        with self.assertRaises(TypeError):
            Bufpool.Pool().prefill(2)


class Script:
    """A file whose reads give these parts: bytes, None, or an error that is raised once."""

    def __init__(self, *parts):
        self.parts = list(parts)

    def readinto(self, room):
        part = self.parts.pop(0) if self.parts else b""
        if isinstance(part, BaseException):
            raise part
        if callable(part):
            part()
            return self.readinto(room)
        if part is None:
            return None
        size = min(len(part), len(room))
        room[:size] = part[:size]
        if size < len(part):
            self.parts.insert(0, part[size:])
        return size


class Reading(unittest.TestCase):
    DATA = bytes(range(256)) * 41

    def setUp(self):
        self.pool = Bufpool.Pool(max_buffers=4, thread_cache=0)

    def streams(self):
        yield "stream", Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(self.DATA))
        yield "file", io.BytesIO(self.DATA)
        with tempfile.TemporaryFile() as file:
            file.write(self.DATA)
            file.seek(0)
            yield "raw", io.FileIO(os.dup(file.fileno()))

    def test_chunks(self):
        for name, stream in self.streams():
            with self.subTest(name):
                sizes, data = [], b""
                for chunk in self.pool.read_chunks(stream, 1000):
                    sizes.append(len(chunk))
                    data += bytes(chunk)
                del chunk
                self.assertEqual(data, self.DATA)
                self.assertEqual(sizes, [1000] * 10 + [496])
                self.assertEqual(self.pool.stats.outstanding, 0)
        self.assertLessEqual(self.pool.stats.misses, 2)

    def test_chunks_that_are_kept(self):
        chunks = list(self.pool.read_chunks(io.BytesIO(self.DATA), 4096))
        self.assertEqual(b"".join(map(bytes, chunks)), self.DATA)
        self.assertEqual(self.pool.stats.outstanding, len(chunks))

    def test_chunks_end_for_good(self):
        stream = io.BytesIO(b"abc")
        chunks = self.pool.read_chunks(stream, 2)
        self.assertEqual([bytes(chunk) for chunk in chunks], [b"ab", b"c"])
        stream.seek(0)
        self.assertEqual(list(chunks), [])

    def test_read(self):
        stream = io.BytesIO(b"abcdef")
        chunk = self.pool.read(stream, 4)
        self.assertEqual((bytes(chunk), bool(chunk)), (b"abcd", True))
        self.assertEqual(bytes(self.pool.read(stream, 4)), b"ef")
        self.assertFalse(self.pool.read(stream, 4))
        self.assertEqual(len(self.pool.read(stream, 0)), 0)

    def test_read_all(self):
        for name, stream in self.streams():
            with self.subTest(name):
                self.assertEqual(bytes(self.pool.read_all(stream, 10000)), self.DATA[:10000])
                self.assertEqual(bytes(self.pool.read_all(stream, 10000)), self.DATA[10000:])
                self.assertFalse(self.pool.read_all(stream, 10000))
        self.assertEqual(self.pool.stats.outstanding, 0)

    def test_read_all_in_several_reads(self):
        file = Script(b"abc", b"de", b"fgh", None)
        self.assertEqual(bytes(self.pool.read_all(file, 6)), b"abcdef")
        self.assertEqual(bytes(self.pool.read_all(file, 6)), b"gh")
        reader, writer = os.pipe()
        for part in (b"abc", b"def"):
            os.write(writer, part)
        os.close(writer)
        stream = Gio.File.new_for_path(f"/proc/self/fd/{reader}").read()
        os.close(reader)
        self.assertEqual(bytes(self.pool.read_all(stream, 5)), b"abcde")
        self.assertEqual(bytes(self.pool.read_all(stream, 5)), b"f")
        self.assertEqual(bytes(self.pool.read_all(stream, 5)), b"")

    def test_bytes_before_an_error(self):
        file = Script(b"abc", b"de", OSError("once"), b"fgh")
        self.assertEqual(bytes(self.pool.read_all(file, 8)), b"abcde")
        self.assertEqual(bytes(self.pool.read_all(file, 0)), b"")
        for read in (self.pool.read_all, self.pool.read, self.pool.read_bytes):
            with self.assertRaisesRegex(OSError, "once"):
                read(file, 8)
            file.parts[:0] = b"x", OSError("once")
            self.assertEqual(bytes(self.pool.read_all(file, 8)), b"x")
        kept = weakref.ref(file)
        del file
        self.assertIsNone(kept())

        for file in (Script(OSError("at once"), b"abc"), Script(None, b"abc"), Script(KeyboardInterrupt(), b"abc")):
            with self.assertRaises((OSError, BlockingIOError, KeyboardInterrupt)):
                self.pool.read_all(file, 8)
            self.assertEqual(bytes(self.pool.read_all(file, 8)), b"abc")
        for now in (None, BlockingIOError()):
            file = Script(b"abc", now, b"de")
            self.assertEqual(bytes(self.pool.read_all(file, 8)), b"abc")
            self.assertEqual(bytes(self.pool.read_all(file, 8)), b"de")
        with self.assertRaises(KeyboardInterrupt):
            self.pool.read_all(Script(b"abc", KeyboardInterrupt()), 8)
        gc.collect()
        self.assertEqual(self.pool.stats.outstanding, 0)

    def test_files_without_weak_references(self):
        class Odd:
            __slots__ = ("readinto",)

        file = Odd()
        file.readinto = Script(b"abc", OSError("once")).readinto
        with self.assertRaisesRegex(OSError, "once"):
            self.pool.read_all(file, 8)
        self.assertEqual(len(self.pool.read_all(file, 8)), 0)

    def test_cancelled_files(self):
        cancellable = Gio.Cancellable()
        file = Script(b"abc", cancellable.cancel, b"def", b"gh")
        self.assertEqual(bytes(self.pool.read_all(file, 20, cancellable)), b"abcdef")
        for read in (self.pool.read_all, self.pool.read, self.pool.read_bytes):
            with self.assertRaises(GLib.Error) as caught:
                read(file, 20, cancellable)
            self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        self.assertEqual(bytes(self.pool.read_all(file, 20)), b"gh")

    def test_read_bytes(self):
        for name, stream in self.streams():
            with self.subTest(name):
                data = self.pool.read_bytes(stream, 10000)
                self.assertIsInstance(data, GLib.Bytes)
                self.assertEqual(data.get_data(), self.DATA[:10000])
                self.assertEqual(self.pool.stats.outstanding, 1)
                del data
                self.assertEqual(self.pool.stats.outstanding, 0)
                self.pool.read_all(stream, 10000)
                end = self.pool.read_bytes(stream, 10000)
                self.assertEqual((end.get_size(), self.pool.stats.outstanding), (0, 0))

    def test_what_cannot_be_read(self):
        for pool, stream, count, kind in (
                (Bufpool.Pool("f32"), io.BytesIO(), 4, TypeError),
                (self.pool, "a path", 4, TypeError),
                (self.pool, io.StringIO("text"), 4, TypeError),
                (self.pool, io.BytesIO(), -1, OverflowError),
                (self.pool, io.BytesIO(), tap.HUGE, MemoryError),
                (self.pool, io.BytesIO(), "4", TypeError)):
            for read in (Bufpool.Pool.read, Bufpool.Pool.read_all, Bufpool.Pool.read_bytes):
                with self.subTest(read=read, stream=stream, count=count):
                    with self.assertRaises(kind):
                        read(pool, stream, count)
        with self.assertRaises(ValueError):
            self.pool.read_chunks(io.BytesIO(), 0)
        gc.collect()
        self.assertEqual(self.pool.stats.outstanding, 0)

    def test_errors_of_the_stream(self):
        stream = Gio.MemoryInputStream()
        stream.close()
        with self.assertRaises(GLib.Error) as caught:
            self.pool.read(stream, 10)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED))
        for read in (self.pool.read_all, self.pool.read_bytes):
            with self.assertRaises(GLib.Error):
                read(stream, 10)
        self.assertNotIsInstance(caught.exception, Bufpool.Error)
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        with self.assertRaises(GLib.Error) as caught:
            self.pool.read(Gio.File.new_for_path(__file__).read(), 10, cancellable)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        self.assertEqual(self.pool.stats.outstanding, 0)

    def test_async(self):
        self.check_async("read_async", Bufpool.Pool.read_async, Bufpool.Pool.read_finish)

    def test_all_async(self):
        self.check_async("read_all_async", Bufpool.Pool.read_all_async, Bufpool.Pool.read_all_finish)

    def check_async(self, name, read, finish):
        loop = GLib.MainLoop()
        got = []

        def done(pool, result, *data):
            try:
                got.append((bytes(finish(pool, result)), data))
            except GLib.Error as error:
                got.append(error)
            loop.quit()

        stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(b"later"))
        read(self.pool, stream, 100, GLib.PRIORITY_DEFAULT, None, done, "data")
        loop.run()
        self.assertEqual(got.pop(), (b"later", ("data",)))
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        read(self.pool, stream, 100, GLib.PRIORITY_DEFAULT, cancellable, done)
        loop.run()
        self.assertTrue(got.pop().matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        read(self.pool, stream, tap.HUGE, GLib.PRIORITY_DEFAULT, None, done)
        loop.run()
        self.assertIsInstance(got.pop(), Bufpool.NoMemoryError)
        self.assertEqual(self.pool.stats.outstanding, 0)
        with self.assertRaisesRegex(ValueError, name):
            finish(self.pool, Gio.Task.new(stream, None, None))
        with self.assertRaises(TypeError):
            read(Bufpool.Pool("f32"), stream, 10)


if __name__ == "__main__":
    tap.main()
