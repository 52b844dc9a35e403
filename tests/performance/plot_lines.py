# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Lines: what more threads do to each subject."""

import sys

from matplotlib import ticker

from plot_style import (ACCENT, ALARM, FAINT_INK, FOOT_INCHES, GRID, HEAD_INCHES, INK, NAMES, OTHER,
                        cells_of, color_of, decorate, format_bytes, format_ns, format_threads,
                        open_figure, save)

LINES_INCHES = 3.3
LINE_LABEL_INCHES = 0.19


def move_apart(wanted, least):
    """Moves places apart until no two are closer than `least`, in order."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups = []
    for i in order:
        groups.append([[i], wanted[i]])
        while len(groups) > 1:
            (first, middle), (second, next_middle) = groups[-2:]
            if next_middle - middle >= least * (len(first) + len(second)) / 2:
                break
            count = len(first) + len(second)
            joined = (middle * len(first) + next_middle * len(second)) / count
            groups[-2:] = [[first + second, joined]]
    places = [0.0] * len(wanted)
    for members, middle in groups:
        for rank, i in enumerate(members):
            places[i] = middle + (rank - (len(members) - 1) / 2) * least
    return places


ALL = None
ONE_SHARD = {"bufpool": "bufpool-one-shard"}


def lines_of_threads(rows, workloads):
    """For every subject what it takes with each number of threads."""
    lines = {}
    for workload, subjects in workloads:
        for (_, threads), cell in cells_of(rows, workload).items():
            for row in cell:
                subject = row["subject"] if subjects is ALL else subjects.get(row["subject"])
                if subject is not None and row["status"] != "absent":
                    lines.setdefault(subject, {})[threads] = row
    return lines


def draw_line(axes, subject, line, counts, ceiling):
    """One subject's figures; where it gave up, the line leaves the plot."""
    kin = subject.startswith("bufpool")
    own = subject == "bufpool"
    done = [(counts.index(n), row["ns_per_op"]) for n, row in sorted(line.items())
            if row["ns_per_op"] is not None]
    lost = [(counts.index(n), row["note"]) for n, row in sorted(line.items())
            if row["status"] == "gave-up"]

    figures = [line[n]["ns_per_op"] if n in line else None for n in counts]
    axes.plot(range(len(counts)), [float("nan") if ns is None else ns for ns in figures],
              color=color_of(subject) if kin else FAINT_INK,
              linestyle="--" if subject == "bufpool-one-shard" else "-",
              linewidth=2.8 if own else 1.8 if kin else 1.2,
              marker="o", markersize=6 if own else 4,
              zorder=5 if own else 4 if kin else 3)
    if not lost:
        return

    axes.plot([x for x, _ in lost], [ceiling] * len(lost), linestyle="none", marker="x",
              color=ALARM, markersize=8, markeredgewidth=2.2, zorder=6)
    before = [point for point in done if point[0] < lost[0][0]]
    if before:
        axes.plot((before[-1][0], lost[0][0]), (before[-1][1], ceiling),
                  color=ALARM, linestyle=":", linewidth=1.2, zorder=2)
    axes.annotate(f"{NAMES[subject]}: {lost[0][1]}", (lost[0][0], ceiling), xytext=(-9, 0),
                  textcoords="offset points", ha="right", va="center", color=ALARM)


def label_ends(axes, ends):
    """Names at the right of the lines, moved apart where they would overlap."""
    scale = axes.yaxis.get_transform()
    bottom, top = scale.transform(axes.get_ylim())

    def inches(value):
        return float((scale.transform([value])[0] - bottom) / (top - bottom) * LINES_INCHES)

    places = move_apart([inches(row["ns_per_op"]) for _, _, row in ends], LINE_LABEL_INCHES)
    for (subject, x, row), place in zip(ends, places):
        axes.annotate(f"{NAMES[subject]}  {format_ns(row['ns_per_op'])}", (x, row["ns_per_op"]),
                      xytext=(1.045, place / LINES_INCHES), textcoords="axes fraction", va="center",
                      weight="bold" if subject == "bufpool" else "normal",
                      color=ACCENT if subject.startswith("bufpool") else INK,
                      arrowprops={"arrowstyle": "-", "color": OTHER, "linewidth": 0.7,
                                  "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 5})


def draw_threads(rows, folder):
    draw_lines(rows, folder, "threads", "Many threads, one pool",
               "acquire, touch a byte, release, {} · ns per pair, all threads together",
               [("threads", ALL), ("threads-one-shard", ONE_SHARD)])
    draw_lines(rows, folder, "threads-hold", "Many threads, one pool, 64 buffers each",
               "acquire 64, touch a byte of each, release 64, {} · ns per buffer, all threads together",
               [("threads-hold", ALL)])


def draw_lines(rows, folder, name, title, subtitle, workloads):
    lines = lines_of_threads(rows, workloads)
    used = [row for row in rows if row["workload"] in dict(workloads)]
    sizes = {row["size"] for row in used}
    values = [row["ns_per_op"] for row in used if row["ns_per_op"] is not None]
    if not values:
        return
    if len(sizes) > 1:
        print(f"{name}.svg is left out: it shows one size only", file=sys.stderr)
        return

    counts = sorted({row["threads"] for row in used})
    ceiling = max(values) * 2.5
    height = HEAD_INCHES + LINES_INCHES + FOOT_INCHES + 0.45
    figure = open_figure(height)
    axes = figure.add_axes((0.085, (FOOT_INCHES + 0.35) / height, 0.60, LINES_INCHES / height))
    axes.set_yscale("log")
    axes.set_ylim(min(values) / 1.5, ceiling * 1.4)
    axes.set_xlim(-0.15, len(counts) - 0.95)

    for subject, line in lines.items():
        draw_line(axes, subject, line, counts, ceiling)
    label_ends(axes, [(subject, len(counts) - 1, line[counts[-1]]) for subject, line in lines.items()
                      if counts[-1] in line and line[counts[-1]]["ns_per_op"] is not None])

    axes.set_xticks(range(len(counts)), [format_threads(n) for n in counts])
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 3)))
    axes.yaxis.set_major_formatter(lambda value, _: format_ns(value).replace(".0 ", " "))
    axes.yaxis.set_minor_formatter("")
    axes.tick_params(which="both", length=0)
    axes.tick_params(axis="y", colors=FAINT_INK, labelsize=8)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    decorate(figure, height, title,
             subtitle.format(format_bytes(sizes.pop())) + ", lower is better (logarithmic scale)",
             used, spread=False)
    save(figure, folder / f"{name}.svg", title)
