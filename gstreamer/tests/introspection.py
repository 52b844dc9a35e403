#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The helper library as Python sees it. The argument is the example program."""

import gc
import subprocess
import sys
import unittest

import gi

gi.require_version("Bufpool", "1.0")
gi.require_version("Gst", "1.0")
gi.require_version("GstBufpool", "1.0")
from gi.repository import Bufpool, GLib, Gst, GstBufpool  # noqa: E402

PUBLIC = {"Allocator", "AllocatorClass", "BufferPool", "BufferPoolClass", "MAJOR_VERSION", "MEMORY_TYPE",
          "MICRO_VERSION", "MINOR_VERSION", "Tracer", "TracerClass", "VERSION_S", "buffer_view",
          "get_shared_budget", "memory_is_overflow", "memory_new_with_owner", "memory_new_wrapped"}


class Names(unittest.TestCase):
    def test_nothing_internal(self):
        names = {name for name in dir(GstBufpool) if not name.startswith("_")}
        self.assertEqual(names, PUBLIC)


class Memory(unittest.TestCase):
    def setUp(self):
        self.pool = Bufpool.Pool.new(Bufpool.ElementType.U8)

    def idle(self):
        gc.collect()
        return self.pool.get_stats().get_idle()

    def acquire(self, data):
        pooled = self.pool.acquire_sized(len(data))
        pooled.write(0, data)
        return pooled

    def read(self, memory):
        mapped, info = memory.map(Gst.MapFlags.READ)
        self.assertTrue(mapped)
        data = bytes(info.data)
        memory.unmap(info)
        return data

    def test_wraps(self):
        memory = GstBufpool.memory_new_wrapped(self.acquire(b"0123456789"), 2, 5)
        self.assertEqual(self.read(memory), b"23456")
        self.assertEqual(self.idle(), 0)
        del memory
        self.assertEqual(self.idle(), 1)

    def test_release_waits_for_memory(self):
        pooled = self.acquire(b"0123456789")
        memory = GstBufpool.memory_new_wrapped(pooled, 0, -1)
        pooled.release()
        self.assertEqual(self.read(memory), b"0123456789")
        del memory
        self.assertEqual(self.idle(), 1)

    def test_error_loses_nothing(self):
        with self.assertRaises(GLib.Error) as caught:
            GstBufpool.memory_new_wrapped(self.acquire(b"0123456789"), 5, 6)
        self.assertTrue(caught.exception.matches(Bufpool.PoolError.quark(),
                                                 Bufpool.PoolError.OUT_OF_RANGE))
        self.assertEqual(self.idle(), 1)

    def test_allocator(self):
        allocator = GstBufpool.Allocator.new(self.pool)
        buffer = Gst.Buffer.new_allocate(allocator, 1000, None)
        self.assertTrue(buffer.peek_memory(0).is_type(GstBufpool.MEMORY_TYPE))
        self.assertEqual(allocator.get_property("pool"), self.pool)
        del buffer
        self.assertEqual(self.idle(), 1)
        stats = allocator.get_stats()
        self.assertEqual(stats.get_uint64("misses"), (True, 1))

    def test_view(self):
        buffer = Gst.Buffer.new_allocate(GstBufpool.Allocator.new(self.pool), 1000, None)
        view = GstBufpool.buffer_view(buffer, Gst.MapFlags.READ)
        self.assertFalse(view.is_writable())
        self.assertEqual(view.get_extent()[1:], (1000, 1000))
        with self.assertRaises(GLib.Error):
            GstBufpool.buffer_view(buffer, Gst.MapFlags.WRITE)
        del buffer
        self.assertEqual(self.idle(), 0)
        del view
        self.assertEqual(self.idle(), 1)

    def test_shared(self):
        first, second = (GstBufpool.Allocator.get_shared("one", number) for number in (4, 2))
        self.assertEqual(first, second)
        self.assertEqual(second.get_max_buffers(), 4)


class BufferPool(unittest.TestCase):
    def test_acquire(self):
        pool = GstBufpool.BufferPool.new(None)
        config = pool.get_config()
        Gst.BufferPool.config_set_params(config, None, 100, 0, 0)
        self.assertTrue(pool.set_config(config))
        self.assertTrue(pool.set_active(True))
        for _ in range(3):
            result, buffer = pool.acquire_buffer(None)
            self.assertEqual(result, Gst.FlowReturn.OK)
            self.assertEqual(buffer.get_size(), 100)
            del buffer
        self.assertEqual(pool.get_stats().get_uint64("hits"), (True, 2))
        self.assertTrue(pool.set_active(False))


class Example(unittest.TestCase):
    def test_runs(self):
        run = subprocess.run([sys.executable, EXAMPLE, "--buffers=30"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"(?m)^tone: 30 acquired .* 0 outstanding")
        self.assertRegex(run.stdout, r"(?m)^video: .*fallbacks=\(guint64\)0")
        self.assertRegex(run.stdout, r"(?m)^pool: .*hits=\(guint64\)10")


if __name__ == "__main__":
    EXAMPLE = sys.argv.pop()
    Gst.init(None)
    unittest.main(verbosity=2)
