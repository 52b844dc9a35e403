#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Writes what platform.sh found on a platform into docs/data/trust-platforms.json.

    record.py FILE PLATFORM <RESULT

RESULT has lines "KEY VALUE". What FILE says of other platforms stays.
"""

import argparse
import json
import pathlib
import sys

NUMBERS = ("passed", "failed", "skipped")
TEXTS = ("release", "compiler", "glib", "date")
OPTIONAL_TEXTS = ("emulator",)


def parse(lines):
    result = {}
    for line in lines:
        key, _, value = line.strip().partition(" ")
        if key in NUMBERS:
            result[key] = int(value)
        elif key in TEXTS + OPTIONAL_TEXTS and value:
            result[key] = value
        else:
            raise ValueError(f"'{line.strip()}' is no line of a result")
    missing = [key for key in NUMBERS + TEXTS if key not in result]
    if missing:
        raise ValueError(f"the result has no {', '.join(missing)}; the run did not come to its end")
    return result


def main():
    parser = argparse.ArgumentParser(description="Writes the result of a platform into a JSON file.")
    parser.add_argument("file", type=pathlib.Path, metavar="FILE")
    parser.add_argument("platform", metavar="PLATFORM")
    arguments = parser.parse_args()

    try:
        platforms = json.loads(arguments.file.read_text(encoding="utf-8")) if arguments.file.exists() else {}
        platforms[arguments.platform] = parse(sys.stdin)
    except (OSError, ValueError) as error:
        sys.exit(f"record.py: {error}")
    arguments.file.write_text(json.dumps(platforms, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
