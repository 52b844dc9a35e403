#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Prints bufpool.wrap for a tarball, from build-aux/bufpool.wrap.in.

    make-wrap.py --url=URL TARBALL >subprojects/bufpool.wrap

The URL is where others find the tarball; meson refuses what has another hash.
"""

import argparse
import hashlib
import pathlib
import re
import sys

TEMPLATE = pathlib.Path(__file__).resolve().parent / "bufpool.wrap.in"
TARBALL = re.compile(r"bufpool-(?P<version>\d+\.\d+\.\d+)\.tar\.xz")


def make_wrap(tarball, url):
    found = TARBALL.fullmatch(tarball.name)
    if not found:
        sys.exit(f"make-wrap.py: {tarball.name} is not named bufpool-VERSION.tar.xz, as meson dist names it")
    try:
        content = tarball.read_bytes()
    except OSError as error:
        sys.exit(f"make-wrap.py: {error}")
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, value in (("VERSION", found["version"]), ("URL", url), ("HASH", hashlib.sha256(content).hexdigest())):
        text = text.replace(f"@{name}@", value)
    return text


def main():
    parser = argparse.ArgumentParser(description="Prints bufpool.wrap for a tarball.")
    parser.add_argument("--url", required=True, help="where others find the tarball")
    parser.add_argument("tarball", type=pathlib.Path, metavar="TARBALL")
    options = parser.parse_args()
    print(make_wrap(options.tarball, options.url), end="")


if __name__ == "__main__":
    main()
