# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A little drawing board for the diagrams: boxes, arrows and words as SVG.

Colours follow what the reader prefers, light or dark; each picture brings its
own background, so it can be read on either.
"""

import math
from xml.sax.saxutils import escape

FONT = "'Red Hat Text', Cantarell, 'Noto Sans', 'DejaVu Sans', sans-serif"
MONO = "'Source Code Pro', 'DejaVu Sans Mono', monospace"
HEAD_LENGTH = 9
HEAD_WIDTH = 7
LINE_HEIGHT = 17

LIGHT = {
    "paper": "#ffffff", "edge": "#deddda", "ink": "#241f31", "faint": "#5e5c64", "line": "#77767b",
    "box": "#f6f5f4", "plain": "#ffffff", "accent": "#1a5fb4", "tint": "#e2edfa",
    "buffer": "#62a0ea", "away": "#e5a50a", "warm": "#fdf3d6", "alarm": "#a51d2d",
}
DARK = {
    "paper": "#1e1e1e", "edge": "#3d3846", "ink": "#f6f5f4", "faint": "#c0bfbc", "line": "#9a9996",
    "box": "#2d2b31", "plain": "#241f31", "accent": "#99c1f1", "tint": "#1b2f47",
    "buffer": "#3584e4", "away": "#cd9309", "warm": "#3f3413", "alarm": "#f66151",
}

STYLE = """
text { font-family: %(font)s; font-size: 14px; fill: %(ink)s }
.mono { font-family: %(mono)s; font-size: 13px }
.title { font-weight: bold; font-size: 15px }
.small { font-size: 13px }
.mono.small { font-size: 12.4px }
.faint { fill: %(faint)s }
.accent { fill: %(accent)s }
.alarm { fill: %(alarm)s }
.paper { fill: %(paper)s; stroke: %(edge)s }
.box { fill: %(box)s; stroke: %(line)s }
.plain { fill: %(plain)s; stroke: %(line)s }
.tint { fill: %(tint)s; stroke: %(accent)s }
.warm { fill: %(warm)s; stroke: %(away)s }
.buffer { fill: %(buffer)s; stroke: %(plain)s }
.away { fill: %(away)s; stroke: %(plain)s }
.free { fill: %(plain)s; stroke: %(line)s; stroke-opacity: 0.5 }
.line { fill: none; stroke: %(line)s; stroke-width: 1.4 }
.line.accent { stroke: %(accent)s }
.line.alarm { stroke: %(alarm)s }
.dashed { stroke-dasharray: 5 4 }
.head { fill: %(line)s }
.head.accent { fill: %(accent)s }
.head.alarm { fill: %(alarm)s }
"""


def number(value):
    return f"{value:.1f}".removesuffix(".0")


def style():
    fonts = {"font": FONT, "mono": MONO}
    light = STYLE % {**LIGHT, **fonts}
    dark = STYLE % {**DARK, **fonts}
    return f"{light}@media (prefers-color-scheme: dark) {{{dark}}}\n"


class Drawing:
    """A picture with a title, for people who cannot see it too."""

    def __init__(self, width, height, title, description):
        self.width = width
        self.height = height
        self.title = title
        self.description = description
        self.parts = []

    def add(self, part):
        self.parts.append(part)

    def box(self, x, y, width, height, look="box", radius=6):
        self.add(f'<rect class="{look}" x="{number(x)}" y="{number(y)}" width="{number(width)}" '
                 f'height="{number(height)}" rx="{radius}"/>')

    def text(self, x, y, words, look="", anchor="start"):
        for row, line in enumerate(words.split("\n")):
            self.add(f'<text class="{look}" x="{number(x)}" y="{number(y + row * LINE_HEIGHT)}" '
                     f'text-anchor="{anchor}">{escape(line)}</text>')

    def label_box(self, x, y, width, height, words, look="box", text=""):
        """A box with centred words; the first line is its title."""
        self.box(x, y, width, height, look)
        lines = words.split("\n")
        top = y + height / 2 - (len(lines) - 1) * LINE_HEIGHT / 2 + 4.5
        for row, line in enumerate(lines):
            own = "title" if row == 0 and len(lines) > 1 and not text else text or "small faint"
            self.text(x + width / 2, top + row * LINE_HEIGHT, line, own, "middle")

    def cells(self, x, y, looks, size=16):
        """A row of small squares."""
        for place, look in enumerate(looks):
            self.box(x + place * size, y, size, size, look, 2)

    def arrow(self, points, look="", both=False, curve=False):
        """A line through points with a head at its end."""
        if curve:
            (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
            path = f"M{number(x0)} {number(y0)}C{number(x1)} {number(y1)} {number(x2)} {number(y2)} {number(x3)} {number(y3)}"
        else:
            path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self.add(f'<path class="line {look}" d="{path}"/>')
        self.head(points[-2], points[-1], look)
        if both:
            self.head(points[1], points[0], look)

    def head(self, start, end, look):
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        base = (end[0] - HEAD_LENGTH * math.cos(angle), end[1] - HEAD_LENGTH * math.sin(angle))
        side = (HEAD_WIDTH / 2 * math.sin(angle), -HEAD_WIDTH / 2 * math.cos(angle))
        corners = [end, (base[0] + side[0], base[1] + side[1]), (base[0] - side[0], base[1] - side[1])]
        points = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
        self.add(f'<polygon class="head {look.replace("dashed", "").strip()}" points="{points}"/>')

    def line(self, points, look=""):
        path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self.add(f'<path class="line {look}" d="{path}"/>')

    def to_svg(self):
        body = "\n".join(self.parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                f'width="{self.width}" height="{self.height}" role="img" aria-label="{escape(self.title)}">\n'
                f"<title>{escape(self.title)}</title>\n<desc>{escape(self.description)}</desc>\n"
                f"<style>{style()}</style>\n"
                f'<rect class="paper" x="0.5" y="0.5" width="{self.width - 1}" height="{self.height - 1}" rx="10"/>\n'
                f"{body}\n</svg>\n")
