# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Reading from streams and files into buffers of a pool.

What has come is never lost. All that can fail for want of a buffer comes before
the stream is asked. What the stream gives is passed on, even if the memory that it was read
into is still in use, or if the task that awaits it has been cancelled since."""

import operator
import weakref

from gi.repository import Gio, GLib

from ..module import get_introspection_module
from ._bufpool_elements import PooledSlice, native
from ._bufpool_errors import BusyError, Error, call
from ._bufpool_layouts import to_size

_Pool = get_introspection_module("Bufpool").Pool


# By the id of a file, which is alive: what failed when some bytes had been read, for the
# next call. It may be said only once.
_kept_errors = {}


def _keep_error(file, error):
    if isinstance(error, BlockingIOError):
        return
    error.__traceback__ = None              # whose frames would keep the file
    number = id(file)
    try:
        reference = weakref.ref(file, lambda _: _kept_errors.pop(number, None))
    except TypeError:                       # of a class with __slots__
        raise error from None
    _kept_errors[number] = reference, error


def _raise_kept_error(file):
    _reference, error = _kept_errors.pop(id(file), (None, None))
    if error is not None:
        raise error


def _fill(memory, file, reads_all, cancellable):
    """Reads from a file into a memoryview, once or until it is full."""
    size = memory.nbytes
    if size > 0:
        _raise_kept_error(file)
    n_read = 0
    while n_read < size:
        room = memory[n_read:]
        try:
            n_more = file.readinto(room)
            if n_more is None:
                raise BlockingIOError("the file has nothing to read at this moment")
        except Exception as error:
            if n_read == 0:
                raise
            _keep_error(file, error)
            break
        finally:
            _end(room)
        if not 0 <= n_more <= size - n_read:
            raise ValueError(f"readinto() claims {n_more} bytes where there was room for {size - n_read}")
        n_read += n_more
        if n_more == 0 or not reads_all or (cancellable is not None and cancellable.is_cancelled()):
            break
    return n_read


def _end(memory):
    """It ends here even if a traceback or the file keeps it, unless the file has passed it on."""
    try:
        memory.release()
    except BufferError:
        pass


def _deliver(pool, chunk, n_read):
    """The bytes that have come, in a slice."""
    try:
        handle = chunk.steal_pooled()
    except BusyError:
        # The file has passed the memory on, where it might be written
        try:
            handle = pool.acquire(n_read, zeroed=False)
        except Error:
            return chunk[:n_read]
        handle[:] = native.map(chunk)[:n_read]
    else:
        handle.set_length(n_read)
    return PooledSlice.new_take(handle, n_read)


def take_result(pool, name, result):
    """Whether it is one, and of that, and for the first time: C would complain and go on."""
    if not Gio.Task.is_valid(result, pool) or result.get_name() != "bp_pool_" + name:
        raise ValueError(f"this is not a result of this pool's {name}()")
    if getattr(result, "_is_taken", False):
        raise ValueError(f"this result of {name}() has been had before")
    result._is_taken = True


class _Chunks:
    """Reads a stream to its end. It keeps no chunk, so that each goes back to the
    pool when the loop drops it."""

    def __init__(self, pool, stream, count, cancellable):
        self._pool = pool
        self._stream = stream
        self._count = count
        self._cancellable = cancellable

    def _end_with(self, chunk, ending):
        if len(chunk) == 0:
            chunk.release()
            self._pool = self._stream = None
            raise ending
        return chunk

    def __iter__(self):
        return self

    def __next__(self):
        if self._pool is None:
            raise StopIteration
        return self._end_with(self._pool.read(self._stream, self._count, self._cancellable), StopIteration)

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self._pool is None:
            raise StopAsyncIteration
        reading = self._pool.read_async(self._stream, self._count, cancellable=self._cancellable)
        return self._end_with(await reading, StopAsyncIteration)


class Reading:
    """What pools have to read."""

    def _require_bytes(self):
        layout = self._get_layout()
        if layout.size != 1:
            raise TypeError(f"reading needs a pool whose elements are of 1 byte, such as u8: this is one of "
                            f"{layout.name}")

    def _read(self, native, stream, count, cancellable, reads_all):
        self._require_bytes()
        count = to_size(count)
        if isinstance(stream, Gio.InputStream):
            return call(native, self, stream, count, cancellable)
        if not hasattr(stream, "readinto"):
            raise TypeError(f"{stream!r} is neither a Gio.InputStream nor a binary file with readinto(), such as "
                            "open(path, 'rb') returns")

        if cancellable is not None:
            cancellable.set_error_if_cancelled()
        with PooledSlice.new_take(self.acquire(count, zeroed=False), count) as chunk:
            memory = chunk._map_writable()
            try:
                n_read = _fill(memory, stream, reads_all, cancellable)
            finally:
                _end(memory)
            return _deliver(self, chunk, n_read)

    def read(self, stream, count, cancellable=None):
        """Reads at most count bytes from a Gio.InputStream, or from a binary file
        or anything else that has readinto(). At its end the slice is empty."""
        return self._read(_Pool.read, stream, count, cancellable, False)

    def read_all(self, stream, count, cancellable=None):
        """Reads count bytes, in as many reads as it takes, and fewer only at the end
        of the stream. If it fails when some bytes have come, these are returned, and
        the next call raises the error."""
        return self._read(_Pool.read_all, stream, count, cancellable, True)

    def read_bytes(self, stream, count, cancellable=None):
        """Reads at most count bytes, as Gio.InputStream.read_bytes() does: GLib.Bytes
        that pin the buffer."""
        if isinstance(stream, Gio.InputStream):
            return self._read(_Pool.read_bytes, stream, count, cancellable, False)
        with self.read(stream, count, cancellable) as chunk:
            return chunk.get_bytes() if chunk else GLib.Bytes.new(b"")

    def read_chunks(self, stream, count=65536, cancellable=None):
        """All of a stream, in slices of at most count bytes. A Gio.InputStream can be
        read by `async for` too, where read_async() can be awaited."""
        self._require_bytes()
        if operator.index(count) <= 0:
            raise ValueError(f"chunks are of at least 1 byte, not {count}")
        return _Chunks(self, stream, count, cancellable)

    def _read_later(self, name, stream, count, io_priority, cancellable, callback):
        self._require_bytes()
        count = to_size(count)
        if callback:
            return getattr(_Pool, name)(self, stream, count, io_priority, cancellable, *callback)
        if not isinstance(stream, Gio.InputStream):
            raise TypeError(f"{name}() reads a Gio.InputStream, which {stream!r} is not: to read a file, await "
                            f"asyncio.to_thread(pool.{name.removesuffix('_async')}, file, count)")
        # Only programs that await pay for the import of asyncio
        from . import _bufpool_future
        return _bufpool_future.begin_read(self, name, stream, count, io_priority, cancellable)

    def read_async(self, stream, count, io_priority=GLib.PRIORITY_DEFAULT, cancellable=None, *callback):
        """As read() from a Gio.InputStream, without blocking the thread. With a callback it
        is as in C. Without one it begins at once and returns a future to be awaited, in an
        event loop that runs GLib's main context, as gi.events of PyGObject 3.50 has.
        Cancelling the future, or the task that awaits it, cancels the cancellable. If the
        stream passes bytes on all the same they are the result. Most streams of GIO drop
        what they have read by then: to read on after a timeout, await asyncio.shield()
        of the future, and the future itself later.

        In any other loop it raises RuntimeError and reads nothing. There one can await
        asyncio.to_thread(pool.read, stream, count)."""
        return self._read_later("read_async", stream, count, io_priority, cancellable, callback)

    def read_finish(self, result):
        take_result(self, "read_async", result)
        return call(_Pool.read_finish, self, result)

    def read_all_async(self, stream, count, io_priority=GLib.PRIORITY_DEFAULT, cancellable=None, *callback):
        """As read_all(), in the way of read_async()."""
        return self._read_later("read_all_async", stream, count, io_priority, cancellable, callback)

    def read_all_finish(self, result):
        take_result(self, "read_all_async", result)
        return call(_Pool.read_all_finish, self, result)
