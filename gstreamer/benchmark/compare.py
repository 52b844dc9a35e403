#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Compares subjects of several builds of gst-bufpool-bench, in short turns.

    compare.py [OPTION...] PROGRAM:SUBJECT...

Runs of a fixed number of rounds, so that a busy machine does not change what is measured,
only how long it takes; with short runs most fall between the bursts of other programs. The
quarter below the median tells more than the median then. Prints nanoseconds an operation, by
the clock and of the processor.
"""

import argparse
import json
import pathlib
import statistics
import subprocess


class Worker:
    def __init__(self, name, arguments):
        program, _, subject = name.rpartition(":")
        # Library and build folder tell builds apart.
        self.name = f"{subject} ({pathlib.Path(program).resolve().parents[2].name})"
        self.figures = []
        self.process = subprocess.Popen(
            [program, "--worker", f"--workload={arguments.workload}", f"--subject={subject}",
             f"--size={arguments.size}", f"--threads={arguments.threads}",
             f"--rounds={arguments.rounds}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def run(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.figures.append(json.loads(self.process.stdout.readline()))

    def finish(self):
        self.process.stdin.close()
        self.process.wait()

    def describe(self):
        columns = []
        for figure in "ns_per_op", "cpu_ns_per_op":
            ns = sorted(figures[figure] for figures in self.figures)
            columns += [ns[0], ns[len(ns) // 4], statistics.median(ns)]
        columns = "".join(f"{column:11.1f}" for column in columns)
        return f"  {self.name:32}{columns}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-w", "--workload", default="cycle")
    parser.add_argument("-s", "--size", type=int, default=1400, help="bytes of a buffer")
    parser.add_argument("-t", "--threads", type=int, default=1)
    parser.add_argument("-n", "--rounds", type=int, default=50000, help="rounds of a run")
    parser.add_argument("-r", "--runs", type=int, default=31)
    parser.add_argument("subjects", nargs="+", metavar="PROGRAM:SUBJECT")
    arguments = parser.parse_args()

    workers = [Worker(name, arguments) for name in arguments.subjects]
    for _ in range(arguments.runs):
        for worker in workers:
            worker.run()
    for worker in workers:
        worker.finish()

    print(f"{arguments.workload}, {arguments.size} bytes, {arguments.threads} threads: "
          f"{arguments.runs} runs of {arguments.rounds} rounds")
    columns = "".join(f"{column:>11}" for column in ["min", "quarter", "median"] * 2)
    print(f"  {'':32}{columns}")
    for worker in workers:
        print(worker.describe())


if __name__ == "__main__":
    main()
