# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What a program of abuses is made of: see abuse.py, which runs them."""

import gc
import sys
import threading
import traceback

import gi

gi.require_version("Bufpool", "1.0")

from gi.repository import Bufpool, GObject  # noqa: E402

_CASES = {}


def case(function=None, *, criticals=False):
    """An abuse. With criticals, GLib may complain; otherwise that ends the process."""
    if function is None:
        return lambda it: case(it, criticals=criticals)
    # Others take functions from such programs, and not their cases
    if function.__module__ == "__main__":
        _CASES[function.__name__.replace("_", "-")] = (function, criticals)
    return function


def main():
    if sys.argv[1:] == ["--list"]:
        for name, (_function, criticals) in _CASES.items():
            print(name, "criticals" if criticals else "silent")
        return
    try:
        for name in sys.argv[1:]:
            _CASES[name][0]()
    except Exception:
        traceback.print_exc()
        sys.exit(1)
    print("survived", flush=True)


def raises(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        return error
    raise AssertionError(f"{function} raised no {kind}")


def equal(actual, wanted):
    if actual != wanted:
        raise AssertionError(f"got {actual!r}, wanted {wanted!r}")


def collect():
    # The last error that was printed keeps the frames it went through
    sys.last_type = sys.last_value = sys.last_traceback = sys.last_exc = None
    gc.collect()
    gc.collect()


def settle(pool, added=0, **wanted):
    """No buffer may be out when the test holds none, and no buffer may be lost. Added
    is how many were given to the pool, by prefill() or recycle_item()."""
    collect()
    stats = pool.stats
    wanted.setdefault("outstanding", 0)
    for name, number in wanted.items():
        equal((name, getattr(stats, name)), (name, number))
    equal((stats.hits + stats.misses, stats.returned + stats.outstanding), (stats.acquired, stats.acquired))
    equal(stats.misses + added, stats.idle + stats.outstanding + stats.dropped)


def in_threads(*functions):
    errors = []

    def guarded(function):
        try:
            function()
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    sys.setswitchinterval(1e-5)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(errors, [])


class Item(GObject.Object, Bufpool.Reusable):
    """An item with a reuse() that the test chooses."""

    def __init__(self):
        super().__init__()
        self.lines = []

    action = staticmethod(lambda item, trim: True)

    def do_reuse(self, trim):
        return self.action(self, trim)
