# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""All that the sources send is in the recording, with limits and without."""

import os
import random
import threading

import programs
import tap
from recording import MIB, RecorderTest, Sender

RANDOM = random.Random(4711)


class Files(RecorderTest):
    def record(self, sizes, *options):
        contents = [RANDOM.randbytes(size) for size in sizes]
        sources = [self.write(f"source-{i}", content) for i, content in enumerate(contents)]
        output = self.folder / "all.rec"
        self.run_well("-o", output, *options, *sources)
        self.assert_same("all.rec", *contents)
        self.run_well("--check", output, *sources)
        return contents, sources

    def test_sizes(self):
        self.record([0, 1, 999, 1000, 1001, 2000, 54321], "--frame-bytes=1000")

    def test_tiny_frames(self):
        self.record([3000, 1], "--frame-bytes=1", "--budget=1", "--max-outstanding=1")

    def test_narrow(self):
        """One frame for all, or one for each."""
        sizes = [300_000, 200_000, 100_001]
        self.record(sizes, "--frame-bytes=10000", "--budget=10000")
        self.record(sizes, "--frame-bytes=10000", "--max-outstanding=1")

    def test_with_and_without_limits(self):
        contents, sources = self.record([3 * MIB + 7, 2 * MIB, MIB + 1], "--frame-bytes=64KiB", "--budget=256KiB",
                                        "--max-outstanding=2")
        free = self.folder / "free.rec"
        self.run_well("-o", free, "--no-limits", "--frame-bytes=64KiB", *sources)
        self.assert_same("free.rec", *contents)

    def test_replaces(self):
        output = self.write("all.rec", RANDOM.randbytes(100_000))
        self.run_well("-q", "-o", output, self.write("source", b"short"))
        self.assert_same("all.rec", b"short")

    def test_name_of_any_encoding(self):
        source = os.fsencode(self.folder) + b"/caf\xe9"
        with open(source, "wb") as file:
            file.write(b"content")
        self.run_well("-o", self.folder / "all.rec", os.fsdecode(source))
        self.assertEqual(self.assert_same("all.rec", b"content").sources[0].name, source)

    def test_from_pipe_to_pipe(self):
        content = RANDOM.randbytes(300_000)
        source = self.folder / "source.fifo"
        os.mkfifo(source)
        threading.Thread(target=programs.feed, args=(source, content), daemon=True).start()
        output = self.folder / "all.fifo"
        os.mkfifo(output)
        process = programs.start("-f", "1000", "-o", output, source)
        self.write("all.rec", output.read_bytes())
        self.assertEqual(self.finish(process)[0], 0)
        self.assert_same("all.rec", content)

    def test_compare(self):
        """What is left is the recording of the second run."""
        content = RANDOM.randbytes(100_000)
        source = self.write("source", content)
        out = self.run_well("--compare", "-f", "1000", "-o", self.folder / "all.rec", source)
        self.assert_same("all.rec", content)
        self.assertRegex(out, r"\n +without limits +with limits\n")


class Sockets(RecorderTest):
    def test_two(self):
        contents = [RANDOM.randbytes(700_001), RANDOM.randbytes(10)]
        senders = [Sender(lambda connection, content=content: connection.sendall(content)) for content in contents]
        localhost = senders[1].address.replace("127.0.0.1", "localhost")
        self.run_well("-f", "4096", "-o", self.folder / "all.rec", senders[0].address, localhost)
        self.assert_same("all.rec", *contents)

    def test_pieces(self):
        """A sender that sends byte by byte fills frames all the same."""
        def send(connection):
            for byte in range(100):
                connection.sendall(bytes([byte]))

        sender = Sender(send)
        self.run_well("-f", "30", "-o", self.folder / "all.rec", sender.address)
        recording = self.assert_same("all.rec", bytes(range(100)))
        self.assertEqual([len(frame) for frame in recording.sources[0].frames.values()], [30, 30, 30, 10])

    def test_test_sources(self):
        output = self.folder / "all.rec"
        self.run_well("-o", output, "--test-sources=3", "--test-bytes=100001", "--test-rate=0", "-f", "1000",
                      "--writer-rate=0")
        out = self.run_well("--check", output)
        self.assertEqual(out.count("101 frames, 0 dropped, equal to the original"), 3)
        contents = {source.content for source in self.read_recording("all.rec").sources}
        self.assertEqual(len(contents), 3)

        # One byte of one frame, and one source that lost its end
        data = bytearray(output.read_bytes())
        data[-5000] ^= 1
        output.write_bytes(data)
        self.run_badly("differs from the original", "--check", output)


if __name__ == "__main__":
    tap.main()
