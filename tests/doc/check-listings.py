#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Compiles and runs the listings of a page, from the file that shows them.

    check-listings.py --build FOLDER [--cc "COMMAND"] FILE...

How a listing says what it needs stands in listings.py. Prints TAP.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import tempfile

from languages import Skipped, Tester
from listings import ListingError, find_listings, group

WORKERS = 2


def check(tester, case):
    """Returns what is wrong, or None, and why it was not looked at, or None."""
    with tempfile.TemporaryDirectory(prefix="listing-") as scratch:
        try:
            tester.check(case, pathlib.Path(scratch))
        except Skipped as reason:
            return None, str(reason)
        except ListingError as error:
            return str(error), None
    return None, None


def collect(paths):
    cases = []
    for path in paths:
        cases += group(find_listings(path))
    return [case for case in cases if not (case.language in ("", "text") and not case.is_folder)]


def main():
    parser = argparse.ArgumentParser(description="Tests the listings of Markdown files.")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the meson build folder")
    parser.add_argument("--cc", default="cc", help="the C compiler, with its arguments")
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()

    try:
        cases = collect(arguments.files)
    except ListingError as error:
        print(f"1..1\nnot ok 1 - {error}")
        sys.exit(1)

    print("TAP version 13", flush=True)
    if not cases:
        print("1..0 # SKIP no listings")
        return

    tester = Tester(arguments.build.resolve(), arguments.cc)
    failed = False
    print(f"1..{len(cases)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as executor:
        results = executor.map(lambda case: check(tester, case), cases)
        for number, (case, (wrong, skipped)) in enumerate(zip(cases, results), 1):
            for line in (wrong or "").splitlines():
                print(f"# {line}")
            result = "not ok" if wrong else "ok"
            print(f"{result} {number} - {case.name}" + (f" # SKIP {skipped}" if skipped else ""), flush=True)
            failed = failed or bool(wrong)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
