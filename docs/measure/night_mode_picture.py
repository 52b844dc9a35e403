# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what measure-night-mode.py measured: the frames, the costs, and memory over time."""

import math
import pathlib
import sys

import night_mode_rows

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))

from diagram import Drawing, number  # noqa: E402, pylint: disable=wrong-import-position

WIDTH, HEIGHT = 860, 590
MARGIN = 24

CROPS_TOP = 84
LABELS_RIGHT = 540
COLUMNS = ((1, 556), (16, 706))
COLUMN_WIDTH = 74
ROW_HEIGHT = 21
PANELS = (("processor", "Processor time", "{:.2f} s", 84), ("faults", "Page faults", "{:,.0f}", 230))

PLOT_LEFT, PLOT_TOP, PLOT_WIDTH, PLOT_HEIGHT = 76, 424, 632, 128
LEGEND_LEFT = 730

# For each run: its look as a dot, and the colour and dashes of its line
LOOKS = {
    "bufpool": ("accent", "accent", ""),
    "malloc": ("alarm", "alarm", ""),
    "malloc, tuned": ("away", "warm-line", ""),
    "mimalloc": ("faint", "", ""),
    "bufpool, budget": ("accent", "accent dashed", ""),
}
AMBER = "#c88800"


def choose_step(most, steps):
    """A round number that divides an axis into about so many steps."""
    rough = most / steps
    power = 10 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)


def add_dot(drawing, x, y, name):
    look = LOOKS[name][0]
    if name == "bufpool, budget":
        drawing.add(f'<circle class="line {look}" cx="{number(x)}" cy="{number(y)}" r="4.5" stroke-width="2"/>')
    else:
        drawing.add(f'<circle class="{look}" cx="{number(x)}" cy="{number(y)}" r="5"/>')


def draw_line(drawing, points, name):
    look = LOOKS[name][1].replace("warm-line", "")
    style = f' style="stroke:{AMBER}"' if LOOKS[name][1] == "warm-line" else ""
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    drawing.add(f'<path class="line {look}" stroke-linejoin="round"{style} d="{path}"/>')


def draw_crops(drawing, data):
    crops = data["crops"]
    width, height = crops["width"], crops["height"]
    words = {"before": "one frame", "after": "the mean of a burst"}
    for place, (key, label) in enumerate(words.items()):
        x = MARGIN + place * (width + 16)
        drawing.add(f'<image x="{x}" y="{CROPS_TOP}" width="{width}" height="{height}" '
                    f'href="data:image/png;base64,{crops[key]}"/>')
        drawing.text(x, CROPS_TOP + height + 20, label)
    below = CROPS_TOP + height + 46
    drawing.text(MARGIN, below, "A burst is 16 frames, without the one that fits\n"
                 "least. It is held as a whole, and given back at\nonce: malloc() then returns the pages, and the\n"
                 "next burst faults all of them in again.", "small faint")
    if data["clip"]["noise"]:
        drawing.text(MARGIN, below + 4 * 17 + 6, "The clip is a screencast; noise was added to it.", "small faint")


def draw_panel(drawing, rows, panel):
    key, title, pattern, top = panel
    # Both columns have the same axis, from 0
    most = max(rows.get(name, burst)[key] for burst, _ in COLUMNS for name in rows.list_names(burst)) or 1
    drawing.text(LABELS_RIGHT, top, title, "title", "end")
    for burst, left in COLUMNS:
        drawing.text(left, top, f"bursts of {burst}", "small faint")
        names = rows.list_names(burst)
        drawing.line([(left, top + 9), (left, top + 9 + ROW_HEIGHT * len(names))])
        for place, name in enumerate(names):
            y = top + 20 + place * ROW_HEIGHT
            value = rows.get(name, burst)[key]
            x = left + COLUMN_WIDTH * value / most
            drawing.add(f'<path class="line" stroke-opacity="0.35" d="M{left} {y}H{number(x)}"/>')
            add_dot(drawing, x, y, name)
            drawing.text(x + 10, y + 4.5, pattern.format(value), "small")
            if left == COLUMNS[0][1]:
                drawing.text(LABELS_RIGHT, y + 4.5, get_short_label(rows, name), "small", "end")


def get_short_label(rows, name):
    return "bufpool, budget" if name == "bufpool, budget" else rows.label(name, 16)


def draw_axes(drawing, seconds, most):
    bottom = PLOT_TOP + PLOT_HEIGHT
    step = choose_step(most, 4)
    for i in range(int(most / step) + 1):
        y = bottom - PLOT_HEIGHT * i * step / most
        drawing.add(f'<path class="line" stroke-opacity="0.25" d="M{PLOT_LEFT} {number(y)}h{PLOT_WIDTH}"/>')
        drawing.text(PLOT_LEFT - 8, y + 4.5, f"{i * step:g} MiB", "small faint", "end")
    step = choose_step(seconds, 6)
    for i in range(int(seconds / step) + 1):
        drawing.text(PLOT_LEFT + PLOT_WIDTH * i * step / seconds, bottom + 20, f"{i * step:g} s", "small faint",
                     "middle")


def draw_memory(drawing, rows):
    memory = rows.data["memory"]
    seconds = max(run["samples"][-1][0] for run in memory) / 1000
    most = 1.05 * max(mebibytes for run in memory for _, mebibytes in run["samples"])
    bottom = PLOT_TOP + PLOT_HEIGHT
    drawing.text(MARGIN, PLOT_TOP - 16, "Memory of the process, bursts of 16; a dot is where the work is done", "title")
    draw_axes(drawing, seconds, most)

    def place(milliseconds, mebibytes):
        return (PLOT_LEFT + PLOT_WIDTH * milliseconds / 1000 / seconds, bottom - PLOT_HEIGHT * mebibytes / most)

    for run in memory:
        draw_line(drawing, [place(*sample) for sample in run["samples"]], run["name"])
    for run in memory:
        at = next(sample for sample in run["samples"] if sample[0] >= run["done"])
        add_dot(drawing, *place(*at), run["name"])
    for i, run in enumerate(memory):
        y = PLOT_TOP + 10 + i * 23
        add_dot(drawing, LEGEND_LEFT, y, run["name"])
        drawing.text(LEGEND_LEFT + 12, y + 4.5, get_short_label(rows, run["name"]), "small")


def draw(rows):
    data = rows.data
    drawing = Drawing(WIDTH, HEIGHT, "Night mode: bursts of frames, averaged", " ".join(
        night_mode_rows.list_sentences(rows)))
    drawing.text(MARGIN, 40, "Night mode: one picture of each burst of frames", "title")
    drawing.text(MARGIN, 60, night_mode_rows.describe_clip(data), "small faint")
    draw_crops(drawing, data)
    for panel in PANELS:
        draw_panel(drawing, rows, panel)
    draw_memory(drawing, rows)
    return drawing
