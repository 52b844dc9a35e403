#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""That check-abi.py finds what breaks programs: in a small library that is changed in one way
after the other. Each is reported before 1.0 and fails from 1.0 on."""

import argparse
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
HEADER = '''
#pragma once
typedef enum { SMALL_RED, SMALL_BLUE } SmallColor;
typedef struct { int begin; int end; } SmallExtent;
typedef struct _SmallOwner SmallOwner;
typedef struct _SmallFuncs SmallFuncs;
struct _SmallFuncs { void (*free) (void *data); void *padding[3]; };
__attribute__ ((visibility ("default"))) int small_paint (SmallOwner *owner, SmallColor color);
__attribute__ ((visibility ("default"))) int small_get (SmallExtent extent);
'''
SOURCE = '''
#include "small.h"
struct _SmallOwner { int n_painted; };
int small_paint (SmallOwner *owner, SmallColor color) { return owner->n_painted += color; }
int small_get (SmallExtent extent) { return extent.end; }
'''
SCRIPT = 'SMALL_0.9 { global: small_*; local: *; };\n'

# What is changed: (replaced, by) in header, source and script; whether it breaks programs; and
# a word of what is said.
CHANGES = {
    'nothing': ([], False, 'as in the baseline'),
    'a function is gone': (
        [('small_get', 'small_take')], True, 'gone or changed: function small_get SMALL_0.9'),
    'a number is another': (
        [('{ SMALL_RED, SMALL_BLUE }', '{ SMALL_BLUE, SMALL_RED }')], True, 'SMALL_RED'),
    'a struct is longer': (
        [('int end; }', 'int end; int step; }')], True, 'size changed from 64 to 96'),
    'a member goes elsewhere': (
        [('int begin; int end;', 'int end; int begin;')], True, 'SmallExtent'),
    'a struct that no function has is shorter': (
        [('padding[3]', 'padding[2]')], True, '_SmallFuncs'),
    'an argument is of another type': (
        [('SmallOwner *owner, SmallColor', 'SmallOwner *owner, long')], True, 'small_paint'),
    'a function is of another version': (
        [('SMALL_0.9', 'SMALL_1.0')], True, 'gone or changed: function small_get SMALL_0.9'),
    'a function comes': (
        [('get (SmallExtent extent);', 'get (SmallExtent extent), small_new (void);'),
         ('"small.h"\n', '"small.h"\n__attribute__ ((visibility ("default"))) '
                         'int small_new (void) { return 1; }\n')],
        False, 'added: function small_new SMALL_0.9'),
    'a number comes': (
        [('SMALL_BLUE }', 'SMALL_BLUE, SMALL_GREEN }')], False, 'as in the baseline'),
    'a private struct is longer': (
        [('int n_painted;', 'long n_erased; int n_painted;')], False, 'as in the baseline'),
}


def build(folder, cc, changes):
    texts = {'small.h': HEADER, 'small.c': SOURCE, 'small.map': SCRIPT}
    for name, text in texts.items():
        for old, new in changes:
            text = text.replace(old, new)
        (folder / name).write_text(text)
    assert not changes or any((folder / name).read_text() != text for name, text in texts.items())
    subprocess.run([*shlex.split(cc), '-g', '-fPIC', '-shared', '-fvisibility=hidden',
                    f'-Wl,--version-script,{folder / "small.map"}', '-Wl,-soname,libsmall.so.0',
                    folder / 'small.c', '-o', folder / 'libsmall.so'], check=True)


def check(folder, cc, version, *more):
    return subprocess.run(
        [sys.executable, HERE / 'check-abi.py', '--baseline', folder, '--name', 'small',
         '--version', version, '--library', folder / 'libsmall.so', '--include', 'small.h',
         '--cc', cc, f'--flag=-I{folder}', '--package', 'gio-2.0', *more, folder / 'small.h'],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def find_faults(folder, cc, what, version):
    changes, breaks, word = CHANGES[what]
    fails = breaks and version >= '1'
    build(folder, cc, changes)
    done = check(folder, cc, version)
    if done.returncode != (1 if fails else 0):
        yield f'{what}, {version}: exit status {done.returncode}\n{done.stdout}'
    if word not in done.stdout:
        yield f'{what}, {version}: {word!r} is not said:\n{done.stdout}'
    if breaks != ('as in the baseline, and' not in done.stdout):
        yield f'{what}, {version}: reported is\n{done.stdout}'


def find_faults_of_renewing(folder, cc):
    """From 1.0 on, what breaks programs needs another soname."""
    build(folder, cc, CHANGES['a function is gone'][0])
    if check(folder, cc, '1.2.0', '--renew').returncode == 0:
        yield 'a function is gone, and the baseline was renewed in 1.2.0'
    build(folder, cc, CHANGES['a function comes'][0])
    if check(folder, cc, '1.2.0', '--renew').returncode != 0:
        yield 'a function came, and the baseline was not renewed in 1.2.0'
    build(folder, cc, [])
    if 'small_new' not in check(folder, cc, '1.2.0').stdout:
        yield 'the function that came is not in the baseline'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--cc', default='cc')
    options = parser.parse_args()
    if not shutil.which('abidiff') or not shutil.which('abidw'):
        print('abidiff and abidw (abigail-tools) are not there')
        return 77

    failures = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        build(folder, options.cc, [])
        made = check(folder, options.cc, '0.9.0', '--renew')
        if made.returncode != 0:
            failures.append(f'no baseline was made: {made.stdout}')
        else:
            for what in CHANGES:
                for version in ('0.9.0', '1.0.0') if CHANGES[what][1] else ('1.0.0',):
                    failures += find_faults(folder, options.cc, what, version)
            failures += find_faults_of_renewing(folder, options.cc)

    for failure in failures:
        print(failure, file=sys.stderr)
    print(f'{len(CHANGES)} changes, {len(failures)} failures')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
