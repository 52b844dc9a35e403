#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Ends each guide with links to the one before and the one after it.

    navigation.py PAGE...            writes the links
    navigation.py --check PAGE...    says which pages have others

The pages are given in the order in which they are to be read: docs/meson.build has it. The first
is the index, which all others link to.
"""

import argparse
import pathlib
import re
import sys

TITLE = re.compile(r"^Title: (?P<title>.+)$", re.MULTILINE)
BLOCK = re.compile(r"\n*<!-- navigation -->\n.*?<!-- end -->\n", re.DOTALL)


def read(page):
    text = page.read_text(encoding="utf-8")
    title = TITLE.search(text)
    if title is None:
        sys.exit(f"navigation.py: {page} has no line 'Title: …'")
    return text, title["title"]


def make_block(names, titles, index):
    links = []
    if index > 0:
        links.append(f"Before: [{titles[index - 1]}]({names[index - 1]})")
    if index + 1 < len(names):
        links.append(f"Next: [{titles[index + 1]}]({names[index + 1]})")
    if index > 1:
        links.append(f"[All guides]({names[0]})")
    return "\n\n<!-- navigation -->\n" + " · ".join(links) + "\n<!-- end -->\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page has other links")
    parser.add_argument("pages", nargs="+", type=pathlib.Path, metavar="PAGE")
    arguments = parser.parse_args()

    texts, titles = zip(*map(read, arguments.pages))
    names = [page.name for page in arguments.pages]
    wrong = []
    for index, (page, text) in enumerate(zip(arguments.pages, texts)):
        new = BLOCK.sub("", text).rstrip("\n") + make_block(names, titles, index)
        if new == text:
            continue
        wrong.append(page.name)
        if not arguments.check:
            page.write_text(new, encoding="utf-8")
    if arguments.check and wrong:
        sys.exit(f"navigation.py: run it without --check for {', '.join(wrong)}")


if __name__ == "__main__":
    main()
