#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: buffers where the standard library and numpy take memory, as they are."""

import array
import gc
import hashlib
import io
import os
import socket
import struct
import sys
import tempfile
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))
try:
    import numpy
except ImportError:
    numpy = None

from gi.overrides import _bufpool_elements  # noqa: E402

CODES = {"u8": "B", "i8": "b", "u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "i64": "q",
         "f32": "f", "f64": "d"}
WORDS = b"buffers that come back"
NATIVE = _bufpool_elements.native.__name__.rpartition(".")[2]
HAS_PROTOCOL = NATIVE == "_bufpool"


class Which(unittest.TestCase):
    def test_what_is_tested(self):
        self.assertEqual(NATIVE, os.environ.get("BUFPOOL_TEST_NATIVE", NATIVE))

    def test_no_ctypes(self):
        self.assertEqual("gi.overrides._bufpool_pure" in sys.modules, not HAS_PROTOCOL)

    @unittest.skipIf(HAS_PROTOCOL, "the extension module is there")
    def test_without_it(self):
        pool = Bufpool.Pool()
        for thing in (pool.acquire(4), Bufpool.PooledSlice.new_take(pool.acquire(4), 4), pool.acquire(4).get_view()):
            with self.assertRaisesRegex(TypeError, "bytes-like"):
                memoryview(thing)


@unittest.skipUnless(HAS_PROTOCOL, "the buffer protocol is of the extension module")
class Protocol(unittest.TestCase):
    def setUp(self):
        self.pool = Bufpool.Pool(max_buffers=8, thread_cache=0)
        self.buf = self.pool.acquire(len(WORDS))
        self.buf[:] = WORDS

    def outstanding(self):
        return self.pool.stats.outstanding

    def test_formats(self):
        for name, code in CODES.items():
            with self.subTest(name):
                buf = Bufpool.Pool(name).acquire(4)
                view = memoryview(buf)
                self.assertEqual((view.format, view.itemsize, view.shape, view.strides, view.readonly, view.contiguous),
                                 (code, struct.calcsize(code), (4,), (struct.calcsize(code),), False, True))
                view[1] = 7
                self.assertEqual(list(buf), [0, 7, 0, 0])

    def test_elements_without_a_type_are_bytes(self):
        view = memoryview(Bufpool.Pool(element_size=3).acquire(2))
        self.assertEqual((view.format, view.itemsize, view.shape), ("B", 1, (6,)))

    def test_nothing(self):
        for length in (None, 0):
            buf = Bufpool.Pool("f64").acquire(length)
            view = memoryview(buf)
            self.assertEqual((view.format, view.shape, view.tolist()), ("d", (0,), []))
            buf.reserve(100)
            self.assertEqual(hashlib.sha256(buf).digest(), hashlib.sha256(b"").digest())

    def test_standard_library_reads(self):
        buf = self.buf
        self.assertEqual(hashlib.sha256(buf).digest(), hashlib.sha256(WORDS).digest())
        self.assertEqual(b"".join([buf, buf]), WORDS * 2)
        self.assertEqual(bytearray(buf), WORDS)
        self.assertEqual(struct.unpack_from("4s", buf, 8), (b"that",))
        self.assertEqual(array.array("B", buf).tobytes(), WORDS)
        with tempfile.TemporaryFile() as file:
            self.assertEqual(file.write(buf), len(WORDS))
            file.seek(0)
            self.assertEqual(file.read(), WORDS)
        self.assertEqual(self.outstanding(), 1)
        buf.release()
        self.assertEqual(self.outstanding(), 0)

    def test_standard_library_writes(self):
        buf = self.buf
        self.assertEqual(io.BytesIO(b"0123").readinto(buf), 4)
        self.assertEqual(bytes(buf[:8]), b"0123ers ")
        with tempfile.TemporaryFile() as file:
            file.write(b"abcd")
            file.seek(0)
            self.assertEqual(file.readinto(buf), 4)
        struct.pack_into("4s", buf, 4, b"wxyz")
        one, other = socket.socketpair()
        with one, other:
            one.sendall(b"##")
            self.assertEqual(other.recv_into(buf, 2), 2)
            self.assertEqual(one.send(buf), len(WORDS))
            self.assertEqual(other.recv(4), b"##cd")
        self.assertEqual(bytes(buf[:8]), b"##cdwxyz")
        buf.resize(100000)
        buf.release()
        self.assertEqual(self.outstanding(), 0)

    def test_pinned_as_long_as_a_view(self):
        view = memoryview(self.buf)
        with self.assertRaises(Bufpool.BusyError):
            self.buf.resize(100)
        part = view[2:4]
        self.assertIs(self.buf.release(), True)
        del self.buf
        view.release()
        self.assertEqual(self.outstanding(), 1)
        self.assertEqual(bytes(part), b"ff")
        del part
        self.assertEqual((self.outstanding(), self.pool.stats.idle), (0, 1))

    def test_released(self):
        chunk = Bufpool.PooledSlice.new_take(self.buf, 5)
        chunk.release()
        for released, words in ((self.buf, "acquire another"), (chunk, "take another")):
            if released is self.buf:
                released.release()
            for use in (memoryview, hashlib.sha256, bytearray):
                with self.subTest(use), self.assertRaisesRegex(ValueError, words):
                    use(released)
            with self.assertRaises(Bufpool.ReleasedError):
                memoryview(released)
            # What takes memory to be written has an error of its own for all that goes wrong
            for use in (io.BytesIO(b"x").readinto, lambda it: struct.pack_into("B", it, 0, 1)):
                with self.subTest(use), self.assertRaisesRegex(TypeError, "read-write"):
                    use(released)
        self.assertEqual(self.outstanding(), 0)

    def test_items_have_no_memory(self):
        class Item(gi.repository.GObject.Object, Bufpool.Reusable):
            def do_reuse(self, _trim):
                return True

        for use in (memoryview, hashlib.sha256, Bufpool.Pooled.view):
            with self.assertRaisesRegex(TypeError, "use its item"):
                use(Bufpool.Pool(item_type=Item).acquire())

    def test_slices(self):
        pool = Bufpool.Pool("i16", thread_cache=0)
        buf = pool.acquire(4)
        buf[:] = array.array("h", [1, 2, 3, 4])
        chunk = Bufpool.PooledSlice.new_take(buf, 3)[1:]
        view = memoryview(chunk)
        self.assertEqual((view.format, view.tolist(), view.readonly), ("h", [2, 3], True))
        self.assertEqual(hashlib.sha256(chunk).digest(), hashlib.sha256(struct.pack("2h", 2, 3)).digest())
        with self.assertRaises((BufferError, TypeError)):
            io.BytesIO(b"1234").readinto(chunk)
        with self.assertRaises(TypeError):
            view[0] = 1
        del buf, chunk
        self.assertEqual(pool.stats.outstanding, 1)
        del view
        self.assertEqual(pool.stats.outstanding, 0)

    def test_views(self):
        pin = self.buf.get_view()
        view = memoryview(pin)
        self.assertEqual((view.format, bytes(view[:7]), view.readonly), ("B", b"buffers", False))
        self.assertEqual(view.nbytes, pin.get_size_bytes())
        self.assertEqual(len(pin), pin.get_size_bytes())
        view[0] = ord("B")
        self.assertEqual(bytes(self.buf[:2]), b"Bu")
        self.buf.release()
        del pin
        self.assertEqual(self.outstanding(), 1)
        del view
        self.assertEqual(self.outstanding(), 0)

        chunk = Bufpool.PooledSlice.new_take(self.pool.acquire(10), 4)
        view = memoryview(chunk.get_view())
        self.assertEqual((view.nbytes, view.readonly), (4, True))

    def test_collector_is_not_needed(self):
        gc.disable()
        self.addCleanup(gc.enable)
        gc.collect()
        for size in range(1, 200):
            with self.pool.acquire(size) as buf:
                memoryview(buf)[0] = 1
                hashlib.sha256(buf)
            with Bufpool.PooledSlice.new_take(self.pool.acquire(size), size) as chunk:
                memoryview(chunk)
            view = memoryview(self.pool.acquire(size))
        del buf, chunk, view
        self.assertEqual(self.outstanding(), 1)
        self.assertEqual(gc.collect(), 0)


@unittest.skipUnless(HAS_PROTOCOL, "the buffer protocol is of the extension module")
@unittest.skipIf(numpy is None, "numpy is not installed")
class Numpy(unittest.TestCase):
    """Each way into numpy keeps something else of what it is given."""

    def test_arrays_outlive_everything(self):
        ways = {
            "asarray": numpy.asarray,
            "array": lambda it: numpy.array(it, copy=None if numpy.__version__ >= "2" else False),
            "frombuffer": lambda it: numpy.frombuffer(it, "f4"),
            "ndarray": lambda it: numpy.ndarray(8, "f4", buffer=it),
            "frombuffer of a memoryview": lambda it: numpy.frombuffer(memoryview(it), "f4"),
            "ndarray of a memoryview": lambda it: numpy.ndarray(8, "f4", buffer=memoryview(it)),
            "ndarray of a part": lambda it: numpy.ndarray(4, "f4", buffer=memoryview(it)[2:6]),
        }
        for name, make in ways.items():
            for is_slice in (False, True):
                with self.subTest(name, is_slice=is_slice):
                    pool = Bufpool.Pool("f32", max_buffers=8, thread_cache=0)
                    handle = pool.acquire(8)
                    handle[3] = 2.5
                    owner = Bufpool.PooledSlice.new_take(handle, 8) if is_slice else handle
                    values = make(owner)
                    self.assertEqual(values.flags.writeable, not is_slice)
                    owner.release()
                    others = [pool.acquire(8) for _ in range(3)]
                    for other in others:
                        other[:] = struct.pack("8f", *[9] * 8)
                    self.assertEqual(pool.stats.outstanding, 4)
                    self.assertIn(2.5, values.tolist())
                    del owner, handle, values, others, other
                    self.assertEqual(pool.stats.outstanding, 0)

    def test_structures(self):
        point = numpy.dtype([("x", "f4"), ("y", "i2"), ("z", "u1")])
        buf = Bufpool.Pool(element_size=point.itemsize).acquire(2)
        numpy.frombuffer(buf, dtype=point)["y"] = [3, 4]
        self.assertEqual(numpy.asarray(buf).view(point)["y"].tolist(), [3, 4])


if __name__ == "__main__":
    tap.main()
