# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""How the planes of a frame lie in memory, and of what shape they are."""

import functools

import gi

gi.require_version("GstVideo", "1.0")
from gi.repository import Gst, GstVideo  # noqa: E402

# For each format its planes: how often the width and the height are halved, how many
# channels there are to a pixel, and what each of them is.


def _one(channels, typestr="|u1"):
    return ((0, 0, channels, typestr),)


_LUMA = _one(1)
_LUMA_16 = _one(1, "<u2")

_FORMATS = {
    "GRAY8": _LUMA,
    "GRAY16_LE": _LUMA_16,
    "GRAY16_BE": _one(1, ">u2"),
    "RGB": _one(3),
    "BGR": _one(3),
    "RGBA": _one(4),
    "BGRA": _one(4),
    "ARGB": _one(4),
    "ABGR": _one(4),
    "RGBx": _one(4),
    "BGRx": _one(4),
    "xRGB": _one(4),
    "xBGR": _one(4),
    "AYUV": _one(4),
    "VUYA": _one(4),
    "YUY2": _one(2),
    "UYVY": _one(2),
    "YVYU": _one(2),
    "VYUY": _one(2),
    "I420": _LUMA + 2 * ((1, 1, 1, "|u1"),),
    "YV12": _LUMA + 2 * ((1, 1, 1, "|u1"),),
    "Y42B": _LUMA + 2 * ((1, 0, 1, "|u1"),),
    "Y444": _LUMA + 2 * ((0, 0, 1, "|u1"),),
    "NV12": _LUMA + ((1, 1, 2, "|u1"),),
    "NV21": _LUMA + ((1, 1, 2, "|u1"),),
    "NV16": _LUMA + ((1, 0, 2, "|u1"),),
    "I420_10LE": _LUMA_16 + 2 * ((1, 1, 1, "<u2"),),
    "P010_10LE": _LUMA_16 + ((1, 1, 2, "<u2"),),
}
PACKED = tuple(name for name, planes in _FORMATS.items() if len(planes) == 1)


def _find_format(name):
    try:
        return _FORMATS[name]
    except KeyError:
        raise ValueError(f"{name} is none of the formats that arrays are made of: have videoconvert make one of "
                         f"{', '.join(_FORMATS)}") from None


class Plane:
    """One plane of frames of some caps, as they are unless the buffer says otherwise."""

    __slots__ = ("format", "frame_width", "frame_height", "height", "row_bytes", "shape", "inner_strides",
                 "typestr", "place")

    def __init__(self, info, number, x_shift, y_shift, channels, typestr):
        item_bytes = int(typestr[-1])
        width = -(-info.width >> x_shift)
        self.format = info.finfo.format
        self.frame_width = info.width
        self.frame_height = info.height
        self.height = -(-info.height >> y_shift)
        self.row_bytes = width * channels * item_bytes
        self.shape = (self.height, width) if channels == 1 else (self.height, width, channels)
        self.inner_strides = (item_bytes,) if channels == 1 else (channels * item_bytes, item_bytes)
        self.typestr = typestr
        self.place = (info.offset[number], info.stride[number])


@functools.lru_cache(maxsize=64)
def find_planes(caps):
    """The planes of frames of these caps, which come as text: caps as such are no key."""
    caps = Gst.Caps.from_string(caps)
    try:
        info = GstVideo.VideoInfo.new_from_caps(caps) if caps.is_fixed() else None
    except TypeError:                       # where it returns NULL
        info = None
    if info is None or info.finfo.format == GstVideo.VideoFormat.ENCODED:
        raise ValueError(f"arrays are made of frames of video/x-raw with a format and a size, not of "
                         f"{caps.to_string()}: use buffer_view(), which has the bytes of any buffer")
    planes = _find_format(info.finfo.name)
    if info.interlace_mode == GstVideo.VideoInterlaceMode.ALTERNATE:
        raise ValueError("a buffer of interlace-mode=alternate has one field of a frame: use buffer_view(), or "
                         "have deinterlace make frames")
    return tuple(Plane(info, number, *plane) for number, plane in enumerate(planes))


def find_places(buffer, planes):
    """Offset and stride of each plane: those of the buffer's video meta, if it has one."""
    meta = GstVideo.buffer_get_video_meta(buffer)
    if meta is None:
        return [plane.place for plane in planes]

    first = planes[0]
    if meta.format != first.format or meta.width < first.frame_width or meta.height < first.frame_height:
        raise ValueError(f"the buffer has a frame of {meta.width} × {meta.height} in {meta.format.value_nick}, and the "
                         f"caps are of {first.frame_width} × {first.frame_height} in {first.format.value_nick}: they "
                         f"are of another frame")
    return list(zip(meta.offset, meta.stride))[:len(planes)]


def find_stride(array, name):
    """The stride of an array that is a frame of this format."""
    planes = _find_format(name)
    if len(planes) != 1:
        raise ValueError(f"{name} has {len(planes)} planes, which are no single array: use one of {', '.join(PACKED)}, "
                         f"or leave out the format")
    _x, _y, channels, typestr = planes[0]
    is_frame = array.ndim == (2 if channels == 1 else 3) and (channels == 1 or array.shape[2] == channels)
    if not is_frame or array.dtype.str != typestr or array.size == 0:
        shape = "(height, width)" if channels == 1 else f"(height, width, {channels})"
        raise ValueError(f"a frame of {name} is an array of shape {shape} of {typestr}, not {array.shape} of "
                         f"{array.dtype.str}")
    return array.strides[0]


def add_video_meta(buffer, array, name, stride):
    """Says where the rows are, unless the caps do."""
    format = GstVideo.VideoFormat.from_string(name)
    height, width = array.shape[:2]
    info = GstVideo.VideoInfo()
    info.set_format(format, width, height)
    if info.stride[0] != stride:
        GstVideo.buffer_add_video_meta_full(buffer, GstVideo.VideoFrameFlags.NONE, format, width, height, 1,
                                            [0, 0, 0, 0], [stride, 0, 0, 0])
