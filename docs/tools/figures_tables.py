# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tables of measured figures, as Markdown."""

from figures_data import format_ns

ALTERNATIVES = {
    "bufpool": "bufpool",
    "malloc": "malloc",
    "mimalloc": "mimalloc",
    "jemalloc": "jemalloc",
    "g_slice": "g_slice",
    "avbufferpool": "AVBufferPool",
    "gstbufferpool": "GstBufferPool",
}

# What is said of a cell: words, workload, size, threads
WORK = [
    ("one at a time", "cycle", 4096, 1),
    ("64 at a time", "hold", 4096, 1),
    ("handed over", "handoff", 4096, 2),
    ("2 threads", "threads", 4096, 2),
    ("32 threads", "threads", 4096, 32),
    ("wandering", "bleed", 4096, 8),
    ("outliving", "survivors", 4096, 8),
    ("3 MB frames", "large", 3110400, 1),
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
        "malloc": "malloc",
    }
    return write_figures(data, subjects, WORK[:5])


def write_losses(data):
    """Where somebody else was faster, in this run."""
    text = ""
    for words, workload, size, threads in WORK:
        own = data.find(workload, "bufpool", size, threads)
        if own is None or own["ns_per_op"] is None:
            continue
        rows = [(row["ns_per_op"], name) for subject, name in ALTERNATIVES.items()
                if (row := data.find(workload, subject, size, threads)) is not None
                and row["ns_per_op"] is not None and row["ns_per_op"] < own["ns_per_op"]]
        if rows:
            faster = ", ".join(f"{name} {format_ns(ns)}" for ns, name in sorted(rows))
            text += f"- {words}: {faster}; bufpool {format_ns(own['ns_per_op'])}\n"
    return text or "- nobody, in any row of the table\n"


TABLES = {
    "alternatives": write_alternatives,
    "own": write_own,
    "losses": write_losses,
}
