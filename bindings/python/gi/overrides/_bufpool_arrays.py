# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Arrays of numpy whose memory is of a pool."""

import math
import operator

from ._bufpool_layouts import ITEMS

# Only programs that have arrays pay for its import
numpy = None
# By what numpy calls the elements of a pool
_dtypes = {}


def _find_dtype(layout):
    global numpy
    if layout is ITEMS:
        raise TypeError("an array needs a pool of elements, such as Bufpool.Pool(): this is one of items")
    import numpy
    dtype = _dtypes[layout.typestr] = numpy.dtype(layout.typestr)
    return dtype


def _make(pool, shape, dtype, order, zeroed):
    layout = pool._layout or pool._get_layout()
    own = _dtypes.get(layout.typestr) or _find_dtype(layout)
    if dtype is None:
        dtype = own
    else:
        dtype = numpy.dtype(dtype)
        if dtype.hasobject:
            raise TypeError("a buffer cannot hold Python objects: use numpy.empty()")

    try:
        shape = (operator.index(shape),)
    except TypeError:
        shape = tuple(map(operator.index, shape))
    if shape and min(shape) < 0:
        raise ValueError(f"the shape is {shape}, but an array has no negative lengths")
    n_bytes = math.prod(shape) * dtype.itemsize
    if n_bytes == 0:
        return numpy.empty(shape, dtype, order)

    # What it has for its base pins the buffer, and is all that does
    memory = pool._acquire_memory(-(-n_bytes // layout.size), zeroed)
    return numpy.ndarray(shape, dtype, memory, 0, None, order)


class Arrays:
    """What pools have of numpy."""

    def empty(self, shape, dtype=None, order="C"):
        """As numpy.empty(): an array whose elements are what happens to be there. Its buffer
        goes back to the pool with the last reference to the array or to any view of it.

        Without a dtype the array is of the pool's element type. It fails as acquire() does,
        for want of memory or by a limit, and may outlive the pool."""
        return _make(self, shape, dtype, order, False)

    def zeros(self, shape, dtype=None, order="C"):
        """As empty(), but zeroed."""
        return _make(self, shape, dtype, order, True)
