# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Every command of examples/README.md prints what stands below it.

    test_readme.py README BUILD PROGRAM...

Commands of other programs than those are skipped: they were not built, or what
runs them is not installed.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import unittest

import tap

SECONDS = 60
README = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2])
PROGRAMS = sys.argv[3:]
EXAMPLE = re.compile(r"^```sh\n(?P<command>.*?)^```\n\n```text\n(?P<output>.*?)^```$", re.DOTALL | re.MULTILINE)
WRITTEN = BUILD / "quiet.wav"


class Readme(unittest.TestCase):
    def check(self, words, output):
        self.assertEqual(words[:4], ["meson", "devenv", "-C", "build"])
        if pathlib.Path(words[4]).name not in PROGRAMS:
            self.skipTest(f"{words[4]} cannot be run here")
        for word in words[5:]:
            if word.startswith("/") and not os.path.exists(word):
                self.skipTest(f"{word} is not installed")

        words[3] = os.fspath(BUILD)
        done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False,
                              stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, output)

    def tearDown(self):
        WRITTEN.unlink(missing_ok=True)


def add_tests():
    for match in EXAMPLE.finditer(README.read_text(encoding="utf-8")):
        command = match["command"].replace("\\\n", " ")

        def test(self, command=command, match=match):
            self.check(shlex.split(command), match["output"])
        program = pathlib.Path(shlex.split(command)[4]).stem
        setattr(Readme, "test_" + program.replace("-", "_"), test)


if __name__ == "__main__":
    if shutil.which("meson") is None:
        tap.skip_all("meson is not where programs are found")
    add_tests()
    del sys.argv[1:]
    tap.main()
