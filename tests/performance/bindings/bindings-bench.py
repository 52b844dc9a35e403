#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What a buffer costs in Python and in JavaScript, and what these languages have instead.

It needs bufpool's introspection data and overrides where the interpreters look;
in the build folder that is

    meson devenv -C build tests/performance/bindings/bindings-bench.py

Each subject gets a process of its own for each kind of work and each size, which
first finds out how many rounds take the time that a run should take; then the
subjects take turns, run by run. What it prints as JSON has the form of bufpool-bench.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from machine import describe_machine  # noqa: E402, pylint: disable=wrong-import-position

SIZES = [4096, 65536, 1 << 20, 3110400]

# workload: what its subjects do, and which they are
WORKLOADS = {
    "python-touch": ("take memory, write one byte, give it back",
                     ["bufpool", "bufpool-release", "bufpool-sized", "bufpool-memory", "bufpool-handle", "pygobject",
                      "bytearray"]),
    "python-numpy": ("the same with an array of numpy",
                     ["bufpool", "bufpool-sized", "bufpool-empty", "numpy-empty", "numpy-zeros"]),
    "python-write": ("take memory, write it in full, give it back",
                     ["bufpool", "bufpool-empty", "bytearray", "numpy-empty"]),
    "python-frames": ("have eight arrays at a time, write them in full, drop them",
                      ["bufpool-empty", "bufpool-zeros", "numpy-empty", "numpy-zeros"]),
    "javascript-touch": ("take memory, write one byte, give it back",
                         ["bufpool", "bufpool-release", "bufpool-sized", "bufpool-handle", "uint8array"]),
    "javascript-write": ("take memory, write it in full, give it back",
                         ["bufpool", "uint8array"]),
}
PATIENCE_S = 60


class Absent(Exception):
    """A subject, or a language, that is not installed."""


class Worker:
    """A process that does so many rounds as it is told, and says how long they took."""

    def __init__(self, gjs, workload, subject, size):
        self.subject = subject
        self.samples = []
        self.rounds = 1
        self.faults = 0
        language = workload.partition("-")[0]
        if language == "javascript" and gjs is None:
            raise Absent("gjs is not installed")
        command = [sys.executable, HERE / "work.py"] if language == "python" else [gjs, "-m", HERE / "work.js"]
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen([*command, workload, subject, str(size)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.origin = json.loads(self.read())
        if "absent" in self.origin:
            self.stop()
            raise Absent(self.origin["absent"])

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended with status {self.process.wait()}")
        return line

    def count_faults(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[7])

    def run(self, rounds):
        """Nanoseconds."""
        self.process.stdin.write(f"{rounds}\n")
        self.process.stdin.flush()
        return float(self.read())

    def calibrate(self, wanted_ms):
        while (took := self.run(self.rounds)) < wanted_ms * 1e6 / 4:
            self.rounds *= 2
        self.rounds = max(1, round(self.rounds * wanted_ms * 1e6 / took))

    def measure(self):
        faults = self.count_faults()
        self.samples.append(self.run(self.rounds) / self.rounds)
        self.faults += self.count_faults() - faults

    def get_peak_kib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
        return 0

    def stop(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()


def measure_cell(options, workload, size, machine):
    workers = {}
    absent = {}
    for subject in WORKLOADS[workload][1]:
        try:
            workers[subject] = Worker(options.gjs, workload, subject, size)
        except Absent as error:
            absent[subject] = str(error)
    for worker in workers.values():
        worker.calibrate(options.run_ms)
    for _ in range(options.runs):
        for worker in workers.values():
            worker.measure()

    rows = []
    for subject in WORKLOADS[workload][1]:
        row = {"workload": workload, "subject": subject, "threads": 1, "size": size}
        worker = workers.get(subject)
        if worker is None:
            row.update(ns_per_op=None, min=None, max=None, runs=0, status="absent", note=absent[subject],
                       library=None, version=None)
        else:
            row.update(ns_per_op=round(statistics.median(worker.samples), 1), min=round(min(worker.samples), 1),
                       max=round(max(worker.samples), 1), runs=options.runs, status="ok",
                       samples=[round(sample, 1) for sample in worker.samples],
                       page_faults=round(worker.faults / options.runs / worker.rounds, 3),
                       peak_kib=worker.get_peak_kib(), **worker.origin)
            worker.stop()
        rows.append({**row, **machine})
    return rows


def print_text(rows):
    workload, size = rows[0]["workload"], rows[0]["size"]
    print(f"{workload}: {WORKLOADS[workload][0]}, {size} bytes")
    for row in sorted(rows, key=lambda row: (row["ns_per_op"] is None, row["ns_per_op"])):
        if row["ns_per_op"] is None:
            print(f"  {row['subject']:16} {row['note']}")
        else:
            print(f"  {row['subject']:16} {row['ns_per_op']:12.0f} ns   {row['min']:.0f} to {row['max']:.0f}, "
                  f"{row['page_faults']:.3g} page faults")
    print(flush=True)


def choose(names):
    """A list of names separated by commas, of those that there are."""
    def convert(text):
        chosen = text.split(",")
        for name in chosen:
            if name not in names:
                raise argparse.ArgumentTypeError(f"there is no {name!r}, only {', '.join(names)}")
        return chosen
    return convert


def positive(text):
    number = float(text)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--runs", type=lambda text: int(positive(text)), default=9, help="for each figure")
    parser.add_argument("--run-ms", type=positive, default=40, help="how long a run should take")
    parser.add_argument("--workload", type=choose(list(WORKLOADS)), default=list(WORKLOADS), metavar="NAME,...")
    parser.add_argument("--size", type=lambda text: [int(positive(size)) for size in text.split(",")],
                        default=SIZES, metavar="BYTES,...")
    parser.add_argument("--gjs", default=shutil.which("gjs"), help="the interpreter for JavaScript")
    options = parser.parse_args()

    machine = describe_machine()
    every_row = []
    for workload in options.workload:
        for size in options.size:
            rows = measure_cell(options, workload, size, machine)
            if options.format == "text":
                print_text(rows)
            every_row.extend(rows)
    if options.format == "json":
        print("[\n  " + ",\n  ".join(json.dumps(row) for row in every_row) + "\n]")


if __name__ == "__main__":
    main()
