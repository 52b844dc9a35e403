#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""bufpool as a subproject of another program, shared and static: it configures,
builds, and the program runs; its own tests and examples stay out of the way.

With --vala the shared one serves a program in Vala too, next to the one in C."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROJECT = """
project('consumer', 'c', meson_version: '>= 1.0.0')

bufpool = subproject('bufpool', default_options: ['gstreamer=disabled'])
consumer = executable('consumer', 'consumer.c', dependencies: dependency('bufpool-1.0'))
test('consumer', consumer)
add_test_setup('mine', is_default: true)
"""

# The dependency as the pages show it: that of the subproject, or else what is installed
VALA = """
add_languages('vala', native: false)
executable('consumer-vala', 'consumer-vala.vala',
  dependencies: [dependency('bufpool-vala-1.0', 'bufpool-1.0'), dependency('gio-2.0')])
"""


def run(*command, **arguments):
    done = subprocess.run(command, capture_output=True, text=True, **arguments)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(f'{" ".join(map(str, command))} failed')

    return done.stdout


def check(folder, linking, programs, environment):
    build = folder / f'build-{linking}'
    print(f'as a {linking} library')
    introspection = 'enabled' if len(programs) > 1 else 'disabled'
    # The tests and examples of a subproject are the subproject's matter: that they
    # configure is enough.
    run('meson', 'setup', build, folder, f'-Ddefault_library={linking}', '--buildtype=plain',
        f'-Dbufpool:introspection={introspection}', env=environment)
    run('ninja', '-C', build, *programs, env=environment)
    for program in programs:
        print(run(build / program), end='')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--consumer', type=pathlib.Path, required=True)
    parser.add_argument('--vala', type=pathlib.Path)
    parser.add_argument('source', type=pathlib.Path)
    options = parser.parse_args()

    environment = {name: value for name, value in os.environ.items()
                   if name not in ('DESTDIR', 'MESON_TESTTHREADS', 'NINJA_STATUS')}
    with tempfile.TemporaryDirectory(prefix='bufpool-test-') as name:
        folder = pathlib.Path(name)
        project = folder / 'meson.build'
        shutil.copy(options.consumer, folder / 'consumer.c')
        (folder / 'subprojects').mkdir()
        (folder / 'subprojects' / 'bufpool').symlink_to(options.source)
        project.write_text(PROJECT)
        check(folder, 'static', ['consumer'], environment)
        programs = ['consumer']
        if options.vala:
            shutil.copy(options.vala, folder / 'consumer-vala.vala')
            project.write_text(PROJECT + VALA)
            programs.append('consumer-vala')
        check(folder, 'shared', programs, environment)

    return 0


if __name__ == '__main__':
    sys.exit(main())
