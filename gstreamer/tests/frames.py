#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Frames and arrays without a copy, as Python has them. The argument is the example
program."""

import array
import gc
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
import weakref

import gi

gi.require_version("Bufpool", "1.0")
gi.require_version("Gst", "1.0")
gi.require_version("GstVideo", "1.0")
gi.require_version("GstBufpool", "1.0")
from gi.repository import Bufpool, GLib, Gst, GstBufpool, GstVideo  # noqa: E402

try:
    import numpy
except ImportError:
    print("numpy is not installed")
    sys.exit(77)

READ_WRITE = Gst.MapFlags.READ | Gst.MapFlags.WRITE
N_KEPT = 30


def make_caps(format, width, height):
    return Gst.Caps.from_string(f"video/x-raw,format={format},width={width},height={height},framerate=30/1")


def new_buffer(data):
    buffer = Gst.Buffer.new_allocate(None, len(data), None)
    buffer.fill(0, data)
    return buffer


def pull(description, count):
    """Samples of a pipeline that has ended."""
    pipeline = Gst.parse_launch(f"{description} ! appsink name=sink sync=false")
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PLAYING)
    samples = []
    while len(samples) < count:
        sample = sink.emit("pull-sample")
        if sample is None:
            break
        samples.append(sample)
    pipeline.set_state(Gst.State.NULL)
    return samples


def address_of(frame):
    return frame.__array_interface__["data"][0]


class Views(unittest.TestCase):
    def test_reads(self):
        buffer = new_buffer(b"0123456789")
        views = [GstBufpool.buffer_view(buffer) for _ in range(3)]
        del buffer
        for view in views:
            self.assertTrue(view.readonly)
            self.assertEqual(view.format, "B")
            self.assertEqual(bytes(view), b"0123456789")
            self.assertEqual(len(view), 10)

    def test_gives_memory_back(self):
        allocator = GstBufpool.Allocator.new(None)
        buffer = Gst.Buffer.new_allocate(allocator, 1000, None)
        view = GstBufpool.buffer_view(buffer)
        part = numpy.frombuffer(view, numpy.uint8)[10:20]
        del buffer, view
        self.assertEqual(allocator.get_stats().get_uint64("outstanding"), (True, 1))
        del part
        self.assertEqual(allocator.get_stats().get_uint64("outstanding"), (True, 0))

    def test_writes(self):
        buffer = new_buffer(bytes(10))
        view = GstBufpool.buffer_view(buffer, READ_WRITE)
        view[:] = b"0123456789"
        with self.assertRaises(Bufpool.BusyError):
            GstBufpool.buffer_view(buffer, READ_WRITE)
        del view
        self.assertEqual(bytes(GstBufpool.buffer_view(buffer)), b"0123456789")
        self.assertFalse(GstBufpool.buffer_view(buffer, READ_WRITE).readonly)

    def test_shared_is_not_written(self):
        sample = pull("videotestsrc num-buffers=1", 1)[0]
        with self.assertRaisesRegex(Bufpool.BusyError, "gst_buffer_make_writable") as caught:
            GstBufpool.buffer_view(sample, READ_WRITE)
        self.assertIsInstance(caught.exception, BufferError)
        copy = sample.get_buffer().copy_deep()
        self.assertFalse(GstBufpool.buffer_view(copy, READ_WRITE).readonly)

    def test_pieces(self):
        buffer = new_buffer(b"0123")
        buffer.append_memory(new_buffer(b"456789").get_memory(0))
        self.assertEqual(buffer.n_memory(), 2)
        self.assertEqual(bytes(GstBufpool.buffer_view(buffer)), b"0123456789")

    def test_is_kept(self):
        """Where gst-python's mapping is not: its unmap leaves an array behind whose memory
        others may write."""
        buffer = new_buffer(b"0123456789")
        with buffer.map(Gst.MapFlags.READ) as info:
            frame = numpy.frombuffer(info.data, numpy.uint8)
        with buffer.get_memory(0).map(Gst.MapFlags.WRITE) as info:
            info.data[:] = b"abcdefghij"
        self.assertEqual(frame.tobytes(), b"abcdefghij")

        frame = numpy.frombuffer(GstBufpool.buffer_view(buffer), numpy.uint8)
        self.assertFalse(next(iter(buffer.get_memory(0).map(Gst.MapFlags.WRITE))))
        del buffer
        self.assertEqual(frame.tobytes(), b"abcdefghij")

    def test_empty(self):
        self.assertEqual(GstBufpool.buffer_view(Gst.Buffer.new()).nbytes, 0)

    def test_wrong(self):
        for wrong in (None, b"bytes", Gst.Sample.new(None, None, None, None)):
            with self.subTest(wrong), self.assertRaises(TypeError):
                GstBufpool.buffer_view(wrong)
        with self.assertRaisesRegex(ValueError, "READ"):
            GstBufpool.buffer_view(new_buffer(b"0"), Gst.MapFlags(0))


class Frames(unittest.TestCase):
    FORMATS = ("GRAY8 GRAY16_LE GRAY16_BE RGB BGR RGBA BGRA ARGB ABGR RGBx BGRx xRGB xBGR AYUV VUYA YUY2 UYVY YVYU "
               "VYUY I420 YV12 Y42B Y444 NV12 NV21 NV16 I420_10LE P010_10LE").split()

    def check_planes(self, sample):
        """Every component, looked up as GStreamer describes it."""
        info = GstVideo.VideoInfo.new_from_caps(sample.get_caps())
        bits = info.finfo
        data = numpy.frombuffer(sample.get_buffer().extract_dup(0, sample.get_buffer().get_size()), numpy.uint8)
        planes = GstBufpool.frame_planes(sample)
        self.assertEqual(len(planes), bits.n_planes)

        for component in range(bits.n_components):
            number = bits.plane[component]
            height = -(-info.height >> bits.h_sub[component])
            width = -(-info.width >> bits.w_sub[component])
            plane = planes[number]
            size = plane.itemsize
            self.assertEqual(size, 1 if bits.depth[component] <= 8 else 2)
            channels = plane.shape[2] if plane.ndim == 3 else 1
            # What GStreamer says of P010 is half of where it is
            place = bits.poffset[component] * (size if bits.name == "P010_10LE" else 1)
            step = bits.pixel_stride[component] // (channels * size)
            column, channel = divmod(place // size, channels)

            found = plane.reshape(*plane.shape[:2], channels)[:, column::step, channel]
            # Of an odd width the last chroma is padding
            self.assertIn(found.shape, ((height, width), (height, width - column)))
            rows = numpy.lib.stride_tricks.as_strided(
                data[info.offset[number] + place:], (*found.shape, size),
                (info.stride[number], bits.pixel_stride[component], 1))
            self.assertEqual(found.tobytes(), rows.tobytes())

    def test_every_format(self):
        for format in self.FORMATS:
            for width, height in ((320, 240), (321, 241)):
                with self.subTest(format, width=width):
                    samples = pull(f"videotestsrc num-buffers=1 ! videoconvert ! "
                                   f"video/x-raw,format={format},width={width},height={height}", 1)
                    self.check_planes(samples[0])

    def test_colors(self):
        for format, expected in (("RGB", [16, 32, 48]), ("BGR", [48, 32, 16]), ("ARGB", [255, 16, 32, 48])):
            sample = pull(f"videotestsrc num-buffers=1 pattern=solid-color foreground-color=0xff102030 ! "
                          f"video/x-raw,format={format},width=321,height=241", 1)[0]
            frame = GstBufpool.frame_array(sample)
            self.assertEqual(frame.shape, (241, 321, len(expected)))
            self.assertTrue((frame == expected).all())

    def test_is_no_copy(self):
        buffer = new_buffer(bytes(240 * 320 * 3))
        view = GstBufpool.buffer_view(buffer)
        first = address_of(numpy.frombuffer(view, numpy.uint8))
        frame = GstBufpool.frame_array(buffer, make_caps("RGB", 320, 240))
        self.assertEqual(address_of(frame), first)
        planes = GstBufpool.frame_planes(buffer, make_caps("I420", 320, 240))
        self.assertEqual([address_of(plane) - first for plane in planes], [0, 320 * 240, 320 * 240 * 5 // 4])

    def test_video_meta(self):
        buffer = new_buffer(bytes(range(200)))
        GstVideo.buffer_add_video_meta_full(buffer, GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.RGB, 5, 4, 1,
                                            [7, 0, 0, 0], [32, 0, 0, 0])
        for width, height in ((5, 4), (4, 3)):
            frame = GstBufpool.frame_array(buffer, make_caps("RGB", width, height))
            self.assertEqual(frame.strides, (32, 3, 1))
            self.assertEqual(frame.shape, (height, width, 3))
            self.assertEqual(frame[2, 3, 1], 7 + 2 * 32 + 3 * 3 + 1)
        for caps in (make_caps("RGB", 6, 4), make_caps("RGB", 5, 5), make_caps("BGR", 5, 4)):
            with self.subTest(caps.to_string()), self.assertRaisesRegex(ValueError, "5 × 4 in rgb"):
                GstBufpool.frame_array(buffer, caps)

    def test_last_row_is_not_padded(self):
        buffer = new_buffer(bytes(12 * 3 + 9))
        frame = GstBufpool.frame_array(buffer, make_caps("RGB", 3, 4))
        self.assertEqual(frame.strides, (12, 3, 1))
        with self.assertRaisesRegex(ValueError, "does not fit"):
            GstBufpool.frame_array(new_buffer(bytes(12 * 3 + 8)), make_caps("RGB", 3, 4))

    def test_kept_past_null(self):
        pipeline = Gst.parse_launch("videotestsrc num-buffers=60 pattern=ball ! "
                                    "video/x-raw,format=RGB,width=321,height=241 ! bpalloc ! appsink name=sink")
        sink = pipeline.get_by_name("sink")
        sink.props.sync = False
        pipeline.set_state(Gst.State.PLAYING)
        kept = []
        hashes = []
        for _ in range(60):
            kept.append(GstBufpool.frame_array(sink.emit("pull-sample")))
            hashes.append(hashlib.sha256(kept[-1].tobytes()).digest())
            del kept[:-N_KEPT]
        pipeline.set_state(Gst.State.NULL)
        del pipeline, sink
        gc.collect()
        self.assertEqual([hashlib.sha256(frame.tobytes()).digest() for frame in kept], hashes[-N_KEPT:])
        self.assertEqual(len(set(hashes)), 60)
        with self.assertRaises(ValueError):
            kept[0][:] = 0

    def test_written(self):
        caps = make_caps("RGB", 320, 240)
        pool = GstBufpool.BufferPool.new(None)
        config = pool.get_config()
        Gst.BufferPool.config_set_params(config, caps, 320 * 240 * 3, 0, 0)
        self.assertTrue(pool.set_config(config) and pool.set_active(True))
        for value in range(5):
            _result, buffer = pool.acquire_buffer(None)
            frame = GstBufpool.frame_array(buffer, caps, READ_WRITE)
            frame[:] = value
            del frame
            self.assertEqual(buffer.extract_dup(0, buffer.get_size()), bytes([value]) * buffer.get_size())
            del buffer
        self.assertEqual(pool.get_stats().get_uint64("hits"), (True, 4))
        pool.set_active(False)

    def test_wrong(self):
        buffer = new_buffer(bytes(320 * 240 * 4))
        for caps, said in (
            ("video/x-raw,format=RGB", "a size"),
            ("video/x-raw,format=RGB,width=320,height=[1,240],framerate=30/1", "a size"),
            ("audio/x-raw,format=S16LE,rate=48000,channels=1", "buffer_view"),
            ("image/jpeg,width=320,height=240,framerate=0/1", "buffer_view"),
            ("video/x-h264,width=320,height=240,framerate=0/1", "buffer_view"),
            ("video/x-raw,format=RGB16,width=320,height=240,framerate=30/1", "RGB16 is none of .* GRAY8, .*NV12"),
            ("video/x-raw,format=I420,width=320,height=240,framerate=30/1", "3 planes .* RGB"),
            ("video/x-raw,format=RGB,width=640,height=480,framerate=30/1", "does not fit the buffer's 307200"),
            ("video/x-raw(format:Interlaced),format=RGB,width=320,height=240,framerate=30/1,interlace-mode=alternate",
             "one field"),
        ):
            with self.subTest(caps), self.assertRaisesRegex(ValueError, said):
                GstBufpool.frame_array(buffer, Gst.Caps.from_string(caps))
        with self.assertRaisesRegex(TypeError, "caps"):
            GstBufpool.frame_array(buffer)
        with self.assertRaisesRegex(TypeError, "caps"):
            GstBufpool.frame_array(Gst.Sample.new(buffer, None, None, None))


class Buffers(unittest.TestCase):
    def test_is_no_copy(self):
        frame = numpy.arange(240 * 320 * 3, dtype=numpy.uint8).reshape(240, 320, 3)
        buffer = GstBufpool.buffer_from_array(frame, "RGB")
        self.assertEqual(buffer.get_size(), frame.nbytes)
        back = GstBufpool.frame_array(buffer, make_caps("RGB", 320, 240))
        self.assertEqual(address_of(back), address_of(frame))
        self.assertEqual(back.shape, frame.shape)
        self.assertIsNone(GstVideo.buffer_get_video_meta(buffer))

    def test_rows_that_caps_do_not_know(self):
        frame = numpy.arange(241 * 321 * 3, dtype=numpy.uint8).reshape(241, 321, 3)
        pipeline = Gst.parse_launch("appsrc name=src format=time ! videoconvert ! video/x-raw,format=BGRx ! "
                                    "appsink name=sink sync=false")
        src, sink = pipeline.get_by_name("src"), pipeline.get_by_name("sink")
        src.props.caps = make_caps("RGB", 321, 241)
        pipeline.set_state(Gst.State.PLAYING)
        src.emit("push-buffer", GstBufpool.buffer_from_array(frame, "RGB"))
        converted = GstBufpool.frame_array(sink.emit("pull-sample"))
        pipeline.set_state(Gst.State.NULL)
        self.assertTrue((converted[:, :, 2::-1] == frame).all())

    def test_array_lives_as_long(self):
        frame = numpy.zeros(100, numpy.uint8)
        alive = weakref.ref(frame)
        buffer = GstBufpool.buffer_from_array(frame)
        memory = buffer.get_memory(0)
        del frame, buffer
        self.assertIsNotNone(alive())
        del memory
        self.assertIsNone(alive())

    def test_freed_by_a_pipeline(self):
        pipeline = Gst.parse_launch("appsrc name=src format=time ! queue ! fakesink sync=false")
        src = pipeline.get_by_name("src")
        src.props.caps = make_caps("RGB", 64, 48)
        pipeline.set_state(Gst.State.PLAYING)
        alive = []
        for value in range(100):
            frame = numpy.full((48, 64, 3), value, numpy.uint8)
            alive.append(weakref.ref(frame))
            src.emit("push-buffer", GstBufpool.buffer_from_array(frame, "RGB"))
            del frame
        src.emit("end-of-stream")
        pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
        pipeline.set_state(Gst.State.NULL)
        self.assertEqual(sum(reference() is not None for reference in alive), 0)

    def test_is_not_changed_downstream(self):
        frame = numpy.full((48, 64, 3), 200, numpy.uint8)
        pipeline = Gst.parse_launch("appsrc name=src format=time ! videobalance brightness=-0.5 ! "
                                    "appsink name=sink sync=false")
        src, sink = pipeline.get_by_name("src"), pipeline.get_by_name("sink")
        src.props.caps = make_caps("RGB", 64, 48)
        pipeline.set_state(Gst.State.PLAYING)
        src.emit("push-buffer", GstBufpool.buffer_from_array(frame, "RGB"))
        darker = GstBufpool.frame_array(sink.emit("pull-sample"))
        pipeline.set_state(Gst.State.NULL)
        self.assertLess(darker.mean(), 200)
        self.assertTrue((frame == 200).all())

    def test_memory_flags(self):
        for writable in (False, True):
            frame = numpy.zeros(100, numpy.uint8)
            buffer = GstBufpool.buffer_from_array(frame, writable=writable)
            view = GstBufpool.buffer_view(buffer, READ_WRITE)
            view[0] = 1
            self.assertEqual(frame[0], writable)

    def test_pooled(self):
        pool = Bufpool.Pool("u8", max_buffers=4)
        pooled = pool.acquire(240 * 320 * 3)
        frame = numpy.asarray(pooled).reshape(240, 320, 3)
        frame[:] = 9
        buffer = GstBufpool.buffer_from_array(pooled)
        self.assertEqual(address_of(GstBufpool.frame_array(buffer, make_caps("RGB", 320, 240))), address_of(frame))
        del frame, pooled
        self.assertEqual(pool.stats.idle, 0)
        del buffer
        self.assertEqual(pool.stats.idle, 1)

        # By an array of it as well
        frame = numpy.asarray(pool.acquire(240 * 320 * 3)).reshape(240, 320, 3)
        buffer = GstBufpool.buffer_from_array(frame, "RGB")
        del frame
        self.assertEqual(pool.stats.idle, 0)
        del buffer
        self.assertEqual(pool.stats.idle, 1)

    def test_other_bytes(self):
        for data in (b"0123", bytearray(b"0123"), memoryview(b"0123"), array.array("B", b"0123")):
            buffer = GstBufpool.buffer_from_array(data)
            self.assertEqual(buffer.extract_dup(0, buffer.get_size()), b"0123")
        self.assertEqual(GstBufpool.buffer_from_array(b"").get_size(), 0)
        data = bytearray(b"0123")
        buffer = GstBufpool.buffer_from_array(data)
        with self.assertRaises(BufferError):
            data.append(1)
        del buffer
        data.append(1)

    def test_wrong(self):
        frame = numpy.zeros((48, 64, 3), numpy.uint8)
        for arguments, error, said in (
            (([1, 2, 3],), TypeError, "bytes-like"),
            ((numpy.array([None]),), TypeError, "objects"),
            ((frame[:, :32],), ValueError, "ascontiguousarray"),
            ((frame[::2],), ValueError, "ascontiguousarray"),
            ((frame, "BGRx"), ValueError, r"\(height, width, 4\)"),
            ((frame.astype(numpy.uint16), "RGB"), ValueError, r"\|u1"),
            ((frame[0], "RGB"), ValueError, "shape"),
            ((frame, "GRAY8"), ValueError, r"\(height, width\)"),
            ((frame, "I420"), ValueError, "3 planes"),
            ((frame, "RGB16"), ValueError, "RGB16 is none"),
            ((frame[:0], "RGB"), ValueError, "shape"),
        ):
            with self.subTest(said), self.assertRaisesRegex(error, said):
                GstBufpool.buffer_from_array(*arguments)
        frame.flags.writeable = False
        with self.assertRaisesRegex(ValueError, "read-only"):
            GstBufpool.buffer_from_array(frame, writable=True)
        pooled = Bufpool.Pool("u8").acquire(10)
        with self.assertRaisesRegex(TypeError, "Pooled"):
            GstBufpool.buffer_from_array(pooled, "GRAY8")


class Memory(unittest.TestCase):
    """With the collector off nothing is left behind, and there is one memory to a frame."""

    def setUp(self):
        gc.collect()
        gc.disable()

    def tearDown(self):
        gc.enable()

    def check_flat(self, function):
        allocator = GstBufpool.Allocator.new(None)
        for number in range(300):
            function(allocator, number)
        before = sys.getallocatedblocks()
        for number in range(1000):
            function(allocator, number)
        # A leak is of a block or more each time; Python's own caches grow now and then
        self.assertLess(sys.getallocatedblocks() - before, 500)
        self.assertEqual(allocator.get_stats().get_uint64("outstanding"), (True, 0))

    def test_views(self):
        def view(allocator, number):
            buffer = Gst.Buffer.new_allocate(allocator, 1 + number * 97 % 50000, None)
            GstBufpool.buffer_view(buffer)
            GstBufpool.buffer_view(buffer, READ_WRITE)

        self.check_flat(view)

    def test_frames(self):
        caps = make_caps("RGB", 64, 48)

        def make(allocator, _number):
            sample = Gst.Sample.new(Gst.Buffer.new_allocate(allocator, 64 * 48 * 3, None), caps, None, None)
            GstBufpool.frame_array(sample)[1:5].copy()

        self.check_flat(make)

    def test_errors(self):
        caps = make_caps("RGB", 64, 49)

        def fail(allocator, _number):
            buffer = Gst.Buffer.new_allocate(allocator, 64 * 48 * 3, None)
            view = GstBufpool.buffer_view(buffer)
            for function, arguments in ((GstBufpool.frame_array, (buffer, caps)),
                                        (GstBufpool.buffer_view, (buffer, READ_WRITE))):
                try:
                    function(*arguments)
                except (ValueError, GLib.Error):
                    pass
                else:
                    self.fail("no error")
            del view

        self.check_flat(fail)

    def test_arrays(self):
        def send(allocator, number):
            buffer = GstBufpool.buffer_from_array(numpy.zeros((48, 64 + number % 5, 3), numpy.uint8), "RGB")
            GstBufpool.frame_array(buffer, make_caps("RGB", 64 + number % 5, 48))

        self.check_flat(send)


class Threads(unittest.TestCase):
    def test_views_of_one_buffer(self):
        allocator = GstBufpool.Allocator.new(None)
        buffer = Gst.Buffer.new_allocate(allocator, 1000, None)
        buffer.fill(0, bytes([7]) * 1000)
        shelf = [None] * 8
        wrong = []

        def work():
            for number in range(2000):
                frame = numpy.frombuffer(GstBufpool.buffer_view(buffer), numpy.uint8)
                shelf[number % len(shelf)], frame = frame, shelf[number % len(shelf)]
                if frame is not None and not (frame == 7).all():
                    wrong.append(number)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        shelf.clear()
        del buffer
        self.assertEqual(allocator.get_stats().get_uint64("outstanding"), (True, 0))


class Example(unittest.TestCase):
    def test_runs(self):
        for name in ("jpegenc", "jpegdec", "avimux", "avidemux"):
            if Gst.ElementFactory.find(name) is None:
                self.skipTest(f"there is no element {name}")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "frames.avi"
            run = subprocess.run([sys.executable, EXAMPLE, "--frames=80", f"--output={path}"],
                                 capture_output=True, text=True, check=False)
            self.assertEqual((run.returncode, run.stdout, run.stderr), (0, f"{path}: 30 frames\n", ""))
            samples = pull(f"filesrc location={path} ! avidemux ! jpegdec ! videoconvert ! video/x-raw,format=RGB", 99)
        # JPEG is not exact
        brightness = [GstBufpool.frame_array(sample).mean() > 128 for sample in samples]
        self.assertEqual(brightness, 29 * [False] + [True])

    def test_nothing_happens(self):
        run = subprocess.run([sys.executable, EXAMPLE, "--frames=1"], capture_output=True, text=True, check=False)
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "nothing happened\n", ""))


if __name__ == "__main__":
    EXAMPLE = sys.argv.pop()
    Gst.init(None)
    unittest.main(verbosity=2)
