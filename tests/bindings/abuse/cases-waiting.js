// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Abuse of waiters: collected, disposed, cancelled, and waiting again in callbacks.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';

import {equal, ok, rejects, throws} from '../tap.js';
import {apart, main, settle} from './cases.js';

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

const Item = GObject.registerClass({
    Implements: [Bufpool.Reusable],
}, class Item extends GObject.Object {
    vfunc_reuse() {
        return Item.reuse();
    }

    vfunc_get_byte_size() {
        return 100;
    }
});

Item.reuse = () => true;

// Until the promise is settled, collecting all the while
async function collectUntil(promise) {
    let isSettled = false;
    const settled = promise.finally(() => (isSettled = true));
    while (!isSettled) {
        collect();
        await new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => {
            resolve();
            return GLib.SOURCE_REMOVE;
        }));
    }
    return settled;
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

    // The collector gives back what the waiters wait for
    async 'handles-are-collected-while-others-wait'() {
        const pool = new Bufpool.Pool({maxOutstanding: 50});
        const items = new Bufpool.Pool({itemType: Item, maxOutstanding: 50, threadCache: 0});
        const promises = [pool, items].flatMap(each => {
            apart(() => {
                for (let i = 0; i < 50; i++)
                    each.acquire().itself = [each];
            });
            throws(() => each.acquire(), isOwn('LIMIT'));
            return Array.from({length: 20}, () => each.acquire_async().then(buffer => buffer.release()));
        });
        await collectUntil(Promise.all(promises));
        ok(pool.stats.outstanding <= 30, 'being back');
    },

    async 'pools-are-collected-while-others-wait'() {
        const budget = new Bufpool.Budget({maxBytes: 1000});
        let handle = new Bufpool.Pool({budget}).acquire(800);
        const promises = Array.from({length: 10}, () => new Bufpool.Pool({budget, maxOutstanding: 1}).acquire_async(900)
            .then(buffer => buffer.length));
        collect();
        equal(handle.length, 800);
        handle = null;
        // Each buffer that comes is forgotten, and goes back with its handle
        equal(await collectUntil(Promise.all(promises)), Array(10).fill(900));
        ok(budget.peakBytes <= 1000, 'never more');
    },

    async 'pools-are-disposed-under-waiters'() {
        const [pool, handle] = makeFull();
        const promises = Array.from({length: 5}, () => rejects(pool.acquire_async(10), isOwn('CLOSED')));
        pool.run_dispose();
        await Promise.all(promises);
        throws(() => pool.acquire_wait(10), isOwn('CLOSED'));
        handle.release();
        settle(pool);
    },

    async 'callbacks-dispose'() {
        const [pool, handle] = makeFull();
        const first = pool.acquire_async(10).then(buffer => {
            pool.run_dispose();
            return buffer;
        });
        const second = rejects(pool.acquire_async(10), isOwn('CLOSED'));
        handle.release();
        (await first).release();
        await second;
        settle(pool);
    },

    async 'callbacks-that-throw-or-forget'() {
        const [pool, handle] = makeFull();
        pool.acquire_async(10, null, () => {
            throw new Error('not today');
        });
        pool.acquire_async(10, null, () => {});
        pool.acquire_async(10).then(() => {
            throw new Error('not today');
        }).catch(() => {});
        const last = pool.acquire_async(10);
        handle.release();
        (await collectUntil(last)).release();
    },

    async 'items-while-others-wait'() {
        const pool = new Bufpool.Pool({itemType: Item, maxOutstanding: 1, threadCache: 0});
        let nCalls = 0;
        Item.reuse = () => {
            throws(() => pool.acquire(), isOwn('LIMIT'));
            return ++nCalls % 3 > 0;
        };
        const handle = pool.acquire();
        const promises = Array.from({length: 10}, () => pool.acquire_async().then(each => each.release()));
        handle.release();
        await Promise.all(promises);
        equal(nCalls, 11);
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

    async 'results-that-are-had-twice'() {
        const pool = new Bufpool.Pool();
        const result = await new Promise(resolve => pool.acquire_async(10, null, (_, it) => resolve(it)));
        equal(pool.acquire_finish(result).length, 10);
        equal(pool.acquire_finish(result), null);
        const other = await new Promise(resolve => pool.read_async(new Gio.MemoryInputStream(), 1,
            GLib.PRIORITY_DEFAULT, null, (_, it) => resolve(it)));
        equal(pool.acquire_finish(other), null);
    },

    'budget-is-set-afterwards'() {
        const budget = new Bufpool.Budget({maxBytes: 1000});
        const pool = new Bufpool.Pool({budget});
        for (const late of [new Bufpool.Budget({maxBytes: 5}), null]) {
            throws(() => (pool.budget = late), TypeError);
            pool.set_property('budget', late);
            ok(pool.budget === budget, 'being the first');
        }
        throws(() => GObject.registerClass(class Derived extends Bufpool.Budget {}), TypeError);
        throws(() => (budget.usedBytes = 5), TypeError);
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
}, ['callbacks-dispose', 'callbacks-that-throw-or-forget', 'pools-are-disposed-under-waiters',
    'results-that-are-had-twice', 'budget-is-set-afterwards']);
