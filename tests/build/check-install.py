#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What is installed is enough to compile, link and run a program, found through
pkg-config alone."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

NAME = 'bufpool-1.0'


def run(*command, **arguments):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          **arguments)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(f'{" ".join(map(str, command))} failed')

    return done.stdout


def require(holds, message):
    if not holds:
        sys.exit(message)


def moved(flags, prefix, root):
    """pkg-config speaks of the place it will be; this is where it is now."""
    for flag in flags:
        kind, path = flag[:2], flag[2:]
        if kind in ('-I', '-L') and path.startswith(prefix):
            yield f'{kind}{root}{path}'
        yield flag


def compile_and_run(compiler, language, consumer, flags, folder, libdir):
    program = folder / f'consumer-{language}'
    run(*compiler, '-x', language, consumer, '-x', 'none', '-o', program, *flags)
    print(f'{language}: ' + run(program, env={**os.environ, 'LD_LIBRARY_PATH': str(libdir)}),
          end='')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--cc', required=True)
    parser.add_argument('--consumer', type=pathlib.Path, required=True)
    parser.add_argument('--consumer-cxx', type=pathlib.Path, required=True)
    parser.add_argument('--prefix', required=True)
    parser.add_argument('--libdir', required=True)
    parser.add_argument('--version', required=True)
    parser.add_argument('--headers', required=True)
    parser.add_argument('build', type=pathlib.Path)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix='bufpool-test-') as name:
        root = pathlib.Path(name) / 'root'
        run('meson', 'install', '-C', options.build, '--no-rebuild', '--destdir', root)

        libdir = pathlib.Path(f'{root}{options.prefix}') / options.libdir
        headers = pathlib.Path(f'{root}{options.prefix}') / 'include' / NAME
        # The GStreamer adapter has a folder of its own in there.
        installed = {path.name for path in headers.iterdir() if path.is_file()}
        require(installed == set(options.headers.split(',')),
                f'other headers than the public ones are installed: {sorted(installed)}')
        require((libdir / f'lib{NAME}.so').is_symlink(), 'the link without a version is missing')
        require((libdir / f'lib{NAME}.so.0').exists(), 'the library of the soname is missing')

        environment = {**os.environ, 'PKG_CONFIG_PATH': str(libdir / 'pkgconfig')}
        version = run('pkg-config', '--modversion', NAME, env=environment).strip()
        require(version == options.version, f'pkg-config says {version}, not {options.version}')
        require('gio-2.0' in run('pkg-config', '--print-requires', NAME, env=environment),
                'gio-2.0, whose headers the headers include, is not required')
        flags = run('pkg-config', '--cflags', '--libs', NAME, env=environment).split()
        flags = list(moved(flags, options.prefix, root))

        folder = pathlib.Path(name)
        compile_and_run(options.cc.split(), 'c', options.consumer, flags, folder, libdir)
        if shutil.which('c++'):
            for consumer in (options.consumer, options.consumer_cxx):
                compile_and_run(['c++'], 'c++', consumer, flags, folder, libdir)

        # Static: the archive in the place of -lbufpool-1.0.
        archive = libdir / f'lib{NAME}.a'
        if archive.exists():
            static = [str(archive) if flag == f'-l{NAME}' else flag for flag in flags]
            compile_and_run(options.cc.split(), 'c', options.consumer, static, folder, '/nowhere')

    return 0


if __name__ == '__main__':
    sys.exit(main())
