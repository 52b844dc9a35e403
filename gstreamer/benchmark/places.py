#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Finds out between which elements bpalloc is of use, by asking them.

    places.py [--kind=KIND] [--upstream=A,B] [--downstream=C,D] [--faults] [--quick] [--into=FILE]

For each pair of elements it runs UPSTREAM ! bpalloc ! DOWNSTREAM in both modes, looks at the
answer to the ALLOCATION query that reaches upstream and at the memory of the buffers that
come, and says what became of the offer:

    allocator     the buffers have memory of ours
    pool          and they are those of a GstBpBufferPool
    partly        less than half of the buffers have memory of ours
    ignored       the allocator was offered and upstream did not take it
    left          downstream has memory of its own, which was left in the answer
    not asked     upstream never asked
    absent        an element is not installed
    impossible    they don't fit together

With --faults it also has the size of frames change between two, with and without bpalloc,
and counts page faults a frame. It prints JSON. With --into it goes into a file instead, under
the version of GStreamer. What the file has of other versions stays, and so does what it has of
elements that are not asked for or not installed here.

Run it by `meson devenv`, which has the plugin. It needs Python's GStreamer.
"""

import argparse
import contextlib
import json
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

from places_elements import DOWNSTREAM, SINK, UPSTREAM  # noqa: E402

MODES = ("allocator", "pool")
N_BUFFERS = 64
PATIENCE = 30 * Gst.SECOND

# Frames of 1080p and of 720p in turn
FLIP_SIZES = ((1920, 1080), (1280, 720))
FLIP_INTERVAL = 8


def find_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def look_at_answer(query):
    """What a query that was answered offers: the kinds of pools, and of allocators."""
    # An array that is not there would be made, which is not possible in a probe.
    with contextlib.ExitStack() as stack:
        fields = query.get_structure()
        if hasattr(fields, "__enter__"):  # since GStreamer 1.26
            fields = stack.enter_context(fields)
        has_pools, has_allocators = fields.has_field("pool"), fields.has_field("allocator")
    pools, allocators = [], []
    if has_pools:
        pools = [query.parse_nth_allocation_pool(i)[0] for i in range(query.get_n_allocation_pools())]
    if has_allocators:
        allocators = [query.parse_nth_allocation_param(i)[0] for i in range(query.get_n_allocation_params())]
    return {"pools": [pool.__gtype__.name for pool in pools if pool is not None],
            "allocators": [allocator.__gtype__.name for allocator in allocators if allocator is not None]}


class Run:
    """One pipeline, until enough buffers have come out of its bpalloc."""

    def __init__(self, upstream, downstream, mode):
        self.mode = mode
        self.offer = self.answer = None
        self.n_buffers = self.n_ours = self.n_pooled = self.n_hits = 0
        with tempfile.TemporaryDirectory() as folder:
            description = f"{upstream} ! bpalloc name=bp mode={mode} ! {downstream}".format(
                n=N_BUFFERS, port=find_port(), socket=f"{folder}/socket")
            self.pipeline = Gst.parse_launch(description)
            element = self.pipeline.get_by_name("bp")
            # A query passes pads twice, the second time with the answer.
            answered = Gst.PadProbeType.QUERY_DOWNSTREAM | Gst.PadProbeType.PULL
            element.get_static_pad("src").add_probe(answered, self.on_offer)
            element.get_static_pad("sink").add_probe(answered, self.on_answer)
            element.get_static_pad("src").add_probe(
                Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self.on_data)
            self.run(element)

    def on_offer(self, _pad, info):
        if info.get_query().type == Gst.QueryType.ALLOCATION:
            self.offer = look_at_answer(info.get_query())
        return Gst.PadProbeReturn.OK

    def on_answer(self, _pad, info):
        if info.get_query().type == Gst.QueryType.ALLOCATION:
            self.answer = look_at_answer(info.get_query())
        return Gst.PadProbeReturn.OK

    def look_at_buffer(self, buffer):
        self.n_buffers += 1
        self.n_ours += any(buffer.peek_memory(i).is_type("BpMemory") for i in range(buffer.n_memory()))
        self.n_pooled += buffer.pool is not None and buffer.pool.__gtype__.name == "GstBpBufferPool"

    def on_data(self, _pad, info):
        if info.type & Gst.PadProbeType.BUFFER_LIST:
            buffers = info.get_buffer_list()
            for i in range(buffers.length()):
                self.look_at_buffer(buffers.get(i))
        else:
            self.look_at_buffer(info.get_buffer())
        if self.n_buffers >= N_BUFFERS:
            self.pipeline.post_message(Gst.Message.new_application(self.pipeline, Gst.Structure.new_empty("enough")))
        return Gst.PadProbeReturn.OK

    def push(self):
        """An application that allocates for itself."""
        app = self.pipeline.get_by_name("app")
        if app is not None:
            for i in range(N_BUFFERS):
                buffer = Gst.Buffer.new_wrapped(bytes(320 * 240 * 3 // 2))
                buffer.pts = i * Gst.SECOND // 30
                app.emit("push-buffer", buffer)
            app.emit("end-of-stream")

    def run(self, element):
        bus = self.pipeline.get_bus()
        self.pipeline.set_state(Gst.State.PLAYING)
        self.push()
        message = bus.timed_pop_filtered(PATIENCE, Gst.MessageType.EOS | Gst.MessageType.ERROR |
                                         Gst.MessageType.APPLICATION)
        stats = element.get_property("stats")
        self.pipeline.set_state(Gst.State.NULL)
        if message is None:
            raise RuntimeError("nothing came")
        if stats.has_field("buffer-pool"):
            self.n_hits = stats.get_value("buffer-pool").get_uint64("hits")[1]
        if message.type == Gst.MessageType.ERROR:
            raise RuntimeError(message.parse_error().gerror.message)
        if self.n_buffers == 0:
            raise RuntimeError("no buffer came")

    def get_outcome(self):
        if self.answer is None:
            return "not asked"
        if "GstBpAllocator" not in self.answer["allocators"]:
            return "left"
        # A decoder that needs its frames for longer passes buffers on that only share the memory.
        if max(self.n_pooled, self.n_hits) * 2 >= self.n_buffers:
            return "pool"
        if self.n_ours * 2 >= self.n_buffers:
            return "allocator"
        return "partly" if self.n_ours > 0 else "ignored"


def is_absent(description):
    names = [words.split()[0] for words in description.replace("  ", " ! ").split(" ! ")]
    return any(Gst.ElementFactory.find(name) is None for name in names
               if "/" not in name and "." not in name)


def try_pair(upstream, downstream):
    """What becomes of the offer in each mode, and what downstream offers itself."""
    if is_absent(upstream) or is_absent(downstream):
        return {"outcomes": ["absent"] * len(MODES)}
    try:
        runs = [Run(upstream, downstream, mode) for mode in MODES]
    except Exception as error:  # pylint: disable=broad-except
        return {"outcomes": ["impossible"] * len(MODES), "why": str(error)}
    result = {"outcomes": [run.get_outcome() for run in runs]}
    if runs[0].offer is not None:
        result["downstream"] = runs[0].offer
    return result


def count_faults(downstream, with_bpalloc, n_frames):
    """Page faults a frame, where the size changes every few frames, after both were seen."""
    pipeline = Gst.parse_launch(f"videotestsrc pattern=black ! capsfilter name=filter ! "
                                f"{'bpalloc ! ' if with_bpalloc else ''}{downstream}")
    capsfilter = pipeline.get_by_name("filter")
    n_seen = 0
    faults = {}

    def set_size(index):
        width, height = FLIP_SIZES[index % len(FLIP_SIZES)]
        capsfilter.set_property("caps", Gst.Caps.from_string(
            f"video/x-raw,format=I420,framerate=30/1,width={width},height={height}"))

    def on_buffer(_pad, _info):
        nonlocal n_seen
        n_seen += 1
        if n_seen % FLIP_INTERVAL == 0:
            set_size(n_seen // FLIP_INTERVAL)
        if n_seen in (2 * FLIP_INTERVAL, 2 * FLIP_INTERVAL + n_frames):
            faults[n_seen] = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        if n_seen == 2 * FLIP_INTERVAL + n_frames:
            pipeline.post_message(Gst.Message.new_application(pipeline, Gst.Structure.new_empty("enough")))
        return Gst.PadProbeReturn.OK

    set_size(0)
    capsfilter.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, on_buffer)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(PATIENCE, Gst.MessageType.ERROR | Gst.MessageType.APPLICATION)
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        return None
    first, last = sorted(faults.values())
    return (last - first) / n_frames


def ask_child(request):
    """In a process of its own, since elements crash, hang, and leave memory behind."""
    child = subprocess.run([sys.executable, __file__, "--child"], input=json.dumps(request),
                           capture_output=True, text=True, timeout=300, check=False)
    try:
        return json.loads(child.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return None


def answer_parent():
    request = json.load(sys.stdin)
    if "faults" in request:
        answer = None if is_absent(request["downstream"]) else count_faults(*request["faults"])
    else:
        answer = try_pair(*request["pair"])
    print(json.dumps(answer))


def choose(elements, wanted):
    return {name: description for name, description in elements.items() if not wanted or name in wanted}


def measure_faults(downstream, is_quick):
    """Without, with, and with another one behind the element, where that makes frames too."""
    variants = {"without": (downstream, False), "with": (downstream, True)}
    if downstream.endswith(f" ! {SINK}") and not downstream.startswith(("queue", "tee")):
        variants["behind"] = (downstream.removesuffix(SINK) + f"bpalloc ! {SINK}", True)
    n_runs, n_frames = (1, 16) if is_quick else (3, 48)
    samples = {name: [] for name in variants}
    # In turns, so that what else the machine does hits all.
    for _ in range(n_runs):
        for name, (description, with_bpalloc) in variants.items():
            samples[name].append(ask_child(
                {"downstream": downstream, "faults": [description, with_bpalloc, n_frames]}))
    if any(None in figures for figures in samples.values()):
        return None
    return {name: statistics.median(figures) for name, figures in samples.items()} | {"runs": n_runs}


def measure(arguments):
    result = {"gstreamer": ".".join(map(str, Gst.version()[:3])), "places": {}, "faults": {}}
    for kind in [arguments.kind] if arguments.kind else UPSTREAM:
        upstream = choose(UPSTREAM[kind], arguments.upstream)
        downstream = choose(DOWNSTREAM[kind], arguments.downstream)
        result["places"][kind] = {
            name: {other: ask_child({"pair": [upstream[name], downstream[other]]}) or {"outcomes": ["crashed"] * 2}
                   for other in downstream} for name in upstream}
    if arguments.faults:
        for name, description in choose(DOWNSTREAM["video"], arguments.downstream).items():
            figures = measure_faults(description.format(socket="", n=0, port=0), arguments.quick)
            if figures is not None:
                result["faults"][name] = figures
    return result


def merge(before, after):
    """Puts what was found now over what was found before."""
    for kind, rows in after["places"].items():
        for name, row in rows.items():
            known = before["places"].setdefault(kind, {}).setdefault(name, {})
            for other, pair in row.items():
                if "absent" not in pair["outcomes"] or other not in known:
                    known[other] = pair
    before["faults"].update(after["faults"])


def write_json(versions):
    """As json does, but a list on a line."""
    text = json.dumps(dict(sorted(versions.items())), indent=1)
    return re.sub(r"\[\s+([^][{}]*?)\s+\]", lambda match: "[" + " ".join(match[1].split()) + "]", text) + "\n"


def main():
    parser = argparse.ArgumentParser(description="Finds out between which elements bpalloc is of use.")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=UPSTREAM, help="only streams of this kind")
    parser.add_argument("--upstream", type=lambda names: names.split(","), help="only these")
    parser.add_argument("--downstream", type=lambda names: names.split(","), help="only these")
    parser.add_argument("--faults", action="store_true", help="count page faults too")
    parser.add_argument("--quick", action="store_true", help="so briefly that the faults mean little")
    parser.add_argument("--into", type=pathlib.Path, metavar="FILE", help="a JSON file with other versions")
    arguments = parser.parse_args()

    Gst.init(None)
    if arguments.child:
        answer_parent()
        return
    if Gst.ElementFactory.find("bpalloc") is None:
        sys.exit("places.py: there is no element bpalloc; run it by meson devenv")

    result = measure(arguments)
    if arguments.into is None:
        print(json.dumps(result, indent=1))
        return
    versions = json.loads(arguments.into.read_text(encoding="utf-8")) if arguments.into.exists() else {}
    version = result.pop("gstreamer")
    merge(versions.setdefault(version, {"places": {}, "faults": {}}), result)
    arguments.into.write_text(write_json(versions), encoding="utf-8")


if __name__ == "__main__":
    main()
