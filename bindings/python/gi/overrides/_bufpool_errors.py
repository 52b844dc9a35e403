# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The errors of bufpool: each is also the exception that Python has for such a case."""

from gi.repository import Gio, GLib

from ..module import get_introspection_module

Bufpool = get_introspection_module("Bufpool")


class Error(GLib.Error):
    """What every error of bufpool is, and a GLib.Error too."""

    def __str__(self):
        return self.message

    def __repr__(self):
        return f"Bufpool.{type(self).__name__}({self.message!r})"


class ReleasedError(Error, ValueError):
    """The buffer has been given back."""


class BusyError(Error, BufferError):
    """The buffer has live views, bytes or slices, or another thread is changing it."""


class OutOfRangeError(Error, IndexError, ValueError):
    """An offset, a length or a number is beyond what the buffer or the pool has."""


class TooLargeError(Error, OverflowError):
    """A size does not fit the address space."""


class NoMemoryError(Error, MemoryError):
    """Memory could not be allocated."""


class CreateFailedError(Error):
    """The pool could not make an item."""


class LimitError(Error):
    """As many buffers are out as the pool's max_outstanding allows, or others wait for one."""


class BudgetError(Error, MemoryError):
    """The pool's budget has no room, or others wait for some."""


class FlushingError(Error):
    """The pool is flushing: nothing can be acquired."""


class ClosedError(Error):
    """The pool was disposed while a call waited for a buffer."""


class TimedOutError(Error, TimeoutError):
    """No buffer came back in time. The code is that of GIO."""


DOMAIN = GLib.quark_to_string(Bufpool.PoolError.quark())
_ERRORS = {
    int(Bufpool.PoolError.RELEASED): ReleasedError,
    int(Bufpool.PoolError.BUSY): BusyError,
    int(Bufpool.PoolError.OUT_OF_RANGE): OutOfRangeError,
    int(Bufpool.PoolError.TOO_LARGE): TooLargeError,
    int(Bufpool.PoolError.NO_MEMORY): NoMemoryError,
    int(Bufpool.PoolError.CREATE_FAILED): CreateFailedError,
    int(Bufpool.PoolError.LIMIT): LimitError,
    int(Bufpool.PoolError.BUDGET): BudgetError,
    int(Bufpool.PoolError.FLUSHING): FlushingError,
    int(Bufpool.PoolError.CLOSED): ClosedError,
}

for _error in (Error, TimedOutError, *_ERRORS.values()):
    _error.__module__ = "gi.repository.Bufpool"


def make_error(code, message):
    return _ERRORS[int(code)](message, DOMAIN, int(code))


def make_timed_out():
    return TimedOutError("No buffer came back in time: wait longer, or raise the limit",
                         GLib.quark_to_string(Gio.io_error_quark()), int(Gio.IOErrorEnum.TIMED_OUT))


def is_own(error, *codes):
    return error.domain == DOMAIN and error.code in codes


def to_own(error):
    """A GLib.Error as the exception that it is of here, if it is one of bufpool."""
    return make_error(error.code, error.message) if error.domain == DOMAIN else error


def call(function, *arguments):
    try:
        return function(*arguments)
    except GLib.Error as error:
        raise to_own(error) from None
