# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs an example as its users do, and what the tests of all of them have in common."""

import fcntl
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import threading
import unittest

COMMAND = shlex.split(os.environ["EXAMPLE"])
PROGRAM = pathlib.Path(COMMAND[-1]).name
SECONDS = 60
NOBODY = 65534
PIPE_SIZE = 4096
SOUNDS = sorted(pathlib.Path("/usr/share/sounds").glob("**/*.wav"))

POOL = re.compile(r"^  Pool of (?P<name>\w+) +(?P<acquired>\d+) buffers: (?P<reused>\d+) reused "
                  r"\((?P<share>[\d.]+) %\), (?P<allocated>\d+) allocated; (?P<idle>\d+) idle now, "
                  r"(?P<in_use>\d+) in use$", re.MULTILINE)


def start(*arguments, **options):
    return subprocess.Popen([*COMMAND, *map(os.fspath, arguments)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            errors="surrogateescape", **options)


def feed(fifo, data):
    """Writes to a pipe that holds little, so that its reader gets less than it asks for."""
    with open(fifo, "wb", buffering=0) as file:
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        file.write(data)


class ProgramTest(unittest.TestCase):
    """Files in a folder of their own, and a program that works on them."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def finish(self, process):
        self.addCleanup(process.kill)
        out, err = process.communicate(timeout=SECONDS)
        return process.returncode, out, err

    def run_well(self, *arguments):
        status, out, err = self.finish(start(*arguments))
        self.assertEqual((status, err), (0, ""))
        return out

    def run_badly(self, words, *arguments, **options):
        """It has to say those words in one line, and nothing else."""
        status, out, err = self.finish(start(*arguments, **options))
        self.assertEqual((status, out), (1, ""), err)
        self.assertRegex(err, rf"\A{re.escape(PROGRAM)}: [^\n]*\n\Z")
        self.assertIn(words, err)
        return err

    def run_on_pipe(self, data, *arguments):
        fifo = self.folder / "pipe"
        os.mkfifo(fifo)
        writer = threading.Thread(target=feed, args=(fifo, data), daemon=True)
        writer.start()
        out = self.run_well(fifo, *arguments)
        writer.join(SECONDS)
        return out

    def parse_pools(self, out):
        """Every number that is said of the pools, by their names."""
        pools = {}
        for match in POOL.finditer(out):
            numbers = {key: float(value) for key, value in match.groupdict().items() if key != "name"}
            self.assertEqual(numbers["acquired"], numbers["reused"] + numbers["allocated"])
            share = 100 * numbers["reused"] / max(numbers["acquired"], 1)
            self.assertAlmostEqual(numbers["share"], share, delta=0.06)
            self.assertEqual(numbers["in_use"], 0, "all buffers have come back")
            self.assertEqual(numbers["idle"], numbers["allocated"], "and none was thrown away")
            pools[match["name"]] = numbers
        self.assertTrue(pools, out)
        return pools


def with_bad_paths(make_arguments, broken_names=(b"two\nlines.wav", b"caf\xe9.wav")):
    """Adds the tests of what is no file to read, for a program whose arguments are
    made of the path of its input."""

    def decorate(case):
        def test_missing(self):
            self.run_badly("No such file or directory", *make_arguments(self, self.folder / "missing.wav"))

        def test_folder(self):
            self.run_badly("Is a directory", *make_arguments(self, self.folder))

        def test_empty(self):
            self.run_badly("is empty", *make_arguments(self, self.write("empty.wav", b"")))

        def test_device(self):
            self.run_badly("is empty", *make_arguments(self, "/dev/null"))

        def test_not_a_folder(self):
            path = self.write("plain", b"some bytes") / "file.wav"
            self.run_badly("Not a directory", *make_arguments(self, path))

        def test_unreadable(self):
            path = self.write("secret.wav", b"some bytes")
            path.chmod(0)
            self.folder.chmod(0o777)
            user = {"user": NOBODY} if os.geteuid() == 0 else {}
            if user and subprocess.run(["test", "-r", COMMAND[-1]], user=NOBODY, check=False).returncode != 0:
                self.skipTest("run by root, and other users may not read the program")
            self.run_badly("Permission denied", *make_arguments(self, path), **user)

        def test_broken_name(self):
            for name in broken_names:
                with self.subTest(name):
                    path = os.fsencode(self.folder) + b"/" + name
                    self.run_badly("No such file or directory", *make_arguments(self, os.fsdecode(path)))

        def test_failing(self):
            if not pathlib.Path("/proc/self/mem").exists():
                self.skipTest("there is no file that can be opened and not be read")
            self.run_badly("Input/output error", *make_arguments(self, "/proc/self/mem"))

        for test in (test_missing, test_folder, test_empty, test_device, test_not_a_folder, test_unreadable,
                     test_broken_name, test_failing):
            setattr(case, test.__name__, test)
        return case

    return decorate
