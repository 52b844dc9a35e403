# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Programs are measured by turns, only if they do the same, and what is wrong is said in one line."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import tap

MEASURE = pathlib.Path(os.environ["ROOT"]) / "docs" / "measure" / "measure-adoption.py"
SECONDS = 60
MIB = 1 << 20


def write(text):
    return ["/bin/sh", "-c", f"echo {text} >>out; echo $WAY >>ways"]


def use_memory(n_bytes):
    return [sys.executable, "-c", f"memory = b'1' * {n_bytes}; open('out', 'w').write('the same')"]


class Measuring(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.program = {"name": "a program", "version": "1.2", "task": "writes", "before": write("same"),
                        "after": write("same"), "outputs": ["out"], "lines": {"added": 3, "removed": 0}}

    def measure(self, text, *options):
        path = self.folder / "programs.json"
        path.write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, MEASURE, path, *options], capture_output=True, text=True, check=False,
                              timeout=SECONDS, stdin=subprocess.DEVNULL)

    def refuse(self, text, words):
        done = self.measure(text)
        self.assertEqual((done.returncode, done.stdout), (1, ""), words)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(words, done.stderr)

    def refuse_program(self, words, **changes):
        program = {key: value for key, value in (self.program | changes).items() if value is not None}
        self.refuse(json.dumps({"programs": [program]}), words)

    def test_takes_turns_and_keeps_no_commands(self):
        program = self.program | {"plain": write("same"), "environment": {"WAY": "its own"}}
        for number, way in enumerate(("before", "after", "plain")):
            program[way] = [*program[way][:2], program[way][2] + f"; echo {number} >>ways"]
        done = self.measure(json.dumps({"programs": [program]}), "--rounds=2")
        self.assertEqual(done.returncode, 0, done.stderr)
        turns = (self.folder / "ways").read_text(encoding="utf-8").split("\n")[:-1]
        self.assertEqual(turns, 2 * ["its own", "0", "its own", "1", "its own", "2"])

        data = json.loads(done.stdout)
        self.assertEqual(set(data), {"machine", "programs"})
        row, = data["programs"]
        self.assertEqual(row.pop("rounds").keys(), {"before", "after", "plain"})
        self.assertEqual(row, {key: program[key] for key in ("name", "version", "task", "lines")})
        self.assertNotIn(str(self.folder), done.stdout)
        self.assertFalse((self.folder / "out").exists())

    def test_measures_the_program(self):
        program = self.program | {"before": use_memory(100 * MIB), "after": use_memory(MIB)}
        done = self.measure(json.dumps({"programs": [program]}), "--rounds=1")
        self.assertEqual(done.returncode, 0, done.stderr)
        rounds = json.loads(done.stdout)["programs"][0]["rounds"]
        (before,), (after,) = rounds["before"], rounds["after"]
        self.assertGreater(before["peak"], after["peak"] + 80)
        self.assertGreater(before["faults"], after["faults"])
        self.assertGreater(before["processor"], 0)
        self.assertGreater(before["wall"], 0)

    def test_finds_other_outputs(self):
        self.refuse_program("writes, after: out is not as it was in the first run", after=write("other"))
        self.refuse_program("writes, plain: out is not as it was in the first run", plain=write("other"))
        self.refuse_program("writes, after: out: No such file or directory", after=["/bin/sh", "-c", ":"])

    def test_finds_failures(self):
        self.refuse_program("writes, after: ended with 3: the last line",
                            after=["/bin/sh", "-c", "echo the first >&2; echo the last line >&2; exit 3"])
        self.refuse_program("writes, after: ended with -9: no message", after=["/bin/sh", "-c", "kill -9 $$"])
        self.refuse_program("./absent: No such file or directory", before=["./absent"])

    def test_refuses_what_it_does_not_understand(self):
        self.refuse("{", "is not JSON")
        self.refuse("[]", "a list 'programs'")
        self.refuse('{"programs": []}', "a list 'programs'")
        self.refuse('{"programs": [1]}', "program 1 is not an object")
        for key in self.program:
            self.refuse_program(f"program 1: '{key}' must be", **{key: None})
        self.refuse_program("'name' must be text", name=5)
        self.refuse_program("'before' must be a list of texts", before="a b")
        self.refuse_program("'before' must be a list of texts", before=["a", 5])
        self.refuse_program("'outputs' must be a list of texts, and not empty", outputs=[])
        self.refuse_program("the numbers 'added' and 'removed'", lines={"added": 1})
        self.refuse_program("the numbers 'added' and 'removed'", lines={"added": 1, "removed": -1})
        self.refuse_program("the values of 'environment'", environment={"A": 1})
        self.refuse_program("'befor', which is not one of", befor=["a"])
        self.refuse(json.dumps({"programs": 2 * [self.program]}), "program 2 has the name and task of another one")

        absent = subprocess.run([sys.executable, MEASURE, self.folder / "absent"], capture_output=True, text=True,
                                check=False, timeout=SECONDS)
        self.assertEqual((absent.returncode, absent.stderr.count("\n")), (1, 1), absent.stderr)
        self.assertIn("No such file or directory", absent.stderr)


if __name__ == "__main__":
    tap.main()
