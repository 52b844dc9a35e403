# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What cannot be done is one clear line, and nothing is lost by it."""

import os
import random
import resource
import socket
import struct
import threading

import programs
import tap
from recording import FAILED, HEADER, MIB, RECORD, Log, RecorderTest, Sender

CONTENT = random.Random(11).randbytes(2500)


class CommandLine(RecorderTest):
    def test_nothing(self):
        self.run_badly("nothing to record: name files or tcp://127.0.0.1:PORT, try --test-sources=4 --compare")

    def test_options(self):
        source = self.write("source", CONTENT)
        output = self.folder / "all.rec"
        for words, *options in (
                ("no file to record to: give --output=FILE", source),
                ("Unknown option --louder", "--louder", "-o", output, source),
                ("--budget=lots: no size: write it as", "--budget=lots", "-o", output, source),
                ("--budget=64XB: no size", "--budget=64XB", "-o", output, source),
                ("--budget=: no size", "--budget=", "-o", output, source),
                ("--budget=-1: no size", "--budget=-1", "-o", output, source),
                ("--budget=99999999999G: no size", "--budget=99999999999G", "-o", output, source),
                ("--budget=512KiB: must hold at least one frame, which is 1.0 MiB", "--budget=512KiB", "-o",
                 output, source),
                ("--frame-bytes=0: must be at least 1 bytes", "--frame-bytes=0", "-o", output, source),
                ("--frame-bytes=2G: must be at most 1.0 GiB", "--frame-bytes=2G", "-o", output, source),
                ("--max-outstanding=-1: must be from 0", "--max-outstanding=-1", "-o", output, source),
                ("--max-outstanding", "--max-outstanding=x", "-o", output, source),
                ("--policy=hope: must be wait or drop", "--policy=hope", "-o", output, source),
                ("--max-wait=5: goes with --policy=drop", "--max-wait=5", "-o", output, source),
                ("--max-wait=-5: must be from 0", "--policy=drop", "--max-wait=-5", "-o", output, source),
                ("--test-sources=65: must be from 0 to 64", "--test-sources=65"),
                ("leave --no-limits out", "--compare", "--no-limits", "--test-sources=1"),
                ("--check only reads", "--check", output, "--output", output)):
            with self.subTest(words):
                self.run_badly(words, *options)
        self.assertEqual(os.listdir(self.folder), ["source"])

    def test_compare_needs_files(self):
        for source in ("tcp://127.0.0.1:9", "/dev/stdin"):
            self.run_badly(f"{source}: --compare reads its sources twice", "--compare", "-o", "/dev/null", source)

    def test_help_and_version(self):
        self.assertTrue(self.run_well("--version").startswith("recorder 0."))
        self.assertIn("--max-outstanding=N", self.run_well("--help"))


class Sources(RecorderTest):
    """A source that is not there: nothing of an older recording is lost."""

    def refuse(self, words, source, **options):
        older = self.write("all.rec", b"an older recording")
        self.run_badly(words, "-o", older, self.write("fine", CONTENT), source, **options)
        self.assertEqual(older.read_bytes(), b"an older recording")

    def test_missing(self):
        self.refuse("missing: No such file or directory", self.folder / "missing")

    def test_folder(self):
        self.refuse("Is a directory", self.folder)

    def test_name_of_two_lines(self):
        self.refuse("two lines: No such file or directory", self.folder / "two\nlines")

    def test_not_loopback(self):
        for address in ("tcp://192.0.2.1:5000", "tcp://example.com:5000", "tcp://[2001:db8::1]:5000",
                        "tcp://0.0.0.0:5000", "tcp://127.0.0.1.example.com:5000"):
            with self.subTest(address):
                self.refuse("not a loopback address: use 127.0.0.1, [::1] or localhost", address)

    def test_no_address(self):
        for address in ("http://127.0.0.1:80", "tcp://127.0.0.1", "tcp://127.0.0.1:0", "tcp://127.0.0.1:70000",
                        "tcp://:5000", "tcp://127.0.0.1:5000/path", "tcp://"):
            with self.subTest(address):
                self.refuse("no source: use a file or tcp://127.0.0.1:PORT", address)

    def test_refused(self):
        # Bound, so that no other program gets the port, and not listening
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            self.refuse("Connection refused", f"tcp://127.0.0.1:{bound.getsockname()[1]}")

    def test_broken_connection(self):
        is_read = threading.Event()

        def send(connection):
            connection.sendall(CONTENT)
            is_read.wait()
            # Closing is a reset then
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        sender = Sender(send)
        log = Log(self.folder)
        output = self.folder / "all.rec"
        process = programs.start("-f", "1000", "-o", output, "--log", log.path, sender.address,
                                 self.write("fine", CONTENT))
        log.wait_for(lambda row: row["read_bytes"] == 2000 + len(CONTENT))
        is_read.set()
        log.drain()
        status, out, err = self.finish(process)
        self.assertEqual(status, 1)
        self.assertRegex(err, rf"\Arecorder: {sender.address}: [^\n]*Connection reset by peer\n\Z")
        self.assertIn("Written", out)

        broken, fine = self.read_recording("all.rec").sources
        self.assertEqual(broken.end, FAILED)
        self.assertGreaterEqual(len(broken.content), 2000)
        self.assertTrue(CONTENT.startswith(broken.content))
        self.assertEqual(fine.content, CONTENT)
        self.assertIn(", could not be read on\n", self.run_well("--check", output))

    def test_failing_file(self):
        output = self.folder / "all.rec"
        status, _, err = self.finish(programs.start("-o", output, "/proc/self/mem", self.write("fine", CONTENT)))
        self.assertEqual(status, 1)
        self.assertRegex(err, r"\Arecorder: /proc/self/mem: [^\n]*Input/output error\n\Z")
        self.assertEqual(self.read_recording("all.rec").sources[1].content, CONTENT)


class Output(RecorderTest):
    def test_source_itself(self):
        source = self.write("source", CONTENT)
        os.symlink("source", self.folder / "link")
        self.run_badly("link: it is one of the sources", "-o", self.folder / "link", source)
        self.assertEqual(source.read_bytes(), CONTENT)

    def test_impossible(self):
        source = self.write("source", CONTENT)
        self.run_badly("Is a directory", "-o", self.folder, source)
        self.run_badly("No such file or directory", "-o", self.folder / "missing" / "all.rec", source)
        self.run_badly("cannot write /dev/full:", "-o", "/dev/full", source)

    def test_full(self):
        """A writer that fails ends the readers, also those that wait for memory."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, MIB))

        self.run_badly("File too large", "-o", self.folder / "all.rec", "--budget=2MiB", "--test-sources=2",
                       "--test-rate=0", preexec_fn=limit)

    def test_log(self):
        source = self.write("source", CONTENT)
        self.run_badly("cannot write /dev/full: No space left on device", "--log=/dev/full", "-o", "/dev/null", source)
        self.run_badly("No such file or directory", "--log", self.folder / "missing" / "log.csv", "-o", "/dev/null",
                       source)

    def test_summary(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            process = programs.subprocess.Popen(
                [*programs.COMMAND, "-o", "/dev/null", self.write("source", CONTENT)],
                stdout=full, stderr=programs.subprocess.PIPE, text=True)
            err = process.communicate(timeout=programs.SECONDS)[1]
        self.assertEqual((process.returncode, err),
                         (1, "recorder: cannot write the summary: No space left on device\n"))


class Check(RecorderTest):
    """Recordings that are no more what they were."""

    def setUp(self):
        super().setUp()
        self.sources = [self.write("one", CONTENT), self.write("two", CONTENT[500:1500])]
        self.output = self.folder / "all.rec"
        self.run_well("-q", "-f", "1000", "-o", self.output, *self.sources)
        self.recording = self.read_recording("all.rec")
        self.data = self.output.read_bytes()

    def refuse(self, words, data, *files):
        self.run_badly(words, "--check", self.write("bad.rec", data), *files)

    def change(self, place, form, *values):
        data = bytearray(self.data)
        struct.pack_into(form, data, place, *values)
        return bytes(data)

    def test_whole(self):
        out = self.run_well("--check", self.output, *self.sources)
        self.assertIn("one: 2500 bytes, 3 frames, 0 dropped, equal to the original\n", out)
        self.assertEqual(self.run_well("--check", self.output, "--quiet"), "")

    def test_cut_off(self):
        cuts = {place + step for place in self.recording.parts for step in (0, 1, RECORD.size - 1, RECORD.size)}
        for cut in sorted(cut for cut in cuts if cut < len(self.data)):
            with self.subTest(cut):
                self.refuse(f"cut off: it ends after {cut} bytes", self.data[:cut])

    def test_longer(self):
        self.refuse("damaged: it goes on after its end", self.data + b"x")

    def test_other_files(self):
        self.refuse("no recording of this program", b"RIFF" + bytes(100))
        self.refuse("cut off: it ends after 0 bytes, where the header was to come", b"")
        self.refuse("a recording of version 2", self.change(8, "<I", 2))
        self.run_badly("Is a directory", "--check", self.folder)
        self.run_badly("No such file", "--check", self.folder / "missing")

    def test_header(self):
        self.refuse("damaged: it has 0 sources", self.change(12, "<I", 0))
        self.refuse("damaged: it has 4000000000 sources", self.change(12, "<I", 4000000000))
        self.refuse("frames of 0 bytes", self.change(16, "<Q", 0))
        self.refuse("damaged: it has 2 sources and frames of 99999999999999", self.change(16, "<Q", 99999999999999))
        self.refuse("of the unknown kind 9", self.change(HEADER.size, "<I", 9))
        self.refuse("the name of source 0 has 4294967295 bytes", self.change(HEADER.size + 4, "<I", 0xFFFFFFFF))

    def find(self, number, is_end):
        """Where the last record begins that is one of those."""
        places = []
        for place in self.recording.parts[3:]:
            kind, source, *_ = RECORD.unpack_from(self.data, place)
            if source == number and (kind == 0x53444E45) == is_end:
                places.append(place)
        return places[-1]

    def test_records(self):
        frame = self.find(0, False)
        end = self.find(0, True)
        self.refuse("neither a frame nor an end", self.change(frame, "<I", 7))
        self.refuse("a frame of source 2, and there are 2", self.change(frame + 4, "<I", 2))
        self.refuse("has the number 0, which is not after 1", self.change(frame + 8, "<Q", 0))
        self.refuse("the end of source 0 has the number 3, which is not after 3", self.change(frame + 8, "<Q", 3))
        self.refuse("2 frames are not there, and 0 were dropped", self.change(end + 8, "<Q", 5))
        self.refuse("has 1001 bytes", self.change(frame + 16, "<Q", 1001))
        self.refuse("has 0 bytes", self.change(frame + 16, "<Q", 0))
        self.refuse("0 frames are not there, and 3 were dropped", self.change(end + 32, "<Q", 3))
        self.refuse("for the unknown reason 4", self.change(end + 24, "<I", 4))
        self.refuse("the end of source 0 has the number 1", self.change(end + 8, "<Q", 1))

    def test_gap(self):
        """A frame that is missing is found out, though the rest is in order."""
        place = self.find(0, False)
        length = RECORD.unpack_from(self.data, place)[3]
        self.refuse("1 frames are not there, and 0 were dropped",
                    self.data[:place] + self.data[place + RECORD.size + length:])

    def test_differing(self):
        place = self.find(0, False) + RECORD.size
        data = self.change(place, "B", self.data[place] ^ 1)
        self.refuse("source 0", data, *self.sources)
        self.refuse("differs from the original in frame 2, at byte 2000 or after", data, *self.sources)

        self.run_badly("differs from the original in frame", "--check", self.output, *reversed(self.sources))
        longer = self.write("longer", CONTENT + b"x")
        self.run_badly("has 3 frames with 2500 bytes, and the original 3 with 2501", "--check", self.output, longer)
        self.run_badly("3 files to compare with, and it has 2 sources", "--check", self.output, *self.sources, longer)
        self.run_badly("No such file", "--check", self.output, self.folder / "missing")


if __name__ == "__main__":
    tap.main()
