#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Frames between GStreamer and numpy: what is written today, and the ways of bufpool.

    frames.py --counter=libcount-copies.so [--format=json]

Raw RGB video, each cell in a process of its own, the cells one after the other, run by run;
medians of the runs. Workloads:

    one    frames of an appsink, each looked at and dropped
    keep   the same, with the last 30 kept
    push   frames made by numpy, all of each written, and pushed into an appsrc

ns a frame is the time of the thread in Python from having a sample to having dropped what it
does not keep; for push, from having no frame to having pushed it. It has what the thread
waits for meanwhile. Processor time and page faults are those of the process, with
the test source. Bytes copied are those that this thread copies by memcpy() or memmove(), in
pieces of 64 KiB or more, as libcount-copies.so counts them. Of the ways that claim to copy
nothing, addresses are compared too: the array has to lie where the buffer is mapped.

It needs the typelibs and overrides where the interpreter looks: meson devenv -C build.
"""

import argparse
import collections
import ctypes
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

from machine import describe_machine  # noqa: E402, pylint: disable=wrong-import-position

KEPT = 30
SUBJECTS = {
    "one": ("map-copy", "extract-dup", "map-in-place", "frame-array"),
    "keep": ("map-copy", "extract-dup", "frame-array"),
    "push": ("new-wrapped", "fill", "array", "pooled", "buffer-pool"),
}
NAMES = {
    "map-copy": "buffer.map(), numpy copy(), unmap",
    "extract-dup": "buffer.extract_dup()",
    "map-in-place": "buffer.map(), used in place, unmap",
    "frame-array": "GstBufpool.frame_array()",
    "new-wrapped": "Gst.Buffer.new_wrapped(array.tobytes())",
    "fill": "new_allocate(), fill(array.tobytes())",
    "array": "GstBufpool.buffer_from_array()",
    "pooled": "the same, of a Bufpool.Pooled",
    "buffer-pool": "GstBufpool.BufferPool and frame_array()",
}
# They copy nothing, and the addresses say so
WITHOUT_COPY = ("map-in-place", "frame-array", "array", "pooled", "buffer-pool")


class Work:
    """What a child process does."""

    def __init__(self, options):
        import gi
        gi.require_version("Bufpool", "1.0")
        gi.require_version("Gst", "1.0")
        gi.require_version("GstBufpool", "1.0")
        import numpy
        from gi.repository import Bufpool, Gst, GstBufpool

        Gst.init(None)
        self.Bufpool, self.Gst, self.GstBufpool, self.numpy = Bufpool, Gst, GstBufpool, numpy
        self.frames = options.frames
        self.shape = (options.height, options.width, 3)
        self.size = options.height * options.width * 3
        self.caps = Gst.Caps.from_string(
            f"video/x-raw,format=RGB,width={options.width},height={options.height},framerate=30/1")
        # What is looked up once, and modules that are imported late
        GstBufpool.frame_array(Gst.Buffer.new_allocate(None, self.size, None), self.caps)
        self.ns = 0
        self.is_same_memory = True
        self.get_copied = None
        if options.counter:
            self.get_copied = ctypes.CDLL(options.counter).count_copies_get_bytes
            self.get_copied.restype = ctypes.c_uint64

    # From a sample to an array

    def map_copy(self, sample):
        with sample.get_buffer().map(self.Gst.MapFlags.READ) as info:
            return self.numpy.ndarray(self.shape, self.numpy.uint8, info.data).copy()

    def extract_dup(self, sample):
        data = sample.get_buffer().extract_dup(0, self.size)
        return self.numpy.frombuffer(data, self.numpy.uint8).reshape(self.shape)

    def frame_array(self, sample):
        return self.GstBufpool.frame_array(sample)

    def map_in_place(self, sample):
        with sample.get_buffer().map(self.Gst.MapFlags.READ) as info:
            frame = self.numpy.ndarray(self.shape, self.numpy.uint8, info.data)
            self.look(frame)
            del frame

    def look(self, frame):
        frame[::self.shape[0] // 4, 0].sum()

    def check_address(self, buffer, frame):
        with buffer.map(self.Gst.MapFlags.READ) as info:
            begin = self.numpy.frombuffer(info.data, self.numpy.uint8).__array_interface__["data"][0]
        self.is_same_memory &= frame.__array_interface__["data"][0] == begin

    def read(self, subject, kept_frames):
        pipeline = self.Gst.parse_launch(
            f"videotestsrc num-buffers={self.frames} pattern=black ! {self.caps.to_string()} ! "
            "appsink name=sink sync=false max-buffers=2")
        sink = pipeline.get_by_name("sink")
        take = getattr(self, subject.replace("-", "_"))
        kept = collections.deque(maxlen=kept_frames or None)
        pipeline.set_state(self.Gst.State.PLAYING)
        for _ in range(self.frames):
            sample = sink.emit("pull-sample")
            begin = time.perf_counter_ns()
            frame = take(sample)
            if frame is not None:
                self.look(frame)
            if kept_frames:
                kept.append(frame)
            del frame
            self.ns += time.perf_counter_ns() - begin
        if subject == "frame-array":
            self.check_address(sample.get_buffer(), take(sample))
        pipeline.set_state(self.Gst.State.NULL)

    # From nothing to a buffer

    def push(self, subject):
        Gst, GstBufpool, numpy = self.Gst, self.GstBufpool, self.numpy
        pipeline = Gst.parse_launch("appsrc name=src format=time max-buffers=4 block=true ! fakesink sync=false")
        src = pipeline.get_by_name("src")
        src.props.caps = self.caps
        pipeline.set_state(Gst.State.PLAYING)
        reused = numpy.empty(self.shape, numpy.uint8)
        pool = self.Bufpool.Pool("u8", max_buffers=8)
        buffers = GstBufpool.BufferPool.new(None)
        config = buffers.get_config()
        Gst.BufferPool.config_set_params(config, self.caps, self.size, 0, 0)
        buffers.set_config(config)
        buffers.set_active(True)

        def make(value):
            if subject == "new-wrapped":
                reused.fill(value)
                return reused, Gst.Buffer.new_wrapped(reused.tobytes())
            if subject == "fill":
                reused.fill(value)
                buffer = Gst.Buffer.new_allocate(None, self.size, None)
                buffer.fill(0, reused.tobytes())
                return reused, buffer
            if subject == "array":
                frame = numpy.empty(self.shape, numpy.uint8)
                frame.fill(value)
                return frame, GstBufpool.buffer_from_array(frame, "RGB")
            if subject == "pooled":
                pooled = pool.acquire()
                pooled.reserve(self.size)
                frame = numpy.frombuffer(pooled.view(whole=True)[:self.size], numpy.uint8).reshape(self.shape)
                frame.fill(value)
                del frame
                pooled.set_length(self.size)
                return pooled, GstBufpool.buffer_from_array(pooled)
            _result, buffer = buffers.acquire_buffer(None)
            frame = GstBufpool.frame_array(buffer, self.caps, Gst.MapFlags.READ | Gst.MapFlags.WRITE)
            frame.fill(value)
            return frame, buffer

        for number in range(self.frames):
            begin = time.perf_counter_ns()
            frame, buffer = make(number & 255)
            if number == 0 and subject in WITHOUT_COPY:
                self.check_address(buffer, numpy.asarray(frame))
            del frame
            buffer.pts = number * Gst.SECOND // 30
            src.emit("push-buffer", buffer)
            del buffer
            self.ns += time.perf_counter_ns() - begin
        src.emit("end-of-stream")
        pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
        pipeline.set_state(Gst.State.NULL)

    def run(self, workload, subject):
        before = resource.getrusage(resource.RUSAGE_SELF)
        copied = self.get_copied() if self.get_copied else 0
        if workload == "push":
            self.push(subject)
        else:
            self.read(subject, KEPT if workload == "keep" else 0)
        copied = self.get_copied() - copied if self.get_copied else None
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {
            "ns_per_frame": self.ns / self.frames,
            "cpu_ns_per_frame": cpu * 1e9 / self.frames,
            "copied_per_frame": None if copied is None else copied / self.frames,
            "faults_per_frame": (after.ru_minflt - before.ru_minflt) / self.frames,
            "peak_mib": after.ru_maxrss / 1024,
            "is_same_memory": self.is_same_memory if subject in WITHOUT_COPY else None,
            "gstreamer": re.search(r"[\d.]+", self.Gst.version_string())[0],
        }


def run_child(options, workload, subject):
    environment = dict(os.environ)
    if options.counter:
        environment["LD_PRELOAD"] = ":".join(filter(None, (options.counter, os.environ.get("LD_PRELOAD"))))
    done = subprocess.run([sys.executable, __file__, "--child", workload, subject, f"--frames={options.frames}",
                           f"--width={options.width}", f"--height={options.height}", f"--counter={options.counter}"],
                          env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def summarize(rows):
    row = dict(rows[0])
    for key, value in rows[0].items():
        if isinstance(value, float):
            row[key] = round(statistics.median(other[key] for other in rows), 1)
    row["ns_spread"] = [round(ends(other["ns_per_frame"] for other in rows), 1) for ends in (min, max)]
    if row["is_same_memory"] is not None:
        row["is_same_memory"] = all(other["is_same_memory"] for other in rows)
    return row


def print_table(rows):
    for row in rows:
        copied = "?" if row["copied_per_frame"] is None else f"{row['copied_per_frame'] / 1e6:.2f}"
        print(f"{row['workload']:5} {NAMES[row['subject']]:42} {copied:>6} MB copied "
              f"{row['ns_per_frame'] / 1000:9.1f} us, processor {row['cpu_ns_per_frame'] / 1000:9.1f} us, "
              f"{row['faults_per_frame']:7.1f} faults, peak {row['peak_mib']:6.1f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--child", nargs=2, metavar=("WORKLOAD", "SUBJECT"), help="one cell, in this process")
    parser.add_argument("--counter", default="", help="the library that counts copies")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--frames", type=int, default=200, help="frames a run")
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--only", help="subjects, with commas")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--width", type=int, default=1920, help="a multiple of 4")
    options = parser.parse_args()

    if options.child:
        json.dump(Work(options).run(*options.child), sys.stdout)
        return
    if options.counter:
        options.counter = str(pathlib.Path(options.counter).resolve(strict=True))
    only = options.only.split(",") if options.only else NAMES
    cells = {(workload, subject): [] for workload, subjects in SUBJECTS.items() for subject in subjects
             if subject in only}
    machine = describe_machine()
    for _ in range(options.runs):
        for cell, rows in cells.items():
            rows.append(run_child(options, *cell))

    result = [{"workload": workload, "subject": subject, "size": options.width * options.height * 3,
               "runs": options.runs, **summarize(rows), **machine} for (workload, subject), rows in cells.items()]
    if options.format == "json":
        print("[\n" + ",\n".join(json.dumps(row) for row in result) + "\n]")
    else:
        print_table(result)


if __name__ == "__main__":
    main()
