#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A stream changes from large frames to small ones, once or again and again, while a
queue holds many. With bpalloc the process may need half as much memory again as without,
and no more: at its end, on average, and at the most.

Each run is a process of its own, since memory that malloc keeps counts too.
"""

import json
import os
import subprocess
import sys
import unittest

LARGE = "video/x-raw,format=I420,width=1920,height=1080"
SMALL = "video/x-raw,format=I420,width=320,height=240"
N_BUFFERS = 320
N_QUEUED = 40
INTERVAL = {"once": 160, "repeated": 80}
BPALLOC = {
    "none": "identity",
    "allocator": "bpalloc",
    "pool": "bpalloc mode=pool",
    "named allocator": "bpalloc pool-name=shared",
    "named pool": "bpalloc mode=pool pool-name=shared",
}
MOST = 1.5
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


def get_resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE_SIZE


def run_pipeline(kind, interval):
    """Prints the bytes that are resident after each tenth buffer, and after NULL."""
    import gi
    gi.require_version("Gst", "1.0")
    from gi.repository import Gst
    Gst.init(None)

    pipeline = Gst.parse_launch(
        f"videotestsrc num-buffers={N_BUFFERS} pattern=black ! capsfilter name=size caps={LARGE} ! "
        f"{BPALLOC[kind]} ! queue min-threshold-buffers={N_QUEUED} "
        f"max-size-buffers={N_QUEUED + 2} max-size-bytes=0 max-size-time=0 ! fakesink")
    size = pipeline.get_by_name("size")
    sizes = []
    n_passed = 0

    def look(_pad, _info):
        nonlocal n_passed
        n_passed += 1
        if n_passed % 10 == 0:
            sizes.append(get_resident())
        if n_passed % interval == 0:
            caps = SMALL if n_passed // interval % 2 == 1 else LARGE
            size.set_property("caps", Gst.Caps.from_string(caps))
        return Gst.PadProbeReturn.OK

    size.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, look)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    if message.type == Gst.MessageType.ERROR:
        sys.exit(message.parse_error().gerror.message)
    pipeline.set_state(Gst.State.NULL)
    json.dump({"sizes": sizes, "after": get_resident()}, sys.stdout)


def measure(kind, changes):
    done = subprocess.run([sys.executable, __file__, "--run", kind, str(INTERVAL[changes])],
                          stdout=subprocess.PIPE, check=True)
    figures = json.loads(done.stdout)
    sizes = figures["sizes"]
    return {"end": sizes[-1], "mean": sum(sizes) / len(sizes), "peak": max(sizes),
            "after NULL": figures["after"]}


class Downswitch(unittest.TestCase):
    def compare(self, changes):
        without = measure("none", changes)
        for kind in BPALLOC:
            if kind == "none":
                continue
            with self.subTest(kind=kind):
                found = measure(kind, changes)
                for figure, size in found.items():
                    print(f"{changes}, {kind}, {figure}: {size / 1e6:.0f} MB, "
                          f"without {without[figure] / 1e6:.0f} MB", file=sys.stderr)
                    self.assertLessEqual(size, MOST * without[figure], figure)

    def test_once(self):
        self.compare("once")

    def test_repeated(self):
        self.compare("repeated")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run_pipeline(sys.argv[2], int(sys.argv[3]))
    else:
        unittest.main()
