// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// JavaScript: memory that goes back, after a time, and when the system is short of it.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';

import {equal, ok, run, throws} from './tap.js';

const {LOW, MEDIUM, CRITICAL} = Gio.MemoryMonitorWarningLevel;

// Says that memory is short when the test does.
const Monitor = GObject.registerClass({
    Implements: [Gio.Initable, Gio.MemoryMonitor],
}, class Monitor extends GObject.Object {
    vfunc_init() {
        return true;
    }

    warn(level) {
        this.emit('low-memory-warning', level);
    }
});

const Item = GObject.registerClass({
    Implements: [Bufpool.Reusable],
}, class Item extends GObject.Object {
    vfunc_reuse() {
        return true;
    }
});

function use(pool, nBuffers, length) {
    const held = Array.from({length: nBuffers}, () => {
        return length === undefined ? pool.try_acquire() : pool.acquire_sized(length);
    });
    held.forEach(buffer => buffer.release());
}

function getIdle(pool) {
    return pool.get_stats().idle;
}

function runOut(pool) {
    while (getIdle(pool) > 0)
        GLib.MainContext.default().iteration(true);
}

await run({
    'idle-timeout, however it is spelled'() {
        const pool = new Bufpool.Pool({elementType: 'u8', idleTimeout: 5000});
        equal([pool.idleTimeout, pool.idle_timeout, pool['idle-timeout'], pool.get_idle_timeout()],
            [5000, 5000, 5000, 5000]);
        let notified = 0;
        pool.connect('notify::idle-timeout', () => notified++);
        pool.idleTimeout = 4;
        pool.idle_timeout = 4;
        pool['idle-timeout'] = 3;
        pool.set_idle_timeout(0);
        equal([pool.idleTimeout, notified, new Bufpool.Pool().idleTimeout], [0, 3, 0]);
    },

    'memory-monitor'() {
        const monitor = new Monitor();
        const pool = new Bufpool.Pool({memoryMonitor: monitor});
        ok(pool.memoryMonitor === monitor && pool.dup_memory_monitor() === monitor);
        pool.memory_monitor = null;
        equal(pool.memoryMonitor, null);
        pool.set_memory_monitor(Gio.MemoryMonitor.dup_default());
        ok(pool.memoryMonitor instanceof Gio.MemoryMonitor);
    },

    'what cannot be'() {
        const pool = new Bufpool.Pool();
        for (const [value, kind] of [[-1, RangeError], [2 ** 32, RangeError], [0.5, RangeError], ['soon', TypeError]]) {
            throws(() => new Bufpool.Pool({idleTimeout: value}), kind);
            throws(() => (pool.idleTimeout = value), kind);
            throws(() => pool.set_idle_timeout(value), kind);
        }
        for (const value of [5, new Gio.Cancellable()]) {
            throws(() => new Bufpool.Pool({memoryMonitor: value}), Error);
            throws(() => (pool.memoryMonitor = value), Error);
            throws(() => pool.set_memory_monitor(value), Error);
        }
        equal([pool.idleTimeout, pool.memoryMonitor], [0, null]);
    },

    'after a time'() {
        for (const [pool, length] of [[new Bufpool.Pool({idleTimeout: 2}), 1000],
            [new Bufpool.Pool({itemType: Item, idleTimeout: 2}), undefined]]) {
            for (let i = 0; i < 3; i++) {
                use(pool, 16, length);
                ok(getIdle(pool) > 0);
                runOut(pool);
            }
            equal(pool.get_stats().dropped, pool.get_stats().misses);
        }
    },

    'when the system is short of memory'() {
        const monitor = new Monitor();
        for (const [properties, length] of [[{}, 1000], [{itemType: Item}, undefined]]) {
            const pool = new Bufpool.Pool({memoryMonitor: monitor, ...properties});
            for (const [level, left] of [[LOW, 8], [MEDIUM, 4], [CRITICAL, 0]]) {
                use(pool, 16, length);
                equal(getIdle(pool), 16);
                monitor.warn(level);
                equal(getIdle(pool), left);
            }
            pool.memoryMonitor = null;
            use(pool, 16, length);
            monitor.warn(CRITICAL);
            equal(getIdle(pool), 16);
        }
    },

    'a pool without a reference'() {
        const monitor = new Monitor();
        for (let i = 0; i < 10; i++)
            use(new Bufpool.Pool({memoryMonitor: monitor, idleTimeout: 1, itemType: Item}), 8);
        System.gc();
        monitor.warn(LOW);
        while (GLib.MainContext.default().iteration(false))
            ;
    },
});
