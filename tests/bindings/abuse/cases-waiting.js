// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Abuse of those who wait: collected, disposed, cancelled, and at it again in callbacks.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import System from 'system';

import {equal, rejects, throws} from '../tap.js';
import {main, settle} from './cases.js';

const isOwn = name => error => error.matches(Bufpool.PoolError, Bufpool.PoolError[name]);
const isCancelled = error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);

function makeFull(properties = {}) {
    const pool = new Bufpool.Pool({elementType: 'u8', maxOutstanding: 1, ...properties});
    return [pool, pool.acquire(100)];
}

function collect() {
    for (let i = 0; i < 3; i++)
        System.gc();
}

await main({
    async 'promises-are-dropped'() {
        const [pool, handle] = makeFull();
        (() => {
            for (let i = 0; i < 20; i++)
                pool.acquire_async(10).then(buffer => buffer.release());
        })();
        collect();
        const last = pool.acquire_async(10);
        handle.release();
        (await last).release();
        settle(pool);
    },

    async 'cancellables-are-dropped'() {
        const [pool, handle] = makeFull();
        const promise = pool.acquire_async(10, new Gio.Cancellable());
        collect();
        handle.release();
        (await promise).release();
        settle(pool);
    },

    async 'callbacks-acquire-again'() {
        const [pool, handle] = makeFull();
        let left = 100;
        const again = async () => {
            const buffer = await pool.acquire_async(10);
            throws(() => pool.acquire(), isOwn('LIMIT'));
            buffer.release();
            if (--left > 0)
                await again();
        };
        const promise = again();
        handle.release();
        await promise;
        settle(pool);
    },

    async 'callbacks-flush-and-cancel'() {
        const [pool, handle] = makeFull();
        const cancellable = new Gio.Cancellable();
        const first = pool.acquire_async(10).then(buffer => {
            buffer.release();
            cancellable.cancel();
            pool.flushing = true;
            pool.flushing = false;
        });
        const others = [1, 2, 3].map(() => pool.acquire_async(10, cancellable).then(buffer => buffer.release(),
            error => error));
        handle.release();
        await first;
        await Promise.all(others);
        settle(pool);
    },

    async 'thousands-wait'() {
        const [pool, handle] = makeFull();
        const cancellable = new Gio.Cancellable();
        let served = 0;
        const promises = Array.from({length: 2000}, (_, i) => i % 2
            ? rejects(pool.acquire_async(10, cancellable), isCancelled)
            : pool.acquire_async(10).then(buffer => {
                served++;
                buffer.release();
            }));
        cancellable.cancel();
        handle.release();
        await Promise.all(promises);
        equal(served, 1000);
        settle(pool);
    },

    'main-loop-never-runs'() {
        const [pool] = makeFull();
        for (let i = 0; i < 10; i++)
            pool.acquire_async(10).then(() => print('not reached'), () => {});
    },

    'budget-is-dropped-before-its-pools'() {
        const pool = (() => new Bufpool.Pool({budget: new Bufpool.Budget({maxBytes: 1000})}))();
        collect();
        const handle = pool.acquire(900);
        throws(() => pool.acquire(200), isOwn('BUDGET'));
        equal(pool.budget.used_bytes, 900);
        handle.release();
        settle(pool);
    },

    async 'wrong-arguments'() {
        const [pool, handle] = makeFull();
        throws(() => pool.acquire_wait(-1), RangeError);
        throws(() => pool.acquire_wait('5'), TypeError);
        throws(() => pool.acquire_wait(5, NaN), RangeError);
        throws(() => pool.acquire_wait(5, 0, 'no cancellable'), Error);
        await rejects(pool.acquire_async(5, 'no cancellable'), Error);
        throws(() => pool.acquire_finish(null), Error);
        handle.release();
        settle(pool);
    },
});
