# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What docs/tracing.md says of probes, marks and counters, and how a run is checked."""

import re
import sys

ROW = re.compile(r'^\| (`[a-z_`, ]+`) \| (.+?) \| (.+?) \|$')
# How waits end
IN_VAIN = 1
SERVED = 2

STATS = re.compile(r'^(\w+) misses=(\d+) dropped=(\d+) out=(\d+) idle=(\d+) time=(\d+)$')


class Failure(Exception):
    """What is wrong, in a line."""


def read_rows(page, title):
    """The rows of the table under a title: the names in the first column."""
    text = page.read_text(encoding='utf-8')
    parts = re.split(r'^## ', text, flags=re.MULTILINE)
    for part in parts:
        if part.splitlines()[0] != title:
            continue
        rows = [ROW.match(line) for line in part.splitlines()]
        return [re.findall(r'`([a-z_]+)`', row[1]) for row in rows if row]
    raise Failure(f'{page} has no part "{title}"')


def read_probes(page):
    """The probes by name: a row has one, or a begin and an end."""
    return {name for names in read_rows(page, 'What is traced') for name in names}


def read_marks(page):
    """The marks: a begin and an end are one of them."""
    return {names[0].removesuffix('_begin') for names in read_rows(page, 'What is traced')}


def read_spans(page):
    """Those that have a begin and an end."""
    return {names[0].removesuffix('_begin') for names in read_rows(page, 'What is traced') if len(names) == 2}


def read_stats(output):
    """What the program printed of its pools, by name."""
    rows = [STATS.match(line) for line in output.splitlines()]
    return {row[1]: dict(zip(('misses', 'dropped', 'out', 'idle', 'time'), map(int, row.groups()[1:])))
            for row in rows if row}


def check_run(events, stats):
    """events: pool, event, number of all that ended or happened."""
    for name, counts in stats.items():
        made = sum(number for pool, event, number in events if (pool, event) == (name, 'make'))
        if made != counts['misses']:
            yield f'{name}: {made} were made, and the statistics have {counts["misses"]} misses'
    expected = {('batches', 'flush'), ('batches', 'refill'), ('batches', 'trim'),
                ('batches', 'reallocate'), ('batches', 'allocate'), ('batches', 'free'),
                ('limited', 'wait'), ('rich', 'reclaim'), ('rich', 'destroy'), ('poor', 'make'),
                ('searched', 'search'), ('aged', 'timeout')}
    for pool, event in sorted(expected - {(pool, event) for pool, event, _ in events}):
        yield f'{pool}: no {event}'
    # The first in vain; the second may find the buffer before it has to wait
    states = sorted(number for pool, event, number in events if (pool, event) == ('limited', 'wait'))
    if states not in ([IN_VAIN], [IN_VAIN, SERVED]):
        yield f'limited: waits ended with {states}'
    freed = sum(number for pool, event, number in events if (pool, event) == ('aged', 'timeout'))
    if freed != 64 * 1024:
        yield f'aged: {freed} bytes were freed, and 65536 were idle'
    found = sum(number for pool, event, number in events if (pool, event) == ('searched', 'search'))
    if found == 0:
        yield 'searched: no search found anything'


def end(faults):
    faults = list(faults)
    for fault in faults:
        print(f'not: {fault}', file=sys.stderr)
    return 1 if faults else 0
