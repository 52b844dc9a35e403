# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tables of measured figures, as Markdown."""

from figures_data import format_ns

ALTERNATIVES = {
    "bufpool": "bufpool",
    "malloc": "malloc (glibc)",
    "mimalloc": "mimalloc",
    "jemalloc": "jemalloc",
    "g_slice": "g_slice",
    "avbufferpool": "AVBufferPool",
    "gstbufferpool": "GstBufferPool",
}

# What is said of a cell: words, workload, size, threads
WORK = [
    ("take a buffer, give it back", "cycle", 4096, 1),
    ("take 64, give 64 back", "hold", 4096, 1),
    ("hand a buffer to another thread", "handoff", 4096, 2),
    ("take and give back, 2 threads", "threads", 4096, 2),
    ("take and give back, 32 threads", "threads", 4096, 32),
    ("batches wander between 8 threads", "bleed", 4096, 8),
    ("threads die, their buffers live, 8 threads", "survivors", 4096, 8),
    ("video frames of 3 MB, written", "large", 3110400, 1),
]


def write_row(cells):
    return "| " + " | ".join(cells) + " |\n"


def write_cell(row, is_best):
    if row is None or row["status"] == "absent":
        return "not installed"
    if row["ns_per_op"] is None:
        return "gave up"
    text = format_ns(row["ns_per_op"])
    return f"**{text}**" if is_best else text


def write_figures(data, subjects, work):
    text = write_row(["", *subjects.values()])
    text += write_row(["---", *["---:"] * len(subjects)])
    for words, workload, size, threads in work:
        rows = [data.find(workload, subject, size, threads) for subject in subjects]
        figures = [row["ns_per_op"] for row in rows if row is not None and row["ns_per_op"] is not None]
        if figures:
            best = min(figures)
            text += write_row([words, *[write_cell(row, row is not None and row["ns_per_op"] == best)
                                        for row in rows]])
    return text


def write_alternatives(data):
    return write_figures(data, ALTERNATIVES, WORK)


def write_own(data):
    """The forms in which bufpool itself can be used."""
    subjects = {
        "bufpool": "as it comes",
        "bufpool-sized": "asked for a size",
        "bufpool-strict": "thread-cache 0",
        "malloc": "malloc (glibc)",
    }
    return write_figures(data, subjects, WORK[:5])


def write_losses(data):
    """Where somebody else was faster, in this run."""
    text = ""
    for words, workload, size, threads in WORK:
        own = data.find(workload, "bufpool", size, threads)
        if own is None or own["ns_per_op"] is None:
            continue
        for subject, name in ALTERNATIVES.items():
            row = data.find(workload, subject, size, threads)
            if subject != "bufpool" and row is not None and row["ns_per_op"] is not None \
               and row["ns_per_op"] < own["ns_per_op"]:
                text += (f"- {words[0].upper()}{words[1:]}: {name} {format_ns(row['ns_per_op'])}, "
                         f"bufpool {format_ns(own['ns_per_op'])}.\n")
    return text or "- In this run, nobody in any row of the table.\n"


TABLES = {
    "alternatives": write_alternatives,
    "own": write_own,
    "losses": write_losses,
}
