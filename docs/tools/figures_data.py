# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What was measured, and how it is written."""

import json

from figures_adoption import describe_adoption, describe_runs

# Of GStreamer, in which its adapter is measured
GST_VERSIONS = ("1.22", "1.26")


class DataError(Exception):
    """A figure that is not there."""


def format_ns(ns):
    """Three digits at most: more would be noise."""
    if ns >= 1e6:
        return f"{ns / 1e6:.3g} ms"
    if ns >= 1e4:
        return f"{ns / 1e3:.3g} µs"
    if ns >= 100:
        return f"{ns:.0f} ns"
    return f"{ns:.1f} ns"


def format_size(size):
    """3110400 bytes are a picture of 1080p, called 3 MB."""
    for factor, unit in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size % factor == 0:
            return f"{size // factor} {unit}"
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size} bytes"


def format_times(ratio):
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"


class Data:
    """The JSON files of a folder."""

    def __init__(self, folder):
        try:
            self.adoption = json.loads((folder / "adoption.json").read_text(encoding="utf-8"))
            self.trust = {path.stem.removeprefix("trust-"): json.loads(path.read_text(encoding="utf-8"))
                          for path in folder.glob("trust-*.json")}
            self.gstreamer = {version: json.loads((folder / f"gstreamer-{version}.json").read_text(encoding="utf-8"))
                              for version in GST_VERSIONS}
            self.pipelines = {version: json.loads((folder / f"pipelines-{version}.json").read_text(encoding="utf-8"))
                              for version in GST_VERSIONS}
            self.frames = json.loads((folder / "gstreamer-frames.json").read_text(encoding="utf-8"))
            self.places = json.loads((folder / "gstreamer-places.json").read_text(encoding="utf-8"))
            self.bindings = json.loads((folder / "bindings.json").read_text(encoding="utf-8"))
            self.rows = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
            self.older_rows = json.loads((folder / "benchmark-12.json").read_text(encoding="utf-8"))
            self.night_mode = json.loads((folder / "night-mode.json").read_text(encoding="utf-8"))
            self.latencies = {row["subject"]: row for row in
                              json.loads((folder / "realtime.json").read_text(encoding="utf-8"))}
            self.limits = json.loads((folder / "limits.json").read_text(encoding="utf-8"))
            self.points = [point for name in ("curves.json", "pages.json")
                           for point in json.loads((folder / name).read_text(encoding="utf-8"))]
            self.instructions = json.loads((folder / "instructions.json").read_text(encoding="utf-8"))
            self.sampling = json.loads((folder / "holders.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(error) from None

    @staticmethod
    def find_in(rows, workload, subject, size, threads=None):
        """The row of a cell, or None."""
        for row in rows:
            if (row["workload"], row["subject"], row["size"]) == (workload, subject, int(size)) and \
               threads in (None, row["threads"]):
                return row
        return None

    def find(self, workload, subject, size, threads=None):
        return self.find_in(self.rows, workload, subject, size, threads)

    def find_gstreamer(self, version, workload, subject, size, threads=None):
        return self.find_in(self.gstreamer[version], workload, subject, size, threads)

    def find_pipeline(self, version, pipeline, way):
        for row in self.pipelines[version]["rows"]:
            if (row["pipeline"], row["way"]) == (pipeline, way):
                return row
        return None

    def find_binding(self, workload, subject, size, threads=None):
        return self.find_in(self.bindings, workload, subject, size, threads)

    def get_size_that_pays(self, workload, subject, other):
        """At which sizes the one was faster than the other."""
        paying = None
        for size in sorted({row["size"] for row in self.bindings if row["workload"] == workload}, reverse=True):
            rows = [self.find_binding(workload, name, size) for name in (subject, other)]
            if any(row is None or row["ns_per_op"] is None for row in rows):
                raise DataError("was not measured")
            if rows[0]["ns_per_op"] >= rows[1]["ns_per_op"]:
                break
            paying = size
        return "at no size" if paying is None else f"from {format_size(paying)} on"

    def get_median(self, workload, subject, size, threads=None):
        row = self.find(workload, subject, size, None if threads is None else int(threads))
        if row is None or row["ns_per_op"] is None:
            raise DataError("was not measured")
        return row["ns_per_op"]

    def get_point(self, key, setting, value, work):
        for point in self.points:
            if (point["setting"], str(point["value"])) == (setting, value) and work in point["work"]:
                return point[key]
        raise DataError("is no point of a curve")

    def get_limits(self, name, key=None):
        if name == "budget":
            return self.limits["budget"].replace("MiB", " MiB")
        if key == "seconds":
            return f"{self.limits['runs'][name][key]:.0f} s"
        return f"{self.limits['runs'][name][key + '_mib']:.0f} MiB"

    def get_latency(self, subject, key):
        value = self.latencies[subject][key]
        return f"{value}" if key == "faults" else format_ns(value)

    def get_interrupt(self):
        """The median of those gaps that are there only with revocations."""
        row = self.latencies["interrupts"]
        without = dict(map(tuple, row["without"]["histogram"]))
        more = [(ns, count - without.get(ns, 0)) for ns, count in row["with"]["histogram"]]
        more = [(ns, count) for ns, count in more if count > 0]
        n_left = sum(count for _, count in more) / 2
        for ns, count in more:
            n_left -= count
            if n_left <= 0:
                return format_ns(ns)
        raise DataError("was not measured")

    def get_trust(self, name, keys):
        """What lies in a file trust-NAME.json; large numbers are written in groups of three."""
        value = self.trust[name]
        for key in keys:
            value = value[key]
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{value:,}"
        if isinstance(value, (str, float)):
            return f"{value}"
        raise DataError(f"is neither a number nor text: {'.'.join(keys)}")

    @staticmethod
    def describe_machine(row):
        cores = f"{row['cores']} core" + ("s" if row["cores"] > 1 else "")
        return f"{row['cpu']}, {cores}, {row['date']}"

    def get_figure(self, words):
        kind, *rest = words
        try:
            if kind == "ns":
                return format_ns(self.get_median(*rest))
            if kind == "times":
                workload, other, subject, *cell = rest
                return format_times(self.get_median(workload, other, *cell) /
                                    self.get_median(workload, subject, *cell))
            if kind == "curve":
                key, setting, value, *work = rest
                point = self.get_point(key, setting, value, " ".join(work))
                formats = {"ns": format_ns, "made": "{:.0f}".format, "idle_mib": "{:.0f} MiB".format,
                           "left_mib": "{:.1f} MiB".format,
                           "missed": lambda share: f"{share * 100:.0f} %"}
                return formats[key](point)
            if kind == "instructions":
                return f"{self.instructions[rest[0]]:.0f}"
            if kind == "sampling":
                return f"{self.sampling[rest[0]]:.1f}"
            if kind == "sampling-cost":
                return f"{(self.sampling[rest[0]] / self.sampling['off'] - 1) * 100:.1f} %"
            if kind == "pays":
                return self.get_size_that_pays(*rest)
            if kind == "binding":
                return format_ns(self.find_binding(*rest)["ns_per_op"])
            if kind == "binding-machine":
                return self.describe_machine(self.bindings[0])
            if kind == "limits":
                return self.get_limits(*rest)
            if kind == "latency":
                return self.get_latency(*rest)
            if kind == "interrupt":
                return self.get_interrupt()
            if kind == "night-mode-machine":
                return self.describe_machine(self.night_mode["machine"])
            if kind == "latency-machine":
                return self.describe_machine(self.latencies["realtime"])
            if kind == "limits-machine":
                return self.describe_machine(self.limits)
            if kind == "machine":
                return self.describe_machine(self.rows[0])
            if kind in ("gstreamer-machine", "gstreamer-frames-machine"):
                row = (self.gstreamer[rest[0]] if kind == "gstreamer-machine" else self.frames)[0]
                return f"{self.describe_machine(row)}, GStreamer {row['gstreamer']}"
            if kind == "adoption":
                return describe_adoption(self.adoption["programs"], *rest)
            if kind == "adoption-machine":
                return f"{self.describe_machine(self.adoption['machine'])}, {describe_runs(self.adoption)}"
            if kind == "trust":
                return self.get_trust(rest[0], rest[1:])
            if kind == "places-versions":
                return " and ".join(self.places)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"cannot be understood: {error}") from None
        raise DataError(f"'{kind}' is no kind of figure")
