#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws what bindings-bench.py measured.

    bindings-bench.py --format=json > bindings.json
    plot.py bindings.json FOLDER

makes one SVG per workload in FOLDER, named bindings-WORKLOAD.svg. They look as
those of bufpool-bench do, with whose code they are drawn.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from matplotlib import pyplot  # noqa: E402
from plot_bars import Panel, draw_compared  # noqa: E402
from plot_input import read_arguments  # noqa: E402
from plot_style import NAMES, STYLE, cells_of, format_bytes  # noqa: E402

# What the plots call a subject
COMMON = {
    "bufpool-release": "bufpool, release()",
    "bufpool-sized": "bufpool, zeroed",
    "bufpool-handle": "its handle alone",
    "bufpool-memory": "bufpool, memoryview()",
    "bufpool-empty": "bufpool, pool.empty(n)",
    "bufpool-zeros": "bufpool, pool.zeros(n)",
    "pygobject": "one call of PyGObject",
    "bytearray": "bytearray(n)",
    "numpy-empty": "numpy.empty(n)",
    "numpy-zeros": "numpy.zeros(n)",
    "uint8array": "new Uint8Array(n)",
}
SIZES = {3110400: "3 MB, a picture of 1080p"}

# workload: title, what is done, and what the plain subject is
PLOTS = {
    "python-frames": ("Python: have eight arrays and drop them", "write all of them", "bufpool"),
}


def draw(rows, folder, workload):
    cells = cells_of(rows, workload)
    if all(row["ns_per_op"] is None for cell in cells.values() for row in cell):
        return
    title, what, own = PLOTS[workload]
    NAMES.update({**COMMON, "bufpool": own})
    panels = [Panel(SIZES.get(size) or format_bytes(size), cell) for (size, _), cell in cells.items()]
    draw_compared(folder / f"bindings-{workload}.svg", title, f"one thread, {what} · shorter is better", panels)


def main():
    rows, folder = read_arguments("bindings-bench.py", lambda row: row.get("workload", "").startswith(("python-", "javascript-")))
    with pyplot.rc_context(STYLE):
        for workload in PLOTS:
            draw(rows, folder, workload)


if __name__ == "__main__":
    main()
