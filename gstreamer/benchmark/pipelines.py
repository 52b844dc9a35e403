#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs whole pipelines without bpalloc and with it, and prints what each took.

    pipelines.py [--runs=N] [--only=NAME] [--quick] [--list] > pipelines.json

Each run is a process of its own, and the ways take turns. Figures are medians: processor
time (user and system) and time from start to end in seconds, page faults, and peak memory in
bytes. One more run of each way, with fewer buffers, looks at every byte that arrives: its
checksum has to be that of the run without bpalloc.

Pipelines whose elements are not all there are left out, and named on stderr.
"""

import argparse
import hashlib
import json
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

from machine import describe_machine  # noqa: E402, pylint: disable=wrong-import-position

# What "BPALLOC" stands for.
WAYS = {
    "without": "identity",
    "allocator": "bpalloc",
    "pool": "bpalloc mode=pool",
}

HD = "video/x-raw,format=I420,width=1920,height=1080"
UHD = "video/x-raw,format=I420,width=3840,height=2160"
SD = "video/x-raw,format=I420,width=640,height=480"
SMALL = "video/x-raw,format=I420,width=320,height=240"
PCM = "audio/x-raw,format=F32LE,rate=48000,channels=2"
SINK = "fakesink name=sink sync=false"
LARGE_QUEUE = "max-size-bytes=0 max-size-time=0"


def videotestsrc(caps, n_buffers, pattern="black"):
    return f"videotestsrc num-buffers={n_buffers} pattern={pattern} ! {caps}"


# Name: a description, with N for how many buffers there are.
PIPELINES = {
    "1080p source": (300, f"{videotestsrc(HD, 'N')} ! BPALLOC ! {SINK}"),
    "1080p source, smooth picture": (300, f"{videotestsrc(HD, 'N', 'smpte')} ! BPALLOC ! {SINK}"),
    "4K source, to another thread": (150, f"{videotestsrc(UHD, 'N')} ! BPALLOC ! queue ! {SINK}"),
    "tee, one branch writes": (
        200, f"{videotestsrc(HD, 'N')} ! BPALLOC ! tee name=t  t. ! queue ! videobalance hue=0.1 ! {SINK} "
             "t. ! queue ! fakesink sync=false"),
    "tee, four branches write": (
        60, f"{videotestsrc(HD, 'N')} ! BPALLOC ! tee name=t  t. ! queue ! videobalance hue=0.1 ! {SINK} "
        + "t. ! queue ! videobalance hue=0.2 ! fakesink sync=false " * 3),
    "convert to RGB": (150, f"{videotestsrc(HD, 'N')} ! BPALLOC ! videoconvert ! video/x-raw,format=RGB ! "
                            f"BPALLOC ! {SINK}"),
    "scale 4K to 480p": (100, f"{videotestsrc(UHD, 'N')} ! BPALLOC ! videoscale ! {SD} ! BPALLOC ! {SINK}"),
    "flip": (150, f"{videotestsrc(HD, 'N')} ! BPALLOC ! videoflip method=rotate-180 ! BPALLOC ! {SINK}"),
    "crop": (300, f"{videotestsrc(HD, 'N')} ! BPALLOC ! videocrop left=64 right=64 ! BPALLOC ! {SINK}"),
    "deinterlace": (100, f"{videotestsrc(HD, 'N')} ! BPALLOC ! deinterlace mode=interlaced ! BPALLOC ! {SINK}"),
    "compositor": (60, f"{videotestsrc(SD, 'N')} ! BPALLOC ! compositor name=c ! {HD} ! {SINK} "
                       f"{videotestsrc(SD, 'N', 'ball')} ! BPALLOC ! c."),
    "JPEG, there and back": (100, f"{videotestsrc(SD, 'N', 'smpte')} ! BPALLOC ! jpegenc ! BPALLOC ! "
                                  f"jpegdec ! BPALLOC ! {SINK}"),
    "Theora, there and back": (60, f"{videotestsrc(SD, 'N', 'ball')} ! BPALLOC ! theoraenc ! theoradec ! "
                                   f"BPALLOC ! {SINK}"),
    "VP8, there and back": (60, f"{videotestsrc(SD, 'N', 'ball')} ! BPALLOC ! vp8enc ! vp8dec ! "
                                f"BPALLOC ! {SINK}"),
    "FLAC, there and back": (1000, "audiotestsrc num-buffers=N ! audio/x-raw,format=S16LE,rate=48000,"
                                   f"channels=2 ! BPALLOC ! flacenc ! flacparse ! flacdec ! BPALLOC ! {SINK}"),
    "audio, converted and resampled": (
        5000, f"audiotestsrc num-buffers=N ! {PCM} ! BPALLOC ! audioconvert ! audioresample ! "
              f"audio/x-raw,format=S16LE,rate=44100 ! BPALLOC ! {SINK}"),
    "audio, small buffers": (
        50000, f"audiotestsrc num-buffers=N samplesperbuffer=64 wave=silence ! {PCM} ! BPALLOC ! queue ! {SINK}"),
    "raw video over RTP": (60, f"{videotestsrc(SD, 'N')} ! rtpvrawpay ! BPALLOC ! rtpvrawdepay ! "
                               f"BPALLOC ! {SINK}"),
    "audio over RTP": (5000, "audiotestsrc num-buffers=N ! audio/x-raw,format=S16BE,rate=48000,channels=2 ! "
                             f"rtpL16pay ! BPALLOC ! rtpL16depay ! BPALLOC ! {SINK}"),
    "caps change, 720p and 1080p": (300, f"{videotestsrc('capsfilter name=size', 'N')} ! BPALLOC ! {SINK}"),
    "4K to 240p, 40 frames queued": (
        300, f"{videotestsrc('capsfilter name=size', 'N')} ! BPALLOC ! queue min-threshold-buffers=40 "
             f"max-size-buffers=42 {LARGE_QUEUE} ! {SINK}"),
    "bursts of 60 frames": (300, f"{videotestsrc(HD, 'N')} ! BPALLOC ! queue name=burst max-size-buffers=60 "
                                 f"{LARGE_QUEUE} ! {SINK}"),
    "the last 30 frames are kept": (
        200, f"{videotestsrc(HD, 'N')} ! BPALLOC ! queue min-threshold-buffers=30 max-size-buffers=32 "
             f"{LARGE_QUEUE} ! {SINK}"),
}

# Caps of the element "size", by the number of buffers after which they change.
CHANGES = {
    "caps change, 720p and 1080p": (10, [HD, HD.replace("1920", "1280").replace("1080", "720")]),
    "4K to 240p, 40 frames queued": (100, [UHD, SMALL, SMALL]),
}
N_CHECKED = 30


def parse_pipeline(name, way, n_buffers):
    _, description = PIPELINES[name]
    description = re.sub(r"\bN\b", str(n_buffers), description).replace("BPALLOC", WAYS[way])
    return Gst.parse_launch(description)


def change_caps(pipeline, name, interval):
    _, caps = CHANGES[name]
    element = pipeline.get_by_name("size")
    element.set_property("caps", Gst.Caps.from_string(caps[0]))
    n_passed = 0

    def count(_pad, _info):
        nonlocal n_passed
        n_passed += 1
        if n_passed % interval == 0:
            element.set_property("caps", Gst.Caps.from_string(caps[n_passed // interval % len(caps)]))
        return Gst.PadProbeReturn.OK

    element.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, count)


def hold_back(pipeline):
    """Whenever the queue is empty its sink waits until it is full: bursts."""
    queue = pipeline.get_by_name("burst")
    queue.set_property("min-threshold-buffers", 59)
    queue.connect("running", lambda element: element.set_property("min-threshold-buffers", 0))
    queue.connect("underrun", lambda element: element.set_property("min-threshold-buffers", 59))


def add_to_checksum(pipeline, checksum):
    def add(buffer):
        mapped, info = buffer.map(Gst.MapFlags.READ)
        if not mapped:
            sys.exit("a buffer cannot be read")
        checksum.update(info.data)
        buffer.unmap(info)

    def look(_pad, info):
        if info.type & Gst.PadProbeType.BUFFER:
            add(info.get_buffer())
        else:
            buffers = info.get_buffer_list()
            for i in range(buffers.length()):
                add(buffers.get(i))
        return Gst.PadProbeReturn.OK

    pipeline.get_by_name("sink").get_static_pad("sink").add_probe(
        Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, look)


def run(name, way, n_buffers, checks):
    """In a process of its own: prints one line of JSON."""
    Gst.init(None)

    pipeline = parse_pipeline(name, way, n_buffers)
    checksum = hashlib.md5()
    if name in CHANGES:
        interval = CHANGES[name][0]
        change_caps(pipeline, name, interval if not checks else max(1, N_CHECKED // 3))
    if pipeline.get_by_name("burst"):
        hold_back(pipeline)
    if checks:
        add_to_checksum(pipeline, checksum)
    before = resource.getrusage(resource.RUSAGE_SELF)
    begin = time.monotonic()
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    if message.type == Gst.MessageType.ERROR:
        pipeline.set_state(Gst.State.NULL)
        sys.exit(f"{name}, {way}: {message.parse_error().gerror.message}")
    pipeline.set_state(Gst.State.NULL)
    seconds = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_SELF)
    json.dump({
        "seconds": seconds,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "faults": after.ru_minflt - before.ru_minflt,
        "peak": after.ru_maxrss * 1024,
        "checksum": checksum.hexdigest() if checks else None,
        "gstreamer": ".".join(map(str, Gst.version()[:3])),
    }, sys.stdout)


def start(name, way, n_buffers, checks=False):
    done = subprocess.run([sys.executable, __file__, "--run", name, way, str(n_buffers), str(int(checks))],
                          stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"pipelines.py: '{name}', {way}, failed")
    return json.loads(done.stdout)


def find_missing(name):
    """The elements of a pipeline that are not there."""
    context = Gst.ParseContext()
    try:
        Gst.parse_launch_full(PIPELINES[name][1].replace("BPALLOC", WAYS["allocator"]).replace("=N", "=1"), context,
                              Gst.ParseFlags.FATAL_ERRORS)
    except GLib.Error as error:
        return context.get_missing_elements() or sys.exit(f"pipelines.py: '{name}': {error.message}")
    return []


def measure(name, n_runs, quick):
    n_buffers = PIPELINES[name][0] if not quick else max(10, PIPELINES[name][0] // 50)
    found = {way: [] for way in WAYS}
    for _ in range(n_runs):
        for way in WAYS:
            found[way].append(start(name, way, n_buffers))
    checksums = {way: start(name, way, min(N_CHECKED, n_buffers), True)["checksum"] for way in WAYS}
    return [{
        "pipeline": name, "way": way, "buffers": n_buffers, "runs": n_runs,
        **{key: statistics.median(one[key] for one in runs) for key in ("seconds", "cpu", "faults", "peak")},
        "least_cpu": min(one["cpu"] for one in runs), "most_cpu": max(one["cpu"] for one in runs),
        "is_equal": checksums[way] == checksums["without"],
        "gstreamer": runs[0]["gstreamer"],
    } for way, runs in found.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often each is run (default: 5)")
    parser.add_argument("--only", metavar="NAME", help="this pipeline alone")
    parser.add_argument("--quick", action="store_true", help="with ten buffers, to see that all works")
    parser.add_argument("--list", action="store_true", help="print the names")
    arguments = parser.parse_args()

    if arguments.list:
        print("\n".join(PIPELINES))
        return
    Gst.init(None)
    names = [arguments.only] if arguments.only else list(PIPELINES)
    if arguments.only and arguments.only not in PIPELINES:
        parser.error(f"there is no pipeline '{arguments.only}'; --list has the names")

    rows = []
    for name in names:
        missing = find_missing(name)
        if missing:
            print(f"{name}: left out, there is no {', '.join(missing)}", file=sys.stderr)
            continue
        print(name, file=sys.stderr)
        rows += measure(name, arguments.runs, arguments.quick)
    json.dump({"machine": describe_machine(), "rows": rows}, sys.stdout, indent=1)
    print()
    different = [row for row in rows if not row["is_equal"]]
    for row in different:
        print(f"{row['pipeline']}, {row['way']}: the bytes differ", file=sys.stderr)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5] == "1")
    else:
        main()
