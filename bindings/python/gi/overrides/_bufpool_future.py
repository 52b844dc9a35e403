# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Waiting for a buffer, or for what is read into one, in an event loop."""

import asyncio

from gi.repository import Gio, GLib

from ..module import get_introspection_module

_Pool = get_introspection_module("Bufpool").Pool


class _Future(asyncio.Future):
    """A buffer to come. As a task does, it takes a request to be cancelled, and is so when
    the wait has ended: by then nothing of it is left in the queue."""

    # A buffer that comes too late can go back. Bytes that have been read can not.
    _is_kept = False

    def __init__(self, loop, cancellable, finish):
        super().__init__(loop=loop)
        self._cancellable = cancellable
        self._take = finish
        self._is_unwanted = False

    def cancel(self, msg=None):
        if self.done():
            return False
        self._is_unwanted = True
        self._cancellable.cancel()
        return True

    def _finish(self, _pool, result):
        take, self._take = self._take, None
        try:
            value = take(result)
        except Exception as error:
            value, failure = None, error
        else:
            failure = None

        # What came too late goes back with its last reference, which this is
        if self.done() or self.get_loop().is_closed():
            return
        if self._is_unwanted and not (self._is_kept and failure is None):
            super().cancel()
        elif failure is not None:
            self.set_exception(failure)
        else:
            self.set_result(value)


class _ReadFuture(_Future):
    """Bytes to come."""

    _is_kept = True


def _get_loop(name, instead):
    """The running event loop, and the main context of GLib that it runs."""
    instead = ("use one that runs GLib's main context, as gi.events of PyGObject 3.50 and later has, or await "
               f"asyncio.to_thread({instead})")
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(f"{name}() without a callback is to be awaited, and no event loop is running: "
                           f"{instead}") from None
    context = getattr(loop, "_context", None)
    if not isinstance(context, GLib.MainContext):
        raise RuntimeError(f"{name}() cannot be awaited in {loop!r}: {instead}")
    return loop, context


def _begin(kind, name, instead, cancellable, start, finish):
    loop, context = _get_loop(name, instead)
    if cancellable is None:
        cancellable = Gio.Cancellable()
    future = kind(loop, cancellable, finish)
    is_default = GLib.MainContext.ref_thread_default() == context
    if not is_default:
        context.push_thread_default()
    try:
        start(cancellable, future._finish)
    finally:
        if not is_default:
            context.pop_thread_default()
    return future


def begin_acquire(pool, size, cancellable):
    """acquire_async() as a future."""
    return _begin(_Future, "acquire_async", "pool.acquire_wait, ...", cancellable,
                  lambda cancellable, done: _Pool.acquire_async(pool, size, cancellable, done), pool.acquire_finish)


def begin_read(pool, name, stream, count, io_priority, cancellable):
    """read_async() or read_all_async() as a future."""
    read_async = getattr(_Pool, name)
    blocking = name.removesuffix("_async")
    return _begin(_ReadFuture, name, f"pool.{blocking}, stream, count", cancellable,
                  lambda cancellable, done: read_async(pool, stream, count, io_priority, cancellable, done),
                  getattr(pool, blocking + "_finish"))
