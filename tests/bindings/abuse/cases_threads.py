#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse by several threads, and by processes that split."""

import gc
import os
import queue
import random
import threading

from cases import Bufpool, Item, case, equal, in_threads, main, settle

ROUNDS = int(os.environ.get("BUFPOOL_ABUSE_ROUNDS", 5000))


def against(pool, work, allowed):
    """Does the work on handles that another thread releases meanwhile."""
    handles = queue.SimpleQueue()

    def worker():
        for _ in range(ROUNDS):
            handle = pool.acquire(1000)
            handles.put(handle)
            try:
                for _ in range(3):
                    work(handle)
            except allowed:
                pass
        handles.put(None)

    def releaser():
        while (handle := handles.get()) is not None:
            handle.release()

    in_threads(worker, releaser)
    settle(pool)


@case
def release_during_write():
    data = bytes(range(250)) * 4
    against(Bufpool.Pool(max_buffers=4), lambda handle: handle.write(0, data),
            (Bufpool.ReleasedError, Bufpool.BusyError))


@case
def release_during_append():
    data = bytes(500)
    against(Bufpool.Pool(max_buffers=4, trim_capacity=1000), lambda handle: handle.append(data),
            (Bufpool.ReleasedError, Bufpool.BusyError))


@case
def release_during_views():
    def work(handle):
        view = handle.view()
        view[0] = view[999]
        handle.get_bytes()

    against(Bufpool.Pool(max_buffers=4), work, (Bufpool.ReleasedError, Bufpool.BusyError))


@case
def release_during_everything():
    def work(handle):
        handle.resize(len(handle) + 10)
        handle.set_length(5)
        chunk = Bufpool.PooledSlice.new_take(handle, 5)
        bytes(chunk[1:3])
        repr(handle)
        chunk.release()
        list(handle)

    against(Bufpool.Pool("i16", max_buffers=4), work, (Bufpool.Error, AttributeError))


@case
def two_writers_of_one_handle():
    pool = Bufpool.Pool(max_buffers=4)
    handle = pool.acquire()

    def write():
        for number in range(ROUNDS):
            try:
                handle.append(bytes(100))
                handle.set_length(number % 50)
                handle.resize(number % 5000)
            except (Bufpool.BusyError, Bufpool.OutOfRangeError):
                pass

    in_threads(write, write, write)
    del handle
    settle(pool)


@case
def writers_and_viewers_of_one_handle():
    pool = Bufpool.Pool(max_buffers=4)
    handle = pool.acquire(1000)

    def grow():
        for number in range(ROUNDS):
            try:
                handle.resize(1000 + number * 10)
            except Bufpool.BusyError:
                pass

    def look():
        for _ in range(ROUNDS):
            try:
                view = handle.view()
            except Bufpool.BusyError:
                continue
            view[len(view) - 1] = 1
            equal(view[0], 0)

    in_threads(grow, look, look)
    del handle
    settle(pool)


@case
def one_slice_in_many_threads():
    pool = Bufpool.Pool(max_buffers=4)
    for _ in range(100):
        chunk = Bufpool.PooledSlice.new_take(pool.acquire(100), 100)

        def use():
            try:
                for _ in range(20):
                    bytes(chunk[10:20])
                    chunk.view()
                    chunk.get_bytes()
            except (Bufpool.ReleasedError, Bufpool.OutOfRangeError):
                pass
            chunk.release()

        in_threads(use, use, use)
    del chunk, use
    settle(pool)


@case
def one_slice_stolen_by_many_threads():
    pool = Bufpool.Pool(max_buffers=4)
    for _ in range(100):
        chunk = Bufpool.PooledSlice.new_take(pool.acquire(100), 100)
        stolen = []

        def steal():
            while True:
                try:
                    chunk[10:20].release()
                    stolen.append(chunk.steal_pooled())
                except Bufpool.BusyError:
                    continue
                except Bufpool.ReleasedError:
                    return
                stolen[-1].resize(100000)

        in_threads(steal, steal, steal)
        equal(len(stolen), 1)
    del chunk, steal, stolen
    settle(pool)


@case
def buffers_that_wander():
    pool = Bufpool.Pool("f32", max_buffers=50, shards=4)
    ring = queue.Queue(maxsize=20)

    def wander(seed):
        dice = random.Random(seed)
        kept = []
        for _ in range(ROUNDS):
            kept.append(pool.acquire(dice.randrange(100)))
            if dice.random() < 0.3:
                kept.append(kept[-1].view())
            if dice.random() < 0.5:
                try:
                    ring.put_nowait(kept.pop(dice.randrange(len(kept))))
                    kept.append(ring.get_nowait())
                except (queue.Full, queue.Empty):
                    pass
            if len(kept) > 20:
                del kept[:10]
            if dice.random() < 0.01:
                pool.drop_idle(dice.randrange(50))
                pool.max_buffers = dice.randrange(1, 50)

    in_threads(*(lambda seed=seed: wander(seed) for seed in range(4)))
    while not ring.empty():
        ring.get()
    settle(pool)


@case
def threads_that_come_and_go():
    pool = Bufpool.Pool(max_buffers=30)
    kept = []
    for _ in range(200):
        thread = threading.Thread(target=lambda: kept.append([pool.acquire(10) for _ in range(5)]))
        thread.start()
        thread.join()
    equal(pool.stats.outstanding, 1000)
    kept.clear()
    settle(pool, idle=30)


@case
def disposed_while_in_use():
    for _ in range(20):
        pool = Bufpool.Pool(max_buffers=30)

        def use():
            for _ in range(200):
                with pool.acquire(10) as buf:
                    buf[3] = 1

        in_threads(use, use, pool.run_dispose)
        settle(pool, idle=0)


@case
def items_in_many_threads():
    pool = Bufpool.Pool(item_type=Item, max_buffers=10)

    def reuse(item, trim):
        item.lines.clear()
        return random.random() < 0.9

    Item.action = staticmethod(reuse)

    def use():
        for number in range(ROUNDS // 4):
            handle = pool.acquire()
            equal(handle.item.lines, [])
            handle.item.lines.append(number)
            if number % 2:
                handle.release()
            del handle

    in_threads(use, use, use)
    settle(pool)


@case
def children_of_fork():
    pool = Bufpool.Pool(max_buffers=10)
    items = Bufpool.Pool(item_type=Item, max_buffers=10)
    buf = pool.acquire(100)
    view = pool.acquire(100).view()
    stop = threading.Event()

    def use():
        while not stop.is_set():
            with pool.acquire(10):
                items.acquire().item.lines.append(1)

    thread = threading.Thread(target=use)
    thread.start()
    for _ in range(20):
        child = os.fork()
        if child == 0:
            for _ in range(100):
                with pool.acquire(50) as own:
                    own[7] = 1
                items.acquire()
            buf[5] = 1
            buf.release()
            view[1] = 2
            os._exit(0 if pool.acquire(9)[3] == 0 else 1)
        equal(os.waitpid(child, 0)[1], 0)
    stop.set()
    thread.join()
    equal((buf[5], view[1]), (0, 0))
    del buf, view
    gc.collect()
    settle(pool)


if __name__ == "__main__":
    main()
