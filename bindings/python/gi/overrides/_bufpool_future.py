# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Waiting for a buffer in an event loop."""

import asyncio

from gi.repository import Gio, GLib

from ..module import get_introspection_module

_Pool = get_introspection_module("Bufpool").Pool

_INSTEAD = ("use one that runs GLib's main context, as gi.events of PyGObject 3.50 and later has, or await "
            "asyncio.to_thread(pool.acquire_wait, ...)")


class _Future(asyncio.Future):
    """A buffer to come. As a task does, it takes a request to be cancelled, and is so when
    the wait has ended: by then nothing of it is left in the queue."""

    def __init__(self, loop, cancellable):
        super().__init__(loop=loop)
        self._cancellable = cancellable
        self._is_unwanted = False

    def cancel(self, msg=None):
        if self.done():
            return False
        self._is_unwanted = True
        self._cancellable.cancel()
        return True

    def _finish(self, pool, result):
        try:
            handle = pool.acquire_finish(result)
        except GLib.Error as error:
            handle, failure = None, error
        else:
            failure = None

        # What came too late goes back with its last reference, which this is
        if self.done() or self.get_loop().is_closed():
            return
        if self._is_unwanted:
            super().cancel()
        elif failure is not None:
            self.set_exception(failure)
        else:
            self.set_result(handle)


def _get_loop():
    """The running event loop, and the main context of GLib that it runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("acquire_async() without a callback is to be awaited, and no event loop is running: "
                           f"{_INSTEAD}") from None
    context = getattr(loop, "_context", None)
    if not isinstance(context, GLib.MainContext):
        raise RuntimeError(f"acquire_async() cannot be awaited in {loop!r}: {_INSTEAD}")
    return loop, context


def begin(pool, size, cancellable):
    """acquire_async() as a future."""
    loop, context = _get_loop()
    if cancellable is None:
        cancellable = Gio.Cancellable()
    future = _Future(loop, cancellable)
    is_default = GLib.MainContext.ref_thread_default() == context
    if not is_default:
        context.push_thread_default()
    try:
        _Pool.acquire_async(pool, size, cancellable, future._finish)
    finally:
        if not is_default:
            context.pop_thread_default()
    return future
