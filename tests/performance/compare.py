#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Measures two builds of bufpool-bench by turns and prints what one takes by what the
other takes. compare.sh makes the builds and calls this.

    compare.py --this NAME PROGRAM INSTRUCTIONS --that NAME PROGRAM INSTRUCTIONS
               [--load LOAD] [--json FILE] -- [OPTION...]

INSTRUCTIONS is what count-instructions.sh printed for the program; the file need not
be there. The options are for bufpool-bench.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

USUAL = ["--rounds=3", "--runs=5", "--subject=bufpool,malloc,malloc-tuned,jemalloc,ring"]
OTHERS = ["malloc", "malloc-tuned", "mimalloc", "jemalloc", "ring"]

# What this tree may take at most, by what the other takes: between two commits, and
# against the first core, which was version 1.0.0.
BAR = 1.03
FIRST_VERSION = "1.0.0"
FIRST_BARS = {
    ("cycle", 4096): 0.92,
    ("hold", 4096): 1.0,
    ("threads", 4096): 1.0,
    ("threads-hold", 4096): 1.0,
    ("handoff", 4096): 0.9,
    ("bleed", 4096): 0.6,
}
FIRST_INSTRUCTIONS = 95

# Of a processor, by other programs
BUSY = 0.1
LOOK_S = 2.0
BUSY_FIELDS = ("user", "nice", "system", "irq", "softirq", "steal")
STAT_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def read_busy_seconds():
    """How long the machine's processors have been at work, all together."""
    with open("/proc/stat", encoding="ascii") as file:
        words = file.readline().split()
    ticks = dict(zip(STAT_FIELDS, map(int, words[1:])))
    return sum(ticks.get(field, 0) for field in BUSY_FIELDS) / os.sysconf("SC_CLK_TCK")


def read_own_seconds():
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class Others:
    """How many processors other programs kept at work since this was made."""

    def __init__(self):
        self.start = (time.monotonic(), read_busy_seconds(), read_own_seconds())

    def look(self):
        then, busy, own = self.start
        used = (read_busy_seconds() - busy) - (read_own_seconds() - own)
        return max(used, 0) / (time.monotonic() - then)


def read_instructions(path):
    """By subject, what count-instructions.sh printed; nothing if it was not called."""
    try:
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return {line.split()[0]: float(line.split()[1]) for line in lines}


def measure(program, that, options):
    """The rows, and what bufpool-bench says of its bars."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "rows.json")
        done = subprocess.run([program, f"--that={that}", "--check", *USUAL, *options, "--format=text",
                               f"--json={path}"], stdout=subprocess.PIPE, text=True, check=False)
        if not path.exists():
            sys.exit("compare.py: bufpool-bench measured nothing")
        bars = done.stdout.partition("\nBars:\n")[2]
        return json.loads(path.read_text(encoding="utf-8")), bars, done.returncode


def quartiles(values):
    """The middle half of the values."""
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def count_made(row):
    """How many buffers or items of 1000 were not there and had to be made."""
    return None if row["ns_per_op"] is None else row["misses"] * 1000 / row["acquires"]


def find_bar(row, version):
    if version != FIRST_VERSION:
        return BAR
    return FIRST_BARS.get((row["workload"], row["size"]), BAR)


def pair(rows):
    """One cell for each row of this build's bufpool that the other build has too."""
    keys = ("workload", "size", "threads")
    found = {}
    for row in rows:
        found[tuple(row[key] for key in keys), row["subject"], row["build"]] = row

    cells = []
    for (where, subject, build), this in found.items():
        that = found.get((where, subject, "that"))
        if build != "this" or that is None:
            continue
        cell = {**dict(zip(keys, where)), "subject": subject, "this": this["ns_per_op"],
                "that": that["ns_per_op"], "ratio": None, "made": [count_made(this), count_made(that)],
                "status": [this["status"], that["status"]],
                "others": {name: found[where, name, "this"]["ns_per_op"]
                           for name in OTHERS if (where, name, "this") in found}}
        if cell["this"] is not None and cell["that"] is not None:
            # The two of a pair ran one after the other: what the machine did hit both.
            ratios = [a / b for a, b in zip(this["samples"], that["samples"])]
            cell["ratio"] = cell["this"] / cell["that"]
            cell["low"], cell["high"] = quartiles(ratios)
            cell["bar"] = find_bar(this, that["version"])
        cells.append(cell)
    return cells


def format_size(size):
    for factor, unit in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size % factor == 0:
            return f"{size // factor} {unit}"
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size} B"


def format_ns(ns):
    if ns is None:
        return "-"
    return f"{ns:.1f}" if ns < 1000 else f"{ns:.0f}"


def format_made(made):
    return "-" if made is None else f"{made:.3g}"


def misses_bar(ratio, bar):
    return round(ratio, 2) > bar


def write_cells(cells, others):
    names = [f"{cell['workload']}, {format_size(cell['size'])}, {cell['threads']}" +
             ("" if cell["subject"] == "bufpool" else f", {cell['subject']}") for cell in cells]
    width = max(map(len, names))
    lines = [f"{'work, size, threads':{width}} {'this':>9} {'that':>9} {'ratio':>6} {'middle half':>12} "
             f"{'at most':>8}  " + "".join(f"{name:>13}" for name in others) + "  made of 1000, this and that"]
    for name, cell in zip(names, cells):
        line = f"{name:{width}} {format_ns(cell['this']):>9} {format_ns(cell['that']):>9} "
        if cell["ratio"] is None:
            line += f"{' and '.join(cell['status']):>29} "
        else:
            line += f"{cell['ratio']:>6.2f} {cell['low']:>5.2f} - {cell['high']:<4.2f} {cell['bar']:>7.2f} "
            line += "!" if misses_bar(cell["ratio"], cell["bar"]) else " "
        line += "".join(f"{format_ns(cell['others'].get(other)):>13}" for other in others)
        if any(cell["made"]):
            line += "  " + ", ".join(format_made(made) for made in cell["made"])
        lines.append(line.rstrip())
    return lines


def write_instructions(counts, version):
    lines = []
    for subject, this in counts["this"].items():
        that = counts["that"].get(subject)
        if that is None:
            continue
        line = f"{subject:24} {this:9.1f} {that:9.1f} {this / that:6.2f}"
        if subject == "bufpool" and version == FIRST_VERSION:
            line += f"   at most {FIRST_INSTRUCTIONS}" + (" !" if this > FIRST_INSTRUCTIONS else "")
        lines.append(line)
    return lines


def describe_load(load, found, during):
    text = "" if load is None else f"Load before the builds: {load:.2f}. "
    return text + (f"Other programs took {found:.2f} processors before the measurement and {during:.2f} "
                   "while it ran." + (" That is too much: the figures are disturbed."
                                      if max(found, during) > BUSY else ""))


def main():
    parser = argparse.ArgumentParser(description="Measures two builds of bufpool-bench by turns.")
    for build in ("this", "that"):
        parser.add_argument(f"--{build}", nargs=3, required=True, metavar=("NAME", "PROGRAM", "INSTRUCTIONS"))
    parser.add_argument("--load", type=float, help="of the machine before the builds")
    parser.add_argument("--json", type=pathlib.Path, help="where the figures go as well")
    parser.add_argument("options", nargs="*", help="for bufpool-bench")
    arguments = parser.parse_args()

    others = Others()
    time.sleep(LOOK_S)
    found = others.look()
    if found > BUSY:
        print(f"compare.py: other programs take {found:.2f} processors: the figures will be disturbed",
              file=sys.stderr)

    others = Others()
    rows, bars, status = measure(arguments.this[1], arguments.that[1], arguments.options)
    during = others.look()

    cells = pair(rows)
    if not cells:
        sys.exit("compare.py: no bufpool among what was measured")
    versions = {row["build"]: row["version"] for row in rows if row["subject"].startswith("bufpool")}
    counts = {build: read_instructions(getattr(arguments, build)[2]) for build in ("this", "that")}
    present = [name for name in OTHERS if any(cell["others"].get(name) is not None for cell in cells)]
    load = describe_load(arguments.load, found, during)
    first = rows[0]

    print(f"{first['cpu']}, {first['cores']} cores, {first['date']}. {load}")
    print(f"this is {arguments.this[0]}, bufpool {versions['this']}; "
          f"that is {arguments.that[0]}, bufpool {versions['that']}")
    print(f"Medians of {max(row['runs'] for row in rows)} runs by turns, in ns for one operation. A line with "
          "a ! takes more than it may.\n")
    print("\n".join(write_cells(cells, present)))
    if counts["this"] and counts["that"]:
        print("\nMachine instructions of an acquire with its release, this and that:\n")
        print("\n".join(write_instructions(counts, versions["that"])))
    if bars:
        print(f"\nBars within this tree's figures:\n{bars.rstrip()}")

    if arguments.json is not None:
        arguments.json.write_text(json.dumps({
            "this": {"name": arguments.this[0], "version": versions["this"], "instructions": counts["this"]},
            "that": {"name": arguments.that[0], "version": versions["that"], "instructions": counts["that"]},
            "cpu": first["cpu"], "cores": first["cores"], "date": first["date"],
            "load": arguments.load, "busy_before": round(found, 3), "busy_during": round(during, 3),
            "cells": cells, "rows": rows,
        }, indent=1) + "\n", encoding="utf-8")
        print(f"\n{arguments.json} has these figures and each run.")
    sys.exit(status)


if __name__ == "__main__":
    main()
