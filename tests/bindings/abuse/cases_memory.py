#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse of handles and of the memory that they stand for."""

import ctypes
import gc
import io
import sys
import weakref

from gi.repository import Gio, GLib

from cases import Bufpool, case, equal, main, raises, settle

try:
    import numpy
except ImportError:
    numpy = None


def use_everything(buf):
    """What must say that the handle is released, and what must say nothing."""
    for use in (buf.view, buf.get_bytes, buf.get_view, buf.dup_data, buf.unref_to_bytes, lambda: buf.resize(1),
                lambda: buf.reserve(1), lambda: buf.set_length(0), lambda: buf.append(b"x"),
                lambda: buf.write(0, b"x"), lambda: buf[0], lambda: buf[:1], lambda: list(buf), lambda: bytes(buf),
                lambda: buf.__setitem__(0, 1), lambda: buf.item, lambda: buf.__array_interface__,
                lambda: Bufpool.PooledSlice.new_take(buf, 0)):
        raises(Bufpool.ReleasedError, use)
    equal((len(buf), buf.length, buf.capacity, buf.element_size, buf.is_released(), buf.release(), buf.dup_object()),
          (0, 0, 0, 1, True, False, None))
    equal(repr(buf), "<Bufpool.Pooled: released>")


@case
def use_after_release():
    pool = Bufpool.Pool(max_buffers=1, thread_cache=0)
    old = pool.acquire(100)
    old[:4] = b"old!"
    old.release()
    new = pool.acquire(100)
    new[:4] = b"new!"
    use_everything(old)
    equal(bytes(new[:4]), b"new!")
    new.release()
    use_everything(new)
    use_everything(old)
    del old, new
    settle(pool, idle=1)


@case
def double_release():
    pool = Bufpool.Pool(max_buffers=4)
    buf = pool.acquire(10)
    again = buf.ref()
    equal([buf.release(), again.release(), buf.release()], [True, False, False])
    one, other = pool.acquire(10), pool.acquire(10)
    equal(one.get_view().get_address() == other.get_view().get_address(), False)
    del buf, again, one, other
    settle(pool)


@case
def references_dropped_by_hand():
    pool = Bufpool.Pool(max_buffers=4)
    buf = pool.acquire(10)
    for _ in range(1000):
        buf.ref()
        buf.unref()
    for _ in range(10):
        buf.unref()
        bytes_ = buf.unref_to_bytes()
        equal(bytes_.get_size(), 10)
        del bytes_
    buf[0] = 7
    equal(buf[0], 7)
    del buf
    pool.stats.free()
    pool.stats.copy().free()
    settle(pool)


@case
def release_while_views_live():
    pool = Bufpool.Pool("u32", max_buffers=8, thread_cache=0)
    buf = pool.acquire(1000)
    views = [buf.view() for _ in range(100)] + [buf.view(whole=True)]
    buf.release()
    others = [pool.acquire(1000) for _ in range(20)]
    for i, view in enumerate(views):
        view[i] = 0xdeadbeef
    for other in others:
        equal(sum(other), 0)
    equal(sum(views[0]), 0xdeadbeef * len(views))
    while views:
        equal(pool.stats.outstanding, 21)
        views.pop()
        view = None
    equal(pool.stats.outstanding, 20)
    del others, other, buf
    settle(pool, idle=8)


@case
def views_and_handles_past_the_pool():
    pool = Bufpool.Pool("f64", max_buffers=100)
    handles = [pool.acquire(100) for _ in range(50)]
    views = [handle.view() for handle in handles[:40]]
    bytes_ = [handle.get_bytes() for handle in handles[:30]]
    slices = [Bufpool.PooledSlice.new_take(handle, 50) for handle in handles[:20]]
    parts = [slice_[10:20] for slice_ in slices]
    arrays = [numpy.asarray(handle) for handle in handles] if numpy else []
    for handle in handles[:10]:
        handle.release()
    gone = weakref.ref(pool)
    del pool, handle
    gc.collect()
    equal(gone(), None)
    for view in views:
        view[11] = 3
    for part, data in zip(parts, bytes_):
        equal(part[1], 3)
        equal(len(data.get_data()), 800)
    for array in arrays:
        array += 1
    equal(handles[30][11], 4 if arrays else 3)
    del handles, view, views, part, parts, data, bytes_, slices
    gc.collect()
    for array in arrays:
        array += 1


@case
def slices_stolen_back():
    pool = Bufpool.Pool(max_buffers=4)
    buf = pool.acquire(10)
    chunk = Bufpool.PooledSlice.new_take(buf, 5)
    view = chunk.view()
    raises(Bufpool.BusyError, chunk.steal_pooled)
    equal(len(view), 5)
    del view
    handle = chunk.steal_pooled()
    handle.resize(100000)
    for use in (chunk.steal_pooled, chunk.view, chunk.get_bytes, lambda: chunk[0]):
        raises(Bufpool.ReleasedError, use)
    equal((chunk.release(), len(buf), buf.release(), handle.is_released()), (False, 100000, True, True))
    use_everything(handle)
    buf = pool.acquire(10)
    chunk = Bufpool.PooledSlice.new_take(buf, 5)
    buf.release()
    raises(Bufpool.ReleasedError, chunk.steal_pooled)
    equal(len(bytes(chunk)), 5)
    del chunk, use, buf, handle
    settle(pool)


@case
def forgotten_and_collected():
    pool = Bufpool.Pool(max_buffers=100)
    gc.disable()
    for _ in range(20000):
        handle = pool.acquire(64)
        handle.itself = handle
    handle = None
    equal(pool.stats.outstanding, 20000)
    gc.collect()
    settle(pool, idle=100)


@case
def views_in_cycles():
    pool = Bufpool.Pool(max_buffers=10)
    gc.disable()
    for _ in range(1000):
        cycle = [pool.acquire(64)]
        cycle.append(cycle[0].view())
        cycle.append(cycle)
    cycle = None
    gc.collect()
    settle(pool, idle=10)


@case
def exceptions_inside_with():
    pool = Bufpool.Pool(max_buffers=10)

    class Odd(BaseException):
        pass

    def nest(depth):
        with pool.acquire(depth + 1) as buf:
            view = buf.view()
            view[depth] = 1
            if depth == 20:
                raise Odd
            nest(depth + 1)

    raises(Odd, nest, 0)
    settle(pool, idle=10)

    def generate():
        with pool.acquire(10) as buf:
            yield buf

    buf = next(generate())
    equal(buf.is_released(), True)
    abandoned = generate()
    next(abandoned)
    raises(Odd, abandoned.throw, Odd())
    raises(AttributeError, lambda: pool.acquire().nonsense)
    with pool.acquire() as buf:
        buf.release()
        with buf:
            raises(Bufpool.ReleasedError, buf.view)
    settle(pool)


@case
def views_that_are_misused():
    pool = Bufpool.Pool("i16", max_buffers=4)
    buf = pool.acquire(8)
    view = buf.view()
    part = view[2:4]
    view.release()
    view.release()
    raises(ValueError, lambda: view[0])
    part[0] = 5
    equal(buf[2], 5)
    raises(ValueError, view.cast, "q")
    raises((ValueError, TypeError), part.__setitem__, 0, 2 ** 20)
    raises((ValueError, TypeError), part.__setitem__, slice(0, 2), b"wrong format")
    with buf.view() as inner:
        exported = memoryview(inner)
        raises(TypeError, (ctypes.c_char * 4).from_buffer, inner.toreadonly())
        pinned = (ctypes.c_char * 4).from_buffer(inner)
        inner.release()
    raises(Bufpool.BusyError, buf.resize, 100)
    pinned[1] = b"x"
    del pinned
    del exported, part
    buf.resize(100)
    del buf
    settle(pool)


@case
def files_that_misbehave():
    pool = Bufpool.Pool(max_buffers=4, thread_cache=0)
    kept = []

    class File:
        def __init__(self, action):
            self.readinto = action

    def keep(room):
        kept.append(room[:2])
        return 2

    def fail(room):
        raise OSError("no such luck")

    def release_room(room):
        room.release()
        return 0

    def read_again(room):
        with pool.read(io.BytesIO(b"inner"), 5) as chunk:
            room[:5] = bytes(chunk)
        return 5

    def dispose(room):
        pool.run_dispose()
        room[:1] = b"x"
        return 1

    for read in (pool.read, pool.read_all, pool.read_bytes):
        for action, kind in ((lambda room: 5, ValueError), (lambda room: -1, ValueError), (lambda room: None, OSError),
                             (lambda room: "3", TypeError), (lambda room: 2 ** 70, ValueError), (fail, OSError)):
            raises(kind, read, File(action), 4)
    equal((len(pool.read(File(keep), 4)), len(pool.read_all(File(keep), 4)), pool.stats.outstanding), (2, 4, 2))
    for room in kept:
        room[:] = b"xy"
    del room
    kept.clear()
    settle(pool)
    pool.read(File(release_room), 4)
    pool.read_all(File(release_room), 4)
    equal(bytes(pool.read(File(read_again), 100)), b"inner")
    equal(bytes(pool.read_all(File(read_again), 100)), b"inner" * 20)
    settle(pool)
    equal(bytes(pool.read(File(dispose), 4)), b"x")
    equal(bytes(pool.read_all(File(dispose), 4)), b"xxxx")
    settle(pool, idle=0)


@case
def files_that_fail_in_the_middle():
    pool = Bufpool.Pool(max_buffers=4)

    class File:
        def __init__(self, error):
            self.error = error
            self.itself = self

        def readinto(self, room):
            room[:1] = b"x"
            if len(room) == 1:
                raise self.error
            return 1

        def __eq__(self, other):
            raise ZeroDivisionError

        __hash__ = object.__hash__

    class Odd(Exception):
        pass

    class Last(BaseException):
        pass

    for _ in range(100):
        equal(bytes(pool.read_all(File(Odd()), 4)), b"xxx")
    file = File(Odd())
    file.error.file = file
    equal(bytes(pool.read_all(file, 4)), b"xxx")
    raises(Odd, pool.read, file, 4)
    raises(Last, pool.read_all, File(Last()), 4)
    del file
    settle(pool)


@case
def streams_that_lie():
    pool = Bufpool.Pool(max_buffers=4)

    class Liar(Gio.InputStream):
        says = ()

        def do_read_fn(self, *_):
            says, self.says = self.says[0], self.says[1:]
            if callable(says):
                says = says()
            return says

    def make(*says):
        liar = Liar()
        liar.says = says
        return liar

    def dispose():
        pool.run_dispose()
        return 2

    def read_inside():
        with pool.read_all(Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(b"inner")), 100) as chunk:
            return len(chunk)

    for read in (pool.read, pool.read_all, pool.read_bytes):
        raises(Bufpool.OutOfRangeError, read, make(5), 4)
        raises(Bufpool.OutOfRangeError, read, make(sys.maxsize // 2), 4)
        raises(GLib.Error, read, make(-1), 4)
        raises(GLib.Error, read, make(-1000), 4)
    raises(Bufpool.OutOfRangeError, pool.read_all, make(3, 2), 4)
    for says, length in ((3, 1), 4), ((2, 0), 2), ((3, -1), 3), ((read_inside, 1), 6), ((dispose, 2), 4):
        stream = make(*says)
        equal(len(pool.read_all(stream, length if says[-1] == 1 else 4)), length)
        if says[-1] == -1:
            raises(GLib.Error, pool.read, stream, 4)
    settle(pool)


@case
def streams_that_misbehave():
    pool = Bufpool.Pool(max_buffers=4)
    data = GLib.Bytes.new(b"0123456789" * 100)
    stream = Gio.MemoryInputStream.new_from_bytes(data)
    chunks = pool.read_chunks(stream, 7)
    next(chunks)
    stream.close()
    raises(GLib.Error, next, chunks)
    del chunks
    settle(pool)
    loop = GLib.MainLoop()
    left = 0

    def done(source, result, finish):
        nonlocal left
        left -= 1
        if left % 2:
            equal(len(finish(source, result)), 10)
        if left == 0:
            loop.quit()

    for start, finish in ((Bufpool.Pool.read_async, Bufpool.Pool.read_finish),
                          (Bufpool.Pool.read_all_async, Bufpool.Pool.read_all_finish)):
        for _ in range(50):
            stream = Gio.MemoryInputStream.new_from_bytes(data)
            start(pool, stream, 10, GLib.PRIORITY_DEFAULT, None, done, finish)
            left += 1
        loop.run()
    stream = None
    settle(pool)


@case
def pools_that_go_while_they_read():
    data = GLib.Bytes.new(b"0123456789" * 100)
    loop = GLib.MainLoop()
    sizes = []

    def done(source, result, finish):
        source.run_dispose()
        sizes.append(len(finish(source, result)))
        if len(sizes) == 100:
            loop.quit()

    for start, finish in ((Bufpool.Pool.read_async, Bufpool.Pool.read_finish),
                          (Bufpool.Pool.read_all_async, Bufpool.Pool.read_all_finish)):
        for n in range(50):
            pool = Bufpool.Pool(max_buffers=4)
            start(pool, Gio.MemoryInputStream.new_from_bytes(data), 10, GLib.PRIORITY_DEFAULT, None, done, finish)
            if n % 2:
                pool.run_dispose()
            del pool
            gc.collect()
    loop.run()
    equal(sizes, [10] * 100)


@case
def callbacks_that_misbehave():
    pool = Bufpool.Pool(max_buffers=4)
    data = GLib.Bytes.new(b"0123456789" * 100)
    stream = Gio.MemoryInputStream.new_from_bytes(data)
    loop = GLib.MainLoop()
    cancellable = Gio.Cancellable()
    got = []

    def cancel(source, result):
        cancellable.cancel()
        got.append(bytes(source.read_all_finish(result)))
        source.read_all_async(stream, 10, GLib.PRIORITY_DEFAULT, cancellable, fail)

    def fail(source, result):
        raises(GLib.Error, source.read_all_finish, result)
        # The next one is begun and waited for inside
        inner = GLib.MainLoop()
        source.read_all_async(stream, 10, GLib.PRIORITY_DEFAULT, None,
                              lambda source, result: (got.append(bytes(source.read_all_finish(result))), inner.quit()))
        inner.run()
        loop.quit()

    pool.read_all_async(stream, 10, GLib.PRIORITY_DEFAULT, cancellable, cancel)
    # The stream is in use until then
    pool.read_all_async(stream, 10, GLib.PRIORITY_DEFAULT, None,
                        lambda source, result: raises(GLib.Error, source.read_all_finish, result))
    loop.run()
    equal(got, [b"0123456789"] * 2)
    settle(pool)


def stream_of(data):
    return Gio.MemoryInputStream.new_from_bytes(data)


@case
def results_that_are_had_twice():
    pool = Bufpool.Pool(max_buffers=4)
    loop = GLib.MainLoop()
    results = []
    data = GLib.Bytes.new(b"data")
    for start, finish, other in ((pool.read_async, pool.read_finish, pool.read_all_finish),
                                 (pool.read_all_async, pool.read_all_finish, pool.read_finish)):
        start(Gio.MemoryInputStream.new_from_bytes(data), 10, GLib.PRIORITY_DEFAULT, None,
              lambda source, result: (results.append(result), loop.quit()))
        loop.run()
        for wrong in (other, pool.acquire_finish, Bufpool.Pool().read_finish):
            raises(ValueError, wrong, results[0])
        equal(bytes(finish(results[0])), b"data")
        raises(ValueError, finish, results[0])
        results.clear()
    pool.acquire_async(3, None, lambda source, result: (results.append(result), loop.quit()))
    loop.run()
    for wrong in (pool.read_finish, pool.read_all_finish, Bufpool.Pool().acquire_finish):
        raises(ValueError, wrong, results[0])
    equal(len(pool.acquire_finish(results[0])), 3)
    raises(ValueError, pool.acquire_finish, results[0])
    for thing in (None, 5, stream_of(data), Gio.Task.new(pool, None, None), Gio.SimpleAsyncResult):
        for finish in (pool.read_finish, pool.read_all_finish, pool.acquire_finish):
            raises((TypeError, ValueError), finish, thing)
    results.clear()
    settle(pool)


@case(criticals=True)
def boxed_pointers_taken_away():
    pool = Bufpool.Pool(max_buffers=4)
    for make in (pool.acquire, pool.get_stats, lambda: pool.acquire(4).get_view(),
                 lambda: Bufpool.PooledSlice.new_take(pool.acquire(4), 2)):
        thing = make()
        if not hasattr(thing, "_clear_boxed"):
            continue
        thing._clear_boxed()
        for name in dir(thing):
            if name in ("_clear_boxed", "__class__", "__subclasshook__", "__init_subclass__", "__new__"):
                continue
            try:
                value = getattr(thing, name)
                if callable(value):
                    value()
            except Exception:
                pass
        del thing
    gc.collect()


@case
def handles_by_the_backdoor():
    for kind in (Bufpool.Pooled, Bufpool.PooledSlice, Bufpool.PooledView, Bufpool.PoolStats):
        raises(TypeError, kind)
        raises(TypeError, kind.__new__, kind)
        raises(TypeError, kind, 5)
    import copy
    import pickle
    buf = Bufpool.Pool().acquire(4)
    for function in (copy.copy, copy.deepcopy, pickle.dumps):
        raises(TypeError, function, buf)
    raises((TypeError, NotImplementedError), copy.copy, Bufpool.Pool())
    raises(TypeError, Bufpool.Pooled.release, 5)
    raises(TypeError, Bufpool.Pooled.get_length, Bufpool.Pool().stats)
    raises((AttributeError, TypeError), Bufpool.Pooled.view, Bufpool.Pool())


if __name__ == "__main__":
    main()
