#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Pooled memory in GStreamer pipelines, from Python.

A tone goes from a pool of samples into an appsrc; a video passes a pool between
its source and a tee; and a buffer pool is used by hand.
"""

import argparse
import array
import math

import gi

gi.require_version("Bufpool", "1.0")
gi.require_version("Gst", "1.0")
gi.require_version("GstBufpool", "1.0")
from gi.repository import Bufpool, GLib, Gst, GstBufpool  # noqa: E402

RATE = 48000
SAMPLES = RATE // 100


def run_to_end(pipeline):
    bus = pipeline.get_bus()
    message = bus.timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    if message.type == Gst.MessageType.ERROR:
        error, _ = message.parse_error()
        raise SystemExit(f"pooled-pipeline.py: {error.message}")


def make_tone(pool, index):
    """A pooled buffer with a hundredth of a second of sound, as a Gst.Buffer."""
    begin = index * SAMPLES
    tone = array.array("f", (0.2 * math.sin(2 * math.pi * 440 * n / RATE)
                             for n in range(begin, begin + SAMPLES)))

    pooled = pool.acquire_sized(SAMPLES)
    pooled.write(0, tone.tobytes())

    buffer = Gst.Buffer.new()
    buffer.append_memory(GstBufpool.memory_new_wrapped(pooled, 0, -1))
    buffer.pts = index * Gst.SECOND // 100
    buffer.duration = Gst.SECOND // 100
    return buffer


def push_tone(n_buffers, sink):
    pool = Bufpool.Pool(element_type=Bufpool.ElementType.F32, max_buffers=64, name="tone")
    pipeline = Gst.parse_launch(
        "appsrc name=src format=time max-buffers=4 block=true "
        f"caps=audio/x-raw,format=F32LE,layout=interleaved,rate={RATE},channels=1 ! "
        f"audioconvert ! {sink}")
    src = pipeline.get_by_name("src")

    pipeline.set_state(Gst.State.PLAYING)
    for index in range(n_buffers):
        src.emit("push-buffer", make_tone(pool, index))
    src.emit("end-of-stream")
    run_to_end(pipeline)
    pipeline.set_state(Gst.State.NULL)

    print(pool.get_stats().to_string())


def pass_video(n_buffers):
    pipeline = Gst.parse_launch(
        f"videotestsrc num-buffers={n_buffers} ! video/x-raw,width=640,height=480 ! "
        "bpalloc name=pool mode=pool ! tee name=tee "
        "tee. ! queue ! videobalance hue=0.2 ! fakesink "
        "tee. ! queue ! fakesink")

    pipeline.set_state(Gst.State.PLAYING)
    run_to_end(pipeline)
    pipeline.set_state(Gst.State.NULL)

    print("video:", pipeline.get_by_name("pool").props.stats.to_string())


def use_buffer_pool():
    allocator = GstBufpool.Allocator.new(None)
    pool = GstBufpool.BufferPool.new(allocator)
    config = pool.get_config()
    Gst.BufferPool.config_set_params(config, None, 4096, 2, 0)
    pool.set_config(config)
    pool.set_active(True)

    for value in range(10):
        result, buffer = pool.acquire_buffer(None)
        if result != Gst.FlowReturn.OK:
            raise SystemExit(f"pooled-pipeline.py: no buffer: {result}")
        buffer.fill(0, bytes([value]) * 4096)
        del buffer

    print("pool:", pool.get_stats().to_string())
    pool.set_active(False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--buffers", type=int, default=200, help="how many buffers a pipeline carries")
    parser.add_argument("--play", action="store_true", help="play the tone")
    arguments = parser.parse_args()

    Gst.init(None)
    try:
        push_tone(arguments.buffers, "autoaudiosink" if arguments.play else "fakesink")
        pass_video(arguments.buffers)
        use_buffer_pool()
    except GLib.Error as error:
        raise SystemExit(f"pooled-pipeline.py: {error.message}") from None


if __name__ == "__main__":
    main()
