#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Installs to another prefix as a page says, and runs the first program of each language
there as the page says, with the variables that it names.

    check-prefix.py --page PAGE SOURCE

Every variable is needed: without it, a program fails that works with it.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'doc'))

from listings import find_listings  # noqa: E402 pylint: disable=wrong-import-position

PROGRAMS = {'c': 'program.c', 'cpp': 'program.cpp', 'python': 'program.py', 'javascript': 'program.js',
            'vala': 'program.vala'}
NEEDED = {'c': ['cc'], 'cpp': ['c++'], 'python': ['/usr/bin/python3'], 'javascript': ['gjs'], 'vala': ['valac']}
VARIABLES = {'PKG_CONFIG_PATH': 'c', 'LD_LIBRARY_PATH': 'cpp', 'GI_TYPELIB_PATH': 'python', 'PYTHONPATH': 'python',
             'XDG_DATA_DIRS': 'vala'}
SMALLER = ['-Dtests=false', '-Dexamples=false', '-Dgstreamer=disabled', '-Ddefault_library=shared']


def shell(script, folder, environment):
    """Its exit status, and what it printed and complained of."""
    done = subprocess.run(['sh', '-e', '-c', script], cwd=folder, env=environment, capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def require(holds, message):
    if not holds:
        sys.exit(message)


def find_parts(page):
    """The two scripts about the prefix, and {language: (program, commands, output)}."""
    listings = find_listings(page)
    scripts = [listing.text for listing in listings if listing.text.startswith('prefix=')]
    require(len(scripts) == 2, f'{page} has no longer two listings that begin with prefix=')
    programs = {}
    for commands, program, output in zip(listings, listings[1:], listings[2:]):
        if program.language in PROGRAMS and program.language not in programs:
            require(commands.language == 'sh' and 'output' in output.options,
                    f'{program.where()}: the first program has its commands before it and its output after it')
            programs[program.language] = (program.text, commands.text, output.text)
    require(set(programs) == set(PROGRAMS), f'{page} has programs in {sorted(programs)}')
    return *scripts, programs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--page', type=pathlib.Path, required=True)
    parser.add_argument('source', type=pathlib.Path)
    options = parser.parse_args()
    install, variables, programs = find_parts(options.page)

    plain = {name: value for name, value in os.environ.items() if name not in (*VARIABLES, 'DESTDIR', 'GJS_PATH')}
    with tempfile.TemporaryDirectory(prefix='bufpool-test-') as name:
        home = pathlib.Path(name)
        plain['HOME'] = str(home)
        plain['G_DEBUG'] = 'fatal-criticals'

        # From the folder of the sources, into one of this test's own
        for old, new in (('meson setup build', f'meson setup {home}/build {options.source} {" ".join(SMALLER)}'),
                         ('-C build', f'-C {home}/build')):
            require(old in install, f'the commands that install have no {old!r}')
            install = install.replace(old, new)
        status, out, err = shell(install, home, plain)
        require(status == 0, f'{install}\n{out}{err}')

        def run(language, prelude):
            program, commands, wanted = programs[language]
            folder = home / language
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            (folder / PROGRAMS[language]).write_text(program, encoding='utf-8')
            status, out, err = shell(f'{prelude}\n{commands}', folder, plain)
            return status == 0 and out == wanted, out + err

        for language in programs:
            if not all(shutil.which(command) for command in NEEDED[language]):
                print(f'{language}: not tried, there is no {NEEDED[language][0]}')
                continue
            works, said = run(language, variables)
            require(works, f'{language}: with\n{variables}it said\n{said}')
            print(f'{language}: {said}', end='')

        for variable, language in VARIABLES.items():
            require(re.search(rf'^export {variable}=', variables, re.MULTILINE), f'the page does not name {variable}')
            works, said = run(language, re.sub(rf'^export {variable}=.*$', '', variables, flags=re.MULTILINE))
            require(not works, f'{variable} is not needed for {language}')
            print(f'without {variable}, {language}: {said.strip().splitlines()[-1]}')

    return 0


if __name__ == '__main__':
    sys.exit(main())
