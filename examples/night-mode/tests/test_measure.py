# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What is shown follows from what is measured, and what is measured from what the program does."""

import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
from xml.etree import ElementTree

import clips
import night_mode_frames
import night_mode_rows
import programs
import tap

ROOT = pathlib.Path(os.environ["ROOT"])
MEASURE = ROOT / "docs" / "measure" / "measure-night-mode.py"
SHOW = ROOT / "docs" / "measure" / "show-night-mode.py"
DATA = ROOT / "docs" / "data" / "night-mode.json"
PICTURE = ROOT / "docs" / "images" / "night-mode.svg"
MOST_BYTES = 150_000
WIDTH, HEIGHT = 64, 48

# A program of the same name that spoils a picture in one of the ways
SPOILER = """#!/bin/sh
"{program}" "$@" || exit
case " $* " in
  *{way}*--output=*) for word; do case $word in --output=*) printf x >>"${{word#*=}}/picture-0002.ppm" ;; esac; done ;;
esac
"""


def run(script, *arguments):
    return subprocess.run([sys.executable, script, *map(str, arguments)], capture_output=True, text=True, check=False,
                          timeout=2 * programs.SECONDS)


class Measuring(programs.ProgramTest):
    def setUp(self):
        super().setUp()
        frames = clips.make_frames(70, clips.count_bytes(WIDTH, HEIGHT))
        self.clip = self.write("clip.y4m", clips.make_clip(frames, WIDTH, HEIGHT))

    def measure(self, program, *options):
        return run(MEASURE, program, self.clip, "--rounds=1", "--stay=0.01", *options)

    @unittest.skipIf(os.environ["MEMORY_IS_EXACT"] != "yes", "a sanitizer does not go with another allocator")
    def test_shows_what_it_measured(self):
        done = self.measure(programs.COMMAND[-1], "--name=a clip", "--noise=3")
        self.assertEqual(done.returncode, 0, done.stderr)
        data = json.loads(done.stdout)
        self.assertEqual(data["clip"], {"name": "a clip", "noise": 3, "width": WIDTH, "height": HEIGHT, "frames": 70,
                                        "frame_bytes": clips.count_bytes(WIDTH, HEIGHT)})
        self.assertEqual(data["pictures"], 5)
        self.assertGreaterEqual(data["budgets"]["16"], 16 * data["clip"]["frame_bytes"])

        path = self.write("data.json", done.stdout.encode("utf-8"))
        picture = self.folder / "picture.svg"
        shown = run(SHOW, path, f"--picture={picture}")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        for row in data["rows"]:
            self.assertIn(f"{row['rounds'][0]['faults']:,}", shown.stdout)
        self.assertIn("the same 5 pictures", " ".join(shown.stdout.split()))
        self.assertIn("\N{NO-BREAK SPACE}MiB", shown.stdout)
        self.assertEqual(ElementTree.parse(picture).getroot().tag, "{http://www.w3.org/2000/svg}svg")

    def test_finds_other_pictures(self):
        for way in ("--no-pool", "--budget="):
            spoiler = self.write("spoiler", SPOILER.format(program=programs.COMMAND[-1], way=way).encode("utf-8"))
            spoiler.chmod(0o755)
            done = self.measure(spoiler)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("picture-0002.ppm is not the same with", done.stderr)

    def test_broken_clip(self):
        self.clip.write_bytes(b"broken")
        done = self.measure(programs.COMMAND[-1])
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"\Ameasure-night-mode.py: [^\n]*: it is no clip in the format YUV4MPEG2[^\n]*\n\Z")

    def test_missing_data(self):
        shown = run(SHOW, self.folder / "missing.json")
        self.assertEqual((shown.returncode, shown.stdout), (1, ""))
        self.assertRegex(shown.stderr, r"\Ashow-night-mode.py: [^\n]*No such file or directory[^\n]*\n\Z")


class Words(unittest.TestCase):
    def setUp(self):
        self.data = json.loads(DATA.read_text(encoding="utf-8"))

    def say_with(self, say, key, factors):
        """What it says if these are the medians, in parts of that of bufpool."""
        data = copy.deepcopy(self.data)
        for row in data["rows"]:
            for figures in row["rounds"]:
                figures[key] = 2 * factors.get(row["name"], 1)
        return say(night_mode_rows.Rows(data))

    def test_gain(self):
        for factor, words in ((1.6, "malloc() 3.200 s: ×1.60"), (1.04, "no gain (×1.04)"), (0.8, "×0.80")):
            self.assertIn(words, self.say_with(night_mode_rows.say_gain, "processor", {"malloc": factor}))

    def test_close(self):
        say = night_mode_rows.say_close
        self.assertRegex(self.say_with(say, "processor", {"malloc, tuned": 1.05, "mimalloc": 0.93}),
                         r"\AClose to bufpool in processor time: malloc\(\), tuned \+5 % and mimalloc [\d.]+ -7 %\.\Z")
        for factor in (1.2, 0.8):
            self.assertTrue(self.say_with(say, "processor", {"mimalloc": factor}).startswith("Beside bufpool in"))

    def test_left(self):
        self.assertRegex(self.say_with(night_mode_rows.say_left, "left", {"malloc, tuned": 30, "mimalloc": 10}),
                         r" has 2\.0 MiB with bufpool; malloc\(\) 2\.0, malloc\(\), tuned 60\.0, mimalloc [\d.]+ 20\.0 MiB")

    def test_losses(self):
        for factor, words in ((1.02, "no gain (×1.02)"), (1.3, "×1.30"), (0.8, "×0.80")):
            self.assertRegex(self.say_with(night_mode_rows.say_losses, "processor", {"malloc": factor}),
                             rf": bursts of 1 {re.escape(words)}; handed over {re.escape(words)}\.\Z")

    def test_medians(self):
        row = {"name": "malloc", "burst": 16, "way": "workers",
               "rounds": [dict.fromkeys((*night_mode_rows.KEYS, "left"), value) for value in (9, 1, 2)]}
        rows = night_mode_rows.Rows({**self.data, "rows": [row]})
        self.assertEqual(rows.get("malloc")["took"], 2)


class Page(programs.ProgramTest):
    def test_picture_is_of_the_data(self):
        """The picture of the page is what its data give: draw it anew by show-night-mode.py."""
        picture = self.folder / "picture.svg"
        self.assertEqual(run(SHOW, DATA, f"--picture={picture}").returncode, 0)
        self.assertTrue(picture.read_bytes() == PICTURE.read_bytes(), f"{PICTURE.name} is not of {DATA.name}")

    def test_picture_is_small(self):
        self.assertLess(PICTURE.stat().st_size, MOST_BYTES)


class Crops(unittest.TestCase):
    def test_quietest(self):
        def make(value):
            return night_mode_frames.Picture(64, 64, bytes([value]) * 64 * 64)

        pictures = [make(value) for value in (0, 90, 10, 12, 13, 200, 50)]
        self.assertEqual(night_mode_frames.find_quietest(pictures), 3)
        self.assertEqual(night_mode_frames.find_quietest(pictures[:2]), 0)

    def test_detail(self):
        grey = bytearray(512 * 512)
        for y in range(300, 360):
            grey[y * 512 + 400:y * 512 + 460:2] = bytes([255]) * 30
        x, y, width, height = night_mode_frames.find_detail(night_mode_frames.Picture(512, 512, bytes(grey)))
        self.assertTrue(x <= 400 and x + width >= 460 and y <= 300 and y + height >= 352, (x, y, width, height))


if __name__ == "__main__":
    tap.main()
