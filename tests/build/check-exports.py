#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the shared library exports: the functions of the public headers, all of them and nothing
else, each in the version that brought it. Headers, version script and library say the same. And
how the library wants to be loaded."""

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
# A node of a version script: its name, what is in it, the one it goes on from.
NODE = re.compile(r'([\w.]+)\s*\{(.*?)\}\s*([\w.]*)\s*;', re.DOTALL)

LIBRARIES = ('libgio-2.0', 'libgobject-2.0', 'libglib-2.0', 'libc.so', 'libpthread', 'libm.so',
             'libgcc_s', 'ld-linux')


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_declared(headers, mark, node, prefix):
    """The node that each public function belongs to, by what marks it."""
    declared_type = re.compile(f'(?:{mark}){DECLARED_TYPE}')
    declared_function = re.compile(f'(?:{mark}){DECLARED.format(prefix=prefix)}')
    declared = {}
    for header in headers:
        text = COMMENT.sub('', header.read_text())
        for pattern, suffix in ((declared_type, '_get_type'), (declared_function, '')):
            for match in pattern.finditer(text):
                *version, name = match.groups()
                declared[name + suffix] = node.format(*version)
    return declared


def read_script(path):
    """The node that lists each function, and what is wrong with the script itself."""
    listed = {}
    failures = []
    nodes = NODE.findall(COMMENT.sub('', path.read_text()))
    if not nodes:
        failures.append(f'{path.name} has no version (should be: VERSION {{ global: ...; }};)')
    for node, content, _ in nodes:
        exported = re.sub(r'\blocal\s*:.*', '', content, flags=re.DOTALL)
        names = re.findall(r'([\w*?\[\]]+)\s*;', exported)
        for name in names:
            if not name.isidentifier():
                failures.append(f'{path.name} has the pattern {name}: list each function')
            elif name in listed:
                failures.append(f'{path.name} lists {name} twice')
            listed[name] = node
        for before, after in zip(names, names[1:]):
            if before > after:
                failures.append(f'{path.name}: {after} comes before {before} (sort by name)')
    return listed, failures


def read_exported(library, nodes):
    exported = {}
    failures = []
    for line in output('nm', '-D', '--defined-only', str(library)).splitlines():
        kind, symbol = line.split()[-2:]
        name, _, version = symbol.partition('@@')
        if kind == 'A' and name in nodes:
            continue
        if kind != 'T':
            failures.append(f'{name} is exported and is no function ({kind})')
        exported[name] = version
    return exported, failures


def compare(declared, listed, exported, script):
    for name, node in sorted(declared.items()):
        if name not in listed:
            yield f'{name} is declared and not listed: add the line "{name};" to {node} in {script}'
        elif listed[name] != node:
            yield f'{name} is marked as one of {node} and listed in {listed[name]} in {script}'
        elif name not in exported:
            yield f'{name} is declared and listed, and not exported: it has no definition'
    for name in sorted(listed.keys() - declared.keys()):
        yield f'{name} is listed in {script} and not declared: declare it, or remove its line'
    for name, node in sorted(exported.items()):
        if name not in declared and name not in listed:
            yield f'{name} is exported and not declared'
        if node != listed.get(name, node):
            yield f'{name} is exported in version {node!r}, not {listed[name]}'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--soname', required=True)
    parser.add_argument('--map', type=pathlib.Path, required=True, help='the version script')
    parser.add_argument('--node', required=True,
                        help='the version of a function; {0} is the first group of --mark')
    parser.add_argument('--mark', default=r'BP_AVAILABLE_IN_(\d+)_(\d+)',
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

    declared = read_declared(options.headers, options.mark, options.node, options.prefix)
    listed, failures = read_script(options.map)
    exported, more = read_exported(options.library, set(listed.values()))
    failures += more
    failures += compare(declared, listed, exported, options.map.name)

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
