#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what measure-limits.py measured.

    measure-limits.py RECORDER > limits.json
    plot-limits.py limits.json FOLDER

makes limits-memory.svg in FOLDER.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

# pylint: disable=wrong-import-position
from plot_input import read_data  # noqa: E402
from plot_style import (ACCENT, ALARM, FAINT_INK, STYLE, machine_of, make_quiet, open_single,  # noqa: E402
                        save, write_around)
from matplotlib import pyplot, ticker  # noqa: E402

TITLE = "Memory over time, with limits and without"
PLOT_INCHES = 3.0
AXIS_INCHES = 0.5
LABEL_INCHES = 1.75
MIB = 1 << 20


def name_rate(text):
    return text.replace("MiB", " MiB")


def columns_of(data, run):
    """Seconds and MiB of the process, of one run."""
    keys = data["keys"]
    samples = data["runs"][run]["samples"]
    return ([sample[keys.index("milliseconds")] / 1000 for sample in samples],
            [sample[keys.index("process_bytes")] / MIB for sample in samples])


def find_end_of_sending(data, run):
    """When the sources had nothing more to send, in seconds."""
    keys = data["keys"]
    samples = data["runs"][run]["samples"]
    read = keys.index("read_bytes")
    return next(sample[keys.index("milliseconds")] / 1000 for sample in samples if sample[read] == samples[-1][read])


def draw_axes(axes, seconds, top):
    axes.set_xlim(0, seconds)
    axes.set_ylim(0, top)
    axes.yaxis.set_major_locator(ticker.MaxNLocator(5))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f} MiB")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} s")
    make_quiet(axes)
    axes.tick_params(axis="x", pad=7)


def note(axes, text, place, offset, align):
    axes.annotate(text, place, xytext=offset, textcoords="offset points", ha=align, va="center",
                  fontsize=8.5, color=FAINT_INK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})


def draw(data, path):
    figure, height, axes = open_single(PLOT_INCHES, AXIS_INCHES, LABEL_INCHES)
    free, limited = columns_of(data, "without"), columns_of(data, "with")
    seconds = max(free[0][-1], limited[0][-1])
    budget = float(data["budget"].removesuffix("MiB"))
    draw_axes(axes, seconds, max(free[1]) * 1.12)

    axes.axhline(budget, color=ACCENT, linewidth=0.8, linestyle=":", zorder=2)
    axes.plot(*free, color=ALARM, linewidth=1.8, zorder=3)
    axes.plot(*limited, color=ACCENT, linewidth=2.8, zorder=4)

    end = find_end_of_sending(data, "without")
    note(axes, "All is sent, and a quarter of it written.\nWhat comes back now lies idle in the pools.",
         (end, max(free[1])), (8, -16), "left")
    note(axes, f"Budget of {budget:.0f} MiB: the sources wait for the writer.", (seconds / 2, budget), (0, -12), "center")
    for run, label, place, color in (("without", "without limits", free[1][-1], ALARM),
                                     ("with", "with limits", limited[1][-1], ACCENT)):
        axes.annotate(f"{label}\n{data['runs'][run]['process_mib']:.0f} MiB at most", (seconds, place), xytext=(8, 0),
                      textcoords="offset points", va="center", color=color, weight="bold", linespacing=1.4)

    write_around(figure, height, TITLE,
                 f"{data['sources']} sources send {name_rate(data['source_rate'])} a second each; the writer takes "
                 f"{name_rate(data['writer_rate'])} a second · memory of the process",
                 f"{machine_of(data)} · {data['date']} · "
                 f"one run of examples/recorder each, bufpool {data['bufpool']}")
    save(figure, path, TITLE)


def main():
    data, path = read_data("limits-memory.svg")
    with pyplot.rc_context(STYLE):
        draw(data, path)


if __name__ == "__main__":
    main()
