# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A tone that is made in real time is the tone, and the report is true."""

import math
import os
import re

import programs
import tap
import wav

RATE = 48000
CHANNELS = 2
SECONDS = 0.1
PERIOD = 128
N_PERIODS = math.ceil(SECONDS * RATE / PERIOD)
AMPLITUDE = 0.5
NOBODY = 65534

HEAD = re.compile(r"^(?P<name>.*): (?P<seconds>[\d.]+) s, 2 channels, (?P<rate>\d+) Hz, "
                  r"periods of (?P<period>\d+) frames, (?P<us>\d+) us$", re.MULTILINE)
LINES = {
    "Thread": r"(?P<thread>SCHED_FIFO, priority \d+|plain: .+)",
    "Memory": r"(?P<memory>.+)",
    "Callbacks": r"(?P<callbacks>\d+): (?P<average>[\d.]+) us on average, (?P<worst>[\d.]+) us the worst",
    "Wake-ups": r"(?P<wake>[\d.]+) us late at the worst",
    "Xruns": r"(?P<late>\d+) callbacks too long, (?P<lost>\d+) not begun in time",
    "Page faults": r"(?P<faults>\d+) in the callback's thread",
    "Buffers": r"from (?P<kind>.+): (?P<taken>\d+) taken, (?P<made>\d+) made meanwhile, (?P<none>\d+) times none",
    "Under way": r"(?P<waiting>\d+) at most",
    "Written": r"(?P<written>\d+) periods, and (?P<silent>\d+) of silence",
}
POOL = re.compile(r"^  Pool +(?P<idle>\d+) idle now, (?P<in_use>\d+) in use$", re.MULTILINE)


class RealtimeTest(programs.ProgramTest):
    def read_report(self, out):
        report = HEAD.search(out).groupdict()
        for label, pattern in LINES.items():
            match = re.search(rf"^  {label} +{pattern}$", out, re.MULTILINE)
            self.assertTrue(match, f"{label} in {out}")
            report |= match.groupdict()
        pool = POOL.search(out)
        if pool:
            report |= pool.groupdict()
        return {key: int(value) if value.isdigit() else value for key, value in report.items()}

    def run_program(self, *options, n_periods=N_PERIODS):
        report = self.read_report(self.run_well(f"--seconds={SECONDS}", *options))
        self.assertEqual(report["callbacks"] + report["lost"], n_periods, "each period was due once")
        self.assertEqual(report["written"], report["callbacks"] - report["none"])
        self.assertEqual(report["written"] + report["silent"], n_periods, "the file has its length")
        self.assertLessEqual(float(report["average"]), float(report["worst"]))
        return report

    def read_tone(self, path, rate=RATE):
        """The samples of one channel; both are the same."""
        chunks = wav.split(path.read_bytes())
        self.assertEqual(chunks[b"fmt "][:16], wav.format_chunk(wav.FLOAT, 32, CHANNELS, rate)[8:24])
        samples = wav.decode(chunks[b"data"], wav.FLOAT, 32)
        self.assertEqual(samples[::2], samples[1::2])
        self.assertEqual(int.from_bytes(chunks[b"fact"], "little"), len(samples) // CHANNELS)
        return samples[::2]

    def assert_tone(self, samples, report, frequency=440, rate=RATE, period=PERIOD):
        """What was written goes on where it was, and what was lost is silence."""
        place = 0
        n_silent = 0
        for begin in range(0, len(samples), period):
            block = samples[begin:begin + period]
            if report["silent"] and not any(block):
                n_silent += 1
                continue
            for sample in block:
                wanted = AMPLITUDE * math.sin(2 * math.pi * frequency * place / rate)
                self.assertAlmostEqual(sample, wanted, places=5)
                place += 1
        self.assertEqual(n_silent, report["silent"])


class Tone(RealtimeTest):
    def test_realtime_pool(self):
        path = self.folder / "tone.wav"
        report = self.run_program(f"--output={path}", "--buffers=64")
        self.assertEqual((report["name"], report["kind"]), ("tone.wav", "a real-time pool"))
        self.assertEqual((report["rate"], report["period"], report["us"]), (RATE, PERIOD, 2667))
        self.assertEqual(report["made"], 0, "nothing is made while it runs")
        self.assertEqual((report["idle"], report["in_use"]), (64, 0), "all have come back")
        samples = self.read_tone(path)
        self.assertEqual(len(samples), N_PERIODS * PERIOD)
        self.assert_tone(samples, report)

    def test_others(self):
        for memory, kind in (("plain", "a plain pool"), ("malloc", r"malloc()")):
            with self.subTest(memory):
                path = self.folder / f"{memory}.wav"
                report = self.run_program(f"--output={path}", f"--memory={memory}")
                self.assertEqual(report["kind"], kind)
                self.assertEqual(report.get("in_use", 0), 0)
                self.assert_tone(self.read_tone(path), report)

    def test_other_periods(self):
        path = self.folder / "tone.wav"
        n_periods = math.ceil(SECONDS * 44100 / 1024)
        report = self.run_program(f"--output={path}", "--rate=44100", "--period=1024", "--frequency=1000",
                                  "--buffers=8", n_periods=n_periods)
        samples = self.read_tone(path, 44100)
        self.assertEqual(len(samples), n_periods * 1024)
        self.assert_tone(samples, report, 1000, 44100, 1024)

    def test_replaces(self):
        path = self.write("tone.wav", b"older" * 100000)
        self.run_program(f"--output={path}")
        self.assertEqual(len(self.read_tone(path)), N_PERIODS * PERIOD)

    def test_writer_that_stalls(self):
        """The pool is empty then: the thread goes on, and what it has no buffer for is silence."""
        path = self.folder / "tone.wav"
        report = self.run_program(f"--output={path}", "--stall=60", "--buffers=4")
        self.assertGreater(report["none"], 0)
        self.assertEqual(report["made"], 0, "and nothing is made for it")
        self.assertEqual((report["idle"], report["in_use"]), (4, 0))
        self.assert_tone(self.read_tone(path), report)

    def test_without_file(self):
        self.assertEqual(self.run_program()["name"], "nothing kept")


class Rights(RealtimeTest):
    def test_not_asked_for(self):
        self.assertEqual(self.run_program("--priority=0")["thread"], "plain: as was asked for")

    def test_not_allowed(self):
        """It says so, and runs."""
        if os.geteuid() != 0:
            self.skipTest("only root can take its rights away")
        status, out, err = self.finish(programs.start(f"--seconds={SECONDS}", user=NOBODY))
        if "Permission denied" in err:
            self.skipTest("other users may not read the program")
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(self.read_report(out)["thread"], "plain: Operation not permitted|SCHED_FIFO")


class Errors(RealtimeTest):
    def test_options(self):
        for words, *options in (
                ("Unknown option --louder", "--louder"),
                ("file.wav: no argument is expected", "file.wav"),
                ("--seconds=0: must be from 0.01 to 3600", "--seconds=0"),
                ("--seconds=nan: must be from", "--seconds=nan"),
                ("--seconds", "--seconds=long"),
                ("--rate=100: must be from 8000 to 192000", "--rate=100"),
                ("--period=0: must be from 16 to 8192", "--period=0"),
                ("--buffers=0: must be from 1 to 65536", "--buffers=0"),
                ("--priority=99: must be from 0 to 98", "--priority=99"),
                ("--stall=-1: must be from 0", "--stall=-1"),
                ("--frequency=30000: must be from 0 to 24000", "--frequency=30000"),
                ("--memory=fast: must be realtime, plain or malloc", "--memory=fast")):
            with self.subTest(words):
                self.run_badly(words, *options)

    def test_output(self):
        self.run_badly("missing/tone.wav: No such file or directory", f"--output={self.folder}/missing/tone.wav")
        self.run_badly("Is a directory", f"--output={self.folder}")
        self.run_badly("cannot write", "--output=/dev/full", "--seconds=0.1")

    def test_help_and_version(self):
        self.assertTrue(self.run_well("--version").startswith("realtime 0."))
        self.assertIn("--memory=realtime|plain|malloc", self.run_well("--help"))


if __name__ == "__main__":
    tap.main()
