#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs bufpool-bench in its briefest form and looks at everything it says.

    check-bench.py BUFPOOL-BENCH
"""

import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BENCH = None

OWN = ["bufpool", "bufpool-strict"]
SIZED = ["bufpool-sized"]
BULK = ["bufpool-bulk"]
REALTIME = ["bufpool-realtime"]
ALLOCATORS = ["malloc", "malloc-tuned", "mimalloc", "jemalloc"]
OTHERS = ["g_slice", "avbufferpool", "gstbufferpool"]
SUBJECTS = OWN + SIZED + BULK + REALTIME + ALLOCATORS + OTHERS + ["ring"]
BUFFERS = OWN + ALLOCATORS + OTHERS
SMALLEST = [256]
USUAL = [4096]
FRAME = [3110400]
FEW = [1, 2, 4, 8]
AFTER = ["", "-after-turns", "-after-crowd", "-after-others"]

# workload: subjects, smallest size, numbers of threads
CELLS = {
    "cycle": (BUFFERS + SIZED + REALTIME, SMALLEST, [1]),
    "hold": (BUFFERS + SIZED + REALTIME, SMALLEST, [1]),
    "handoff": (BUFFERS + REALTIME + ["ring"], SMALLEST, [2]),
    "threads": (BUFFERS + REALTIME, USUAL, [1, 2, 8, 32]),
    "threads-one-shard": (OWN, USUAL, [1, 2, 8, 32]),
    "threads-hold": (OWN + ALLOCATORS, USUAL, [1, 2, 8, 32]),
    "early": (OWN + REALTIME + ALLOCATORS, USUAL, [1]),
    **{f"bulk-{number}": (OWN + BULK + ALLOCATORS, USUAL, [1]) for number in (16, 32, 64)},
    **{f"handoff-{few}": (BUFFERS + ["ring"], USUAL, [2]) for few in FEW},
    **{f"handoff-{few}-max8": (OWN + ALLOCATORS + ["ring"], USUAL, [2]) for few in FEW},
    **{f"{things}-{few}": (OWN + ALLOCATORS, SMALLEST, [2])
       for things in ("objects", "items", "costly") for few in FEW},
    "too-small": (OWN + ALLOCATORS, SMALLEST, [1, 2, 8]),
    "keeps-nothing": (OWN + ALLOCATORS, SMALLEST, [1, 2]),
    "keeps-nothing-cycle": (OWN + ALLOCATORS, SMALLEST, [1]),
    "sleepers-cycle": (OWN + ALLOCATORS, USUAL, [1]),
    "sleepers-hold": (OWN + ALLOCATORS, USUAL, [1]),
    **{f"burst{after}": (OWN + ALLOCATORS, USUAL, [1]) for after in AFTER},
    "bleed": (BUFFERS, USUAL, [2, 8]),
    "survivors": (BUFFERS, USUAL, [2, 8]),
    "large": (BUFFERS, FRAME, [1]),
    "large-touched": (BUFFERS, FRAME, [1]),
}

# max-buffers of bufpool, where it is not the default
BOUNDS = {"keeps-nothing": 0, "keeps-nothing-cycle": 0, "too-small": 32,
          **{f"handoff-{few}-max8": 8 for few in FEW}, **{f"burst{after}": 64 for after in AFTER}}
DEFAULT_BOUND = 256

# Not every machine has them, and one of them may never finish.
OPTIONAL = {"malloc-tuned", "avbufferpool", "gstbufferpool", "mimalloc", "jemalloc"}
ENDLESS = {"gstbufferpool"}

FIGURES = ["ns_per_op", "min", "max", "page_faults"]
SMOKE_RUNS = 2


def bench(*arguments):
    return subprocess.run([BENCH, *arguments], capture_output=True, text=True, timeout=100)


def measure(*arguments):
    done = bench("--format=json", *arguments)
    if done.returncode != 0:
        raise AssertionError(f"{arguments}: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


class Smoke(unittest.TestCase):
    """Every workload and subject, once."""

    @classmethod
    def setUpClass(cls):
        cls.rows = measure("--smoke")

    def test_every_cell_is_there_once(self):
        wanted = sorted((workload, subject, size, threads)
                        for workload, (subjects, sizes, crowds) in CELLS.items()
                        for subject in subjects for size in sizes for threads in crowds)
        got = sorted((row["workload"], row["subject"], row["size"], row["threads"]) for row in self.rows)
        self.assertEqual(got, wanted)

    def test_status(self):
        for row in self.rows:
            allowed = {"ok"}
            if row["subject"] in OPTIONAL:
                allowed.add("absent")
            if row["subject"] in ENDLESS:
                allowed.add("gave-up")
            self.assertIn(row["status"], allowed, row)
            self.assertEqual("note" in row, row["status"] != "ok", row)

    def test_figures(self):
        for row in self.rows:
            if row["status"] == "ok":
                self.assertEqual(row["runs"], SMOKE_RUNS, row)
                self.assertEqual(len(row["samples"]), SMOKE_RUNS, row)
                self.assertLessEqual(row["min"], row["ns_per_op"], row)
                self.assertLessEqual(row["ns_per_op"], row["max"], row)
                self.assertGreaterEqual(row["min"], 0, row)
                self.assertGreater(row["peak_kib"], 0, row)
                self.assertGreater(row["acquires"], 0, row)
                self.assertGreaterEqual(row["page_faults"], 0, row)
            else:
                self.assertEqual(row["runs"], 0, row)
                self.assertEqual([row[name] for name in FIGURES], [None] * len(FIGURES), row)

    def test_origin(self):
        for row in self.rows:
            self.assertRegex(row["date"], r"^\d{4}-\d\d-\d\d$")
            self.assertTrue(row["cpu"])
            self.assertGreater(row["cores"], 0)
            self.assertEqual(row["version"] is None, row["status"] == "absent", row)

    def test_bufpool_counts_misses(self):
        for row in self.rows:
            self.assertEqual("misses" in row, row["subject"] in OWN + SIZED + BULK + REALTIME, row)

    def test_bound(self):
        for row in self.rows:
            self.assertEqual(row.get("max_buffers"),
                             BOUNDS.get(row["workload"], DEFAULT_BOUND)
                             if row["subject"] in OWN + SIZED + BULK + REALTIME else None, row)

    def test_what_keeps_nothing_makes_all(self):
        for row in self.rows:
            if row["workload"].startswith("keeps-nothing") and "misses" in row:
                self.assertEqual(row["misses"], row["acquires"], row)
            elif "misses" in row:
                self.assertLessEqual(row["misses"], row["acquires"], row)

    def test_steady_work_does_not_miss(self):
        for row in self.rows:
            if row["workload"] in ("cycle", "hold") and "misses" in row:
                self.assertEqual(row["misses"], 0, row)

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "matplotlib is not installed")
    def test_plots_are_drawn_and_the_same_each_time(self):
        script = pathlib.Path(__file__).with_name("plot.py")
        with tempfile.TemporaryDirectory() as scratch:
            source = pathlib.Path(scratch, "benchmark.json")
            source.write_text(json.dumps(self.rows))
            for child in [subprocess.Popen([sys.executable, script, source, pathlib.Path(scratch, name)],
                                           stdout=subprocess.DEVNULL) for name in ("first", "second")]:
                self.assertEqual(child.wait(timeout=100), 0)
            drawn = sorted(path.name for path in pathlib.Path(scratch, "first").iterdir())
            self.assertEqual(drawn, ["bleed.svg", "burst.svg", "cycle.svg", "few.svg", "handoff.svg", "hold.svg",
                                     "large-touched.svg", "large.svg", "survivors.svg", "things.svg",
                                     "threads-hold.svg", "threads.svg", "tight.svg"])
            for name in drawn:
                self.assertEqual(pathlib.Path(scratch, "first", name).read_bytes(),
                                 pathlib.Path(scratch, "second", name).read_bytes(), name)


class Choice(unittest.TestCase):
    """What is asked for, and nothing else."""

    def test_selection(self):
        rows = measure("--run-ms=0.5", "--runs=3", "--workload=threads,cycle", "--size=512,1000",
                       "--threads=1,3", "--subject=malloc,bufpool")
        cells = [(row["workload"], row["subject"], row["size"], row["threads"]) for row in rows]
        self.assertEqual(sorted(cells), sorted(
            [("cycle", subject, size, 1) for subject in ("malloc", "bufpool") for size in (512, 1000)] +
            [("threads", subject, size, threads) for subject in ("malloc", "bufpool")
             for size in (512, 1000) for threads in (1, 3)]))
        self.assertEqual({row["runs"] for row in rows}, {3})

    def test_patterns(self):
        rows = measure("--run-ms=0.5", "--runs=1", "--workload=items-*,hold", "--subject=malloc", "--size=256")
        self.assertEqual([row["workload"] for row in rows], ["items-1", "items-2", "items-4", "items-8", "hold"])

    def test_rounds(self):
        rows = measure("--run-ms=0.5", "--runs=3", "--rounds=2", "--workload=cycle", "--size=256",
                       "--subject=bufpool,malloc")
        self.assertEqual({row["runs"] for row in rows}, {6})

    def test_bound(self):
        rows = measure("--run-ms=0.5", "--runs=1", "--workload=threads,too-small", "--size=256", "--threads=1",
                       "--max-buffers=1000", "--subject=bufpool,malloc")
        self.assertEqual([(row["workload"], row["subject"], row.get("max_buffers")) for row in rows],
                         [("threads", "bufpool", 1000), ("threads", "malloc", None),
                          ("too-small", "bufpool", 32), ("too-small", "malloc", None)])

    def test_steady_work_needs_places(self):
        done = bench("--run-ms=0.5", "--runs=1", "--workload=hold", "--size=256", "--max-buffers=8",
                     "--subject=bufpool", "--format=json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([row["status"] for row in json.loads(done.stdout)], ["failed"])
        self.assertIn("max-buffers is 8", done.stderr)

    def test_unknown_names(self):
        for option, valid in (("--workload=cycle,nonsense", list(CELLS)),
                              ("--subject=nonsense", SUBJECTS)):
            done = bench(option)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stdout, "")
            self.assertIn("nonsense", done.stderr)
            for name in valid:
                self.assertIn(name, done.stderr)

    def test_bad_values(self):
        for arguments in (["--size=4k"], ["--size=0"], ["--threads=-1"], ["--threads=100000"],
                          ["--format=xml"], ["--runs=-1"], ["--iterations=5"], ["nonsense"],
                          ["--rounds=-1"], ["--max-buffers=-1"], ["--that=/nonexistent"],
                          ["--iterations=5", "--subject=malloc", "--size=1,2"]):
            done = bench(*arguments)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertEqual(done.stdout, "", arguments)
            self.assertTrue(done.stderr.startswith("bufpool-bench: "), done.stderr)

    def test_nothing_to_measure(self):
        done = bench("--workload=large", "--size=17")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Nothing to measure", done.stderr)


class Builds(unittest.TestCase):
    """Another build of the program takes its turns; here it is the same one."""

    SHORT = ["--run-ms=0.5", "--runs=3", "--workload=cycle,too-small", "--size=256", "--threads=1"]

    def test_that(self):
        rows = measure(*self.SHORT, f"--that={BENCH}", "--subject=bufpool,malloc")
        self.assertEqual([(row["workload"], row["subject"], row["build"]) for row in rows],
                         [(workload, subject, build) for workload in ("cycle", "too-small")
                          for subject, build in (("bufpool", "this"), ("bufpool", "that"), ("malloc", "this"))])
        self.assertEqual({row["runs"] for row in rows}, {3})

    def test_one_build_is_not_named(self):
        for row in measure(*self.SHORT, "--subject=bufpool,malloc"):
            self.assertNotIn("build", row)

    def test_compare(self):
        script = pathlib.Path(__file__).with_name("compare.py")
        with tempfile.TemporaryDirectory() as scratch:
            counted = pathlib.Path(scratch, "instructions")
            counted.write_text("bufpool            104.0 instructions\n")
            figures = pathlib.Path(scratch, "figures.json")
            done = subprocess.run(
                [sys.executable, script, "--this", "one", BENCH, counted, "--that", "another", BENCH, counted,
                 "--json", figures, "--", *self.SHORT, "--rounds=2"], capture_output=True, text=True, timeout=100)
            self.assertEqual(done.returncode, 0, done.stderr)
            cells = json.loads(figures.read_text())["cells"]
        self.assertEqual([cell["workload"] for cell in cells], ["cycle", "too-small"])
        for cell in cells:
            self.assertAlmostEqual(cell["ratio"], cell["this"] / cell["that"])
            self.assertLessEqual(cell["low"], cell["high"])
            self.assertGreater(cell["others"]["malloc"], 0)
        self.assertRegex(done.stdout, r"(?m)^cycle, 256 B, 1 +[\d.]+ +[\d.]+ +[\d.]+ ")
        self.assertRegex(done.stdout, r"(?m)^bufpool +104\.0 +104\.0 +1\.00")
        self.assertIn("Other programs took", done.stdout)
        self.assertRegex(done.stdout, "(clears|MISSES)  too small by half, against malloc")


class Endings(unittest.TestCase):
    def test_what_takes_too_long_is_given_up(self):
        rows = measure("--workload=cycle", "--subject=malloc", "--size=4096",
                       "--run-ms=60000", "--give-up=0.05")
        self.assertEqual([row["status"] for row in rows], ["gave-up"])
        self.assertIsNone(rows[0]["ns_per_op"])
        self.assertEqual(rows[0]["runs"], 0)

    def test_iterations(self):
        for subject in SUBJECTS:
            done = bench("--iterations=1000", f"--subject={subject}", "--size=4096")
            self.assertEqual(done.stdout, "", subject)
            if done.returncode != 0:
                self.assertIn(subject, OPTIONAL, done.stderr)
                self.assertRegex(done.stderr, "is not installed|was built without|does not follow")


class Text(unittest.TestCase):
    def test_tables_and_bars(self):
        done = bench("--run-ms=0.5", "--runs=2", "--workload=cycle", "--size=4096",
                     "--subject=bufpool,malloc", "--check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("cycle, 4096 bytes, 1 thread", done.stdout)
        self.assertTrue(re.search(r"^  bufpool +[\d.]+ +[\d.]+ +[\d.]+ +1\.00 ", done.stdout, re.M), done.stdout)
        self.assertTrue(re.search(r"(clears|MISSES)  acquire and release, against malloc", done.stdout), done.stdout)
        self.assertIn("not in this run", done.stdout)


if __name__ == "__main__":
    BENCH = sys.argv.pop(1)
    unittest.main(verbosity=2)
