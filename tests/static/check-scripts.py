#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs shellcheck over the shell scripts of the tree, and pyflakes over the Python ones."""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

# Folders that are not part of the tree
LEFT_OUT = ('_build', 'build', 'subprojects', '.git')
# What becomes Python when a listing is put into it
FRAMES = 'tests/doc/wrappers'
CHECKERS = {
    'sh': ['shellcheck', '--external-sources'],
    'python': ['pyflakes3'],
}

# What pyflakes must not say, as expressions for files and messages, each with its reason.
EXPLAINED = [
    # A function within the test uses the name; the test deletes it later, when that is over.
    (r'tests/bindings/abuse/cases_\w+\.py', r"undefined name '(buf|chunk|handle|stolen)'"),
    (r'gstreamer/tests/frames\.py', r"undefined name 'buffer'"),
    # It is held, not used.
    (r'tests/bindings/abuse/cases_waiting\.py', r"local variable 'handle' is assigned to but"),
    # Imported before what is measured.
    (r'tests/performance/bindings/work\.py', r"'numpy' imported but unused"),
]


def is_explained(line):
    return any(re.match(f'{file}:.*{message}', line) for file, message in EXPLAINED)


def kind_of(path):
    if path.suffix == '.py':
        return 'python'
    if path.suffix == '.sh':
        return 'sh'
    if path.suffix == '' and path.is_file():
        with path.open('rb') as file:
            first = file.readline(80)
        if re.match(rb'#!.*\b(ba)?sh\b', first):
            return 'sh'
        if re.match(rb'#!.*\bpython', first):
            return 'python'
    return None


def find_scripts(top):
    scripts = {'sh': [], 'python': []}
    for folder, folders, files in os.walk(top):
        if pathlib.Path(folder) == top:
            folders[:] = [name for name in folders
                          if not name.startswith(LEFT_OUT) or name == 'build-aux']
        for path in sorted(pathlib.Path(folder, name) for name in files):
            kind = kind_of(path)
            if kind and not path.is_symlink() and FRAMES not in str(path):
                scripts[kind].append(path.relative_to(top))
    return scripts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('top', type=pathlib.Path, help='the top of the tree')
    top = parser.parse_args().top

    failed = False
    n_missing = 0
    for kind, scripts in find_scripts(top).items():
        command = CHECKERS[kind]
        if not scripts:
            print(f'{top} has no {kind} script', file=sys.stderr)
            failed = True
        elif not shutil.which(command[0]):
            print(f'{command[0]} is not there')
            n_missing += 1
        else:
            done = subprocess.run([*command, *scripts], cwd=top, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            said = [line for line in done.stdout.splitlines() if not is_explained(line)]
            # shellcheck's messages have several lines, of which none is explained
            failed |= bool(said) and done.returncode != 0
            print(*said, sep='\n', end='\n' if said else '', file=sys.stderr)
            print(f'{command[0]}: {len(scripts)} scripts')

    if n_missing == len(CHECKERS):
        return 77
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
