# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""WAV files made and read with nothing but Python, and such as are wrong."""

import math
import struct

PCM = 1
FLOAT = 3
EXTENSIBLE = 0xFFFE
KINDS = ((PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32))


def encode(values, tag, bits):
    """Samples, as they stand in a file: whole numbers, or floats."""
    if tag == FLOAT:
        return struct.pack(f"<{len(values)}f", *values)
    if bits == 8:
        return bytes(value + 128 for value in values)
    return b"".join(value.to_bytes(bits // 8, "little", signed=True) for value in values)


def decode(data, tag, bits):
    if tag == FLOAT:
        return list(struct.unpack(f"<{len(data) // 4}f", data))
    if bits == 8:
        return [value - 128 for value in data]
    size = bits // 8
    return [int.from_bytes(data[i:i + size], "little", signed=True) for i in range(0, len(data), size)]


def full_scale(tag, bits):
    return 1.0 if tag == FLOAT else 2.0 ** (bits - 1)


def quantize(values, tag, bits):
    """Numbers from -1 to 1, as samples."""
    if tag == FLOAT:
        return list(struct.unpack(f"<{len(values)}f", struct.pack(f"<{len(values)}f", *values)))
    most = 2 ** (bits - 1) - 1
    return [round(value * most) for value in values]


def sine(frequency, amplitude, n_frames, rate=48000):
    return [amplitude * math.sin(2 * math.pi * frequency * i / rate) for i in range(n_frames)]


def chunk(kind, data):
    return struct.pack("<4sI", kind, len(data)) + data + b"\0" * (len(data) % 2)


def format_chunk(tag, bits, channels, rate=48000, extensible=False):
    frame_size = channels * bits // 8
    data = struct.pack("<HHIIHH", EXTENSIBLE if extensible else tag, channels, rate, rate * frame_size,
                       frame_size, bits)
    if extensible:
        data += struct.pack("<HHIH", 22, bits, 0, tag) + bytes.fromhex("000000001000800000aa00389b71")
    return chunk(b"fmt ", data)


def riff(*chunks):
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks))


def make(data, tag=PCM, bits=16, channels=1, rate=48000, before=b"", after=b"", extensible=False):
    """A file of samples that are encoded already."""
    return riff(format_chunk(tag, bits, channels, rate, extensible), before, chunk(b"data", data), after)


def split(file):
    """What is in a file: {kind: data}."""
    chunks = {}
    position = 12
    while position < len(file):
        kind, size = struct.unpack_from("<4sI", file, position)
        chunks[kind] = file[position + 8:position + 8 + size]
        position += 8 + size + size % 2
    return chunks


def make_bad():
    """{name: (bytes, what is to be said of them)}."""
    good = make(encode(quantize(sine(1000, 0.5, 20000), PCM, 16), PCM, 16))
    samples = chunk(b"data", bytes(400))
    contradiction = bytearray(good)
    struct.pack_into("<H", contradiction, 32, 3)
    return {
        "text": (b"It was a dark and stormy night. " * 99, "is no WAV file"),
        "noise": (bytes(i * i * 7 % 251 for i in range(5000)), "is no WAV file"),
        "short": (b"RIF", "is no WAV file"),
        "avi": (b"RIFF" + struct.pack("<I", 100) + b"AVI " + bytes(100), "is no WAV file"),
        "big-endian": (b"RIFX" + good[4:], "is no WAV file"),
        "bare": (good[:12], "is cut off"),
        "in-chunk-header": (good[:15], "is cut off"),
        "in-format": (good[:30], "is cut off"),
        "before-samples": (good[:36], "is cut off"),
        "no-samples-yet": (good[:44], "40000 of 40000 bytes of its samples are missing"),
        "last-byte": (good[:-1], "1 of 40000 bytes of its samples are missing"),
        "half": (good[:20044], "20000 of 40000 bytes of its samples are missing"),
        "no-format": (riff(samples), "does not say what its samples are"),
        "no-data": (riff(format_chunk(PCM, 16, 1), chunk(b"LIST", bytes(40))), "is cut off"),
        "huge-chunk": (riff(b"LIST\xff\xff\xff\xff" + bytes(99)), "is cut off"),
        "huge-format": (riff(b"fmt \xf0\xff\xff\xff" + format_chunk(PCM, 16, 1)[8:]), "is cut off"),
        "tiny-format": (riff(chunk(b"fmt ", bytes(6)), samples), "is cut off"),
        "adpcm": (riff(format_chunk(2, 4, 2), samples), "samples of 4 bits and format 2"),
        "double": (riff(format_chunk(FLOAT, 64, 1), samples), "samples of 64 bits and format 3"),
        "no-bits": (riff(format_chunk(PCM, 0, 1), samples), "samples of 0 bits"),
        "no-channels": (riff(format_chunk(PCM, 16, 0), samples), "contradicts itself"),
        "no-rate": (riff(format_chunk(PCM, 16, 1, 0), samples), "contradicts itself"),
        "wrong-frames": (bytes(contradiction), "contradicts itself"),
    }
