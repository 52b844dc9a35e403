#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Fuzzes for long, and writes down what it came to.

    CC=clang meson setup _fuzz -Dfuzzing=enabled -Db_lundef=false -Ddefault_library=static
    tests/fuzz/run-long.py _fuzz --executions 10000000

It runs a target in parts. After each part the figures are in docs/data/trust-fuzzing.json,
so it can be ended at any time. Executions and hours are those of this run; with --add those
of earlier runs are added. New inputs are in a corpus in the build folder, which begins as
tests/fuzz/corpus; what fails is left there too, in a folder of its own. The exit status is 1
if anything failed.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUTPUT = ROOT / 'docs' / 'data' / 'trust-fuzzing.json'
TARGETS = {'fuzz-operations': 160, 'fuzz-input': 2048}

# As in a test: an allocation that is too large fails, and what is undefined ends the run
SETTINGS = {
    'ASAN_OPTIONS': 'halt_on_error=1:allocator_may_return_null=1:detect_stack_use_after_return=1',
    'LSAN_OPTIONS': f"suppressions={HERE.parent / 'lsan.supp'}:print_suppressions=0",
    'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1',
    'G_SLICE': 'always-malloc',
}

DONE = re.compile(r'stat::number_of_executed_units:\s*(\d+)')
FUNCTION = re.compile(r'^(UN)?COVERED_FUNC: (?:hits: \d+ )?edges: (\d+)/(\d+) \S+ (\S+)', re.MULTILINE)


class RunError(Exception):
    """A target could not be run."""


def get_processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_part(target, work, n_runs, seconds, max_length):
    """The number of executions, and whether one of them failed."""
    command = [target, f'-runs={n_runs}', f'-max_len={max_length}', f'-artifact_prefix={work.failed}/',
               '-print_final_stats=1', '-len_control=20', '-rss_limit_mb=0', '-timeout=60', work.corpus]
    if seconds is not None:
        command.insert(1, f'-max_total_time={max(1, int(seconds))}')
    if work.dictionary.exists():
        command.insert(1, f'-dict={work.dictionary}')
    with work.log.open('w', encoding='utf-8', errors='replace') as log:
        status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env={**SETTINGS, **os.environ},
                                check=False).returncode
    text = work.log.read_text(encoding='utf-8', errors='replace')
    match = DONE.search(text)
    if match is None:
        raise RunError(f'{target.name} has not run, see {work.log}')
    return int(match[1]), status != 0


def count_edges(target, work):
    """How many edges of bufpool/ the corpus covers, and how many there are."""
    command = [target, '-runs=0', '-print_coverage=1', work.corpus]
    text = subprocess.run(command, capture_output=True, text=True, errors='replace', env={**SETTINGS, **os.environ},
                          check=False).stderr
    covered = total = 0
    for match in FUNCTION.finditer(text):
        if '/bufpool/bp-' in match[4] or '/bufpool/core/' in match[4]:
            covered += int(match[2])
            total += int(match[3])
    if total == 0:
        raise RunError('no edges of bufpool/ are known: llvm-symbolizer must be installed')
    return covered, total


def describe_compiler(target):
    info = subprocess.run(['clang', '--version'], capture_output=True, text=True, check=False).stdout
    options = json.loads((target.parents[2] / 'meson-info' / 'intro-buildoptions.json').read_text())
    sanitizer = next(option['value'] for option in options if option['name'] == 'b_sanitize')
    return info.splitlines()[0], sanitizer


def describe_machine():
    cpu = 'unknown'
    for line in pathlib.Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines():
        if line.startswith('model name'):
            cpu = line.split(':', 1)[1].strip()
            break
    return cpu


class Work:
    def __init__(self, build, name):
        folder = build / 'fuzzing' / name
        self.corpus = folder / 'corpus'
        self.failed = folder / 'failed'
        self.log = folder / 'log'
        self.dictionary = HERE / f'{name}.dict'
        self.failed.mkdir(parents=True, exist_ok=True)
        if not self.corpus.exists():
            self.corpus.mkdir()
            for path in sorted((HERE / 'corpus' / name).glob('*')):
                shutil.copy(path, self.corpus)

    def measure(self):
        sizes = [path.stat().st_size for path in self.corpus.iterdir()]
        return len(sizes), sum(sizes)


def read_results(path):
    return json.loads(path.read_text(encoding='utf-8')) if path.exists() else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path, help='a build folder with -Dfuzzing=enabled')
    parser.add_argument('--target', choices=TARGETS, default='fuzz-operations')
    parser.add_argument('--executions', type=int, default=10_000_000, metavar='N')
    parser.add_argument('--minutes', type=float, metavar='N', help='end after so long, done or not')
    parser.add_argument('--part', type=int, default=100_000, metavar='N', help='executions from one look to the next')
    parser.add_argument('--key', help='what the results are called in the file, if not as the target')
    parser.add_argument('--add', action='store_true', help='go on from the figures that are there')
    parser.add_argument('--output', type=pathlib.Path, default=OUTPUT, metavar='FILE')
    options = parser.parse_args()

    target = (options.build / 'tests' / 'fuzz' / options.target).resolve()
    if not target.exists():
        sys.exit(f'run-long.py: {target} is not there: build it with ninja')
    work = Work(options.build.resolve(), options.target)
    key = options.key or options.target.replace('fuzz-', '')
    before = read_results(options.output).get(key, {}) if options.add else {}
    n_done = before.get('executions', 0)
    n_failed = before.get('failed', 0)
    seconds_before = before.get('hours', 0) * 3600
    processor_before = before.get('processor-hours', 0) * 3600
    begin = time.monotonic()
    end = begin + options.minutes * 60 if options.minutes else None

    try:
        compiler, sanitizer = describe_compiler(target)
        while n_done < options.executions and (end is None or time.monotonic() < end):
            n_runs, has_failed = run_part(target, work, min(options.part, options.executions - n_done),
                                          end and end - time.monotonic(), TARGETS[options.target])
            n_done += n_runs
            n_failed += has_failed
            used = processor_before + get_processor_seconds()
            covered, total = count_edges(target, work)
            n_files, n_bytes = work.measure()
            results = read_results(options.output)
            results[key] = {
                'executions': n_done,
                'hours': round((seconds_before + time.monotonic() - begin) / 3600, 2),
                'processor-hours': round(used / 3600, 3),
                'per-second': round(n_done / used),
                'edges': covered,
                'edges-in-all': total,
                'edges-percent': round(100 * covered / total, 1),
                'corpus-files': n_files,
                'corpus-bytes': n_bytes,
                'failed': n_failed,
                'sanitizers': sanitizer,
                'compiler': compiler,
                'cpu': describe_machine(),
                'date': datetime.date.today().isoformat(),
            }
            options.output.write_text(json.dumps(results, indent=2) + '\n', encoding='utf-8')
            print(f'{n_done:,} executions, {covered} of {total} edges, {n_files} inputs, {n_failed} failed',
                  flush=True)
    except RunError as error:
        sys.exit(f'run-long.py: {error}')
    if n_failed > 0:
        sys.exit(f'run-long.py: what failed is in {work.failed}')


if __name__ == '__main__':
    main()
