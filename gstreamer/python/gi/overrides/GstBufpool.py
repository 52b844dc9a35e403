# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Frames for Python without a copy, in both directions.

    frame = GstBufpool.frame_array(sample)             # numpy, (height, width, channels)
    buffer = GstBufpool.buffer_from_array(frame, "RGB")

What these return may be kept as long as you like. An array keeps the Gst.Buffer that
it is of, mapped, and a Gst.Buffer the array; each is given up with the last reference, in
any thread.
"""

import gi

gi.require_version("Gst", "1.0")
gi.require_version("Bufpool", "1.0")
from gi.repository import Bufpool, GObject, Gst  # noqa: E402

from ..module import get_introspection_module  # noqa: E402
from . import _gst_bufpool_formats as _formats  # noqa: E402
from ._bufpool_errors import call  # noqa: E402

GstBufpool = get_introspection_module("GstBufpool")

__all__ = ["buffer_view", "frame_array", "frame_planes", "buffer_from_array"]

_READ = Gst.MapFlags.READ
_READ_WRITE = int(_READ | Gst.MapFlags.WRITE)
_get_extent = Bufpool.PooledView.get_extent


def _to_buffer(frame):
    buffer = frame.get_buffer() if isinstance(frame, Gst.Sample) else frame
    if not isinstance(buffer, Gst.Buffer):
        raise TypeError("the sample has no buffer" if buffer is None else
                        f"{frame!r} is neither a Gst.Buffer nor a Gst.Sample")
    return buffer


def _pin(buffer, flags):
    if not int(flags) & _READ_WRITE:
        raise ValueError("a view is for reading, writing or both: give Gst.MapFlags.READ or READ | WRITE")
    return call(GstBufpool.buffer_view, buffer, flags)


def buffer_view(buffer, flags=_READ):
    """All bytes of a Gst.Buffer, or of that of a Gst.Sample, as a memoryview, without a copy:
    read-only unless flags have Gst.MapFlags.WRITE. That needs a buffer with no other
    reference, or raises BusyError. The memory of a buffer in several pieces is merged
    first, which is a copy."""
    return _pin(_to_buffer(buffer), flags).view()


class _Plane:
    """What an array is made of, and keeps as its base."""

    __slots__ = ("__array_interface__", "pin")


def frame_planes(frame, caps=None, flags=_READ):
    """The planes of a frame of raw video as numpy arrays, in GStreamer's order, without a copy.
    They are of shape (height, width), or (height, width, channels) where a plane has
    several, and have the strides of the frame.

    A Gst.Sample brings its caps; with a Gst.Buffer give them. As for flags, and a
    buffer in several pieces, see buffer_view()."""
    import numpy

    buffer = _to_buffer(frame)
    if caps is None and isinstance(frame, Gst.Sample):
        caps = frame.get_caps()
    if caps is None:
        raise TypeError("a Gst.Buffer does not say what is in it: give its caps, or a Gst.Sample")
    planes = _formats.find_planes(caps.to_string())
    places = _formats.find_places(buffer, planes)

    pin = _pin(buffer, flags)
    address, size, _length = _get_extent(pin)
    is_read_only = not pin.is_writable()
    arrays = []
    for plane, (offset, stride) in zip(planes, places):
        if stride < plane.row_bytes or offset + stride * (plane.height - 1) + plane.row_bytes > size:
            raise ValueError(f"a frame of {caps.to_string()} does not fit the buffer's {size} bytes: "
                             f"its caps are of another frame")
        base = _Plane()
        base.pin = pin
        base.__array_interface__ = {
            "version": 3, "shape": plane.shape, "typestr": plane.typestr,
            "strides": (stride, *plane.inner_strides), "data": (address + offset, is_read_only),
        }
        arrays.append(numpy.asarray(base))
    return tuple(arrays)


def frame_array(frame, caps=None, flags=_READ):
    """A frame of raw video with one plane, such as RGB, BGRx or GRAY8, as a numpy array; see
    frame_planes(). Of other frames it raises ValueError: videoconvert can make them RGB."""
    arrays = frame_planes(frame, caps, flags)
    if len(arrays) != 1:
        raise ValueError(f"a frame of {len(arrays)} planes is no single array: use frame_planes(), or have "
                         f"videoconvert make one of {', '.join(_formats.PACKED)}")
    return arrays[0]


def buffer_from_array(array, format=None, *, writable=False):
    """A Gst.Buffer of the memory of a numpy array, or of any other bytes-like object, without
    a copy. The buffer keeps the array, and gives it up, with the GIL, when the
    memory is freed. Do not change the array before.

    With a format, such as "RGB", the array is a frame, and the buffer says how its rows lie
    where that is not what the caps say. Elements that change frames in place copy first,
    unless the memory is writable.

    A Bufpool.Pooled is given as it is, too: its buffer goes back to its pool without
    the GIL, which is best."""
    if isinstance(array, Bufpool.Pooled):
        if format is not None or writable:
            raise TypeError("of a Bufpool.Pooled a buffer is made as it is: leave out format and writable, or give "
                            "an array of it")
        buffer = Gst.Buffer.new()
        buffer.append_memory(call(GstBufpool.memory_new_wrapped, array, 0, -1))
        return buffer

    import numpy

    if not isinstance(array, numpy.ndarray):
        array = numpy.asarray(array if hasattr(array, "__array_interface__") else memoryview(array))
    if array.dtype.hasobject:
        raise TypeError("an array of Python objects has no bytes to be sent")
    if not array.flags.c_contiguous:
        raise ValueError("the array is not contiguous, so that its memory cannot be sent as it is: "
                         "numpy.ascontiguousarray() makes a copy that can")
    if writable and not array.flags.writeable:
        raise ValueError("the array is read-only: leave out writable=True, or copy it")
    stride = None if format is None else _formats.find_stride(array, format)

    buffer = Gst.Buffer.new()
    if array.nbytes > 0:
        flags = Gst.MemoryFlags(0) if writable else Gst.MemoryFlags.READONLY
        owner = GObject.Value(GObject.TYPE_PYOBJECT, array)
        address = array.__array_interface__["data"][0]
        buffer.append_memory(GstBufpool.memory_new_with_owner(address, array.nbytes, flags, owner))
    if stride is not None:
        _formats.add_video_meta(buffer, array, format, stride)
    return buffer
