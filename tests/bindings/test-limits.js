// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// JavaScript: limits, budgets, and waiting for a buffer.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import {equal, ok, rejects, run, throws} from './tap.js';

const isOwn = name => error => error.matches(Bufpool.PoolError, Bufpool.PoolError[name]);
const isCancelled = error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);

function makeFull(properties = {}) {
    const pool = new Bufpool.Pool({elementType: 'u8', maxOutstanding: 1, ...properties});
    return [pool, pool.acquire(10)];
}

await run({
    'properties'() {
        const budget = new Bufpool.Budget({maxBytes: 5000});
        const pool = new Bufpool.Pool({maxOutstanding: 3, maxIdleBytes: 400, budget});
        equal([pool.maxOutstanding, pool.max_idle_bytes, pool.maxIdleBytes, pool.flushing], [3, 400, 400, false]);
        ok(pool.budget === budget, 'the budget');
        pool.maxOutstanding = 4;
        pool.flushing = true;
        equal([pool.get_max_outstanding(), pool.get_flushing()], [4, true]);
        equal(new Bufpool.Pool().budget, null);
    },

    'wrong properties'() {
        const pool = new Bufpool.Pool();
        throws(() => new Bufpool.Pool({maxOutstanding: -1}), RangeError);
        throws(() => new Bufpool.Pool({maxIdleBytes: '4'}), TypeError);
        throws(() => new Bufpool.Pool({budget: 5000}), TypeError);
        throws(() => (pool.maxOutstanding = 1.5), RangeError);
        throws(() => new Bufpool.Budget(), TypeError);
        throws(() => new Bufpool.Budget({maxBytes: -1}), RangeError);
        throws(() => new Bufpool.Budget({maxBytes: 5, nonsense: 1}), TypeError);
        throws(() => new Bufpool.Budget(5), TypeError);
        throws(() => (pool.flushing = 'yes'), TypeError);
        throws(() => new Bufpool.Pool({flushing: 1}), TypeError);
        throws(() => (pool.budget = null), TypeError);
        const budget = new Bufpool.Budget({'max-bytes': 7n});
        for (const name of ['maxBytes', 'max_bytes', 'max-bytes']) {
            throws(() => (budget[name] = -1), RangeError);
            throws(() => (budget[name] = '7'), TypeError);
            budget[name]++;
        }
        equal([budget.get_max_bytes(), budget['used-bytes'], budget.peakBytes], [10, 0, 0]);
        throws(() => pool.acquire_wait('5'), TypeError);
        throws(() => pool.acquire_wait(5, -2), RangeError);
        throws(() => pool.acquire_async(-1), RangeError);
    },

    'at the limit'() {
        const [pool, handle] = makeFull();
        for (const acquire of [() => pool.acquire(), () => pool.acquire(10), () => pool.acquire_many(1, 1),
            () => pool.acquire_wait(1, 0), () => pool.read(new Gio.MemoryInputStream(), 4, null)])
            throws(acquire, isOwn('LIMIT'));
        throws(() => pool.acquire_wait(1, 100), error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT));
        handle.release();
        pool.acquire_wait(1).release();
    },

    'a budget'() {
        const budget = new Bufpool.Budget({maxBytes: 1000});
        const pool = new Bufpool.Pool({budget});
        const handle = pool.acquire(600);
        throws(() => pool.acquire(600), isOwn('BUDGET'));
        throws(() => handle.resize(601), isOwn('BUDGET'));
        equal([handle.length, budget.used_bytes, budget.usedBytes], [600, 600, 600]);
        handle.release();
        budget.maxBytes = 100;
        equal([budget.used_bytes, budget.peak_bytes, budget.max_bytes], [0, 600, 100]);
        ok(String(budget).includes('0 of 100 bytes'), 'what it says of itself');
    },

    'many'() {
        const pool = new Bufpool.Pool({elementType: 'f64', maxOutstanding: 5});
        const handles = pool.acquire_many(4, 5);
        equal(handles.map(handle => handle.length), [4, 4, 4, 4, 4]);
        throws(() => pool.acquire_many(4, 1), isOwn('LIMIT'));
        handles.forEach(handle => handle.release());
        equal(pool.stats.outstanding, 0);
        throws(() => pool.acquire_many(4, -1), RangeError);
    },

    async 'a promise'() {
        const [pool, handle] = makeFull();
        const promise = pool.acquire_async(7);
        handle.release();
        const next = await promise;
        equal([next.length, pool.stats.outstanding], [7, 1]);
        next.release();
        (await pool.acquire_async()).release();
    },

    async 'first come, first served'() {
        const [pool, handle] = makeFull();
        const order = [];
        const promises = [1, 2, 3].map(async number => {
            const buffer = await pool.acquire_async(number);
            order.push(number);
            buffer.release();
        });
        handle.release();
        await Promise.all(promises);
        equal(order, [1, 2, 3]);
    },

    async 'cancelled'() {
        const [pool, handle] = makeFull();
        const cancellable = new Gio.Cancellable();
        const promise = pool.acquire_async(7, cancellable);
        const next = pool.acquire_async(8);
        cancellable.cancel();
        await rejects(promise, isCancelled);
        await rejects(pool.acquire_async(7, cancellable), isCancelled);
        handle.release();
        equal((await next).length, 8);
    },

    async 'flushed'() {
        const [pool] = makeFull();
        const flushed = pool.acquire_async(1);
        pool.flushing = true;
        await rejects(flushed, isOwn('FLUSHING'));
        throws(() => pool.acquire(), isOwn('FLUSHING'));
    },

    async 'a result of another'() {
        const [pool] = makeFull();
        const result = await new Promise(resolve => {
            new Gio.MemoryInputStream().skip_async(1, GLib.PRIORITY_DEFAULT, null, (_, res) => resolve(res));
        });
        throws(() => pool.acquire_finish(result), TypeError);
    },
});
