# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The pictures are the means of bursts, and the same wherever frames get their memory."""

import re

import clips
import tap
from clips import NightModeTest

WIDTH, HEIGHT = 33, 17
BYTES = clips.count_bytes(WIDTH, HEIGHT)
FRAMES = clips.make_frames(40, BYTES)


class Ways(NightModeTest):
    def check_all_ways(self, burst, *options):
        clip = self.write("clip.y4m", clips.make_clip(FRAMES, WIDTH, HEIGHT))
        expected = clips.expect_pictures(FRAMES, WIDTH, HEIGHT, "420", burst)
        budget = f"--budget={burst * BYTES}"
        for way in ([], ["--no-pool"], [budget], ["--hand-over"], ["--hand-over", "--no-pool"],
                    ["--hand-over", budget], ["--workers=1"], ["--workers=9", budget],
                    ["--hand-over", "--ahead=1"]):
            with self.subTest(way=way):
                pictures, summary = self.make_pictures(clip, f"--burst={burst}", *way, *options)
                self.assertEqual(pictures.keys(), expected.keys())
                self.assertTrue(pictures == expected, "the same to the last bit")
                self.check_memory(summary, burst, budget in way)

    def check_memory(self, summary, burst, is_limited):
        taken = re.match(r"(\d+) bytes( of (\d+) bytes; (\d+) had to wait)?$", summary["Frames took"])
        self.assertIsNotNone(taken, summary)
        self.assertGreaterEqual(int(taken[1]), burst * BYTES)
        self.assertEqual(taken[2] is not None, is_limited)
        if is_limited:
            self.assertEqual(int(taken[1]), int(taken[3]), "all of the budget, and no more")
            self.assertEqual(int(taken[3]), burst * BYTES)

    def test_single(self):
        self.check_all_ways(1)

    def test_pairs(self):
        self.check_all_ways(2)

    def test_three(self):
        """The last burst has one frame."""
        self.check_all_ways(3)

    def test_sixteen(self):
        """The last burst has eight frames."""
        self.check_all_ways(16)

    def test_more_than_there_are(self):
        clip = self.write("clip.y4m", clips.make_clip(FRAMES, WIDTH, HEIGHT))
        pictures, summary = self.make_pictures(clip, "--burst=256")
        self.assertEqual(pictures, clips.expect_pictures(FRAMES, WIDTH, HEIGHT, "420", 256))
        self.assertEqual(summary["Pictures"], "1, without 1 frames that did not fit")

    def test_loop(self):
        """As if the clip were so long."""
        clip = self.write("clip.y4m", clips.make_clip(FRAMES[:10], WIDTH, HEIGHT))
        for options in ((), ("--no-pool",), ("--hand-over",)):
            pictures, _ = self.make_pictures(clip, "--burst=4", "--loop=3", "--workers=1", *options)
            self.assertEqual(pictures, clips.expect_pictures(FRAMES[:10] * 3, WIDTH, HEIGHT, "420", 4))


class LeftOut(NightModeTest):
    def check(self, place):
        """Another scene in place of a frame leaves no trace."""
        frames = FRAMES[:8]
        frames[place] = bytes(255 - value for value in frames[place])
        clip = self.write("clip.y4m", clips.make_clip(frames, WIDTH, HEIGHT))
        pictures, summary = self.make_pictures(clip, "--burst=8")
        self.assertEqual(summary["Pictures"], "1, without 1 frames that did not fit")
        others = frames[:place] + frames[place + 1:]
        mean = bytes((sum(values) + 3) // 7 for values in zip(*others))
        self.assertEqual(pictures, {"picture-0001.ppm": clips.make_picture(mean, WIDTH, HEIGHT, "420")})

    def test_first(self):
        self.check(0)

    def test_middle(self):
        self.check(3)

    def test_last(self):
        self.check(7)

    def test_one_sample_of_the_last_block(self):
        """It is found wherever in the frame it differs."""
        size = clips.count_bytes(150, 130, "mono")
        frames = [bytes(size)] * 4
        frames[2] = bytes(size - 1) + b"\x09"
        clip = self.write("clip.y4m", clips.make_clip(frames, 150, 130, "mono"))
        pictures, _ = self.make_pictures(clip, "--burst=4")
        self.assertEqual(pictures, {"picture-0001.pgm": b"P5\n150 130\n255\n" + bytes(size)})

    def test_none_of_two(self):
        frames = [bytes([10]) * BYTES, bytes([21]) * BYTES]
        clip = self.write("clip.y4m", clips.make_clip(frames, WIDTH, HEIGHT))
        pictures, summary = self.make_pictures(clip, "--burst=2")
        self.assertEqual(summary["Pictures"], "1, without 0 frames")
        self.assertEqual(pictures["picture-0001.ppm"],
                         clips.make_picture(bytes([16]) * BYTES, WIDTH, HEIGHT, "420"))

    def test_largest_sums(self):
        """Of the longest burst, of the brightest samples."""
        clip = self.write("clip.y4m", clips.make_clip([bytes([255]) * 9] * 255 + [bytes(9)], 3, 3, "mono"))
        pictures, _ = self.make_pictures(clip, "--burst=256")
        self.assertEqual(pictures, {"picture-0001.pgm": b"P5\n3 3\n255\n" + bytes([255]) * 9})


class Formats(NightModeTest):
    def check(self, width, height, colour):
        frames = clips.make_frames(5, clips.count_bytes(width, height, colour), seed=width)
        clip = self.write(f"{width}-{height}-{colour}.y4m", clips.make_clip(frames, width, height, colour))
        for way in ((), ("--no-pool",)):
            pictures, _ = self.make_pictures(clip, "--burst=4", *way)
            self.assertEqual(pictures, clips.expect_pictures(frames, width, height, colour, 4))

    def test_colours(self):
        for colour in clips.SHIFTS:
            with self.subTest(colour):
                self.check(16, 8, colour)

    def test_odd_sizes(self):
        for colour in clips.SHIFTS:
            for width, height in ((1, 1), (2, 1), (7, 5), (1, 9)):
                with self.subTest(f"{width} × {height} {colour}"):
                    self.check(width, height, colour)

    def test_words(self):
        """What a header and the lines before frames may also say."""
        clip = make_wordy_clip(FRAMES[:3])
        pictures, _ = self.make_pictures(self.write("clip.y4m", clip), "--burst=3")
        self.assertEqual(pictures, clips.expect_pictures(FRAMES[:3], WIDTH, HEIGHT, "420", 3))

    def test_pipe(self):
        out = self.run_on_pipe(clips.make_clip(FRAMES, WIDTH, HEIGHT), "--burst=16")
        self.assertIn(f"40 frames of {WIDTH} × {HEIGHT}, bursts of 16\n", out)


def make_wordy_clip(frames):
    return (b"YUV4MPEG2 W33 XCOLORRANGE=LIMITED H17\n"
            + b"".join(b"FRAME Ip XNOTE=%d\n" % len(frame) + frame for frame in frames))


if __name__ == "__main__":
    tap.main()
