# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Notes where in a script buffers were acquired, for BUFPOOL_DEBUG=backtrace: native calls
do not know that. Only programs that are debugged import this."""

import functools
import os
import sys

from ..module import get_introspection_module
from ._bufpool_errors import ReleasedError

Bufpool = get_introspection_module("Bufpool")

_MOST_LINES = 16
_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep

# These methods return a handle, a list of handles, or a slice
_METHODS = ("acquire", "try_acquire", "acquire_sized", "acquire_many", "acquire_wait", "acquire_finish", "read",
            "read_all", "read_finish", "read_all_finish")


def _describe_caller():
    """The script's lines, the innermost first."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OWN_FOLDER):
        frame = frame.f_back
    lines = []
    while frame is not None and len(lines) < _MOST_LINES:
        lines.append(f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}")
        frame = frame.f_back
    return "\n".join(lines)


def _note(result, lines=None):
    """Notes the place, and returns the result or a slice like it: a slice gives its handle only at its end."""
    if isinstance(result, Bufpool.Pooled):
        if result.is_sampled():
            result.set_note(lines or _describe_caller())
    elif isinstance(result, Bufpool.PooledSlice):
        n_elements = len(result)
        try:
            handle = result.steal_pooled()
        except ReleasedError:       # read from a file, into a handle with a note
            return result
        _note(handle, lines)
        result = type(result).new_take(handle, n_elements)
    elif isinstance(result, list):
        for handle in result:
            _note(handle, lines)
    return result


def _with_note(method):
    @functools.wraps(method)
    def noted(*arguments, **keywords):
        return _note(method(*arguments, **keywords))
    return noted


def _with_note_later(begin):
    @functools.wraps(begin)
    def noted(*arguments, **keywords):
        lines = _describe_caller()
        future = begin(*arguments, **keywords)

        def note(done):
            if not done.cancelled() and done.exception() is None:
                _note(done.result(), lines)

        if future is not None:
            future.add_done_callback(note)
        return future
    return noted


def install(pool_class):
    for name in _METHODS:
        setattr(pool_class, name, _with_note(getattr(pool_class, name)))
    for name in ("acquire_async", "read_async", "read_all_async"):
        setattr(pool_class, name, _with_note_later(getattr(pool_class, name)))
