#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: handles, their memory, slices and errors."""

import array
import gc
import struct
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool, GLib
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))
try:
    import numpy
except ImportError:
    numpy = None

CODES = {"u8": "B", "i8": "b", "u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "i64": "q",
         "f32": "f", "f64": "d"}


class Handles(unittest.TestCase):
    def setUp(self):
        self.pool = Bufpool.Pool("f32", max_buffers=8, thread_cache=0)

    def outstanding(self):
        gc.collect()
        return self.pool.stats.outstanding

    def test_with_gives_back(self):
        with self.pool.acquire(16) as buf:
            self.assertEqual(self.outstanding(), 1)
            self.assertEqual(len(buf), 16)
        self.assertEqual(self.outstanding(), 0)
        self.assertTrue(buf.is_released())

    def test_with_gives_back_after_an_exception(self):
        with self.assertRaises(KeyError):
            with self.pool.acquire(16):
                raise KeyError
        self.assertEqual(self.outstanding(), 0)

    def test_last_reference_gives_back(self):
        buf = self.pool.acquire()
        again = buf
        del buf
        self.assertEqual(self.outstanding(), 1)
        del again
        self.assertEqual(self.outstanding(), 0)

    def test_release_counts_once(self):
        buf = self.pool.acquire()
        self.assertIs(buf.release(), True)
        self.assertIs(buf.release(), False)
        self.assertEqual(self.pool.stats.dropped + self.pool.stats.idle, 1)

    def test_new_buffer_is_empty(self):
        buf = self.pool.acquire()
        self.assertEqual((len(buf), bool(buf), bytes(buf), list(buf)), (0, False, b"", []))

    def test_acquire_with_a_length_is_zeroed(self):
        with self.pool.acquire(4) as buf:
            buf[:] = array.array("f", [1, 2, 3, 4])
        with self.pool.acquire(4) as buf:
            self.assertEqual(list(buf), [0, 0, 0, 0])

    def test_resize_and_length(self):
        buf = self.pool.acquire(2)
        buf[0] = 1.5
        buf.resize(4)
        self.assertEqual(list(buf), [1.5, 0, 0, 0])
        buf.set_length(1)
        self.assertEqual(buf.length, 1)
        self.assertGreaterEqual(buf.capacity, 4)
        buf.reserve(100)
        self.assertGreaterEqual(buf.capacity, 100)
        self.assertEqual(list(buf), [1.5])

    def test_append_and_write_take_anything_with_bytes(self):
        one = struct.pack("f", 1)
        for data in (one, bytearray(one), memoryview(one), array.array("f", [1])):
            with self.subTest(type(data)):
                buf = self.pool.acquire()
                buf.append(data)
                buf.append(data)
                buf.write(4, b"\0\0\0\0")
                self.assertEqual(list(buf), [1, 0])

    def test_append_and_write_take_buffers(self):
        for properties, data in (({"element_type": "f32"}, struct.pack("f", 1)), ({"element_size": 3}, b"abc")):
            with self.subTest(**properties):
                pool = Bufpool.Pool(**properties)
                one, buf = pool.acquire(), pool.acquire()
                one.append(data)
                buf.append(one)
                buf.append(Bufpool.PooledSlice.new_take(one, 1))
                self.assertEqual(bytes(buf), 2 * data)

    def test_bytes(self):
        buf = self.pool.acquire(2)
        buf[1] = 2
        kept = buf.get_bytes()
        self.assertIsInstance(kept, GLib.Bytes)
        self.assertEqual(bytes(buf), struct.pack("ff", 0, 2))
        self.assertEqual(kept.get_data(), bytes(buf))
        self.assertEqual(buf.dup_data(), bytes(buf))

    def test_equal_only_to_itself(self):
        one, other = self.pool.acquire(), self.pool.acquire()
        self.assertEqual(one, one)
        self.assertNotEqual(one, other)
        self.assertEqual(one, one.ref())

    def test_repr(self):
        buf = self.pool.acquire(3)
        self.assertEqual(repr(buf), f"<Bufpool.Pooled: 3 f32, capacity {buf.capacity}>")
        buf.release()
        self.assertEqual(repr(buf), "<Bufpool.Pooled: released>")

    def test_no_handle_without_a_pool(self):
        for kind in (Bufpool.Pooled, Bufpool.PooledSlice, Bufpool.PoolStats, Bufpool.PooledView):
            with self.assertRaises(TypeError):
                kind()


class Views(unittest.TestCase):
    def test_of_pins(self):
        pool = Bufpool.Pool("u8")
        buf = pool.acquire(4)
        pin = buf.get_view()
        view = pin.view()
        self.assertEqual((view.format, len(view), view.readonly), ("B", buf.capacity, False))
        view[0] = 7
        self.assertEqual(buf[0], 7)
        buf.release()
        del pin
        self.assertEqual(pool.stats.outstanding, 1)
        del view, buf
        gc.collect()
        self.assertEqual(pool.stats.outstanding, 0)

        view = Bufpool.PooledSlice.new_take(pool.acquire(10), 4).get_view().view()
        self.assertEqual((len(view), view.readonly), (4, True))

    def test_format_of_every_type(self):
        for name, code in CODES.items():
            with self.subTest(name):
                pool = Bufpool.Pool(name)
                buf = pool.acquire(4)
                view = buf.view()
                self.assertEqual((view.format, view.itemsize, len(view), view.readonly),
                                 (code, struct.calcsize(code), 4, False))
                view[1] = 7
                self.assertEqual(buf[1], 7)
                self.assertEqual(buf[-3], 7)
                self.assertEqual(bytes(buf), struct.pack(f"4{code}", 0, 7, 0, 0))
                self.assertEqual(view.nbytes, 4 * buf.element_size)

    def test_writes_are_in_the_buffer(self):
        buf = Bufpool.Pool().acquire(8)
        view = buf.view()
        view[2:4] = b"hi"
        struct.pack_into("I", view, 4, 0x01010101)
        self.assertEqual(bytes(buf), b"\0\0hi\1\1\1\1")
        self.assertEqual(bytes(buf[2:4]), b"hi")
        buf[0:2] = b"oh"
        self.assertEqual(bytes(buf[:4]), b"ohhi")

    def test_whole_capacity_to_be_filled(self):
        buf = Bufpool.Pool("i16").acquire()
        buf.reserve(64)
        with buf.view(whole=True) as view:
            self.assertGreaterEqual(len(view), 64)
            view[:3] = array.array("h", [1, 2, 3])
        buf.set_length(3)
        self.assertEqual(list(buf), [1, 2, 3])

    def test_view_of_nothing(self):
        buf = Bufpool.Pool("f64").acquire()
        for whole in (False, True):
            view = buf.view(whole=whole)
            self.assertEqual((view.format, len(view)), ("d", 0))
        buf.reserve(8)
        self.assertEqual(len(buf.view()), 0)

    def test_view_pins(self):
        pool = Bufpool.Pool(max_buffers=4, thread_cache=0)
        buf = pool.acquire(8)
        view = buf.view()
        for change in (lambda: buf.resize(100), lambda: buf.append(b"x"), lambda: buf.set_length(1),
                       lambda: buf.reserve(1000), lambda: buf.write(0, b"x")):
            with self.assertRaises(Bufpool.BusyError):
                change()
        self.assertEqual((len(buf), bytes(buf)), (8, bytes(8)))
        self.assertIs(buf.release(), True)
        self.assertEqual(pool.stats.outstanding, 1)
        view[0] = 1
        view.release()
        self.assertEqual(pool.stats.outstanding, 0)
        self.assertEqual(pool.stats.idle, 1)

    def test_view_outlives_everything(self):
        pool = Bufpool.Pool("u32")
        view = pool.acquire(1000).view()
        del pool
        gc.collect()
        view[999] = 5
        self.assertEqual(view[999], 5)
        self.assertEqual(sum(view), 5)

    def test_indices(self):
        buf = Bufpool.Pool().acquire(4)
        for index in (4, -5, 2 ** 70):
            with self.assertRaises(IndexError):
                buf[index]
            with self.assertRaises(IndexError):
                buf[index] = 0
        for index in ("x", None, 1.5):
            with self.assertRaises(TypeError):
                buf[index]
        self.assertEqual(bytes(buf[1:3]), b"\0\0")
        self.assertEqual(len(buf[10:]), 0)
        self.assertEqual(len(buf[::2]), 2)

    def test_elements_without_a_type(self):
        pool = Bufpool.Pool(element_size=3)
        buf = pool.acquire(3)
        buf[0] = b"abc"
        buf[1:3] = b"defghi"
        self.assertEqual(list(buf), [b"abc", b"def", b"ghi"])
        self.assertEqual((buf[1], buf[-1]), (b"def", b"ghi"))
        self.assertEqual(bytes(buf[1:]), b"defghi")
        self.assertEqual(len(buf.view()), 9)
        with self.assertRaises(IndexError):
            buf[3]
        with self.assertRaises(ValueError):
            buf[::2]
        with self.assertRaises(ValueError):
            buf[0] = b"ab"
        chunk = Bufpool.PooledSlice.new_take(buf, 2)
        self.assertEqual((list(chunk), chunk[1], len(chunk[1:])), ([b"abc", b"def"], b"def", 1))


@unittest.skipIf(numpy is None, "numpy is not installed")
class Numpy(unittest.TestCase):
    def test_array_without_a_copy(self):
        for name in CODES:
            with self.subTest(name):
                buf = Bufpool.Pool(name).acquire(16)
                values = numpy.asarray(buf)
                self.assertEqual(values.dtype, numpy.dtype(CODES[name]))
                self.assertEqual(values.shape, (16,))
                values[3] = 42
                self.assertEqual(buf[3], 42)
                self.assertIs(numpy.shares_memory(values, numpy.asarray(buf)), True)

    def test_array_pins(self):
        pool = Bufpool.Pool("f32", thread_cache=0)
        with pool.acquire(16) as buf:
            values = numpy.asarray(buf)
            part = values[4:8]
            with self.assertRaises(Bufpool.BusyError):
                buf.resize(1000)
        del values
        part += 1
        self.assertEqual(pool.stats.outstanding, 1)
        del part
        self.assertEqual(pool.stats.outstanding, 0)

    def test_array_goes_in(self):
        buf = Bufpool.Pool(numpy.float32).acquire(4)
        buf[1:3] = numpy.array([5, 6], dtype=numpy.float32)
        buf.append(numpy.arange(6, dtype=numpy.float32)[::2])
        self.assertEqual(list(buf), [0, 5, 6, 0, 0, 2, 4])

    def test_arrays_of_other_numbers(self):
        floats = Bufpool.Pool("f32").acquire(4)
        for other, named in (([1, 2], "list"), ("text", "str"), (numpy.zeros(2), "f64"),
                             (numpy.zeros(2, "i4"), "i32"), (numpy.zeros(2, numpy.dtype("f4").newbyteorder()), "order")):
            for put in (floats.append, lambda data: floats.write(0, data),
                        lambda data: floats.__setitem__(slice(0, 2), data)):
                with self.subTest(named), self.assertRaisesRegex(TypeError, named):
                    put(other)
        with self.assertRaisesRegex(ValueError, "2 elements of 4 bytes .* from 12 bytes"):
            floats[:2] = numpy.zeros(3, "f4")
        self.assertEqual(list(floats), [0, 0, 0, 0])

        for name, number in (("u64", "uint64"), ("i64", "int64")):
            buf = Bufpool.Pool(name).acquire(3)
            buf[::2] = numpy.array([5, 6], dtype=number)
            self.assertEqual(list(buf), [5, 0, 6])
        floats[1:3] = struct.pack("2f", 1, 2)
        self.assertEqual(list(floats), [0, 1, 2, 0])
        octets = Bufpool.Pool().acquire()
        octets.append(numpy.zeros(2))
        self.assertEqual(len(octets), 16)

    def test_structures(self):
        point = numpy.dtype([("x", "f4"), ("y", "i2"), ("z", "u1")])
        buf = Bufpool.Pool(element_size=point.itemsize).acquire(2)
        points = numpy.frombuffer(buf.view(), dtype=point)
        points["y"] = [3, 4]
        self.assertEqual((numpy.asarray(buf).dtype, numpy.asarray(buf).shape), (numpy.uint8, (14,)))
        self.assertEqual(list(numpy.asarray(buf).view(point)["y"]), [3, 4])

    def test_slice_is_read_only(self):
        pool = Bufpool.Pool()
        buf = pool.acquire(4)
        values = numpy.asarray(Bufpool.PooledSlice.new_take(buf, 3))
        self.assertEqual((values.shape, values.flags.writeable), ((3,), False))


class Slices(unittest.TestCase):
    def setUp(self):
        self.pool = Bufpool.Pool("i16", thread_cache=0)
        buf = self.pool.acquire(6)
        buf[:] = array.array("h", range(6))
        self.slice = Bufpool.PooledSlice.new_take(buf, 5)

    def test_elements(self):
        self.assertEqual((len(self.slice), list(self.slice), self.slice[-1]), (5, [0, 1, 2, 3, 4], 4))
        self.assertEqual(bytes(self.slice), struct.pack("5h", *range(5)))
        self.assertEqual(self.slice.get_bytes().get_data(), bytes(self.slice))
        self.assertEqual(self.slice.element_type, Bufpool.ElementType.I16)
        self.assertTrue(self.slice.view().readonly)
        self.assertEqual(repr(self.slice), "<Bufpool.PooledSlice: 5 i16>")

    def test_parts(self):
        part = self.slice[1:4]
        self.assertIsInstance(part, Bufpool.PooledSlice)
        self.assertEqual((list(part), list(part[1:]), list(part[5:])), ([1, 2, 3], [2, 3], []))
        with self.assertRaises(ValueError):
            self.slice[::2]
        with self.assertRaises(IndexError):
            self.slice.sub(4, 2)

    def test_goes_back_with_the_last_share(self):
        part, view = self.slice[1:2], self.slice.view()
        self.assertIs(self.slice.release(), True)
        self.assertEqual(len(self.slice), 0)
        with self.assertRaises(Bufpool.ReleasedError):
            self.slice.view()
        with self.assertRaises(Bufpool.ReleasedError):
            self.slice[0]
        part.release()
        self.assertEqual(self.pool.stats.outstanding, 1)
        self.assertEqual(view.tolist(), [0, 1, 2, 3, 4])
        view.release()
        self.assertEqual(self.pool.stats.outstanding, 0)

    def test_back_to_the_handle(self):
        part = self.slice[1:2]
        with self.assertRaises(Bufpool.BusyError):
            self.slice.steal_pooled()
        part.release()
        buf = self.slice.steal_pooled()
        self.assertIsInstance(buf, Bufpool.Pooled)
        self.assertTrue(self.slice.is_released())
        with self.assertRaises(Bufpool.ReleasedError):
            self.slice.steal_pooled()
        buf.append(array.array("h", [9]))
        self.assertEqual(list(buf), [0, 1, 2, 3, 4, 5, 9])
        buf.release()
        self.assertEqual(self.pool.stats.outstanding, 0)

    def test_longer_than_the_buffer(self):
        with self.assertRaises(Bufpool.OutOfRangeError):
            Bufpool.PooledSlice.new_take(self.pool.acquire(2), 3)
        self.assertEqual(self.pool.stats.outstanding, 1)


class Errors(unittest.TestCase):
    def assert_error(self, kind, python_kind, code, call):
        with self.assertRaises(kind) as caught:
            call()
        error = caught.exception
        self.assertIsInstance(error, python_kind)
        self.assertIsInstance(error, GLib.Error)
        self.assertIsInstance(error, Bufpool.Error)
        self.assertTrue(error.matches(Bufpool.PoolError.quark(), code))
        self.assertEqual(str(error), error.message)
        self.assertIn(error.message, repr(error))
        self.assertIsNone(error.__cause__)

    def test_classes(self):
        code = Bufpool.PoolError
        buf = Bufpool.Pool("f32").acquire(4)
        released = Bufpool.Pool().acquire()
        released.release()
        busy = Bufpool.Pool().acquire(4)
        view = busy.view()
        full = Bufpool.Pool(max_buffers=2)
        for kind, python_kind, number, call in (
                (Bufpool.ReleasedError, ValueError, code.RELEASED, released.view),
                (Bufpool.ReleasedError, ValueError, code.RELEASED, lambda: released[0]),
                (Bufpool.ReleasedError, ValueError, code.RELEASED, lambda: released.append(b"x")),
                (Bufpool.BusyError, BufferError, code.BUSY, lambda: busy.resize(9)),
                (Bufpool.OutOfRangeError, IndexError, code.OUT_OF_RANGE, lambda: buf.set_length(10 ** 6)),
                (Bufpool.OutOfRangeError, ValueError, code.OUT_OF_RANGE, lambda: buf.append(b"odd")),
                (Bufpool.OutOfRangeError, IndexError, code.OUT_OF_RANGE, lambda: buf.write(16, b"four")),
                (Bufpool.OutOfRangeError, IndexError, code.OUT_OF_RANGE, lambda: full.prefill(3, 8)),
                (Bufpool.TooLargeError, OverflowError, code.TOO_LARGE, lambda: buf.resize(tap.HUGE)),
                (Bufpool.NoMemoryError, MemoryError, code.NO_MEMORY, lambda: buf.resize(tap.HUGE // 4))):
            with self.subTest(kind=kind.__name__):
                self.assert_error(kind, python_kind, number, call)
        view.release()

    def test_numbers(self):
        buf = Bufpool.Pool().acquire(4)
        for number, kind in ((-1, OverflowError), (2 ** 64, OverflowError), (1.5, TypeError), ("1", TypeError),
                             (None, TypeError)):
            for call in (buf.resize, buf.set_length, buf.reserve, Bufpool.Pool().acquire_sized):
                with self.assertRaises(kind):
                    call(number)


if __name__ == "__main__":
    tap.main()
