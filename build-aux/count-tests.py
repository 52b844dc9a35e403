#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Counts the tests in meson's machine-readable logs.

    count-tests.py [--verbose] LOG...

Prints "PASSED FAILED SKIPPED". A test that speaks TAP counts with each of its
subtests, any other as one.
"""

import argparse
import json
import pathlib
import re
import sys

TAP_LINE = re.compile(r"^(?P<no>not )?ok\b(?P<rest>.*)$", re.MULTILINE)
TAP_DIRECTIVE = re.compile(r"#\s*(?P<word>SKIP|TODO)", re.IGNORECASE)

PASSING = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP", "IGNORED"}


def count_subtests(output):
    """Return passed, failed and skipped among the TAP lines of a test."""
    passed = failed = skipped = 0
    for match in TAP_LINE.finditer(output):
        directive = TAP_DIRECTIVE.search(match["rest"])
        word = directive["word"].upper() if directive else ""
        if word == "SKIP":
            skipped += 1
        elif match["no"] and word != "TODO":
            failed += 1
        else:
            passed += 1
    return passed, failed, skipped


def count_test(test):
    """Return passed, failed and skipped of one entry of the log."""
    passed, failed, skipped = count_subtests(test.get("stdout") or "")
    result = test["result"]
    if result in PASSING:
        return (passed, failed, skipped) if passed + skipped else (1, 0, 0)
    if result in SKIPPED:
        return passed, failed, max(skipped, 1)
    # It may have died after its last line, or said nothing at all
    return passed, max(failed, 1), skipped


def main():
    parser = argparse.ArgumentParser(description="count the tests in meson's logs")
    parser.add_argument("--verbose", action="store_true", help="name what failed, on stderr")
    parser.add_argument("logs", nargs="+", type=pathlib.Path, metavar="LOG")
    options = parser.parse_args()

    total = [0, 0, 0]
    for log in options.logs:
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if not line.strip():
                continue
            test = json.loads(line)
            counts = count_test(test)
            total = [a + b for a, b in zip(total, counts)]
            if options.verbose and counts[1]:
                print(f"  failed: {test['name']} ({test['result']})", file=sys.stderr)
    print(*total)


if __name__ == "__main__":
    main()
