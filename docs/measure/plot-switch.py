#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what measure-switch.py measured.

    measure-switch.py GST_REPLAY > gstreamer-switch.json
    plot-switch.py gstreamer-switch.json FOLDER

makes gstreamer-switch.svg in FOLDER.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

# pylint: disable=wrong-import-position
from plot_input import read_data  # noqa: E402
from plot_style import (ACCENT, ALARM, BASELINE, FAINT_INK, STYLE, machine_of, make_quiet,  # noqa: E402
                        open_single, save, write_around)
from matplotlib import rc_context, ticker  # noqa: E402

TITLE = "Memory of the process while the picture changes its size"
PLOT_INCHES = 3.0
AXIS_INCHES = 0.5
LABEL_INCHES = 1.75
MIDDLE = "#62a0ea"
LINES = (
    ("stock", "stock pool", ALARM, 1.8),
    ("bufpool", "bpalloc", MIDDLE, 1.8),
    ("limited", "bpalloc, {limit:.0f} MB", ACCENT, 2.8),
)
# Labels closer than this, in parts of the plot's height, are moved apart.
LABEL_DISTANCE = 0.15


def columns_of(run):
    """Seconds and MB of the process."""
    return [sample[0] / 1000 for sample in run["samples"]], [sample[1] * 1024 / 1e6 for sample in run["samples"]]


def name_size(size):
    return f"{size[0]} × {size[1]}"


def draw_phases(axes, data, seconds, top):
    for phase in range(round(seconds / data["phase_seconds"])):
        begin = phase * data["phase_seconds"]
        is_large = phase % 2 == 0
        if is_large:
            axes.axvspan(begin, begin + data["phase_seconds"], facecolor=BASELINE, edgecolor="none", zorder=0)
        axes.text(begin + data["phase_seconds"] / 2, top * 0.955, name_size(data["large" if is_large else "small"]),
                  ha="center", va="center", fontsize=8.5, color=FAINT_INK)


def place_labels(ends, top):
    """From the lowest to the highest, each far enough from the one below."""
    places = {}
    lowest = 0
    for name, value in sorted(ends.items(), key=lambda end: end[1]):
        places[name] = max(value, lowest)
        lowest = places[name] + LABEL_DISTANCE * top
    return places


def draw_label(axes, text, color, seconds, place):
    axes.annotate(text, (seconds, place), xytext=(8, 0), textcoords="offset points", va="center", color=color,
                  weight="bold", linespacing=1.4, fontsize=8.5)


def draw(data, path):
    figure, height, axes = open_single(PLOT_INCHES, AXIS_INCHES, LABEL_INCHES)
    columns = {name: columns_of(run) for name, run in data["runs"].items()}
    seconds = max(times[-1] for times, _ in columns.values())
    top = max(max(sizes) for _, sizes in columns.values()) * 1.2
    axes.set_xlim(0, seconds)
    axes.set_ylim(0, top)
    axes.yaxis.set_major_locator(ticker.MaxNLocator(5))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f} MB")
    axes.xaxis.set_major_locator(ticker.MultipleLocator(data["phase_seconds"]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} s")
    make_quiet(axes)
    axes.tick_params(axis="x", pad=7)
    draw_phases(axes, data, seconds, top)

    places = place_labels({name: sizes[-1] for name, (_, sizes) in columns.items()}, top)
    for order, (name, label, color, width) in enumerate(LINES):
        run = data["runs"][name]
        axes.plot(*columns[name], color=color, linewidth=width, zorder=3 + order)
        draw_label(axes, f"{label.format(limit=run['limit_mb'])}\n{max(columns[name][1]):.0f} MB at most, "
                   f"{columns[name][1][-1]:.0f} at last", color, seconds, places[name])

    written = ", ".join(str(data["runs"][name]["frames_written"]) for name, *_ in LINES)
    write_around(figure, height, TITLE,
                 f"A writer of {data['written_mb']:.0f} MB a second; {data['kept']} frames are kept",
                 f"{machine_of(data)} · {data['date']} · one run each, GStreamer {data['gstreamer']} · "
                 f"frames written: {written}")
    save(figure, path, TITLE)


def main():
    data, path = read_data("gstreamer-switch.svg")
    with rc_context({**STYLE, "path.simplify_threshold": 0.5}):
        draw(data, path)


if __name__ == "__main__":
    main()
