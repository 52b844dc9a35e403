# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the elements of a pool are, as Python knows numbers."""

import operator
import sys
from collections import namedtuple

from gi.repository import GLib

from ..module import get_introspection_module

Bufpool = get_introspection_module("Bufpool")

# Elements: `code` is for struct and memoryview, None for elements of no type;
# `typestr` is for numpy; `size` is 0 in a pool of items.

Layout = namedtuple("Layout", "name size code typestr")

NATIVE_ORDER = "<" if sys.byteorder == "little" else ">"
LAYOUTS = {
    int(getattr(Bufpool.ElementType, name.upper())): Layout(name, size, code, NATIVE_ORDER + kind + str(size))
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


_MOST = GLib.MAXSIZE


def to_size(value):
    """Before PyGObject does: it leaks what it has converted when the next argument is wrong."""
    size = operator.index(value)
    if not 0 <= size <= _MOST:
        raise OverflowError(f"{size} is not a number from 0 to {_MOST}")
    return size
