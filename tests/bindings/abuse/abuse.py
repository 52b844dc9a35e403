#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs abuses of the bindings, each in a process of its own that must survive.

    abuse.py [--under=asan|valgrind] [--only=NAME,...] [--gjs=GJS] [--library-dir=FOLDER] PROGRAM...

A program lists its cases when it is started with --list, and otherwise runs the
one that it is given the name of. It survives when it says so, exits with status 0
in time, and nothing complains: GLib neither, unless the case is listed as one
where GLib may; then GLib's complaints must not end it.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TIMEOUT = 60
SLOWER = {"": 1, "asan": 4, "valgrind": 10}
ALARMS = re.compile(r"ERROR: \w+Sanitizer|Fatal Python error|Segmentation fault|double free|corrupted|"
                    r"stack smashing|Invalid (read|write|free)|Mismatched free|Bail out!")
COMPLAINTS = re.compile(r"-(CRITICAL|ERROR) \*\*")
HERE = os.path.dirname(os.path.abspath(__file__))

# Reads a buffer that is idle, which a checker must find
CANARY = """
import ctypes, gi
gi.require_version("Bufpool", "1.0")
from gi.repository import Bufpool
pool = Bufpool.Pool()
buf = pool.acquire(4096)
address = buf.get_view().get_address()
buf.release()
ctypes.string_at(address, 64)
"""
# Prints what files its process uses
MAPPED = """
imports.gi.versions.Bufpool = "1.0";
new imports.gi.Bufpool.Pool();
print(new TextDecoder().decode(imports.gi.GLib.file_get_contents("/proc/self/maps")[1]));
"""


class Abuse:
    def __init__(self, options, command, name, kind):
        self.options = options
        self.command = command
        self.title = f"{os.path.basename(command[-1])} {name}"
        self.name = name
        self.is_loud = kind == "criticals"

    def run(self):
        """What is wrong, or nothing."""
        try:
            done = start(self.options, [*self.command, self.name], "" if self.is_loud else "fatal-criticals")
        except subprocess.TimeoutExpired as error:
            return f"was not done after {error.timeout} s\n{(error.stderr or b'').decode(errors='replace')}"

        output = f"{done.stdout}{done.stderr}"
        if done.returncode < 0:
            return f"was ended by {signal.Signals(-done.returncode).name}\n{output}"
        if done.returncode != 0 or "survived" not in done.stdout.split():
            return f"exited with status {done.returncode}\n{output}"
        if ALARMS.search(output) or (COMPLAINTS.search(output) and not self.is_loud):
            return output
        return ""


class Canary:
    title = "the checker finds what it is there for"

    def __init__(self, options):
        self.options = options

    def run(self):
        done = start(self.options, [sys.executable, "-c", CANARY], "")
        if done.returncode == 0 or not ALARMS.search(done.stderr):
            return f"a read of an idle buffer went unnoticed\n{done.stderr}"
        return ""


class LibraryCanary:
    """JavaScript cannot read where it should not, so this is what tells that it is checked."""

    title = "the library that is checked is what JavaScript uses"

    def __init__(self, options):
        self.options = options

    def run(self):
        done = start(self.options, [self.options.gjs, "-c", MAPPED], "")
        if done.returncode != 0 or f"{self.options.library_dir}/libbufpool" not in done.stdout:
            return f"another is mapped\n{done.stdout}{done.stderr}"
        return ""


def start(options, command, g_debug):
    return subprocess.run(under(options, command), env=environment(options, g_debug), capture_output=True, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, timeout=TIMEOUT * SLOWER[options.under])


def environment(options, g_debug):
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", PYTHONFAULTHANDLER="1", G_DEBUG=g_debug)
    if options.under == "asan":
        env.update(asan_environment(options))
    if options.under == "valgrind":
        env.update(PYTHONMALLOC="malloc", G_SLICE="always-malloc", GJS_DISABLE_JIT="1", BUFPOOL_ABUSE_ROUNDS="100",
                   BUFPOOL_DEBUG="memcheck")
    return env


def under(options, command):
    if options.under != "valgrind":
        return command
    return ["valgrind", "--quiet", "--error-exitcode=9", "--fair-sched=yes", "--trace-children=no",
            "--smc-check=all-non-file", "--undef-value-errors=no",
            "--suppressions=" + os.path.join(HERE, "valgrind.supp"), *command]


def asan_environment(options):
    runtime = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True,
                             check=True).stdout.strip()
    # Of the leaks that an interpreter leaves at its exit none is of interest
    return {"LD_PRELOAD": os.path.realpath(runtime), "PYTHONMALLOC": "malloc", "G_SLICE": "always-malloc",
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:handle_segv=1:"
                            "detect_stack_use_after_return=0:verify_asan_link_order=0",
            "LD_LIBRARY_PATH": f"{options.library_dir}:{os.environ.get('LD_LIBRARY_PATH', '')}",
            # Where the extension module is, for the checker too
            "PYTHONPATH": f"{options.library_dir}:{os.environ.get('PYTHONPATH', '')}"}


def command_for(options, program):
    return [options.gjs, "-m", program] if program.endswith(".js") else [sys.executable, program]


def find_cases(options):
    for program in options.programs:
        command = command_for(options, program)
        listed = subprocess.run([*command, "--list"], env=environment(options, ""), capture_output=True, text=True,
                                check=True, timeout=TIMEOUT)
        for line in listed.stdout.splitlines():
            name, kind = line.split()
            if not options.only or name in options.only:
                yield Abuse(options, command, name, kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--under", choices=sorted(SLOWER), default="", help="a checker to run under")
    parser.add_argument("--only", metavar="NAME,...", type=lambda names: names.split(","), help="the cases to run")
    parser.add_argument("--gjs", default="gjs", help="the interpreter for JavaScript")
    parser.add_argument("--library-dir", help="where a library that was built for the checker is")
    parser.add_argument("--jobs", type=int, default=2, help="how many cases to run at once")
    parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    options = parser.parse_args()

    cases = [Canary(options)] if options.under else []
    if options.under == "asan" and any(program.endswith(".js") for program in options.programs):
        cases.append(LibraryCanary(options))
    cases.extend(find_cases(options))
    print("TAP version 13")
    print(f"1..{len(cases)}", flush=True)
    failed = 0
    with ThreadPoolExecutor(options.jobs) as executor:
        for number, (abuse, wrong) in enumerate(zip(cases, executor.map(lambda case: case.run(), cases)), start=1):
            if wrong:
                failed += 1
                print("\n".join(f"# {line}" for line in wrong.splitlines()[-60:]))
            print(f"{'not ok' if wrong else 'ok'} {number} - {abuse.title}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
