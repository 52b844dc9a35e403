#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Abuse of those who wait: collected, disposed, cancelled, and at it again in callbacks."""

import gc
import threading
import weakref

from gi.repository import Gio, GLib

from cases import Bufpool, case, equal, main, raises, settle

MANY = 2000


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
def wrong_arguments():
    pool, handle = make_full()
    for kind, arguments in ((OverflowError, (-1,)), (TypeError, ("5",)), (ValueError, (5, -0.5)),
                            (TypeError, (5, "1")), (TypeError, (5, 0, "no cancellable")),
                            (ValueError, (5, float("nan")))):
        raises(kind, pool.acquire_wait, *arguments)
    raises(Bufpool.TooLargeError, Bufpool.Pool("f64").acquire_wait, 2 ** 62, 0)
    handle.release()
    settle(pool)


if __name__ == "__main__":
    main()
