#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Measures examples/night-mode with a pool, without one, and with other allocators.

    measure-night-mode.py NIGHT-MODE CLIP.y4m > night-mode.json

The runs take turns, so that a disturbance hits all of them. Each row has the figures
of every round. The pictures of the pool, of malloc() and of the run within a budget are
compared, and a part of one of them is kept, before and after.
"""

import argparse
import base64
import collections
import csv
import datetime
import filecmp
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

# pylint: disable=wrong-import-position
from machine import describe_machine  # noqa: E402
import night_mode_frames  # noqa: E402

MIB = 1 << 20
BURSTS = (1, 16)
MIMALLOC = {"libmimalloc.so.3": "libmimalloc3", "libmimalloc.so.2": "libmimalloc2.0"}
TUNABLES = "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=4294967296"
BUDGET_SHARE = 3
MAX_SAMPLES = 200

Run = collections.namedtuple("Run", "name burst way options environment")


class MeasureError(Exception):
    pass


def find_version(package):
    """That of its authors; None where there is no such package."""
    try:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True,
                              check=False)
    except FileNotFoundError:
        return None
    match = re.match(r"[\d.]+", done.stdout)
    return match[0] if match else None


def find_mimalloc():
    """Its library, which the loader finds by name, and its version, or two times None."""
    listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    for name, package in MIMALLOC.items():
        match = re.search(rf"^\s*{re.escape(name)} .* => (\S+)$", listing, re.MULTILINE)
        if match:
            return match[1], find_version(package) or name.removeprefix("libmimalloc.so.")
    return None, None


def list_runs(budgets, mimalloc):
    runs = []
    for burst, way in ((1, "workers"), (16, "workers"), (16, "hand-over")):
        options = ["--hand-over"] if way == "hand-over" else []
        runs.append(Run("bufpool", burst, way, options, {}))
        runs.append(Run("malloc", burst, way, [*options, "--no-pool"], {}))
        runs.append(Run("malloc, tuned", burst, way, [*options, "--no-pool"], {"GLIBC_TUNABLES": TUNABLES}))
        if mimalloc:
            runs.append(Run("mimalloc", burst, way, [*options, "--no-pool"], {"LD_PRELOAD": mimalloc}))
        if way == "workers":
            runs.append(Run("bufpool, budget", burst, way, [f"--budget={budgets[burst]}"], {}))
    return runs


def start(program, clip, run, *more):
    command = [program, f"--burst={run.burst}", *run.options, *map(str, more), clip]
    done = subprocess.run(command, env={**os.environ, "LC_ALL": "C.UTF-8", **run.environment},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr:
        raise MeasureError(f"{run.name}, burst {run.burst}: {done.stderr.strip() or 'failed'}")
    return done.stdout


def find(pattern, summary):
    match = re.search(pattern, summary, re.MULTILINE)
    if not match:
        raise MeasureError(f"no '{pattern}' in what night-mode says:\n{summary}")
    return match


def read_frames(summary):
    match = find(r"^  Frames took +([\d.]+) (MiB|GiB|bytes)", summary)
    return float(match[1]) * {"bytes": 1, "MiB": MIB, "GiB": MIB << 10}[match[2]]


def read_summary(summary):
    processor = find(r"^  Processor +([\d.]+) s, (\d+) page faults$", summary)
    left = re.search(r"^  Left +([\d.]+) MiB", summary, re.MULTILINE)
    waits = re.search(r"; (\d+) had to wait$", summary, re.MULTILINE)
    return {
        "took": float(find(r"^  Took +([\d.]+) s$", summary)[1]),
        "processor": float(processor[1]),
        "faults": int(processor[2]),
        "frames": read_frames(summary) / MIB,
        "peak": float(find(r"^  Peak memory +([\d.]+) MiB$", summary)[1]),
        "left": float(left[1]) if left else None,
        "waits": int(waits[1]) if waits else 0,
    }


def choose_budgets(program, clip, frame_bytes):
    """A third of what frames take without a budget, and no less than a burst."""
    budgets = {}
    for burst in BURSTS:
        summary = start(program, clip, Run("bufpool", burst, "workers", [], {}))
        budgets[burst] = max(int(read_frames(summary) / BUDGET_SHARE), burst * frame_bytes)
    return budgets


def measure_rows(program, clip, runs, options, say):
    rows = [{"name": run.name, "burst": run.burst, "way": run.way, "rounds": []} for run in runs]
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        # To stay takes a while, and is not part of the work
        more = [f"--stay={options.stay}"] if number == options.rounds - 1 else []
        for row, run in zip(rows, runs):
            row["rounds"].append(read_summary(start(program, clip, run, *more)))
    return rows


def thin_out(samples, done):
    """Without those at which nothing changes, and those that come too soon to be seen."""
    step = samples[-1][0] / MAX_SAMPLES
    kept = samples[:1]
    for sample, following in zip(samples[1:], samples[2:]):
        is_new = sample[0] - kept[-1][0] >= step and not kept[-1][1] == sample[1] == following[1]
        if is_new or sample[0] == done:
            kept.append(sample)
    return kept + samples[-1:]


def measure_memory(program, clip, runs, stay):
    """Memory over time of the runs of the largest burst."""
    logs = []
    for run in runs:
        if run.burst != max(BURSTS) or run.way != "workers":
            continue
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log.csv"
            start(program, clip, run, f"--stay={stay}", f"--log={log}")
            with open(log, encoding="ascii") as file:
                samples = [{key: int(value) for key, value in line.items()} for line in csv.DictReader(file)]
        done = next(sample["milliseconds"] for sample in samples if sample["is_done"])
        points = [[sample["milliseconds"], round(sample["process_bytes"] / MIB, 1)] for sample in samples]
        logs.append({"name": run.name, "done": done, "samples": thin_out(points, done)})
    return logs


def list_files(folder):
    return sorted(path.name for path in folder.iterdir())


def compare_pictures(program, clip, runs, burst, folder):
    """Has the three runs write their pictures, and finds out whether they are the same."""
    wanted = ("bufpool", "malloc", "bufpool, budget")
    folders = []
    for run in runs:
        if run.name in wanted and (run.burst, run.way) == (burst, "workers"):
            folders.append(folder / run.name)
            start(program, clip, run, f"--output={folders[-1]}")
    names = list_files(folders[0])
    for other in folders[1:]:
        if list_files(other) != names:
            raise MeasureError(f"{other.name} did not make the same pictures as {folders[0].name}")
        different = sum(filecmp.cmpfiles(folders[0], other, names, shallow=False)[1:], [])
        if different:
            raise MeasureError(f"{different[0]} is not the same with {other.name} and {folders[0].name}")
    return folders[0], names


def cut_crops(program, clip, folder, names, burst):
    """A part of a picture, and the same part of the first frame of its burst."""
    pictures = [night_mode_frames.read_picture(folder / name) for name in names]
    number = night_mode_frames.find_quietest(pictures)
    frame = folder.parent / "frame.y4m"
    night_mode_frames.extract_frame(clip, number * burst, frame)
    single = folder.parent / "single"
    start(program, frame, Run("bufpool", 1, "workers", [], {}), f"--output={single}")
    before = night_mode_frames.read_picture(next(single.iterdir()))
    place = night_mode_frames.find_detail(pictures[number])
    crops = {name: base64.b64encode(night_mode_frames.make_png(picture, place)).decode("ascii")
             for name, picture in (("before", before), ("after", pictures[number]))}
    return {**crops, "width": place[2], "height": place[3], "picture": number + 1}


def measure(options, say):
    program = str(options.program)
    header = night_mode_frames.read_header(options.clip)
    mimalloc, version = find_mimalloc()
    if not mimalloc:
        say("mimalloc is left out: it is not installed (package libmimalloc3 or libmimalloc2.0)")
    budgets = choose_budgets(program, options.clip, header["frame_bytes"])
    runs = list_runs(budgets, mimalloc)

    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        say("comparing the pictures with the pool, without it, and within a budget")
        folder, names = compare_pictures(program, options.clip, runs, max(BURSTS), pathlib.Path(scratch))
        crops = cut_crops(program, options.clip, folder, names, max(BURSTS))

    return {
        "machine": describe_machine(),
        "time": f"{datetime.datetime.now(datetime.timezone.utc):%H:%M}",
        "versions": {"C library": " ".join(platform.libc_ver()), "mimalloc": version},
        "tunables": TUNABLES,
        "stay": options.stay,
        "clip": {"name": options.name or options.clip.name, "noise": options.noise, **header},
        "pictures": len(names),
        "budgets": {str(burst): budget for burst, budget in budgets.items()},
        "rows": measure_rows(program, options.clip, runs, options, say),
        "memory": measure_memory(program, options.clip, runs, options.stay),
        "crops": crops,
    }


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path, help="night-mode, as built")
    parser.add_argument("clip", type=pathlib.Path, help="a clip in the format YUV4MPEG2")
    parser.add_argument("--rounds", type=int, default=9, help="how often every run is made (default: 9)")
    parser.add_argument("--stay", type=float, default=1,
                        help="how many seconds after the work to look at the memory (default: 1)")
    parser.add_argument("--name", help="what the clip is called (default: the name of the file)")
    parser.add_argument("--noise", type=int, default=0,
                        help="the level of the noise that was added to the clip, to be kept with the figures")
    parser.add_argument("--scratch", help="a folder for pictures, 1 GiB at most (default: that of the system)")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds={options.rounds}: must be at least 1")
    return options


def main():
    options = parse_arguments()

    def say(words):
        print(f"{pathlib.Path(sys.argv[0]).name}: {words}", file=sys.stderr, flush=True)

    try:
        result = measure(options, say)
    except (MeasureError, night_mode_frames.FrameError, OSError) as error:
        say(error)
        return 1
    print("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in result.items()) + "\n}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
