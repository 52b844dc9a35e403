# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""An event loop that runs a main context of GLib: of PyGObject, where it has one."""

import asyncio
import selectors

from gi.repository import GLib

try:
    from gi.events import GLibEventLoop
except ImportError:
    GLibEventLoop = None

# How long callbacks of GLib may have to wait for a loop that is not made for them
_POLL_SECONDS = 0.001


class _Selector(selectors.DefaultSelector):
    def __init__(self, context):
        super().__init__()
        self._context = context

    def select(self, timeout=None):
        while self._context.iteration(False):
            timeout = 0
        return super().select(_POLL_SECONDS if timeout is None else min(timeout, _POLL_SECONDS))


class _StandIn(asyncio.SelectorEventLoop):
    """Looks at the context again and again, which is good enough for tests."""

    def __init__(self, context):
        self._context = context
        super().__init__(_Selector(context))


def run(coroutine, context=None):
    """asyncio.run() in a loop of this kind."""
    loop = (GLibEventLoop or _StandIn)(context or GLib.MainContext.new())
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.close()
