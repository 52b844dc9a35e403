# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Not to be run: a type checker reads it. A line that it must refuse says so by
an ignore comment, which it refuses in turn when it is not needed."""

import io
from typing import Iterator

import gi

gi.require_version("Bufpool", "1.0")
from gi.repository import Bufpool, Gio, GLib, GObject


class Item(GObject.Object, Bufpool.Reusable):
    def do_reuse(self, trim: int) -> bool:
        return trim > 0


def make() -> Bufpool.Pool:
    Bufpool.Pool(item_type=Item)
    Bufpool.Pool(element_size=12, alignment=64, name="records")
    Bufpool.Pool("f32", max_bufers=3)  # type: ignore[call-arg]
    Bufpool.Pool(5)  # type: ignore[arg-type]
    Bufpool.Pool("f32", max_buffers="many")  # type: ignore[arg-type]
    pool = Bufpool.Pool(idle_timeout=5000, memory_monitor=Gio.MemoryMonitor.dup_default())
    pool.idle_timeout = "soon"  # type: ignore[assignment]
    pool.memory_monitor = None
    text: str = pool.dump_outstanding(Bufpool.DumpFormat.JSON)
    pool.dump_outstanding("json")  # type: ignore[arg-type]
    pool.acquire(3).set_note(text)
    pool.acquire(3).set_note(3)  # type: ignore[arg-type]
    pool.acquire(3).set_note(None if pool.acquire().is_sampled() else text)
    Bufpool.Pool.new_full("f32", max_buffers=3).name = "pcm"
    Bufpool.Pool.new("f32", 3)  # type: ignore[call-arg]
    return Bufpool.Pool(Bufpool.ElementType.F32, max_buffers=3)


def use(pool: Bufpool.Pool) -> float:
    with pool.acquire(16) as buf:
        view: memoryview = buf.view()
        part: memoryview = buf[1:3]
        buf[0] = 2.5
        buf[1:3] = b"bytes"
        buf.append(bytes(view))
        number: int = len(buf) + buf.capacity + part.nbytes
        kept: GLib.Bytes = buf.get_bytes()
        first: Bufpool.Pooled = pool.acquire_many(16, 4)[0]
        first[0] = buf[0]
        pool.acquire_many(16)  # type: ignore[call-arg]
        buf.length = 3  # type: ignore[misc]
        buf.nonsense()  # type: ignore[attr-defined]
        pool.acquire("many")  # type: ignore[arg-type]
        first = pool.acquire(16, zeroed=False)
        pool.acquire(16, False)  # type: ignore[misc]
        pool.empty((4, 4), "f4")[0] = pool.zeros(16)
        pool.empty("many")  # type: ignore[arg-type]
        return number + len(kept.get_data()) + sum(buf)


def read(pool: Bufpool.Pool, stream: Gio.InputStream) -> Iterator[Bufpool.PooledSlice]:
    for chunk in pool.read_chunks(stream, 4096):
        half: Bufpool.PooledSlice = chunk[:len(chunk) // 2]
        chunk[0] = 1  # type: ignore[index]
        yield half
    with pool.read(io.BytesIO(b"x"), 1) as first:
        yield first.sub(0, 1)
        whole: Bufpool.Pooled = first.steal_pooled()
        whole.append(b"y")
    pool.read("a path", 1)  # type: ignore[arg-type]
    with pool.read_all(stream, 12) as header:
        yield header[:4]
    data: GLib.Bytes = pool.read_bytes(io.BytesIO(b"x"), 1)
    pool.read_all(data, 1)  # type: ignore[arg-type]
    pool.read_all_async(stream, 12, 0, None, lambda source, result: source.read_all_finish(result))


def count(pool: Bufpool.Pool) -> int:
    try:
        pool.prefill(3, 1024)
    except Bufpool.OutOfRangeError as error:
        return error.code
    except (Bufpool.BusyError, MemoryError):
        pool.max_buffers += 1
    numbers: dict[str, int] = pool.stats.as_dict()
    return pool.stats.hits + numbers["idle"]


def share(budget: Bufpool.Budget) -> Bufpool.Pool:
    budget.max_bytes += 1000
    budget.used_bytes = 0  # type: ignore[misc]
    Bufpool.Budget()  # type: ignore[call-arg]
    Bufpool.Pool(budget=1000)  # type: ignore[arg-type]
    pool = Bufpool.Pool("f32", budget=budget, max_outstanding=4, max_idle_bytes=1000)
    pool.budget = budget  # type: ignore[misc]
    pool.flushing = not pool.flushing
    return pool


async def read_later(pool: Bufpool.Pool, stream: Gio.InputStream) -> bytes:
    with await pool.read_async(stream, 10) as chunk:
        first: int = chunk[0]
    async for chunk in pool.read_chunks(stream):
        first += len(chunk)
    await pool.read_all_async(io.BytesIO(b"x"), 10)  # type: ignore[call-overload]
    return bytes(await pool.read_all_async(stream, first))


async def wait(pool: Bufpool.Pool, cancellable: Gio.Cancellable) -> int:
    try:
        with pool.acquire_wait(10, timeout=1.5, cancellable=cancellable) as buf:
            length: int = len(buf)
    except (Bufpool.LimitError, Bufpool.BudgetError, Bufpool.ClosedError, TimeoutError):
        length = 0
    pool.acquire_wait(10, timeout="long")  # type: ignore[arg-type]
    with await pool.acquire_async(10, cancellable) as buf:
        length += buf.capacity
    pool.acquire_async(10, None, lambda source, result: source.acquire_finish(result)).cancel()  # type: ignore
    pool.acquire_async().cancel()
    return length
