#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs the hand-overs of tests/stress in both forms of the fence, and counts.

    measure-stress.py PROGRAM [--hand-overs=1e9] > trust-stress.json

PROGRAM is tests/test-stress-handovers of a build folder. With 10⁹ hand-overs it takes ten
minutes or more for each form.
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

FORMS = {"membarrier": "", "exchange": "no-membarrier"}
FIGURE = re.compile(r"^# figure: ([\w-]+) (\d+)$")


def run(program, form, n_hand_overs):
    environment = os.environ | {"BUFPOOL_DEBUG": FORMS[form], "BUFPOOL_TEST_HANDOVERS": n_hand_overs}
    figures = {}
    with subprocess.Popen([program, "--tap", "-m", "slow"], env=environment, text=True,
                          stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            sys.stderr.write(f"{form}: {line}")
            match = FIGURE.match(line)
            if match:
                figures[match[1]] = int(match[2])
    if process.returncode != 0:
        sys.exit(f"measure-stress.py: {program} failed in the form {form}")
    if "hand-overs" not in figures:
        sys.exit(f"measure-stress.py: {program} names no figures; is it test-stress-handovers?")
    if form == "membarrier" and figures["barriers"] == 0:
        sys.exit("measure-stress.py: there was no barrier; this machine or build has the exchange form only")
    figures["minutes"] = round(figures.pop("seconds") / 60, 1)
    return figures


def main():
    parser = argparse.ArgumentParser(description="Runs the hand-overs of tests/stress in both forms of the fence.")
    parser.add_argument("--hand-overs", default="1e9", metavar="N", help="how many in each form, 1e9 by default")
    parser.add_argument("program", metavar="PROGRAM", help="tests/test-stress-handovers")
    arguments = parser.parse_args()

    try:
        float(arguments.hand_overs)
        report = describe_machine() | {form: run(arguments.program, form, arguments.hand_overs) for form in FORMS}
    except ValueError:
        parser.error(f"--hand-overs={arguments.hand_overs} is no number, as 1e9 is")
    except OSError as error:
        sys.exit(f"measure-stress.py: {error}")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
