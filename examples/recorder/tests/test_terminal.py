# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What a user at the terminal sees, and may interrupt."""

import signal
import threading

import tap
from recording import STOPPED, RecorderTest, Sender
from terminal import Terminal

TEST = ("--test-sources=2", "--test-rate=0", "--budget=8MiB")

# After the first frame the writer has enough for a long time
STUCK = (*TEST, "--writer-rate=1")


class Progress(RecorderTest):
    def test_line(self):
        terminal = Terminal(*TEST, "--test-bytes=16MiB", "--writer-rate=128MiB")
        status, out = terminal.finish()
        self.assertEqual(status, 0)
        self.assertRegex(terminal.said, r"\rin use |\033\[Kin use [\d.]+ (MiB|bytes) \(8\.0 MiB\), \d+ waits, "
                                        r"\d+ drops, written [\d.]+ (MiB|bytes), \d+ % done")
        self.assertIn("100 % done", terminal.said)
        self.assertTrue(terminal.said.endswith("\r\033[K"), "nothing is left of it")
        self.assertNotIn("\n", terminal.said)
        self.assertIn("Peak of process", out)

    def test_quiet(self):
        terminal = Terminal(*TEST, "--test-bytes=1MiB", "--quiet")
        self.assertEqual((terminal.finish(), terminal.said), ((0, ""), ""))


class Interrupt(RecorderTest):
    def interrupt(self, number, *options):
        """Ends the reading, when both readers wait for memory or have."""
        terminal = Terminal(*options)
        self.addCleanup(terminal.process.kill)
        terminal.read_until(r"in use 8\.0 MiB \(8\.0 MiB\), ([2-9]|\d\d+) waits")
        terminal.process.send_signal(number)
        return terminal

    def test_once(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            output = self.folder / "all.rec"
            terminal = self.interrupt(number, *TEST, "--test-bytes=1GiB", "--writer-rate=32MiB", "-o", output)
            status, out = terminal.finish()
            self.assertEqual(status, -number)
            self.assertIn("Interrupted      all that was read is written\n", out)
            self.assertIn(" 0 dropped, interrupted, equal to the original\n", self.run_well("--check", output))
            sources = self.read_recording("all.rec").sources
            self.assertEqual({(source.end, source.dropped) for source in sources}, {(STOPPED, 0)})
            self.assertGreaterEqual(sum(len(source.frames) for source in sources), 8)

    def test_twice(self):
        output = self.folder / "all.rec"
        terminal = self.interrupt(signal.SIGINT, *STUCK, "-o", output)
        terminal.read_until("stopping: ")
        terminal.process.send_signal(signal.SIGINT)
        status, out = terminal.finish()
        self.assertEqual(status, -signal.SIGINT)
        self.assertRegex(out, r"Interrupted +7 frames discarded\n")
        self.run_well("--check", output)
        sources = self.read_recording("all.rec").sources
        self.assertEqual(sum(len(source.frames) for source in sources), 1)
        self.assertEqual(sum(source.dropped for source in sources), 7)

    def test_compare(self):
        """The first run is ended, and there is no second."""
        terminal = Terminal(*STUCK, "--test-bytes=8MiB", "--compare")
        self.addCleanup(terminal.process.kill)
        terminal.read_until(r"in use 1[678]\.0 MiB \(no limits\)")
        terminal.process.send_signal(signal.SIGINT)
        terminal.read_until("stopping: ")
        terminal.process.send_signal(signal.SIGINT)
        status, out = terminal.finish()
        self.assertEqual(status, -signal.SIGINT)
        self.assertIn("without limits", out)
        self.assertNotIn("with limits", out)

    def test_unread_pipe(self):
        """In a hurry the program does not wait for a reader that does not read."""
        fifo = self.folder / "all.fifo"
        output = self.open_late(fifo)
        terminal = self.interrupt(signal.SIGINT, *TEST, "-o", fifo)
        terminal.read_until("stopping: ")
        terminal.process.send_signal(signal.SIGINT)
        status, _ = terminal.finish()
        output.close()
        self.assertEqual(status, 1)
        self.assertRegex(terminal.said, r"recorder: cannot write [^\n]*all.fifo: Operation was cancelled\r\n\Z")

    def test_silent_source(self):
        """A source that sends nothing does not hold up the end."""
        over = threading.Event()

        def send(connection):
            connection.sendall(b"all that it says")
            over.wait()

        silent = Sender(send)
        terminal = Terminal("-f", "8", "-o", self.folder / "all.rec", silent.address)
        self.addCleanup(terminal.process.kill)
        terminal.read_until("written 16 bytes")
        terminal.process.send_signal(signal.SIGINT)
        self.assertEqual(terminal.finish()[0], -signal.SIGINT)
        over.set()
        silent.join()
        self.assert_same("all.rec", b"all that it says", end=STOPPED)


if __name__ == "__main__":
    tap.main()
