# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Buffers and slices of bufpool as Python sequences, and their memory without a copy."""

import importlib
import operator
import warnings

from ..module import get_introspection_module
from ._bufpool_errors import call, make_error
from ._bufpool_layouts import ITEMS, NATIVE_ORDER, find_layout, to_size

Bufpool = get_introspection_module("Bufpool")


def _find_native():
    try:
        module = importlib.import_module("._bufpool", __package__)
        module.check(Bufpool.Pooled)
        return module
    except ModuleNotFoundError:
        pass
    except ImportError as error:
        warnings.warn(f"the extension module of bufpool does not fit, so that slower code takes its place: {error}",
                      RuntimeWarning, stacklevel=2)
    return importlib.import_module("._bufpool_pure", __package__)


# Classes that are the first bases of those here
native = _find_native()

_FORMAT_KINDS = {code: kind for kind, codes in (("u", "BHILQN"), ("i", "bhilqn"), ("f", "efdg")) for code in codes}


def to_memory(data, layout):
    """The memory of what is to become elements: of such, or of bytes. Numbers of
    another type would be taken for what they are not."""
    try:
        memory = (native.map if isinstance(data, Elements) else memoryview)(data)
    except TypeError:
        such = "bytes" if layout.code is None else f'array.array("{layout.code}", ...), numpy\'s, or bytes'
        raise TypeError(f"{layout.name} are set from a bytes-like object, such as {such}, "
                        f"not from {type(data).__name__}") from None

    code = memory.format.lstrip("@=" + NATIVE_ORDER)
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
    # What numpy.ndarray(buffer=...) has taken
    _kept = None

    def _find_layout(self):
        layout = find_layout(self)
        if layout is ITEMS:
            raise self._no_elements()
        return layout

    def _check_elements(self):
        if self._layout is None:
            self._find_layout()

    def __iter__(self):
        layout = self._layout or self._find_layout()
        memory = native.map(self)
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
        memory = native.map(self)
        if layout.code is not None:
            return memory[index]
        return bytes(memory[self._to_bytes_index(index, layout)])

    @property
    def __array_interface__(self):
        layout = self._layout or self._find_layout()
        memory = native.map(self)
        typestr = "|u1" if layout.code is None else layout.typestr
        return {"version": 3, "shape": memory.shape, "typestr": typestr, "data": memory.cast("B")}

    def get_bytes(self):
        """The elements as GLib.Bytes, without a copy."""
        self._check_elements()
        return call(self._get_bytes, self)

    def get_view(self):
        """For view(), which is the one to use."""
        self._check_elements()
        return call(self._get_view, self)

    def dup_data(self):
        """A copy of the elements, as bytes."""
        self._check_elements()
        return call(self._dup_data, self)


_Pooled = Bufpool.Pooled


class Pooled(native.Handle, Elements, Bufpool.Pooled):
    """A buffer or an item of a pool."""

    __module__ = "gi.overrides.Bufpool"

    _get_bytes = staticmethod(_Pooled.get_bytes)
    _dup_data = staticmethod(_Pooled.dup_data)
    _get_view = staticmethod(_Pooled.get_view)

    length = property(_Pooled.get_length)
    element_type = property(_Pooled.get_element_type)
    element_size = property(_Pooled.get_element_size)
    capacity = property(_Pooled.get_capacity)

    def _no_elements(self):
        return TypeError("a handle of a pool of items has no elements: use its item")

    def __getitem__(self, index):
        """An element, or for a slice a memoryview, without a copy."""
        if not isinstance(index, slice):
            return self._get_element(index)
        layout = self._layout or self._find_layout()
        memory = native.map(self)
        return memory[index if layout.code is not None else self._to_bytes_index(index, layout)]

    def __setitem__(self, index, value):
        """Sets an element; or those of a slice, from a bytes-like object with as many."""
        layout = self._layout or self._find_layout()
        memory = native.map(self)
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


class PooledSlice(native.Slice, Elements, Bufpool.PooledSlice):
    """Elements to be read: what a reader got, or a part of that."""

    __module__ = "gi.overrides.Bufpool"

    _get_bytes = staticmethod(_PooledSlice.get_bytes)
    _dup_data = staticmethod(_PooledSlice.dup_data)
    _get_view = staticmethod(_PooledSlice.get_view)

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


class PooledView(native.View, Bufpool.PooledView):
    """Memory that is pinned as long as this exists: all that a buffer has, what a slice has, or
    what an adapter gives. It has the buffer protocol."""

    __module__ = "gi.overrides.Bufpool"

    def __len__(self):
        return self.get_size_bytes()

    def __repr__(self):
        return f"<Bufpool.PooledView: {self.get_size_bytes()} bytes, {self.get_length_bytes()} of them valid>"
