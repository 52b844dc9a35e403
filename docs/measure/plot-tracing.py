#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what measure-tracing.py captured.

    measure-tracing.py BUILD > tracing.json
    plot-tracing.py tracing.json FOLDER

makes tracing.svg in FOLDER.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

# pylint: disable=wrong-import-position
from plot_input import read_data  # noqa: E402
from plot_style import (ACCENT, ALARM, EDGE_INCHES, FAINT_INK, FOOT_INCHES, GRID, HEAD_INCHES, INK,  # noqa: E402
                        STYLE, WIDTH_INCHES, machine_of, make_quiet, open_figure, save, write_around)
from matplotlib import colors, pyplot, ticker  # noqa: E402

TITLE = "A recording under a budget, as it was traced"
ROW_INCHES = 0.34
COUNTER_INCHES = 0.85
GAP_INCHES = 0.36
LEFT_INCHES = 1.0
RIGHT_INCHES = 1.3


def name_rate(text):
    return text.replace("MiB", " MiB").replace("KiB", " KiB")


def find_rows(data):
    """Threads from top to bottom with what they are: those that wait read a source, the other one writes."""
    names = {}
    for pool, thread, mark, *_ in data["marks"]:
        if mark == "wait":
            names[thread] = pool
    rows = sorted(names.items(), key=lambda row: row[1])
    counts = {}
    for _, thread, mark, *_ in data["marks"]:
        if mark == "free" and thread not in names:
            counts[thread] = counts.get(thread, 0) + 1
    writer = max(counts, key=counts.get, default=None)
    return rows + ([(writer, "writer")] if writer is not None else [])


def sum_counter(data, counter, end):
    """Over all pools: milliseconds, and values from then on."""
    now, times, sums = {}, [0], [0]
    for pool, name, time, value in data["values"]:
        if name != counter:
            continue
        now[pool] = value
        if time / 1000 > times[-1] + 0.2:
            times.append(time / 1000)
            sums.append(0)
        sums[-1] = sum(now.values())
    return times + [end], sums + [sums[-1]]


def join_lines(lines):
    """One line with gaps, so that it is one path in the picture."""
    xs, ys = [], []
    for x, y, to_x, to_y in lines:
        xs += [x, to_x, None]
        ys += [y, to_y, None]
    return [float("nan") if x is None else x for x in xs], [float("nan") if y is None else y for y in ys]


def draw_threads(axes, data, rows):
    for place, (thread, _) in enumerate(rows):
        of_thread = [mark for mark in data["marks"] if mark[1] == thread]
        waits = [(mark[3] / 1000, (mark[3] + mark[4]) / 1000) for mark in of_thread if mark[2] == "wait"]
        axes.plot(*join_lines((begin, place, end, place) for begin, end in waits), color=ACCENT, alpha=0.55,
                  linewidth=0.6 * ROW_INCHES * 72, solid_capstyle="butt", zorder=3)
        for name, color in (("allocate", INK), ("free", ALARM)):
            times = [mark[3] / 1000 for mark in of_thread if mark[2] == name]
            axes.plot(*join_lines((time, place - 0.36, time, place + 0.36) for time in times), color=color,
                      linewidth=0.9, solid_capstyle="butt", zorder=4)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [name for _, name in rows])
    make_quiet(axes)
    axes.tick_params(axis="y", colors=INK, labelsize=9)
    axes.tick_params(axis="x", labelbottom=False)
    axes.spines["bottom"].set_visible(False)


def draw_counter(axes, times, values, color, text):
    axes.fill_between(times, values, step="post", facecolor=colors.to_rgba(color, 0.25), edgecolor=color,
                      linewidth=1.2)
    axes.set_ylim(0, max(values) * 1.15)
    axes.yaxis.set_major_locator(ticker.MaxNLocator(3, integer=True))
    make_quiet(axes)
    axes.annotate(text, (1, 0.5), xytext=(10, 0), xycoords="axes fraction", textcoords="offset points", va="center",
                  color=color, weight="bold", linespacing=1.4, fontsize=9)


def draw(data, path):
    rows = find_rows(data)
    end = max(mark[3] + mark[4] for mark in data["marks"]) / 1000
    heights = [len(rows) * ROW_INCHES, COUNTER_INCHES, COUNTER_INCHES]
    height = HEAD_INCHES + sum(heights) + 2 * GAP_INCHES + 0.3 + FOOT_INCHES
    figure = open_figure(height)
    panels, top = [], height - HEAD_INCHES - 0.06
    for inches in heights:
        panels.append(figure.add_axes((
            LEFT_INCHES / WIDTH_INCHES, (top - inches) / height,
            (WIDTH_INCHES - LEFT_INCHES - RIGHT_INCHES - EDGE_INCHES) / WIDTH_INCHES, inches / height)))
        panels[-1].set_xlim(0, end)
        top -= inches + GAP_INCHES * (1 if len(panels) > 1 else 0.7)

    draw_threads(panels[0], data, rows)
    for place, (text, color) in enumerate((("waits", ACCENT), ("takes memory", INK), ("frees memory", ALARM))):
        panels[0].annotate(text, (1, 0.5), xytext=(10, 16 - 16 * place), xycoords="axes fraction",
                           textcoords="offset points", va="center", color=color, weight="bold", fontsize=9)
    draw_counter(panels[1], *sum_counter(data, "buffers out", end), ACCENT, "buffers out")
    draw_counter(panels[2], *sum_counter(data, "calls waiting", end), ALARM, "calls waiting")
    panels[1].tick_params(axis="x", labelbottom=False)
    panels[2].xaxis.set_major_formatter(lambda value, _: f"{value:g} ms")
    for axes in panels:
        axes.grid(axis="x", color=GRID, linewidth=0.5)
    panels[0].grid(axis="y", visible=False)
    panels[2].tick_params(axis="x", pad=5, colors=FAINT_INK)

    write_around(figure, height, TITLE,
                 f"{data['sources']} sources send {name_rate(data['source_rate'])} a second each; the writer takes "
                 f"{name_rate(data['writer_rate'])} a second, and {name_rate(data['budget'])} are for all frames",
                 f"{machine_of(data)} · {data['date']} · examples/recorder, marks and counters of bufpool "
                 f"{data['bufpool']} with -Dsysprof=enabled")
    save(figure, path, TITLE)


def main():
    data, path = read_data("tracing.svg")
    # Many labels: as outlines they would be four times as large as the rest
    with pyplot.rc_context({**STYLE, "svg.fonttype": "none", "font.family": ["DejaVu Sans", "sans-serif"]}):
        draw(data, path)


if __name__ == "__main__":
    main()
