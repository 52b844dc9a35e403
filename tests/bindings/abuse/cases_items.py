#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse by objects whose class is written in Python."""

import gc
import sys
import threading
import weakref

from gi.repository import GObject

from cases import Bufpool, Item, case, equal, main, raises, settle


def make_pool(action, **properties):
    Item.action = staticmethod(action)
    return Bufpool.Pool(item_type=Item, **{"max_buffers": 8, "thread_cache": 0, **properties})


def be_quiet():
    """What reuse() raises is printed, which here is no news."""
    sys.excepthook = lambda *_: None


@case
def reuse_that_raises():
    be_quiet()

    def fail(item, trim):
        raise ValueError("not today")

    pool = make_pool(fail)
    for _ in range(100):
        pool.acquire().release()
    settle(pool, idle=0, dropped=100)
    pool.acquire()
    equal(pool.stats.idle, 1)
    pool.acquire()
    settle(pool, dropped=101)


@case
def reuse_that_returns_nonsense():
    be_quiet()
    for value in (None, 0, 1, -1, 2 ** 70, "yes", "", [], object(), 1.5, float("nan")):
        pool = make_pool(lambda item, trim: value)
        for _ in range(3):
            pool.acquire().release()
        settle(pool)


@case
def sizes_that_are_nonsense():
    be_quiet()

    class Sized(GObject.Object, Bufpool.Reusable):
        size = 0

        def do_get_byte_size(self):
            if isinstance(Sized.size, Exception):
                raise Sized.size
            return Sized.size

    for Sized.size in (None, -1, 2 ** 63, 2 ** 64, 2 ** 70, "big", 1.5, object(), ValueError("no")):
        pool = Bufpool.Pool(item_type=Sized, max_buffers=4)
        for _ in range(3):
            pool.acquire().release()
        str(pool.stats)
        settle(pool)


@case
def reuse_that_uses_the_pool():
    depth = 0

    def nest(item, trim):
        nonlocal depth
        if depth < 20:
            depth += 1
            with pool.acquire() as inner:
                inner.item.lines.append(depth)
            depth -= 1
        return True

    pool = make_pool(nest)
    for _ in range(3):
        pool.acquire().release()
        pool.acquire()
    settle(pool)


@case
def reuse_that_disposes_the_pool():
    def dispose(item, trim):
        pool.run_dispose()
        return True

    for use in (lambda pool: pool.acquire().release(), lambda pool: pool.acquire()):
        pool = make_pool(dispose)
        for _ in range(5):
            use(pool)
        settle(pool, idle=0)


@case
def reuse_that_drops_and_fills():
    is_acting = False
    n_added = 0

    def act(item, trim):
        nonlocal is_acting, n_added
        if is_acting:
            return True
        is_acting = True
        pool.drop_idle(1)
        pool.max_buffers = 1 + pool.max_buffers % 7
        try:
            pool.prefill(1)
            n_added += 1
        except Bufpool.OutOfRangeError:
            pass
        is_acting = False
        return True

    pool = make_pool(act)
    for _ in range(50):
        handles = [pool.acquire() for _ in range(3)]
        handles[0].release()
        del handles
    settle(pool, added=n_added)


@case
def reuse_that_collects():
    def collect(item, trim):
        item.itself = item
        gc.collect()
        return len(item.lines) < 3

    pool = make_pool(collect)
    for _ in range(30):
        handle = pool.acquire()
        handle.item.lines.append(handle)
        handle.release()
        handle = None
    pool.drop_idle()
    settle(pool, idle=0)


@case
def reuse_that_forgets_itself():
    gone = []

    def forget(item, trim):
        gone.append(weakref.ref(item))
        item.__dict__.clear()
        item.lines = []
        return False

    pool = make_pool(forget)
    for _ in range(20):
        pool.acquire().release()
    settle(pool, dropped=20)
    equal([ref() for ref in gone if ref() is not None], [])


@case
def forgotten_and_collected():
    pool = make_pool(lambda item, trim: item.lines.clear() is None, max_buffers=50)
    gc.disable()
    for number in range(20000):
        handle = pool.acquire()
        handle.item.lines.append(number)
        handle.itself = handle
    handle = None
    equal(pool.stats.outstanding, 20000)
    gc.collect()
    equal(pool.acquire().item.lines, [])
    settle(pool)


@case
def items_that_are_kept():
    pool = make_pool(lambda item, trim: True)
    kept = [pool.acquire().item for _ in range(3)]
    equal(len({id(item) for item in kept}), 1)
    kept[0].handle = pool.acquire()
    kept[0].pool = pool
    pool.drop_idle()
    pool.run_dispose()
    del pool
    gc.collect()
    kept[0].lines.append(1)
    kept[0].handle.release()
    kept.clear()
    gc.collect()


@case
def items_given_twice():
    pool = make_pool(lambda item, trim: True)
    item = Item()
    for _ in range(5):
        pool.recycle_item(item)
    one, other = pool.acquire(), pool.acquire()
    equal(one.item is other.item, True)
    pool.recycle_item(one.item)
    del one, other, item
    pool.drop_idle()
    settle(pool, added=6, idle=0)


@case
def classes_that_go_away():
    class Local(GObject.Object, Bufpool.Reusable):
        def do_reuse(self, trim):
            return True

    pool = Bufpool.Pool(item_type=Local, max_buffers=4)
    handle = pool.acquire()
    pool.prefill(2)
    del Local
    gc.collect()
    handle.release()
    for _ in range(10):
        pool.acquire().item.mark = 1
    pool.prefill(1)
    del handle
    settle(pool, added=3)


@case
def initializers_that_raise():
    be_quiet()
    made = 0

    class Failing(GObject.Object, Bufpool.Reusable):
        def __init__(self):
            nonlocal made
            made += 1
            if made % 2:
                super().__init__()
            raise ValueError("not today")

    class Demanding(GObject.Object, Bufpool.Reusable):
        def __init__(self, name):
            super().__init__()

    for kind in (Failing, Demanding):
        pool = Bufpool.Pool(item_type=kind, max_buffers=4)
        for _ in range(10):
            try:
                pool.acquire().release()
            except Bufpool.CreateFailedError:
                pass
        raises((ValueError, TypeError), pool.prefill, 2)
        settle(pool)


@case
def interface_methods_called_by_hand():
    be_quiet()
    item = Item()
    equal(item.reuse(5), True)
    equal(item.get_byte_size(), 0)
    raises(TypeError, item.reuse)
    raises(OverflowError, item.reuse, -1)
    raises(TypeError, Bufpool.Reusable.reuse, GObject.Object(), 1)


@case
def disposed_in_callbacks():
    pool = make_pool(lambda item, trim: True)
    handle = pool.acquire()

    def on_notify(*_):
        pool.run_dispose()
        pool.max_buffers += 1 if pool.max_buffers < 50 else 0
        pool.acquire()

    pool.connect("notify::max-buffers", on_notify)
    pool.max_buffers = 40
    handle.release()
    pool.prefill(0)
    settle(pool, idle=0)

    left = 10

    class Last(Item):
        def __del__(self):
            nonlocal left
            if left > 0:
                left -= 1
                other.acquire()
                other.run_dispose()

    other = Bufpool.Pool(item_type=Last, max_buffers=3)
    for _ in range(5):
        other.acquire().release()
    other.drop_idle()
    gc.collect()
    other.acquire().release()


@case
def last_reference_in_another_thread():
    pool = make_pool(lambda item, trim: True)
    for _ in range(200):
        box = [pool.acquire()]
        box[0].item.lines.append(1)
        thread = threading.Thread(target=box.clear)
        thread.start()
        thread.join()
    box = [pool]
    pool.acquire()
    del pool
    thread = threading.Thread(target=box.clear)
    thread.start()
    thread.join()
    gc.collect()


if __name__ == "__main__":
    main()
