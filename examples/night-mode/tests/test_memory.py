# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A budget holds, and what the pool has kept goes back to the system."""

import csv
import os
import re
import signal
import unittest

import clips
import programs
import tap
from clips import NightModeTest

WIDTH, HEIGHT = 640, 400
BYTES = clips.count_bytes(WIDTH, HEIGHT)
N_FRAMES = 64
BURST = 16

# What has to go back, in parts of what frames took: all but crumbs
GIVEN_BACK = 0.95


def make_large_clip():
    return clips.make_clip([bytes([number]) * BYTES for number in range(N_FRAMES)], WIDTH, HEIGHT)


class Budget(NightModeTest):
    def setUp(self):
        super().setUp()
        self.clip = self.write("clip.y4m", make_large_clip())

    def test_holds(self):
        """All frames together never take more."""
        free, _ = self.make_pictures(self.clip, "--no-pool")
        for bursts in (1, 1.5, 2):
            budget = int(bursts * BURST * BYTES)
            for way in ((), ("--hand-over",)):
                log = self.folder / "log.csv"
                pictures, summary = self.make_pictures(self.clip, f"--budget={budget}", "--log", log, "--workers=8",
                                                       *way)
                self.assertTrue(pictures == free, "the same pictures")
                peak, limit = map(clips.read_size, summary["Frames took"].split(" of "))
                self.assertLessEqual(peak, limit)
                self.assertGreaterEqual(peak, BURST * BYTES - 0.05 * (1 << 20))
                self.assertLessEqual(max(row["frame_bytes"] for row in self.read_log(log)), budget)

    def test_waits(self):
        """Eight threads want eight bursts, and there is memory for one."""
        _, summary = self.make_pictures(self.clip, f"--budget={BURST * BYTES}", "--workers=8", "--loop=4")
        self.assertGreater(int(re.search(r"(\d+) had to wait", summary["Frames took"])[1]), 0)
        _, summary = self.make_pictures(self.clip, f"--budget={9 * BURST * BYTES}", "--workers=8", "--loop=4")
        self.assertEqual(int(re.search(r"(\d+) had to wait", summary["Frames took"])[1]), 0)


class GivingBack(NightModeTest):
    def watch(self, *options):
        """The most that frames took, as soon as that has gone back after the work."""
        fifo = self.folder / "log.fifo"
        os.mkfifo(fifo)
        process = programs.start("--stay=60", "--log", fifo, *options, self.write("clip.y4m", make_large_clip()))
        self.addCleanup(process.kill)
        most = most_frames = 0
        with open(fifo, encoding="ascii") as file:
            for row in csv.DictReader(file):
                now = int(row["process_bytes"])
                most = max(most, now)
                most_frames = max(most_frames, int(row["frame_bytes"]))
                if int(row["is_done"]) and most - now > most_frames * GIVEN_BACK:
                    self.assertEqual(int(row["frame_bytes"]), 0)
                    break
            else:
                self.fail("the memory did not go back")
            process.send_signal(signal.SIGTERM)
            for _ in file:
                pass
        self.assertEqual(self.finish(process)[0], -signal.SIGTERM)
        return most_frames

    @unittest.skipIf(os.environ["MEMORY_IS_EXACT"] != "yes", "a sanitizer keeps memory for itself")
    def test_after_work(self):
        self.assertGreaterEqual(self.watch("--workers=4", "--loop=16"), BURST * BYTES)

    @unittest.skipIf(os.environ["MEMORY_IS_EXACT"] != "yes", "a sanitizer keeps memory for itself")
    def test_after_work_within_a_budget(self):
        most = self.watch("--workers=4", "--loop=16", f"--budget={2 * BURST * BYTES}")
        self.assertGreaterEqual(most, BURST * BYTES)
        self.assertLessEqual(most, 2 * BURST * BYTES)

    def test_is_said(self):
        clip = self.write("clip.y4m", make_large_clip())
        self.assertRegex(self.run_well("--stay=0.01", clip), r"\n  Left         [\d.]+ MiB after 0\.01 s\n\Z")
        self.assertNotIn("Left", self.run_well(clip))


if __name__ == "__main__":
    tap.main()
