# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""How the library is put together, read from its includes.

A unit is a name: bp-x.c, bp-x.h and bp-x-private.h in one folder are one unit. An
arrow from one unit to another means that a file of the first includes a header of
the second. Units stand on floors, and arrows go down.

tests/build/check-structure.py holds the tree to it; scenes.py draws the picture.
"""

import pathlib
import re

# From the ground up. A unit may include what stands on lower floors, and other
# units of its own family: the names that begin alike, such as bp-core-x and bp-core.
# A name with a folder is a family of that folder; the others are public.
FLOORS = [
    ("The ground", "plain", ["reusable", "types", "core/debug", "core/lock", "core/address", "core/cells", "core/stack", "core/trace"]),
    ("Numbers\nand queues", "plain", ["core/budget", "core/wait"]),
    ("One buffer,\none thread", "warm", ["core/state", "core/item", "core/thread"]),
    ("Idle buffers", "warm", ["core/cache", "core/homes", "core/shard"]),
    ("One pool", "box", ["core/core"]),
    ("For users", "tint", ["global", "pool", "pooled", "budget"]),
    ("Everything", "tint", ["bufpool"]),
]

# Names that are another family's part.
FAMILIES = {
    "version": "types",
    "core/slab": "core/item",
    "core/holder": "core/item",
    "core/poison": "core/item",
    "core/wipe": "core/item",
    "core/stock": "core/item",
    "core/fence": "core/thread",
    "core/acquire": "core/core",
    "core/counters": "core/core",
    "core/fork": "core/core",
    "core/handle": "core/core",
    "core/prefill": "core/core",
    "core/return": "core/core",
    "core/search": "core/core",
    "core/admission": "core/core",
    "core/age": "core/core",
    "core/alarm": "core/core",
    "core/bulk": "core/core",
    "core/dump": "core/core",
    "core/pressure": "core/core",
    "core/realtime": "core/core",
    "core/limit": "core/core",
    "core/reclaim": "core/core",
    "core/trim": "core/core",
}

# What may be included besides, on the same floor, and why.
MORE_ARROWS = {
    ("reusable", "types"): "public headers begin with the types",
    ("core/debug", "types"): "messages name errors and types",
    ("core/lock", "core/debug"): "what compilers and sanitizers need",
    ("core/stack", "core/lock"): "each thread remembers stacks",
    ("core/address", "core/debug"): "how far apart lines are",
    ("core/trace", "core/debug"): "what others may glance at",
    ("core/trace", "core/lock"): "not in the middle of a fork()",
    ("core/cells", "core/debug"): "what compilers and sanitizers need",
    ("core/cells", "core/lock"): "where a thread begins is its own",
    ("core/budget", "core/wait"): "a budget is a quota of bytes",
    ("core/state", "core/item"): "the word is a field of the handle",
    ("core/item", "core/thread"): "each thread has a stock of handles",
}

# On this floor arrows between families are free, as long as there is no circle.
PUBLIC_FLOOR = 5

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


class StructureError(Exception):
    """The tree cannot be read, or not be drawn."""


class Unit:
    """The files of one name, and what they include."""

    def __init__(self, folder, name):
        self.folder = folder
        self.name = name
        self.files = []
        # Unit names, each with the file that has the include.
        self.includes = {}

    @property
    def key(self):
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def family(self):
        name = self.name.split("-")[0]
        name = f"{self.folder}/{name}" if self.folder else name
        return FAMILIES.get(name, name)

    @property
    def floor(self):
        for number, (_, _, families) in enumerate(FLOORS):
            if self.family in families:
                return number
        return None


def is_private(path):
    return path.parent.name == "core" or path.name.endswith("-private.h")


def list_files(root):
    """The sources of the library; a header that meson makes counts by its template."""
    library = root / "bufpool"
    files = [path for pattern in ("*.c", "*.h", "*.h.in", "core/*.c", "core/*.h")
             for path in library.glob(pattern)]
    if not files:
        raise StructureError(f"{library}: no sources")
    return sorted(files)


def count_lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def count_code(path):
    """Lines that are neither blank nor comment."""
    text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment.group().count("\n"),
                  path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return sum(1 for line in text.splitlines() if line.strip())


def get_unit_name(path):
    name = path.name.removesuffix(".in").rsplit(".", 1)[0].removeprefix("bp-")
    return name.removesuffix("-private")


def get_folder(root, path):
    folder = path.parent.relative_to(root / "bufpool")
    return "" if folder == pathlib.PurePath(".") else str(folder)


def read_units(root):
    """The units by their keys."""
    units = {}
    owners = {}
    for path in list_files(root):
        unit = Unit(get_folder(root, path), get_unit_name(path))
        unit = units.setdefault(unit.key, unit)
        unit.files.append(path)
        header = path.name.removesuffix(".in")
        if header in owners:
            raise StructureError(f"there are two files {header}")
        owners[header] = unit

    for unit in units.values():
        for path in unit.files:
            for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
                other = owners.get(included.rsplit("/", 1)[-1])
                if other is None:
                    raise StructureError(f"{path.name} includes {included}, which is not there")
                if other is not unit:
                    unit.includes.setdefault(other.key, path.name)

    return units


def is_allowed(unit, other):
    if unit.floor > other.floor or unit.family == other.family:
        return True
    if unit.floor == other.floor == PUBLIC_FLOOR and not unit.folder and not other.folder:
        return True
    return (unit.family, other.family) in MORE_ARROWS


def find_circle(units):
    """The keys along a circle of includes, the first one again at the end; or None."""
    done = set()

    def walk(key, path):
        if key in path:
            return path[path.index(key):] + [key]
        if key in done:
            return None
        for other in sorted(units[key].includes):
            circle = walk(other, path + [key])
            if circle:
                return circle
        done.add(key)
        return None

    for key in sorted(units):
        circle = walk(key, [])
        if circle:
            return circle
    return None


def list_arrows(units):
    """In words, each unit with what it includes: the whole of it, for the description."""
    return [f"{key} includes {', '.join(sorted(unit.includes)) or 'none'}"
            for key, unit in sorted(units.items())]


class Box:
    """A family in the picture."""

    def __init__(self, family, units):
        self.family = family
        self.units = units
        self.floor = units[0].floor
        self.targets = {target for unit in units for target in unit.includes} - {unit.key for unit in units}
        self.x = self.y = self.width = self.height = 0

    @property
    def lines(self):
        """Its name, and those of its other units."""
        name = self.family.rsplit("/", 1)[-1]
        parts = [unit.name.removeprefix(f"{name}-") for unit in self.units if unit.name != name]
        lines = [name]
        for part in parts:
            if len(lines) > 1 and len(lines[-1]) + len(part) + 2 <= self.width / 7:
                lines[-1] += f", {part}"
            else:
                lines.append(part)
        return lines

    @property
    def middle(self):
        return self.x + self.width / 2


def make_boxes(units):
    """One for each family, from the ground up, with the arrows that no longer way implies."""
    families = {}
    for key, unit in sorted(units.items()):
        if unit.floor is None:
            raise StructureError(f"{key} stands on no floor of docs/tools/structure.py")
        families.setdefault(unit.family, []).append(unit)

    boxes = {}
    for _, _, names in FLOORS[:-1]:
        for name in names:
            if name in families:
                boxes[name] = Box(name, families[name])
    for box in boxes.values():
        box.targets = {units[key].family for key in box.targets} & boxes.keys()
    reduce_arrows(boxes)
    return boxes


def reaches(boxes, start, end, seen):
    if start == end:
        return True
    seen.add(start)
    return any(reaches(boxes, target, end, seen) for target in boxes[start].targets if target not in seen)


def reduce_arrows(boxes):
    for name, box in boxes.items():
        for target in sorted(box.targets):
            if any(reaches(boxes, other, target, {name}) for other in box.targets - {target}):
                box.targets.discard(target)
