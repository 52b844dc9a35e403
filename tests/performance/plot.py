#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what bufpool-bench measured.

    bufpool-bench --format=json > benchmark.json
    plot.py benchmark.json FOLDER

makes one SVG per kind of work in FOLDER. The same JSON gives the same files,
byte for byte, with the same matplotlib.
"""

from matplotlib import pyplot

from plot_bars import draw_crowds, draw_group, draw_large, draw_sizes
from plot_input import read_arguments
from plot_lines import draw_threads
from plot_style import STYLE

FEW = (1, 2, 4, 8)
LARGEST_CYCLE = 1 << 20


def main():
    rows, folder = read_arguments("bufpool-bench", lambda row: "workload" in row)
    # Which is malloc() since GLib 2.76
    rows = [row for row in rows if row["subject"] != "g_slice"]

    with pyplot.rc_context(STYLE):
        # What a larger one shows is the same again
        draw_sizes([row for row in rows if row["size"] <= LARGEST_CYCLE], folder, "cycle",
                   "Take a buffer and give it back",
                   "one thread: acquire, touch a byte, release · ns per pair, shorter is better")
        draw_sizes(rows, folder, "hold", "Take 64 buffers, then give 64 back",
                   "one thread, a byte of each touched · ns per buffer, shorter is better")
        draw_sizes(rows, folder, "handoff", "Hand buffers to another thread",
                   "one thread acquires, another releases · ns per buffer, shorter is better")
        draw_group(rows, folder, "few", "Hand over, with few under way",
                   "the next buffer is acquired when one was released · ns per buffer, shorter is better",
                   [(f"{few} under way", f"handoff-{few}", 2) for few in FEW])
        draw_group(rows, folder, "things", "Hand objects and items to another thread",
                   "from a pool, or made and freed each time · ns for each, shorter is better",
                   [(f"{words}, {few} under way", f"{things}-{few}", 2)
                    for things, words in (("objects", "GObjects"), ("items", "structures"),
                                          ("costly", "1 µs to make")) for few in (FEW[0], FEW[-1])])
        draw_threads(rows, folder)
        draw_group(rows, folder, "tight", "Pools that keep too little",
                   "64 buffers of 256 bytes held by each thread · ns per buffer, shorter is better",
                   [("max-buffers 32, 1 thread", "too-small", 1), ("max-buffers 32, 8 threads", "too-small", 8),
                    ("max-buffers 0, 1 thread", "keeps-nothing", 1),
                    ("max-buffers 0, 2 threads", "keeps-nothing", 2)])
        draw_group(rows, folder, "burst", "1000 buffers at once, of which a pool keeps 64",
                   "one thread, a byte of each touched · ns per buffer, shorter is better",
                   [("by itself", "burst", 1), ("after 1000 threads by turns", "burst-after-turns", 1),
                    ("after 1000 threads at once", "burst-after-crowd", 1),
                    ("after 1000 of another pool", "burst-after-others", 1)])
        draw_crowds(rows, folder, "bleed", "Buffers freed by threads that did not make them",
                    "batches of 256 wander between threads · ns per release and acquire, shorter is better")
        draw_crowds(rows, folder, "survivors", "Threads die, their buffers live on",
                    "ns per release and acquire, with creating the threads · shorter is better")
        draw_large(rows, folder, "large", "each written completely")
        draw_large(rows, folder, "large-touched", "one byte of each page written")


if __name__ == "__main__":
    main()
