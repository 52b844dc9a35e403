#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Makes the corpus in the tree of inputs that a long run has found.

    tests/fuzz/minimise.py _fuzz/tests/fuzz/fuzz-operations tests/fuzz/corpus/fuzz-operations FOLDER...

libFuzzer's own -merge=1 keeps each small input that has something new. Here every input is
run by itself, and few bytes are chosen that together cover every edge and lead to every case of
cases.c. The inputs that are in the corpus already count as one of the folders, and go if they
are not chosen.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile


# What an input costs by itself, in bytes: pools are made and go
INPUT_COST = 12


def read_edges(target, path):
    """What one input covers: the inner half of a merge notes it."""
    with tempfile.NamedTemporaryFile('w+', encoding='utf-8') as notes:
        notes.write(f'1\n0\n{path.resolve()}\n')
        notes.flush()
        done = subprocess.run([target, '-merge_inner=1', '-use_counters=0', '-rss_limit_mb=0',
                               f'-merge_control_file={notes.name}'],
                              capture_output=True, text=True, errors='replace', check=False)
        notes.seek(0)
        lines = [line.split() for line in notes]
    if done.returncode != 0:
        sys.exit(f'minimise.py: {path} fails: {done.stderr[-500:]}')
    return {number for words in lines if words and words[0] == 'FT' for number in words[2:]}


def read_coverage(target, folders):
    paths = [path for folder in folders for path in sorted(folder.iterdir())]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return dict(zip(paths, pool.map(lambda path: read_edges(target, path), paths)))


def choose(coverage):
    """Always the input that adds most for its size; then those go that the others made needless."""
    sizes = {path: INPUT_COST + path.stat().st_size for path in coverage}
    left = set().union(*coverage.values())
    chosen = []
    while left:
        best = max(coverage.keys() - chosen, key=lambda path: (len(coverage[path] & left) / sizes[path], str(path)))
        left -= coverage[best]
        chosen.append(best)

    counts = collections.Counter(number for path in chosen for number in coverage[path])
    for path in sorted(chosen, key=lambda path: (-sizes[path], str(path))):
        if all(counts[number] > 1 for number in coverage[path]):
            counts.subtract(coverage[path])
            chosen.remove(path)
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('target', type=pathlib.Path, help='of a build with -Dfuzzing=enabled')
    parser.add_argument('corpus', type=pathlib.Path, help='the folder to fill')
    parser.add_argument('folders', type=pathlib.Path, nargs='+', help='where there are inputs', metavar='FOLDER')
    options = parser.parse_args()

    for folder in options.folders:
        if not folder.is_dir():
            sys.exit(f'minimise.py: {folder} is no folder')
    options.corpus.mkdir(parents=True, exist_ok=True)
    chosen = [path.read_bytes() for path in
              choose(read_coverage(options.target.resolve(), [options.corpus, *options.folders]))]
    if not chosen:
        sys.exit('minimise.py: no input covers anything')
    for path in options.corpus.iterdir():
        path.unlink()
    for data in chosen:
        (options.corpus / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)
    print(f'{len(chosen)} inputs, {sum(map(len, chosen))} bytes')


if __name__ == '__main__':
    main()
