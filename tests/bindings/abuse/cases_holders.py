#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse of dumps of what is out: asked for at any time, from anywhere, about anything."""

import gc
import json
import os
import threading
import weakref

# Before the library reads it
os.environ["BUFPOOL_DEBUG"] = ",".join(filter(None, (os.environ.get("BUFPOOL_DEBUG"), "backtrace")))

from cases import Bufpool, Item, case, equal, in_threads, main, raises, settle  # noqa: E402

ROUNDS = int(os.environ.get("BUFPOOL_ABUSE_ROUNDS", 300))
JSON = Bufpool.DumpFormat.JSON


def look(pool):
    """The dump of a pool, as JSON. It must be right, and so must the text."""
    text = pool.dump_outstanding()
    equal(type(text), str)
    known = json.loads(pool.dump_outstanding(JSON))
    equal(sum(place["buffers"] for place in known["places"]), known["samples"])
    return known


@case
def dump_during_everything():
    pool = Bufpool.Pool(max_buffers=4, name="busy")
    items = Bufpool.Pool(item_type=Item, max_buffers=4)
    ended = threading.Event()

    def use():
        try:
            for n in range(ROUNDS):
                buf = pool.acquire(100)
                view = buf.view()
                buf.set_note(f"round {n}")
                part = Bufpool.PooledSlice.new_take(buf, 50)
                again = part.sub(1, 3)
                item = items.acquire()
                many = pool.acquire_many(10, 3)
                part.release()
                del view, part, again, buf, item
                many.pop().release()
        finally:
            ended.set()

    def ask():
        while not ended.is_set():
            look(pool)
            look(items)

    in_threads(use, ask, use, ask)
    gc.collect()
    equal((look(pool)["outstanding"], look(pool)["places"], look(items)["outstanding"]), (0, [], 0))
    settle(pool)


@case
def odd_names_and_notes():
    odd = ["", " ", "\n", '"', "\\", '"}],[{"', "\x01\x1f\x7f", "ä€😀", "%s%n%d", "a" * 100000, "\u2028", "</script>"]
    for text in odd:
        pool = Bufpool.Pool(name=text)
        buf = pool.acquire(10)
        equal(buf.set_note(text), True)
        known = look(pool)
        equal((known["pool"], known["places"][0]["note"]), (text, text))
        buf.set_note(None)
        equal(look(pool)["places"][0]["note"], None)
        buf.release()
        buf.set_note(text)
        equal(look(pool)["places"], [])
    for thing in (5, b"bytes", object(), "\ud800", ["note"]):
        buf = Bufpool.Pool().acquire(1)
        raises((TypeError, ValueError), buf.set_note, thing)


@case
def odd_formats():
    pool = Bufpool.Pool()
    for thing in (0, 1, 2, -1, "json", None, JSON.real + 0.5, Bufpool.ElementType.U8, object()):
        raises(TypeError, pool.dump_outstanding, thing)
    raises(TypeError, pool.dump_outstanding, JSON, JSON)
    equal(json.loads(pool.dump_outstanding(format=JSON))["outstanding"], 0)


@case
def disposed_and_outlived():
    pool = Bufpool.Pool(name="gone")
    held = [pool.acquire(10) for _ in range(5)]
    pool.run_dispose()
    equal(look(pool)["outstanding"], 5)
    held[2:] = []
    gc.collect()
    equal(look(pool)["outstanding"], 2)
    watch = weakref.ref(pool)
    del pool
    gc.collect()
    equal(watch(), None)
    held[0].set_note("still there")
    held[0].release()
    del held


@case
def asked_in_callbacks():
    pool = Bufpool.Pool(item_type=Item, max_buffers=2)
    seen = []

    class Asker(Item):
        def do_reuse(self, trim):
            seen.append(look(pool)["outstanding"])
            return True

    asker = Bufpool.Pool(item_type=Asker, max_buffers=2)
    for _ in range(20):
        with pool.acquire(), asker.acquire():
            equal(look(asker)["outstanding"], 1)
    equal(set(seen), {1})

    octets = Bufpool.Pool()
    buf = octets.acquire(10)
    data = buf.get_bytes()
    buf.release()
    weakref.finalize(data, lambda: seen.append(look(octets)["outstanding"]))
    equal(look(octets)["places"][0]["handles"][0]["released"], True)
    del data, buf
    gc.collect()
    equal(seen[-1] in (0, 1), True)
    equal(look(octets)["outstanding"], 0)


@case
def asked_in_children_of_fork():
    pool = Bufpool.Pool()
    held = [pool.acquire(10) for _ in range(3)]
    for _ in range(10):
        child = os.fork()
        if child == 0:
            held.append(pool.acquire(10))
            equal(look(pool)["outstanding"], 4)
            held.clear()
            gc.collect()
            os._exit(look(pool)["outstanding"])
        equal(os.waitpid(child, 0)[1], 0)
    equal(look(pool)["samples"], 3)


if __name__ == "__main__":
    main()
