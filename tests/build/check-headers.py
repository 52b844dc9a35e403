#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The public headers: what they include, and which compilers take them.

Every header is to be had through bufpool.h alone, none includes a private one,
and a program that includes it compiles without a warning as C99, C11, C17 and
C++11 to C++20, however strict the compiler is told to be. One that is C++ only may forbid
the casts of C, which the macros must not have either.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

STRICT = ['-Wall', '-Wextra', '-pedantic', '-Werror', '-Wundef', '-Wshadow']
STRICT_C = ['-Wstrict-prototypes', '-Wmissing-prototypes', '-Wc++-compat']
STRICT_CXX = ['-Wmissing-declarations']
NO_CASTS = ['-Wold-style-cast', '-Wzero-as-null-pointer-constant']
CXX_STANDARDS = ['c++11', 'c++14', 'c++17', 'c++20']

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

failures = []


def fail(message):
    failures.append(message)
    print(f'not: {message}', file=sys.stderr)


def check_includes(headers):
    umbrella = next(header for header in headers if header.name == 'bufpool.h')
    public = {header.name for header in headers}
    included = {name for _, name in INCLUDE.findall(umbrella.read_text())}
    for name in sorted(public - included - {'bufpool.h'}):
        fail(f'bufpool.h does not include {name}')

    for header in headers:
        for mark, name in INCLUDE.findall(header.read_text()):
            if mark == '"' and name not in public:
                fail(f'{header.name} includes {name}, which is not public')
            if mark == '<' and not name.startswith(('glib', 'gio/')):
                fail(f'{header.name} includes <{name}>, which is not of GLib')


def check_layers(headers):
    """An arrow of the design means "may include"; there are no others."""
    above = {
        'bp-version.h': set(),
        'bp-types.h': {'bp-version.h'},
        'bp-global.h': {'bp-pool-new.h'},
        'bp-pool-properties.h': {'bp-pool.h', 'bp-budget.h'},
    }
    for header in headers:
        of_pool = {'bp-pool.h'} if header.name.startswith('bp-pool-') else {'bp-types.h'}
        allowed = above.get(header.name, of_pool)
        for mark, name in INCLUDE.findall(header.read_text()):
            if mark == '"' and header.name != 'bufpool.h' and name not in allowed:
                fail(f'{header.name} includes {name}: it may include {sorted(allowed)}')


def compiles(compiler, arguments, source):
    return subprocess.run(compiler + arguments + ['-fsyntax-only', '-'], input=source,
                          capture_output=True, text=True)


def check_compiler(compiler, language, standards, flags, includes, consumer):
    for standard in standards:
        arguments = ['-x', language, f'-std={standard}'] + flags + includes
        done = compiles(compiler, arguments, consumer)
        if done.returncode != 0:
            fail(f'{" ".join(compiler)} -std={standard}:\n{done.stderr}')
        else:
            print(f'{" ".join(compiler)} -std={standard} is content')


def check_direct(compiler, headers, includes):
    """Headers other than the umbrella refuse to be included directly."""
    for header in headers:
        if header.name == 'bufpool.h':
            continue
        done = compiles(compiler, ['-x', 'c'] + includes, f'#include <{header.name}>\n')
        if 'Only <bufpool.h> can be included directly' not in done.stderr:
            fail(f'{header.name} can be included directly')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--cc', required=True)
    parser.add_argument('--consumer', type=pathlib.Path, required=True)
    parser.add_argument('--consumer-cxx', type=pathlib.Path, required=True)
    parser.add_argument('headers', nargs='+', type=pathlib.Path)
    options = parser.parse_args()

    # GLib's own headers are not what is tested.
    glib = subprocess.run(['pkg-config', '--cflags-only-I', 'gio-2.0'], check=True,
                          capture_output=True, text=True).stdout.split()
    includes = [re.sub('^-I', '-isystem', flag) for flag in glib]
    includes += [f'-I{folder}' for folder in sorted({str(h.parent) for h in options.headers})]
    consumer = options.consumer.read_text()

    check_includes(options.headers)
    check_layers(options.headers)
    cc = options.cc.split()
    check_direct(cc, options.headers, includes)

    compilers = [cc] + [[c] for c in ('gcc', 'clang') if shutil.which(c) and [c] != cc]
    for compiler in compilers:
        check_compiler(compiler, 'c', ['c99', 'c11', 'gnu11', 'c17'], STRICT + STRICT_C,
                       includes, consumer)
    for name in ('g++', 'clang++'):
        if shutil.which(name):
            check_compiler([name], 'c++', CXX_STANDARDS, STRICT + STRICT_CXX, includes, consumer)
            check_compiler([name], 'c++', CXX_STANDARDS, STRICT + STRICT_CXX + NO_CASTS, includes,
                           options.consumer_cxx.read_text())
        else:
            print(f'{name} is not there: not tried')

    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
