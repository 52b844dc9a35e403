#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs a static checker over the library, the adapter, the Python extension and the examples.

clang-tidy has the clang static analyzer in it. What it looks for is in .clang-tidy, with a reason
for each check that is left out. What cppcheck must not say is in cppcheck.supp, with reasons.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

FOLDERS = ('bufpool', 'gstreamer', 'bindings/python/extension', 'examples')
# Definitions and folders of headers; the rest of a command is of no use to cppcheck.
KEPT = re.compile(r'-[DUI].')
HERE = pathlib.Path(__file__).resolve().parent


def read_commands(build, source, folders):
    """The commands for the sources in these folders, one for each source, by its path."""
    path = build / 'compile_commands.json'
    if not path.is_file():
        raise SystemExit(f'{path} is not there: name a folder that meson has set up')

    wanted = [source / folder for folder in folders]
    commands = {}
    for entry in json.loads(path.read_text()):
        file = pathlib.Path(os.path.normpath(pathlib.Path(entry['directory'], entry['file'])))
        if file.suffix == '.c' and build not in file.parents and \
           any(folder in file.parents for folder in wanted):
            commands.setdefault(file, entry)
    return commands


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace')
    return done.returncode, done.stdout


def check_by_tidy(tool, file, _entry, options):
    return run([tool, '--quiet', f'-p={options.build}', '--extra-arg=-Wno-unknown-warning-option',
                '--warnings-as-errors=*', *options.more, str(file)], options.source)


def check_by_cppcheck(tool, file, entry, options):
    # GLib is known to cppcheck: its headers would be read again for each file.
    kept = []
    for word in shlex.split(entry['command']):
        folder = pathlib.Path(os.path.normpath(options.build / word[2:]))
        if KEPT.match(word) and (word[1] != 'I' or options.source in (folder, *folder.parents)):
            kept.append(f'-I{folder}' if word[1] == 'I' else word)
    return run([tool, '--quiet', '--enable=warning,performance,portability', '--std=c11',
                '--library=gtk', '--library=posix', '--library=python',
                f'--library={HERE / "cppcheck.cfg"}', '--inline-suppr', '--error-exitcode=1',
                f'--suppressions-list={HERE / "cppcheck.supp"}', '--suppress=missingIncludeSystem',
                '--suppress=normalCheckLevelMaxBranches',
                '--template={file}:{line}: {severity}: {message} [{id}]',
                '--template-location={file}:{line}: note: {info}',
                *kept, *options.more, str(file)], options.source)


CHECKERS = {'clang-tidy': check_by_tidy, 'cppcheck': check_by_cppcheck}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', type=pathlib.Path, required=True,
                        help='a folder that meson has set up and ninja has built')
    parser.add_argument('--source', type=pathlib.Path, default=HERE.parent.parent,
                        help='the top of the tree')
    parser.add_argument('--folder', action='append', metavar='FOLDER',
                        help=f'what to check, instead of {", ".join(FOLDERS)}')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--tool', help='the program, if it has another name')
    parser.add_argument('checker', choices=sorted(CHECKERS))
    parser.add_argument('more', nargs='*', metavar='ARGUMENT', help='more for it, after --')
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.source = options.source.resolve()

    tool = shutil.which(options.tool or options.checker)
    if not tool:
        print(f'{options.tool or options.checker} is not there')
        return 77

    commands = read_commands(options.build, options.source, options.folder or FOLDERS)
    if not commands:
        raise SystemExit(f'{options.build} compiles nothing in {options.folder or FOLDERS}')

    begin = time.monotonic()
    failed = 0
    seen = set()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as executor:
        jobs = {executor.submit(CHECKERS[options.checker], tool, file, entry, options): file
                for file, entry in sorted(commands.items())}
        for job in concurrent.futures.as_completed(jobs):
            status, said = job.result()
            if status != 0:
                failed += 1
                # What stands in a header is said once for each source that includes it.
                if said not in seen:
                    print(f'{jobs[job].relative_to(options.source)}:\n{said}', file=sys.stderr)
                seen.add(said)

    print(f'{options.checker}: {len(commands)} files, {failed} with findings, '
          f'{time.monotonic() - begin:.0f} s')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
