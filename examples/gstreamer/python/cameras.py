#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Four cameras in one process, one of whose sinks is too slow.

Each camera is a pipeline of its own: a live 1080p source, bpalloc, a queue with much room,
and a sink. The first sink takes two frames of three. Without limits its queue grows until
the memory of the machine is full. With a budget that the four share the process stays
small: the slow camera waits, or it drops what has no room. The budget bounds all of them
together; max-outstanding sees to it that the slow one does not take what the others need.

Each run is a process of its own, so that none finds the memory of another.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

WIDTH, HEIGHT = 1920, 1080
RATE = 15
SLOW_SECONDS = 0.1
N_CAMERAS = 4
BUDGET_MIB = 96
MAX_OUTSTANDING = 16
MIB = 1 << 20
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

SHARED = f"budget-name=cameras max-bytes={BUDGET_MIB * MIB} max-outstanding={MAX_OUTSTANDING}"
LIMITS = {
    "none": "",
    "wait": SHARED,
    "drop": f"{SHARED} leaky=upstream",
}


def get_resident_mib():
    pages = pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return round(int(pages) * PAGE_BYTES / MIB, 1)


def find_cpu():
    model = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"),
                      re.MULTILINE)
    return model[1] if model else os.uname().machine


class Camera:
    def __init__(self, gst, limits, is_slow):
        self.gst = gst
        slow = f"identity sleep-time={int(SLOW_SECONDS * 1e6)} ! " if is_slow else ""
        self.pipeline = gst.parse_launch(
            "videotestsrc is-live=true pattern=black ! "
            f"video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate={RATE}/1 ! "
            f"bpalloc name=memory {limits} ! "
            "queue max-size-buffers=0 max-size-time=0 max-size-bytes=4000000000 ! "
            f"{slow}fakesink name=sink sync=false")

    def play(self):
        self.pipeline.set_state(self.gst.State.PLAYING)

    def stop(self):
        """What has become of its frames."""
        shown = self.pipeline.get_by_name("sink").props.stats["rendered"]
        memory = self.pipeline.get_by_name("memory").props.stats
        bus = self.pipeline.get_bus()
        message = bus.pop_filtered(self.gst.MessageType.ERROR | self.gst.MessageType.WARNING)
        if message is not None:
            sys.exit(f"cameras.py: {message.get_structure().to_string()}")
        self.pipeline.set_state(self.gst.State.NULL)
        return {"shown": shown, "dropped": memory["overflows"], "waits": memory["waits"]}


def record(limits, seconds, interval_ms):
    """One run, in this process."""
    import gi
    gi.require_version("Gst", "1.0")
    from gi.repository import GLib, Gst

    Gst.init(None)
    loop = GLib.MainLoop()
    cameras = [Camera(Gst, LIMITS[limits], index == 0) for index in range(N_CAMERAS)]
    start = GLib.get_monotonic_time()
    samples = []

    def look():
        samples.append([(GLib.get_monotonic_time() - start) // 1000, get_resident_mib()])
        return True

    look()
    for camera in cameras:
        camera.play()
    GLib.timeout_add(interval_ms, look)
    GLib.timeout_add(int(seconds * 1000), loop.quit)
    loop.run()
    look()
    return {
        "peak_mib": max(sample[1] for sample in samples),
        "cameras": [camera.stop() for camera in cameras],
        "samples": samples,
        "gstreamer": ".".join(map(str, Gst.version()[:3])),
    }


def run_apart(limits, arguments):
    command = [sys.executable, __file__, f"--limits={limits}", f"--seconds={arguments.seconds}",
               f"--interval={arguments.interval}"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def print_table(runs):
    print(f"{'limits':8}{'at most':>10}{'slow camera: shown':>22}{'dropped':>10}{'others: shown':>16}{'dropped':>10}")
    for limits, run in runs.items():
        slow, *others = run["cameras"]
        shown = "–".join(sorted({str(camera["shown"]) for camera in others}, key=int)[::max(1, len(others) - 1)])
        print(f"{limits:8}{run['peak_mib']:>6.0f} MiB{slow['shown']:>22}{slow['dropped']:>10}"
              f"{shown:>16}{sum(camera['dropped'] for camera in others):>10}")


def print_json(runs, seconds):
    head = {
        "cpu": find_cpu(),
        "cores": os.cpu_count(),
        "date": f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}",
        "gstreamer": runs["none"]["gstreamer"],
        "cameras": N_CAMERAS,
        "rate": RATE,
        "slow_rate": round(1 / SLOW_SECONDS),
        "seconds": seconds,
        "budget_mib": BUDGET_MIB,
        "max_outstanding": MAX_OUTSTANDING,
        "keys": ["milliseconds", "process_mib"],
        "runs": runs,
    }
    # A line for each sample, so that changes can be read
    print(re.sub(r"\[\s+(-?[\d.]+(?:,\s+-?[\d.]+)*)\s+\]", lambda match: "[" + re.sub(r"\s+", " ", match[1]) + "]",
                 json.dumps(head, indent=1)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limits", choices=LIMITS, help="only one run, as JSON")
    parser.add_argument("--seconds", type=float, default=60, help="how long a run takes")
    parser.add_argument("--interval", type=int, default=500, help="milliseconds between two looks")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="how to print all runs")
    arguments = parser.parse_args()

    if arguments.limits:
        json.dump(record(arguments.limits, arguments.seconds, arguments.interval), sys.stdout)
        return

    runs = {limits: run_apart(limits, arguments) for limits in LIMITS}
    if arguments.format == "json":
        print_json(runs, arguments.seconds)
    else:
        print_table(runs)


if __name__ == "__main__":
    main()
