#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse by arguments of every wrong type and size."""

import gc
import inspect
import io
import itertools
import random
import sys

from gi.repository import Gio, GLib, GObject

from cases import Bufpool, Item, case, main, raises, settle

NUMBERS = (-2 ** 70, -2 ** 63, -2 ** 31, -1, 0, 1, 7, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 62, 2 ** 63, 2 ** 64, 2 ** 70)
OTHERS = (None, True, 1.5, float("nan"), float("inf"), "", "x", "\0", b"", b"12345678", bytearray(8), [], [1, 2],
          (), {}, set(), object(), int, len, slice(None), slice(1, None, -1), slice(0, 2 ** 70), Ellipsis, range(3),
          memoryview(b"12345678")[::2])

# What would end the process, or belongs to Python and not to bufpool
LEFT_OUT = {"__class__", "__init_subclass__", "__subclasshook__", "__new__", "__reduce__", "__reduce_ex__",
            "__getattribute__", "__setattr__", "__delattr__", "__dir__", "__del__", "_clear_boxed", "__format__"}


def own_methods(kind):
    """What Bufpool's classes have beyond any object's."""
    common = set(dir(GObject.Object)) | LEFT_OUT
    for name in dir(kind):
        if name not in common and callable(inspect.getattr_static(kind, name, None) or getattr(kind, name)):
            yield name
    yield from ("__init__", "__repr__", "__eq__", "__hash__")


def try_everything(make, kind, zoo, seed):
    dice = random.Random(seed)
    for name in own_methods(kind):
        for n_arguments in range(4):
            combinations = list(itertools.product(zoo, repeat=n_arguments)) if n_arguments < 2 else \
                [[dice.choice(zoo) for _ in range(n_arguments)] for _ in range(60)]
            for arguments in combinations:
                thing = make()
                try:
                    getattr(thing, name)(*arguments)
                except Exception:
                    pass
                try:
                    getattr(kind, name)(*arguments)
                except Exception:
                    pass


def zoo():
    pool = Bufpool.Pool(max_buffers=2)
    released = pool.acquire(8)
    released.release()
    handle = pool.acquire(8)
    return (*NUMBERS, *OTHERS, pool, released, handle, Bufpool.PooledSlice.new_take(handle, 4), pool.stats,
            Bufpool.Budget(100), Bufpool.ElementType.F32, Bufpool.PoolError.BUSY, Item, Item(), GObject.Object(), Gio.Cancellable(),
            Gio.MemoryInputStream(), io.BytesIO(b"123"), GLib.Bytes.new(b"1234"), Bufpool.Pooled)


def is_affordable(number):
    return not isinstance(number, int) or number < 2 ** 31 or number > 2 ** 60


@case
def handles_with_everything():
    for element_type in ("u8", "f64"):
        pool = Bufpool.Pool(element_type, max_buffers=4)
        try_everything(lambda: pool.acquire(4), Bufpool.Pooled, [thing for thing in zoo() if is_affordable(thing)], 1)
        settle(pool)


@case
def odd_elements_with_everything():
    pool = Bufpool.Pool(element_size=3, max_buffers=4)
    try_everything(lambda: pool.acquire(4), Bufpool.Pooled, [thing for thing in zoo() if is_affordable(thing)], 2)
    settle(pool)


@case
def items_with_everything():
    pool = Bufpool.Pool(item_type=Item, max_buffers=4)
    try_everything(pool.acquire, Bufpool.Pooled, zoo(), 3)
    settle(pool)


@case
def slices_with_everything():
    pool = Bufpool.Pool("i16", max_buffers=4)
    try_everything(lambda: Bufpool.PooledSlice.new_take(pool.acquire(4), 3), Bufpool.PooledSlice, zoo(), 4)
    settle(pool)


@case
def stats_and_views_with_everything():
    pool = Bufpool.Pool(max_buffers=4)
    try_everything(lambda: pool.stats, Bufpool.PoolStats, zoo(), 5)
    try_everything(lambda: pool.acquire(3).get_view(), Bufpool.PooledView, zoo(), 6)
    settle(pool)


@case
def pools_with_everything():
    affordable = [thing for thing in zoo() if is_affordable(thing)]
    for make in (lambda: Bufpool.Pool(max_buffers=4), lambda: Bufpool.Pool("f32", max_buffers=4),
                 lambda: Bufpool.Pool(item_type=Item, max_buffers=4)):
        try_everything(make, Bufpool.Pool, affordable, 7)
    gc.collect()


@case
def budgets_with_everything():
    try_everything(lambda: Bufpool.Budget(1000), Bufpool.Budget, zoo(), 9)
    for thing in zoo():
        for make in (lambda: Bufpool.Budget(thing), lambda: Bufpool.Budget(max_bytes=thing),
                     lambda: Bufpool.Budget.new(thing)):
            try:
                Bufpool.Pool(budget=make()).acquire(5)
            except Exception:
                pass


@case
def properties_with_everything():
    names = ["element_type", "element_size", "item_type", "alignment", "shards", "max_buffers", "trim_capacity",
             "thread_cache", "name", "item_funcs", "max_outstanding", "max_idle_bytes", "budget", "flushing",
             "idle_timeout", "memory_monitor", "clear_on_release", "realtime"]
    dice = random.Random(8)
    things = zoo()
    for name in names:
        for thing in things:
            try:
                Bufpool.Pool(**{name: thing}).acquire()
            except Exception:
                pass
            pool = Bufpool.Pool()
            try:
                setattr(pool, name, thing)
            except Exception:
                pass
    for _ in range(3000):
        try:
            Bufpool.Pool(**{name: dice.choice(things) for name in dice.sample(names, dice.randrange(2, 5))}).acquire()
        except Exception:
            pass


# What a size may be, and no memory is: a machine of 32 bits may have all up to sys.maxsize
HUGE = ((2 ** 60, 2 ** 61, 2 ** 62, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1) if sys.maxsize > 2 ** 32 else
        (2 ** 31, 2 ** 31 + 2 ** 20, 2 ** 32 - 1))


@case
def sizes_that_are_huge():
    for element_type in ("u8", "u16", "f64"):
        pool = Bufpool.Pool(element_type, max_buffers=4)
        for number in HUGE:
            buf = pool.acquire(3)
            for call in (buf.resize, buf.reserve, pool.acquire, pool.acquire_sized, lambda n: pool.prefill(1, n)):
                raises((Bufpool.NoMemoryError, Bufpool.TooLargeError), call, number)
            raises(Bufpool.OutOfRangeError, buf.set_length, number)
            raises(Bufpool.OutOfRangeError, buf.write, number // 8 * 8, bytes(8))
            raises(Bufpool.OutOfRangeError, Bufpool.PooledSlice.new_take, buf, number)
            chunk = Bufpool.PooledSlice.new_take(buf, 3)
            for offset, length in ((number, number), (0, number), (number, 0), (2, number), (HUGE[-1], 2)):
                raises(Bufpool.OutOfRangeError, chunk.sub, offset, length)
        for number in (HUGE[-1] + 1, 2 ** 70, -1, -2 ** 63):
            for call in (buf.resize, buf.reserve, buf.set_length, pool.acquire, pool.acquire_sized,
                         lambda n: buf.write(n, b""), lambda n: Bufpool.PooledSlice.new_take(buf, n)):
                raises(OverflowError, call, number)
        del buf, chunk, call
        settle(pool)


if __name__ == "__main__":
    main()
