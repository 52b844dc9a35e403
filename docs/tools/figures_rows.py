# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Rows of Markdown, and the cells of a benchmark in them."""

from figures_data import format_ns


def write_row(cells):
    return "| " + " | ".join(cells) + " |\n"


def write_cell(row, key, best):
    if row is None:
        return ""
    if row["status"] == "absent":
        return "not installed"
    if row.get(key) is None:
        return "gave up"
    text = format_ns(row[key])
    return f"**{text}**" if row[key] == best else text


def write_figures(find, subjects, work, keys=None):
    """One column for each subject that was measured, one line for each kind of work that was."""
    subjects = {subject: name for subject, name in subjects.items()
                if any(find(workload, subject, size, threads) for _, workload, size, threads in work)}
    text = write_row(["", *subjects.values()])
    text += write_row(["---", *["---:"] * len(subjects)])
    for words, workload, size, threads in work:
        key = (keys or {}).get(workload, "ns_per_op")
        rows = [find(workload, subject, size, threads) for subject in subjects]
        figures = [row[key] for row in rows if row is not None and row.get(key) is not None]
        if figures:
            text += write_row([words, *[write_cell(row, key, min(figures)) for row in rows]])
    return text
