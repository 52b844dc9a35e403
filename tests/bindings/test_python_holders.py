#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: where buffers were acquired, by file and line. BUFPOOL_DEBUG is read once in a
process, so scripts run in processes of their own."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))

HEAD = """import gi
gi.require_version("Bufpool", "1.0")
from gi.repository import Bufpool, Gio, GLib

pool = Bufpool.Pool("f32", name="frames")
stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(b"0123456789"))
octets = Bufpool.Pool(name="octets")
held = []

"""


class Script:
    """What a script printed, and what it left in the log; its lines can be found again."""

    def __init__(self, body, debug="backtrace"):
        self.text = HEAD + body
        with tempfile.TemporaryDirectory() as folder:
            self.path = pathlib.Path(folder) / "leaky.py"
            self.path.write_text(self.text, encoding="utf-8")
            done = subprocess.run([sys.executable, self.path], env=os.environ | {"BUFPOOL_DEBUG": debug},
                                  capture_output=True, text=True, check=False, timeout=50)
        self.output, self.log = done.stdout, done.stderr
        if done.returncode != 0:
            raise AssertionError(f"the script failed:\n{self.log}")

    def find_line(self, part):
        [number] = [number for number, line in enumerate(self.text.splitlines(), 1) if part in line]
        return f"{self.path}:{number}"


def show(name="pool"):
    return f"print({name}.dump_outstanding())\n"


class Leaks(unittest.TestCase):
    def test_line(self):
        script = Script("def make():\n    return pool.acquire(100)  # leak\n\n"
                        "def keep():\n    held.append(make())  # caller\n\nkeep()\n" + show())
        self.assertIn(f"acquired at\n  {script.find_line('# leak')} in make\n  {script.find_line('# caller')} in keep\n",
                      script.output)
        self.assertIn("400 bytes, length 100, 1 reference, 0 pins", script.output)
        # The script's lines, and then what is native, and nothing between
        self.assertNotRegex(script.output, r"overrides/\w+\.py")

    def test_two_lines_are_two_places(self):
        script = Script("for _ in range(3):\n    held.append(pool.acquire(10))  # small\n"
                        "for _ in range(2):\n    held.append(pool.acquire(1000))  # large\n"
                        "print(pool.dump_outstanding(Bufpool.DumpFormat.JSON))\n")
        dump = json.loads(script.output)
        self.assertEqual((dump["pool"], dump["outstanding"], dump["samples"], dump["interval"]), ("frames", 5, 5, 1))
        places = [(place["buffers"], place["bytes"], place["note"]) for place in dump["places"]]
        self.assertEqual(places, [(2, 8000, f"{script.find_line('# large')} in <module>"),
                                  (3, 120, f"{script.find_line('# small')} in <module>")])
        for place in dump["places"]:
            self.assertTrue(any(frame["function"] == "ffi_call" or
                                re.search(r"libffi|_bufpool\.", frame["module"] or "") for frame in place["frames"]))
            for handle in place["handles"]:
                self.assertEqual((handle["references"], handle["pins"], handle["released"]), (1, 0, False))
                self.assertGreater(handle["thread"]["id"], 0)

    def test_every_way(self):
        calls = ("pool.acquire()", "pool.acquire(5)", "pool.try_acquire()", "pool.acquire_sized(5)",
                 "pool.acquire_many(5, 3)", "pool.acquire_wait(5)", "octets.read(stream, 4)",
                 "octets.read_all(stream, 4)", "octets.read(open(__file__, 'rb'), 4)")
        script = Script("".join(f"held.append({call})  # leak {number}\n" for number, call in enumerate(calls)) +
                        "import json\nas_json = Bufpool.DumpFormat.JSON\n"
                        "print(json.dumps([json.loads(each.dump_outstanding(as_json)) for each in (pool, octets)]))\n"
                        # Slices still have their elements
                        "print(bytes(held[6]), len(held[7]))\n"
                        "held.clear()\nwith pool.acquire(100) as buf:  # viewed\n    view = buf.view()\n" + show())
        first, second, rest = script.output.split("\n", 2)
        notes = [place["note"] for dump in json.loads(first) for place in dump["places"]]
        self.assertEqual(sorted(notes), sorted(f"{script.find_line(f'# leak {number}')} in <module>"
                                               for number in range(len(calls))))
        self.assertEqual(second, "b'0123' 4")
        # A view holds it
        self.assertIn(f"\n  {script.find_line('# viewed')} in <module>\n", rest)
        self.assertIn("1 pin, released", rest)

    def test_some(self):
        script = Script("n = 0\nfor _ in range(800):\n    with pool.acquire(10) as buf:\n        n += buf.is_sampled()\n"
                        "print(n)\n", "backtrace=16")
        # Each buffer comes back by release(), and not by its last reference
        self.assertTrue(45 <= int(script.output) <= 55, script.output)

    def test_off(self):
        script = Script("import sys\nheld.append(pool.acquire(10))\nprint(held[0].is_sampled(), held[0].set_note('x'))\n"
                        "print('gi.overrides._bufpool_notes' in sys.modules)\n" + show(), "leaks")
        self.assertEqual(script.output.splitlines()[:2], ["False False", "False"])
        self.assertIn("1 buffer is out; with BUFPOOL_DEBUG=backtrace", script.output)

    def test_misuse(self):
        with self.assertRaisesRegex(TypeError, "Bufpool.DumpFormat"):
            Bufpool.Pool().dump_outstanding("json")
        with self.assertRaises(TypeError):
            Bufpool.Pool().acquire().set_note(5)


class AtExit(unittest.TestCase):
    """What Python itself drops at its end is no leak."""

    def test_module_that_ends(self):
        script = Script("held.append(pool.acquire(10))\nother = octets.acquire(5)\n", "backtrace,leaks")
        self.assertNotIn("The process ends", script.log)
        # A pool may go before its buffers
        self.assertEqual(script.log.count("is disposed while"), script.log.count("garbage collector"))
        # A script that ends the process itself gets no report
        script = Script("held.append(pool.acquire(10))\nheld.clear()\n", "backtrace,leaks")
        self.assertEqual(script.log, "")

    def test_what_is_not_dropped(self):
        script = Script("import ctypes\nhandle = pool.acquire(10)  # leak\n"
                        "ctypes.pythonapi.Py_IncRef(ctypes.py_object(handle))\n", "backtrace,leaks")
        self.assertIn(f"acquired at\n  {script.find_line('# leak')} in <module>\n", script.log)
        self.assertIn("garbage collector", script.log)

    def test_disposed_pool(self):
        script = Script("handle = pool.acquire(10)  # leak\ndel pool\n", "backtrace,leaks")
        self.assertIn("A pool is disposed while buffers are out. Pool \"frames\": 1 buffer is out", script.log)
        self.assertIn(f"\n  {script.find_line('# leak')} in <module>\n", script.log)
        self.assertNotIn("The process ends", script.log)


if __name__ == "__main__":
    tap.main()
