# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What cannot be done is one clear line."""

import os

import clips
import programs
import tap
from clips import NightModeTest

FRAME = bytes(range(6))
CLIP = clips.make_clip([FRAME] * 5, 2, 2)


class CommandLine(NightModeTest):
    def test_options(self):
        clip = self.write("clip.y4m", CLIP)
        for words, *options in (
                ("no clip given: give one clip",),
                ("more than one clip given", clip, clip),
                ("Unknown option --louder", "--louder", clip),
                ("--burst=0: must be from 1 to 256", "--burst=0", clip),
                ("--burst=257: must be from 1 to 256", "--burst=257", clip),
                ("--workers=0: must be from 1 to 64", "--workers=0", clip),
                ("--ahead=65: must be from 1 to 64", "--ahead=65", clip),
                ("--loop=0: must be from 1 to", "--loop=0", clip),
                ("--stay=-1: must be from 0", "--stay=-1", clip),
                ("--stay=nan: must be from 0", "--stay=nan", clip),
                ("--budget=lots: no size: write it as", "--budget=lots", clip),
                ("--budget=0: no size", "--budget=0", clip),
                ("leave it or --no-pool out", "--budget=1MiB", "--no-pool", clip),
                ("a budget of 95 bytes is too small: a burst of 16 frames takes 96 bytes", "--budget=95", clip)):
            with self.subTest(words):
                self.run_badly(words, *options)

    def test_help_and_version(self):
        self.assertRegex(self.run_well("--version"), r"\Anight-mode \d+\.\d+\.\d+\n\Z")
        out = self.run_well("--help")
        for option in ("--output", "--burst", "--workers", "--hand-over", "--ahead", "--budget", "--loop", "--no-pool",
                       "--stay", "--log", "--version"):
            self.assertIn(option, out)


@programs.with_bad_paths(lambda test, path: ("--burst=2", path))
class Files(NightModeTest):
    """What is no file to read."""


class Clips(NightModeTest):
    def refuse(self, words, data, *options):
        with self.subTest(words):
            for way in (("--hand-over",), ("--no-pool",), ()):
                output = self.folder / f"pictures-{len(os.listdir(self.folder))}"
                self.run_badly(words, *way, *options, "--output", output, self.write("broken.y4m", data))

    def test_not_a_clip(self):
        words = "it is no clip in the format YUV4MPEG2"
        self.refuse(words, b"RIFF\0\0\0\0AVI LIST")
        self.refuse(words, b"\n")
        self.refuse(words, b"YUV4MPEG")
        self.refuse(words, b"YUV4MPEG21 W2 H2\n")
        self.refuse(words, bytes(5000))

    def test_header(self):
        self.refuse("its header is cut off", b"YUV4MPEG2 W2 H2")
        self.refuse("its header is cut off, or longer than 1023 bytes", b"YUV4MPEG2 W2 H2 X" + b"x" * 2000 + b"\n")
        self.refuse("its header has no width", b"YUV4MPEG2 H2\n")
        self.refuse("its header has no height", b"YUV4MPEG2 W2\n")
        self.refuse("its colour is C420p10: use C420", b"YUV4MPEG2 W2 H2 C420p10\n")

    def test_sizes(self):
        for size in (b"0", b"-2", b"2x", b"", b"16385", b"4294967298", b"99999999999999999999999"):
            number = size.decode("ascii")
            self.refuse(f"its width is '{number}': it must be from 1 to 16384", b"YUV4MPEG2 W%s H2\n" % size)
            self.refuse(f"its height is '{number}': it must be from 1 to 16384", b"YUV4MPEG2 W2 H%s\n" % size)

    def test_largest(self):
        """A frame that is promised and not there costs no memory."""
        self.refuse("frame 1 is cut off: it has 4 of 402653184 bytes",
                    b"YUV4MPEG2 W16384 H16384\nFRAME\nabcd", "--burst=256", "--workers=1")

    def test_frames(self):
        self.refuse("it has no frames", b"YUV4MPEG2 W2 H2\n")
        self.refuse("frame 6 is cut off: it has 5 of 6 bytes", CLIP + b"FRAME\n" + FRAME[:-1])
        self.refuse("frame 6 is cut off: it has 0 of 6 bytes", CLIP + b"FRAME\n")
        self.refuse("the line before frame 6 is cut off", CLIP + b"FRAME")
        self.refuse("the line before frame 6 is cut off", CLIP + b"FRAME Xabc")
        self.refuse("the line before frame 6 is cut off, or too long", CLIP + b"FRAME X" + b"x" * 2000)
        self.refuse("frame 6 does not begin with the word FRAME", CLIP + b"FRAMX\n" + FRAME)
        self.refuse("frame 6 does not begin with the word FRAME", CLIP + b"\n")

    def test_first_error(self):
        """No thread reads on from where another one could not."""
        clip = self.write("broken.y4m", CLIP + b"FRAME X" + b"x" * 2000)
        for _ in range(10):
            self.run_badly("the line before frame 6 is cut off, or too long", "--workers=64", "--burst=6", clip)

    def test_late(self):
        """After many bursts, some of which wait for the budget."""
        clip = clips.make_clip([FRAME] * 1000, 2, 2)
        self.refuse("frame 1001 is cut off", clip + b"FRAME\n", "--burst=2")
        self.run_badly("frame 1001 is cut off", "--burst=2", "--budget=12", self.write("late.y4m", clip + b"FRAME\n"))

    def test_pipe_twice(self):
        fifo = self.folder / "pipe"
        os.mkfifo(fifo)
        process = programs.start("--loop=2", fifo)
        programs.feed(fifo, CLIP)
        status, out, err = self.finish(process)
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, r"\Anight-mode: [^\n]*: it is a pipe, which can be read once: leave --loop out\n\Z")


class Output(NightModeTest):
    def test_impossible(self):
        clip = self.write("clip.y4m", CLIP)
        self.run_badly("cannot make the folder", "--output", clip / "pictures", clip)
        self.run_badly("cannot make the folder", "--output", "/dev/null/pictures", clip)
        self.run_badly("cannot write the log: Is a directory", "--log", self.folder, clip)
        for way in ("--stay=60", "--loop=1000000"):
            self.run_badly("cannot write the log: No space left on device", "--log", "/dev/full", way, clip)

    def test_folder_in_the_way(self):
        clip = self.write("clip.y4m", CLIP)
        (self.folder / "picture-0002.ppm").mkdir()
        (self.folder / "picture-0002.ppm" / "file").touch()
        self.run_badly("picture-0002.ppm", "--burst=2", "--output", self.folder, clip)


if __name__ == "__main__":
    tap.main()
