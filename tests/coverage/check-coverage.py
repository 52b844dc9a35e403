#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Checks which lines and branches of the library the tests run.

    check-coverage.py --begin BUILD       forgets what was counted before
    check-coverage.py [OPTION...] BUILD   after the tests: counts, and compares

gcovr counts; nothing is excluded. The check fails if there are fewer lines or branches
than the limits say, and if what is missing is not what the list of missing things says.
An entry of the list is

    FILE:FUNCTION — why no test runs it
        a line of it that is not run, as it stands in the source
        another

and for a function whose lines are all run, but not all branches, the first line alone.
A "~" before FILE means that some runs of the tests have it, and others have not: it
depends on a race. Blank lines and those that begin with "#" do not count.

What must be listed: each line that is not run, and each function that misses more than
two branches though its lines are run. What must not be listed: what is run, and what
there is no longer.
"""

import argparse
import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile

DASH = " — "
# Branches that a function may miss without being listed: half of a condition
MOST_UNLISTED_BRANCHES = 2

# What begins a function, or stands for some: its name is at the very left
BEGIN = re.compile(r"^(?P<name>[A-Za-z_]\w*) \((?P<first>\w*)")
DEFINES = re.compile(r"G_(DEFINE|DECLARE)_\w+$")


class ListError(Exception):
    """The list of missing things cannot be understood."""


class Function:
    """What was counted of one."""

    def __init__(self):
        self.n_branches_missed = 0
        self.lines_missed = []
        self.lines_run = []


class Entry:
    """Of the list of missing things."""

    def __init__(self, where, key, is_racy):
        self.where = where
        self.key = key
        self.is_racy = is_racy
        self.texts = []


def find_name(source, number):
    """The function that a line, counted from 1, is in."""
    for text in reversed(source[:number]):
        match = BEGIN.match(text)
        if match:
            name = match["name"]
            return f"{name} ({match['first']})" if DEFINES.match(name) else name
    return "(none)"


def run_gcovr(options):
    """What gcovr says of each file of the library."""
    source = options.source.resolve()
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        # A process that ends while its threads are at work writes counts that do not add up, and
        # gcov computes from them that something was run less than 0 times. That is taken as 0.
        command = [options.gcovr, "--root", source, "--filter", re.escape(f"{source}/bufpool/"),
                   "--gcov-ignore-parse-errors", "--gcov-executable", options.gcov, "--json", report,
                   options.build.resolve() / "bufpool"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not report.exists():
            raise SystemExit(f"gcovr failed with status {done.returncode}:\n{done.stderr.strip()}")
        return json.loads(report.read_text(encoding="utf-8"))["files"]


def is_code(line):
    return not line.get("gcovr/noncode") and not line.get("gcovr/excluded")


def count_file(found, source, functions):
    """Return the file's counts, and fill in those of its functions."""
    counts = {"lines": 0, "lines_run": 0, "branches": 0, "branches_run": 0}
    # gcovr may name a line once for each function that it is compiled into
    lines = {}
    for line in found["lines"]:
        if is_code(line):
            lines.setdefault(line["line_number"], []).append(line)

    for number, copies in sorted(lines.items()):
        key = f"{found['file']}:{find_name(source, number)}"
        function = functions.setdefault(key, Function())
        is_run = any(line["count"] > 0 for line in copies)
        branches = [branch for line in copies for branch in line["branches"]]
        n_taken = sum(1 for branch in branches if branch["count"] > 0)

        counts["lines"] += 1
        counts["lines_run"] += is_run
        counts["branches"] += len(branches)
        counts["branches_run"] += n_taken
        function.n_branches_missed += len(branches) - n_taken
        (function.lines_run if is_run else function.lines_missed).append((number, source[number - 1].strip()))

    return counts


def count(options):
    """Return the counts of each file, and what is known of each function."""
    files = {}
    functions = {}
    for found in run_gcovr(options):
        source = (options.source / found["file"]).read_text(encoding="utf-8").splitlines()
        files[found["file"]] = count_file(found, source, functions)
    if not any(counts["lines_run"] for counts in files.values()):
        raise SystemExit(f"nothing was counted in {options.build}: "
                         "run the tests in a build with -Db_coverage=true, and the check after them")
    return files, functions


def read_list(path):
    """Return the entries of the list of missing things."""
    entries = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        where = f"{path.name}:{number}"
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):
            if not entries:
                raise ListError(f"{where}: a line of source stands before any function")
            entries[-1].texts.append(line.strip())
            continue
        key, dash, reason = line.partition(DASH)
        is_racy = key.startswith("~")
        key = key.lstrip("~ ")
        if not dash or not reason.strip() or ":" not in key:
            raise ListError(f"{where}: is not \"FILE:FUNCTION{DASH}reason\"")
        if any(entry.key == key for entry in entries):
            raise ListError(f"{where}: {key} stands in the list already")
        entries.append(Entry(where, key, is_racy))
    return entries


def find_stale(entries, functions):
    """Return what is listed though it is not missing."""
    faults = []
    for entry in entries:
        function = functions.get(entry.key)
        if function is None:
            faults.append(f"{entry.where}: there is no {entry.key}")
            continue
        if not entry.texts and not entry.is_racy and function.n_branches_missed == 0:
            faults.append(f"{entry.where}: {entry.key} misses no branch any more")
        missed = {text for _, text in function.lines_missed}
        run = {text for _, text in function.lines_run}
        for text in entry.texts:
            if text in missed or (entry.is_racy and text in run):
                continue
            why = "is run" if text in run else "is no line of code there"
            faults.append(f"{entry.where}: {entry.key}: \"{text}\" {why}")
    return faults


def find_unlisted(entries, functions):
    """Return what is missing though it is not listed."""
    faults = []
    listed = {entry.key: entry for entry in entries}
    for key, function in functions.items():
        entry = listed.get(key)
        texts = entry.texts if entry else []
        for number, text in function.lines_missed:
            # The end of a function is a line of code for some compilers
            if text not in texts and (text != "}" or len(function.lines_missed) == 1):
                faults.append(f"{key}: no test runs line {number}: \"{text}\"")
        if entry is None and not function.lines_missed and function.n_branches_missed > MOST_UNLISTED_BRANCHES:
            faults.append(f"{key}: {function.n_branches_missed} branches are never taken")
    return faults


def draft(entries, functions):
    """Print what is missing in the form of the list, without the reasons."""
    listed = {entry.key: entry.texts for entry in entries}
    for key, function in functions.items():
        texts = dict.fromkeys(text for _, text in function.lines_missed
                              if text != "}" and text not in listed.get(key, []))
        if texts or (key not in listed and function.n_branches_missed > MOST_UNLISTED_BRANCHES):
            print(key + DASH)
            for text in texts:
                print(f"    {text}")


def get_percent(part, whole):
    """In percent, rounded down: a limit is reached, or it is not."""
    return part * 1000 // whole / 10 if whole else 100.0


def add_percents(counts):
    return counts | {"lines_percent": get_percent(counts["lines_run"], counts["lines"]),
                     "branches_percent": get_percent(counts["branches_run"], counts["branches"])}


def sum_up(files):
    total = {"lines": 0, "lines_run": 0, "branches": 0, "branches_run": 0}
    for counts in files.values():
        total = {key: value + counts[key] for key, value in total.items()}
    return add_percents(total)


def describe_tool(*command):
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]


def write_data(options, total, files, entries):
    data = total | {
        "lines_missed": total["lines"] - total["lines_run"],
        "branches_missed": total["branches"] - total["branches_run"],
        "files_counted": len(files),
        "listed": len(entries),
        "lines_limit": options.lines,
        "branches_limit": options.branches,
        "compiler": describe_tool(*options.cc.split()),
        "gcovr": describe_tool(options.gcovr),
        "date": datetime.date.today().isoformat(),
        "files": {name: add_percents(counts) for name, counts in sorted(files.items())},
    }
    options.json.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def check(options):
    """Return what is wrong."""
    files, functions = count(options)
    total = sum_up(files)
    entries = read_list(options.missing)

    print(f"lines: {total['lines_percent']} % ({total['lines_run']} of {total['lines']}), "
          f"branches: {total['branches_percent']} % ({total['branches_run']} of {total['branches']}) "
          f"of {len(files)} files")
    if options.verbose:
        for name, counts in sorted(files.items()):
            counts = add_percents(counts)
            print(f"  {name}: {counts['lines_percent']} %, {counts['branches_percent']} %")
        for key, function in functions.items():
            if function.n_branches_missed:
                print(f"  {key}: {function.n_branches_missed} branches are never taken")
    if options.draft:
        draft(entries, functions)
    if options.json:
        write_data(options, total, files, entries)

    faults = [f"{total[kind + '_percent']} % of the {kind} are run, {limit} % are needed"
              for kind, limit in (("lines", options.lines), ("branches", options.branches))
              if total[kind + "_percent"] < limit]
    return faults + find_unlisted(entries, functions) + find_stale(entries, functions)


def begin(build):
    n_removed = 0
    for path in build.rglob("*.gcda"):
        path.unlink()
        n_removed += 1
    print(f"{n_removed} files of old counts removed")


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Checks which lines and branches of the library the tests run.")
    parser.add_argument("--begin", action="store_true", help="only forget what was counted before")
    parser.add_argument("--source", type=pathlib.Path, default=here.parent.parent, help="the source tree")
    parser.add_argument("--missing", type=pathlib.Path, default=here / "missing.txt",
                        help="the list of what is missing")
    parser.add_argument("--lines", type=float, default=97, help="percent of the lines needed (%(default)s)")
    parser.add_argument("--branches", type=float, default=92, help="percent of the branches needed (%(default)s)")
    parser.add_argument("--gcovr", default="gcovr", help="the command gcovr")
    parser.add_argument("--gcov", default="gcov", help="the command gcov of the compiler")
    parser.add_argument("--cc", default="gcc", help="the compiler, for the data")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    parser.add_argument("--draft", action="store_true", help="print what is not listed as entries of the list")
    parser.add_argument("--verbose", action="store_true", help="show each file, and where branches are missing")
    parser.add_argument("build", type=pathlib.Path, help="the build folder")
    options = parser.parse_args()

    if not (options.build / "bufpool").is_dir():
        parser.error(f"{options.build} is no build folder of bufpool")
    if options.begin:
        begin(options.build)
        return
    try:
        faults = check(options)
    except (ListError, OSError) as error:
        sys.exit(f"check-coverage.py: {error}")
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(f"{len(faults)} faults: write a test, or change tests/coverage/{options.missing.name}")


if __name__ == "__main__":
    main()
