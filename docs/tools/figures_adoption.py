# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The table of programs of others, as Markdown, of what measure-adoption.py measured."""

import statistics

# Less is noise
NOTABLE = 0.1
# More is a machine on which others work
QUIET = 0.5

# What is said of each key, in which unit, and what is too little to matter
COLUMNS = {
    "processor": ("processor time, s", 1, ".2f", 0.02),
    "wall": ("time, s", 1, ".2f", 0.02),
    "faults": ("page faults, thousands", 1000, ".1f", 0.5),
    "peak": ("peak memory, MiB", 1, ".0f", 4),
}


def get_median(program, way, key):
    return statistics.median(figures[key] for figures in program["rounds"][way])


def describe_adoption(programs, key, way, name, number="1"):
    """A figure of the program of that name, in its task of that number."""
    program = [program for program in programs if program["name"] == name][int(number) - 1]
    if key == "times":
        return f"{get_median(program, 'before', 'processor') / get_median(program, way, 'processor'):.2f}"
    formats = {"processor": "{:.2f} s", "wall": "{:.2f} s", "faults": "{:,.0f}", "peak": "{:.0f} MiB"}
    return formats[key].format(get_median(program, way, key))


def describe_runs(adoption):
    """What must be known of all of them, but for the machine."""
    rounds = len(adoption["programs"][0]["rounds"]["before"])
    load = adoption["machine"]["load"]
    kept = "with nothing else to do" if load <= QUIET else f"with a load of {load:.1f} when it began"
    return f"{kept}; medians of {rounds} runs by turns"


def write_change(program, key):
    """As it was, with bufpool, and the same change without it: bold for a gain, slanted for a loss."""
    _, unit, form, least = COLUMNS[key]
    before = get_median(program, "before", key) / unit
    cells = [format(before, form)]
    for way in ("after", "plain"):
        if way not in program["rounds"]:
            cells.append("–")
            continue
        figure = get_median(program, way, key) / unit
        is_notable = abs(figure - before) >= max(NOTABLE * before, least)
        mark = "" if not is_notable else "**" if figure < before else "*"
        cells.append(f"{mark}{figure:{form}}{mark}")
    return " / ".join(cells)


def write_adoption(data):
    # What others take from a program is not in its processor time
    is_quiet = data.adoption["machine"]["load"] <= QUIET
    columns = {key: words for key, (words, *_) in COLUMNS.items() if is_quiet or key != "wall"}
    text = "| program | what it does | lines | " + " | ".join(columns.values()) + " |\n"
    text += "| --- | --- |" + (1 + len(columns)) * " ---: |" + "\n"
    shown = None
    for program in data.adoption["programs"]:
        name = f"{program['name']} {program['version']}"
        lines = f"+{program['lines']['added']} −{program['lines']['removed']}"
        cells = [name, program["task"], lines] if name != shown else ["", program["task"], ""]
        text += "| " + " | ".join(cells + [write_change(program, key) for key in columns]) + " |\n"
        shown = name
    return text
