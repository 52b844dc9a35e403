# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What a user at the terminal sees, and may interrupt."""

import os
import signal

import clips
import programs
import tap
from clips import NightModeTest
from terminal import Terminal

CLIP = clips.make_clip([bytes(6)] * 100, 2, 2)


class Progress(NightModeTest):
    def test_line(self):
        terminal = Terminal("--loop=50", self.write("clip.y4m", CLIP))
        status, out = terminal.finish()
        self.assertEqual(status, 0)
        self.assertTrue(terminal.said == "" or terminal.said.endswith("\r\033[K"), "nothing is left of it")
        self.assertNotIn("\n", terminal.said)
        self.assertIn("5000 frames of 2 × 2, bursts of 16\n", out)

    def test_share(self):
        terminal = Terminal("--loop=1000000", self.write("clip.y4m", CLIP))
        self.addCleanup(terminal.process.kill)
        terminal.read_until(r"\r\[#?\.+\]   \d %, [1-9]\d* frames, [1-9]\d* pictures ")
        terminal.process.send_signal(signal.SIGINT)
        self.assertEqual(terminal.finish(), (-signal.SIGINT, ""))
        self.assertTrue(terminal.said.endswith("clip.y4m: interrupted\r\n"), terminal.said)


class Interrupt(NightModeTest):
    def interrupt(self, number, *options):
        """Of a clip that does not go on, and does not end."""
        fifo = self.folder / f"clip-{number}-{len(options)}"
        os.mkfifo(fifo)
        terminal = Terminal("--burst=4", *options, fifo)
        self.addCleanup(terminal.process.kill)
        with open(fifo, "wb", buffering=0) as file:
            file.write(CLIP)
            terminal.read_until("100 frames, 25 pictures")
            terminal.process.send_signal(number)
            self.assertEqual(terminal.finish(), (-number, ""))
        self.assertRegex(terminal.said, r"night-mode: [^\n]*: interrupted\r\n\Z")

    def test_waiting_for_frames(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for way in ((), ("--hand-over", "--ahead=1"), ("--budget=24",)):
                self.interrupt(number, *way)

    def test_while_it_stays(self):
        process = programs.start("--stay=3000", "--log=/dev/stderr", self.write("clip.y4m", CLIP))
        self.addCleanup(process.kill)
        for line in process.stderr:
            if line.split(",")[1] == "1":
                break
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(process)[0], -signal.SIGTERM)


if __name__ == "__main__":
    tap.main()
