#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The sources of the library: how many lines, which headers, and what includes what.

The private part stays below a number of lines, and so does every file. Every .c
has a header of its own name. Arrows between units, which docs/tools/structure.py
explains, go down from floor to floor, and never in a circle; no public header includes
a private one. The picture in CONTRIBUTING is the one that these includes give.
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'docs' / 'tools'))

import structure  # noqa: E402
from scene_layers import draw_layers  # noqa: E402

# What the files of core/ and the private headers may have together, in lines of code:
# 3,000 for the pool, 1,700 for what limits it (quotas, waiting, budgets, bulk), 450 for
# memory that goes back (alarms, looks, warnings, pages), 700 for realtime pools (cells, homes,
# stock), 120 for contents that are wiped, 30 for the table of properties, 1,250 for holders
# (samples, stacks, dumps, leaks, poison), 50 for addresses that do not delay each other, 160
# for traces (probes, marks, counters) and time where it has 32 bits. And each file in lines.
PRIVATE_LINES = 3000 + 1700 + 450 + 700 + 120 + 30 + 1250 + 50 + 160
FILE_LINES = 600

PICTURE = pathlib.Path('docs/images/layers.svg')


def count_private_lines(root):
    return sum(structure.count_code(path) for path in structure.list_files(root) if structure.is_private(path))


def check_lines(root):
    for path in structure.list_files(root):
        n_lines = structure.count_lines(path)
        if n_lines >= FILE_LINES:
            yield f'{path.name} has {n_lines} lines: files stay below {FILE_LINES}'
    n_private = count_private_lines(root)
    if n_private >= PRIVATE_LINES:
        yield f'the private part has {n_private} lines of code: it stays below {PRIVATE_LINES}'


def check_headers(units):
    for unit in units.values():
        names = {path.name for path in unit.files}
        own = {f'bp-{unit.name}.h', f'bp-{unit.name}.h.in', f'bp-{unit.name}-private.h'}
        if f'bp-{unit.name}.c' in names and not names & own:
            yield f'bp-{unit.name}.c has no header bp-{unit.name}.h or bp-{unit.name}-private.h'


def check_arrows(units):
    for key, unit in sorted(units.items()):
        if unit.floor is None:
            yield f'{key} stands on no floor of docs/tools/structure.py'
            continue
        for other, file in sorted(unit.includes.items()):
            if units[other].floor is not None and not structure.is_allowed(unit, units[other]):
                yield f'{file} includes a header of {other}: {key} may not'

    circle = structure.find_circle(units)
    if circle:
        yield f'a circle of includes: {" -> ".join(circle)}'


def check_public_headers(units):
    for unit in units.values():
        for path in unit.files:
            if structure.is_private(path) or path.suffix == '.c':
                continue
            for included in structure.INCLUDE.findall(path.read_text(encoding='utf-8')):
                if included.endswith('-private.h') or 'core/' in included:
                    yield f'{path.name} is public, and includes {included}'


def check_picture(root):
    try:
        svg = draw_layers(root).to_svg()
    except structure.StructureError as error:
        yield f'the picture cannot be drawn: {error}'
        return
    path = root / PICTURE
    if not path.exists() or path.read_text(encoding='utf-8') != svg:
        yield f'{PICTURE} is not what the includes give: run docs/tools/draw-diagrams.py docs/images'


def find_faults(root):
    faults = list(check_lines(root))
    try:
        units = structure.read_units(root)
    except structure.StructureError as error:
        return faults + [str(error)]
    for check in (check_headers, check_arrows, check_public_headers):
        faults += check(units)
    return faults + list(check_picture(root))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('root', nargs='?', type=pathlib.Path, default=ROOT)
    options = parser.parse_args()

    faults = find_faults(options.root)
    print(f'the private part has {count_private_lines(options.root)} lines')
    for fault in faults:
        print(f'not: {fault}', file=sys.stderr)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
