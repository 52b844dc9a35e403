# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""examples/python/loudness.py"""

import math
import os
import re
import wave

import programs
import tap
import wav

LOUDNESS = re.compile(r"^  Loudness +peak (\S+) dBFS, RMS (\S+) dBFS$", re.MULTILINE)
STRONGEST = re.compile(r"^  Strongest +(.*)$", re.MULTILINE)
OCTAVE = re.compile(r" (\d+) Hz +(\S+) dB +#+$", re.MULTILINE)


def find_loudness(values, full_scale=1.0):
    """Peak and RMS in dBFS, added up the slow way."""
    peak = max(map(abs, values)) / full_scale
    rms = math.sqrt(math.fsum(value * value for value in values) / len(values)) / full_scale
    return 20 * math.log10(peak), 20 * math.log10(rms)


def parse_loudness(out):
    peak, rms = LOUDNESS.search(out).groups()
    return float(peak), float(rms)


def parse_strongest(out):
    return [int(word.removesuffix(" Hz")) for word in STRONGEST.search(out)[1].split(", ")]


def parse_octaves(out):
    return {int(frequency): float(level) for frequency, level in OCTAVE.findall(out)}


@programs.with_bad_paths(lambda test, path: [path])
class Loudness(programs.ProgramTest):
    def check(self, out, values, full_scale=1.0):
        for said, expected in zip(parse_loudness(out), find_loudness(values, full_scale)):
            self.assertAlmostEqual(said, expected, delta=0.006)

    def test_formats(self):
        for tag, bits in wav.KINDS:
            for channels in (1, 2):
                with self.subTest(tag=tag, bits=bits, channels=channels):
                    one = wav.quantize(wav.sine(1000, 0.5, 30000), tag, bits)
                    values = [value for value in one for _ in range(channels)]
                    data = wav.encode(values, tag, bits)
                    out = self.run_well(self.write("a.wav", wav.make(data, tag, bits, channels)))

                    kind = f"{bits} bit {'float' if tag == wav.FLOAT else 'PCM'}"
                    layout = "mono" if channels == 1 else "stereo"
                    self.assertTrue(out.startswith(f"a.wav: {kind}, {layout}, 48000 Hz\n"), out)
                    self.assertIn("  Duration     0.62 s\n", out)
                    self.check(out, values, wav.full_scale(tag, bits))
                    self.assertAlmostEqual(parse_loudness(out)[1], 20 * math.log10(0.5) - 3.01, delta=0.1)
                    self.assertAlmostEqual(parse_strongest(out)[0], 1000, delta=1)
                    octaves = parse_octaves(out)
                    self.assertEqual(max(octaves, key=octaves.get), 1000)
                    self.assertAlmostEqual(octaves[1000], 20 * math.log10(0.5) - 3.01, delta=0.2)
                    self.parse_pools(out)

    def test_tones(self):
        tones = [(440.5, 0.4), (3000, 0.2), (97, 0.1), (9000, 0.001)]
        values = [sum(samples) for samples in zip(*(wav.sine(*tone, 50000, 44100) for tone in tones))]
        data = wav.encode(wav.quantize(values, wav.PCM, 16), wav.PCM, 16)
        strongest = parse_strongest(self.run_well(self.write("a.wav", wav.make(data, rate=44100))))
        self.assertEqual(len(strongest), 3)
        for said, (frequency, _) in zip(strongest, tones):
            self.assertAlmostEqual(said, frequency, delta=1.5)

    def test_opposite_channels(self):
        one = wav.sine(500, 0.5, 20000)
        values = [value for sample in one for value in (sample, -sample)]
        file = wav.make(wav.encode(values, wav.FLOAT, 32), wav.FLOAT, 32, 2)
        out = self.run_well(self.write("a.wav", file))
        self.check(out, values)
        self.assertAlmostEqual(parse_strongest(out)[0], 500, delta=1)

    def test_other_chunks(self):
        values = wav.quantize(wav.sine(2000, 0.9, 9001), wav.PCM, 24)
        file = wav.make(wav.encode(values, wav.PCM, 24), bits=24, extensible=True,
                        before=wav.chunk(b"LIST", b"seven!!"), after=wav.chunk(b"id3 ", b"\x7f" * 9999))
        out = self.run_well(self.write("a.wav", file))
        self.assertIn("24 bit PCM, mono", out)
        self.check(out, values, 2.0 ** 23)

    def test_few_frames(self):
        for n_frames in (1, 2, 3, 8192, 8193):
            with self.subTest(n_frames):
                values = [1000 + i % 5 for i in range(n_frames)]
                out = self.run_well(self.write("a.wav", wav.make(wav.encode(values, wav.PCM, 16))))
                self.check(out, values, 32768.0)

    def test_loud_floats(self):
        values = wav.quantize(wav.sine(1000, 4, 9000), wav.FLOAT, 32)
        file = wav.make(wav.encode(values, wav.FLOAT, 32), wav.FLOAT, 32)
        self.check(self.run_well(self.write("a.wav", file)), values)

    def test_silence(self):
        out = self.run_well(self.write("a.wav", wav.make(bytes(60000))))
        self.assertIn("peak -inf dBFS, RMS -inf dBFS\n  Strongest    none\n", out)

    def test_rates(self):
        for rate in (1, 100, 8000, 192000):
            with self.subTest(rate):
                values = wav.quantize(wav.sine(rate / 10, 0.5, 9000, rate), wav.PCM, 16)
                data = wav.encode(values, wav.PCM, 16)
                out = self.run_well(self.write("a.wav", wav.make(data, rate=rate)))
                self.assertAlmostEqual(parse_strongest(out)[0], rate / 10, delta=0.6)
                self.assertTrue(all(octave < rate / 2 for octave in parse_octaves(out)))

    def test_pipe(self):
        values = wav.quantize(wav.sine(1000, 0.5, 60000), wav.PCM, 24)
        file = wav.make(wav.encode(values, wav.PCM, 24), bits=24, channels=2,
                        before=wav.chunk(b"LIST", bytes(50000)))
        self.check(self.run_on_pipe(file), values, 2.0 ** 23)

    def test_reuse(self):
        data = wav.encode(wav.quantize(wav.sine(1000, 0.5, 48000), wav.PCM, 16), wav.PCM, 16) * 30
        pools = self.parse_pools(self.run_well(self.write("a.wav", wav.make(data))))
        self.assertEqual(set(pools), {"u8", "f32"})
        for pool in pools.values():
            self.assertLessEqual(pool["allocated"], 3)
            self.assertGreater(pool["reused"], 170)

    def test_names(self):
        data = wav.make(wav.encode([1, 2, 3], wav.PCM, 16))
        self.write("sp ace \u00fc.wav", data)
        self.assertTrue(self.run_well(self.folder / "sp ace \u00fc.wav").startswith("sp ace \u00fc.wav: 16"))
        path = os.fsdecode(os.fsencode(self.folder) + b"/caf\xe9.wav")
        with open(path, "wb") as file:
            file.write(data)
        self.assertIn("16 bit PCM", self.run_well(path))
        self.assertIn("16 bit PCM", self.run_well((self.folder / "sp ace \u00fc.wav").as_uri()))

    def test_no_numbers(self):
        for value in (math.nan, math.inf):
            data = wav.encode([0.5, value, 0.5] * 100, wav.FLOAT, 32)
            self.run_badly("samples that are no numbers", self.write("a.wav", wav.make(data, wav.FLOAT, 32)))

    def test_no_samples(self):
        self.run_badly("has no samples", self.write("a.wav", wav.make(b"")))

    def test_bad_files(self):
        for name, (data, words) in wav.make_bad().items():
            with self.subTest(name):
                self.run_badly(words, self.write(f"{name}.wav", data))

    def test_bad_arguments(self):
        self.run_badly("give one WAV file")
        self.run_badly("give one WAV file", "a.wav", "b.wav")

    def test_recordings(self):
        if not programs.SOUNDS:
            self.skipTest("the sounds of Debian are not installed")
        for path in programs.SOUNDS[:4]:
            with self.subTest(path.name), wave.open(os.fspath(path)) as file:
                bits = 8 * file.getsampwidth()
                values = wav.decode(file.readframes(file.getnframes()), wav.PCM, bits)
                self.check(self.run_well(path), values, wav.full_scale(wav.PCM, bits))


if __name__ == "__main__":
    tap.main()
