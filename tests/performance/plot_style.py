# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""How all plots look, and how they say what they show."""

import io
import pathlib

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot  # noqa: E402

from plot_svg import shorten  # noqa: E402

NAMES = {
    "bufpool": "bufpool",
    "bufpool-strict": "bufpool, no thread cache",
    "bufpool-sized": "bufpool, asked for a size",
    "bufpool-bulk": "bufpool, many at once",
    "bufpool-realtime": "bufpool, realtime",
    "bufpool-one-shard": "bufpool, one shard",
    "malloc": "malloc (glibc)",
    "malloc-tuned": "malloc, tuned",
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

FONT = "DejaVu Sans"

STYLE = {
    "svg.hashsalt": "bufpool",
    # Text as text: the shapes of letters would be most of a file
    "svg.fonttype": "none",
    "path.simplify_threshold": 0.5,
    "font.family": FONT,
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


def format_bytes(size):
    for factor, unit in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size % factor == 0:
            return f"{size // factor} {unit}"
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size} bytes"


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


def machine_of(row):
    return f"{row['cpu']}, {row['cores']} core{'s' if row['cores'] > 1 else ''}"


def caption_of(rows, spread):
    versions = {}
    for row in rows:
        if row["version"] and row["subject"] != "ring":
            library = "" if row["library"] == "C library" else row["library"] + " "
            versions.setdefault(library + row["version"], None)
    runs = max(row["runs"] for row in rows)
    return "\n".join((
        f"{machine_of(rows[0])} · {rows[0]['date']} · median of {runs} runs" +
        (", thin line from the fastest to the slowest" if spread else ""),
        ", ".join(versions),
    ))


def open_figure(height):
    figure = pyplot.figure(figsize=(WIDTH_INCHES, height))
    figure.patch.set_facecolor("white")
    return figure


def open_single(plot_inches, axis_inches, label_inches):
    """A figure of one plot, with room for labels at its right: the figure, its height, and the axes."""
    height = HEAD_INCHES + plot_inches + axis_inches + FOOT_INCHES - 0.1
    figure = open_figure(height)
    axes = figure.add_axes(((EDGE_INCHES + 0.5) / WIDTH_INCHES, (FOOT_INCHES + 0.3) / height,
                            (WIDTH_INCHES - 2 * EDGE_INCHES - 0.5 - label_inches) / WIDTH_INCHES,
                            plot_inches / height))
    return figure, height, axes


def make_quiet(axes):
    """Lines from left to right, and nothing else but the figures."""
    axes.tick_params(which="both", length=0, colors=FAINT_INK, labelsize=8)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def write_around(figure, height, title, subtitle, caption):
    left = EDGE_INCHES / WIDTH_INCHES
    figure.text(left, 1 - 0.22 / height, title, fontsize=14, weight="bold", va="top")
    figure.text(left, 1 - 0.50 / height, subtitle, fontsize=9.5, color=FAINT_INK, va="top")
    figure.text(left, 0.14 / height, caption, fontsize=7.5, color=FAINT_INK, va="bottom", linespacing=1.4)


def decorate(figure, height, title, subtitle, rows, spread=True):
    write_around(figure, height, title, subtitle, caption_of(rows, spread))


def save(figure, path, title):
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Title": title})
    pathlib.Path(path).write_text(shorten(text.getvalue(), FONT), encoding="utf-8")
    pyplot.close(figure)
    print(path)
