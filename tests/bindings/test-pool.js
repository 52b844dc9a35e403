// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// JavaScript: pools, reading streams, and objects whose class is in JavaScript.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

import {HUGE, HUGE_ERROR, equal, ok, rejects, run, throws} from './tap.js';

const Item = GObject.registerClass({
    Implements: [Bufpool.Reusable],
}, class Item extends GObject.Object {
    _init(params = {}) {
        super._init(params);
        this.lines = [];
        this.uses = 0;
    }

    vfunc_reuse(trim) {
        this.lines = [];
        this.uses++;
        this.trim = trim;
        return this.uses < 3;
    }

    vfunc_get_byte_size() {
        return 100 + this.uses;
    }
});

function makeItems(properties = {}) {
    return new Bufpool.Pool({itemType: Item, maxBuffers: 8, trimCapacity: 7, threadCache: 0, ...properties});
}

const DATA = new Uint8Array(10000).map((_, i) => i);

function openStream() {
    return Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(DATA));
}

await run({
    'properties, however they are spelled'() {
        const pool = new Bufpool.Pool({'element-type': 'u16', max_buffers: 9, trimCapacity: 5, shards: 2, name: 'x'});
        equal([pool.maxBuffers, pool.trim_capacity, pool.shards, pool.get_element_size(), pool.name],
            [9, 5, 2, 2, 'x']);
        let notified = 0;
        pool.connect('notify::max-buffers', () => notified++);
        pool.maxBuffers = 4;
        pool.max_buffers = 3;
        pool['max-buffers'] = 2;
        equal([pool.get_max_buffers(), notified], [2, 3]);
        equal(String(pool), '[Bufpool.Pool of u16: 0 outstanding, 0 of at most 2 idle]');
        equal(new Bufpool.Pool().get_element_type(), Bufpool.ElementType.U8);
    },

    'properties of the constructor stay as they are'() {
        const pool = new Bufpool.Pool({elementType: 'u16', shards: 2, name: 'x'});
        for (const name of ['elementType', 'element_type', 'element-type', 'elementSize', 'itemType', 'alignment',
            'shards'])
            throws(() => (pool[name] = pool[name]), TypeError);
        equal([pool.elementType, pool.element_size, pool['element-size'], pool.alignment, pool.shards, pool.name],
            [Bufpool.ElementType.U16, 2, 2, 0, 2, 'x']);
        equal(makeItems().itemType.name, Item.$gtype.name);
    },

    'what cannot be'() {
        for (const properties of [{elementType: 'x'}, {elementType: 99}, {elementType: 0}, {itemType: 5},
            {itemType: GObject.Object}, {itemType: Bufpool.Reusable}, {elementType: 'u8', elementSize: 3},
            {alignment: 64, itemType: Item}, {maxBuffers: '4'}, 5, null])
            throws(() => new Bufpool.Pool(properties), TypeError);
        for (const properties of [{maxBuffers: -1}, {maxBuffers: 2 ** 32}, {shards: 5000}, {threadCache: 65},
            {alignment: 3}, {elementSize: 0}, {elementSize: 2 ** 31}, {trimCapacity: 0.5}])
            throws(() => new Bufpool.Pool(properties), RangeError);
        throws(() => new Bufpool.Pool({nonsense: 1}), Error);
        throws(() => Bufpool.Pool.new(0), TypeError);
        throws(() => Bufpool.Pool.new_for_type(GObject.Object), TypeError);
        throws(() => GObject.registerClass(class Derived extends Bufpool.Pool {}), TypeError);
        const error = throws(() => new Bufpool.Pool({max_buffers: -1}), RangeError);
        ok(error.message.startsWith('maxBuffers is -1'), 'the name as it is written in JavaScript');
        const pool = Bufpool.Pool.new_for_size(24);
        throws(() => (pool.maxBuffers = -1), RangeError);
        throws(() => pool.set_thread_cache(65), RangeError);
    },

    'constructors of C'() {
        equal(Bufpool.Pool.new('i8').get_element_type(), Bufpool.ElementType.I8);
        const pool = Bufpool.Pool.new_full('f32', 2, 8, 1000);
        equal([pool.get_element_size(), pool.shards, pool.maxBuffers, pool.trimCapacity], [4, 2, 8, 1000]);
        equal(Bufpool.Pool.new_full('f32').maxBuffers, Bufpool.DEFAULT_MAX_BUFFERS);
        equal(Bufpool.Pool.new_for_size(24).get_element_size(), 24);
        equal(Bufpool.Pool.new_for_type(Item).get_item_type().name, Item.$gtype.name);
    },

    'many at once'() {
        const pool = new Bufpool.Pool({elementType: 'u16', maxBuffers: 64});
        for (let round = 0; round < 2; round++) {
            const buffers = pool.acquire_many(10, 40);
            ok(buffers instanceof Array && buffers.every(buffer => buffer instanceof Bufpool.Pooled),
                'being an array of handles');
            equal([buffers.length, pool.stats.outstanding], [40, 40]);
            ok(buffers.every(buffer => buffer.toArray().join() === '0,0,0,0,0,0,0,0,0,0'), 'being zeroes');
            buffers.forEach((buffer, i) => buffer.write(0, [i + 1]));
            equal(buffers.map(buffer => buffer.toArray()[0]), buffers.map((_, i) => i + 1));
            buffers.forEach(buffer => buffer.release());
            equal([pool.stats.outstanding, pool.stats.idle], [0, 40]);
        }
        equal([pool.stats.misses, pool.acquire_many(10, 0).length], [40, 0]);

        const items = makeItems().acquire_many(undefined, 3);
        ok(new Set(items.map(handle => handle.item)).size === 3, 'having an item each');
        items.forEach(handle => handle.release());
    },

    'all of many or none'() {
        const pool = new Bufpool.Pool({maxOutstanding: 4});
        throws(() => pool.acquire_many(10, 5), error => error.matches(Bufpool.PoolError, Bufpool.PoolError.LIMIT));
        equal(pool.stats.outstanding, 0);
        pool.acquire_many(10, 4).forEach(buffer => buffer.release());
        throws(() => new Bufpool.Pool().acquire_many(HUGE, 2),
            error => error.matches(Bufpool.PoolError, Bufpool.PoolError[HUGE_ERROR]));
        for (const wrong of [[10, -1], [10, 2 ** 32], [10, 1.5], [-1, 2]])
            throws(() => pool.acquire_many(...wrong), RangeError);
        for (const wrong of [[10, '2'], ['10', 2], [10]])
            throws(() => pool.acquire_many(...wrong), TypeError);
        throws(() => makeItems().acquire_many(1, 2), TypeError);
        equal(pool.stats.outstanding, 0);
    },

    'the name can be set'() {
        const pool = new Bufpool.Pool();
        equal(pool.name, null);
        pool.name = 'pcm';
        equal([pool.name, pool.get_name()], ['pcm', 'pcm']);
        ok(String(pool.stats).startsWith('pcm: 0 acquired'), 'having the name');
        pool.set_name(null);
        equal(pool.name, null);
    },

    'the version'() {
        const {MAJOR_VERSION, MINOR_VERSION, MICRO_VERSION} = Bufpool;
        equal([Bufpool.get_major_version(), Bufpool.get_minor_version(), Bufpool.get_micro_version()],
            [MAJOR_VERSION, MINOR_VERSION, MICRO_VERSION]);
        equal(Bufpool.check_version(MAJOR_VERSION, MINOR_VERSION, MICRO_VERSION), null);
        equal(typeof Bufpool.check_version(MAJOR_VERSION + 1, 0, 0), 'string');
    },

    'statistics'() {
        const pool = new Bufpool.Pool({maxBuffers: 4, threadCache: 0});
        pool.prefill(2, 1000);
        for (let i = 0; i < 3; i++)
            pool.withBuffer(() => {});
        const {acquired, hits, returned, idle, idleBytes, outstanding} = pool.stats;
        equal([acquired, hits, returned, idle, idleBytes, outstanding], [3, 3, 3, 2, 2000, 0]);
        const {peakBuffers, dropped} = JSON.parse(JSON.stringify(pool.stats));
        equal([peakBuffers, dropped], [2, 0]);
        equal(String(pool.stats), pool.get_stats().to_string());
        pool.drop_idle();
        equal([pool.stats.idle, pool.stats.dropped], [0, 2]);
        throws(() => pool.prefill(5, 1), error => error.matches(Bufpool.PoolError, Bufpool.PoolError.OUT_OF_RANGE));
    },

    async 'a stream in chunks'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const sizes = [];
        let sum = 0;
        for await (const chunk of pool.readChunks(openStream(), 3000)) {
            sizes.push(chunk.length);
            sum += chunk.toArray().reduce((a, b) => a + b, 0);
        }
        equal([sizes, sum], [[3000, 3000, 3000, 1000], DATA.reduce((a, b) => a + b, 0)]);
        equal([pool.stats.outstanding, pool.stats.misses], [0, 1]);
    },

    async 'a chunk that is kept'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const kept = [];
        for await (const chunk of pool.readChunks(openStream(), 4096))
            kept.push(chunk.sub(1, 2));
        equal(kept.map(part => [...part]), [[1, 2], [1, 2], [1, 2]]);
        equal(pool.stats.outstanding, 3);
    },

    async 'a loop that is left early'() {
        const pool = new Bufpool.Pool();
        for await (const chunk of pool.readChunks(openStream(), 10)) {
            equal(chunk.length, 10);
            break;
        }
        equal(pool.stats.outstanding, 0);
        await rejects((async () => {
            for await (const chunk of pool.readChunks(openStream(), 10))
                throw new RangeError(String(chunk));
        })(), RangeError);
        equal(pool.stats.outstanding, 0);
    },

    async 'reading, by promise, callback and at once'() {
        const pool = new Bufpool.Pool();
        const stream = openStream();
        const first = await pool.read_async(stream, 3);
        const second = await new Promise((resolve, reject) => {
            pool.read_async(stream, 2, GLib.PRIORITY_DEFAULT, null, (source, result) => {
                try {
                    resolve(source.read_finish(result));
                } catch (e) {
                    reject(e);
                }
            });
        });
        const third = pool.read(stream, 1);
        equal([[...first], [...second], [...third]], [[0, 1, 2], [3, 4], [5]]);
        [first, second, third].forEach(slice => slice.release());
        equal(pool.stats.outstanding, 0);
    },

    async 'reading all, by promise, callback and at once'() {
        const pool = new Bufpool.Pool();
        const stream = openStream();
        const first = pool.read_all(stream, 3000);
        const second = await pool.read_all_async(stream, 3000);
        const third = await new Promise((resolve, reject) => {
            pool.read_all_async(stream, 3000, GLib.PRIORITY_DEFAULT, null, (source, result) => {
                try {
                    resolve(source.read_all_finish(result));
                } catch (e) {
                    reject(e);
                }
            });
        });
        const last = pool.read_all(stream, 3000);
        const none = await pool.read_all_async(stream, 3000);
        equal([first, second, third, last, none].flatMap(slice => [...slice]), [...DATA]);
        equal(none.length, 0);
        [first, second, third, last, none].forEach(slice => slice.release());
        equal([pool.stats.outstanding, pool.stats.misses], [0, 5]);
    },

    async 'reading all of what comes bit by bit'() {
        const pool = new Bufpool.Pool();
        const script = 'for i in 1 2 3 4 5 6; do printf abc; done';
        const text = slice => new TextDecoder().decode(slice.toArray());
        const stream = Gio.Subprocess.new(['sh', '-c', script], Gio.SubprocessFlags.STDOUT_PIPE).get_stdout_pipe();
        equal([text(pool.read_all(stream, 7)), text(await pool.read_all_async(stream, 7)),
            text(await pool.read_all_async(stream, 7)), text(pool.read_all(stream, 7))],
        ['abcabca', 'bcabcab', 'cabc', '']);
    },

    'reading bytes'() {
        const pool = new Bufpool.Pool();
        const stream = openStream();
        const bytes = pool.read_bytes(stream, 3000);
        ok(bytes instanceof GLib.Bytes, 'being bytes');
        equal([...bytes.get_data()], [...DATA.slice(0, 3000)]);
        equal(pool.stats.outstanding, 1);
        pool.read_all(stream, 10000).release();
        equal([pool.read_bytes(stream, 10).get_size(), pool.stats.outstanding], [0, 1]);
    },

    async 'reading that fails'() {
        const pool = new Bufpool.Pool();
        const cancellable = new Gio.Cancellable();
        cancellable.cancel();
        await rejects(pool.read_async(openStream(), 3, GLib.PRIORITY_DEFAULT, cancellable),
            error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED));
        await rejects(pool.read_async(openStream(), HUGE),
            error => error.matches(Bufpool.PoolError, Bufpool.PoolError[HUGE_ERROR]));
        throws(() => pool.read_async(openStream(), -1), RangeError);
        throws(() => pool.read('x', 1), Error);
        throws(() => new Bufpool.Pool({elementType: 'f32'}).read(openStream(), 4), TypeError);
        throws(() => pool.read_finish(Gio.Task.new(openStream(), null, null)), TypeError);

        await rejects(pool.read_all_async(openStream(), 3, GLib.PRIORITY_DEFAULT, cancellable),
            error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED));
        await rejects(pool.read_all_async(openStream(), HUGE),
            error => error.matches(Bufpool.PoolError, Bufpool.PoolError[HUGE_ERROR]));
        throws(() => pool.read_all_async(openStream(), -1), RangeError);
        throws(() => pool.read_all_finish(Gio.Task.new(openStream(), null, null)), TypeError);
        for (const name of ['read_all', 'read_bytes']) {
            throws(() => pool[name](openStream(), 3, cancellable),
                error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED));
            throws(() => pool[name](openStream(), 1.5), RangeError);
            throws(() => pool[name]('x', 1), Error);
            throws(() => new Bufpool.Pool({elementType: 'f32'})[name](openStream(), 4), TypeError);
        }
        equal(pool.stats.outstanding, 0);
    },

    'the state of items survives'() {
        const pool = makeItems();
        const first = pool.withBuffer(handle => {
            handle.item.lines.push('x');
            handle.item.mark = 5;
            return handle.item;
        });
        equal([first.lines, first.uses, first.trim, pool.stats.idleBytes], [[], 1, 7, 101]);
        pool.withBuffer(handle => {
            ok(handle.item === first, 'being the same object');
            equal(handle.item.mark, 5);
        });
    },

    'an item that refuses is dropped'() {
        const pool = makeItems();
        for (let i = 0; i < 3; i++)
            pool.acquire().release();
        equal([pool.stats.idle, pool.stats.dropped], [0, 1]);
    },

    'items made before and outside'() {
        const pool = makeItems();
        pool.prefill(2);
        const mine = new Item();
        pool.recycle_item(mine);
        equal([pool.stats.idle, pool.stats.acquired], [3, 0]);
        pool.withBuffer(handle => ok(handle.item === mine, 'being mine'));
        for (const wrong of [new GObject.Object(), null, 5])
            throws(() => pool.recycle_item(wrong), TypeError);
        throws(() => new Bufpool.Pool().recycle_item(mine), TypeError);
    },

    'items have no elements'() {
        const pool = makeItems();
        const handle = pool.acquire();
        for (const wrong of [() => handle.toArray(), () => handle.get_bytes(), () => handle.append([1]),
            () => handle.resize(1), () => handle.unref_to_bytes(), () => pool.acquire(3), () => [...handle],
            () => Bufpool.PooledSlice.new_take(handle, 0), () => pool.read(openStream(), 1)])
            throws(wrong, TypeError);
        equal([handle.length, handle.capacity, new Bufpool.Pool().acquire().item], [0, 0, null]);
        ok(String(handle).includes('Item'), 'the name of the class');
        handle.release();
        equal(handle.item, null);
    },
});
