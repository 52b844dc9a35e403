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
from ._bufpool_errors import call, make_error, to_own

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
# inspect.BufferFlags.FORMAT, which Python has from 3.12 on
_FORMAT = 4
_FORMAT_KINDS = {code: kind for kind, codes in (("u", "BHILQN"), ("i", "bhilqn"), ("f", "efdg")) for code in codes}


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


def _map(owner, code, whole=False):
    try:
        pin = owner._get_view(owner)
    except GLib.Error as error:
        raise to_own(error) from None

    address, size, length = _get_extent(pin)
    if size == 0:
        return memoryview(bytearray()).cast(code or "B")
    array = _array_type(size).from_address(address)
    array.pin = pin
    memory = memoryview(array).cast("B")
    if length != size and not whole:
        memory = memory[:length]
    return memory if code == "B" or code is None else memory.cast(code)


_MOST = GLib.MAXSIZE


def to_size(value):
    """Before PyGObject does: it leaks what it has converted when the next argument is wrong."""
    size = operator.index(value)
    if not 0 <= size <= _MOST:
        raise OverflowError(f"{size} is not a number from 0 to {_MOST}")
    return size


def to_memory(data, layout):
    """The memory of what is to become elements: of such, or of bytes. Numbers of
    another type would be taken for what they are not."""
    try:
        memory = data.view() if isinstance(data, Elements) else memoryview(data)
    except TypeError:
        such = "bytes" if layout.code is None else f'array.array("{layout.code}", ...), numpy\'s, or bytes'
        raise TypeError(f"{layout.name} are set from a bytes-like object, such as {such}, "
                        f"not from {type(data).__name__}") from None

    code = memory.format.lstrip("@=" + _NATIVE)
    kind = _FORMAT_KINDS.get(code[-1:]) if len(code.lstrip("<>")) == 1 else None
    if kind is None or layout.code is None or layout.size == 1 or memory.itemsize == 1:
        return memory
    if code[0] in "<>" or (kind, memory.itemsize) != (_FORMAT_KINDS[layout.code], layout.size):
        order = " of the other byte order" if code[0] in "<>" else ""
        raise TypeError(f"the elements are {layout.name}, but the data is {kind}{memory.itemsize * 8}{order}: "
                        "convert it first, or give its bytes")
    return memory


def to_bytes(data, layout):
    """PyGObject takes only bytes at once, everything else byte by byte."""
    return data if type(data) is bytes else to_memory(data, layout).tobytes()


class Elements:
    """What a buffer and a slice have in common. They are sequences of numbers;
    where the elements have no type, of bytes objects."""

    _layout = None
    _is_read_only = False

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

    def __exit__(self, _kind, _error, _traceback):
        self.release()

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
        memory = _map(self, None)
        if self._is_read_only:
            memory = memory.toreadonly()
        return {"version": 3, "shape": (len(memory) // layout.size,), "typestr": layout.typestr, "data": memory}

    def __buffer__(self, flags):
        # Bytes would be the wrong format for elements without a type. numpy asks
        # for one, and takes the interface above where there is none.
        layout = self._layout or self._find_layout()
        if layout.code is None and flags & _FORMAT:
            raise TypeError("elements without a type have no format: use view(), which has their bytes")
        return self.view()

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

    __len__ = _Pooled.get_length
    length = property(_Pooled.get_length)
    element_type = property(_Pooled.get_element_type)
    element_size = property(_Pooled.get_element_size)
    capacity = property(_Pooled.get_capacity)

    def _no_elements(self):
        return TypeError("a handle of a pool of items has no elements: use its item")

    def view(self, *, whole=False):
        """The valid elements as a writable memoryview, without a copy; with
        whole=True everything that there is room for, to be filled before
        set_length(). While it is alive, what could move the memory fails with
        BusyError."""
        layout = self._layout or self._find_layout()
        return _map(self, layout.code, whole)

    def __getitem__(self, index):
        """An element, or for a slice a memoryview, without a copy."""
        if not isinstance(index, slice):
            return self._get_element(index)
        layout = self._layout or self._find_layout()
        memory = self.view()
        return memory[index if layout.code is not None else self._to_bytes_index(index, layout)]

    def __setitem__(self, index, value):
        """Sets an element; or those of a slice, from a bytes-like object with as many."""
        layout = self._layout or self._find_layout()
        memory = self.view()
        if layout.code is None:
            index = self._to_bytes_index(index, layout)
        if not isinstance(index, slice):
            memory[index] = value
            return

        room = memory[index]
        source = to_memory(value, layout)
        if source.nbytes != room.nbytes:
            raise ValueError(f"{room.nbytes // layout.size} elements of {layout.size} bytes cannot be set "
                             f"from {source.nbytes} bytes")
        if source.format != room.format or source.ndim != 1:
            source = memoryview(source.tobytes()).cast(room.format)
        room[:] = source

    def reserve(self, n_elements):
        """Makes room for that many elements in all; the length stays."""
        self._check_elements()
        call(_Pooled.reserve, self, to_size(n_elements))

    def set_length(self, n_elements):
        """Says how many elements are valid, within the capacity; they stay as they are."""
        self._check_elements()
        call(_Pooled.set_length, self, to_size(n_elements))

    def resize(self, n_elements):
        """Sets the number of valid elements; those that are added are zero."""
        self._check_elements()
        call(_Pooled.resize, self, to_size(n_elements))

    def append(self, data):
        """Copies elements, given as any bytes-like object, behind the valid ones."""
        layout = self._layout or self._find_layout()
        call(_Pooled.append, self, to_bytes(data, layout))

    def write(self, offset_bytes, data):
        """Overwrites valid elements with any bytes-like object."""
        layout = self._layout or self._find_layout()
        call(_Pooled.write, self, to_size(offset_bytes), to_bytes(data, layout))

    def unref_to_bytes(self):
        """The same as get_bytes(): the handle keeps the reference that Python has."""
        self._check_elements()
        return call(_Pooled.unref_to_bytes, self)

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

    _is_read_only = True
    _get_bytes = staticmethod(_PooledSlice.get_bytes)
    _dup_data = staticmethod(_PooledSlice.dup_data)
    _get_view = staticmethod(_PooledSlice.get_view)

    __len__ = _PooledSlice.get_length
    length = property(_PooledSlice.get_length)
    element_type = property(_PooledSlice.get_element_type)
    element_size = property(_PooledSlice.get_element_size)

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
        return _map(self, layout.code).toreadonly()

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

    def steal_pooled(self):
        """The handle of the whole buffer, to be changed again; the slice is released
        then. It must be the buffer's only share."""
        return call(_PooledSlice.steal_pooled, self)

    def __repr__(self):
        if self.is_released():
            return "<Bufpool.PooledSlice: released>"
        return f"<Bufpool.PooledSlice: {len(self)} {(self._layout or self._find_layout()).name}>"
