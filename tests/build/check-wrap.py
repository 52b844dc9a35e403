#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A program gets bufpool by a wrap file: meson unpacks the tarball, finds
bufpool-1.0 in it, and the program runs. A tarball with another hash is refused."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROJECT = """
project('consumer', 'c', meson_version: '>= 1.0.0')

bufpool_dep = dependency('bufpool-1.0', default_options: [
  'tests=false',
  'examples=false',
  'introspection=disabled',
  'vapi=disabled',
  'gstreamer=disabled',
])
executable('consumer', 'consumer.c', dependencies: bufpool_dep)
"""

URL = 'https://example.org/bufpool.tar.xz'
REFUSAL = 'Incorrect hash'


def run(*command, **arguments):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **arguments)


def require_run(*command, **arguments):
    done = run(*command, **arguments)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(f'{" ".join(map(str, command))} failed')
    return done.stdout


def make_project(folder, consumer, source):
    """A program with a wrap file, and the tarball where meson keeps what it has got."""
    cache = folder / 'subprojects' / 'packagecache'
    cache.mkdir(parents=True)
    shutil.copy(consumer, folder / 'consumer.c')
    (folder / 'meson.build').write_text(PROJECT)
    scripts = source / 'build-aux'
    tarball = pathlib.Path(require_run(sys.executable, scripts / 'make-tarball.py', cache).strip())
    wrap = require_run(sys.executable, scripts / 'make-wrap.py', f'--url={URL}', tarball)
    (folder / 'subprojects' / 'bufpool.wrap').write_text(wrap)
    return tarball


def setup(folder, build, environment):
    # Also where bufpool is installed: it is the wrap that is tested
    return run('meson', 'setup', build, folder, '--force-fallback-for=bufpool-1.0', '--buildtype=plain',
               '-Ddefault_library=static', env=environment)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--consumer', type=pathlib.Path, required=True)
    parser.add_argument('source', type=pathlib.Path)
    options = parser.parse_args()

    environment = {name: value for name, value in os.environ.items()
                   if name not in ('DESTDIR', 'MESON_TESTTHREADS', 'NINJA_STATUS')}
    with tempfile.TemporaryDirectory(prefix='bufpool-test-') as name:
        folder = pathlib.Path(name)
        tarball = make_project(folder, options.consumer, options.source)

        content = tarball.read_bytes()
        tarball.write_bytes(content + b'\0')
        done = setup(folder, folder / 'build-refused', environment)
        if done.returncode == 0 or REFUSAL not in done.stdout + done.stderr:
            print(done.stdout + done.stderr, file=sys.stderr)
            sys.exit('meson took a tarball with another hash than that of the wrap file')
        tarball.write_bytes(content)

        build = folder / 'build'
        done = setup(folder, build, environment)
        if done.returncode != 0:
            print(done.stdout + done.stderr, file=sys.stderr)
            sys.exit('meson does not configure a program with bufpool.wrap')
        if not list((folder / 'subprojects').glob('bufpool-*/meson.build')):
            sys.exit('meson has unpacked no tarball')
        require_run('ninja', '-C', build, 'consumer', env=environment)
        print(require_run(build / 'consumer'), end='')


if __name__ == '__main__':
    main()
