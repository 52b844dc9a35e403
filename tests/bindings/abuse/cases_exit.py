#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse of the end: the interpreter exits while things live and go on."""

import atexit
import os
import sys
import threading

from gi.repository import Gio, GLib, GObject

from cases import Bufpool, Item, case, equal, main, raises

try:
    import numpy
except ImportError:
    numpy = None

# What lives when the interpreter goes
ALIVE = []


def make_everything():
    pool = Bufpool.Pool("f32", max_buffers=10)
    items = Bufpool.Pool(item_type=Item, max_buffers=10)
    items.prefill(3)
    handles = [pool.acquire(100) for _ in range(5)]
    ALIVE.extend((pool, items, handles, handles[0].view(), handles[1].get_bytes(),
                  Bufpool.PooledSlice.new_take(handles[2], 50)[10:20], iter(handles[3]), items.acquire(),
                  items.acquire().item, handles[4].get_view(), pool.stats,
                  numpy.asarray(handles[0]) if numpy else None))
    return pool, items


@case
def everything_alive():
    make_everything()


@case
def everything_in_a_cycle():
    make_everything()
    ALIVE.append(ALIVE)
    ALIVE[1].itself = ALIVE


@case
def everything_alive_in_a_module():
    pool, items = make_everything()
    sys.modules["kept"] = (pool, items, pool.acquire(3).view())
    Bufpool.kept = [pool.acquire(3), items.acquire()]


@case
def inside_with():
    pool, items = make_everything()

    def generate():
        with pool.acquire(10) as buf, items.acquire() as handle, buf.view() as view:
            yield view, handle

    generator = generate()
    next(generator)
    ALIVE.append(generator)


@case
def exit_functions():
    pool, items = make_everything()

    def use():
        with pool.acquire(10) as buf:
            buf[3] = 1
        items.acquire().item.lines.append(1)
        items.acquire().release()
        items.drop_idle()

    atexit.register(use)


@case
def finalizers():
    pool, items = make_everything()

    class Last:
        def __del__(self):
            pool.acquire(10)[3] = 1
            items.acquire().release()
            ALIVE[2].pop().release()

    ALIVE.append(Last())
    Last.kept = Last()


@case
def reads_under_way():
    pool = Bufpool.Pool(max_buffers=4)
    reader, writer = os.pipe()
    gi_stream = Gio.File.new_for_path(f"/proc/self/fd/{reader}").read()
    os.write(writer, b"some bytes, and then no more")
    pool.read_all_async(gi_stream, 100, GLib.PRIORITY_DEFAULT, None, lambda *_: None)
    other = Gio.File.new_for_path(f"/proc/self/fd/{reader}").read()
    pool.read_async(other, 100, GLib.PRIORITY_DEFAULT, None, lambda *_: None)
    for _ in range(20):
        for read in (pool.read_async, pool.read_all_async):
            stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(bytes(10000)))
            read(stream, 5000, GLib.PRIORITY_DEFAULT, None, lambda *_: None)
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass
    ALIVE.extend((pool, gi_stream, other, reader, writer))


@case
def waits_under_way():
    budget = Bufpool.Budget(1000)
    pool = Bufpool.Pool(max_outstanding=1, budget=budget)
    handle = pool.acquire(600)
    for _ in range(20):
        pool.acquire_async(10, None, lambda *_: None)
        Bufpool.Pool(budget=budget).acquire_async(500, Gio.Cancellable(), lambda *_: None)
    started = threading.Barrier(4)

    def wait():
        started.wait()
        pool.acquire_wait(10)

    for _ in range(3):
        threading.Thread(target=wait, daemon=True).start()
    started.wait()
    context = GLib.MainContext.default()
    while context.pending():
        context.iteration(False)
    ALIVE.extend((pool, handle, budget))


@case
def waits_served_at_exit():
    pool = Bufpool.Pool(max_outstanding=1)
    handle = pool.acquire()
    started = threading.Barrier(2)

    def wait():
        started.wait()
        ALIVE.append(pool.acquire_wait(10))

    threading.Thread(target=wait, daemon=True).start()
    started.wait()
    pool.acquire_async(10, None, lambda pool, result: ALIVE.append(pool.acquire_finish(result)))
    atexit.register(handle.release)
    atexit.register(raises, Bufpool.LimitError, pool.acquire)


@case
def threads_at_work():
    pool, items = make_everything()
    started = threading.Barrier(4)

    def work():
        started.wait()
        while True:
            with pool.acquire(10) as buf:
                view = buf.view()
                view[1] = 1
            items.acquire().item.lines.append(1)
            items.acquire().release()

    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    started.wait()


@case
def bytes_in_threads_of_gio():
    pool = Bufpool.Pool(max_buffers=10)
    stream = Gio.File.new_for_path("/dev/null").append_to(Gio.FileCreateFlags.NONE)

    def written(source, result):
        source.write_bytes_finish(result)
        if left:
            source.write_bytes_async(left.pop().unref_to_bytes(), GLib.PRIORITY_DEFAULT, None, written)
        else:
            loop.quit()

    loop = GLib.MainLoop()
    left = [pool.acquire(1000) for _ in range(200)]
    written_first = left.pop()
    stream.write_bytes_async(written_first.unref_to_bytes(), GLib.PRIORITY_DEFAULT, None, written)
    loop.run()
    written_first.release()
    equal(pool.stats.outstanding, 0)
    for _ in range(20):
        other = Gio.File.new_for_path("/dev/null").append_to(Gio.FileCreateFlags.NONE)
        other.write_bytes_async(pool.acquire(1000).get_bytes(), GLib.PRIORITY_DEFAULT, None, lambda *_: None)
    ALIVE.append(pool)


@case
def wrappers_that_were_never_made():
    class Local(GObject.Object, Bufpool.Reusable):
        pass

    pool = Bufpool.Pool(item_type=Local, max_buffers=10)
    for _ in range(5):
        pool.acquire()
    pool.prefill(5)
    ALIVE.append(pool)


@case
def exit_in_the_middle():
    make_everything()
    print("survived", flush=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
