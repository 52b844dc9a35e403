# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Reads what examples/night-mode reads and writes, as far as a picture of it needs."""

import struct
import zlib

CROP_WIDTH, CROP_HEIGHT = 176, 128

# So many steps of grey can be told apart, and few of them are a small file
GREY_BITS = 5
SHIFTS = {"420": (1, 1), "420jpeg": (1, 1), "420mpeg2": (1, 1), "420paldv": (1, 1), "411": (2, 0), "422": (1, 0),
          "444": (0, 0)}

# Every so many rows and columns are looked at where a look is enough
SPARSE = 8


class FrameError(Exception):
    pass


class Picture:
    def __init__(self, width, height, grey):
        self.width = width
        self.height = height
        self.grey = grey        # bytes, row by row

    def row(self, y, x, width):
        return self.grey[y * self.width + x:y * self.width + x + width]


def read_header(path):
    """What the first line of a clip says, and what follows from it."""
    with open(path, "rb") as file:
        line = file.readline(1024)
    words = line.decode("ascii", "replace").split()
    values = {word[0]: word[1:] for word in words[1:]}
    colour = values.get("C", "420")
    if not words or words[0] != "YUV4MPEG2" or not {"W", "H"} <= values.keys() or colour not in {*SHIFTS, "mono"}:
        raise FrameError(f"{path}: it is no clip in the format YUV4MPEG2, of 8 bits")
    width, height = int(values["W"]), int(values["H"])
    frame_bytes = width * height
    if colour != "mono":
        x, y = SHIFTS[colour]
        frame_bytes += 2 * ((width + (1 << x) - 1) >> x) * ((height + (1 << y) - 1) >> y)
    frames = (path.stat().st_size - len(line)) // (frame_bytes + len(b"FRAME\n"))
    return {"width": width, "height": height, "frame_bytes": frame_bytes, "frames": frames}


def extract_frame(clip, number, path):
    """Writes a clip of that frame alone, counted from 0."""
    header = read_header(clip)
    with open(clip, "rb") as file:
        first = file.readline()
        size = len(b"FRAME\n") + header["frame_bytes"]
        file.seek(number * size, 1)
        frame = file.read(size)
    path.write_bytes(first + frame)


def read_picture(path):
    """The grey of a PPM or PGM file as night-mode writes it."""
    data = path.read_bytes()
    magic, size, _, samples = data.split(b"\n", 3)
    width, height = map(int, size.split())
    if magic == b"P6":
        # Green is nearly as bright as all of them together
        samples = samples[1::3]
    return Picture(width, height, samples)


def get_sparse(picture):
    return b"".join(picture.row(y, 0, picture.width)[::SPARSE] for y in range(0, picture.height, SPARSE))


def measure_difference(one, other):
    return sum(abs(a - b) for a, b in zip(one, other))


def find_quietest(pictures):
    """The picture, counted from 0, that differs least from those beside it."""
    sparse = [get_sparse(picture) for picture in pictures]
    # The last one may be of few frames, and a first one of a scene that just begins
    inner = range(1, len(sparse) - 2)
    if not inner:
        return 0
    return min(inner, key=lambda i: measure_difference(sparse[i], sparse[i - 1])
               + measure_difference(sparse[i], sparse[i + 1]))


def measure_detail(picture, place):
    x, y, width, height = place
    return sum(measure_difference(row, row[1:])
               for row in (picture.row(y + down, x, width) for down in range(0, height, SPARSE)))


def find_detail(picture):
    """The part with most edges: its place and size."""
    width, height = min(CROP_WIDTH, picture.width), min(CROP_HEIGHT, picture.height)
    places = [(x, y, width, height)
              for y in range(0, picture.height - height + 1, height // 4 or 1)
              for x in range(0, picture.width - width + 1, width // 4 or 1)]
    return max(places, key=lambda place: measure_detail(picture, place))


def make_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def make_png(picture, place):
    """A part of a picture as a PNG file of few greys."""
    x, y, width, height = place
    steps = (1 << GREY_BITS) - 1
    colours = bytes(value for step in range(steps + 1) for value in [step * 255 // steps] * 3)
    to_step = bytes((value * steps + 127) // 255 for value in range(256))
    rows = b"".join(b"\0" + picture.row(y + down, x, width).translate(to_step) for down in range(height))
    return (b"\x89PNG\r\n\x1a\n"
            + make_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
            + make_chunk(b"PLTE", colours)
            + make_chunk(b"IDAT", zlib.compress(rows, 9))
            + make_chunk(b"IEND", b""))
