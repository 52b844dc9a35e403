#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs the sweep of tests/oom, and counts.

    measure-oom.py PROGRAM > trust-oom.json

PROGRAM is tests/oom/test-oom of a build folder without a sanitizer.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

from machine import describe_machine  # noqa: E402, pylint: disable=wrong-import-position

FIGURE = re.compile(r"^# figure: ([\w-]+) (\d+)$", re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(description="Runs the sweep of tests/oom, and counts.")
    parser.add_argument("program", metavar="PROGRAM", help="tests/oom/test-oom")
    program = parser.parse_args().program

    # GLib's own slices would hide most of what GLib allocates
    environment = os.environ | {"G_SLICE": "always-malloc"}
    try:
        scenarios = subprocess.run([program, "--list-scenarios"], check=True, stdout=subprocess.PIPE,
                                   text=True).stdout.split()
        output = subprocess.run([program, "--tap", "-k"], check=True, stdout=subprocess.PIPE, text=True,
                                env=environment).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"measure-oom.py: {error}")

    figures = {key: int(value) for key, value in FIGURE.findall(output)}
    if not figures.get("ended"):
        sys.exit(f"measure-oom.py: {program} names no figures, or is of a build with a sanitizer")
    functions = {name.partition("/")[0] for name in scenarios}
    print(json.dumps(describe_machine() | {"functions": len(functions)} | figures, indent=1))


if __name__ == "__main__":
    main()
