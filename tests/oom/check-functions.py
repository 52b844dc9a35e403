#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Every public function has a scenario in which its allocations fail, or a reason why not."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

# Functions without a scenario, and why
EXCEPTIONS = {}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", required=True, help="the shared library")
    parser.add_argument("--program", required=True, help="test-oom")
    parser.add_argument("sources", nargs="+", type=pathlib.Path, help="where the scenarios are")
    options = parser.parse_args()

    if not shutil.which("nm"):
        print("nm (binutils) is not there")
        return 77

    symbols = run("nm", "-D", "--defined-only", options.library).splitlines()
    functions = {line.split()[2].partition("@")[0] for line in symbols if line.split()[1] == "T"}
    scenarios = run(options.program, "--list-scenarios").split()
    swept = {name.partition("/")[0] for name in scenarios}
    text = "".join(path.read_text(encoding="utf-8") for path in options.sources)

    failures = [f"{name}() is public, and has neither a scenario in tests/oom nor a reason in this script"
                for name in sorted(functions - swept - EXCEPTIONS.keys())]
    failures += [f"{name} is the name of a scenario and of no public function" for name in sorted(swept - functions)]
    failures += [f"{name}() has a scenario that does not call it" for name in sorted(swept & functions)
                 if not re.search(rf"\b{name} \(", text.replace(f"SCENARIO ({name}", "").replace(f"CALL ({name}", ""))]
    failures += [f"{name} is an exception and {'has a scenario' if name in swept else 'no public function'}"
                 for name in sorted(EXCEPTIONS) if name in swept or name not in functions]
    failures += [f"the scenario {name} is there twice" for name in sorted(set(scenarios))
                 if scenarios.count(name) > 1]

    print(f"{len(swept & functions)} of {len(functions)} public functions in {len(scenarios)} scenarios")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures or not functions else 0


if __name__ == "__main__":
    sys.exit(main())
