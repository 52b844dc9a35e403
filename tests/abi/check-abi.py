#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Compares the ABI of a library with the baseline in this folder.

The baseline is three files: NAME.names has the soname, functions with their versions, numbers of
enumerations, properties and signals, one a line. NAME.abi has the functions with their arguments,
as abidw sees them, and NAME-types.abi the public structs and enumerations that no function has.

What is gone or changed is reported before version 1.0, and fails from 1.0 on. What was added is
never wrong. --renew writes the baseline anew: with a release, and before 1.0 with a change that
NEWS tells of. From 1.0 on it refuses what breaks programs, unless the soname is another one.
"""

import argparse
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import names

HERE = pathlib.Path(__file__).resolve().parent
COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)
# Public types with a content: `typedef enum { ... } Name;` and `struct _Name { ... }`.
CONTENT = re.compile(r'typedef\s+(?:enum|struct|union)\s*\w*\s*\{[^}]*\}\s*(\w+)\s*;|'
                     r'\bstruct\s+_(\w+)\s*\{')
# The same for every compiler: abidw is to see no difference between versions of DWARF.
AS_LIBRARY = ['-g', '-gdwarf-4', '-O0', '-fPIC', '-shared', '-x', 'c', '-']
STABLE = (1, 0, 0)
# Bits of the exit status of abidiff
FAULT = 1 | 2


class Fault(Exception):
    pass


def run(command, text=''):
    try:
        return subprocess.run([str(word) for word in command], input=text, capture_output=True,
                              text=True)
    except OSError as error:
        raise Fault(f'{command[0]} cannot be run: {error.strerror}') from None


def output(command, text=''):
    done = run(command, text)
    if done.returncode != 0:
        raise Fault(f'{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}')
    return done.stdout


def stage(headers, folder):
    """The public headers alone: what is defined in others is not public."""
    folder.mkdir(exist_ok=True)
    for header in headers:
        shutil.copy(header, folder)
    return folder


def build_types(options, folder):
    """A library with a function for each public type that has a content."""
    found = []
    for header in options.headers:
        text = COMMENT.sub('', header.read_text())
        found += [one or other for one, other in CONTENT.findall(text)]
    if not found:
        raise Fault('no header has a type with a content')

    prototypes = [f'void abi_{name} (const {name} *self)' for name in sorted(found)]
    source = f'#include <{options.include}>\n'
    source += ''.join(f'{line};\n{line} {{ (void) self; }}\n' for line in prototypes)
    library = folder / f'{options.name}-types.so'
    flags = output(['pkg-config', '--cflags', *options.package]).split()
    output([*shlex.split(options.cc), *flags, *options.flags, *AS_LIBRARY, '-o', library], source)
    return library


def describe_all(options, folder):
    """NAME.abi and NAME-types.abi, made in the folder. Types in private headers are opaque."""
    public = stage(options.headers, folder / 'headers')
    paths = []
    for suffix, library in (('', options.library), ('-types', build_types(options, folder))):
        paths.append(folder / f'{options.name}{suffix}.abi')
        paths[-1].write_text(output([
            'abidw', '--headers-dir', public, '--drop-private-types', '--exported-interfaces-only',
            '--drop-undefined-syms', '--no-show-locs', '--no-corpus-path', '--no-comp-dir-path',
            '--no-elf-needed', library,
        ]))
    return paths


def compare_abi(baseline, now):
    done = run(['abidiff', '--no-added-syms', baseline, now])
    if done.returncode & FAULT or done.returncode < 0:
        raise Fault(f'abidiff failed: {done.stderr.strip() or done.stdout.strip()}')
    return [f'not as in {baseline.name}:\n{done.stdout.strip()}'] if done.returncode else []


def compare_names(baseline, now):
    """What is gone, and what came."""
    kinds = {line.split()[0] for line in now}
    old = {line for line in baseline if line.split()[0] in kinds}
    return sorted(old - set(now)), sorted(set(now) - old)


def read_names(path):
    if not path.is_file():
        raise Fault(f'{path.name} is not there: make the baseline with --renew')
    return [line for line in path.read_text().splitlines() if line and not line.startswith('#')]


def find_breaks(options, folder, with_abigail):
    """What breaks programs; and what was added."""
    now = names.read(options.library, options.gir)
    gone, came = compare_names(read_names(options.baseline / f'{options.name}.names'), now)
    breaks = [f'gone or changed: {line}' for line in gone]

    if with_abigail:
        for path in describe_all(options, folder):
            breaks += compare_abi(options.baseline / path.name, path)
    return breaks, came


def renew(options, folder):
    now = names.read(options.library, options.gir)
    path = options.baseline / f'{options.name}.names'
    if options.version >= STABLE and path.is_file():
        breaks, _ = find_breaks(options, folder, True)
        same_soname = [line for line in read_names(path) if line.startswith('soname ')][0] in now
        if breaks and same_soname:
            raise Fault('this would break programs, and the soname is the old one:\n' +
                        '\n'.join(breaks))

    head = '# Made by check-abi.py --renew. Not to be edited.\n'
    path.write_text(head + ''.join(f'{line}\n' for line in now))
    for path in describe_all(options, folder):
        shutil.copy(path, options.baseline)


def check(options, folder):
    with_abigail = bool(shutil.which('abidiff')) and not options.names_only
    breaks, came = find_breaks(options, folder, with_abigail)
    for line in came:
        print(f'added: {line}')
    for line in breaks:
        print(line, file=sys.stderr)
    if not with_abigail:
        print('names only were compared: ' +
              ('as asked for' if options.names_only else 'abidiff (abigail-tools) is not there'))
    version = '.'.join(str(part) for part in options.version)
    if not breaks:
        print(f'{options.name} {version}: as in the baseline, and {len(came)} things more')
        return 0
    if options.version < STABLE:
        print(f'{options.name} {version}: not as in the baseline, which is allowed before 1.0: '
              f'say so in NEWS and renew it (ninja renew-abi-{options.name})')
        return 0
    print(f'{options.name} {version}: programs would break; undo it, or give it another soname')
    return 1


def parse_version(text):
    match = re.fullmatch(r'(\d+)\.(\d+)\.(\d+)', text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no version (should be like 1.2.3)")
    return tuple(int(part) for part in match.groups())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--renew', action='store_true', help='write the baseline')
    parser.add_argument('--baseline', type=pathlib.Path, default=HERE, help='its folder')
    parser.add_argument('--name', required=True, help='of the files of the baseline')
    parser.add_argument('--version', type=parse_version, required=True, help='of the library')
    parser.add_argument('--library', type=pathlib.Path, required=True)
    parser.add_argument('--gir', type=pathlib.Path, help='what introspection says of it, if built')
    parser.add_argument('--names-only', action='store_true', help='do without abidiff')
    parser.add_argument('--cc', default='cc')
    parser.add_argument('--include', required=True, help='what a program includes')
    parser.add_argument('--flag', dest='flags', action='append', default=[],
                        help='for the compiler, where the headers are, such as --flag=-Ifolder')
    parser.add_argument('--package', action='append', default=[], help='of pkg-config')
    parser.add_argument('headers', nargs='+', type=pathlib.Path)
    options = parser.parse_args()

    try:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            if options.renew:
                renew(options, folder)
                return 0
            return check(options, folder)
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main())
