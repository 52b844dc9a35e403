#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Captures a short recording under a budget as Sysprof would, and prints what the picture
in docs/tracing.md is drawn from.

    meson setup build -Dsysprof=enabled && ninja -C build
    measure-tracing.py build > docs/data/tracing.json
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'tests' / 'performance'))

from machine import describe_machine  # noqa: E402, pylint: disable=wrong-import-position

RECORDING = {
    'sources': 3,
    'source_rate': '24MiB',
    'source_bytes': '3MiB',
    'writer_rate': '56MiB',
    'budget': '1MiB',
    'frame_bytes': '128KiB',
    'max_outstanding': 4,
}
MESSAGE = re.compile(r'^(.+): (\d+), thread (\d+)$')
# What the picture has
MARKS = ('wait', 'allocate', 'free')
COUNTERS = ('buffers out', 'calls waiting')


def capture(build):
    recorder = build / 'examples' / 'recorder' / 'recorder'
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [build / 'tests' / 'tracing' / 'capture', f'{folder}/recorder.syscap', recorder,
             f'--test-sources={RECORDING["sources"]}', f'--test-rate={RECORDING["source_rate"]}',
             f'--test-bytes={RECORDING["source_bytes"]}', f'--writer-rate={RECORDING["writer_rate"]}',
             f'--budget={RECORDING["budget"]}', f'--frame-bytes={RECORDING["frame_bytes"]}',
             f'--max-outstanding={RECORDING["max_outstanding"]}'],
            check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def read_marks(lines, begin):
    """Pool, thread, name, and begin, duration in microseconds, and the number."""
    marks = []
    for line in lines:
        if line.get('mark') in MARKS and line['group'] == 'bufpool':
            pool, number, thread = MESSAGE.match(line['message']).groups()
            marks.append([pool, int(thread), line['mark'], (line['time'] - begin) // 1000,
                          line['duration'] // 1000, int(number)])
    return sorted(marks, key=lambda mark: mark[3])


def read_values(lines, begin):
    """Pool, counter, microseconds and value, of changes only."""
    about = {line['counter']: (line['category'].removeprefix('bufpool '), line['name'])
             for line in lines if 'counter' in line}
    values, last = [], {}
    for line in sorted((line for line in lines if line.get('set') in about), key=lambda line: line['time']):
        pool, name = about[line['set']]
        if name in COUNTERS and last.get((pool, name)) != line['value']:
            last[pool, name] = line['value']
            values.append([pool, name, (line['time'] - begin) // 1000, line['value']])
    return values


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path, help='a build folder with -Dsysprof=enabled')
    options = parser.parse_args()

    lines = capture(options.build)
    if not any('mark' in line for line in lines):
        sys.exit(f'measure-tracing.py: the capture has no marks: {options.build} needs -Dsysprof=enabled')
    begin = min(line['time'] for line in lines if 'time' in line)
    version = subprocess.run([options.build / 'examples' / 'recorder' / 'recorder', '--version'],
                             check=True, stdout=subprocess.PIPE, text=True).stdout
    data = {**describe_machine(), 'bufpool': version.split()[1], **RECORDING,
            'marks': read_marks(lines, begin), 'values': read_values(lines, begin)}

    # A line for each mark and each value, so that changes can be read
    text = json.dumps(data, indent=1)
    print(re.sub(r'\[\s+("[^\[\]]+)\s+\]', lambda match: '[' + re.sub(r'\s+', ' ', match[1]) + ']', text))


if __name__ == '__main__':
    main()
