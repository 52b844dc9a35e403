#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""gdb stops at every probe that docs/tracing.md has, and its arguments are what happened."""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import tracing

HIT = re.compile(r'^@ (\S+) 0x([0-9a-f]+) (\S+) (\d+)$', re.MULTILINE)
SKIP = 77


def make_script(probes):
    lines = ['set pagination off', 'set confirm off', 'set breakpoint pending on',
             'set debuginfod enabled off', 'set print thread-events off', 'start']
    for probe in sorted(probes):
        lines += [f'break -probe-stap bufpool:{probe}', 'commands', 'silent',
                  f'printf "@ {probe} %p %s %lu\\n", $_probe_arg0, (char *) $_probe_arg1, '
                  '(unsigned long) $_probe_arg2', 'continue', 'end']
    return '\n'.join(lines + ['continue', ''])


def run(gdb, program, probes):
    with tempfile.NamedTemporaryFile('w', suffix='.gdb') as script:
        script.write(make_script(probes))
        script.flush()
        return subprocess.run([gdb, '-nx', '-batch', '-x', script.name, str(program)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=110)


def find_faults(output, probes):
    hits = HIT.findall(output)
    seen = {probe for probe, _, _, _ in hits}
    for probe in sorted(probes - seen):
        yield f'gdb never stopped at {probe}'
    pools = {}
    for probe, address, name, _ in hits:
        # A pool that is being made has no name yet
        if name != '(null)' and pools.setdefault(address, name) != name:
            yield f'{probe}: the pool at {address} is {name}, and was {pools[address]}'
    for probe in sorted(name for name in probes if name.endswith('_begin')):
        ended = sum(hit[0] == probe.replace('_begin', '_end') for hit in hits)
        begun = sum(hit[0] == probe for hit in hits)
        if begun != ended:
            yield f'{probe} was hit {begun} times, and its end {ended} times'
    events = [(name, probe.removesuffix('_end'), int(number)) for probe, _, name, number in hits
              if not probe.endswith('_begin')]
    stats = tracing.read_stats(output)
    if len(stats) != 6:
        yield 'the program did not come to its end'
    yield from tracing.check_run(events, stats)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--gdb', default='gdb')
    parser.add_argument('--page', required=True, type=pathlib.Path)
    parser.add_argument('program', type=pathlib.Path)
    options = parser.parse_args()

    probes = tracing.read_probes(options.page)
    result = run(options.gdb, options.program, probes)
    if 'ptrace' in result.stderr and 'not permitted' in result.stderr:
        print('gdb may not trace here')
        return SKIP
    status = tracing.end(find_faults(result.stdout, probes))
    if status != 0:
        print(result.stdout[-4000:], result.stderr[-2000:])
    return status


if __name__ == '__main__':
    sys.exit(main())
