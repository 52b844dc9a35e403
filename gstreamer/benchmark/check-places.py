#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs places.py for a few pairs whose outcome is known.

    check-places.py PLACES.PY
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest


def places(*arguments):
    return subprocess.run([sys.executable, PLACES, *arguments], capture_output=True, text=True, check=False)


class Places(unittest.TestCase):
    def test_outcomes(self):
        run = places("--kind=video", "--upstream=videotestsrc,appsrc", "--downstream=fakesink,videoconvert")
        self.assertEqual(run.returncode, 0, run.stderr)
        result = json.loads(run.stdout)
        self.assertRegex(result["gstreamer"], r"^1\.\d+\.\d+$")
        rows = result["places"]["video"]
        self.assertEqual(rows["videotestsrc"]["fakesink"]["outcomes"], ["allocator", "pool"])
        self.assertEqual(rows["videotestsrc"]["videoconvert"]["outcomes"], ["allocator", "allocator"])
        self.assertEqual(rows["videotestsrc"]["videoconvert"]["downstream"],
                         {"pools": ["GstVideoBufferPool"], "allocators": []})
        self.assertEqual(rows["appsrc"]["fakesink"]["outcomes"], ["ignored", "ignored"])

    def test_into_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "places.json"
            path.write_text('{"1.0.0": {"places": {}, "faults": {}}}')
            run = places("--kind=bytes", "--upstream=fakesrc", "--downstream=fakesink", f"--into={path}")
            self.assertEqual(run.returncode, 0, run.stderr)
            versions = json.loads(path.read_text())
            self.assertEqual(len(versions), 2)
            self.assertEqual(versions.pop("1.0.0"), {"places": {}, "faults": {}})
            (result,) = versions.values()
            self.assertEqual(result["places"]["bytes"]["fakesrc"]["fakesink"]["outcomes"], ["ignored", "ignored"])

    def test_faults(self):
        run = places("--kind=bytes", "--upstream=none", "--downstream=fakesink", "--faults", "--quick")
        self.assertEqual(run.returncode, 0, run.stderr)
        figures = json.loads(run.stdout)["faults"]["fakesink"]
        self.assertGreaterEqual(figures["without"], 0)
        self.assertGreaterEqual(figures["with"], 0)


if __name__ == "__main__":
    PLACES = sys.argv.pop()
    unittest.main(verbosity=2)
