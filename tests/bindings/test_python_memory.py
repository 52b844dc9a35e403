#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: memory that goes back, after a time, and when the system is short of it."""

import gc
import os
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

MIB = 1 << 20
LOW = Gio.MemoryMonitorWarningLevel.LOW
MEDIUM = Gio.MemoryMonitorWarningLevel.MEDIUM
CRITICAL = Gio.MemoryMonitorWarningLevel.CRITICAL


class Monitor(GObject.Object, Gio.Initable, Gio.MemoryMonitor):
    """Says that memory is short when the test does."""

    def warn(self, level):
        self.emit("low-memory-warning", level)


class Item(GObject.Object, Bufpool.Reusable):
    def do_reuse(self, _trim):
        return True


def use(pool, n_buffers, *arguments):
    held = [pool.acquire(*arguments) for _ in range(n_buffers)]
    for buf in held:
        buf.release()


def run_out(pool):
    """Runs the main context until nothing is idle."""
    while pool.stats.idle > 0:
        GLib.MainContext.default().iteration(True)


class Properties(unittest.TestCase):
    def test_idle_timeout(self):
        pool = Bufpool.Pool(idle_timeout=5000)
        seen = []
        pool.connect("notify::idle-timeout", lambda *_: seen.append(pool.idle_timeout))
        self.assertEqual((pool.idle_timeout, pool.get_idle_timeout(), pool.props.idle_timeout), (5000, 5000, 5000))
        pool.idle_timeout = 7
        pool.idle_timeout = 7
        pool.set_idle_timeout(0)
        self.assertEqual((seen, pool.idle_timeout, Bufpool.Pool().idle_timeout), ([7, 0], 0, 0))

    def test_memory_monitor(self):
        monitor = Monitor()
        pool = Bufpool.Pool("f32", memory_monitor=monitor)
        self.assertIs(pool.memory_monitor, monitor)
        self.assertIs(pool.props.memory_monitor, monitor)
        pool.memory_monitor = None
        self.assertIsNone(pool.dup_memory_monitor())
        pool.set_memory_monitor(Gio.MemoryMonitor.dup_default())
        self.assertIsInstance(pool.memory_monitor, Gio.MemoryMonitor)
        self.assertIsNone(Bufpool.Pool(memory_monitor=None).memory_monitor)

    def test_what_cannot_be(self):
        for kind, properties in ((ValueError, {"idle_timeout": -1}), (ValueError, {"idle_timeout": 2 ** 32}),
                                 (TypeError, {"idle_timeout": "soon"}), (TypeError, {"idle_timeout": 0.5}),
                                 (TypeError, {"memory_monitor": 5}), (TypeError, {"memory_monitor": Gio.Cancellable()}),
                                 (TypeError, {"memory_monitor": Monitor})):
            pool = Bufpool.Pool()
            with self.subTest(properties=properties):
                with self.assertRaises(kind):
                    Bufpool.Pool(**properties)
                with self.assertRaises(kind):
                    setattr(pool, *next(iter(properties.items())))
                self.assertEqual((pool.idle_timeout, pool.memory_monitor), (0, None))


class GoingBack(unittest.TestCase):
    def test_after_a_time(self):
        pool = Bufpool.Pool(idle_timeout=2)
        for _ in range(3):
            use(pool, 16, 1000)
            run_out(pool)
        self.assertEqual(pool.stats.dropped, pool.stats.misses)

    def test_items_after_a_time(self):
        pool = Bufpool.Pool(item_type=Item, idle_timeout=2)
        handle = pool.acquire()
        item = weakref.ref(handle.dup_object())
        handle.release()
        del handle
        run_out(pool)
        gc.collect()
        self.assertIsNone(item())

    def test_pool_gone(self):
        pool = Bufpool.Pool(item_type=Item, idle_timeout=2)
        gone = weakref.ref(pool)
        use(pool, 3)
        del pool
        gc.collect()
        self.assertIsNone(gone())
        while GLib.MainContext.default().iteration(False):
            pass

    def test_levels(self):
        monitor = Monitor()
        for properties, arguments in (({}, (1000,)), ({"item_type": Item}, ())):
            pool = Bufpool.Pool(memory_monitor=monitor, **properties)
            for level, left in ((LOW, 8), (MEDIUM, 4), (CRITICAL, 0)):
                with self.subTest(level=level, properties=properties):
                    use(pool, 16, *arguments)
                    self.assertEqual(pool.stats.idle, 16)
                    monitor.warn(level)
                    self.assertEqual(pool.stats.idle, left)
            pool.memory_monitor = None
            use(pool, 16, *arguments)
            monitor.warn(CRITICAL)
            self.assertEqual(pool.stats.idle, 16)

    def test_pool_gone_before_monitor(self):
        monitor = Monitor()
        pool = Bufpool.Pool(memory_monitor=monitor)
        gone = weakref.ref(pool)
        buf = pool.acquire(100)
        del pool
        gc.collect()
        self.assertIsNone(gone())
        monitor.warn(CRITICAL)
        buf.release()

    def test_monitor_is_kept_and_let_go(self):
        monitor = Monitor()
        gone = weakref.ref(monitor)
        pool = Bufpool.Pool(memory_monitor=monitor)
        del monitor
        gc.collect()
        self.assertIsInstance(pool.memory_monitor, Monitor)
        pool.memory_monitor = None
        gc.collect()
        self.assertIsNone(gone())


def get_resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def is_measurable():
    # A sanitizer, or valgrind, has memory of its own; and free() would write to what is freed
    return os.path.exists("/proc/self/statm") and "LD_PRELOAD" not in os.environ and \
        os.environ.get("MALLOC_PERTURB_", "0") == "0"


@unittest.skipIf(numpy is None, "numpy is not installed")
@unittest.skipUnless(is_measurable(), "how much memory is resident is not known here")
class Resident(unittest.TestCase):
    """What the process has follows what the statistics say."""

    N_BUFFERS = 64
    SIZE = 4 * MIB
    MOST_BESIDE = 8 * MIB

    def setUp(self):
        self.monitor = Monitor()
        self.pool = Bufpool.Pool(max_buffers=128, memory_monitor=self.monitor)
        gc.collect()
        self.before = get_resident()
        # As a program is that has run for long
        numpy.ones(31 * MIB, dtype="u1")
        self.burst()

    def burst(self):
        held = [self.pool.acquire(self.SIZE) for _ in range(self.N_BUFFERS)]
        for number, buf in enumerate(held):
            numpy.asarray(buf)[:] = number + 1
        for number, buf in enumerate(held):
            self.assertEqual(numpy.asarray(buf)[-1], number + 1)
            buf.release()

    def check(self, idle):
        self.assertEqual(self.pool.stats.idle_bytes, idle)
        more = get_resident() - self.before
        self.assertLessEqual(more, idle + self.MOST_BESIDE)
        # Nor has it less: so much was written to
        self.assertGreaterEqual(more + self.MOST_BESIDE, idle)

    def test_dropped(self):
        self.check(self.N_BUFFERS * self.SIZE)
        self.pool.drop_idle(self.N_BUFFERS // 2)
        self.check(self.N_BUFFERS // 2 * self.SIZE)
        self.pool.drop_idle()
        self.check(0)

    def test_trimmed(self):
        self.pool.trim_capacity = 65536
        self.burst()
        self.check(self.N_BUFFERS * 65536)

    def test_timed_out(self):
        self.pool.idle_timeout = 5
        run_out(self.pool)
        self.check(0)

    def test_warned(self):
        for level, left in ((LOW, self.N_BUFFERS // 2), (MEDIUM, self.N_BUFFERS // 8), (CRITICAL, 0)):
            self.monitor.warn(level)
            self.check(left * self.SIZE)

    def test_grown(self):
        """An array that is made longer leaves what it had."""
        held = [self.pool.acquire(self.SIZE) for _ in range(self.N_BUFFERS)]
        for number, buf in enumerate(held):
            numpy.asarray(buf)[:] = number + 1
            buf.resize(self.SIZE + 65536)
            # Only so much that numpy needs no memory worth speaking of
            self.assertTrue((numpy.asarray(buf)[:self.SIZE:4096] == number + 1).all())
        for buf in held:
            buf.release()
        self.check(self.N_BUFFERS * (self.SIZE + 65536))
        self.pool.drop_idle()
        self.check(0)


if __name__ == "__main__":
    tap.main()
