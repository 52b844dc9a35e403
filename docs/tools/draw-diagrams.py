#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws the diagrams of the guides.

    draw-diagrams.py FOLDER             writes them
    draw-diagrams.py --check FOLDER     says which are not as they would be drawn
"""

import argparse
import pathlib
import sys

from scenes import SCENES


def main():
    parser = argparse.ArgumentParser(description="Draws the diagrams of the guides.")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()

    stale = []
    for name, draw in SCENES.items():
        path = arguments.folder / name
        svg = draw().to_svg()
        if not arguments.check:
            path.write_text(svg, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != svg:
            stale.append(name)
    if stale:
        sys.exit(f"draw-diagrams.py: {', '.join(stale)}: not what the script draws; run it without --check")


if __name__ == "__main__":
    main()
