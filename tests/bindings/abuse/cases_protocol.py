#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse of the buffer protocol: of what is given to code that takes memory."""

import ctypes
import gc
import hashlib
import io
import random
import threading

from gi.repository import GLib
from gi.overrides import _bufpool_elements

from cases import Bufpool, case, equal, main, raises, settle

try:
    import numpy
except ImportError:
    numpy = None

NATIVE = _bufpool_elements.native
HAS_PROTOCOL = NATIVE.__name__.endswith("._bufpool")


def protocol_case(function):
    """Where there is a buffer protocol; elsewhere it does nothing."""
    def abuse():
        if HAS_PROTOCOL:
            function()
    abuse.__name__, abuse.__module__ = function.__name__, function.__module__
    return case(abuse)


class RawBuffer(ctypes.Structure):
    """A Py_buffer, and room for what later versions have in it."""
    _fields_ = [("buf", ctypes.c_void_p), ("obj", ctypes.py_object), ("rest", ctypes.c_void_p * 12)]


def get_buffer(thing, flags):
    """A buffer as C code gets it, and the function that gives it up."""
    raw = RawBuffer()
    api = ctypes.pythonapi
    api.PyObject_GetBuffer.argtypes = (ctypes.py_object, ctypes.c_void_p, ctypes.c_int)
    api.PyBuffer_Release.argtypes = (ctypes.c_void_p,)
    api.PyObject_GetBuffer(thing, ctypes.byref(raw), flags)
    return raw, lambda: api.PyBuffer_Release(ctypes.byref(raw))


@protocol_case
def every_request():
    pool = Bufpool.Pool("f32", max_buffers=4, thread_cache=0)
    for flags in (*range(0x100), *range(0x101, 0x200)):       # 0x100 is none
        buf = pool.acquire(8)
        buf[2] = 7
        chunk = Bufpool.PooledSlice.new_take(pool.acquire(8), 4)
        for thing in (buf, chunk, buf.get_view(), chunk.get_view()):
            try:
                raw, give_up = get_buffer(thing, flags)
            except BufferError:
                equal(flags & 1, 1)
                continue
            if thing in (buf, chunk):
                thing.release()
            ctypes.string_at(raw.buf, 16)
            give_up()
        del buf, chunk, thing
        equal(pool.stats.outstanding, 0)


@protocol_case
def kept_past_everything():
    pool = Bufpool.Pool(max_buffers=4, thread_cache=0)
    for make in (memoryview, lambda it: memoryview(memoryview(it))[1:], lambda it: (ctypes.c_char * 8).from_buffer(it),
                 *((numpy.asarray, lambda it: numpy.frombuffer(it, "u1"), lambda it: numpy.ndarray(8, "u1", buffer=it),
                    lambda it: numpy.ndarray(8, "u1", buffer=memoryview(it))) if numpy else ())):
        buf = pool.acquire(64)
        memory = make(buf)
        buf.release()
        others = [pool.acquire(64) for _ in range(4)]
        for _ in range(3):
            memory[3] = memory[4]
        if make is not memoryview:
            del buf
        pool.drop_idle()
        memory[3] = memory[4]
        del memory, others
    buf = make = None
    settle(pool)


@protocol_case
def given_up_in_other_threads():
    pool = Bufpool.Pool(max_buffers=16)

    def drop(views):
        while views:
            views.pop()[0] = 1

    for _ in range(200):
        handles = [pool.acquire(100) for _ in range(8)]
        shares = [[memoryview(handle) for handle in handles for _ in range(4)] for _ in range(4)]
        threads = [threading.Thread(target=drop, args=(views,)) for views in shares]
        for thread in threads:
            thread.start()
        for handle in handles:
            handle.release()
        for thread in threads:
            thread.join()
    del handles, handle, shares, threads, thread
    settle(pool)


@protocol_case
def released_while_it_is_exported():
    pool = Bufpool.Pool(max_buffers=4, thread_cache=0)
    handles = [pool.acquire(1000) for _ in range(4)]
    is_over = threading.Event()

    def release():
        dice = random.Random(1)
        while not is_over.is_set():
            place = dice.randrange(4)
            handles[place].release()
            handles[place] = pool.acquire(1000)

    threads = [threading.Thread(target=release) for _ in range(2)]
    for thread in threads:
        thread.start()
    for round_ in range(3000):
        try:
            memory = memoryview(handles[round_ % 4])
            memory[5] = 1
            hashlib.sha256(memory)
        except Bufpool.ReleasedError:
            pass
    is_over.set()
    for thread in threads:
        thread.join()
    memory = None
    handles.clear()
    settle(pool)


@protocol_case
def released_by_what_reads_into_it():
    """A file that gives back the buffer that it is to fill."""
    pool = Bufpool.Pool(max_buffers=4, thread_cache=0)

    class File(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, room):
            buf.release()
            pool.drop_idle()
            room[:4] = b"1234"
            return 4

    buf = pool.acquire(4)
    reader = io.BufferedReader(File(), 1)
    equal(reader.readinto(memoryview(buf)), 4)
    del reader, buf
    settle(pool)


@protocol_case
def classes_of_others():
    for name in ("Handle", "Slice", "View", "Pool"):
        base = getattr(NATIVE, name)
        kind = type(name, (base,), {})
        for thing in (base(), kind()):
            for use in (memoryview, len, bytes, list, *(getattr(base, method) for method in dir(base)
                                                        if callable(getattr(base, method)) and
                                                        method not in dir(object))):
                for arguments in ((thing,), (thing, 1), (thing, None, None, None), (5,)):
                    try:
                        use(*arguments)
                    except Exception:
                        pass
    for wrong in (GLib.Bytes.new(b"x"), GLib.MainContext.new(), Bufpool.Pool(), 5, None):
        raises(TypeError, NATIVE.Handle.view, wrong)
        raises((TypeError, ImportError), NATIVE.check, wrong)
        raises(TypeError, NATIVE.set_up, wrong)
    raises(TypeError, type(memoryview(Bufpool.Pool().acquire(1)).obj))


@protocol_case
def emptied_by_the_backdoor():
    buf = Bufpool.Pool().acquire(10)
    view = memoryview(buf)
    buf._clear_boxed()
    for use in (memoryview, len, Bufpool.Pooled.view, Bufpool.Pooled.release, Bufpool.Pooled.__exit__):
        raises(ValueError, use, buf)
    view[9] = 1
    pool = Bufpool.Pool.__new__(Bufpool.Pool)
    raises(TypeError, pool.acquire)
    raises(TypeError, pool.acquire, 5)


@protocol_case
def without_the_collector():
    pool = Bufpool.Pool(max_buffers=10)
    gc.disable()
    for size in range(1, 2000):
        with pool.acquire(size) as buf:
            memoryview(buf)[0] = 1
            buf.view(whole=True)
        if numpy:
            numpy.frombuffer(pool.acquire(size), "u1")[0] = 1
            numpy.ndarray(size, "u1", buffer=pool.acquire(size))[0] = 1
    del buf
    equal((pool.stats.outstanding, gc.collect()), (0, 0))


@protocol_case
def arguments_of_every_kind():
    pool = Bufpool.Pool(max_buffers=4)
    for arguments, names in (((1, 2), {}), ((), {"x": 1}), ((1,), {"n_elements": 1}), (("x",), {}), ((1.5,), {}),
                             ((-1,), {}), ((2 ** 64,), {}), ((2 ** 63,), {"zeroed": False}), ((), {"": 1}),
                             ((), {"zeroed\0": 1}), ((b"1",), {})):
        raises((TypeError, OverflowError, MemoryError), lambda: pool.acquire(*arguments, **names))

    class Odd:
        def __bool__(self):
            raise KeyError

        def __index__(self):
            pool.drop_idle()
            raise KeyError

    for function in (lambda: pool.acquire(Odd()), lambda: pool.acquire(1, zeroed=Odd()),
                     lambda: pool.acquire(1).view(whole=Odd())):
        raises(KeyError, function)
    equal(len(pool.acquire(True)), 1)
    settle(pool)


if __name__ == "__main__":
    main()
