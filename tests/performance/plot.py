#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what bufpool-bench measured.

    bufpool-bench --format=json > benchmark.json
    plot.py benchmark.json FOLDER

makes one SVG per kind of work in FOLDER. The same JSON gives the same files,
byte for byte, with the same matplotlib.
"""

import argparse
import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot, ticker  # noqa: E402

NAMES = {
    "bufpool": "bufpool",
    "bufpool-strict": "bufpool, no thread cache",
    "bufpool-sized": "bufpool, asked for a size",
    "bufpool-one-shard": "bufpool, one shard",
    "malloc": "malloc (glibc)",
    "g_slice": "g_slice",
    "avbufferpool": "AVBufferPool",
    "gstbufferpool": "GstBufferPool",
    "mimalloc": "mimalloc",
    "jemalloc": "jemalloc",
    "ring": "the ring alone, no buffers",
}

INK = "#241f31"
FAINT_INK = "#77767b"
GRID = "#deddda"
ACCENT = "#1a5fb4"
KIN = "#99c1f1"
OTHER = "#b5b2ac"
BASELINE = "#f6f5f4"
ALARM = "#a51d2d"

# A scale that spans more than this is logarithmic.
LINEAR_SPAN = 12

STYLE = {
    "svg.hashsalt": "bufpool",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": FAINT_INK,
    "xtick.color": FAINT_INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.6,
}

WIDTH_INCHES = 8.6
EDGE_INCHES = 0.25
HEAD_INCHES = 0.72
FOOT_INCHES = 0.50
PANEL_HEAD_INCHES = 0.36
PANEL_FOOT_INCHES = 0.14
BAR_INCHES = 0.25
NAME_INCHES = 1.95
GAP_INCHES = 0.2
LABEL_SHARE = 0.36
WHISKER_SHARE = 0.08
LINES_INCHES = 3.3
LINE_LABEL_INCHES = 0.19


def fail(message):
    sys.exit(f"plot.py: {message}")


def load(path):
    try:
        rows = json.loads(pathlib.Path(path).read_text())
    except (OSError, ValueError) as error:
        fail(f"{path} is no output of bufpool-bench --format=json: {error}")
    if not isinstance(rows, list) or not rows or "workload" not in rows[0]:
        fail(f"{path} is no output of bufpool-bench --format=json")
    return rows


def format_bytes(size):
    for factor, unit in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size % factor == 0:
            return f"{size // factor} {unit}"
    return f"{size} bytes"


def format_threads(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def format_ns(ns):
    if ns >= 1e6:
        return f"{ns / 1e6:.3g} ms"
    if ns >= 10e3:
        return f"{ns / 1e3:.3g} µs"
    if ns >= 100:
        return f"{ns:,.0f} ns".replace(",", " ")
    return f"{ns:.1f} ns"


def format_number(number):
    if number >= 100:
        return f"{number:,.0f}".replace(",", " ")
    return f"{number:.3g}" if number >= 0.01 else "0"


def format_mib(kib):
    return f"{kib / 1024:.0f} MiB"


def color_of(subject):
    if subject == "bufpool":
        return ACCENT
    if subject.startswith("bufpool"):
        return KIN
    return BASELINE if subject == "ring" else OTHER


def cells_of(rows, workload):
    """The rows of a workload, by size and number of threads, in order."""
    cells = {}
    for row in rows:
        if row["workload"] == workload:
            cells.setdefault((row["size"], row["threads"]), []).append(row)
    return dict(sorted(cells.items()))


def range_of(panels):
    """From the least to the greatest figure of several panels."""
    values = [value for panel in panels for value in panel.values()]
    return min(values, default=1), max(values, default=1)


def is_logarithmic(span):
    return span[0] > 0 and span[1] / span[0] > LINEAR_SPAN


def caption_of(rows, spread):
    versions = {}
    for row in rows:
        if row["version"] and row["subject"] != "ring":
            library = "" if row["library"] == "C library" else row["library"] + " "
            versions.setdefault(library + row["version"], None)
    cores = rows[0]["cores"]
    machine = f"{rows[0]['cpu']}, {cores} core{'s' if cores > 1 else ''}"
    runs = max(row["runs"] for row in rows)
    return "\n".join((
        f"{machine} · {rows[0]['date']} · median of {runs} runs" +
        (", thin line from the fastest to the slowest" if spread else ""),
        ", ".join(versions),
    ))


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
            axes.set_xscale("log")
            axes.set_xlim(low, low * (span[1] / low) ** (1 / (1 - LABEL_SHARE)))
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
        axes.barh(place, value, height=0.74, color=color_of(subject), zorder=2,
                  hatch="////" if subject == "ring" else None,
                  edgecolor=FAINT_INK if subject == "ring" else "none", linewidth=0.6)
        end = self.draw_spread(axes, place, row) if self.key == "ns_per_op" else value
        axes.annotate(self.label(value), (end, place), xytext=(5, 0), textcoords="offset points",
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


def decorate(figure, height, title, subtitle, rows, spread=True):
    left = EDGE_INCHES / WIDTH_INCHES
    figure.text(left, 1 - 0.22 / height, title, fontsize=14, weight="bold", va="top")
    figure.text(left, 1 - 0.50 / height, subtitle, fontsize=9.5, color=FAINT_INK, va="top")
    figure.text(left, 0.14 / height, caption_of(rows, spread), fontsize=7.5, color=FAINT_INK, va="bottom",
                linespacing=1.4)


def draw_panels(path, title, subtitle, rows, panels, columns=2, shared_names=False):
    """Lays the panels out in a grid; with shared names, only the first has them."""
    columns = min(columns, len(panels))
    lines = [panels[i:i + columns] for i in range(0, len(panels), columns)]
    heights = [max(len(panel.rows) for panel in line) * BAR_INCHES for line in lines]
    height = (HEAD_INCHES + FOOT_INCHES +
              sum(heights) + len(lines) * (PANEL_HEAD_INCHES + PANEL_FOOT_INCHES))
    figure = pyplot.figure(figsize=(WIDTH_INCHES, height))
    figure.patch.set_facecolor("white")

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


def save(figure, path, title):
    figure.savefig(path, format="svg", metadata={"Date": None, "Title": title})
    pyplot.close(figure)
    print(path)


def draw_sizes(rows, folder, workload, title, subtitle):
    cells = cells_of(rows, workload)
    if not cells:
        return
    panels = [Panel(format_bytes(size), cell) for (size, _), cell in cells.items()]
    draw_compared(folder / f"{workload}.svg", title, subtitle, cells, panels)


def draw_crowds(rows, folder, workload, title, subtitle):
    cells = cells_of(rows, workload)
    if not cells:
        return
    panels = [Panel(format_threads(threads), cell) for (_, threads), cell in cells.items()]
    draw_compared(folder / f"{workload}.svg", title, subtitle, cells, panels)


def draw_compared(path, title, subtitle, cells, panels):
    """Panels of the same kind, all to one scale."""
    span = range_of(panels)
    for panel in panels:
        panel.span = span
    if is_logarithmic(span):
        subtitle += " (logarithmic scale)"
    draw_panels(path, title, subtitle, [row for cell in cells.values() for row in cell], panels)


def draw_large(rows, folder):
    cells = cells_of(rows, "large")
    if not cells:
        return
    cell = next(iter(cells.values()))
    time = Panel("time for a frame", cell)
    panels = [
        time,
        Panel("page faults in it", cell, "page_faults", format_number, time.rows),
        Panel("most memory used", cell, "peak_kib", format_mib, time.rows),
    ]
    draw_panels(folder / "large.svg", "Video frames of 3 MB",
                "one thread, one to eight frames under way, every page written · shorter is better (time: logarithmic scale)"
                if is_logarithmic(range_of([time])) else
                "one thread, one to eight frames under way, every page written · shorter is better",
                cell, panels, columns=3, shared_names=True)


def move_apart(wanted, least):
    """Moves places apart until no two are closer than `least`, in order."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups = []
    for i in order:
        groups.append([[i], wanted[i]])
        while len(groups) > 1:
            (first, middle), (second, next_middle) = groups[-2:]
            if next_middle - middle >= least * (len(first) + len(second)) / 2:
                break
            count = len(first) + len(second)
            joined = (middle * len(first) + next_middle * len(second)) / count
            groups[-2:] = [[first + second, joined]]
    places = [0.0] * len(wanted)
    for members, middle in groups:
        for rank, i in enumerate(members):
            places[i] = middle + (rank - (len(members) - 1) / 2) * least
    return places


def lines_of_threads(rows):
    """For every subject what it takes with each number of threads."""
    lines = {}
    for workload, subjects in (("threads", None), ("threads-one-shard", {"bufpool": "bufpool-one-shard"})):
        for (_, threads), cell in cells_of(rows, workload).items():
            for row in cell:
                subject = row["subject"]
                if subjects is not None:
                    subject = subjects.get(subject)
                if subject not in (None, "bufpool-sized") and row["status"] != "absent":
                    lines.setdefault(subject, {})[threads] = row
    return lines


def draw_line(axes, subject, line, counts, ceiling):
    """One subject's figures; where it gave up, the line leaves the plot."""
    kin = subject.startswith("bufpool")
    own = subject == "bufpool"
    done = [(counts.index(n), row["ns_per_op"]) for n, row in sorted(line.items())
            if row["ns_per_op"] is not None]
    lost = [(counts.index(n), row["note"]) for n, row in sorted(line.items())
            if row["status"] == "gave-up"]

    figures = [line[n]["ns_per_op"] if n in line else None for n in counts]
    axes.plot(range(len(counts)), [float("nan") if ns is None else ns for ns in figures],
              color=color_of(subject) if kin else FAINT_INK,
              linestyle="--" if subject == "bufpool-one-shard" else "-",
              linewidth=2.8 if own else 1.8 if kin else 1.2,
              marker="o", markersize=6 if own else 4,
              zorder=5 if own else 4 if kin else 3)
    if not lost:
        return

    axes.plot([x for x, _ in lost], [ceiling] * len(lost), linestyle="none", marker="x",
              color=ALARM, markersize=8, markeredgewidth=2.2, zorder=6)
    before = [point for point in done if point[0] < lost[0][0]]
    if before:
        axes.plot((before[-1][0], lost[0][0]), (before[-1][1], ceiling),
                  color=ALARM, linestyle=":", linewidth=1.2, zorder=2)
    axes.annotate(f"{NAMES[subject]}: {lost[0][1]}", (lost[0][0], ceiling), xytext=(-9, 0),
                  textcoords="offset points", ha="right", va="center", color=ALARM)


def label_ends(axes, ends):
    """Names at the right of the lines, moved apart where they would overlap."""
    scale = axes.yaxis.get_transform()
    bottom, top = scale.transform(axes.get_ylim())

    def inches(value):
        return float((scale.transform([value])[0] - bottom) / (top - bottom) * LINES_INCHES)

    places = move_apart([inches(row["ns_per_op"]) for _, _, row in ends], LINE_LABEL_INCHES)
    for (subject, x, row), place in zip(ends, places):
        axes.annotate(f"{NAMES[subject]}  {format_ns(row['ns_per_op'])}", (x, row["ns_per_op"]),
                      xytext=(1.045, place / LINES_INCHES), textcoords="axes fraction", va="center",
                      weight="bold" if subject == "bufpool" else "normal",
                      color=ACCENT if subject.startswith("bufpool") else INK,
                      arrowprops={"arrowstyle": "-", "color": OTHER, "linewidth": 0.7,
                                  "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 5})


def draw_threads(rows, folder):
    lines = lines_of_threads(rows)
    used = [row for row in rows if row["workload"].startswith("threads")]
    sizes = {row["size"] for row in used}
    values = [row["ns_per_op"] for row in used if row["ns_per_op"] is not None]
    if not values:
        return
    if len(sizes) > 1:
        print("threads.svg is left out: it shows one size only", file=sys.stderr)
        return

    counts = sorted({row["threads"] for row in used})
    ceiling = max(values) * 2.5
    height = HEAD_INCHES + LINES_INCHES + FOOT_INCHES + 0.45
    figure = pyplot.figure(figsize=(WIDTH_INCHES, height))
    figure.patch.set_facecolor("white")
    axes = figure.add_axes((0.085, (FOOT_INCHES + 0.35) / height, 0.60, LINES_INCHES / height))
    axes.set_yscale("log")
    axes.set_ylim(min(values) / 1.5, ceiling * 1.4)
    axes.set_xlim(-0.15, len(counts) - 0.95)

    for subject, line in lines.items():
        draw_line(axes, subject, line, counts, ceiling)
    label_ends(axes, [(subject, len(counts) - 1, line[counts[-1]]) for subject, line in lines.items()
                      if counts[-1] in line and line[counts[-1]]["ns_per_op"] is not None])

    axes.set_xticks(range(len(counts)), [format_threads(n) for n in counts])
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 3)))
    axes.yaxis.set_major_formatter(lambda value, _: format_ns(value).replace(".0 ", " "))
    axes.yaxis.set_minor_formatter("")
    axes.tick_params(which="both", length=0)
    axes.tick_params(axis="y", colors=FAINT_INK, labelsize=8)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    decorate(figure, height, "Many threads, one pool",
             f"acquire, touch a byte, release, {format_bytes(sizes.pop())} · ns per pair, all threads together, "
             "lower is better (logarithmic scale)", used, spread=False)
    save(figure, folder / "threads.svg", "Many threads, one pool")


def main():
    parser = argparse.ArgumentParser(description="Draws what bufpool-bench --format=json printed.")
    parser.add_argument("json", help="the output of bufpool-bench --format=json")
    parser.add_argument("folder", help="where the SVG files go; made if need be")
    arguments = parser.parse_args()

    rows = load(arguments.json)
    folder = pathlib.Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)

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
