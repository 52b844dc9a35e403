// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What is done again and again must not take more memory each time, of which the
// pool's statistics would know nothing: that of handles, slices, bytes and errors.
// The engine's own heap comes and goes, so only what goes on growing is a leak.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';

import {ok} from '../tap.js';
import {apart, main} from './cases.js';

const ROUNDS = 10000;
const TRIES = 9;
const PATIENCE = 3;
// Of each round, less than the least that malloc() gives
const MOST_BYTES = 16;

const Item = GObject.registerClass({
    Implements: [Bufpool.Reusable],
}, class Item extends GObject.Object {
    vfunc_reuse() {
        return true;
    }
});

// What the process has that is not from a file
function bytesInUse() {
    const [, contents] = GLib.file_get_contents('/proc/self/status');
    return Number(/RssAnon:\s*(\d+) kB/.exec(new TextDecoder().decode(contents))[1]) * 1024;
}

// By how many bytes each round makes it larger. What the engine takes at times is
// none of that: a leak is there in almost every try.
function growth(func) {
    const found = [];
    let before = null;
    for (let i = 0; i < TRIES; i++) {
        apart(() => {
            for (let n = 0; n < ROUNDS; n++)
                func(n);
        });
        System.gc();
        const after = bytesInUse();
        if (before !== null)
            found.push((after - before) / ROUNDS);
        before = after;
    }
    return found.sort((a, b) => a - b)[Math.floor(found.length / 4)];
}

// The engine may need long to have all that it wants; a leak goes on for ever.
function check(func) {
    let found = Infinity;
    for (let i = 0; i < PATIENCE && found >= MOST_BYTES; i++)
        found = growth(func);
    ok(found < MOST_BYTES, `growing by ${found} bytes a round`);
}

function swallow(func) {
    return () => {
        try {
            func();
        } catch {
            return;
        }
        throw new Error(`${func} threw nothing`);
    };
}

await main({
    'a-leak-is-found'() {
        const kept = [];
        ok(growth(() => kept.push(new GLib.Bytes(new Uint8Array(8)))) > MOST_BYTES, 'being found');
    },

    'buffers'() {
        const pool = new Bufpool.Pool({elementType: 'f32', maxBuffers: 4});
        const data = new Uint8Array(8);
        check(() => {
            const buffer = pool.acquire(100);
            buffer.write(0, data);
            buffer.append(data);
            buffer.release();
        });
    },

    'forgotten-buffers'() {
        const pool = new Bufpool.Pool({elementType: 'f32', maxBuffers: 4});
        check(() => pool.acquire(100));
    },

    'bytes-and-slices'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        check(() => pool.withBuffer(100, buffer => {
            buffer.get_bytes();
            Bufpool.PooledSlice.new_take(buffer, 50).sub(10, 10).release();
            buffer.toArray();
        }));
    },

    'slices-stolen-back'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        check(() => Bufpool.PooledSlice.new_take(pool.acquire(100), 50).steal_pooled().release());
    },

    'stats'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        check(() => String(pool.stats));
    },

    'reads'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const stream = Gio.File.new_for_path('/dev/zero').read(null);
        check(() => pool.read(stream, 100).release());
        check(() => pool.read_all(stream, 100).release());
        check(() => pool.read_bytes(stream, 100));
        stream.close(null);
    },

    'waits'() {
        const pool = new Bufpool.Pool({maxOutstanding: 1});
        const context = GLib.MainContext.default();
        check(() => {
            pool.acquire_wait(10, 1000, null).release();
            pool.acquire_async(10, null, (source, result) => source.acquire_finish(result).release());
            context.iteration(false);
        });
    },

    'waits-that-end'() {
        const full = new Bufpool.Pool({maxOutstanding: 1});
        const handle = full.acquire(10);
        const late = swallow(() => full.acquire_wait(10, 1));
        const context = GLib.MainContext.default();
        const finish = (source, result) => swallow(() => source.acquire_finish(result))();
        check(n => {
            if (n % 4 > 0) {
                late();
                return;
            }
            full.acquire_async(10, null, finish);
            full.flushing = true;
            full.flushing = false;
            while (context.iteration(false))
                continue;
        });
        handle.release();
    },

    'budgets'() {
        check(() => {
            const budget = new Bufpool.Budget({maxBytes: 1000});
            new Bufpool.Pool({budget, maxOutstanding: 2, maxIdleBytes: 50}).acquire(100).release();
            String(budget);
        });
    },

    'errors'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const buffer = pool.acquire(10);
        const released = pool.acquire(10);
        released.release();
        const fails = [() => released.get_bytes(), () => buffer.set_length(1000), () => pool.acquire(2 ** 53 - 1),
            () => pool.acquire(-1), () => buffer.append('x'), () => pool.read(5, 5)].map(swallow);
        check(n => fails[n % fails.length]());
    },

    'items'() {
        const pool = new Bufpool.Pool({itemType: Item, maxBuffers: 4, threadCache: 0});
        check(() => {
            const handle = pool.acquire();
            handle.item.mark = 1;
            handle.release();
        });
    },

    'pools'() {
        check(() => {
            const pool = new Bufpool.Pool({maxBuffers: 4});
            pool.acquire(10).release();
        });
    },
});
