# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What measure-night-mode.py measured, as medians, as a table and in words."""

import statistics

# What counts as the same, in parts of one
CLOSE = 0.1

WAYS = {
    (1, "workers"): "bursts of 1",
    (16, "workers"): "bursts of 16",
    (16, "hand-over"): "bursts of 16, handed over: one thread reads, another averages",
}
KEYS = ("took", "processor", "faults", "frames", "peak", "waits")


class Rows:
    def __init__(self, data):
        self.data = data
        self.rows = {(row["burst"], row["way"], row["name"]): self._summarize(row) for row in data["rows"]}

    @staticmethod
    def _summarize(row):
        rounds = row["rounds"]
        left = [figures["left"] for figures in rounds if figures["left"] is not None]
        return {**{key: statistics.median(figures[key] for figures in rounds) for key in KEYS},
                "left": statistics.median(left)}

    def get(self, name, burst=16, way="workers"):
        return self.rows.get((burst, way, name))

    def list_names(self, burst=16, way="workers"):
        return [name for other_burst, other_way, name in self.rows if (other_burst, other_way) == (burst, way)]

    def get_budget(self, burst):
        return self.data["budgets"][str(burst)] / (1 << 20)

    def label(self, name, burst):
        version = self.data["versions"]["mimalloc"]
        return {"malloc": "malloc()", "malloc, tuned": "malloc(), tuned", "mimalloc": f"mimalloc {version}",
                "bufpool, budget": f"bufpool, {self.get_budget(burst):.1f} MiB"}.get(name, name)


def format_table(rows):
    lines = [f"{'':22}{'took':>9}{'processor':>12}{'page faults':>14}{'peak':>11}{rows.data['stay']:>6g} s later"]
    for (burst, way), title in WAYS.items():
        lines.append(f"{title[0].upper()}{title[1:]}")
        for name in rows.list_names(burst, way):
            row = rows.get(name, burst, way)
            lines.append(f"  {rows.label(name, burst):20}{row['took']:7.3f} s{row['processor']:10.3f} s"
                         f"{row['faults']:14,.0f}{row['peak']:7.1f} MiB{row['left']:8.1f} MiB")
    return "\n".join(lines)


def compare(rows, key, burst=16, way="workers"):
    return rows.get("malloc", burst, way)[key] / rows.get("bufpool", burst, way)[key]


def describe_gain(ratio):
    if abs(ratio - 1) < CLOSE / 2:
        return f"no gain (×{ratio:.2f})"
    return f"×{ratio:.2f}"


def say_gain(rows):
    pool, plain = rows.get("bufpool"), rows.get("malloc")
    return (f"Bursts of 16: bufpool takes {pool['processor']:.3f} s of processor time, malloc() "
            f"{plain['processor']:.3f} s: {describe_gain(compare(rows, 'processor'))}. Page faults: "
            f"{pool['faults']:,.0f}, and {plain['faults']:,.0f}.")


def say_close(rows):
    """How far the fast allocators are from the pool, and so whether that is close."""
    names = [name for name in ("malloc, tuned", "mimalloc") if rows.get(name)]
    parts = [rows.get(name)["processor"] / rows.get("bufpool")["processor"] - 1 for name in names]
    figures = " and ".join(f"{rows.label(name, 16)} {100 * part:+.0f} %" for name, part in zip(names, parts))
    verb = "Close to bufpool in processor time" if max(map(abs, parts)) <= CLOSE else "Beside bufpool in processor time"
    return f"{verb}: {figures}."


def say_left(rows):
    others = [name for name in ("malloc", "malloc, tuned", "mimalloc") if rows.get(name)]
    kept = ", ".join(f"{rows.label(name, 16)} {rows.get(name)['left']:.1f}" for name in others)
    return (f"{rows.data['stay']:g} s after the work the process has {rows.get('bufpool')['left']:.1f} MiB with bufpool; "
            f"{kept} MiB.")


def say_budget(rows):
    pool, limited = rows.get("bufpool"), rows.get("bufpool, budget")
    return (f"Within a budget of {rows.get_budget(16):.1f} MiB for all frames, which took {pool['frames']:.1f} MiB "
            f"without one, the same {rows.data['pictures']} pictures come out, in {limited['took']:.3f} s instead of "
            f"{pool['took']:.3f} s.")


def say_losses(rows):
    single = describe_gain(compare(rows, "processor", 1))
    handed_over = describe_gain(compare(rows, "processor", 16, "hand-over"))
    return (f"Where memory is not given back all at once, in processor time: bursts of 1 {single}; handed over "
            f"{handed_over}.")


def list_sentences(rows):
    return [say(rows) for say in (say_gain, say_close, say_left, say_budget, say_losses)]


def describe_clip(data):
    clip = data["clip"]
    noise = f", with noise of a fixed seed added (deviation {clip['noise']})" if clip["noise"] else ""
    return f"{clip['name']}{noise}: {clip['frames']} frames of {clip['width']} × {clip['height']}"
