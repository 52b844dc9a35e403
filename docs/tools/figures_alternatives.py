# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tables of what bufpool-bench measured: bufpool, and what a program could use instead."""

import functools

from figures_data import format_ns
from figures_rows import write_figures

# Without g_slice, which passes blocks of this size on to malloc(), and all blocks since GLib 2.76
ALTERNATIVES = {
    "bufpool": "bufpool",
    "malloc": "malloc",
    "malloc-tuned": "malloc, tuned",
    "mimalloc": "mimalloc",
    "jemalloc": "jemalloc",
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
    ("handed over, 1 under way", "handoff-1", 4096, 2),
    ("handed over, 8 under way", "handoff-8", 4096, 2),
    ("wandering", "bleed", 4096, 8),
    ("outliving", "survivors", 4096, 8),
    ("3 MB frames, written", "large", 3110400, 1),
    ("3 MB frames, touched", "large-touched", 3110400, 1),
]
N_OWN_WORK = 5

# Where a pool has to work for it: large blocks, threads that end or sleep, a pool that is too small
PRESSURE_WORK = [
    ("one at a time, 1 MiB", "cycle", 1 << 20, 1),
    ("64 at a time, 1 MiB", "hold", 1 << 20, 1),
    ("handed over, 1 MiB", "handoff", 1 << 20, 2),
    ("handed over, 8 under way, max-buffers 8", "handoff-8-max8", 4096, 2),
    ("one at a time, by an early release", "early", 4096, 1),
    ("one works, 8 threads sleep", "sleepers-cycle", 4096, 1),
    ("64 at a time, 8 threads sleep", "sleepers-hold", 4096, 1),
    ("64 at a time, 32 threads", "threads-hold", 4096, 32),
    ("a burst of 1000, max-buffers 64", "burst", 4096, 1),
    ("the same after 1000 threads have ended", "burst-after-crowd", 4096, 1),
    ("too small by half, 256 bytes", "too-small", 256, 1),
    ("too small by half, 8 threads", "too-small", 256, 8),
    ("keeps nothing, 256 bytes", "keeps-nothing", 256, 1),
    ("keeps nothing, 2 threads", "keeps-nothing", 256, 2),
]
# Handed over, so many under way
THINGS_WORK = [(f"{words}, {few} under way", f"{things}-{few}", 256, 2)
               for things, words in (("objects", "objects"), ("items", "C items"),
                                     ("costly", "C items that take 1 µs to make")) for few in (1, 8)]
MANY_WORK = [(f"{count} at a time", f"bulk-{count}", 4096, 1) for count in (16, 32, 64)]


# Whose version it is, where the name does not say so
LIBRARIES = {"malloc": "glibc", "avbufferpool": "libavutil"}


def write_versions(rows):
    """The alternatives with the versions that were measured, such as "jemalloc 5.3"."""
    named = dict(ALTERNATIVES)
    for subject in ("malloc", "mimalloc", "jemalloc", "avbufferpool", "gstbufferpool"):
        row = next((row for row in rows if row["subject"] == subject and row.get("version")), None)
        if row is not None:
            version = ".".join(row["version"].split()[-1].split(".")[:2])
            library = LIBRARIES.get(subject)
            named[subject] += f" ({library} {version})" if library else f" {version}"
    return named


def write_alternatives(data):
    return write_figures(data.find, write_versions(data.rows), WORK)


def write_older_alternatives(data):
    """The same on the release of Debian before."""
    return write_figures(functools.partial(data.find_in, data.older_rows), write_versions(data.older_rows), WORK)


def write_own(data):
    """The forms in which bufpool itself can be used."""
    subjects = {
        "bufpool": "as it comes",
        "bufpool-sized": "asked for a size",
        "bufpool-strict": "thread-cache 0",
        "malloc": "malloc",
    }
    return write_figures(data.find, subjects, WORK[:N_OWN_WORK])


def write_under_pressure(data):
    return write_figures(data.find, ALTERNATIVES, PRESSURE_WORK)


def write_things(data):
    return write_figures(data.find, ALTERNATIVES, THINGS_WORK)


def write_many(data):
    subjects = {"bufpool-bulk": "`bp_pool_acquire_many()`", **ALTERNATIVES}
    return write_figures(data.find, subjects, MANY_WORK)


def write_losses(data):
    """Where another one was faster, in this run."""
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
    return text or "- none in this run\n"
