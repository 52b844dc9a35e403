#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A capture of a known run has the marks and counters that docs/tracing.md has."""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import tracing

MESSAGE = re.compile(r'^(.+): (\d+), thread (\d+)$')
COUNTERS = {'buffers out': 'out', 'buffers idle': 'idle'}
ALL_COUNTERS = {'buffers out', 'buffers idle', 'bytes idle', 'calls waiting'}


def find_last(lines, stats):
    """What each counter is, by category and name, and its last value before the pool's statistics."""
    about = {line['counter']: (line['category'], line['name']) for line in lines if 'counter' in line}
    last = {}
    for line in sorted((line for line in lines if line.get('set') in about), key=lambda line: line['time']):
        category, name = about[line['set']]
        if line['time'] < 1000 * stats[category.removeprefix('bufpool ')]['time']:
            last[category, name] = line['value']
    return about, last


def find_faults(lines, stats, page):
    marks = tracing.read_marks(page)
    found = [line for line in lines if 'mark' in line and line['group'] == 'bufpool']
    seen = {line['mark'] for line in found}
    for name in sorted(marks ^ seen):
        yield f'the mark {name} is {"in the page only" if name in marks else "not in the page"}'
    messages = [MESSAGE.match(line['message']) for line in found]
    if None in messages:
        yield f'a message cannot be read: {found[messages.index(None)]}'
        return
    points = marks - tracing.read_spans(page)
    if any(line['duration'] < 0 or (line['mark'] in points and line['duration'] > 0) for line in found):
        yield 'a mark ended before it began, or lasted and should not'
    if not any(line['mark'] == 'wait' and line['duration'] > 0 for line in found):
        yield 'no wait took time'
    if len({message[3] for message in messages}) != 3:
        yield 'the marks are not of three threads'
    yield from tracing.check_run([(message[1], line['mark'], int(message[2]))
                                  for line, message in zip(found, messages)], stats)

    about, last = find_last(lines, stats)
    for pool, counts in stats.items():
        names = {name for category, name in about.values() if category == f'bufpool {pool}'}
        if names != ALL_COUNTERS:
            yield f'{pool} has the counters {sorted(names)}'
            continue
        for counter, key in COUNTERS.items():
            value = last.get((f'bufpool {pool}', counter))
            if value != counts[key]:
                yield f'{pool}: {counter} is {value} in the end, and the statistics have {counts[key]}'
    waiting = [line['value'] for line in lines
               if about.get(line.get('set')) == ('bufpool limited', 'calls waiting')]
    if max(waiting, default=0) != 1 or min(waiting, default=1) != 0:
        yield f'calls waiting was {sorted(set(waiting))}, and not 0 and 1'
    if any(value != 0 for (_, counter), value in last.items() if counter == 'calls waiting'):
        yield 'calls wait in the end'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--page', required=True, type=pathlib.Path)
    parser.add_argument('capture', type=pathlib.Path)
    parser.add_argument('program', type=pathlib.Path)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([options.capture, f'{folder}/traced.syscap', options.program],
                             capture_output=True, text=True, timeout=50)
    if run.returncode != 0:
        print(run.stderr, file=sys.stderr)
        return 1
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    print(f'{sum("mark" in line for line in lines)} marks, {sum("set" in line for line in lines)} values')
    stats = tracing.read_stats(run.stderr)
    if len(stats) != 6:
        print(f'not: the program did not come to its end: {run.stderr}', file=sys.stderr)
        return 1
    return tracing.end(find_faults(lines, stats, options.page))


if __name__ == '__main__':
    sys.exit(main())
