#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs gst-bufpool-bench in its briefest form and looks at what it says.

    check-bench.py GST-BUFPOOL-BENCH PLOT.PY
"""

import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SUBJECTS = ["system", "stock-pool", "video-pool", "bp-allocator", "stock-on-bp", "bp-pool"]
POOLS = ["stock-pool", "video-pool", "stock-on-bp", "bp-pool"]
WORKLOADS = {
    "cycle": SUBJECTS,
    "pairs": SUBJECTS,
    "crowd": SUBJECTS,
    "tee": SUBJECTS,
    "renegotiate": SUBJECTS,
    "burst": SUBJECTS,
    "exhaustion": POOLS,
}
FIGURES = ["ns_per_op", "min", "max", "cpu_ns_per_op", "page_faults", "peak_kib", "rss_kib",
           "descriptors"]


def bench(*arguments):
    return subprocess.run([BENCH, *arguments], capture_output=True, text=True, check=False)


class Bench(unittest.TestCase):
    def test_json(self):
        run = bench("--smoke", "--format=json")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stderr, "")
        rows = json.loads(run.stdout)

        for workload, subjects in WORKLOADS.items():
            of_workload = [row for row in rows if row["workload"] == workload]
            self.assertEqual([row["subject"] for row in of_workload], subjects)
        for row in rows:
            with self.subTest(workload=row["workload"], subject=row["subject"]):
                self.check_row(row)
        self.check_plots(run.stdout)

    def check_row(self, row):
        self.assertRegex(row["gstreamer"], r"^1\.\d+\.\d+$")
        # A stock pool of GStreamer before 1.26 can spin for as long as it likes.
        if row["status"] == "gave-up":
            self.assertIn(row["subject"], POOLS[:3])
            return
        self.assertEqual(row["status"], "ok")
        self.assertEqual(row["runs"], 2)
        self.assertEqual(len(row["samples"]), 2)
        for figure in FIGURES:
            self.assertGreaterEqual(row[figure], 0)
        self.assertGreater(row["ns_per_op"], 0)
        self.assertLessEqual(row["min"], row["ns_per_op"])
        self.assertLessEqual(row["ns_per_op"], row["max"])

    def check_plots(self, text):
        if importlib.util.find_spec("matplotlib") is None:
            self.skipTest("there is no matplotlib to draw with")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "benchmark.json").write_text(text)
            drawn = subprocess.run([sys.executable, PLOT, path / "benchmark.json", path],
                                   capture_output=True, text=True, check=False)
            self.assertEqual(drawn.returncode, 0, drawn.stderr)
            names = {file.name for file in path.glob("*.svg")}
            self.assertEqual(names, {f"gstreamer-{workload}.svg" for workload in WORKLOADS
                                     if workload != "exhaustion"})

    def test_text(self):
        run = bench("--smoke", "--workload=cycle,exhaustion", "--subject=stock-pool,bp-pool")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("GStreamer 1.", run.stdout)
        self.assertEqual(run.stdout.count("  bp-pool "), 2)
        self.assertNotIn("system", run.stdout)

    def test_mistakes(self):
        for arguments, message in ((["--workload=nothing"], "There is no workload \"nothing\""),
                                   (["--subject=nothing"], "There is no subject \"nothing\""),
                                   (["--format=xml"], "text or json"),
                                   (["--runs=0"], "at least 1"),
                                   (["--size=0"], "--size"),
                                   (["more"], "\"more\" is no option")):
            with self.subTest(arguments=arguments):
                run = bench(*arguments)
                self.assertEqual(run.returncode, 1)
                self.assertIn(message, run.stderr)


if __name__ == "__main__":
    PLOT = sys.argv.pop()
    BENCH = sys.argv.pop()
    unittest.main(verbosity=2)
