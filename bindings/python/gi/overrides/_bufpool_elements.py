# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Buffers and slices of bufpool as Python sequences, and their memory without a copy."""

import ctypes
import functools
import operator
import sys
from collections import namedtuple

from gi.repository import GLib

from ..module import get_introspection_module
from ._bufpool_errors import call, make_error

Bufpool = get_introspection_module("Bufpool")

# Elements: `code` is for struct and memoryview, None for elements of no type;
# `typestr` is for numpy; `size` is 0 in a pool of items.

Layout = namedtuple("Layout", "name size code typestr")

_NATIVE = "<" if sys.byteorder == "little" else ">"
LAYOUTS = {
    int(getattr(Bufpool.ElementType, name.upper())): Layout(name, size, code, _NATIVE + kind + str(size))
    for name, size, code, kind in (
        ("u8", 1, "B", "u"), ("i8", 1, "b", "i"), ("u16", 2, "H", "u"), ("i16", 2, "h", "i"),
        ("u32", 4, "I", "u"), ("i32", 4, "i", "i"), ("u64", 8, "Q", "u"), ("i64", 8, "q", "i"),
        ("f32", 4, "f", "f"), ("f64", 8, "d", "f"),
    )
}
ITEMS = Layout("items", 0, None, None)
ELEMENT_TYPES = {layout.name: Bufpool.ElementType(number) for number, layout in LAYOUTS.items()}
_NUMPY_KINDS = {"uint": "u", "int": "i", "float": "f"}


def find_layout(owner):
    size = owner.get_element_size()
    if size == 0:
        return ITEMS
    return LAYOUTS.get(int(owner.get_element_type())) or Layout(f"{size}-byte elements", size, None, f"|V{size}")


def to_element_type(value):
    """Bufpool.ElementType.F32, "f32", "float32", numpy.float32 or its dtype."""
    if isinstance(value, Bufpool.ElementType):
        return value

    name = value if isinstance(value, str) else getattr(value, "name", getattr(value, "__name__", None))
    if isinstance(name, str) and getattr(value, "isnative", True):
        kind = name.rstrip("0123456789")
        short = _NUMPY_KINDS.get(kind, kind)
        bits = name[len(kind):]
        if short + bits in ELEMENT_TYPES:
            return ELEMENT_TYPES[short + bits]

    kind = ValueError if isinstance(value, str) else TypeError
    raise kind(f"{value!r} is no element type: use a Bufpool.ElementType or one of {', '.join(ELEMENT_TYPES)}")


# Memory: a ctypes array over the buffer holds the pin. A type for each length is
# expensive, so an array covers the whole capacity, and few types are kept.

_array_type = functools.lru_cache(maxsize=64)(ctypes.c_ubyte.__mul__)


_get_extent = Bufpool.PooledView.get_extent


def map_view(view, code, whole=False):
    address, size, length = _get_extent(view)
    if size == 0:
        return memoryview(bytearray()).cast(code or "B")

    array = _array_type(size).from_address(address)
    array.pin = view
    memory = memoryview(array).cast("B")
    if not whole and length != size:
        memory = memory[:length]
    return memory if code in (None, "B") else memory.cast(code)


def to_size(value):
    """Before PyGObject does: it leaks what it has converted when the next argument is wrong."""
    size = operator.index(value)
    if not 0 <= size <= GLib.MAXSIZE:
        raise OverflowError(f"{size} is not a number from 0 to {GLib.MAXSIZE}")
    return size


def to_bytes(data):
    """PyGObject takes only bytes at once, everything else byte by byte."""
    return data if type(data) is bytes else memoryview(data).tobytes()


class Elements:
    """What a buffer and a slice have in common. They are sequences of numbers;
    where the elements have no type, of bytes objects."""

    _layout = None

    def _find_layout(self):
        layout = find_layout(self)
        if layout is ITEMS:
            raise self._no_elements()
        self._layout = layout
        return layout

    def _check_elements(self):
        if self._layout is None:
            self._find_layout()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.release()

    def __len__(self):
        return self.get_length()

    def __iter__(self):
        layout = self._layout or self._find_layout()
        memory = self.view()
        if layout.code is not None:
            return iter(memory)
        return (bytes(memory[i:i + layout.size]) for i in range(0, len(memory), layout.size))

    def __bytes__(self):
        return self.dup_data()

    def _to_bytes_index(self, index, layout):
        """What the bytes of elements without a type are, for memory that is mapped as bytes."""
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                raise ValueError("elements without a type can only be sliced with a step of 1")
            return slice(start * layout.size, max(start, stop) * layout.size)

        number = operator.index(index)
        if not -len(self) <= number < len(self):
            raise IndexError(f"element {number} is not among the {len(self)} that there are")
        start = number % len(self) * layout.size
        return slice(start, start + layout.size)

    def _get_element(self, index):
        layout = self._layout or self._find_layout()
        memory = self.view()
        if layout.code is not None:
            return memory[index]
        return bytes(memory[self._to_bytes_index(index, layout)])

    @property
    def __array_interface__(self):
        layout = self._layout or self._find_layout()
        memory = self.view()
        return {"version": 3, "shape": (memory.nbytes // layout.size,), "typestr": layout.typestr, "data": memory}

    def __buffer__(self, flags):
        return self.view()

    @property
    def length(self):
        return self.get_length()

    @property
    def element_type(self):
        return self.get_element_type()

    @property
    def element_size(self):
        return self.get_element_size()

    def get_bytes(self):
        """The elements as GLib.Bytes, without a copy."""
        self._check_elements()
        return call(self._get_bytes, self)

    def get_view(self):
        """For view(), which is what there is to use."""
        self._check_elements()
        return call(self._get_view, self)

    def dup_data(self):
        """A copy of the elements, as bytes."""
        self._check_elements()
        return call(self._dup_data, self)


_Pooled = Bufpool.Pooled


class Pooled(Elements, Bufpool.Pooled):
    """A buffer or an item of a pool."""

    __module__ = "gi.overrides.Bufpool"

    _get_bytes = staticmethod(_Pooled.get_bytes)
    _dup_data = staticmethod(_Pooled.dup_data)
    _get_view = staticmethod(_Pooled.get_view)

    def _no_elements(self):
        return TypeError("a handle of a pool of items has no elements: use its item")

    def view(self, *, whole=False):
        """The valid elements as a writable memoryview, without a copy; with
        whole=True everything that there is room for, to be filled before
        set_length(). While it is alive, what could move the memory fails with
        BusyError."""
        layout = self._layout or self._find_layout()
        return map_view(call(self._get_view, self), layout.code, whole)

    def __getitem__(self, index):
        """An element, or for a slice a memoryview, without a copy."""
        if not isinstance(index, slice):
            return self._get_element(index)
        layout = self._layout or self._find_layout()
        memory = self.view()
        return memory[index if layout.code is not None else self._to_bytes_index(index, layout)]

    def __setitem__(self, index, value):
        layout = self._layout or self._find_layout()
        memory = self.view()
        memory[index if layout.code is not None else self._to_bytes_index(index, layout)] = value

    def reserve(self, n_elements):
        self._check_elements()
        call(_Pooled.reserve, self, to_size(n_elements))

    def set_length(self, n_elements):
        self._check_elements()
        call(_Pooled.set_length, self, to_size(n_elements))

    def resize(self, n_elements):
        self._check_elements()
        call(_Pooled.resize, self, to_size(n_elements))

    def append(self, data):
        """Copies elements, given as any bytes-like object, behind the valid ones."""
        self._check_elements()
        call(_Pooled.append, self, to_bytes(data))

    def write(self, offset_bytes, data):
        """Overwrites valid elements with any bytes-like object."""
        self._check_elements()
        call(_Pooled.write, self, to_size(offset_bytes), to_bytes(data))

    def unref_to_bytes(self):
        self._check_elements()
        return call(_Pooled.unref_to_bytes, self)

    @property
    def capacity(self):
        return self.get_capacity()

    @property
    def item(self):
        """The object, in a pool of items."""
        if self.is_released():
            raise make_error(Bufpool.PoolError.RELEASED, "The item has been released: acquire another one")
        item = self.dup_object()
        if item is None:
            raise TypeError("a buffer of elements has no item: use its view()")
        return item

    def __repr__(self):
        layout = self._layout or find_layout(self)
        if self.is_released():
            return "<Bufpool.Pooled: released>"
        if layout is ITEMS:
            return f"<Bufpool.Pooled: {self.dup_object()!r}>"
        return f"<Bufpool.Pooled: {len(self)} {layout.name}, capacity {self.get_capacity()}>"


_PooledSlice = Bufpool.PooledSlice


class PooledSlice(Elements, Bufpool.PooledSlice):
    """Elements to be read: what a reader got, or a part of that."""

    __module__ = "gi.overrides.Bufpool"

    _get_bytes = staticmethod(_PooledSlice.get_bytes)
    _dup_data = staticmethod(_PooledSlice.dup_data)
    _get_view = staticmethod(_PooledSlice.get_view)

    @staticmethod
    def new_take(pooled, length):
        if not isinstance(pooled, Bufpool.Pooled):
            raise TypeError(f"a slice is made of a Bufpool.Pooled, not of {pooled!r}")
        pooled._check_elements()
        return call(_PooledSlice.new_take, pooled, to_size(length))

    def _no_elements(self):
        return make_error(Bufpool.PoolError.RELEASED, "The slice has been released: take another one")

    def view(self):
        """The elements as a read-only memoryview, without a copy."""
        layout = self._layout or self._find_layout()
        return map_view(call(self._get_view, self), layout.code).toreadonly()

    def __getitem__(self, index):
        """An element, or a part as a slice of the same buffer, without a copy."""
        if not isinstance(index, slice):
            return self._get_element(index)
        start, stop, step = index.indices(len(self))
        if step != 1:
            raise ValueError("a slice has all elements from its first to its last: use view() for a step")
        return self.sub(start, max(0, stop - start))

    def sub(self, offset, length):
        return call(_PooledSlice.sub, self, to_size(offset), to_size(length))

    def __repr__(self):
        if self.is_released():
            return "<Bufpool.PooledSlice: released>"
        return f"<Bufpool.PooledSlice: {len(self)} {(self._layout or self._find_layout()).name}>"
