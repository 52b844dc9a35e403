#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what bufpool-latency measured.

    bufpool-latency > realtime.json
    plot-latency.py realtime.json FOLDER

makes realtime-latency.svg in FOLDER.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

# pylint: disable=wrong-import-position
from plot_input import read_data  # noqa: E402
from plot_lines import move_apart  # noqa: E402
from plot_style import (ACCENT, ALARM, FAINT_INK, KIN, OTHER, STYLE, format_ns, machine_of,  # noqa: E402
                        make_quiet, open_single, save, write_around)
from matplotlib import pyplot, ticker  # noqa: E402

TITLE = "One buffer, time by time"
PLOT_INCHES = 3.4
AXIS_INCHES = 0.5
LABEL_INCHES = 2.0
LABEL_APART = 0.34
SUBJECTS = {
    "nothing": ("no buffer at all", OTHER, 1.4),
    "malloc": ("malloc and free", ALARM, 1.8),
    "plain": ("plain pool", KIN, 2.2),
    "realtime": ("real-time pool", ACCENT, 2.8),
}


def curve_of(run):
    """How long it took, for the slowest one in so many."""
    n_left = run["n"]
    places, times = [], []
    for ns, count in run["histogram"]:
        places.append(run["n"] / n_left)
        times.append(ns)
        n_left -= count
    # The worst one is the slowest of all
    return [*places, run["n"]], [*times, run["worst"]]


def name_share(value, _):
    number = f"{value:,.0f}".replace(",", " ")
    return "all" if value <= 1 else f"1 in {number}" if value <= 10 else number


def draw_axes(axes, runs):
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1, max(run["n"] for run in runs))
    axes.set_ylim(min(run["histogram"][0][0] for run in runs) * 0.7, max(run["worst"] for run in runs) * 2)
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1,), numticks=12))
    axes.xaxis.set_major_formatter(name_share)
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1,), numticks=12))
    axes.yaxis.set_major_formatter(lambda value, _: format_ns(value).replace(".0 ", " "))
    axes.yaxis.set_minor_locator(ticker.NullLocator())
    make_quiet(axes)
    axes.tick_params(axis="x", pad=7)


def label_ends(axes, runs):
    bottom, top = (axes.yaxis.get_transform().transform([value])[0] for value in axes.get_ylim())

    def inches(ns):
        return (axes.yaxis.get_transform().transform([ns])[0] - bottom) / (top - bottom) * PLOT_INCHES

    places = move_apart([inches(run["worst"]) for run in runs], LABEL_APART)
    for run, place in zip(runs, places):
        name, color, _ = SUBJECTS[run["subject"]]
        axes.annotate(f"{name}\n{format_ns(run['worst'])} the worst", (run["n"], run["worst"]),
                      xytext=(1.05, place / PLOT_INCHES), textcoords="axes fraction", va="center",
                      color=FAINT_INK if color in (KIN, OTHER) else color, weight="bold", linespacing=1.3,
                      arrowprops={"arrowstyle": "-", "color": OTHER, "linewidth": 0.7,
                                  "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 4})


def describe(run):
    return (f"{machine_of(run)} · {run['date']} · {run['seconds']:.0f} s each, {run['policy']} · "
            f"load of the machine {run['load']:.0f} · bufpool {run['bufpool']}")


def draw(runs, path):
    figure, height, axes = open_single(PLOT_INCHES, AXIS_INCHES, LABEL_INCHES)
    draw_axes(axes, runs)
    for run in runs:
        _, color, width = SUBJECTS[run["subject"]]
        axes.plot(*curve_of(run), color=color, linewidth=width, drawstyle="steps-pre")
    label_ends(axes, runs)
    write_around(figure, height, TITLE,
                 "a real-time thread takes 8 KiB, touches them and gives them back, while others use and empty the "
                 "same source",
                 "the slowest one of so many, logarithmic scales\n" + describe(runs[0]))
    save(figure, path, TITLE)


def main():
    rows, path = read_data("realtime-latency.svg")
    runs = [next(row for row in rows if row["subject"] == subject) for subject in SUBJECTS]
    with pyplot.rc_context(STYLE):
        draw(runs, path)


if __name__ == "__main__":
    main()
