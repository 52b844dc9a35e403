// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// JavaScript: contents that are wiped, and pools for threads that must not wait.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GObject from 'gi://GObject';

import {equal, ok, run, throws} from './tap.js';

const Item = GObject.registerClass({
    Implements: [Bufpool.Reusable],
}, class Item extends GObject.Object {
    vfunc_reuse() {
        return true;
    }
});

const Monitor = GObject.registerClass({
    Implements: [Gio.Initable, Gio.MemoryMonitor],
}, class Monitor extends GObject.Object {
});

const SECRET = new Uint8Array(1000).fill(0xa7);

function find(buffer) {
    buffer.set_length(buffer.get_capacity());
    return buffer.dup_data().includes(0xa7);
}

function fails(code) {
    return error => error.matches(Bufpool.PoolError, Bufpool.PoolError[code]);
}

function has(func, text) {
    try {
        func();
    } catch (error) {
        ok(error instanceof TypeError || error instanceof RangeError);
        ok(error.message.includes(text));
        return;
    }
    ok(false);
}

await run({
    'clear-on-release, however it is spelled'() {
        const pool = new Bufpool.Pool({clearOnRelease: true});
        equal([pool.clearOnRelease, pool.clear_on_release, pool['clear-on-release'], pool.get_clear_on_release()],
            [true, true, true, true]);
        let notified = 0;
        pool.connect('notify::clear-on-release', () => notified++);
        pool.clearOnRelease = true;
        pool.clear_on_release = false;
        pool.set_clear_on_release(true);
        equal([notified, pool.clearOnRelease, new Bufpool.Pool().clearOnRelease], [2, true, false]);
        for (const value of [1, 'yes', null]) {
            throws(() => new Bufpool.Pool({clearOnRelease: value}), TypeError);
            throws(() => (pool.clearOnRelease = value), TypeError);
        }
    },

    'contents are wiped'() {
        const pool = new Bufpool.Pool({clearOnRelease: true});
        let buffer = pool.acquire();
        buffer.append(SECRET);
        buffer.resize(1);
        buffer.release();
        buffer = pool.acquire();
        ok(buffer.get_capacity() >= 1000 && !find(buffer));
        buffer.release();
        equal(pool.get_stats().misses, 1);
    },

    'set later'() {
        const pool = new Bufpool.Pool();
        const held = Array.from({length: 10}, () => pool.acquire(1000));
        held.forEach(buffer => buffer.write(0, SECRET));
        held.slice(1).forEach(buffer => buffer.release());
        pool.clearOnRelease = true;
        held[0].release();
        const again = Array.from({length: 10}, () => pool.acquire());
        ok(!again.some(find));
        equal(pool.get_stats().misses, 10);
    },

    'items wipe themselves'() {
        const pool = new Bufpool.Pool({itemType: Item});
        has(() => (pool.clearOnRelease = true), 'vfunc_reuse()');
        has(() => new Bufpool.Pool({itemType: Item, clearOnRelease: true}), 'vfunc_reuse()');
        pool.clearOnRelease = false;
        equal(pool.clearOnRelease, false);
    },

    'realtime pools have what was prefilled'() {
        const pool = new Bufpool.Pool({elementType: 'f32', realtime: true, maxBuffers: 4});
        equal([pool.realtime, pool.get_realtime(), new Bufpool.Pool().realtime], [true, true, false]);
        throws(() => pool.acquire(), fails('LIMIT'));
        pool.prefill(4, 100);
        throws(() => pool.prefill(1, 100), fails('OUT_OF_RANGE'));
        const held = Array.from({length: 4}, () => pool.acquire(100));
        for (const acquire of [() => pool.acquire(), () => pool.acquire(10), () => pool.acquire_many(10, 1),
            () => pool.acquire_wait(10, 0)])
            throws(acquire, fails('LIMIT'));
        throws(() => held[0].resize(101), fails('OUT_OF_RANGE'));
        held.forEach(buffer => buffer.release());
        equal(pool.get_stats().idle, 4);
        pool.drop_idle(0);
        equal(pool.get_stats().idle, 0);
    },

    'what realtime pools cannot have'() {
        const pool = new Bufpool.Pool({realtime: true, maxBuffers: 4});
        for (const [name, value, none] of [['itemType', Item], ['budget', new Bufpool.Budget({maxBytes: 100})],
            ['maxOutstanding', 1, 0], ['maxIdleBytes', 1, 0], ['flushing', true, false], ['idleTimeout', 1, 0],
            ['memoryMonitor', new Monitor(), null]]) {
            has(() => new Bufpool.Pool({realtime: true, [name]: value}), 'a realtime pool has no');
            if (none === undefined)
                continue;
            has(() => (pool[name] = value), 'a realtime pool has no');
            pool[name] = none;
        }
        for (const maxBuffers of [0, 65537])
            has(() => new Bufpool.Pool({realtime: true, maxBuffers}), '65536');
        has(() => (pool.maxBuffers = 5), 'constructor');
        pool.maxBuffers = 4;
        has(() => pool.acquire_wait(5), 'no call can wait');
        has(() => pool.acquire_async(5), 'no call can wait');
        throws(() => new Bufpool.Pool({realtime: 1}), TypeError);
    },

    'realtime pools wipe'() {
        const pool = new Bufpool.Pool({realtime: true, maxBuffers: 2});
        pool.clearOnRelease = true;
        pool.prefill(2, 1000);
        const buffer = pool.acquire();
        buffer.append(SECRET);
        buffer.release();
        ok(![pool.acquire(), pool.acquire()].some(find));
        has(() => (pool.clearOnRelease = false), 'before prefill()');
    },
});
