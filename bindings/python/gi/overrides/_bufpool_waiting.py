# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Waiting for a buffer until it is there."""

import math
import threading
import time

from gi.repository import Gio, GLib, GObject

from ..module import get_introspection_module
from ._bufpool_errors import is_own, make_timed_out

Bufpool = get_introspection_module("Bufpool")

_Pool = Bufpool.Pool
_US = 10 ** 6
_FOR_EVER = -1
_MOST_SECONDS = GLib.MAXINT64 // _US
# Of one alarm: whoever waits longer sets another
_MOST_MS = 2 ** 30


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


def _iterate(context, end_time):
    """Until something happens. Whether there was time for that."""
    if end_time is None:
        context.iteration(True)
        return True

    left_ms = math.ceil((end_time - time.monotonic()) * 1000)
    if left_ms <= 0:
        return False
    alarm = GLib.timeout_source_new(min(left_ms, _MOST_MS))
    alarm.set_callback(bool)
    alarm.attach(context)
    context.iteration(True)
    alarm.destroy()
    return True


def _watch(context, cancellable):
    """Has the context woken up when it is cancelled."""
    source = cancellable.source_new()
    GObject.source_set_dummy_callback(source)
    source.attach(context)
    return source


def begin_in(context, pool, size, cancellable, callback):
    """acquire_async() whose callback comes in that main context."""
    is_default = GLib.MainContext.ref_thread_default() == context
    try:
        if not is_default:
            context.push_thread_default()
        _Pool.acquire_async(pool, size, cancellable, callback)
        if not is_default:
            context.pop_thread_default()
    except BaseException:
        # What a signal handler raised comes out anywhere
        cancellable.cancel()
        if not is_default and GLib.MainContext.ref_thread_default() == context:
            context.pop_thread_default()
        raise


def _wait_for_signals_too(pool, size, timeout_us, cancellable):
    """Waits by acquire_async(), in a main context of its own.

    A signal ends an iteration of that, and Python runs its handler then. It would not end
    the sleep of acquire_wait(), and a wait in slices would lose its turn with each. The
    context calls nothing that is written in Python: what a handler raised in there would be
    printed and forgotten."""
    context = GLib.MainContext.new()
    end_time = time.monotonic() + timeout_us / _US if timeout_us >= 0 else None
    ending = Gio.Cancellable()
    results = {}
    watch = None
    is_late = False
    try:
        if cancellable is not None:
            watch = _watch(context, cancellable)
        begin_in(context, pool, size, ending, results.setdefault)
        while not results:
            is_late = is_late or not _iterate(context, end_time)
            if is_late or (cancellable is not None and cancellable.is_cancelled()):
                ending.cancel()
                context.iteration(False)
    except BaseException:
        # It leaves the queue, and what it may have got goes back
        ending.cancel()
        while not results and context.pending():
            context.iteration(False)
        results.clear()
        raise
    finally:
        if watch is not None:
            watch.destroy()

    _, result = results.popitem()
    try:
        return _Pool.acquire_finish(pool, result)
    except GLib.Error as error:
        if not is_late or not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            raise
    raise make_timed_out()
