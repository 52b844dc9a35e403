# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""examples/javascript/histogram.js"""

import collections
import math
import re

import programs
import tap

FIRST = re.compile(r"\A(?P<name>.*): (?P<total>\d+) bytes$", re.MULTILINE)
ENTROPY = re.compile(r"^  Entropy +(\d\.\d{4}) of 8 bits a byte$", re.MULTILINE)
VALUES = re.compile(r"^  Values +(\d+) of 256 occur, most often ([0-9a-f]{2}): ([\d.]+) %$", re.MULTILINE)
ROW = re.compile(r"^.{14} (..)-(..) +([\d.]+) %(?:  (#+))?$", re.MULTILINE)
ROWS = 16
WIDEST_BAR = 50


# gjs itself crashes where an argument is not UTF-8
@programs.with_bad_paths(lambda test, path: [path], [b"two\nlines.bin"])
class Histogram(programs.ProgramTest):
    def check(self, out, data, name="a.bin"):
        counts = collections.Counter(data)
        shares = [count / len(data) for count in counts.values()]
        most = min(counts, key=lambda value: (-counts[value], value))

        first = FIRST.search(out)
        self.assertEqual((first["name"], first["total"]), (name, str(len(data))))
        self.assertEqual(ENTROPY.search(out)[1], f"{abs(math.fsum(p * -math.log2(p) for p in shares)):.4f}")
        n_values, value, share = VALUES.search(out).groups()
        self.assertEqual((int(n_values), int(value, 16)), (len(counts), most))
        self.assertAlmostEqual(float(share), 100 * counts[most] / len(data), delta=0.051)

        rows = [sum(counts[value] for value in range(i, i + ROWS)) for i in range(0, 256, ROWS)]
        printed = [match.groups() for match in ROW.finditer(out)]
        self.assertEqual(len(printed), ROWS, out)
        for i, (count, (begin, end, share, bar)) in enumerate(zip(rows, printed)):
            self.assertEqual((int(begin, 16), int(end, 16)), (i * ROWS, i * ROWS + ROWS - 1))
            self.assertAlmostEqual(float(share), 100 * count / len(data), delta=0.051)
            self.assertAlmostEqual(len(bar or ""), WIDEST_BAR * count / max(rows), delta=0.51)
        return self.parse_pools(out)

    def test_known_bytes(self):
        for data in (
                b"\0",
                b"\xff" * 100000,
                bytes(range(256)),
                b"ab" * 500,
                b"aaab" * 999 + b"\x80",
                bytes(i * i % 256 for i in range(70000)),
                "Größe, 大きさ\n".encode() * 33,
        ):
            with self.subTest(data[:16]):
                self.check(self.run_well(self.write("a.bin", data)), data)

    def test_sizes(self):
        for size in (1, 65535, 65536, 65537, 3 * 65536):
            with self.subTest(size):
                data = bytes(i % 11 for i in range(size))
                self.check(self.run_well(self.write("a.bin", data)), data)

    def test_pipe(self):
        data = bytes(i * 31 % 200 for i in range(200000))
        self.check(self.run_on_pipe(data), data, "pipe")

    def test_reuse(self):
        data = bytes(range(250)) * 40000
        pool = self.check(self.run_well(self.write("a.bin", data)), data)["u8"]
        self.assertEqual((pool["allocated"], pool["acquired"]), (1, len(data) // 65536 + 2))

    def test_names(self):
        path = self.write("sp ace \u00fc.bin", b"abc")
        self.check(self.run_well(path), b"abc", path.name)
        self.check(self.run_well(path.as_uri()), b"abc", path.name)

    def test_bad_arguments(self):
        self.run_badly("give one file")
        self.run_badly("give one file", "a.bin", "b.bin")

    def test_recordings(self):
        if not programs.SOUNDS:
            self.skipTest("the sounds of Debian are not installed")
        for path in programs.SOUNDS[:4]:
            with self.subTest(path.name):
                self.check(self.run_well(path), path.read_bytes(), path.name)


if __name__ == "__main__":
    tap.main()
