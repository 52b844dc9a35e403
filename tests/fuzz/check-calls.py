#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Each function of the public headers is called by fuzz-operations, or stands in NOT_CALLED with
the reason why not. What is called is read from the target's objects."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

MARK = r'BP_AVAILABLE_IN_\d+_\d+'
DECLARED_TYPE = re.compile(MARK + r'\s+G_DECLARE_\w+\s*\(\s*\w+\s*,\s*(\w+)')
DECLARED = re.compile(MARK + r'\s[^;{]*?\b(bp_\w+)\s*\(')
COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)

# The model of contents, whose calls are the target's too. The other parts of tests/property
# are linked and not called.
SHARED = ('property_buffer.c.o',)

# Name: reason. There is none now.
NOT_CALLED = {}


def read_declared(folder):
    declared = set()
    for header in sorted([*folder.glob('bp-*.h'), *folder.glob('bp-*.h.in')]):
        if header.name.endswith('-private.h'):
            continue
        text = COMMENT.sub('', header.read_text(encoding='utf-8'))
        declared |= {f'{name}_get_type' for name in DECLARED_TYPE.findall(text)}
        declared |= set(DECLARED.findall(text))
    return declared


def read_called(objects):
    output = subprocess.run(['nm', '-u', *map(str, objects)], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r'\bU (bp_\w+)', output))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--headers', type=pathlib.Path, required=True, help='the folder of the public headers')
    parser.add_argument('--objects', type=pathlib.Path, required=True, help="the folder of the target's objects")
    options = parser.parse_args()

    if not shutil.which('nm'):
        print('nm (binutils) is not there')
        return 77
    objects = [path for path in options.objects.glob('*.o')
               if '_property_' not in path.name or path.name.endswith(SHARED)]
    if not objects:
        sys.exit(f'check-calls.py: there are no objects in {options.objects}')

    declared = read_declared(options.headers)
    called = read_called(objects)
    faults = [f'{name} is not called: call it, or say here why not'
              for name in sorted(declared - called - set(NOT_CALLED))]
    faults += [f'{name} stands here as not called, and is' for name in sorted(called & set(NOT_CALLED))]
    faults += [f'{name} stands here as not called, and no header has it'
               for name in sorted(set(NOT_CALLED) - declared)]

    print(f'{len(declared & called)} of {len(declared)} functions are called')
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
