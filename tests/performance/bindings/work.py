#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The subjects in Python: see bindings-bench.py, which tells each what to do.

    work.py WORKLOAD SUBJECT SIZE

prints where it is from, then for each number that it reads how many nanoseconds
so many rounds took.
"""

import json
import platform
import sys
import time

# What is idle in the pool; one is in use at a time
N_BUFFERS = 4
# Of the work that keeps several
N_FRAMES = 8


def make_pool(size, n_buffers=N_BUFFERS):
    import gi

    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool

    pool = Bufpool.Pool(max_buffers=2 * n_buffers)
    pool.prefill(n_buffers, size)
    return pool


def touch_bufpool(size):
    pool = make_pool(size)

    def work(rounds):
        for _ in range(rounds):
            with pool.acquire() as buf:
                buf.view(whole=True)[0] = 1
    return work


def touch_bufpool_release(size):
    pool = make_pool(size)

    def work(rounds):
        for _ in range(rounds):
            buf = pool.acquire()
            buf.view(whole=True)[0] = 1
            buf.release()
    return work


def touch_bufpool_sized(size):
    pool = make_pool(size)

    def work(rounds):
        for _ in range(rounds):
            with pool.acquire(size) as buf:
                buf.view()[0] = 1
    return work


def touch_bufpool_handle(size):
    pool = make_pool(size)

    def work(rounds):
        for _ in range(rounds):
            pool.acquire().release()
    return work


def touch_bufpool_memory(size):
    pool = make_pool(size)

    def work(rounds):
        for _ in range(rounds):
            with pool.acquire(size, zeroed=False) as buf:
                memoryview(buf)[0] = 1
    return work


def touch_pygobject(size):
    """What PyGObject takes for a call that returns something like a handle."""
    from gi.repository import GLib
    data = GLib.Bytes.new(bytes(size))

    def work(rounds):
        for _ in range(rounds):
            data.ref()
    return work


def touch_bytearray(size):
    def work(rounds):
        for _ in range(rounds):
            bytearray(size)[0] = 1
    return work


def numpy_bufpool(size):
    import numpy
    pool = make_pool(size)

    def work(rounds):
        for _ in range(rounds):
            with pool.acquire() as buf:
                buf.set_length(size)
                numpy.asarray(buf)[0] = 1
    return work


def numpy_bufpool_sized(size):
    import numpy
    pool = make_pool(size)

    def work(rounds):
        for _ in range(rounds):
            with pool.acquire(size) as buf:
                numpy.asarray(buf)[0] = 1
    return work


def numpy_bufpool_empty(size):
    import numpy  # noqa: F401, which would count as a round
    pool = make_pool(size)

    def work(rounds):
        for _ in range(rounds):
            pool.empty(size)[0] = 1
    return work


def numpy_numpy_empty(size):
    import numpy

    def work(rounds):
        for _ in range(rounds):
            numpy.empty(size, numpy.uint8)[0] = 1
    return work


def numpy_numpy_zeros(size):
    import numpy

    def work(rounds):
        for _ in range(rounds):
            numpy.zeros(size, numpy.uint8)[0] = 1
    return work


def write_bufpool(size):
    pool = make_pool(size)
    data = b"x" * size

    def work(rounds):
        for _ in range(rounds):
            with pool.acquire() as buf:
                buf.view(whole=True)[:size] = data
    return work


def write_bufpool_empty(size):
    import numpy
    pool = make_pool(size)
    data = numpy.frombuffer(b"x" * size, numpy.uint8)

    def work(rounds):
        for _ in range(rounds):
            pool.empty(size)[:] = data
    return work


def write_bytearray(size):
    data = b"x" * size

    def work(rounds):
        for _ in range(rounds):
            memoryview(bytearray(size))[:] = data
    return work


def write_numpy_empty(size):
    import numpy
    data = numpy.frombuffer(b"x" * size, numpy.uint8)

    def work(rounds):
        for _ in range(rounds):
            numpy.empty(size, numpy.uint8)[:] = data
    return work


def frames_bufpool_empty(size):
    import numpy  # noqa: F401
    return write_frames(size, make_pool(size, N_FRAMES).empty)


def frames_bufpool_zeros(size):
    import numpy  # noqa: F401
    return write_frames(size, make_pool(size, N_FRAMES).zeros)


def frames_numpy_empty(size):
    import numpy
    return write_frames(size, lambda n: numpy.empty(n, numpy.uint8))


def frames_numpy_zeros(size):
    import numpy
    return write_frames(size, lambda n: numpy.zeros(n, numpy.uint8))


def write_frames(size, make):
    def work(rounds):
        for _ in range(rounds):
            frames = [make(size) for _ in range(N_FRAMES)]
            for frame in frames:
                frame.fill(1)
    return work


def describe(subject):
    if subject.startswith("bufpool"):
        from gi.repository import Bufpool
        numbers = (Bufpool.MAJOR_VERSION, Bufpool.MINOR_VERSION, Bufpool.MICRO_VERSION)
        return {"library": "bufpool", "version": ".".join(map(str, numbers))}
    if subject.startswith("numpy"):
        import numpy
        return {"library": "numpy", "version": numpy.__version__}
    if subject == "pygobject":
        import gi
        return {"library": "PyGObject", "version": gi.__version__}
    return {"library": "Python", "version": platform.python_version()}


def main():
    workload, subject, size = sys.argv[1:]
    try:
        work = globals()[f"{workload.partition('-')[2]}_{subject.replace('-', '_')}"](int(size))
        origin = describe(subject)
    except (ImportError, ValueError) as error:
        print(json.dumps({"absent": str(error)}), flush=True)
        return
    print(json.dumps(origin), flush=True)
    for line in sys.stdin:
        begin = time.perf_counter_ns()
        work(int(line))
        print(time.perf_counter_ns() - begin, flush=True)


if __name__ == "__main__":
    main()
