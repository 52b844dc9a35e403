#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Records the second before something happens.

The last frames of a source are kept, as numpy arrays of the pipeline's own memory. When a
picture differs from the one before, they are written to a file, again without a
copy: the encoder reads the memory that the source wrote.
"""

import argparse
import collections

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstBufpool", "1.0")
import numpy  # noqa: E402
from gi.repository import GLib, Gst, GstBufpool  # noqa: E402

RATE = 30
CAPS = f"video/x-raw,format=RGB,width=640,height=480,framerate={RATE}/1"
TEST_SOURCE = "videotestsrc num-buffers={} pattern=solid-color foreground-color={} ! " + CAPS


def make_source(uri, n_frames):
    """What is looked at: a file or camera, or a test that becomes brighter halfway."""
    if uri:
        return Gst.parse_launch(f"uridecodebin uri={uri} ! videoconvert ! videoscale ! videorate ! {CAPS} ! "
                                "appsink name=sink sync=false")
    dark = TEST_SOURCE.format(n_frames // 2, 0xff000000)
    bright = TEST_SOURCE.format(n_frames - n_frames // 2, 0xffffffff)
    return Gst.parse_launch(f"concat name=both ! appsink name=sink sync=false {dark} ! both. {bright} ! both.")


def has_changed(before, now):
    """Every eighth pixel is enough."""
    return numpy.abs(before[::8, ::8].astype(int) - now[::8, ::8]).mean() > 16


def find_change(pipeline):
    """The last frames up to the first that differs from the one before, or None."""
    sink = pipeline.get_by_name("sink")
    frames = collections.deque(maxlen=RATE)
    pipeline.set_state(Gst.State.PLAYING)
    changed = False
    while not changed and (sample := sink.emit("pull-sample")) is not None:
        frame = GstBufpool.frame_array(sample)
        changed = len(frames) > 0 and has_changed(frames[-1], frame)
        frames.append(frame)
    pipeline.set_state(Gst.State.NULL)
    return frames if changed else None


def save(frames, path):
    pipeline = Gst.parse_launch(f"appsrc name=src format=time caps={CAPS} ! videoconvert ! jpegenc ! avimux ! "
                                "filesink name=file")
    pipeline.get_by_name("file").props.location = path
    src = pipeline.get_by_name("src")
    pipeline.set_state(Gst.State.PLAYING)
    for number, frame in enumerate(frames):
        buffer = GstBufpool.buffer_from_array(frame, "RGB")
        buffer.pts = number * Gst.SECOND // RATE
        buffer.duration = Gst.SECOND // RATE
        src.emit("push-buffer", buffer)
    src.emit("end-of-stream")
    message = pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message.type == Gst.MessageType.ERROR:
        raise SystemExit(f"last-second.py: {message.parse_error()[0].message}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=120, help="how long the test is")
    parser.add_argument("--output", default="last-second.avi", help="the file that is written")
    parser.add_argument("--uri", help="what to look at, such as file:///… or v4l2:///dev/video0; a test without")
    arguments = parser.parse_args()

    Gst.init(None)
    try:
        frames = find_change(make_source(arguments.uri, arguments.frames))
    except (GLib.Error, ValueError) as error:
        raise SystemExit(f"last-second.py: {error}") from None
    if frames is None:
        print("nothing happened")
        return
    save(frames, arguments.output)
    print(f"{arguments.output}: {len(frames)} frames")


if __name__ == "__main__":
    main()
