#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs bindings-bench.py in its briefest form and looks at everything it says.

    check-bench.py [GJS]
"""

import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
GJS = None
RUNS = 2
SIZES = [512, 100000]
CELLS = {
    "python-touch": ["bufpool", "bufpool-release", "bufpool-sized", "bufpool-memory", "bufpool-handle", "pygobject",
                     "bytearray"],
    "python-numpy": ["bufpool", "bufpool-sized", "bufpool-empty", "numpy-empty", "numpy-zeros"],
    "python-write": ["bufpool", "bufpool-empty", "bytearray", "numpy-empty"],
    "python-frames": ["bufpool-empty", "bufpool-zeros", "numpy-empty", "numpy-zeros"],
    "javascript-touch": ["bufpool", "bufpool-release", "bufpool-sized", "bufpool-handle", "uint8array"],
    "javascript-write": ["bufpool", "uint8array"],
}


def bench(*arguments):
    return subprocess.run([sys.executable, HERE / "bindings-bench.py", *arguments], capture_output=True, text=True,
                          timeout=100, check=False)


def measure(*arguments):
    done = bench("--format=json", f"--runs={RUNS}", "--run-ms=1", *arguments)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def may_be_absent(row):
    if row["workload"].startswith("javascript"):
        return GJS is None
    return importlib.util.find_spec("numpy") is None and (
        row["workload"] in ("python-numpy", "python-frames") or row["subject"].startswith("numpy") or
        (row["workload"], row["subject"]) == ("python-write", "bufpool-empty"))


# What a page shows; the table has all
DRAWN = ("python-frames",)


class Smoke(unittest.TestCase):
    """Every workload and subject, once."""

    @classmethod
    def setUpClass(cls):
        cls.rows = measure(f"--size={','.join(map(str, SIZES))}", *([f"--gjs={GJS}"] if GJS else []))

    def test_every_cell_is_there_once(self):
        self.assertEqual([(row["workload"], row["size"], row["subject"]) for row in self.rows],
                         [(workload, size, subject) for workload, subjects in CELLS.items()
                          for size in SIZES for subject in subjects])

    def test_figures(self):
        for row in self.rows:
            self.assertEqual(row["status"], "absent" if may_be_absent(row) else "ok", row)
            if row["status"] == "ok":
                self.assertEqual((row["runs"], len(row["samples"])), (RUNS, RUNS), row)
                self.assertGreater(row["min"], 0, row)
                self.assertLessEqual(row["min"], row["ns_per_op"], row)
                self.assertLessEqual(row["ns_per_op"], row["max"], row)
                self.assertGreater(row["peak_kib"], 0, row)
                self.assertTrue(row["version"], row)
            else:
                self.assertIsNone(row["ns_per_op"], row)
                self.assertTrue(row["note"], row)
            self.assertRegex(row["date"], r"^\d{4}-\d\d-\d\d$")

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "matplotlib is not installed")
    def test_plots_are_drawn(self):
        with tempfile.TemporaryDirectory() as scratch:
            source = pathlib.Path(scratch, "bindings.json")
            source.write_text(json.dumps(self.rows), encoding="utf-8")
            subprocess.run([sys.executable, HERE / "plot.py", source, scratch], stdout=subprocess.DEVNULL,
                           timeout=100, check=True)
            drawn = {path.stem for path in pathlib.Path(scratch).glob("*.svg")}
            self.assertEqual(drawn, {f"bindings-{row['workload']}" for row in self.rows
                                     if row["ns_per_op"] is not None and row["workload"] in DRAWN})


class Choice(unittest.TestCase):
    def test_selection(self):
        rows = measure("--workload=python-touch", "--size=1000")
        self.assertEqual({(row["workload"], row["size"]) for row in rows}, {("python-touch", 1000)})

    def test_bad_values(self):
        for arguments in (["--workload=nonsense"], ["--size=4k"], ["--size=0"], ["--runs=0"], ["--run-ms=-1"]):
            done = bench(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)

    def test_text(self):
        done = bench("--runs=2", "--run-ms=1", "--workload=python-touch", "--size=4096")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^  bytearray +\d+ ns ")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        GJS = sys.argv.pop(1)
    unittest.main(verbosity=2)
