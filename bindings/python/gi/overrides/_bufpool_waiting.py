# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Waiting for a buffer until it is there."""

import _thread
import math
import threading

from gi.repository import Gio, GLib, GObject

from ..module import get_introspection_module
from ._bufpool_errors import is_own, make_timed_out

Bufpool = get_introspection_module("Bufpool")

_Pool = Bufpool.Pool
_US = 10 ** 6
_FOR_EVER = -1
_MOST_SECONDS = GLib.MAXINT64 // _US


def _to_microseconds(timeout):
    if timeout is None:
        return _FOR_EVER
    if math.isnan(timeout) or timeout < 0:
        raise ValueError(f"the timeout is {timeout}, but must be a number of seconds from 0, or None to wait as "
                         "long as it takes")
    return math.ceil(timeout * _US) if timeout < _MOST_SECONDS else _FOR_EVER


def wait(pool, size, timeout, cancellable):
    """acquire_wait() with seconds."""
    timeout_us = _to_microseconds(timeout)
    if timeout_us == 0 or threading.current_thread() is not threading.main_thread():
        return _wait_in_c(pool, size, timeout_us, cancellable)

    try:
        return _Pool.acquire_wait(pool, size, 0, cancellable)
    except GLib.Error as error:
        if not is_own(error, Bufpool.PoolError.LIMIT, Bufpool.PoolError.BUDGET):
            raise
    return _wait_for_signals_too(pool, size, timeout_us, cancellable)


def _wait_in_c(pool, size, timeout_us, cancellable):
    try:
        return _Pool.acquire_wait(pool, size, timeout_us, cancellable)
    except GLib.Error as error:
        if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
            raise
    raise make_timed_out()


def _wait_for_signals_too(pool, size, timeout_us, cancellable):
    """Waits in another thread, and sleeps here, where signal handlers run meanwhile: in the
    sleep of C they would not run. A wait in slices would lose its turn with each slice."""
    ending = Gio.Cancellable()
    is_over = threading.Lock()
    begun = []
    outcome = []

    def work():
        begun.append(True)
        try:
            outcome.append(_wait_in_c(pool, size, timeout_us, ending))
        except BaseException as error:
            outcome.append(error)
        finally:
            is_over.release()

    is_over.acquire()
    handler = 0
    try:
        if cancellable is not None:
            handler = GObject.Object.connect(cancellable, "cancelled", lambda _: ending.cancel())
            if cancellable.is_cancelled():
                ending.cancel()
        # Not threading.Thread, which is not made for handlers that raise
        _thread.start_new_thread(work, ())
        is_over.acquire()
    except BaseException:
        # A thread that begins after this joins no queue. One that has begun has left it then, and
        # a buffer that came all the same goes back
        ending.cancel()
        if begun and not outcome:
            is_over.acquire()
        outcome.clear()
        raise
    finally:
        if handler > 0:
            GObject.Object.disconnect(cancellable, handler)

    result = outcome.pop()
    if isinstance(result, BaseException):
        raise result
    return result
