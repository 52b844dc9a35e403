// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Abuse of pools for threads that must not wait, and of contents that are wiped.

import Bufpool from 'gi://Bufpool?version=1.0';
import System from 'system';

import {equal, ok, throws} from '../tap.js';
import {apart, main, settle} from './cases.js';

const isLimit = error => error.matches(Bufpool.PoolError, Bufpool.PoolError.LIMIT);
const SECRET = new Uint8Array(100).fill(0xa7);

function makePool(properties = {}) {
    const pool = new Bufpool.Pool({realtime: true, maxBuffers: 4, ...properties});
    pool.prefill(4, 100);
    return pool;
}

// GJS keeps one or two values on its stack.
function collectUntil(isDone) {
    for (let i = 0; i < 100 && !isDone(); i++)
        System.gc();
    ok(isDone());
}

function hasSecret(buffer) {
    buffer.set_length(buffer.get_capacity());
    return buffer.dup_data().includes(0xa7);
}

await main({
    'empty-again-and-again'() {
        const pool = makePool();
        for (let i = 0; i < 200; i++) {
            const held = Array.from({length: 4}, () => pool.acquire(100));
            for (const acquire of [() => pool.acquire(), () => pool.try_acquire(), () => pool.acquire(5),
                () => pool.acquire_many(5, 1)])
                throws(acquire, isLimit);
            held.forEach(buffer => equal([buffer.release(), buffer.release()], [true, false]));
            equal(pool.stats.idle, 4);
            // Handles that are empty count until they are collected.
            System.gc();
        }
        settle(pool, {added: 4, outstanding: 0});
    },

    'what-is-left-to-the-collector'() {
        const pool = makePool();
        for (let round = 0; round < 20; round++) {
            apart(() => {
                for (let i = 0; i < 4; i++) {
                    try {
                        const node = {buffer: pool.acquire(10)};
                        node.own = node;
                    } catch (error) {
                        ok(isLimit(error));
                    }
                }
            });
            collectUntil(() => pool.stats.idle > 1);
        }
    },

    'never-collected'() {
        const pool = makePool();
        const held = [];
        let error = null;
        while (held.length < 100 && error === null) {
            try {
                const buffer = pool.acquire();
                buffer.release();
                held.push(buffer);
            } catch (e) {
                error = e;
            }
        }
        ok(isLimit(error));
        held.length = 0;
        collectUntil(() => pool.stats.idle > 2);
    },

    'bytes-outlive-everything'() {
        const bytes = apart(() => {
            const pool = makePool({clearOnRelease: true});
            const buffer = pool.acquire(100);
            buffer.write(0, SECRET);
            const kept = buffer.get_bytes();
            buffer.release();
            pool.drop_idle(0);
            return kept;
        });
        System.gc();
        equal(bytes.toArray(), SECRET);
    },

    'dropped-during-everything'() {
        const pool = makePool({clearOnRelease: true});
        for (let i = 0; i < 500; i++) {
            const buffer = pool.acquire();
            ok(!hasSecret(buffer));
            buffer.write(0, SECRET);
            pool.drop_idle(i % 4);
            pool.trimCapacity = i % 3 === 0 ? 10 : 0;
            buffer.release();
            System.gc();
            throws(() => pool.prefill(5, 100), error => error.matches(Bufpool.PoolError,
                Bufpool.PoolError.OUT_OF_RANGE));
            while (pool.stats.idle < 1)
                pool.prefill(1, 100);
        }
        equal(pool.stats.outstanding, 0);
    },

    'set-during-everything'() {
        const pool = new Bufpool.Pool({maxBuffers: 8});
        for (let i = 0; i < 500; i++) {
            const held = Array.from({length: 10}, () => pool.acquire(100));
            held.forEach(buffer => buffer.write(0, SECRET));
            held.slice(i % 10).forEach(buffer => buffer.release());
            pool.clearOnRelease = i % 2 === 0;
            held.forEach(buffer => buffer.release());
        }
        pool.clearOnRelease = true;
        ok(!Array.from({length: pool.stats.idle}, () => pool.acquire()).some(hasSecret));
    },
});
