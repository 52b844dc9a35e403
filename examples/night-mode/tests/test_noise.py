# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The noise that is added has the level that was asked for, and is the same each time."""

import statistics
import subprocess

import clips
import programs
import tap

WIDTH, HEIGHT = 101, 99
GREY = 128
FRAME = bytes([GREY]) * clips.count_bytes(WIDTH, HEIGHT)
CLIP = clips.make_clip([FRAME] * 3, WIDTH, HEIGHT)


class Noise(programs.ProgramTest):
    def add(self, *options, data=CLIP):
        return subprocess.run([*programs.COMMAND, *options, self.write("clip.y4m", data)], check=True,
                              capture_output=True, timeout=programs.SECONDS).stdout

    def split(self, clip):
        header, rest = clip.split(b"\n", 1)
        self.assertEqual(header, CLIP.split(b"\n", 1)[0])
        size = len(b"FRAME\n") + len(FRAME)
        self.assertEqual(len(rest), 3 * size)
        frames = [rest[i:i + size] for i in range(0, len(rest), size)]
        self.assertTrue(all(frame.startswith(b"FRAME\n") for frame in frames))
        return [frame.removeprefix(b"FRAME\n") for frame in frames]

    def test_level(self):
        for level in (4, 16, 32):
            for frame in self.split(self.add(f"--level={level}")):
                self.assertAlmostEqual(statistics.fmean(frame), GREY, delta=1)
                self.assertAlmostEqual(statistics.pstdev(frame), level, delta=0.05 * level + 0.5)

    def test_none(self):
        self.assertEqual(self.add("--level=0"), CLIP)

    def test_seed(self):
        self.assertEqual(self.add(), self.add("--seed=1", "--level=16"))
        self.assertNotEqual(self.add(), self.add("--seed=2"))
        self.assertEqual(len(set(self.split(self.add()))), 3, "another noise for every frame")

    def test_most(self):
        size = len(CLIP)
        self.assertEqual(self.add("--level=0", f"--most={size}"), CLIP)
        self.assertEqual(self.add("--level=0", f"--most={size - 1}"), CLIP[:-len(FRAME) - len(b"FRAME\n")])

    def test_bounds(self):
        for value in (0, 255):
            clip = clips.make_clip([bytes([value]) * len(FRAME)] * 3, WIDTH, HEIGHT)
            for frame in self.split(self.add("--level=64", data=clip)):
                self.assertAlmostEqual(frame.count(value) / len(frame), 0.5, delta=0.05)

    def test_errors(self):
        clip = self.write("clip.y4m", CLIP)
        for words, *options in (("give one clip",), ("give one clip", clip, clip),
                                ("--level=65: must be from 0 to 64", "--level=65", clip),
                                ("--most=x: no size", "--most=x", clip),
                                ("--most=100: not even one frame fits", "--most=100", clip),
                                ("No such file", self.folder / "missing"),
                                ("it is no clip", self.write("broken", b"broken"))):
            with self.subTest(words):
                self.run_badly(words, *options)

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([*programs.COMMAND, self.write("clip.y4m", CLIP)], stdout=full, check=False,
                                  stderr=subprocess.PIPE, text=True, timeout=programs.SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "add-noise: cannot write the result: No space left on device\n")


if __name__ == "__main__":
    tap.main()
