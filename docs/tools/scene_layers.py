# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The picture of the architecture, drawn from the includes."""

import pathlib

import structure
from diagram import LINE_HEIGHT, Drawing

WIDTH = 820
LEFT, RIGHT = 156, 796
GAP = 28
TOP = 30
BETWEEN = 46
ARC = 16

ROOT = pathlib.Path(__file__).resolve().parents[2]


def place_row(row, top):
    """Side by side over the whole width; all as high as the highest."""
    width = (RIGHT - LEFT - GAP * (len(row) - 1)) / len(row)
    for number, box in enumerate(row):
        box.x = LEFT + number * (width + GAP)
        box.y = top
        box.width = width
    height = 20 + LINE_HEIGHT * max(len(box.lines) for box in row)
    for box in row:
        box.height = height
    return height


def spread(box, number, count):
    """Where the ends of several arrows meet a box."""
    return box.x + box.width * (number + 1) / (count + 1)


def find_gap(row, x):
    """The way through a row that is next to x: between two boxes, or around them."""
    gaps = [row[0].x - GAP / 2] + [box.x + box.width + GAP / 2 for box in row]
    return min(gaps, key=lambda gap: abs(gap - x))


def draw_down(scene, rows, box, target, start, end):
    """To a lower row; through the rows between them by their gaps."""
    first, last = (next(i for i, row in enumerate(rows) if end_box in row) for end_box in (box, target))
    points = [(start, box.y + box.height + 1)]
    for row in rows[first + 1:last]:
        gap = find_gap(row, start + (end - start) / 2)
        points += [(gap, row[0].y - 6), (gap, row[0].y + row[0].height + 6)]
    scene.arrow(points + [(end, target.y - 3)])


def draw_across(scene, row, box, target):
    """To a neighbour straight, to others over their heads; both ways at once where there are two arrows."""
    both = box.family in target.targets
    if both and box.x > target.x:
        return
    if abs(row.index(box) - row.index(target)) == 1:
        y = box.y + box.height / 2
        ends = (box.x + box.width + 3, target.x - 3) if box.x < target.x else (box.x - 3, target.x + target.width + 3)
        scene.arrow([(ends[0], y), (ends[1], y)], both=both)
        return
    start = box.middle + (10 if box.x < target.x else -10)
    end = target.middle - (10 if box.x < target.x else -10)
    top = box.y - ARC
    scene.arrow([(start, box.y - 1), (start, top), (end, top), (end, target.y - 3)], both=both)


def draw_arrows(scene, rows, boxes):
    downs = [(box, boxes[target]) for box in boxes.values() for target in box.targets
             if boxes[target].y > box.y]
    for row in rows:
        for box in row:
            for target in sorted(box.targets):
                if boxes[target].y == box.y:
                    draw_across(scene, row, box, boxes[target])
    for box, target in sorted(downs, key=lambda pair: (pair[0].family, pair[1].family)):
        out = sorted((other for start, other in downs if start is box), key=lambda other: other.middle)
        into = sorted((start for start, other in downs if other is target), key=lambda other: other.middle)
        draw_down(scene, rows, box, target, spread(box, out.index(target), len(out)),
                  spread(target, into.index(box), len(into)))


def draw_layers(root=ROOT):
    """Which unit includes which."""
    units = structure.read_units(root)
    boxes = structure.make_boxes(units)
    rows, titles = [], []
    for floor in range(len(structure.FLOORS) - 1, -1, -1):
        row = [box for box in boxes.values() if box.floor == floor]
        if row:
            rows.append(row)
            titles.append(structure.FLOORS[floor][:2])

    top = TOP
    for row in rows:
        top += place_row(row, top) + BETWEEN
    scene = Drawing(WIDTH, top - BETWEEN + 22, "The library in layers",
                    "An arrow means: includes. What a longer way implies is not drawn. The files: "
                    + "; ".join(structure.list_arrows(units)) + ".")
    for row, (title, look) in zip(rows, titles):
        lines = title.split("\n")
        middle = row[0].y + row[0].height / 2 - (len(lines) - 1) * LINE_HEIGHT / 2 + 5
        scene.text(24, middle, title, "title")
        for box in row:
            words = "\n".join(box.lines)
            scene.label_box(box.x, box.y, box.width, box.height, words, look, "" if "\n" in words else "title")
    draw_arrows(scene, rows, boxes)
    return scene
