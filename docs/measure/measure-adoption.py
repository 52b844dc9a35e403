#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Measures programs of others as they are, and changed so that they use bufpool.

    measure-adoption.py [--rounds=N] programs.json > adoption.json

The file describes the programs, and its folder is where they run:

    {"programs": [{
      "name": "pzstd", "version": "1.5.4", "task": "what it does here",
      "lines": {"added": 20, "removed": 3},
      "before": ["before/pzstd", "-d", ...],
      "after": ["after/pzstd", "-d", ...],
      "plain": ["plain/pzstd", ...],
      "environment": {"NAME": "value"},
      "outputs": ["out/file", ...]
    }]}

"before" is the program as it is, and "after" the changed one. "plain" may be left out: it is
changed in the same way without bufpool, as far as that can be done. "environment" may be left
out, too. The runs take turns, so that a disturbance hits all of them, and each must write
the same outputs. Only names and figures are kept, no commands.
"""

import argparse
import hashlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

from machine import describe_machine  # noqa: E402, pylint: disable=wrong-import-position

WAYS = ("before", "after", "plain")
REQUIRED = {"name": str, "version": str, "task": str, "lines": dict, "before": list, "after": list, "outputs": list}
OPTIONAL = {"plain": list, "environment": dict}
WORDS = {str: "text", list: "a list of texts", dict: "an object"}
KEPT = ("name", "version", "task", "lines")
KIB_IN_MIB = 1024


class AdoptionError(Exception):
    """Said in one line."""


def check_program(program, where):
    if not isinstance(program, dict):
        raise AdoptionError(f"{where} is not an object")
    for key in program:
        if key not in REQUIRED | OPTIONAL:
            raise AdoptionError(f"{where} has '{key}', which is not one of {', '.join(REQUIRED | OPTIONAL)}")
    for key, kind in (REQUIRED | OPTIONAL).items():
        if key not in program and key in OPTIONAL:
            continue
        value = program.get(key)
        is_right = isinstance(value, kind) and len(value) > 0
        if is_right and kind is list:
            is_right = all(isinstance(word, str) and word for word in value)
        if not is_right:
            raise AdoptionError(f"{where}: '{key}' must be {WORDS[kind]}, and not empty")
    lines = program["lines"]
    if set(lines) != {"added", "removed"} or not all(type(n) is int and n >= 0 for n in lines.values()):
        raise AdoptionError(f"{where}: 'lines' must have the numbers 'added' and 'removed'")
    if not all(isinstance(value, str) for value in program.get("environment", {}).values()):
        raise AdoptionError(f"{where}: the values of 'environment' must be text")


def read_programs(path):
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AdoptionError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise AdoptionError(f"{path} is not JSON: {error}") from None
    programs = description.get("programs") if isinstance(description, dict) else None
    if not isinstance(programs, list) or not programs:
        raise AdoptionError(f"{path} must be an object with a list 'programs'")
    seen = set()
    for number, program in enumerate(programs, 1):
        check_program(program, f"{path}: program {number}")
        key = program["name"], program["task"]
        if key in seen:
            raise AdoptionError(f"{path}: program {number} has the name and task of another one")
        seen.add(key)
    return programs


def name_run(program, way):
    return f"{program['name']}, {program['task']}, {way}"


def run(program, way, folder):
    """What a run took, by what the system says of the child."""
    with tempfile.TemporaryFile() as complaints:
        begin = time.monotonic()
        try:
            process = subprocess.Popen(program[way], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=complaints, env={**os.environ, **program.get("environment", {})})
        except OSError as error:
            raise AdoptionError(f"{name_run(program, way)}: {program[way][0]}: {error.strerror}") from None
        _, status, usage = os.wait4(process.pid, 0)
        took = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            complaints.seek(0)
            last = complaints.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise AdoptionError(f"{name_run(program, way)}: ended with {process.returncode}: {last or 'no message'}")
    return {
        "processor": round(usage.ru_utime + usage.ru_stime, 3),
        "wall": round(took, 3),
        "faults": usage.ru_minflt,
        "peak": round(usage.ru_maxrss / KIB_IN_MIB, 1),
    }


def remove_outputs(program, folder):
    for output in program["outputs"]:
        (folder / output).unlink(missing_ok=True)


def read_outputs(program, way, folder):
    digests = {}
    for output in program["outputs"]:
        try:
            with open(folder / output, "rb") as file:
                digests[output] = hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            raise AdoptionError(f"{name_run(program, way)}: {output}: {error.strerror}") from None
    return digests


def measure(program, folder, rounds, say):
    ways = [way for way in WAYS if way in program]
    figures = {way: [] for way in ways}
    expected = None
    for _ in range(rounds):
        for way in ways:
            remove_outputs(program, folder)
            figures[way].append(run(program, way, folder))
            digests = read_outputs(program, way, folder)
            expected = expected or digests
            for output, digest in digests.items():
                if digest != expected[output]:
                    raise AdoptionError(f"{name_run(program, way)}: {output} is not as it was in the first run")
    remove_outputs(program, folder)

    for way in ways:
        medians = {key: statistics.median(row[key] for row in figures[way]) for key in figures[way][0]}
        say(f"{name_run(program, way)}: {medians['processor']:.2f} s of the processor, {medians['wall']:.2f} s, "
            f"{medians['faults']:.0f} page faults, {medians['peak']:.0f} MiB at the peak")
    return {**{key: program[key] for key in KEPT}, "rounds": figures}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("description", type=pathlib.Path, help="the file that describes the programs")
    parser.add_argument("--rounds", type=int, default=9, help="how often every run is made (default: 9)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds={arguments.rounds}: must be at least 1")

    def say(words):
        print(f"{pathlib.Path(sys.argv[0]).name}: {words}", file=sys.stderr, flush=True)

    try:
        programs = read_programs(arguments.description)
        folder = arguments.description.resolve().parent
        machine = describe_machine()
        rows = [measure(program, folder, arguments.rounds, say) for program in programs]
    except AdoptionError as error:
        say(error)
        return 1
    # A line for each program
    print("{\n" + f'"machine": {json.dumps(machine)},\n"programs": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]\n}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
