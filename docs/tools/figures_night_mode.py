# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The table of the demo, as Markdown, of what measure-night-mode.py measured."""

import statistics

NAMES = {
    "bufpool": "bufpool",
    "bufpool, budget": "bufpool, within a budget",
    "malloc": "malloc()",
    "malloc, tuned": "malloc(), tuned",
    "mimalloc": "mimalloc",
}


def get_median(row, key):
    return statistics.median(figures[key] for figures in row["rounds"] if figures[key] is not None)


def write_night_mode(data):
    rows = {(row["burst"], row["name"]): row for row in data.night_mode["rows"] if row["way"] == "workers"}
    lines = [
        "| | bursts of 1 | bursts of 16 | page faults | frames take | the process, 1 s later |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, words in NAMES.items():
        single, burst = rows[1, name], rows[16, name]
        lines.append(f"| {words} | {get_median(single, 'processor'):.2f} s | {get_median(burst, 'processor'):.2f} s | "
                     f"{get_median(burst, 'faults'):,.0f} | {get_median(burst, 'frames'):.0f} MiB | "
                     f"{get_median(burst, 'left'):.0f} MiB |")
    return "\n".join(lines) + "\n"
