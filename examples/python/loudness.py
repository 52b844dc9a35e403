#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""How loud a WAV file is, and at which frequencies.

    loudness.py FILE

The file is read into buffers of one pool, and numpy makes samples of them in
buffers of another one. No array of the whole file exists at any time.
"""

import collections
import signal
import struct
import sys

import gi
import numpy as np

gi.require_version("Bufpool", "1.0")
from gi.repository import Bufpool, Gio, GLib  # noqa: E402

FRAMES = 8192                   # in one block, and so in one Fourier transform
HIGHEST_PEAKS = 3
PEAK_RANGE = 1e-3               # of the power of the highest: 30 dB below it
PEAK_WIDTH = 8                  # what belongs to a peak on either side, in bins
QUIETEST = -90                  # where the bars begin, in dBFS
DB_PER_MARK = 2

# By tag and bits: what it is called, numpy's type, its silence and its full scale.
# Samples of 24 bits are widened to 32, so theirs is the same.
Format = collections.namedtuple("Format", "name dtype zero full_scale")
FORMATS = {
    (1, 8): Format("8 bit PCM", "u1", 128, 2.0 ** 7),
    (1, 16): Format("16 bit PCM", "<i2", 0, 2.0 ** 15),
    (1, 24): Format("24 bit PCM", "<i4", 0, 2.0 ** 31),
    (1, 32): Format("32 bit PCM", "<i4", 0, 2.0 ** 31),
    (3, 32): Format("32 bit float", "<f4", 0, 1.0),
}
EXTENSIBLE = 0xFFFE

Wav = collections.namedtuple("Wav", "format channels rate frame_size n_bytes")


class WavError(Exception):
    """What is wrong with a file, as the end of a sentence about it."""


def read_header(pool, stream, count):
    """That many bytes, or fewer where the stream ends."""
    with pool.read_all(stream, count) as part:
        data = bytes(part)
    if len(data) < count:
        pool.read(stream, 1).release()      # raises the error, if there was one
    return data


def parse_format(data):
    if len(data) < 16:
        raise WavError("is cut off in its header")
    tag, channels, rate, _, frame_size, bits = struct.unpack_from("<HHIIHH", data)
    if tag == EXTENSIBLE and len(data) >= 26:
        tag, = struct.unpack_from("<H", data, 24)
    if (tag, bits) not in FORMATS:
        raise WavError(f"has samples of {bits} bits and format {tag}, but only PCM of 8, 16, 24 and 32 bits "
                       "and floats of 32 bits are known here")
    if channels == 0 or rate == 0 or frame_size != channels * bits // 8:
        raise WavError("has a header that contradicts itself")
    return Wav(FORMATS[tag, bits], channels, rate, frame_size, 0)


def find_samples(pool, stream):
    """Reads up to where the samples begin."""
    riff = read_header(pool, stream, 12)
    if not riff:
        raise WavError("is empty")
    if riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
        raise WavError("is no WAV file")

    wav = None
    while header := read_header(pool, stream, 8):
        if len(header) < 8:
            break
        kind, size = struct.unpack("<4sI", header)
        if kind == b"data":
            if wav is None:
                raise WavError("does not say what its samples are")
            if size < wav.frame_size:
                raise WavError("has no samples")
            return wav._replace(n_bytes=size - size % wav.frame_size)
        rest = size + size % 2
        if kind == b"fmt ":
            data = read_header(pool, stream, min(rest, 40))
            wav = parse_format(data)
            rest -= len(data)
        while rest > 0:
            n_skipped = stream.skip(rest)
            if n_skipped == 0:
                raise WavError("is cut off in its header")
            rest -= n_skipped
    raise WavError("is cut off: it ends before its samples")


def read_frames(pool, stream, wav):
    """The bytes of whole frames, as arrays on the memory of the pool."""
    left = wav.n_bytes
    rest = np.empty(0, np.uint8)            # of a frame, where a read was short
    for chunk in pool.read_chunks(stream, FRAMES * wav.frame_size):
        data = np.asarray(chunk)[:left]
        left -= len(data)
        if len(rest) > 0:
            data = np.concatenate((rest, data))
        whole = len(data) - len(data) % wav.frame_size
        rest = data[whole:].copy()
        if whole > 0:
            yield data[:whole]
        if left == 0:
            return
    raise WavError(f"is cut off: {left} of {wav.n_bytes} bytes of its samples are missing")


def fill_samples(samples, data, wav, pool):
    """Makes numbers from -1 to 1 of what a file has."""
    if wav.frame_size // wav.channels == 3:
        with pool.acquire(len(data) // 3 * 4) as wide:
            padded = np.asarray(wide).reshape(-1, 4)
            padded[:, 1:] = data.reshape(-1, 3)
            samples[:] = padded.reshape(-1).view(wav.format.dtype)
    else:
        samples[:] = data.view(wav.format.dtype)
    samples -= wav.format.zero
    samples /= wav.format.full_scale


class Meter:
    """Adds up what is said of the samples."""

    def __init__(self, wav):
        self.wav = wav
        self.n_frames = 0
        self.peak = 0.0
        self.squares = 0.0
        self.powers = np.zeros(FRAMES // 2 + 1)

    def add(self, samples):
        frames = samples.reshape(-1, self.wav.channels)
        peak = float(max(samples.max(), -samples.min()))
        if not np.isfinite(peak):
            raise WavError("has samples that are no numbers")
        self.peak = max(self.peak, peak)
        self.squares += float(np.vdot(samples, samples))
        self.n_frames += len(frames)

        window = np.hanning(len(frames) + 2)[1:-1, np.newaxis]
        spectrum = np.fft.rfft(frames * window, FRAMES, axis=0)
        scale = 2 * len(frames) / FRAMES / np.sum(window ** 2)
        self.powers += np.sum(np.abs(spectrum) ** 2, axis=1) * scale

    def get_rms(self):
        return (self.squares / self.n_frames / self.wav.channels) ** 0.5

    def get_band(self, low, high):
        """The mean square of what is between two frequencies."""
        first, last = (round(frequency * FRAMES / self.wav.rate) for frequency in (low, high))
        return np.sum(self.powers[first:last]) / self.n_frames / self.wav.channels

    def find_peaks(self):
        """The strongest frequencies, in Hz."""
        powers = self.powers.copy()
        powers[[0, -1]] = 0
        least = powers.max() * PEAK_RANGE
        for _ in range(HIGHEST_PEAKS):
            k = int(np.argmax(powers))
            if powers[k] <= least:
                return
            # The peak of the parabola through three bins
            left, middle, right = np.log(self.powers[k - 1:k + 2] + 1e-30)
            bend = left - 2 * middle + right
            shift = (left - right) / (2 * bend) if bend < 0 else 0
            yield (k + shift) * self.wav.rate / FRAMES
            powers[max(0, k - PEAK_WIDTH):k + PEAK_WIDTH + 1] = 0


def to_db(power):
    return 10 * np.log10(power) if power > 0 else -np.inf


def print_meter(name, meter):
    wav = meter.wav
    channels = {1: "mono", 2: "stereo"}.get(wav.channels, f"{wav.channels} channels")
    print(f"{name}: {wav.format.name}, {channels}, {wav.rate} Hz")
    print(f"  Duration     {meter.n_frames / wav.rate:.2f} s")
    print(f"  Loudness     peak {to_db(meter.peak ** 2):.2f} dBFS, RMS {to_db(meter.get_rms() ** 2):.2f} dBFS")
    print("  Strongest    " + (", ".join(f"{frequency:.0f} Hz" for frequency in meter.find_peaks()) or "none"))

    title = "Octaves"
    for octave in range(10):
        centre = 1000 * 2.0 ** (octave - 5)
        if centre * 2 ** 0.5 > wav.rate / 2:
            break
        level = to_db(meter.get_band(centre / 2 ** 0.5, centre * 2 ** 0.5))
        bar = "#" * round(max(level - QUIETEST, 0) / DB_PER_MARK)
        print(f"  {title:12} {centre:5.0f} Hz {level:7.1f} dB  {bar}".rstrip())
        title = ""


def print_pool(pool):
    stats = pool.stats
    print(f"  {'Pool of ' + pool.name:12} {stats.acquired} buffers: {stats.hits} reused "
          f"({100 * stats.hits / max(stats.acquired, 1):.1f} %), {stats.misses} allocated; "
          f"{stats.idle} idle now, {stats.outstanding} in use")


def measure_block(meter, data, chunks, blocks):
    # What lies on pooled memory, such as this array, keeps it from its pool. At the
    # end of the function it is gone.
    with blocks.acquire(len(data) * meter.wav.channels // meter.wav.frame_size) as block:
        samples = np.asarray(block)
        fill_samples(samples, data, meter.wav, chunks)
        meter.add(samples)


def measure(stream, chunks, blocks):
    meter = Meter(find_samples(chunks, stream))
    for data in read_frames(chunks, stream, meter.wav):
        measure_block(meter, data, chunks, blocks)
    return meter


def main():
    if len(sys.argv) != 2:
        sys.exit("loudness.py: give one WAV file: loudness.py FILE")

    # As other programs do, end in silence where the reader has gone
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)

    path = sys.argv[1]
    chunks = Bufpool.Pool("u8", name="u8", max_buffers=4)
    blocks = Bufpool.Pool("f32", name="f32", max_buffers=4)
    try:
        stream = Gio.File.new_for_commandline_arg(path).read()
        meter = measure(stream, chunks, blocks)
    except (GLib.Error, WavError) as error:
        reason = error.message if isinstance(error, GLib.Error) else error
        line = f"loudness.py: {GLib.filename_display_name(path)}: {reason}"
        sys.exit(" ".join(line.splitlines()))

    print_meter(GLib.filename_display_basename(path), meter)
    print_pool(chunks)
    print_pool(blocks)


if __name__ == "__main__":
    main()
