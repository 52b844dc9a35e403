#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs frames.py briefly: what is said to copy nothing copies nothing.

    check-frames.py FRAMES.PY LIBCOUNT-COPIES.SO
"""

import json
import subprocess
import sys
import unittest

SIZE = 320 * 240 * 3
COPIES = {
    ("one", "map-copy"): 1,
    ("one", "frame-array"): 0,
    ("keep", "map-copy"): 1,
    ("keep", "frame-array"): 0,
    ("push", "new-wrapped"): 2,
    ("push", "array"): 0,
}


class Frames(unittest.TestCase):
    def test_counts(self):
        run = subprocess.run([sys.executable, PROGRAM, f"--counter={COUNTER}", "--runs=1", "--frames=40", "--width=320",
                              "--height=240", "--only=map-copy,frame-array,new-wrapped,array", "--format=json"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        rows = {(row["workload"], row["subject"]): row for row in json.loads(run.stdout)}
        self.assertEqual(set(rows), set(COPIES))
        for cell, row in rows.items():
            self.assertEqual(row["copied_per_frame"], COPIES[cell] * SIZE, cell)
            self.assertEqual(row["is_same_memory"], True if COPIES[cell] == 0 else None, cell)
            self.assertEqual(row["size"], SIZE)
            for key in ("ns_per_frame", "cpu_ns_per_frame", "peak_mib"):
                self.assertGreater(row[key], 0, cell)


if __name__ == "__main__":
    COUNTER = sys.argv.pop()
    PROGRAM = sys.argv.pop()
    unittest.main(verbosity=2)
