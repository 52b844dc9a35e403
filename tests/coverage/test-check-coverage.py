#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Checks that check-coverage.py finds what is wrong: it is given counts that another gcovr
has made up."""

import json
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent / "check-coverage.py"

SOURCE = """\
G_DEFINE_BOXED_TYPE (Sum, sum, sum_ref, sum_unref)

int
add (int a)
{
  if (a > 0 && a < 9)
    return a;
  abort ();
}

int
never (void)
{
  return 0;
}
"""

# Line: how often it was run, how often each of its branches was taken
COUNTS = {1: (4, [4, 0]), 4: (3, []), 6: (3, [1, 2, 0, 3]), 7: (3, []), 8: (0, []), 12: (2, []), 14: (2, [])}

LIST = """\
# What is missing
bufpool/sum.c:add — there is nothing to add to

    abort ();
"""


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "bufpool").mkdir()
        (self.folder / "build" / "bufpool").mkdir(parents=True)
        (self.folder / "bufpool" / "sum.c").write_text(SOURCE, encoding="utf-8")

    def check(self, counts, missing, *options):
        """Run the check; return its status and what it complained of."""
        lines = [{"line_number": number, "count": count, "branches": [{"count": taken} for taken in branches]}
                 for number, (count, branches) in counts.items()]
        lines.append({"line_number": 5, "count": 0, "branches": [], "gcovr/noncode": True})
        report = self.folder / "made-up.json"
        report.write_text(json.dumps({"files": [{"file": "bufpool/sum.c", "lines": lines}]}), encoding="utf-8")
        gcovr = self.folder / "gcovr"
        gcovr.write_text(f"#!/bin/sh\nwhile [ \"$1\" != --json ]; do shift; done\ncp {report} \"$2\"\n",
                         encoding="utf-8")
        gcovr.chmod(gcovr.stat().st_mode | stat.S_IXUSR)
        listed = self.folder / "missing.txt"
        listed.write_text(missing, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, CHECK, "--source", self.folder, "--missing", listed, "--gcovr", gcovr,
             "--lines", "80", "--branches", "60", *options, self.folder / "build"],
            capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def assert_fault(self, counts, missing, fault, *options):
        status, errors = self.check(counts, missing, *options)
        self.assertEqual(status, 1, errors)
        self.assertIn(fault, errors)

    def test_good(self):
        self.assertEqual(self.check(COUNTS, LIST), (0, ""))

    def test_few_lines(self):
        self.assert_fault(COUNTS, LIST, "85.7 % of the lines are run, 86.0 %", "--lines", "86")

    def test_few_branches(self):
        self.assert_fault(COUNTS, LIST, "66.6 % of the branches are run, 67.0 %", "--branches", "67")

    def test_line_not_listed(self):
        self.assert_fault(COUNTS, "", 'sum.c:add: no test runs line 8: "abort ();"')

    def test_function_not_listed(self):
        counts = COUNTS | {12: (0, []), 14: (0, [])}
        self.assert_fault(counts, LIST, 'sum.c:never: no test runs line 14: "return 0;"', "--lines", "50")

    def test_other_line_of_listed_function(self):
        counts = COUNTS | {7: (0, [])}
        self.assert_fault(counts, LIST, 'sum.c:add: no test runs line 7: "return a;"', "--lines", "50")

    def test_branches_not_listed(self):
        counts = COUNTS | {14: (2, [2, 0, 0, 0])}
        limit = ("--branches", "40")
        self.assert_fault(counts, LIST, "sum.c:never: 3 branches are never taken", *limit)
        self.assertEqual(self.check(counts, LIST + "bufpool/sum.c:never — luck\n", *limit), (0, ""))

    def test_macros_are_listed_with_their_argument(self):
        missing = LIST + "bufpool/sum.c:G_DEFINE_BOXED_TYPE (Sum) — a lock\n"
        self.assertEqual(self.check(COUNTS, missing), (0, ""))

    def test_stale_line(self):
        counts = COUNTS | {8: (1, [])}
        self.assert_fault(counts, LIST, 'missing.txt:2: bufpool/sum.c:add: "abort ();" is run')
        self.assertEqual(self.check(counts, LIST.replace("bufpool/sum.c", "~ bufpool/sum.c")), (0, ""))

    def test_stale_text(self):
        self.assert_fault(COUNTS, LIST + "    exit (1);\n", '"exit (1);" is no line of code there')

    def test_stale_branches(self):
        self.assert_fault(COUNTS, LIST + "bufpool/sum.c:never — luck\n", "never misses no branch any more")

    def test_stale_function(self):
        self.assert_fault(COUNTS, LIST + "~ bufpool/sum.c:gone — luck\n", "there is no bufpool/sum.c:gone")

    def test_bad_list(self):
        self.assert_fault(COUNTS, "bufpool/sum.c:add\n", 'missing.txt:1: is not "FILE:FUNCTION — reason"')
        self.assert_fault(COUNTS, "  abort ();\n", "missing.txt:1: a line of source stands before any function")
        self.assert_fault(COUNTS, LIST + LIST, "stands in the list already")

    def test_nothing_counted(self):
        self.assert_fault({4: (0, [])}, LIST, "nothing was counted")


if __name__ == "__main__":
    unittest.main()
