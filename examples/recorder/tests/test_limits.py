# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The limits hold, and make readers wait or drop."""

import csv
import os
import unittest

import programs
import tap
from recording import MIB, Log, RecorderTest, Sender, parse_size, parse_summary

# Code and stacks of some threads, and what the C library keeps
PROCESS_BYTES = 24 * MIB

# More than what the kernel holds for a connection
SENT = 64 * MIB


def send_much(connection):
    block = bytes(MIB)
    for _ in range(SENT // MIB):
        connection.sendall(block)


class Limits(RecorderTest):
    """The output is a pipe that is not read before it is time, so nothing depends on speed."""

    def start_stuck(self, *options):
        self.log = Log(self.folder)
        fifo = self.folder / "all.fifo"
        self.output = self.open_late(fifo)
        process = programs.start("-o", fifo, "--log", self.log.path, *options)
        self.addCleanup(process.kill)
        return process

    def finish_stuck(self, process):
        self.log.drain()
        with self.output:
            output = self.write("all.rec", self.output.read())
        status, out, err = self.finish(process)
        self.assertEqual((status, err), (0, ""))
        self.run_well("--check", output)
        return parse_summary(out)

    def test_budget_makes_wait(self):
        sender = Sender(send_much)
        process = self.start_stuck("--budget=3MiB", sender.address)
        row = self.log.wait_for(lambda row: row["waits"] == 1)
        # It waits for the writer, which waits for us
        self.assertEqual(row["buffer_bytes"], 3 * MIB)
        self.assertEqual(row["read_bytes"], 3 * MIB)
        self.assertTrue(sender.thread.is_alive(), "the sender has to wait, too")

        summary = self.finish_stuck(process)
        sender.join()
        self.assertEqual(summary["Peak of buffers"], ["3.0 MiB of 3.0 MiB"])
        self.assertEqual(summary["Drops"], ["none"])
        self.assert_same("all.rec", bytes(SENT))

    def test_max_outstanding_is_for_each(self):
        sources = [self.write(f"source-{i}", bytes([i]) * 10_000_000) for i in range(2)]
        process = self.start_stuck("--max-outstanding=2", "--frame-bytes=100000", *sources)
        row = self.log.wait_for(lambda row: row["waits"] == 2)
        self.assertEqual(row["buffer_bytes"], 2 * 2 * 100_000)
        self.finish_stuck(process)
        self.assert_same("all.rec", *(source.read_bytes() for source in sources))

    def test_budget_is_for_all(self):
        sources = [self.write(f"source-{i}", bytes([i]) * 10_000_000) for i in range(4)]
        process = self.start_stuck("--budget=550000", "--frame-bytes=100000", *sources)
        row = self.log.wait_for(lambda row: row["waits"] == 4)
        self.assertEqual(row["buffer_bytes"], 5 * 100_000, "half a frame is none")
        self.finish_stuck(process)
        self.assert_same("all.rec", *(source.read_bytes() for source in sources))

    def test_no_limits(self):
        sender = Sender(send_much)
        process = self.start_stuck("--no-limits", "--budget=3MiB", "--max-outstanding=1", sender.address)
        row = self.log.wait_for(lambda row: row["read_bytes"] == SENT)
        sender.join()
        self.assertGreaterEqual(row["buffer_bytes"], SENT)
        summary = self.finish_stuck(process)
        self.assertEqual(summary["Waits"], ["none"])
        self.assertGreaterEqual(parse_size(summary["Peak of buffers"][0]), SENT)

    def check_drops(self, process, most_frames):
        self.log.wait_for(lambda row: row["drops"] > 0)
        # A live source does not have to wait: what has no place is dropped
        self.sender.join()
        summary = self.finish_stuck(process)

        source, = self.read_recording("all.rec").sources
        self.assertEqual(source.count, SENT // MIB)
        self.assertGreater(source.dropped, 0)
        self.assertEqual(source.dropped + len(source.frames), source.count)
        self.assertEqual(summary["Drops"], [f"{source.dropped} frames, {source.dropped}.0 MiB"])
        self.assertLessEqual(parse_size(summary["Peak of buffers"][0]), most_frames * MIB)
        # The first frames had a place, the next ones had none
        self.assertEqual(list(source.frames)[:most_frames], list(range(most_frames)))
        self.assertNotIn(most_frames, source.frames)
        return summary

    def test_drop_at_budget(self):
        self.sender = Sender(send_much)
        summary = self.check_drops(self.start_stuck("--policy=drop", "--budget=3MiB", self.sender.address), 3)
        self.assertEqual(summary["Waits"], ["none"])

    def test_drop_at_max_outstanding(self):
        self.sender = Sender(send_much)
        self.check_drops(self.start_stuck("--policy=drop", "--max-outstanding=2", self.sender.address), 2)

    def test_drop_after_a_while(self):
        self.sender = Sender(send_much)
        summary = self.check_drops(self.start_stuck("--policy=drop", "--max-wait=1", "--max-outstanding=2",
                                                    self.sender.address), 2)
        self.assertNotEqual(summary["Waits"], ["none"])


class Memory(RecorderTest):
    OPTIONS = ("--test-sources=4", "--test-bytes=8MiB", "--test-rate=0", "--writer-rate=32MiB", "--budget=4MiB")

    def test_compare(self):
        log = self.folder / "log.csv"
        summary = parse_summary(self.run_well("--compare", "--log", log, *self.OPTIONS))
        self.assertEqual(summary["without limits"], ["with limits"])
        self.assertEqual(summary["Written"], ["32.0 MiB, 32 frames"] * 2)
        free, limited = map(parse_size, summary["Peak of buffers"])
        self.assertGreater(free, limited)
        self.assertEqual(limited, 4 * MIB)
        self.assertNotEqual(summary["Waits"][1], "none")

        rows = list(csv.DictReader(log.read_text(encoding="ascii").splitlines()))
        for limits, peak in (("no", free), ("yes", limited)):
            own = [row for row in rows if row["limits"] == limits]
            times = [int(row["milliseconds"]) for row in own]
            self.assertEqual(times, sorted(times))
            self.assertLessEqual(max(int(row["buffer_bytes"]) for row in own), peak)
            self.assertEqual(int(own[-1]["written_bytes"]), 32 * MIB)

    @unittest.skipIf(os.environ["MEMORY_IS_EXACT"] != "yes", "a sanitizer needs memory of its own")
    def test_process(self):
        free, limited = map(parse_size, parse_summary(self.run_well("--compare", *self.OPTIONS))["Peak of process"])
        self.assertLess(limited, 4 * MIB + PROCESS_BYTES)
        self.assertGreater(free, limited)


if __name__ == "__main__":
    tap.main()
