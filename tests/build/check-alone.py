#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Public headers, each compiled alone, as strict C99 and C++11; and, if it is named, that which
has all of them in every standard, by gcc and clang."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

STRICT = ['-Wall', '-Wextra', '-pedantic', '-Werror', '-Wundef', '-Wshadow', '-fsyntax-only']
LANGUAGES = {
    'c': (['gcc', 'clang'], ['c99', 'c11', 'c17'], ['-Wstrict-prototypes', '-Wc++-compat']),
    'c++': (['g++', 'clang++'], ['c++11', 'c++14', 'c++17', 'c++20'], ['-Wmissing-declarations']),
}


def compiles(compiler, language, standard, more, header, inside=None):
    source = f'#define {inside}\n' if inside else ''
    # A header of macros alone would be an empty program
    source += f'#include <{header}>\nextern int something;\n'
    command = [compiler, '-x', language, f'-std={standard}', *STRICT, *more, '-']
    done = subprocess.run(command, input=source, capture_output=True, text=True)
    if done.returncode != 0:
        print(f'{compiler} -std={standard}, {header}:\n{done.stderr}', file=sys.stderr)
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--package', action='append', default=[], help='of pkg-config')
    parser.add_argument('--flag', action='append', default=[], help='for the compilers')
    parser.add_argument('--folder', default='', help='what stands before a header, such as gst/')
    parser.add_argument('--umbrella', help='the header that has all')
    parser.add_argument('--inside', help='a macro without which headers refuse to be alone')
    parser.add_argument('headers', nargs='+', type=pathlib.Path)
    options = parser.parse_args()

    # Headers of others are not what is tested.
    others = subprocess.run(['pkg-config', '--cflags', *options.package], check=True,
                            capture_output=True, text=True).stdout.split()
    flags = [re.sub('^-I', '-isystem', flag) for flag in others] + options.flag

    failed = 0
    for language, (compilers, standards, more) in LANGUAGES.items():
        found = [compiler for compiler in compilers if shutil.which(compiler)]
        print(f'{language}: {" and ".join(found) or "no compiler is there"}')
        for header in options.headers if found else []:
            failed += not compiles(found[0], language, standards[0], flags + more,
                                   options.folder + header.name, options.inside)
        for compiler in found if options.umbrella else []:
            for standard in standards:
                failed += not compiles(compiler, language, standard, flags + more,
                                       options.folder + options.umbrella)

    print(f'{len(options.headers)} headers, {failed} failures')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
