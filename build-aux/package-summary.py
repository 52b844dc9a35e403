#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What package.sh shows at its end: each package, its size, and what was run with it.

    package-summary.py --release RELEASE [--record FILE] FOLDER

FOLDER has packages/ and ran.txt, as package.sh leaves them. With --record the figures of
this release are put into a JSON file, which keeps those of the other.
"""

import argparse
import datetime
import json
import pathlib
import re
import sys

NUMBERS = {"bookworm": "12", "trixie": "13"}
DEB = re.compile(r"(?P<name>[^_]+)_(?P<version>[^_]+)_(?P<architecture>[^_]+)\.deb")
TESTS = re.compile(r"(?P<number>\d+) (?P<kind>installed tests|tests)")


def read_packages(folder):
    """Name, size and architecture of each; those with symbols for debuggers are left out."""
    packages = {}
    for path in sorted(folder.glob("*.deb")):
        found = DEB.fullmatch(path.name)
        if found and not found["name"].endswith("-dbgsym"):
            packages[found["name"]] = {"bytes": path.stat().st_size, "architecture": found["architecture"],
                                       "version": found["version"]}
    return packages


def read_ran(path):
    ran = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, what = line.split("\t")
        ran.setdefault(name, []).append(what)
    return ran


def show(release, packages, ran):
    rows = [("package", "size", "what was run with it")]
    for name, package in packages.items():
        rows.append((name, f"{package['bytes'] / 1024:.0f} KiB", "; ".join(ran.get(name, ["what needs it"]))))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    print(f"\nDebian {NUMBERS[release]} ({release})\n")
    for name, size, what in rows:
        print(f"{name:<{widths[0]}}  {size:>{widths[1]}}  {what}")
    print("\nBuilt twice with the same bytes, without errors or warnings by lintian.")


def record(path, release, packages, ran):
    """Sizes and numbers of tests, under the release's name."""
    data = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    tests = {}
    for name, what in ran.items():
        for found in filter(None, map(TESTS.fullmatch, what)):
            tests[name] = int(found["number"])
    data[release] = {
        "debian": NUMBERS[release],
        "date": datetime.date.today().isoformat(),
        "number": len(packages),
        "kib": {name: round(package["bytes"] / 1024) for name, package in packages.items()},
        "tests": tests,
    }
    path.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description="What package.sh shows at its end.")
    parser.add_argument("--release", required=True, choices=sorted(NUMBERS))
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE", help="a JSON file for the figures")
    parser.add_argument("folder", type=pathlib.Path, metavar="FOLDER")
    options = parser.parse_args()

    try:
        packages = read_packages(options.folder / "packages")
        ran = read_ran(options.folder / "ran.txt")
        strange = set(ran) - set(packages)
        if strange or not packages:
            sys.exit(f"package-summary.py: {options.folder} lacks packages: {', '.join(sorted(strange)) or 'all'}")
        show(options.release, packages, ran)
        if options.record:
            record(options.record, options.release, packages, ran)
    except (OSError, ValueError) as error:
        sys.exit(f"package-summary.py: {error}")


if __name__ == "__main__":
    main()
