#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Measures memory over time, with limits and without: examples/recorder does it.

    measure-limits.py RECORDER [--quick] > limits.json

Eight sources send together four times as fast as the writer takes.
"""

import argparse
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

from machine import describe_machine  # noqa: E402, pylint: disable=wrong-import-position

SOURCES = 8
SOURCE_RATE = "16MiB"
WRITER_RATE = "32MiB"
BUDGET = "64MiB"
SOURCE_BYTES = "64MiB"
QUICK_BYTES = "8MiB"
KEYS = ("milliseconds", "buffer_bytes", "process_bytes", "waits", "drops", "read_bytes", "written_bytes")


def find_texts(summary, label):
    """What the summary says behind that label of the runs without and with limits."""
    line = re.search(rf"^  {label}  +(.*)$", summary, re.MULTILINE)
    if line is None:
        sys.exit(f"measure-limits.py: no '{label}' in:\n{summary}")
    return re.split(r"  +", line[1])


def read_mib(text):
    return float(re.match(r"([\d.]+) MiB", text)[1])


def record(recorder, test_bytes):
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log.csv"
        summary = subprocess.run(
            [recorder, "--compare", f"--test-sources={SOURCES}", f"--test-bytes={test_bytes}",
             f"--test-rate={SOURCE_RATE}", f"--writer-rate={WRITER_RATE}", f"--budget={BUDGET}",
             "--log", log], check=True, stdout=subprocess.PIPE, text=True).stdout
        rows = list(csv.DictReader(log.read_text(encoding="ascii").splitlines()))

    runs = {}
    for place, (name, limits) in enumerate((("without", "no"), ("with", "yes"))):
        runs[name] = {
            "seconds": float(find_texts(summary, "Took")[place].split()[0]),
            "buffers_mib": read_mib(find_texts(summary, "Peak of buffers")[place]),
            "process_mib": read_mib(find_texts(summary, "Peak of process")[place]),
            "samples": [[int(row[key]) for key in KEYS] for row in rows if row["limits"] == limits],
        }
    return runs


def main():
    parser = argparse.ArgumentParser(description="Measures memory over time, with limits and without.")
    parser.add_argument("recorder", help="the program, examples/recorder/recorder in the build folder")
    parser.add_argument("--quick", action="store_true", help="so briefly that the figures mean little")
    arguments = parser.parse_args()

    version = subprocess.run([arguments.recorder, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    head = {
        **describe_machine(),
        "bufpool": version.split()[1],
        "sources": SOURCES,
        "source_rate": SOURCE_RATE,
        "writer_rate": WRITER_RATE,
        "budget": BUDGET,
        "keys": KEYS,
        "runs": record(arguments.recorder, QUICK_BYTES if arguments.quick else SOURCE_BYTES),
    }

    # A line for each sample, so that changes can be read
    text = json.dumps(head, indent=1)
    print(re.sub(r"\[\s+(-?\d+(?:,\s+-?\d+)*)\s+\]", lambda match: "[" + re.sub(r"\s+", " ", match[1]) + "]", text))


if __name__ == "__main__":
    main()
