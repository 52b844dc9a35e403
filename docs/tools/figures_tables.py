# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tables of measured figures, as Markdown."""

import functools

from figures_adoption import write_adoption
from figures_alternatives import (
    write_alternatives, write_losses, write_many, write_older_alternatives, write_own, write_things,
    write_under_pressure,
)
from figures_data import GST_VERSIONS, format_ns, format_size
from figures_night_mode import write_night_mode
from figures_packages import write_packages
from figures_places import write_place_faults, write_places
from figures_rows import write_cell, write_figures, write_row

GST_SUBJECTS = {
    "system": "system memory",
    "stock-pool": "GstBufferPool",
    "bp-allocator": "GstBpAllocator",
    "bp-pool": "GstBpBufferPool",
}

# Likewise, for gst-bufpool-bench
GST_WORK = [
    ("1400 bytes", "cycle", 1400, 1),
    ("1400 bytes, 4 pairs of threads", "pairs", 1400, 8),
    ("1400 bytes, 8 threads", "crowd", 1400, 8),
    ("1400 bytes, memory still in use", "tee", 1400, 1),
    ("1080p", "cycle", 3110400, 1),
    ("1080p, 8 pairs of threads", "pairs", 3110400, 16),
    ("1080p, memory still in use", "tee", 3110400, 1),
    ("1080p, after a burst of 32", "burst", 3110400, 1),
    ("caps change, 1080p and 720p", "renegotiate", 3110400, 1),
    ("processor time of a wait of 100 ms", "exhaustion", 1400, 1),
]
# Of a wait, it is not the time that counts
GST_KEYS = {"exhaustion": "cpu_ns_per_op"}

# What pipelines.py runs, in the order of a cell
PIPELINE_WAYS = ("without", "allocator", "pool")

# What is said of a workload of bindings-bench.py and of its subjects
BINDINGS = {
    "python-touch": ("Python, one byte written", {
        "bufpool": "`acquire()`, `view()`", "bufpool-sized": "the same, zeroed", "bytearray": "`bytearray(n)`"}),
    "python-numpy": ("numpy, one byte written", {
        "bufpool": "`acquire()`, `asarray()`", "bufpool-sized": "the same, zeroed",
        "bufpool-empty": "`pool.empty(n)`", "numpy-empty": "`numpy.empty(n)`", "numpy-zeros": "`numpy.zeros(n)`"}),
    "python-write": ("Python, all written", {
        "bufpool": "`acquire()`, `view()`", "bufpool-empty": "`pool.empty(n)`", "bytearray": "`bytearray(n)`",
        "numpy-empty": "`numpy.empty(n)`"}),
    "python-frames": ("numpy, eight in hand, all written", {
        "bufpool-empty": "`pool.empty(n)`", "bufpool-zeros": "`pool.zeros(n)`", "numpy-empty": "`numpy.empty(n)`",
        "numpy-zeros": "`numpy.zeros(n)`"}),
    "javascript-touch": ("JavaScript, one byte written", {
        "bufpool": "`withBuffer()`", "bufpool-sized": "the same, zeroed", "uint8array": "`new Uint8Array(n)`"}),
    "javascript-write": ("JavaScript, all written", {
        "bufpool": "`withBuffer()`", "uint8array": "`new Uint8Array(n)`"}),
}


def write_gstreamer(data, version):
    return write_figures(functools.partial(data.find_gstreamer, version), GST_SUBJECTS, GST_WORK, GST_KEYS)


def write_change(figures, text, least):
    """Without bpalloc and with it; bold where it gains a tenth or more, slanted where it loses as much, and
    it is not a difference of noise."""
    without, *others = figures
    words = [text(without)]
    for figure in others:
        notable = abs(figure - without) >= max(0.1 * without, least)
        mark = "" if not notable else "**" if figure < without else "*"
        words.append(f"{mark}{text(figure)}{mark}")
    return " / ".join(words)


def write_pipelines(data, version):
    """A line for each pipeline; without bpalloc, with its allocator, and with its buffer pool."""
    text = write_row(["pipeline", "processor time, s", "page faults, thousands", "peak memory, MB"])
    text += write_row(["---", "---:", "---:", "---:"])
    for name in dict.fromkeys(row["pipeline"] for row in data.pipelines[version]["rows"]):
        rows = [data.find_pipeline(version, name, way) for way in PIPELINE_WAYS]
        text += write_row([
            name,
            write_change([row["cpu"] for row in rows], "{:.2f}".format, 0.02),
            write_change([row["faults"] / 1e3 for row in rows], "{:.1f}".format, 0.5),
            write_change([row["peak"] / 1e6 for row in rows], "{:.0f}".format, 4),
        ])
    return text


def write_bindings(data):
    """One column for each size; the best of a workload is bold."""
    sizes = sorted({row["size"] for row in data.bindings})
    text = write_row(["", "", *map(format_size, sizes)])
    text += write_row(["---", "---", *["---:"] * len(sizes)])
    for workload, (words, subjects) in BINDINGS.items():
        best = {}
        for size in sizes:
            rows = [data.find_binding(workload, subject, size) for subject in subjects]
            best[size] = min((row["ns_per_op"] for row in rows if row["ns_per_op"] is not None), default=None)
        for subject, name in subjects.items():
            text += write_row([words, name, *[write_cell(data.find_binding(workload, subject, size), "ns_per_op",
                                                         best[size]) for size in sizes]])
            words = ""
    return text


FRAME_WORK = {"one": "one at a time", "keep": "the last 30 kept", "push": "pushed into an appsrc"}
FRAME_SUBJECTS = {
    "map-copy": "`buffer.map()`, `copy()`, unmap",
    "extract-dup": "`buffer.extract_dup()`",
    "map-in-place": "`buffer.map()`, used in place, unmap",
    "frame-array": "`frame_array()`",
    "new-wrapped": "`new_wrapped (array.tobytes ())`",
    "fill": "`new_allocate()`, `fill (array.tobytes ())`",
    "array": "`buffer_from_array()`, a new array each time",
    "pooled": "`buffer_from_array()`, a handle of a pool",
    "buffer-pool": "`BufferPool`, `frame_array()`",
}


def write_gstreamer_frames(data):
    text = write_row(["", "", "copied", "time", "processor time", "page faults", "peak memory"])
    text += write_row(["---", "---", *["---:"] * 5])
    for workload, words in FRAME_WORK.items():
        rows = [row for row in data.frames if row["workload"] == workload]
        best = min(row["ns_per_frame"] for row in rows)
        for row in rows:
            text += write_row([words, FRAME_SUBJECTS[row["subject"]], f"{row['copied_per_frame'] / 1e6:.1f} MB",
                               write_cell({"status": "ok", **row}, "ns_per_frame", best),
                               format_ns(row["cpu_ns_per_frame"]), f"{row['faults_per_frame']:.0f}",
                               f"{row['peak_mib']:.0f} MiB"])
            words = ""
    return text


TABLES = {
    "adoption": write_adoption,
    "gstreamer-frames": write_gstreamer_frames,
    "bindings": write_bindings,
    **{f"{name}-{version}": functools.partial(write, version=version) for version in GST_VERSIONS
       for name, write in (("gstreamer", write_gstreamer), ("pipelines", write_pipelines))},
    "gstreamer-places": write_places,
    "gstreamer-faults": write_place_faults,
    "alternatives": write_alternatives,
    "alternatives-12": write_older_alternatives,
    "own": write_own,
    "losses": write_losses,
    "under-pressure": write_under_pressure,
    "things": write_things,
    "many": write_many,
    "night-mode": write_night_mode,
    "packages": write_packages,
}
