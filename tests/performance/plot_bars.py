# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Bars, or dots where the scale is logarithmic: how long each subject takes for the same work.

The length of a bar says how much, so it must begin at 0. A dot only says where.
"""

import math

from plot_style import (ACCENT, ALARM, EDGE_INCHES, FAINT_INK, FOOT_INCHES, GRID, HEAD_INCHES, INK, NAMES,
                        WIDTH_INCHES, cells_of, color_of, decorate, format_bytes, format_mib, format_ns,
                        format_number, format_threads, open_figure, save)

PANEL_HEAD_INCHES = 0.36
PANEL_FOOT_INCHES = 0.14
BAR_INCHES = 0.25
NAME_INCHES = 1.95
GAP_INCHES = 0.2
LABEL_SHARE = 0.36
WHISKER_SHARE = 0.08

# A scale that spans more than this is logarithmic.
LINEAR_SPAN = 12
LOGARITHMIC = " · logarithmic, × 10 a line"


def range_of(panels):
    """From the least to the greatest figure of several panels."""
    values = [value for panel in panels for value in panel.values()]
    return min(values, default=1), max(values, default=1)


def is_logarithmic(span):
    return span[0] > 0 and span[1] / span[0] > LINEAR_SPAN


class Panel:
    """Horizontal bars for one group of figures, the best at the top."""

    def __init__(self, title, rows, key="ns_per_op", label=format_ns, ordered=None):
        self.title = title
        self.span = None
        self.key = key
        self.label = label
        self.rows = ordered or sorted(rows, key=self.rank)

    def rank(self, row):
        lacking = row["ns_per_op"] is None
        return (row["status"] == "absent", lacking, 0 if lacking else row["ns_per_op"])

    def values(self):
        return [row[self.key] for row in self.rows if row.get(self.key) is not None]

    def scale(self, axes):
        span = self.span or range_of([self])
        if is_logarithmic(span):
            low = span[0] / 2.2
            high = low * (span[1] / low) ** (1 / (1 - LABEL_SHARE))
            axes.set_xscale("log")
            axes.set_xlim(low, high)
            for power in range(math.ceil(math.log10(low)), math.floor(math.log10(span[1])) + 1):
                axes.axvline(10 ** power, color=GRID, linewidth=0.7, zorder=1)
        else:
            axes.set_xlim(0, max(span[1], 1e-9) / (1 - LABEL_SHARE))

    def draw_spread(self, axes, place, row):
        """The line from the fastest run to the slowest; returns where it ends."""
        edge = axes.transAxes.transform((1 - LABEL_SHARE + WHISKER_SHARE, 0))
        edge = axes.transData.inverted().transform(edge)[0]
        end = min(row["max"], edge)
        axes.plot((row["min"], end), (place, place), color=INK, linewidth=0.9,
                  solid_capstyle="butt", zorder=3)
        if end < row["max"]:
            axes.plot(end, place, marker=">", markersize=4, color=INK, zorder=3)
        return end

    def draw_row(self, axes, place, row):
        subject = row["subject"]
        value = row.get(self.key)
        own = subject == "bufpool"
        if value is None:
            why = "gave up" if row["status"] == "gave-up" else row["status"]
            note = f"{why}: {row['note']}" if row["status"] == "gave-up" else why
            axes.annotate(note, (0, place), xycoords=("axes fraction", "data"), xytext=(4, 0),
                          textcoords="offset points", va="center", style="italic",
                          color=ALARM if row["status"] == "gave-up" else FAINT_INK)
            return
        if axes.get_xscale() == "log":
            axes.plot(value, place, marker="o", markersize=7, color=color_of(subject), zorder=4,
                      markeredgecolor=FAINT_INK if subject == "ring" else "none", markeredgewidth=0.6)
        else:
            axes.barh(place, value, height=0.74, color=color_of(subject), zorder=2,
                      hatch="////" if subject == "ring" else None,
                      edgecolor=FAINT_INK if subject == "ring" else "none", linewidth=0.6)
        end = self.draw_spread(axes, place, row) if self.key == "ns_per_op" else value
        axes.annotate(self.label(value), (end, place), xytext=(7, 0), textcoords="offset points",
                      va="center", weight="bold" if own else "normal",
                      color=ACCENT if own else INK, zorder=4)

    def draw(self, axes, names=True):
        self.scale(axes)
        places = range(len(self.rows))
        for place, row in zip(places, self.rows):
            self.draw_row(axes, place, row)

        axes.set_ylim(len(self.rows) - 0.4, -0.6)
        axes.set_yticks(list(places), [NAMES[row["subject"]] for row in self.rows] if names else [])
        for tick, row in zip(axes.get_yticklabels(), self.rows):
            if row["subject"] == "bufpool":
                tick.set_weight("bold")
                tick.set_color(ACCENT)
        axes.tick_params(length=0)
        axes.xaxis.set_visible(False)
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(False)
        axes.set_title(self.title, loc="left", fontsize=10, weight="bold", color=INK, pad=6)


def draw_panels(path, title, subtitle, rows, panels, columns=2, shared_names=False):
    """Lays the panels out in a grid; with shared names, only the first has them."""
    columns = min(columns, len(panels))
    lines = [panels[i:i + columns] for i in range(0, len(panels), columns)]
    heights = [max(len(panel.rows) for panel in line) * BAR_INCHES for line in lines]
    height = (HEAD_INCHES + FOOT_INCHES +
              sum(heights) + len(lines) * (PANEL_HEAD_INCHES + PANEL_FOOT_INCHES))
    figure = open_figure(height)

    n_names = 1 if shared_names else columns
    room = WIDTH_INCHES - 2 * EDGE_INCHES - n_names * NAME_INCHES
    if shared_names:
        room -= (columns - 1) * GAP_INCHES
    width = room / columns

    top = height - HEAD_INCHES
    for line, line_height in zip(lines, heights):
        left = EDGE_INCHES
        top -= PANEL_HEAD_INCHES
        for index, panel in enumerate(line):
            names = index == 0 or not shared_names
            left += NAME_INCHES if names else GAP_INCHES
            own_height = len(panel.rows) * BAR_INCHES
            axes = figure.add_axes((left / WIDTH_INCHES, (top - own_height) / height,
                                    width / WIDTH_INCHES, own_height / height))
            panel.draw(axes, names)
            left += width
        top -= line_height + PANEL_FOOT_INCHES

    decorate(figure, height, title, subtitle, rows)
    save(figure, path, title)


def draw_sizes(rows, folder, workload, title, subtitle):
    panels = [Panel(format_bytes(size), cell) for (size, _), cell in cells_of(rows, workload).items()]
    draw_compared(folder / f"{workload}.svg", title, subtitle, panels)


def draw_crowds(rows, folder, workload, title, subtitle):
    panels = [Panel(format_threads(threads), cell) for (_, threads), cell in cells_of(rows, workload).items()]
    draw_compared(folder / f"{workload}.svg", title, subtitle, panels)


def draw_group(rows, folder, name, title, subtitle, members):
    """Cells of several workloads: a panel for each (words, workload, number of threads), at its
    smallest size."""
    panels = []
    for words, workload, threads in members:
        cells = [cell for (_, n), cell in cells_of(rows, workload).items() if n == threads]
        panels += [Panel(words, cell) for cell in cells[:1]]
    draw_compared(folder / f"{name}.svg", title, subtitle, panels)


def draw_compared(path, title, subtitle, panels):
    """Panels of the same kind, all to one scale."""
    if not panels:
        return
    span = range_of(panels)
    for panel in panels:
        panel.span = span
    if is_logarithmic(span):
        subtitle = subtitle.replace("shorter is better", "further left is better") + LOGARITHMIC
    draw_panels(path, title, subtitle, [row for panel in panels for row in panel.rows], panels)


def draw_large(rows, folder, workload, written):
    cells = cells_of(rows, workload)
    if not cells:
        return
    cell = next(iter(cells.values()))
    time = Panel("time for a frame", cell)
    panels = [
        time,
        Panel("page faults in it", cell, "page_faults", format_number, time.rows),
        Panel("most memory used", cell, "peak_kib", format_mib, time.rows),
    ]
    scale = " · time: logarithmic, dots" if is_logarithmic(range_of([time])) else ""
    draw_panels(folder / f"{workload}.svg", "Video frames of 3 MB",
                f"one thread, one to eight frames under way, {written} · shorter is better{scale}",
                cell, panels, columns=3, shared_names=True)
