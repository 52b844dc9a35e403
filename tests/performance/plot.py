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

from plot_bars import draw_crowds, draw_large, draw_sizes
from plot_input import read_arguments
from plot_lines import draw_threads
from plot_style import STYLE


def main():
    rows, folder = read_arguments("bufpool-bench", lambda row: "workload" in row)

    with pyplot.rc_context(STYLE):
        draw_sizes(rows, folder, "cycle", "Take a buffer and give it back",
                   "one thread: acquire, touch a byte, release · ns per pair, shorter is better")
        draw_sizes(rows, folder, "hold", "Take 64 buffers, then give 64 back",
                   "one thread, a byte of each touched · ns per buffer, shorter is better")
        draw_sizes(rows, folder, "handoff", "Hand buffers to another thread",
                   "one thread acquires, another releases · ns per buffer, shorter is better")
        draw_threads(rows, folder)
        draw_crowds(rows, folder, "bleed", "Buffers freed by threads that did not make them",
                    "batches of 256 wander between threads · ns per release and acquire, shorter is better")
        draw_crowds(rows, folder, "survivors", "Threads die, their buffers live on",
                    "ns per release and acquire, with creating the threads · shorter is better")
        draw_large(rows, folder)


if __name__ == "__main__":
    main()
