#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tables of the reference list the properties that there are, and no others. gi-docgen knows
nothing of an element, nor of what a tracer takes from the environment."""

import pathlib
import re
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstBufpool", "1.0")
from gi.repository import Gst, GstBufpool  # noqa: E402

ROW = re.compile(r"^\| `([\w-]+)` \|", re.MULTILINE)


def own_properties(type_of_object, *without):
    return {spec.name for spec in type_of_object.list_properties()
            if spec.owner_type == type_of_object.__gtype__ and spec.name not in without}


def check(page, expected):
    listed = set(ROW.findall(page.read_text(encoding="utf-8")))
    for name in sorted(expected - listed):
        print(f"{page.name}: {name} is not in the table", file=sys.stderr)
    for name in sorted(listed - expected):
        print(f"{page.name}: there is no {name}", file=sys.stderr)

    return listed == expected


def main():
    Gst.init(None)
    folder = pathlib.Path(sys.argv[1])
    element = Gst.ElementFactory.make("bpalloc")
    is_right = check(folder / "bpalloc.md", own_properties(type(element)))
    is_right = check(folder / "tracer.md", own_properties(GstBufpool.Tracer, "stats")) and is_right

    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
