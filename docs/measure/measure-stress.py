#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs the hand-overs of tests/stress in both forms of the fence, and counts.

    measure-stress.py PROGRAM [--hand-overs=1e9] 2>LOG > trust-stress.json
    measure-stress.py --log=LOG > trust-stress.json

PROGRAM is tests/test-stress-handovers of a build folder. With 10⁹ hand-overs it takes ten
minutes or more for each form. What it says is on the standard error, where --log finds it again.
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
FIGURE = re.compile(r"^(\w+): # figure: ([\w-]+) (\d+)$", re.MULTILINE)


def run(program, form, n_hand_overs):
    environment = os.environ | {"BUFPOOL_DEBUG": FORMS[form], "BUFPOOL_TEST_HANDOVERS": n_hand_overs}
    lines = []
    with subprocess.Popen([program, "--tap", "-m", "slow"], env=environment, text=True,
                          stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            lines.append(f"{form}: {line}")
            sys.stderr.write(lines[-1])
    if process.returncode != 0:
        sys.exit(f"measure-stress.py: {program} failed in the form {form}")
    return "".join(lines)


def find_figures(log):
    found = {form: {} for form in FORMS}
    for form, key, value in FIGURE.findall(log):
        found[form][key] = int(value)
    for form, figures in found.items():
        if "hand-overs" not in figures or f"{form}: ok 1 " not in log:
            sys.exit(f"measure-stress.py: no run in the form {form} that passed and names its figures")
        figures["minutes"] = round(figures.pop("seconds") / 60, 1)
    if found["membarrier"]["barriers"] == 0:
        sys.exit("measure-stress.py: there was no barrier; this machine or build has the exchange form only")
    return found


def main():
    parser = argparse.ArgumentParser(description="Runs the hand-overs of tests/stress in both forms of the fence.")
    parser.add_argument("--hand-overs", default="1e9", metavar="N", help="how many in each form, 1e9 by default")
    parser.add_argument("--log", type=pathlib.Path, help="what such a run has said, in place of one")
    parser.add_argument("program", nargs="?", metavar="PROGRAM", help="tests/test-stress-handovers")
    arguments = parser.parse_args()
    if (arguments.log is None) == (arguments.program is None):
        parser.error("name either PROGRAM or --log=FILE")

    try:
        float(arguments.hand_overs)
        if arguments.log is not None:
            log = arguments.log.read_text(encoding="utf-8")
        else:
            log = "".join(run(arguments.program, form, arguments.hand_overs) for form in FORMS)
    except ValueError:
        parser.error(f"--hand-overs={arguments.hand_overs} is no number, as 1e9 is")
    except OSError as error:
        sys.exit(f"measure-stress.py: {error}")
    print(json.dumps(describe_machine() | find_figures(log), indent=1))


if __name__ == "__main__":
    main()
