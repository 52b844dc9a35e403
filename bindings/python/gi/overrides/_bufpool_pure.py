# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the extension module _bufpool has, for where that is not built: slower, and without
the buffer protocol, so that memory is to be had by view() and by numpy.asarray().

Python's own __buffer__() would not do. A consumer that gives the buffer back at once, and
keeps what it is of, as numpy does, would keep the handle, and not what pins the memory."""

import ctypes
import functools

from gi.repository import GLib

from ..module import get_introspection_module
from ._bufpool_errors import call, to_own
from ._bufpool_layouts import ITEMS, to_size

Bufpool = get_introspection_module("Bufpool")

_Pool = Bufpool.Pool
_acquire = _Pool.acquire
_acquire_sized = _Pool.acquire_sized
_get_extent = Bufpool.PooledView.get_extent

# A type for each length is expensive, and never freed with the collector off: there is one
# for each power of two, of which the memoryview has as much as there is
_array_type = functools.lru_cache(maxsize=64)(ctypes.c_ubyte.__mul__)


def _map_pin(pin, code, whole):
    """A ctypes array over the memory holds the pin."""
    address, size, length = _get_extent(pin)
    if not whole:
        size = length
    if size == 0:
        return memoryview(bytearray()).cast(code or "B")
    array = _array_type(1 << (size - 1).bit_length()).from_address(address)
    array.pin = pin
    memory = memoryview(array).cast("B")[:size]
    return memory if code == "B" or code is None else memory.cast(code)


def _map(owner, code, whole=False):
    try:
        pin = owner._get_view(owner)
    except GLib.Error as error:
        raise to_own(error) from None

    return _map_pin(pin, code, whole)


class _Elements:
    """What buffers and slices have in common."""

    def _find_layout(self):
        layout = self._layout = super()._find_layout()
        return layout

    def __enter__(self):
        return self

    def __exit__(self, _kind, _error, _traceback):
        self.release()

    def __len__(self):
        return self.get_length()


class Handle(_Elements):
    def view(self, *, whole=False):
        """The valid elements as a writable memoryview, without a copy; with
        whole=True everything that there is room for, to be filled before
        set_length(). While it is alive, what could move the memory fails with
        BusyError."""
        layout = self._layout or self._find_layout()
        return _map(self, layout.code, whole)


class Slice(_Elements):
    def view(self):
        """The elements as a read-only memoryview, without a copy."""
        layout = self._layout or self._find_layout()
        return _map(self, layout.code).toreadonly()

    def _map_writable(self):
        return _map(self, None)


class View:
    def view(self):
        """All of the memory as a memoryview of bytes, without a copy, which may be written if
        the view is writable."""
        memory = _map_pin(self, None, True)
        return memory if self.is_writable() else memory.toreadonly()


class Pool:
    def acquire(self, n_elements=None, *, zeroed=True):
        """An empty buffer, or one of n_elements zeroes; or an item. With zeroed=False
        the elements are what happens to be there, to be overwritten. It never waits: at
        max_outstanding it raises LimitError, and BudgetError where the budget has no room."""
        layout = self._layout or self._get_layout()
        if layout is ITEMS:
            return self.try_acquire() if n_elements is None else self.acquire_sized(n_elements)
        size = 0 if n_elements is None else to_size(n_elements)
        if size > 0 and zeroed:
            try:
                handle = _acquire_sized(self, size)
            except GLib.Error as error:
                raise to_own(error) from None
        else:
            handle = _acquire(self)
            if handle is None:
                handle = call(_Pool.try_acquire, self)
            if size > 0:
                handle.reserve(size)
                handle.set_length(size)
        handle._layout = layout
        return handle

    def _acquire_memory(self, n_elements, zeroed):
        return _map(self.acquire(n_elements, zeroed=zeroed), None)


def map(elements):
    return elements.view()


def set_up(_pooled, _make_error, _layouts):
    """Nothing is to be done here."""
