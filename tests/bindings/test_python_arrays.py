#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: arrays of numpy that a pool makes, and buffers that are not zeroed."""

import gc
import sys
import threading
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool, GObject
    import numpy
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))

NAMES = {"u8": "uint8", "i8": "int8", "u16": "uint16", "i16": "int16", "u32": "uint32", "i32": "int32",
         "u64": "uint64", "i64": "int64", "f32": "float32", "f64": "float64"}
FULL_HD = (1080, 1920, 3)


class Item(GObject.Object, Bufpool.Reusable):
    def do_reuse(self, _trim):
        return True


class Arrays(unittest.TestCase):
    def setUp(self):
        self.pool = Bufpool.Pool(max_buffers=8, thread_cache=0)
        gc.disable()
        self.addCleanup(gc.enable)

    def outstanding(self):
        return self.pool.stats.outstanding

    def test_type_of_the_pool(self):
        for name, dtype in NAMES.items():
            with self.subTest(name):
                values = Bufpool.Pool(name).zeros((3, 5))
                self.assertEqual((values.dtype, values.shape, values.size), (numpy.dtype(dtype), (3, 5), 15))
                self.assertFalse(values.any())
        records = Bufpool.Pool(element_size=12).zeros(3)
        self.assertEqual((records.dtype, records.shape), (numpy.dtype("V12"), (3,)))

    def test_other_types(self):
        point = numpy.dtype([("x", "f4"), ("y", "i2"), ("z", "u1")])
        for pool in (self.pool, Bufpool.Pool("f64"), Bufpool.Pool(element_size=5)):
            for dtype in ("f4", numpy.int16, complex, point, "datetime64[s]", "S3", bool):
                values = pool.zeros((2, 3), dtype)
                wanted = numpy.zeros((2, 3), dtype)
                self.assertEqual((values.dtype, values.tobytes()), (wanted.dtype, wanted.tobytes()))
        self.assertEqual(self.outstanding(), 0)

    def test_shapes(self):
        for shape in (4, (4,), [2, 3], (2, 3, 4), (), numpy.int64(5), (numpy.int32(3), 2), numpy.array([2, 2]),
                      0, (3, 0), range(1, 4)):
            with self.subTest(shape):
                self.assertEqual(self.pool.empty(shape).shape, numpy.empty(shape).shape)
                self.assertEqual(self.pool.zeros(shape, "f4").tobytes(), numpy.zeros(shape, "f4").tobytes())
        values = self.pool.empty((3, 4), "f4", order="F")
        self.assertEqual((values.flags.f_contiguous, values.strides), (True, (4, 12)))
        del values
        self.assertEqual(self.outstanding(), 0)

    def test_can_be_written(self):
        frame = self.pool.empty(FULL_HD)
        frame[:] = 7
        self.assertEqual((frame.flags.writeable, frame.flags.c_contiguous, frame.flags.aligned), (True, True, True))
        self.assertEqual(int(frame.sum()), 7 * frame.size)

    def test_goes_back_with_the_last_view(self):
        frame = self.pool.empty(FULL_HD)
        row, plane, words = frame[5], frame[:, :, 1], frame.reshape(-1).view("u4")
        self.assertEqual(self.outstanding(), 1)
        del frame, plane
        self.assertEqual(self.outstanding(), 1)
        memory = memoryview(row)
        del row, words
        memory[3, 1] = 9
        self.assertEqual(self.outstanding(), 1)
        del memory
        self.assertEqual((self.outstanding(), self.pool.stats.idle), (0, 1))
        again = self.pool.empty(FULL_HD)
        self.assertEqual(int(again[5, 3, 1]), 9)
        self.assertEqual(self.pool.stats.hits, 1)

    def test_no_reference_but_the_array(self):
        # What earlier tests and imports left
        gc.collect()
        frame = self.pool.empty(10)
        self.assertEqual(sys.getrefcount(frame.base), 2)
        del frame
        self.assertEqual((self.outstanding(), gc.collect()), (0, 0))

    def test_outlives_the_pool(self):
        pool = Bufpool.Pool("f32")
        values = pool.zeros(1000)
        del pool
        values += 3
        self.assertEqual(float(values.sum()), 3000)

    def test_dropped_in_other_threads(self):
        frames = [self.pool.zeros(1000) for _ in range(8)]

        def drop():
            while frames:
                frames.pop()

        threads = [threading.Thread(target=drop) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((self.outstanding(), self.pool.stats.idle), (0, 8))

    def test_zeros_are_zero(self):
        for _ in range(3):
            values = self.pool.empty(1000)
            values[:] = 0xff
            del values
            self.assertFalse(self.pool.zeros(1000).any())

    def test_what_cannot_be(self):
        for shape in ("x", None, 1.5, (2, "x"), (1.5,)):
            with self.subTest(shape), self.assertRaises(TypeError):
                self.pool.empty(shape)
        for shape in (-1, (2, -3)):
            with self.assertRaisesRegex(ValueError, "negative"):
                self.pool.zeros(shape)
        for shape in (2 ** 70, (2 ** 40, 2 ** 40), 2 ** 62):
            with self.subTest(shape), self.assertRaises((OverflowError, MemoryError)):
                self.pool.empty(shape, "f8")
        with self.assertRaisesRegex(TypeError, "Python objects"):
            self.pool.empty(3, object)
        with self.assertRaisesRegex(TypeError, "Python objects"):
            self.pool.zeros(3, [("x", "f4"), ("y", "O")])
        with self.assertRaises(TypeError):
            self.pool.empty(3, "nonsense")
        with self.assertRaisesRegex(TypeError, "pool of elements"):
            Bufpool.Pool(item_type=Item).empty(3)
        self.assertEqual(self.outstanding(), 0)

    def test_limits(self):
        pool = Bufpool.Pool(max_outstanding=1, budget=Bufpool.Budget(1000))
        with self.assertRaises(Bufpool.BudgetError):
            pool.empty(1001)
        values = pool.empty(1000)
        with self.assertRaises(Bufpool.LimitError):
            pool.zeros(10)
        del values
        self.assertEqual(len(pool.empty(10)), 10)


class NotZeroed(unittest.TestCase):
    def test_as_it_was(self):
        pool = Bufpool.Pool("u16", max_buffers=1, thread_cache=0)
        with pool.acquire(4) as buf:
            buf[1] = 7
        with pool.acquire(4, zeroed=False) as buf:
            self.assertEqual((len(buf), buf[1]), (4, 7))
        with pool.acquire(4, zeroed=True) as buf:
            self.assertEqual(list(buf), [0, 0, 0, 0])
        with pool.acquire(zeroed=False) as buf:
            self.assertEqual(len(buf), 0)
        with pool.acquire(n_elements=100, zeroed=False) as buf:
            self.assertEqual(len(buf), 100)
        self.assertEqual(pool.stats.outstanding, 0)

    def test_items(self):
        pool = Bufpool.Pool(item_type=Item)
        self.assertIsInstance(pool.acquire(zeroed=False).item, Item)
        with self.assertRaisesRegex(TypeError, "number of elements"):
            pool.acquire(3, zeroed=False)


if __name__ == "__main__":
    tap.main()
