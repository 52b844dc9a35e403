#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Checks that each message that a page explains is one of the library's.

    check-messages.py PAGE SOURCE...

Messages are the first column of tables whose header is Critical, Error, Warning or Message. What
differs from one time to the next is "…" or "*n*" there. The rest must be in string literals of
the sources, in this order and in one message.
"""

import pathlib
import re
import sys

HEADER = re.compile(r"^\| (Critical|Error|Warning|Message) \|")
PLACEHOLDER = re.compile(r"…|\*\w+\*")
LITERALS = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s*(?:G_G\w+_FORMAT\s*)?"(?:[^"\\\n]|\\.)*")*')
JOINT = re.compile(r'"\s*(?:G_G\w+_FORMAT\s*)?"')


def find_messages(text):
    inside = False
    for line in text.splitlines():
        if HEADER.match(line):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("| ---"):
            yield line.split("|")[1].strip()


def find_literals(text):
    """A literal in several parts is one."""
    for match in LITERALS.finditer(text):
        yield JOINT.sub("", match[0])[1:-1].replace('\\"', '"').replace("\\n", "\n")


def is_said(message, literals):
    parts = [part for part in (part.strip(' "') for part in PLACEHOLDER.split(message.replace("`", ""))) if part]
    pattern = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
    return any(pattern.search(literal) for literal in literals)


def main():
    page, *sources = map(pathlib.Path, sys.argv[1:])
    messages = list(find_messages(page.read_text(encoding="utf-8")))
    literals = [literal.replace("`", "") for source in sources
                for literal in find_literals(source.read_text(encoding="utf-8"))]
    unsaid = [message for message in messages if not is_said(message, literals)]
    if not messages:
        sys.exit(f"check-messages.py: {page} has no table of messages")
    if unsaid:
        sys.exit(f"check-messages.py: {page} explains what the library never says:\n" + "\n".join(unsaid))
    print(f"{len(messages)} messages of {page.name} are the library's")


if __name__ == "__main__":
    main()
