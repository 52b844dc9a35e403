#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse of waiters: collected, disposed, cancelled, interrupted, and waiting again in
callbacks."""

import asyncio
import gc
import os
import signal
import sys
import threading
import weakref

from gi.repository import Gio, GLib

from cases import Bufpool, Item, case, collect, equal, main, raises, settle

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import glib_loop  # noqa: E402

MANY = 2000
ROUNDS = int(os.environ.get("BUFPOOL_ABUSE_ROUNDS", 300))


def make_full(**properties):
    pool = Bufpool.Pool(max_outstanding=1, **properties)
    return pool, pool.acquire(100)


def iterate():
    context = GLib.MainContext.default()
    while context.pending():
        context.iteration(False)


def finish(results):
    def callback(pool, result):
        try:
            results.append(pool.acquire_finish(result))
        except GLib.Error as error:
            results.append(error)
    return callback


@case
def waiters_are_forgotten():
    """Pool, handle and callbacks are dropped while some wait: the last buffer serves them."""
    pool, handle = make_full()
    results = []
    for _ in range(5):
        pool.acquire_async(10, None, lambda pool, result: results.append(len(pool.acquire_finish(result))))
    watch = weakref.ref(pool)
    del pool
    gc.collect()
    handle.release()
    for _ in range(100):
        gc.collect()
        iterate()
    equal(results, [10] * 5)
    del handle
    gc.collect()
    equal(watch(), None)


@case
def cancellable_is_dropped():
    pool, handle = make_full()
    results = []
    pool.acquire_async(10, Gio.Cancellable(), finish(results))
    gc.collect()
    handle.release()
    iterate()
    equal(len(results.pop()), 10)
    settle(pool)


@case
def pool_is_disposed_under_waiters():
    pool, handle = make_full()
    results = []
    for _ in range(3):
        pool.acquire_async(10, None, finish(results))
    pool.run_dispose()
    iterate()
    equal([type(result) for result in results], [Bufpool.ClosedError] * 3)
    raises(Bufpool.LimitError, pool.acquire_wait, 10, 0)
    raises(Bufpool.ClosedError, pool.acquire_wait, 10)
    handle.release()


@case
def thread_waits_and_the_pool_is_disposed():
    pool, handle = make_full()
    errors = []

    def wait():
        errors.append(raises(Bufpool.ClosedError, pool.acquire_wait, 10))

    thread = threading.Thread(target=wait)
    thread.start()
    pool.run_dispose()
    thread.join()
    equal(len(errors), 1)
    handle.release()


@case
def callbacks_acquire_again():
    pool, handle = make_full()
    counts = []

    def again(pool, result):
        with pool.acquire_finish(result):
            raises(Bufpool.LimitError, pool.acquire)
            if len(counts) < 100:
                counts.append(1)
                pool.acquire_async(10, None, again)

    pool.acquire_async(10, None, again)
    handle.release()
    iterate()
    equal(len(counts), 100)
    settle(pool)


@case
def callbacks_dispose():
    pool, handle = make_full()
    results = []

    def dispose(pool, result):
        results.append(pool.acquire_finish(result))
        pool.run_dispose()

    pool.acquire_async(10, None, dispose)
    pool.acquire_async(10, None, finish(results))
    handle.release()
    iterate()
    equal(len(results), 2)
    equal(type(results[1]), Bufpool.ClosedError)


@case
def callbacks_flush_and_cancel():
    pool, handle = make_full()
    cancellable = Gio.Cancellable()
    results = []

    def flush(pool, result):
        pool.acquire_finish(result).release()
        cancellable.cancel()
        pool.flushing = True
        pool.flushing = False

    pool.acquire_async(10, None, flush)
    for _ in range(3):
        pool.acquire_async(10, cancellable, finish(results))
    handle.release()
    iterate()
    equal(len(results), 3)
    results.clear()
    settle(pool)


@case
def callbacks_that_raise_or_forget():
    sys.excepthook = lambda *_: None
    pool, handle = make_full()

    def fail(pool, result):
        raise ValueError("not today")

    for callback in (fail, lambda pool, result: None, fail):
        pool.acquire_async(10, None, callback)
    results = []
    pool.acquire_async(10, None, finish(results))
    handle.release()
    while not results:
        iterate()
        collect()
    equal(len(results.pop()), 10)
    settle(pool)


@case
def collected_while_others_wait():
    """The collector gives back the buffer that the waiters wait for."""
    pool, handle = make_full()
    handle.itself = handle
    results = []
    for _ in range(3):
        pool.acquire_async(10, None, finish(results))
    del handle
    gc.collect()
    iterate()
    equal(len(results), 1)
    results[0].itself = results[0]
    results.clear()
    gc.collect()
    iterate()
    equal(len(results), 1)
    pool.flushing = True
    iterate()
    equal([type(result) for result in results[1:]], [Bufpool.FlushingError])
    results.clear()
    settle(pool)


@case
def items_while_others_wait():
    """reuse() runs when an item is released, acquires and waits; the waiters in the queue come first."""
    pool = Bufpool.Pool(item_type=Item, max_outstanding=1)
    calls = []

    def reuse(item, trim):
        calls.append(raises(Bufpool.LimitError, pool.acquire))
        raises(TimeoutError, pool.acquire_wait, None, 1e-6)
        return len(calls) % 3 > 0

    Item.action = staticmethod(reuse)
    handle = pool.acquire()
    results = []
    for _ in range(10):
        pool.acquire_async(None, None, finish(results))
    for number in range(10):
        handle.release()
        while len(results) == number:
            iterate()
        handle = results[number]
    handle.release()
    equal(len(calls), 11)
    del handle
    results.clear()
    settle(pool)


@case
def thousands_wait():
    pool, handle = make_full()
    results = []
    cancellable = Gio.Cancellable()
    for index in range(MANY):
        pool.acquire_async(10, cancellable if index % 2 else None,
                           lambda pool, result: results.append(pool.acquire_finish(result).release())
                           if not cancellable.is_cancelled() else results.append(None))
    cancellable.cancel()
    handle.release()
    iterate()
    equal(len(results), MANY)
    gc.collect()
    equal(pool.stats.outstanding <= 1, True)


@case
def main_loop_never_runs():
    pool, handle = make_full()
    for _ in range(10):
        pool.acquire_async(10, None, finish([]))
    handle.release()


@case
def signal_handlers_raise():
    """A wait that is interrupted leaves nothing behind, wherever it was."""
    class Interrupt(Exception):
        pass

    def interrupt(number, frame):
        nonlocal is_inside
        if is_inside:
            is_inside = False
            raise Interrupt

    def use():
        while not is_over.is_set():
            pool.acquire_wait(10).release()

    # PyGObject prints what was raised while it made an exception, and makes another
    sys.excepthook = sys.unraisablehook = lambda *_: None
    pool = Bufpool.Pool(max_outstanding=1)
    cancellable = Gio.Cancellable()
    is_over = threading.Event()
    is_inside = False
    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
    left = ROUNDS
    while left > 0:
        handle = None
        try:
            is_inside = True
            handle = pool.acquire_wait(10, 30, cancellable)
            is_inside = False
        except Interrupt:
            left -= 1
        except RuntimeError as error:
            if isinstance(error, Bufpool.Error):
                raise
    signal.setitimer(signal.ITIMER_REAL, 0)
    handle = None
    is_over.set()
    for thread in threads:
        thread.join()
    settle(pool)


@case
def interrupted_at_once():
    """The next acquire finds no waiter in the queue."""
    def interrupt(number, frame):
        raise KeyboardInterrupt

    # The alarm begins and ends where its exception is expected: on a busy machine it may come at once
    def wait():
        # Again, since PyGObject clears what is raised in the middle of a call of it
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.5)
        try:
            pool.acquire_wait(10)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    signal.signal(signal.SIGALRM, interrupt)
    pool, handle = make_full()
    for _ in range(20):
        error = raises((KeyboardInterrupt, RuntimeError), wait)
        # What PyGObject makes of it in the middle of an error
        if isinstance(error, RuntimeError):
            equal(str(error), "Converting the GError failed")
        error = None
        handle.release()
        handle = pool.acquire()
    handle = None
    settle(pool)


@case
def tasks_are_cancelled_at_random():
    pool = Bufpool.Pool(max_outstanding=3)

    async def use(size):
        with await pool.acquire_async(size) as buf:
            await asyncio.sleep(0)
            equal(len(buf), size)

    async def use_all():
        tasks = [asyncio.ensure_future(use(size)) for size in range(300)]
        for number, task in enumerate(tasks):
            if number % 3:
                task.cancel()
            if number % 7 == 0:
                await asyncio.sleep(0)
                task.cancel()
        await asyncio.wait(tasks)
        equal({task.cancelled() for task in tasks}, {True, False})

    glib_loop.run(use_all())
    settle(pool)


@case
def futures_are_dropped():
    pool, handle = make_full()

    async def begin():
        for number in range(100):
            future = pool.acquire_async(10)
            future.itself = future
            if number % 2:
                future.cancel()
        del future
        gc.collect()

    async def take():
        gc.collect()
        handle.release()
        with await pool.acquire_async(10) as buf:
            equal(len(buf), 10)

    context = GLib.MainContext.new()
    glib_loop.run(begin(), context)
    glib_loop.run(take(), context)
    settle(pool)


@case
def futures_are_set_by_others():
    pool, handle = make_full()

    async def meddle():
        futures = [pool.acquire_async(10) for _ in range(4)]
        futures[0].set_result("mine")
        futures[1].set_exception(ValueError("mine"))
        futures[2]._cancellable.cancel()
        handle.release()
        results = await asyncio.gather(*futures, return_exceptions=True)
        equal([type(result) for result in results[:3]], [str, ValueError, GLib.Error])
        results.pop().release()

    glib_loop.run(meddle())
    settle(pool)


@case
def budget_is_dropped_before_its_pools():
    pool = Bufpool.Pool(budget=Bufpool.Budget(1000))
    gc.collect()
    handle = pool.acquire(900)
    raises(Bufpool.BudgetError, pool.acquire, 200)
    budget = pool.budget
    del pool
    gc.collect()
    equal(budget.used_bytes, 900)
    del handle
    gc.collect()
    equal(budget.used_bytes, 0)


@case
def results_of_others():
    pool, handle = make_full()
    other = Bufpool.Pool()
    other.acquire_async(5, None, lambda _, result: raises(ValueError, pool.acquire_finish, result))
    iterate()
    raises(TypeError, pool.acquire_finish, None)
    handle.release()
    settle(pool)


@case
def results_that_are_had_twice():
    pool, handle = make_full()
    results = []
    pool.acquire_async(10, None, lambda pool, result: results.append(result))
    handle.release()
    iterate()
    with pool.acquire_finish(results[0]) as buf:
        equal(len(buf), 10)
    raises(ValueError, pool.acquire_finish, results[0])
    stream = Gio.MemoryInputStream()
    pool.read_async(stream, 10, 0, None, lambda pool, result: results.append(result))
    while len(results) == 1:
        iterate()
    raises(ValueError, pool.acquire_finish, results[1])
    results.clear()
    settle(pool)


@case(criticals=True)
def budget_is_set_afterwards():
    budget = Bufpool.Budget(1000)
    pool = Bufpool.Pool(budget=budget)
    for late in (Bufpool.Budget(5), None):
        pool.set_property("budget", late)
        pool.props.budget = late
        equal(pool.budget is budget, True)
    raises(AttributeError, setattr, pool, "budget", None)
    raises(TypeError, pool.set_property, "budget", 5)
    raises(TypeError, type, "Derived", (Bufpool.Budget,), {})
    equal(Bufpool.Pool(budget=None).budget, None)
    raises(AttributeError, setattr, budget, "used_bytes", 5)
    settle(pool)


@case
def wrong_arguments():
    pool, handle = make_full()
    for kind, arguments in ((OverflowError, (-1,)), (TypeError, ("5",)), (ValueError, (5, -0.5)),
                            (TypeError, (5, "1")), (TypeError, (5, 0, "no cancellable")),
                            (ValueError, (5, float("nan")))):
        raises(kind, pool.acquire_wait, *arguments)
    raises(Bufpool.TooLargeError, Bufpool.Pool("f64").acquire_wait, sys.maxsize // 2, 0)
    handle.release()
    settle(pool)


if __name__ == "__main__":
    main()
