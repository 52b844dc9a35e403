#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What is done again and again must not take more memory each time, of which the
pool's statistics would know nothing: that of handles, slices, views and errors."""

import ctypes
import gc
import io

from gi.overrides import _bufpool_elements
from gi.repository import Gio, GLib

from cases import Bufpool, Item, case, equal, main

ROUNDS = 2000
# Of each round; less than the least that malloc() gives
MOST_BYTES = 8


class Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks",
                                                      "fsmblks", "uordblks", "fordblks", "keepcost")]


def bytes_in_use():
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2")
    mallinfo.restype = Mallinfo
    info = mallinfo()
    return info.uordblks + info.hblkhd


def can_tell():
    """Whether malloc() is one that counts, which a checker's is not."""
    try:
        before = bytes_in_use()
        kept = ctypes.create_string_buffer(2 ** 20)
        return bytes_in_use() >= before + len(kept)
    except AttributeError:
        return False


def grows(function):
    def repeat():
        for _ in range(ROUNDS):
            function()
        gc.collect()
        return bytes_in_use()

    repeat()
    # The interpreter's own caches grow, but not each time
    growths = []
    before = repeat()
    for _ in range(3):
        after = repeat()
        growths.append((after - before) / ROUNDS)
        before = after
    return min(growths)


def check(most=MOST_BYTES, **functions):
    if not can_tell():
        return
    leaks = {name: growth for name, function in functions.items() if (growth := grows(function)) > most}
    equal(leaks, {})


def await_callback(function, *arguments):
    """What it is called with at last."""
    got = []
    function(*arguments, lambda *given: got.extend(given))
    while not got:
        GLib.MainContext.default().iteration(True)
    return got


def failing(function, *arguments):
    """Of a function that raises."""
    def fail():
        try:
            function(*arguments)
        except (GLib.Error, RuntimeError, TypeError, ValueError, OverflowError):
            return
        raise AssertionError(f"{function} raised nothing")
    return fail


@case
def a_leak_is_found():
    if not can_tell():
        return
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    equal(grows(lambda: libc.malloc(24)) > MOST_BYTES, True)


@case
def buffers():
    pool = Bufpool.Pool("f32", max_buffers=4)

    def use():
        with pool.acquire(100) as buf:
            view = buf.view()
            view[3] = 1
            buf[5:7] = buf[3:5]
            del view
            buf.get_bytes()
            list(buf)
            repr(buf)
            buf.append(bytes(8))
            buf.write(0, bytes(8))
            buf.ref()

    def forget():
        handle = pool.acquire(100)
        handle.itself = handle

    check(use=use, forget=forget, explicit=lambda: pool.acquire().release(), dropped=pool.acquire,
          stats=lambda: repr(pool.stats), given=lambda: pool.acquire(3).unref_to_bytes())


@case
def memory():
    pool = Bufpool.Pool("f32", max_buffers=4)
    released = pool.acquire(3)
    released.release()
    chunk = Bufpool.PooledSlice.new_take(pool.acquire(100), 50)
    to_memory = _bufpool_elements.native.map

    check(view=lambda: to_memory(pool.acquire(100))[2:5], whole=lambda: pool.acquire(100).view(whole=True),
          slice=lambda: to_memory(chunk), nothing=lambda: to_memory(pool.acquire()), pin=lambda: pool.acquire(3).get_view(),
          fails=failing(to_memory, released), uninit=lambda: pool.acquire(100, zeroed=False),
          wrong=failing(lambda: pool.acquire(1, nonsense=2)))


@case
def slices():
    pool = Bufpool.Pool(max_buffers=4)

    def use():
        chunk = Bufpool.PooledSlice.new_take(pool.acquire(100), 50)
        part = chunk[10:20]
        bytes(part)
        part.view()
        part.get_bytes()
        chunk.release()

    def steal():
        Bufpool.PooledSlice.new_take(pool.acquire(100), 50).steal_pooled().release()

    check(use=use, steal=steal)


@case
def reads():
    pool = Bufpool.Pool(max_buffers=4)
    data = GLib.Bytes.new(bytes(100))

    class Failing:
        def __init__(self):
            self.steps = [1, 1]

        def readinto(self, room):
            if not self.steps:
                raise OSError("in the middle")
            return self.steps.pop()

    def open_stream():
        return Gio.MemoryInputStream.new_from_bytes(data)

    check(read=lambda: pool.read(open_stream(), 30), all=lambda: pool.read_all(open_stream(), 30),
          bytes=lambda: pool.read_bytes(open_stream(), 30), end=lambda: pool.read_bytes(open_stream(), 0),
          file=lambda: pool.read(io.BytesIO(b"123456"), 4), all_of_file=lambda: pool.read_all(io.BytesIO(b"12"), 4),
          bytes_of_file=lambda: pool.read_bytes(io.BytesIO(b"12"), 4), fails=lambda: pool.read_all(Failing(), 4),
          chunks=lambda: list(pool.read_chunks(io.BytesIO(b"123456"), 4)))


@case
def waits():
    pool = Bufpool.Pool(max_outstanding=1)
    full = Bufpool.Pool(max_outstanding=1, budget=Bufpool.Budget(1000))
    handle = full.acquire(10)
    cancellable = Gio.Cancellable()
    cancelled = Gio.Cancellable()
    cancelled.cancel()
    stream = Gio.MemoryInputStream()

    def end(function, cancellable=None):
        """Of a wait."""
        def begin(callback):
            full.acquire_async(10, cancellable, callback)
            function()

        failing(full.acquire_finish, await_callback(begin)[1])()

    def flush():
        full.flushing = True
        full.flushing = False

    def cancel():
        own = Gio.Cancellable()
        end(own.cancel, own)

    def take():
        _, result = await_callback(pool.acquire_async, 10, cancellable)
        pool.acquire_finish(result).release()

    def budget():
        shared = Bufpool.Budget(1000)
        Bufpool.Pool(budget=shared).acquire(100)
        Bufpool.Pool(budget=shared, max_outstanding=3, max_idle_bytes=50).acquire(100)
        repr(shared)

    check(wait=lambda: pool.acquire_wait(10, 1, cancellable).release(), budget=budget,
          cancelled=failing(full.acquire_wait, 10, 1, cancelled), late=failing(full.acquire_wait, 10, 1e-6),
          late_too=failing(full.acquire_wait, 10, 1e-6, cancellable), limit=failing(full.acquire),
          no_loop=failing(full.acquire_async, 10), grown=failing(handle.resize, 2000))
    # PyGObject itself may lose some with each callback
    check(MOST_BYTES + (grows(lambda: await_callback(stream.skip_async, 1, 0, None)) if can_tell() else 0),
          take=take, flush=lambda: end(flush), cancel=cancel)


@case
def errors():
    pool = Bufpool.Pool("i16", max_buffers=4)
    items = Bufpool.Pool(item_type=Item, max_buffers=4)
    buf = pool.acquire(10)
    released = pool.acquire(10)
    released.release()
    chunk = Bufpool.PooledSlice.new_take(buf.ref(), 5)
    check(released=failing(released.view), released_write=failing(released.write, 0, b"12"),
          range=failing(buf.set_length, 1000), sub=failing(chunk.sub, 10, 10), huge=failing(pool.acquire, 2 ** 62),
          negative=failing(pool.acquire, -1), kind=failing(pool.acquire, "x"), item=failing(lambda: items.acquire(3)),
          odd=failing(buf.append, b"123"), no_file=failing(pool.read, 5, 5),
          wrong_property=failing(lambda: Bufpool.Pool(element_type="f80")),
          wrong_pair=failing(lambda: Bufpool.Pool("u8", item_type=Item)))


@case
def items():
    pool = Bufpool.Pool(item_type=Item, max_buffers=4, thread_cache=0)

    def keep():
        handle = pool.acquire()
        handle.item.mark = 1
        handle.release()

    def forget():
        handle = pool.acquire()
        handle.itself = handle
        handle.item.mark = 1

    check(keep=keep, forget=forget, drop=lambda: (pool.acquire(), pool.drop_idle()),
          given=lambda: pool.recycle_item(Item()))


@case
def pools():
    def items():
        pool = Bufpool.Pool(item_type=Item, max_buffers=4)
        pool.prefill(2)
        pool.acquire().release()

    def cycle():
        pool = Bufpool.Pool(max_buffers=4, shards=2)
        pool.kept = [pool, pool.acquire(3), pool.acquire(5).view()]

    def disposed():
        pool = Bufpool.Pool(max_buffers=4)
        buf = pool.acquire(10)
        pool.run_dispose()
        buf.release()

    check(empty=Bufpool.Pool, used=lambda: Bufpool.Pool("f32").acquire(100), items=items, cycle=cycle,
          disposed=disposed)


if __name__ == "__main__":
    main()
