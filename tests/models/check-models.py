#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Has spin check models exhaustively, and their mutations, and reports as TAP.

    check-models.py [--spin=SPIN] [--cc=CC] GROUP
    check-models.py --commands GROUP

A model passes if spin went through all its states and found no error, and if
every statement was reached. A mutation passes if spin does find an error.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from checks import GROUPS  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent

# Megabytes, and steps; what needs more was not checked in full, which fails.
MEMORY = 3000
DEPTH = 100000
SECONDS = 240

CFLAGS = ["-O0", "-w", "-DSAFETY", f"-DMEMLIM={MEMORY}"]
TRAIL_LINES = 80
LINE_WIDTH = 120

# Not to be reached: what says so, and the ends of processes that have none.
INTENDED = ("assert(0)", "-end-")

INCOMPLETE = re.compile(
    r"Search not completed|max search depth too small|truncated|out of memory|"
    r"MEMLIM bound|VECTORSZ is too small", re.IGNORECASE)
PROCESS = re.compile(r"/\* (?:PROC|INIT) (\S+) \*/")
STATEMENT = re.compile(r"// STATE (?P<state>\d+) - (?P<file>[^:]+):(?P<line>\d+) - \[(?P<what>.*)\] \(")


class Trouble(Exception):
    """A check that could not be carried out; the text says why."""


def run(command, folder, seconds=SECONDS):
    try:
        done = subprocess.run(command, cwd=folder, timeout=seconds, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except subprocess.TimeoutExpired as error:
        raise Trouble(f"{command[0]} was not done after {seconds} s") from error
    return done.returncode, done.stdout


def demand(command, folder):
    status, output = run(command, folder)
    if status != 0:
        raise Trouble(f"{' '.join(command)} ended with {status}:\n{output}")


def commands(options, check):
    """What generates, compiles and runs the verifier of a check."""
    defines = ["-D" + define for define in check.defines]
    return (
        [options.spin, "-a", *defines, str(HERE / check.model)],
        [options.quick_cc if check.is_mutation else options.cc, *CFLAGS, "-o", "pan", "pan.c"],
        ["./pan", f"-m{DEPTH}"],
    )


def list_unreached(folder, output):
    """The statements of each process that no run came to.

    An inline function is in the verifier as often as it is used. A statement of it
    counts as reached when one of these copies is: not all are of use everywhere.
    """
    statements = {}
    process = None
    for line in (folder / "pan.m").read_text(encoding="utf-8").splitlines():
        match = PROCESS.search(line)
        if match:
            process = match[1].strip(":")
        match = STATEMENT.search(line)
        if match and match["what"] not in INTENDED:
            where = pathlib.Path(match["file"]).name
            statements[process, match["state"]] = (process, f"{where}:{match['line']}", match["what"])

    missed = set()
    for line in output.splitlines():
        match = re.match(r"unreached in (?:proctype )?(\S+)", line)
        if match:
            process = match[1]
        match = re.match(r"\t\S+, state (\d+), ", line)
        if match and (process, match[1]) in statements:
            missed.add(statements.pop((process, match[1])))

    return sorted(missed - set(statements.values()))


def show_trail(options, check, folder):
    """The interleaving that leads to the error, its last part."""
    defines = ["-D" + define for define in check.defines]
    trail = str(folder / (check.model + ".trail"))
    _, output = run([options.spin, "-p", "-k", trail, *defines, str(HERE / check.model)], folder)
    return [line[:LINE_WIDTH] for line in output.splitlines()[-TRAIL_LINES:]]


def carry_out(options, check, folder):
    """Return whether the check holds, figures in a few words, and notes."""
    generate, compile_it, verify = commands(options, check)
    demand(generate, folder)
    demand(compile_it, folder)

    begin = time.monotonic()
    status, output = run(verify, folder)
    seconds = time.monotonic() - begin

    errors = re.search(r"errors: (\d+)", output)
    states = re.search(r"([\d.e+]+) states, stored", output)
    if errors is None or states is None:
        raise Trouble(f"the verifier ended with {status} and no result:\n{output}")
    figures = f"{float(states[1]):.0f} states, {seconds:.1f} s"
    cause = re.search(r"^pan:1: (.*)$", output, re.MULTILINE)

    if check.is_mutation:
        if int(errors[1]) == 0:
            return False, figures, ["spin finds nothing wrong with it"]
        if cause is None or not cause[1].startswith(check.cause):
            return False, figures, [f"what spin found is not '{check.cause}':", *output.splitlines()]
        return True, figures, [cause[1]]

    if int(errors[1]) > 0:
        return False, figures, [cause[1] if cause else output, *show_trail(options, check, folder)]
    if status != 0 or INCOMPLETE.search(output):
        return False, figures, ["it did not go through all states:", *output.splitlines()]

    unreached = list_unreached(folder, output)
    if unreached:
        return False, figures, [f"never reached: {process}, {where}: {what[:70]}"
                                for process, where, what in unreached]
    return True, figures, []


def report(number, check, holds, figures, notes):
    print(f"{'ok' if holds else 'not ok'} {number} - {check.title}")
    for line in [figures] + notes:
        for part in line.splitlines():
            print(f"# {part}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spin", default="spin")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--quick-cc", metavar="CC", help="a compiler for mutations, which end soon: it "
                        "should compile quickly; by default that of --cc")
    parser.add_argument("--commands", action="store_true", help="print what would be run")
    parser.add_argument("--only", metavar="WORDS", default="", help="checks with this in their name")
    parser.add_argument("group", choices=sorted(GROUPS))
    options = parser.parse_args()
    options.quick_cc = options.quick_cc or options.cc

    checks = [check for check in GROUPS[options.group] if options.only in check.title]
    if options.commands:
        for check in checks:
            print(f"# {check.title}")
            for command in commands(options, check):
                print(" ".join(command))
        return 0

    for program, package in ((options.spin, "spin"), (options.cc, "gcc")):
        if shutil.which(program) is None:
            print(f"1..0 # SKIP {program} is not installed; on Debian it is in package {package}")
            return 0

    print(f"1..{len(checks)}")
    all_hold = True
    for number, check in enumerate(checks, 1):
        with tempfile.TemporaryDirectory(prefix="bufpool-model-") as folder:
            try:
                holds, figures, notes = carry_out(options, check, pathlib.Path(folder))
            except Trouble as trouble:
                holds, figures, notes = False, "not checked", [str(trouble)]
        report(number, check, holds, figures, notes)
        all_hold = all_hold and holds
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
