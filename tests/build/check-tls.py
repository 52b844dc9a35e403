#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The model of the library's thread-local variables: of a build for a C library other than
glibc, none may need room that only a program's start can give. The files that have such
variables are compiled as this build does, with the initial-exec model and without; the first
shows that the check finds what it looks for."""

import argparse
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

FLAG = '-DBP_TLS_INITIAL_EXEC'
VARIABLE = re.compile(r'^\s*(?:static )?BP_THREAD_LOCAL\b', re.MULTILINE)
# How an object asks for the initial-exec model: R_X86_64_GOTTPOFF, R_386_TLS_GOTIE,
# R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21, R_390_TLS_IEENT and so on; and for the local-exec one
FIXED = re.compile(r'\bR_\w*(?:(?<!D)TP(?:OFF|REL)|TLS_?IE|GOTIE|TLS_?LE)\w*')


def run(command, folder):
    return subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True).stdout


def find_commands(build):
    """The commands of the library's files that have thread-local variables."""
    commands = {}
    for entry in json.loads((build / 'compile_commands.json').read_text()):
        source = (pathlib.Path(entry['directory']) / entry['file']).resolve()
        words = shlex.split(entry['command'])
        if '-DBUFPOOL_COMPILATION' in words and source.parent.parent.name == 'bufpool' and \
           VARIABLE.search(source.read_text()):
            commands.setdefault(source, (words, entry['directory']))
    return commands


def is_output(words, i):
    return words[i] in ('-o', '-MF', '-MQ') or (i > 0 and words[i - 1] in ('-o', '-MF', '-MQ'))


def find_fixed(commands, flags, folder):
    """What asks for room at a program's start when compiled with these flags."""
    found = set()
    for source, (words, directory) in commands.items():
        target = str(folder / f'{source.stem}.o')
        words = [word for i, word in enumerate(words)
                 if word not in (FLAG, '-MD', '-fPIC') and not is_output(words, i)]
        run([*words, '-fPIC', *flags, '-o', target], directory)
        found |= set(FIXED.findall(run(['readelf', '-rW', target], directory)))
    return sorted(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('build', type=pathlib.Path, help='a build folder of meson')
    options = parser.parse_args()

    if not shutil.which('readelf'):
        print('readelf (binutils) is not there')
        return 77

    commands = find_commands(options.build)
    if not commands:
        print('no file of the library has thread-local variables: VARIABLE looks for the wrong thing')
        return 1

    with tempfile.TemporaryDirectory() as folder:
        fixed = find_fixed(commands, [FLAG], pathlib.Path(folder))
        free = find_fixed(commands, [], pathlib.Path(folder))
    print(f'with the initial-exec model: {", ".join(fixed)}')
    if not fixed:
        print('the initial-exec model was asked for, and nothing shows it')
        return 1
    if free:
        print(f'without it: {", ".join(free)}; musl refuses to load that late')
        return 1
    print(f'without it: nothing, in {", ".join(sorted(path.name for path in commands))}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
