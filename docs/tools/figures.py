#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Fills the measured figures into the pages.

    figures.py --data FOLDER FILE...            writes them
    figures.py --check --data FOLDER FILE...    says where they are others

No figure in a page is typed by hand: each stands between two comments,

    <!-- figure: ns cycle bufpool 4096 -->3.9 ns<!-- end -->

and comes from docs/data. What may follow `figure:`

    ns WORKLOAD SUBJECT SIZE [THREADS]       a median
    times WORKLOAD OTHER SUBJECT SIZE [THREADS]   how often OTHER takes what SUBJECT takes
    curve KEY SETTING VALUE [WORK...]        a point of a curve, see plot-curves.py
    instructions SUBJECT                     of an acquire and a release
    sampling WORD                            the same with a word of BUFPOOL_DEBUG, or off
    sampling-cost WORD                       what that has more, in percent
    machine                                  where and when it was measured
    gstreamer-machine VERSION                the same for tables gstreamer-VERSION, pipelines-VERSION
    gstreamer-frames-machine                 the same for table gstreamer-frames
    places-versions                          of GStreamer, for the tables of places
    binding WORKLOAD SUBJECT SIZE            a median of bindings-bench.py
    pays WORKLOAD SUBJECT OTHER              where SUBJECT is faster, such as: from 64 KiB on
    binding-machine                          the machine for those
    limits with|without process|buffers|seconds   a run of the recorder, with limits or without
    limits budget                            what it had
    limits-machine                           the machine for those
    latency realtime|plain|malloc 50|99|99.9|99.99|worst|faults   of one buffer in a real-time thread
    interrupt                                what a revocation costs a thread that computes
    latency-machine                          the machine for those
    night-mode-machine                       the machine for table night-mode
    adoption times|processor|wall|faults|peak before|after|plain NAME [NUMBER]   of a program of others, and
                                             how many times the processor time of before is that
    adoption-machine                         the machine for those, and how it was measured there
    trust NAME KEY...                        what trust-NAME.json has under these keys

A figure must not begin a line: Markdown would end the paragraph there. And for a
whole table, the comments are on lines of their own:

    <!-- table: alternatives -->
    <!-- end -->
"""

import argparse
import pathlib
import re
import sys

from figures_data import Data, DataError
from figures_tables import TABLES

FIGURE = re.compile(r"(?P<begin><!-- figure: (?P<words>[^>]*?) -->)(?P<text>.*?)(?P<end><!-- end -->)", re.DOTALL)
AT_START = re.compile(r"^ *(?P<figure><!-- figure:.*?-->)", re.MULTILINE)
TABLE = re.compile(r"(?P<begin>^<!-- table: (?P<name>[\w.-]+) -->\n)(?P<text>.*?)(?P<end>^<!-- end -->$)",
                   re.DOTALL | re.MULTILINE)


def fill(text, data, where):
    def fill_figure(match):
        try:
            return match["begin"] + data.get_figure(match["words"].split()) + match["end"]
        except DataError as error:
            raise DataError(f"{where}: figure: {match['words']}: {error}") from None

    def fill_table(match):
        if match["name"] not in TABLES:
            raise DataError(f"{where}: there is no table {match['name']}, only {', '.join(TABLES)}")
        return match["begin"] + TABLES[match["name"]](data) + match["end"]

    misplaced = AT_START.search(text)
    if misplaced:
        raise DataError(f"{where}: {misplaced['figure']} begins a line; put a word before it")
    return TABLE.sub(fill_table, FIGURE.sub(fill_figure, text))


def main():
    parser = argparse.ArgumentParser(description="Fills the measured figures into the pages.")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder of the JSON files")
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()

    stale = []
    try:
        data = Data(arguments.data)
        for path in arguments.files:
            text = path.read_text(encoding="utf-8")
            filled = fill(text, data, path.name)
            if filled != text and arguments.check:
                stale.append(path.name)
            elif filled != text:
                path.write_text(filled, encoding="utf-8")
    except DataError as error:
        sys.exit(f"figures.py: {error}")
    if stale:
        sys.exit(f"figures.py: {', '.join(stale)}: not the figures of {arguments.data}; run it without --check")


if __name__ == "__main__":
    main()
