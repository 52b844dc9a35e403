#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse of pools for threads that must not wait, and of contents that are wiped."""

import gc
import os
import threading
import weakref

from cases import Bufpool, case, equal, in_threads, main, raises, settle
from cases_types import try_everything, zoo

ROUNDS = int(os.environ.get("BUFPOOL_ABUSE_ROUNDS", 2000))
SECRET = 0xa7


def make(n_buffers=4, size=100, **properties):
    pool = Bufpool.Pool(realtime=True, max_buffers=n_buffers, **properties)
    pool.prefill(n_buffers, size)
    return pool


def affordable():
    """Without sizes for which there is memory: all of it would be written."""
    return [thing for thing in zoo() if not isinstance(thing, int) or thing < 2 ** 20 or thing > 2 ** 60]


def has_secret(buf):
    buf.set_length(buf.capacity)
    return SECRET in buf.dup_data()


@case
def realtime_with_everything():
    try_everything(make, Bufpool.Pool, affordable(), 21)
    pool = make()
    try_everything(lambda: pool.acquire(4), Bufpool.Pooled, affordable(), 22)
    try_everything(lambda: Bufpool.PooledSlice.new_take(pool.acquire(4), 3), Bufpool.PooledSlice, zoo(), 23)
    gc.collect()
    held = [pool.acquire() for _ in range(pool.stats.idle)]
    raises(Bufpool.LimitError, pool.acquire)
    del held


@case
def wiped_with_everything():
    pool = Bufpool.Pool(clear_on_release=True, max_buffers=4)
    try_everything(lambda: pool.acquire(4), Bufpool.Pooled, affordable(), 24)
    gc.collect()
    equal(any([has_secret(pool.acquire()) for _ in range(pool.stats.idle)]), False)


@case
def empty_again_and_again():
    pool = make()
    for round in range(200):
        held = [pool.acquire(100) for _ in range(4)]
        for acquire in (pool.acquire, pool.try_acquire, lambda: pool.acquire(5), lambda: pool.acquire_many(5, 1)):
            raises(Bufpool.LimitError, acquire)
        for buf in held[round % 4:]:
            equal((buf.release(), buf.release()), (True, False))
        del held
        gc.collect()
        equal(pool.stats.idle, 4)
    settle(pool, added=4)


@case
def views_outlive_everything():
    pool = make()
    views = [pool.acquire(100).view() for _ in range(4)]
    raises(Bufpool.LimitError, pool.acquire)
    watch = weakref.ref(pool)
    views[0][0] = 7
    pool.drop_idle()
    del pool
    gc.collect()
    equal((watch(), views[0][0], len(views[3])), (None, 7, 100))
    del views
    gc.collect()


@case
def cycles_are_collected():
    pool = make()

    class Node:
        pass

    for _ in range(500):
        node = Node()
        node.own = node
        try:
            node.buf = pool.acquire(10)
        except Bufpool.LimitError:
            gc.collect()
    del node
    settle(pool, added=4)


@case
def dropped_during_everything():
    pool = make(8, 50, clear_on_release=True)
    ended = threading.Event()

    def use():
        for n in range(ROUNDS):
            try:
                with pool.acquire() as buf:
                    equal(has_secret(buf), False)
                    buf[n % 50] = SECRET
                    view = buf.view()
                view[0] = SECRET
                del view
            except Bufpool.LimitError:
                pass

    def use_until_end():
        try:
            use()
        finally:
            ended.set()

    def drop():
        while not ended.is_set():
            pool.drop_idle(4)
            pool.trim_capacity = 10
            pool.trim_capacity = 0
            str(pool.stats)
            try:
                pool.prefill(1, 50)
            except Bufpool.OutOfRangeError:
                pass

    in_threads(use, use_until_end, drop)
    gc.collect()
    equal(pool.stats.outstanding, 0)


@case
def set_during_everything():
    pool = Bufpool.Pool(max_buffers=16)
    ended = threading.Event()

    def use():
        try:
            for _ in range(ROUNDS):
                buf = pool.acquire(60)
                buf.write(0, bytes([SECRET]) * 60)
                buf.append(bytes([SECRET]) * 60)
                buf.release()
        finally:
            ended.set()

    def toggle():
        while not ended.is_set():
            pool.clear_on_release = not pool.clear_on_release

    in_threads(use, use, toggle)
    pool.clear_on_release = True
    held = [pool.acquire() for _ in range(pool.stats.idle)]
    equal(any(map(has_secret, held)), False)
    del held
    settle(pool)


@case
def realtime_children_of_fork():
    pool = make()
    buf = pool.acquire(100)
    for _ in range(10):
        child = os.fork()
        if child == 0:
            held = [pool.acquire(100) for _ in range(3)]
            raises(Bufpool.LimitError, pool.acquire)
            buf.release()
            held.append(pool.acquire())
            os._exit(0)
        equal(os.waitpid(child, 0)[1], 0)
    del buf
    settle(pool, added=4)


if __name__ == "__main__":
    main()
