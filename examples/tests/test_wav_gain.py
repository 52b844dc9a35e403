# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""examples/vala/wav-gain.vala"""

import math
import os
import re
import resource
import signal
import struct

import programs
import tap
import wav

SAMPLES = re.compile(r"^  Samples +(\d+), (\d+) (clipped|above full scale)$", re.MULTILINE)
OUTPUT = "out.wav"


def to_float(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def amplify(values, gain, tag, bits):
    """The samples that there should be, and how many of them are too loud."""
    factor = 10 ** (gain / 20)
    if tag == wav.FLOAT:
        louder = [to_float(value * factor) for value in values]
        return louder, sum(abs(value) > 1 for value in louder)
    most = 2 ** (bits - 1) - 1
    louder = [round(value * factor) for value in values]
    clipped = [max(-most - 1, min(most, value)) for value in louder]
    return clipped, sum(a != b for a, b in zip(louder, clipped))


def describe(tag, bits, channels, rate=48000):
    layout = {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")
    return f"{bits} bit {'float' if tag == wav.FLOAT else 'PCM'}, {layout}, {rate} Hz"


@programs.with_bad_paths(lambda test, path: [path, test.folder / OUTPUT])
class WavGain(programs.ProgramTest):
    def run_badly(self, *arguments, **options):
        before = self.get_names()
        err = super().run_badly(*arguments, **options)
        self.assertEqual(self.get_names(), before, "no file is left or gone")
        return err

    def get_names(self):
        return sorted(os.listdir(self.folder)) if os.access(self.folder, os.R_OK) else None

    def check(self, file, gain, values, tag, bits, channels=1):
        """All that is not samples has to be the same."""
        out = self.run_well(f"--gain={gain}", self.write("in.wav", file), self.folder / OUTPUT)
        expected, n_clipped = amplify(values, gain, tag, bits)
        self.compare(file, (self.folder / OUTPUT).read_bytes(), wav.encode(expected, tag, bits))
        self.assertEqual(self.get_names(), ["in.wav", OUTPUT])

        word = "above full scale" if tag == wav.FLOAT else "clipped"
        self.assertEqual(SAMPLES.search(out).groups(), (str(len(values)), str(n_clipped), word))
        self.assertTrue(out.startswith(f"in.wav: {describe(tag, bits, channels)}\n"), out)
        self.assertIn(f"  Gain         {gain:.2f} dB\n", out)
        self.assertEqual((self.folder / "in.wav").read_bytes(), file)
        return self.parse_pools(out)["u8"]

    def compare(self, before, after, samples):
        data = wav.split(before)[b"data"]
        begin = before.index(data, 20)
        self.assertTrue(after[begin:begin + len(samples)] == samples, "the samples are as computed")
        rest = begin + len(samples)
        self.assertEqual((after[:begin], after[rest:]), (before[:begin], before[rest:]))

    def test_formats(self):
        for tag, bits in wav.KINDS:
            most = wav.full_scale(tag, bits)
            extremes = [-most, most, 0.0] if tag == wav.FLOAT else [int(-most), int(most) - 1, 0]
            values = wav.quantize(wav.sine(997, 0.9, 8004), tag, bits) + extremes * 2
            for channels in (1, 2, 6):
                for gain in (-6, 0, 0.5, 30):
                    with self.subTest(tag=tag, bits=bits, channels=channels, gain=gain):
                        file = wav.make(wav.encode(values, tag, bits), tag, bits, channels)
                        self.check(file, gain, values, tag, bits, channels)

    def test_short_files(self):
        """Few, so that valgrind is soon through with them."""
        for tag, bits, channels in ((wav.PCM, 8, 6), (wav.FLOAT, 32, 2)):
            with self.subTest(tag=tag, bits=bits, channels=channels):
                values = wav.quantize(wav.sine(997, 0.9, 600), tag, bits)
                file = wav.make(wav.encode(values, tag, bits), tag, bits, channels)
                self.check(file, 3, values, tag, bits, channels)

    def test_every_sample(self):
        for bits, values in ((8, range(-128, 128)), (16, range(-32768, 32768))):
            for gain in (-120, -3.3, -0.001, 6.02, 120):
                with self.subTest(bits=bits, gain=gain):
                    file = wav.make(wav.encode(values, wav.PCM, bits), bits=bits)
                    self.check(file, gain, values, wav.PCM, bits)

    def test_strange_floats(self):
        values = [math.inf, -math.inf, 1e38, 0.25, -0.0, 1e-44]
        file = wav.make(wav.encode(values, wav.FLOAT, 32), wav.FLOAT, 32)
        self.check(file, -6, values, wav.FLOAT, 32)

    def test_other_chunks(self):
        values = wav.quantize(wav.sine(1000, 0.5, 30001), wav.PCM, 24)
        file = wav.make(wav.encode(values, wav.PCM, 24), bits=24, extensible=True,
                        before=wav.chunk(b"LIST", b"seven!!") + wav.chunk(b"JUNK", bytes(100000)),
                        after=wav.chunk(b"id3 ", b"\x7f" * 99999) + b"and what is no chunk")
        self.check(file, 3, values, wav.PCM, 24)

    def test_half_frame(self):
        values = wav.quantize(wav.sine(1000, 0.5, 600), wav.PCM, 16)
        file = wav.make(wav.encode(values, wav.PCM, 16) + b"xyz", channels=2)
        self.check(file, 3, values, wav.PCM, 16, 2)

    def test_pipe(self):
        values = wav.quantize(wav.sine(1000, 0.5, 90000), wav.PCM, 24)
        file = wav.make(wav.encode(values, wav.PCM, 24), bits=24, channels=2,
                        before=wav.chunk(b"LIST", bytes(50000)))
        self.run_on_pipe(file, self.folder / OUTPUT, "--gain=-3")
        expected, _ = amplify(values, -3, wav.PCM, 24)
        self.compare(file, (self.folder / OUTPUT).read_bytes(), wav.encode(expected, wav.PCM, 24))

    def test_reuse(self):
        values = wav.quantize(wav.sine(1000, 0.5, 48000), wav.PCM, 16)
        pool = self.check(wav.make(wav.encode(values * 20, wav.PCM, 16)), -6, values * 20, wav.PCM, 16)
        self.assertLessEqual(pool["allocated"], 3)
        self.assertGreater(pool["reused"], 25)

    def test_in_place(self):
        values = wav.quantize(wav.sine(1000, 0.5, 50000), wav.PCM, 16)
        file = wav.make(wav.encode(values, wav.PCM, 16))
        path = self.write("in.wav", file)
        self.run_well("--gain=-6", path, path)
        self.compare(file, path.read_bytes(), wav.encode(amplify(values, -6, wav.PCM, 16)[0], wav.PCM, 16))
        self.assertEqual(self.get_names(), ["in.wav"])

    def test_link(self):
        path = self.write("in.wav", wav.make(bytes(1000)))
        target = self.write("target.wav", b"old")
        (self.folder / OUTPUT).symlink_to("target.wav")
        self.run_well(path, self.folder / OUTPUT)
        self.assertTrue((self.folder / OUTPUT).is_symlink())
        self.assertEqual(target.read_bytes(), path.read_bytes())

    def test_names(self):
        path = self.write("sp ace \u00fc.wav", wav.make(bytes(1000)))
        out = self.run_well(path, self.folder / "\u00f6.wav")
        self.assertTrue(out.startswith("sp ace \u00fc.wav: 16 bit PCM, mono, 48000 Hz\n"))
        self.assertIn("/\u00f6.wav\n", out)
        broken = os.fsdecode(os.fsencode(self.folder) + b"/caf\xe9.wav")
        self.run_well(path, broken)
        self.run_well(broken, path)
        self.run_well(path.as_uri(), self.folder.as_uri() + "/u.wav")
        self.assertIn("u.wav", self.get_names())

    def test_no_samples(self):
        self.run_badly("has no samples", self.write("a.wav", wav.make(b"")), self.folder / OUTPUT)

    def test_bad_files(self):
        for name, (data, words) in wav.make_bad().items():
            with self.subTest(name):
                self.run_badly(words, self.write(f"{name}.wav", data), self.folder / OUTPUT)

    def test_bad_file_over_good_one(self):
        old = self.write(OUTPUT, b"what was there before")
        data, words = wav.make_bad()["half"]
        self.run_badly(words, self.write("half.wav", data), old)
        self.assertEqual(old.read_bytes(), b"what was there before")

    def test_bad_outputs(self):
        path = self.write("in.wav", wav.make(bytes(100000)))
        for output, words in (
                (self.folder, "not a regular file"),
                ("/dev/null", "not a regular file"),
                (self.folder / "missing" / OUTPUT, "No such file or directory"),
                (path / OUTPUT, "Not a directory"),
                (self.folder / ("x" * 255), "File name too long"),
                ("/proc/" + OUTPUT, ""),
        ):
            with self.subTest(output):
                self.assertIn("cannot write", self.run_badly(words, path, output))
        self.assertFalse(os.path.isfile("/dev/null"))

    def test_full(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))

        path = self.write("in.wav", wav.make(bytes(500000)))
        self.run_badly("File too large", path, self.folder / OUTPUT, preexec_fn=limit)

    def test_interrupted(self):
        """It is told to stop after it has begun to write, and before the end."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                fifo = self.folder / "pipe"
                os.mkfifo(fifo)
                process = programs.start(fifo, self.folder / OUTPUT)
                with open(fifo, "wb", buffering=0) as file:
                    # More than a pipe holds, so some of it has been read
                    file.write(wav.make(bytes(1 << 20))[:1 << 19])
                    self.assertEqual(len(self.get_names()), 2)
                    process.send_signal(number)
                status, out, _ = self.finish(process)
                self.assertEqual((status, out), (1, ""))
                self.assertEqual(self.get_names(), ["pipe"])
                fifo.unlink()

    def test_bad_arguments(self):
        path = self.write("in.wav", wav.make(bytes(100)))
        output = self.folder / OUTPUT
        self.run_badly("give two files")
        self.run_badly("give two files", path)
        self.run_badly("give two files", path, output, output)
        self.run_badly("must be between", "--gain=121", path, output)
        self.run_badly("must be between", "--gain=nan", path, output)
        self.run_badly("loud", "--gain=loud", path, output)
        self.run_badly("--frob", "--frob", path, output)

    def test_recordings(self):
        if not programs.SOUNDS:
            self.skipTest("the sounds of Debian are not installed")
        for path in programs.SOUNDS[:3]:
            with self.subTest(path.name):
                file = path.read_bytes()
                values = wav.decode(wav.split(file)[b"data"], wav.PCM, 16)
                self.check(file, 9, values, wav.PCM, 16)


if __name__ == "__main__":
    tap.main()
