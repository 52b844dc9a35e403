#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The probes in the library are those that docs/tracing.md has, with three arguments each."""

import argparse
import pathlib
import re
import subprocess
import sys

import tracing

N_ARGUMENTS = 3


def read_notes(readelf, library):
    """Provider, name and the number of arguments of each probe."""
    run = subprocess.run([readelf, '--notes', '--wide', str(library)], check=True, capture_output=True,
                         text=True)
    notes = re.findall(r'Provider: (\S+)\s+Name: (\S+)\s.*?Arguments: ?([^\n]*)', run.stdout, re.DOTALL)
    return [(provider, name, len(arguments.split())) for provider, name, arguments in notes]


def find_faults(notes, documented):
    there = {name for _, name, _ in notes}
    for provider, name, n_arguments in notes:
        if provider != 'bufpool':
            yield f'{provider}:{name} is not of bufpool'
        if n_arguments != N_ARGUMENTS:
            yield f'{name} has {n_arguments} arguments, and not {N_ARGUMENTS}'
    for name in sorted(there - documented):
        yield f'the library has a probe {name}, and docs/tracing.md does not'
    for name in sorted(documented - there):
        yield f'docs/tracing.md has a probe {name}, and the library does not'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--readelf', default='readelf')
    parser.add_argument('--page', required=True, type=pathlib.Path)
    parser.add_argument('library', type=pathlib.Path)
    options = parser.parse_args()

    notes = read_notes(options.readelf, options.library)
    print(f'{len(notes)} probes')
    return tracing.end(find_faults(notes, tracing.read_probes(options.page)))


if __name__ == '__main__':
    sys.exit(main())
