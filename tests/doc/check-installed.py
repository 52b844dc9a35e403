#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs the programs of a page against the bufpool that is installed.

    check-installed.py --language LANGUAGE FILE

They are taken from the file that shows them, as check-listings.py does, which runs them
against a build folder. Here nothing says where anything is, nothing is left out, and there
must be at least one program that says what it prints.
"""

import argparse
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

from languages import Skipped, Tester
from listings import ListingError, find_listings, group


class InstalledTester(Tester):
    """Knows no folder."""

    def __init__(self):
        super().__init__(pathlib.Path(os.devnull), "cc")
        self.environment = dict(os.environ, G_DEBUG="fatal-criticals", LC_ALL="C.UTF-8")

    def get_flags(self, case):
        done = subprocess.run(["pkg-config", "--cflags", "--libs", "bufpool-1.0"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ListingError(f"{case.name}: {done.stderr}")
        return shlex.split(done.stdout)

    def need_override(self, folder):
        """It is there, or the program fails."""

    def check_vala(self, case, scratch):
        text, _ = self.wrap(case, lambda listing: "")
        source = scratch / "listing.vala"
        source.write_text(text, encoding="utf-8")
        program = scratch / "listing"
        self.run(["valac", "-X", "-w", "--pkg", "bufpool-1.0", "-o", program, source], case, cwd=scratch)
        return self.run([program], case, cwd=scratch)


def main():
    parser = argparse.ArgumentParser(description="Runs the programs of a page against the bufpool that is installed.")
    parser.add_argument("--language", required=True, choices=("c", "javascript", "python", "vala"))
    parser.add_argument("file", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()

    tester = InstalledTester()
    try:
        cases = [case for case in group(find_listings(options.file))
                 if case.language == options.language and not case.is_folder and case.output is not None]
        if not cases:
            raise ListingError(f"{options.file.name} has no program in {options.language} that says what it prints")
        for case in cases:
            with tempfile.TemporaryDirectory(prefix="listing-") as scratch:
                tester.check(case, pathlib.Path(scratch))
            print(f"{case.name}: prints what the page says")
    except (ListingError, OSError, Skipped) as error:
        sys.exit(f"check-installed.py: {error}")


if __name__ == "__main__":
    main()
