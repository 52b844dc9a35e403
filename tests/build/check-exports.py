#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the shared library exports: the functions of the public headers, all of
them and nothing else, in one version; and how it wants to be loaded."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

# After what marks a declaration as public; and the second with the prefix of functions.
DECLARED_TYPE = r'\s+G_DECLARE_\w+\s*\(\s*\w+\s*,\s*(\w+)'
DECLARED = r'\s[^;{{]*?\b({prefix}\w+)\s*\('
COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)

LIBRARIES = ('libgio-2.0', 'libgobject-2.0', 'libglib-2.0', 'libc.so', 'libpthread', 'libm.so',
             'libgcc_s', 'ld-linux')


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--soname', required=True)
    parser.add_argument('--node', required=True)
    parser.add_argument('--mark', default=r'BP_AVAILABLE_IN_\d+_\d+',
                        help='what marks public functions, a regular expression')
    parser.add_argument('--prefix', default='bp_', help='what public functions begin with')
    parser.add_argument('--needs', action='append', default=[], metavar='LIBRARY',
                        help='what the library may need besides GLib')
    parser.add_argument('library', type=pathlib.Path)
    parser.add_argument('headers', nargs='+', type=pathlib.Path)
    options = parser.parse_args()

    if not shutil.which('nm') or not shutil.which('readelf'):
        print('nm and readelf (binutils) are not there')
        return 77

    declared_type = re.compile(options.mark + DECLARED_TYPE)
    declared_function = re.compile(options.mark + DECLARED.format(prefix=options.prefix))
    declared = set()
    for header in options.headers:
        text = COMMENT.sub('', header.read_text())
        declared |= {f'{name}_get_type' for name in declared_type.findall(text)}
        declared |= set(declared_function.findall(text))

    failures = []
    exported = set()
    for line in output('nm', '-D', '--defined-only', str(options.library)).splitlines():
        kind, symbol = line.split()[-2:]
        name, _, version = symbol.partition('@@')
        if kind == 'A' and name == options.node:
            continue
        if kind != 'T':
            failures.append(f'{name} is exported and is no function ({kind})')
        if version != options.node:
            failures.append(f'{name} is of version {version!r}, not {options.node}')
        exported.add(name)

    failures += [f'{name} is declared and not exported' for name in sorted(declared - exported)]
    failures += [f'{name} is exported and not declared' for name in sorted(exported - declared)]

    dynamic = output('readelf', '-dW', str(options.library))
    if f'[{options.soname}]' not in dynamic:
        failures.append(f'the soname is not {options.soname}')
    if 'NODELETE' not in dynamic:
        failures.append('the library is not marked as one that stays loaded (-z nodelete)')
    if 'TEXTREL' in dynamic:
        failures.append('the library has text relocations')
    for needed in re.findall(r'\(NEEDED\).*\[(.*)\]', dynamic):
        if not needed.startswith((*LIBRARIES, *options.needs)):
            failures.append(f'the library needs {needed}')

    print(f'{len(exported)} functions are exported')
    for failure in failures:
        print(failure, file=sys.stderr)

    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
