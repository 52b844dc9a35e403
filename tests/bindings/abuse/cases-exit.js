// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Abuse of the end: the context is torn down while objects live and calls go on.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';

import {main} from './cases.js';

const Item = GObject.registerClass({
    Implements: [Bufpool.Reusable],
}, class Item extends GObject.Object {
    vfunc_reuse(trim) {
        this.trim = trim;
        return true;
    }
});

function makeEverything() {
    const pool = new Bufpool.Pool({elementType: 'f32', maxBuffers: 10});
    const items = new Bufpool.Pool({itemType: Item, maxBuffers: 10});
    items.prefill(3);
    for (let i = 0; i < 5; i++)
        items.acquire();
    const handles = Array.from({length: 5}, () => pool.acquire(100));
    const everything = [pool, items, handles, handles[0].get_bytes(), handles[1].get_view(),
        Bufpool.PooledSlice.new_take(handles[2], 50).sub(10, 10), items.acquire(), items.acquire().item, pool.stats];
    everything[6].item.everything = everything;
    items.acquire().release();
    return everything;
}

await main({
    'everything-alive'() {
        globalThis.alive = makeEverything();
    },

    'everything-forgotten'() {
        makeEverything();
    },

    'everything-in-a-cycle'() {
        const alive = makeEverything();
        alive.push(alive);
        alive[0].alive = alive;
        alive[1].alive = alive;
        globalThis.alive = alive;
    },

    async 'a-promise-that-is-never-settled'() {
        const [pool, items] = makeEverything();
        pool.withBuffer(5, () => new Promise(() => {}));
        items.withBuffer(() => new Promise(() => {}));
        await null;
    },

    'reads-under-way'() {
        const pool = new Bufpool.Pool();
        for (let i = 0; i < 20; i++) {
            const stream = Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(new Uint8Array(10000)));
            pool.read_async(stream, 5000, GLib.PRIORITY_DEFAULT, null, () => {});
            pool.read_async(Gio.File.new_for_path('/dev/zero').read(null), 5000).then(() => {}, () => {});
            const other = Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(new Uint8Array(10000)));
            pool.read_all_async(other, 5000, GLib.PRIORITY_DEFAULT, null, () => {});
            pool.read_all_async(Gio.File.new_for_path('/dev/zero').read(null), 5000).then(() => {}, () => {});
        }
        const context = GLib.MainContext.default();
        for (let i = 0; i < 5; i++)
            context.iteration(false);
    },

    'waits-under-way'() {
        const budget = new Bufpool.Budget({maxBytes: 1000});
        const pool = new Bufpool.Pool({maxOutstanding: 1, budget});
        globalThis.alive = pool.acquire(600);
        for (let i = 0; i < 20; i++) {
            pool.acquire_async(10, null, () => {});
            new Bufpool.Pool({budget}).acquire_async(500, new Gio.Cancellable()).then(() => {}, () => {});
        }
        const context = GLib.MainContext.default();
        for (let i = 0; i < 5; i++)
            context.iteration(false);
    },

    'waits-served-by-the-end'() {
        const pool = new Bufpool.Pool({maxOutstanding: 1});
        const items = new Bufpool.Pool({itemType: Item, maxOutstanding: 1});
        for (const each of [pool, items]) {
            each.acquire();
            for (let i = 0; i < 3; i++)
                each.acquire_async().then(buffer => buffer.release());
        }
    },

    'bytes-in-threads-of-gio'() {
        const pool = new Bufpool.Pool();
        for (let i = 0; i < 20; i++) {
            const stream = Gio.File.new_for_path('/dev/null').append_to(Gio.FileCreateFlags.NONE, null);
            stream.write_bytes_async(pool.acquire(10000).get_bytes(), GLib.PRIORITY_DEFAULT, null, () => {});
        }
    },

    'exit-inside-a-function'() {
        const [pool, items] = makeEverything();
        print('survived');
        pool.withBuffer(5, () => items.withBuffer(() => System.exit(0)));
    },

    'exit-inside-reuse'() {
        const Leaving = GObject.registerClass({
            Implements: [Bufpool.Reusable],
        }, class Leaving extends GObject.Object {
            vfunc_reuse() {
                System.exit(0);
            }
        });
        globalThis.alive = makeEverything();
        print('survived');
        new Bufpool.Pool({itemType: Leaving}).acquire().release();
    },
});
