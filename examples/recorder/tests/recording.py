# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Reads recordings by what format.h says of them, and watches the recorder at work."""

import contextlib
import csv
import os
import re
import socket
import struct
import threading

import programs

HEADER = struct.Struct("<8sIIQ")
SOURCE = struct.Struct("<IIQ")
RECORD = struct.Struct("<IIQQIIQ")
FRAME = 0x4D415246
END = 0x53444E45
COMPLETE, STOPPED, FAILED = 1, 2, 3
UNITS = {"bytes": 1, "MiB": 1 << 20, "GiB": 1 << 30}
MIB = 1 << 20


class Source:
    def __init__(self, name):
        self.name = name
        self.frames = {}
        self.end = None
        self.dropped = 0
        self.count = 0

    @property
    def content(self):
        return b"".join(self.frames.values())


class Recording:
    """All of a recording, with the place where each of its parts begins."""

    def __init__(self, data):
        magic, version, count, self.frame_bytes = HEADER.unpack_from(data)
        assert (magic, version) == (b"BPRECORD", 1), data[:12]
        self.parts = [0]
        self.sources = []
        place = HEADER.size
        for _ in range(count):
            self.parts.append(place)
            _, length, _ = SOURCE.unpack_from(data, place)
            place += SOURCE.size + length
            self.sources.append(Source(data[place - length:place]))
        while place < len(data):
            self.parts.append(place)
            place = self._read_record(data, place)
        assert place == len(data)

    def _read_record(self, data, place):
        kind, number, sequence, length, reason, _, dropped = RECORD.unpack_from(data, place)
        place += RECORD.size
        source = self.sources[number]
        assert source.end is None
        if kind == FRAME:
            assert sequence not in source.frames and sequence >= max(source.frames, default=0)
            source.frames[sequence] = data[place:place + length]
            return place + length
        assert (kind, length) == (END, 0)
        source.end, source.dropped, source.count = reason, dropped, sequence
        assert source.count == len(source.frames) + dropped
        return place


def parse_size(text):
    number, unit = text.split()[:2]
    return float(number) * UNITS[unit]


def parse_summary(out):
    """The lines of a summary, each with one text for every run."""
    lines = {}
    for line in out.splitlines()[1:]:
        label, *texts = re.split(r"  +", line.strip())
        lines[label] = texts
    return lines


class Sender:
    """Something that listens on a port of the loopback address, and sends to each client that connects."""

    def __init__(self, send):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._run, args=(send,), daemon=True)
        self.thread.start()

    def _run(self, send):
        with self.listener:
            connection = self.listener.accept()[0]
        with connection, contextlib.suppress(ConnectionError):
            send(connection)

    def join(self):
        self.thread.join(programs.SECONDS)
        assert not self.thread.is_alive()


class Log:
    """The log of a recorder that writes it into a pipe, so that each line is an event."""

    def __init__(self, folder):
        self.path = folder / "log.fifo"
        os.mkfifo(self.path)
        self.rows = None

    def wait_for(self, is_enough):
        """The first line for which is_enough() holds; the recorder must be running."""
        if self.rows is None:
            self.file = open(self.path, encoding="ascii")
            self.rows = csv.DictReader(self.file)
        for row in self.rows:
            numbers = {key: int(value) for key, value in row.items() if key != "limits"}
            if is_enough(numbers):
                return numbers
        raise AssertionError("the recorder ended before")

    def drain(self):
        """Reads on without end, as it would wait for us otherwise."""
        def run():
            with self.file:
                for _ in self.rows:
                    pass

        threading.Thread(target=run, daemon=True).start()


class RecorderTest(programs.ProgramTest):
    def read_recording(self, name):
        return Recording((self.folder / name).read_bytes())

    def assert_same(self, name, *contents, end=COMPLETE):
        """A recording of just that, by its own words and by what is in it."""
        recording = self.read_recording(name)
        for source, content in zip(recording.sources, contents, strict=True):
            self.assertEqual(source.end, end)
            self.assertEqual(source.dropped, 0)
            self.assertTrue(source.content == content, "the bytes are the same")
        return recording

    def open_late(self, fifo):
        """A pipe to record to that is opened, and read later."""
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(reader, True)
        return open(reader, "rb")
