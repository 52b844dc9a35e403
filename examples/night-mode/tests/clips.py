# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Makes clips, says what pictures they give, and reads what the program says."""

import csv
import os
import random
import re

import programs

# How many columns and rows a plane of colour has less, as a power of two
SHIFTS = {"420": (1, 1), "422": (1, 0), "411": (2, 0), "444": (0, 0), "mono": None}
UNITS = {"bytes": 1, "MiB": 1 << 20}


def measure_planes(width, height, colour):
    planes = [(width, height)]
    if SHIFTS[colour]:
        x, y = SHIFTS[colour]
        planes += [(-(-width // (1 << x)), -(-height // (1 << y)))] * 2
    return planes


def count_bytes(width, height, colour="420"):
    return sum(columns * rows for columns, rows in measure_planes(width, height, colour))


def make_frames(number, size, seed=7):
    """Frames that are much the same, but for noise."""
    source = random.Random(seed)
    scene = source.randbytes(size)
    return [bytes(max(0, min(255, value + source.randrange(-9, 10))) for value in scene) for _ in range(number)]


def make_clip(frames, width, height, colour="420", words=""):
    return (f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C{colour}{words}\n".encode("ascii")
            + b"".join(b"FRAME\n" + frame for frame in frames))


def average(frames):
    """The mean without the frame that is farthest from that of all, and which one that is."""
    def find_mean(some):
        return bytes((sum(values) + len(some) // 2) // len(some) for values in zip(*some))

    mean = find_mean(frames)
    if len(frames) < 3:
        return mean, None
    distances = [sum(abs(a - b) for a, b in zip(frame, mean)) for frame in frames]
    farthest = distances.index(max(distances))
    return find_mean(frames[:farthest] + frames[farthest + 1:]), farthest


def to_sample(value):
    """Of a sum of factors in units of 1/65536, rounded as C does it."""
    value += 32768
    return max(0, min(255, abs(value) // 65536 * (1 if value >= 0 else -1)))


def make_picture(samples, width, height, colour):
    """A PPM or PGM file."""
    planes = []
    for columns, rows in measure_planes(width, height, colour):
        planes.append((columns, samples[:columns * rows]))
        samples = samples[columns * rows:]
    if colour == "mono":
        return f"P5\n{width} {height}\n255\n".encode("ascii") + planes[0][1]
    shift_x, shift_y = SHIFTS[colour]
    rgb = bytearray()
    for y in range(height):
        for x in range(width):
            luma = (planes[0][1][y * width + x] - 16) * 76309
            u, v = (plane[(y >> shift_y) * columns + (x >> shift_x)] - 128 for columns, plane in planes[1:])
            rgb += bytes((to_sample(luma + v * 104597), to_sample(luma - u * 25675 - v * 53279),
                          to_sample(luma + u * 132201)))
    return f"P6\n{width} {height}\n255\n".encode("ascii") + rgb


def split(frames, burst):
    return [frames[i:i + burst] for i in range(0, len(frames), burst)]


def expect_pictures(frames, width, height, colour, burst):
    kind = "pgm" if colour == "mono" else "ppm"
    return {f"picture-{number:04}.{kind}": make_picture(average(part)[0], width, height, colour)
            for number, part in enumerate(split(frames, burst), 1)}


def read_size(text):
    number, unit = re.match(r"([\d.]+) (\w+)", text).groups()
    return float(number) * UNITS[unit]


class NightModeTest(programs.ProgramTest):
    def make_pictures(self, clip, *options):
        """Runs the program; what it wrote, and what it said by the words before it."""
        output = self.folder / f"pictures-{len(os.listdir(self.folder))}"
        out = self.run_well("--output", output, *options, clip)
        summary = dict(re.split(r"  +", line.strip(), maxsplit=1) for line in out.splitlines()[1:])
        return {path.name: path.read_bytes() for path in output.iterdir()}, summary

    def read_log(self, path):
        with open(path, encoding="ascii") as file:
            return [{key: int(value) for key, value in line.items()} for line in csv.DictReader(file)]
