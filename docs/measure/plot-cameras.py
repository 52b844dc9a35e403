#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what examples/gstreamer/python/cameras.py measured.

    cameras.py --format=json > gstreamer-cameras.json
    plot-cameras.py gstreamer-cameras.json FOLDER

makes gstreamer-cameras.svg in FOLDER.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

# pylint: disable=wrong-import-position
from plot_input import read_data  # noqa: E402
from plot_style import (ACCENT, ALARM, FAINT_INK, KIN, STYLE, machine_of, make_quiet, open_single,  # noqa: E402
                        save, write_around)
from matplotlib import pyplot, ticker  # noqa: E402

TITLE = "Four cameras, one of them with a slow sink"
PLOT_INCHES = 2.9
AXIS_INCHES = 0.5
LABEL_INCHES = 1.9
LINES = (
    ("none", "without limits", ALARM, 1.8),
    ("drop", "slow one drops", KIN, 2.8),
    ("wait", "slow one waits", ACCENT, 1.8),
)


def columns_of(run):
    return [sample[0] / 1000 for sample in run["samples"]], [sample[1] for sample in run["samples"]]


def draw_axes(axes, data):
    axes.set_xlim(0, data["seconds"])
    axes.set_ylim(0, data["runs"]["none"]["peak_mib"] * 1.1)
    axes.yaxis.set_major_locator(ticker.MaxNLocator(5))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f} MiB")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} s")
    make_quiet(axes)
    axes.tick_params(axis="x", pad=7)


def describe(name, label, run):
    dropped = f"\n{run['cameras'][0]['dropped']} frames dropped" if name == "drop" else ""
    return f"{label}\n{run['peak_mib']:.0f} MiB at most{dropped}"


def draw(data, path):
    figure, height, axes = open_single(PLOT_INCHES, AXIS_INCHES, LABEL_INCHES)
    draw_axes(axes, data)

    axes.axhline(data["budget_mib"], color=ACCENT, linewidth=0.8, linestyle=":", zorder=2)
    axes.annotate(f"budget of all four, {data['budget_mib']} MiB", (data["seconds"] / 2, data["budget_mib"]),
                  xytext=(0, -9), textcoords="offset points", ha="center", va="center", fontsize=8.5, color=FAINT_INK)
    for (name, label, color, width), offset in zip(LINES, (0, 22, -14)):
        run = data["runs"][name]
        seconds, mib = columns_of(run)
        axes.plot(seconds, mib, color=color, linewidth=width, zorder=3)
        axes.annotate(describe(name, label, run), (data["seconds"], mib[-1]), xytext=(8, offset),
                      textcoords="offset points", va="center", color=color, weight="bold", linespacing=1.4)

    write_around(figure, height, TITLE,
                 f"1920 × 1080 at {data['rate']} frames a second each; one sink takes {data['slow_rate']} a second · "
                 "memory of the process",
                 f"{machine_of(data)} · {data['date']} · one run of examples/gstreamer/python/cameras.py each, "
                 f"GStreamer {data['gstreamer']}")
    save(figure, path, TITLE)


def main():
    data, path = read_data("gstreamer-cameras.svg")
    with pyplot.rc_context(STYLE):
        draw(data, path)


if __name__ == "__main__":
    main()
