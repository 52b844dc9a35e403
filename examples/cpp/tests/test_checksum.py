# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""examples/cpp/checksum.cpp"""

import hashlib
import re

import programs
import tap

CHUNK = 65536

FIRST = re.compile(r"\A(?P<name>.*): (?P<total>\d+) bytes$", re.MULTILINE)
DIGEST = re.compile(r"^  SHA-256      ([0-9a-f]{64})$", re.MULTILINE)


@programs.with_bad_paths(lambda test, path: [path])
class Checksum(programs.ProgramTest):
    def check(self, out, data, name="a.bin"):
        first = FIRST.search(out)
        self.assertEqual((first["name"], first["total"]), (name, str(len(data))))
        self.assertEqual(DIGEST.search(out)[1], hashlib.sha256(data).hexdigest())
        pool = self.parse_pools(out)["u8"]
        # The last one is that with which the reader saw the end
        self.assertGreaterEqual(pool["acquired"], -(-len(data) // CHUNK) + 1)
        return pool

    def test_sizes(self):
        for size in (1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK):
            with self.subTest(size):
                data = bytes(i % 11 for i in range(size))
                self.check(self.run_well(self.write("a.bin", data)), data)

    def test_reuse(self):
        data = bytes(range(250)) * 40000
        pool = self.check(self.run_well(self.write("a.bin", data)), data)
        self.assertEqual(pool["acquired"], -(-len(data) // CHUNK) + 1)
        self.assertGreater(pool["reused"], pool["acquired"] / 2)

    def test_pipe(self):
        data = bytes(i * 31 % 200 for i in range(200000))
        self.check(self.run_on_pipe(data), data, "pipe")

    def test_names(self):
        path = self.write("sp ace \u00fc.bin", b"abc")
        self.check(self.run_well(path), b"abc", path.name)

    def test_bad_arguments(self):
        self.run_badly("give one file")
        self.run_badly("give one file", "a.bin", "b.bin")


if __name__ == "__main__":
    tap.main()
