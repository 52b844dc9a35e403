#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what bufpool-curves and bufpool-pages measured.

    bufpool-curves > curves.json
    bufpool-pages > pages.json
    plot-curves.py curves.json pages.json FOLDER

makes one SVG for each setting of a pool, and one for the sizes of blocks, in FOLDER.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

# pylint: disable=wrong-import-position
from plot_style import (ACCENT, EDGE_INCHES, FOOT_INCHES, HEAD_INCHES, INK, STYLE, WIDTH_INCHES,  # noqa: E402
                        format_bytes, format_ns, machine_of, make_quiet, open_figure, save, write_around)
from matplotlib import pyplot, ticker  # noqa: E402

PANEL_INCHES = 2.5
PANEL_HEAD_INCHES = 0.5
AXIS_INCHES = 0.62
GREEN = "#26a269"
PURPLE = "#813d9c"
COLORS = [ACCENT, GREEN, PURPLE]
LOG_SPAN = 12
CHOSEN = -1


def format_plain(value):
    return f"{value:g}"


def format_percent(value):
    return f"{value * 100:g} %"


def format_mib(value):
    return f"{value:g} MiB"


def format_short_bytes(size):
    return format_bytes(size).replace(" KiB", "K").replace(" MiB", "M")


def name_setting(setting, value):
    if setting.startswith("thread-cache"):
        return "auto" if value == CHOSEN else format_plain(value)
    if setting == "trim-capacity":
        return "never" if value == 0 else format_short_bytes(int(value))
    if setting == "size":
        return format_short_bytes(int(value))
    return format_plain(value)


class Panel:
    """Lines over the values of a setting, evenly spaced."""

    def __init__(self, title, key, label, settings, legend=True):
        self.title = title
        self.key = key
        self.label = label
        self.settings = settings
        self.legend = legend

    def draw(self, axes, rows):
        rows = [row for row in rows if row["setting"] in self.settings]
        values = []
        for row in rows:
            if row["value"] not in values:
                values.append(row["value"])
        works = []
        for row in rows:
            if row["work"] not in works:
                works.append(row["work"])
        for work, color in zip(works, COLORS):
            mine = [row for row in rows if row["work"] == work]
            places = [values.index(row["value"]) for row in mine]
            if self.key == "ns":
                axes.fill_between(places, [row["min"] for row in mine], [row["max"] for row in mine],
                                  where=[row["value"] != CHOSEN for row in mine],
                                  color=color, alpha=0.13, linewidth=0)
            # What the pool chooses is no point of the curve, so it stands alone
            figures = [row[self.key] for row in mine]
            joined = [float("nan") if row["value"] == CHOSEN else row[self.key] for row in mine]
            axes.plot(places, figures, color=color, marker="o", markersize=4.5, linestyle="none")
            axes.plot(places, joined, color=color, marker="o", markersize=4.5, linewidth=1.8, label=work)
        figures = [row[self.key] for row in rows]
        if min(figures) > 0 and max(figures) / min(figures) > LOG_SPAN:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 3)))
            axes.yaxis.set_minor_formatter("")
        else:
            axes.set_ylim(bottom=0, top=max(max(figures) * 1.15, 1e-3))
        axes.yaxis.set_major_formatter(lambda value, _: self.label(value).replace(".0 ", " "))
        axes.set_xticks(range(len(values)), [name_setting(self.settings[0], value) for value in values])
        make_quiet(axes)
        axes.set_title(self.title, loc="left", fontsize=9.5, color=INK, pad=22 if self.legend and len(works) > 1 else 8)
        if self.legend and len(works) > 1:
            axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.985), ncol=3, frameon=False, fontsize=8,
                        borderaxespad=0.2, handlelength=1.4, columnspacing=1.4)


FIGURES = {
    "curve-thread-cache.svg": (
        "thread-cache", "what a thread may keep at hand, in buffers",
        [[Panel("ns per buffer, 4 KiB", "ns", format_ns, ["thread-cache"])],
         [Panel("buffers made when 8 threads take turns with 16 each", "made", format_plain,
                ["thread-cache-turns"])]]),
    "curve-shards.svg": (
        "shards", "how many lists with a lock each, 8 threads",
        [[Panel("ns per buffer, thread-cache automatic", "ns", format_ns, ["shards"])],
         [Panel("ns per buffer, thread-cache 0: every acquire takes a lock", "ns", format_ns, ["shards-strict"])]]),
    "curve-max-buffers.svg": (
        "max-buffers", "how many idle buffers the pool keeps; the program takes 64 at a time, 64 KiB each, and touches each page",
        [[Panel("ns per buffer", "ns", format_ns, ["max-buffers"]),
          Panel("acquires that had to allocate", "missed", format_percent, ["max-buffers"])]]),
    "curve-trim-capacity.svg": (
        "trim-capacity", "what returned buffers are shrunk to; 64 at a time of 16 KiB, and one in 64 of 1 MiB, each page touched",
        [[Panel("ns per buffer", "ns", format_ns, ["trim-capacity"]),
          Panel("idle memory afterwards", "idle_mib", format_mib, ["trim-capacity"])]]),
    "giving-back.svg": (
        "Giving pages back", "blocks of each size, 32 MiB together: taken, written to page by page, and freed",
        [[Panel("time for each MiB, once around", "ns", format_ns, ["size"])],
         [Panel("memory that is still there afterwards", "left_mib", format_mib, ["size"])]]),
}


def draw_figure(path, title, subtitle, panels, rows):
    settings = {setting for line in panels for panel in line for setting in panel.settings}
    rows = [row for row in rows if row["setting"] in settings]
    height = HEAD_INCHES + len(panels) * (PANEL_HEAD_INCHES + PANEL_INCHES * 0.8 + AXIS_INCHES) + FOOT_INCHES - 0.3
    figure = open_figure(height)

    top = height - HEAD_INCHES
    for line in panels:
        top -= PANEL_HEAD_INCHES + PANEL_INCHES * 0.8
        width = (WIDTH_INCHES - 2 * EDGE_INCHES) / len(line)
        for place, panel in enumerate(line):
            axes = figure.add_axes(((EDGE_INCHES + place * width + 0.45) / WIDTH_INCHES, top / height,
                                    (width - 0.6) / WIDTH_INCHES, PANEL_INCHES * 0.8 / height))
            panel.draw(axes, rows)
        top -= AXIS_INCHES

    first = rows[0]
    write_around(figure, height, title, subtitle,
                 f"{machine_of(first)} · {first['date']} · "
                 f"median of {first['runs']} runs, shaded from the fastest to the slowest")
    save(figure, path, title)


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: plot-curves.py CURVES.JSON PAGES.JSON FOLDER")
    rows = [row for path in sys.argv[1:3] for row in json.loads(pathlib.Path(path).read_text(encoding="utf-8"))]
    folder = pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    with pyplot.rc_context(STYLE):
        for name, (title, subtitle, panels) in FIGURES.items():
            draw_figure(folder / name, title, subtitle, panels, rows)


if __name__ == "__main__":
    main()
