#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Looks for links and pictures of Markdown files that are not there.

    check-links.py FILE...

What leads to other places of the net is not followed. The places within a page
are its headings, named as GitLab, GitHub and gi-docgen name them.
"""

import pathlib
import re
import sys

LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<words>.*)$", re.MULTILINE)
LISTING = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def find_places(text):
    return {re.sub(r"[^\w\s-]", "", words.lower()).strip().replace(" ", "-")
            for words in HEADING.findall(LISTING.sub("", text))}


def find_broken(path):
    text = path.read_text(encoding="utf-8")
    for target in LINK.findall(LISTING.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, place = target.partition("#")
        linked = path.parent / file if file else path
        if not linked.exists():
            yield f"{path}: there is no {target}"
        elif place and place not in find_places(linked.read_text(encoding="utf-8")):
            yield f"{path}: {linked.name} has no heading for #{place}"


def main():
    broken = [line for name in sys.argv[1:] for line in find_broken(pathlib.Path(name))]
    if broken:
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main()
