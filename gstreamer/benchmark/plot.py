#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what gst-bufpool-bench measured.

    gst-bufpool-bench --format=json > gstreamer.json
    plot.py gstreamer.json FOLDER

makes one SVG per workload in FOLDER, named gstreamer-WORKLOAD.svg. They look as
those of bufpool-bench do, with whose code they are drawn.
"""

import pathlib
import sys

from matplotlib import pyplot

COMMON = pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"
sys.path.insert(0, str(COMMON))

from plot_bars import Panel, draw_compared, draw_panels  # noqa: E402
from plot_input import read_arguments  # noqa: E402
from plot_style import (NAMES, STYLE, cells_of, format_mib,  # noqa: E402
                        format_number, format_threads)

# What the plots call a subject. The style knows bufpool's by the beginning.
SUBJECTS = {
    "system": ("system", "system memory"),
    "stock-pool": ("stock-pool", "GstBufferPool"),
    "video-pool": ("video-pool", "GstVideoBufferPool"),
    "bp-allocator": ("bufpool-allocator", "GstBpAllocator"),
    "stock-on-bp": ("bufpool-stock", "GstBufferPool on that"),
    "bp-pool": ("bufpool", "GstBpBufferPool"),
}

SIZES = {
    1400: "1400 bytes",
    115200: "320 × 240",
    3110400: "1920 × 1080",
}

SHORTER = "shorter is better"


def name_subjects(rows):
    for row in rows:
        row["subject"], name = SUBJECTS[row["subject"]]
        NAMES[row["subject"]] = name
        own = row["subject"].startswith("bufpool")
        row["library"] = "bufpool" if own else "GStreamer"
        row["version"] = row["bufpool"] if own else row["gstreamer"]
        row.setdefault("ns_per_op", None)


def title_of(size):
    return SIZES.get(size, f"{size} bytes")


def draw_times(rows, folder, workload, title, subtitle, name_panel, sizes=None):
    cells = {cell: of_cell for cell, of_cell in cells_of(rows, workload).items()
             if sizes is None or cell[0] in sizes}
    if not cells:
        return
    panels = [Panel(name_panel(*cell), of_cell) for cell, of_cell in cells.items()]
    draw_compared(folder / f"gstreamer-{workload}.svg", title, f"{subtitle} · {SHORTER}", panels)


def draw_costs(rows, folder, workload, title, subtitle, size):
    """Time, page faults and memory of one size, side by side."""
    cells = cells_of(rows, workload)
    cell = next((of_cell for (of_size, _), of_cell in cells.items() if of_size == size), None)
    if cell is None:
        cell = next(iter(cells.values()), None)
    if cell is None:
        return
    time = Panel("time", cell)
    panels = [
        time,
        Panel("page faults", cell, "page_faults", format_number, time.rows),
        Panel("memory at the end", cell, "rss_kib", format_mib, time.rows),
    ]
    draw_panels(folder / f"gstreamer-{workload}.svg", title, f"{subtitle} · {SHORTER}", cell, panels,
                columns=3, shared_names=True)


def main():
    rows, folder = read_arguments("gst-bufpool-bench", lambda row: "gstreamer" in row)
    name_subjects(rows)

    with pyplot.rc_context(STYLE):
        draw_times(rows, folder, "cycle", "Acquire, write, release",
                   "one thread · ns per buffer", lambda size, _: title_of(size))
        draw_times(rows, folder, "pairs", "From thread to thread",
                   "pairs of a producer and a consumer on one pool · ns per buffer",
                   lambda size, threads: f"{title_of(size)}, {format_threads(threads)}",
                   (1400, 3110400))
        draw_times(rows, folder, "crowd", "Many threads on one pool",
                   "acquire, write 1400 bytes, release · ns per buffer, all threads together",
                   lambda _, threads: format_threads(threads))
        draw_costs(rows, folder, "tee", "Behind a tee",
                   "memory still in use when its buffer comes back, 1920 × 1080 · per buffer", 3110400)
        draw_costs(rows, folder, "renegotiate", "Caps that change",
                   "1080p and 720p in turns, 4 buffers each · per change", 3110400)
        draw_costs(rows, folder, "burst", "After a burst of 32 pictures",
                   "1920 × 1080, one at a time · per buffer", 3110400)


if __name__ == "__main__":
    main()
