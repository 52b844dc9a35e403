// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Abuse of handles and of the memory that they stand for.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';

import {HUGE, HUGE_ERROR, equal, ok, rejects, throws} from '../tap.js';
import {apart, main, settle} from './cases.js';

const {PoolError} = Bufpool;
const isReleased = error => error.matches(PoolError, PoolError.RELEASED);

const NUMBERS = [-(2 ** 63), -(2 ** 31), -1, -0, 0, 1, 7, 0.5, NaN, Infinity, -Infinity, 2 ** 53 - 1, 2 ** 53, 2 ** 64,
    1e300, -1n, 5n, 2n ** 64n, 2n ** 70n];

function makeZoo() {
    const pool = new Bufpool.Pool({maxBuffers: 2});
    const handle = pool.acquire(8);
    const released = pool.acquire(8);
    released.release();
    return [...NUMBERS, undefined, null, true, '', 'x', '12', '\0', Symbol('x'), [], [1, 2], [[]], ['x'], {}, () => {},
        new Date(0), /x/, new Uint8Array(8), new Float64Array(2), new ArrayBuffer(4), new DataView(new ArrayBuffer(8), 3),
        new Map(), Promise.resolve(1), new Proxy({}, {}), {length: -1}, {valueOf: () => 3}, {toString: () => '3'}, pool, handle,
        released, Bufpool.PooledSlice.new_take(handle, 4), pool.stats, new Bufpool.Budget({maxBytes: 9}), Bufpool.Pooled, GObject.Object,
        new GObject.Object(), new Gio.Cancellable(), new Gio.MemoryInputStream(), new GLib.Bytes([1, 2, 3]), GLib];
}

// A generator of numbers that are the same each time.
function makeDice(seed) {
    let state = seed;
    return most => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return Math.floor(state / 2 ** 32 * most);
    };
}

const LEFT_OUT = ['constructor', 'withBuffer', 'readChunks', 'run_dispose', '_init'];

function tryEverything(make, seed, names = null) {
    const zoo = makeZoo();
    const dice = makeDice(seed);
    const proto = Object.getPrototypeOf(make());
    for (const name of names ?? Object.getOwnPropertyNames(proto).filter(each => !LEFT_OUT.includes(each))) {
        for (let n = 0; n < 120; n++) {
            const args = Array.from({length: n < zoo.length ? 1 : dice(4)}, () => zoo[dice(zoo.length)]);
            if (n < zoo.length)
                args[0] = zoo[n];
            const thing = make();
            try {
                if (typeof thing[name] === 'function')
                    thing[name](...args)?.catch?.(() => {});
                else
                    thing[name] = args[0];
            } catch {
            }
            thing.release?.();
        }
    }
}

await main({
    'use-after-release'() {
        const pool = new Bufpool.Pool({maxBuffers: 1, threadCache: 0});
        const old = pool.acquire(100);
        old.release();
        const fresh = pool.acquire(100);
        fresh.write(0, [1, 2, 3]);
        for (const use of [() => old.toArray(), () => old.get_bytes(), () => old.get_view(), () => old.dup_data(),
            () => old.unref_to_bytes(), () => old.resize(1), () => old.reserve(1), () => old.set_length(0),
            () => old.append([1]), () => old.write(0, [9]), () => [...old], () => Bufpool.PooledSlice.new_take(old, 0)])
            throws(use, isReleased);
        equal([old.length, old.capacity, old.released, old.release(), old.item, String(old)],
            [0, 0, true, false, null, '[Bufpool.Pooled: released]']);
        equal([...fresh].slice(0, 4), [1, 2, 3, 0]);
    },

    'double-release'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const buffer = pool.acquire(10);
        const again = buffer.ref();
        equal([buffer.release(), again.release(), buffer.release()], [true, false, false]);
        const [one, other] = [pool.acquire(10), pool.acquire(10)];
        ok(one.get_view().get_address() !== other.get_view().get_address(), 'being two');
        one.release();
        other.release();
        settle(pool, {outstanding: 0});
    },

    'references-dropped-by-hand'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const buffer = pool.acquire(10);
        for (let i = 0; i < 1000; i++) {
            buffer.ref();
            buffer.unref();
            buffer.unref();
        }
        equal(buffer.unref_to_bytes().get_size(), 10);
        pool.stats.free();
        pool.stats.copy().free();
        equal(buffer.length, 10);
    },

    'release-while-bytes-live'() {
        const pool = new Bufpool.Pool({maxBuffers: 8, threadCache: 0});
        const buffer = pool.acquire(1000);
        buffer.write(0, [7]);
        const bytes = Array.from({length: 100}, () => buffer.get_bytes());
        buffer.release();
        for (let i = 0; i < 20; i++)
            equal(pool.acquire(1000).toArray()[0], 0);
        for (const each of bytes)
            equal(each.get_data()[0], 7);
        bytes.length = 0;
        settle(pool);
    },

    'everything-past-the-pool'() {
        const [bytes, slices, handles] = apart(() => {
            const pool = new Bufpool.Pool({elementType: 'f64', maxBuffers: 100});
            const kept = Array.from({length: 50}, () => pool.acquire(100));
            return [kept.map(each => each.get_bytes()),
                kept.map(each => Bufpool.PooledSlice.new_take(each, 50).sub(10, 10)), kept];
        });
        System.gc();
        System.gc();
        for (const slice of slices)
            equal(slice.toArray().length, 10);
        for (const each of bytes)
            equal(each.get_data().length, 800);
        for (const [i, handle] of handles.entries()) {
            if (i % 2)
                handle.release();
        }
        equal(handles[0].toArray()[99], 0);
    },

    'forgotten-and-collected'() {
        const pool = new Bufpool.Pool({maxBuffers: 100});
        apart(() => {
            for (let i = 0; i < 20000; i++)
                pool.acquire(64);
        });
        settle(pool, {idle: 100});
    },

    'forgotten-with-bytes-and-slices'() {
        const pool = new Bufpool.Pool({maxBuffers: 100});
        apart(() => {
            for (let i = 0; i < 5000; i++) {
                const buffer = pool.acquire(64);
                buffer.itself = [buffer, buffer.get_bytes(), Bufpool.PooledSlice.new_take(buffer, 3).sub(1)];
                if (i % 3 === 0)
                    buffer.release();
            }
        });
        System.gc();
        settle(pool, {idle: 100});
    },

    'slices-stolen-back'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const buffer = pool.acquire(10);
        const slice = Bufpool.PooledSlice.new_take(buffer, 5);
        const handle = slice.steal_pooled();
        handle.resize(100000);
        for (const use of [() => slice.steal_pooled(), () => slice.toArray(), () => slice.sub(0),
            () => slice.get_bytes()])
            throws(use, isReleased);
        equal([slice.release(), buffer.length, buffer.release(), handle.released], [false, 100000, true, true]);
        throws(() => handle.append([1]), isReleased);

        const other = pool.acquire(10);
        const kept = Bufpool.PooledSlice.new_take(other, 5);
        other.release();
        throws(() => kept.steal_pooled(), isReleased);
        equal(kept.toArray().length, 5);
        kept.release();
        settle(pool, {outstanding: 0});
    },

    async 'functions-that-throw'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        for (const wrong of [new Error('x'), null, undefined, 5])
            try {
                pool.withBuffer(3, () => {
                    throw wrong;
                });
                ok(false, 'throwing');
            } catch (e) {
                equal(String(e), String(wrong));
            }
        pool.withBuffer(buffer => buffer.release());
        throws(() => pool.withBuffer(3, buffer => ({get then() {
            throw new RangeError(String(buffer));
        }})), RangeError);
        await rejects(pool.withBuffer(3, async () => {
            await null;
            throw new TypeError('later');
        }), TypeError);
        throws(() => pool.withBuffer(), TypeError);
        settle(pool, {outstanding: 0});
    },

    async 'released-while-gio-writes'() {
        const pool = new Bufpool.Pool({maxBuffers: 10});
        const stream = Gio.File.new_for_path('/dev/null').append_to(Gio.FileCreateFlags.NONE, null);
        Gio._promisify(Gio.OutputStream.prototype, 'write_bytes_async', 'write_bytes_finish');
        for (let i = 0; i < 100; i++) {
            const buffer = pool.acquire(10000);
            const written = stream.write_bytes_async(buffer.get_bytes(), GLib.PRIORITY_DEFAULT, null);
            buffer.release();
            throws(() => buffer.append([1]), isReleased);
            equal(await written, 10000);
        }
        settle(pool);
    },

    async 'streams-that-misbehave'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const stream = Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(new Uint8Array(1000)));
        await rejects((async () => {
            for await (const chunk of pool.readChunks(stream, 10)) {
                stream.close(null);
                chunk.release();
            }
        })(), error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CLOSED));
        const open = () => Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(new Uint8Array(1000)));
        for (const name of ['read_async', 'read_all_async']) {
            const readAll = async streams => {
                const reads = await Promise.allSettled(streams.map(each => pool[name](each, 5)));
                return reads.map(({status}) => status === 'fulfilled');
            };
            equal(new Set(await readAll(Array.from({length: 20}, open))).has(false), false);
            const busy = open();
            equal(await readAll([busy, busy]), [true, false]);
        }
        settle(pool);
    },

    'streams-that-lie'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const Liar = GObject.registerClass(class Liar extends Gio.InputStream {
            vfunc_read_fn() {
                const says = this.says.shift();
                return typeof says === 'function' ? says() : says;
            }
        });
        const make = (...says) => Object.assign(new Liar(), {says});
        const isTooMuch = error => error.matches(PoolError, PoolError.OUT_OF_RANGE);
        const isFailure = error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.FAILED);

        for (const name of ['read', 'read_all', 'read_bytes']) {
            throws(() => pool[name](make(5), 4), isTooMuch);
            throws(() => pool[name](make(GLib.SIZEOF_SIZE_T < 8 ? 2 ** 31 - 1 : 2 ** 53 - 1), 4), isTooMuch);
            throws(() => pool[name](make(-1), 4), isFailure);
        }
        throws(() => pool.read_all(make(3, 2), 4), isTooMuch);
        equal(pool.read_all(make(3, 1), 4).length, 4);
        const failing = make(3, -1);
        equal(pool.read_all(failing, 4).length, 3);
        throws(() => pool.read(failing, 4), isFailure);
        const inner = () => pool.read_all(Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes([1, 2])), 9).length;
        equal(pool.read_all(make(inner, 1), 3).length, 3);
        settle(pool);
    },

    async 'pools-that-go-while-they-read'() {
        const stream = () => Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(new Uint8Array(100)));
        for (const name of ['read_async', 'read_all_async']) {
            const promises = apart(() => Array.from({length: 50},
                () => new Bufpool.Pool({maxBuffers: 4})[name](stream(), 10)));
            System.gc();
            System.gc();
            for (const slice of await Promise.all(promises))
                equal(slice.toArray().length, 10);
        }
    },

    async 'callbacks-that-misbehave'() {
        const pool = new Bufpool.Pool({maxBuffers: 4});
        const stream = Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(new Uint8Array(100)));
        const cancellable = new Gio.Cancellable();
        const length = await new Promise((resolve, reject) => {
            pool.read_all_async(stream, 10, GLib.PRIORITY_DEFAULT, cancellable, (source, result) => {
                // Begun before what it was called for is had
                cancellable.cancel();
                source.read_all_async(stream, 10, GLib.PRIORITY_DEFAULT, cancellable).then(reject, error => {
                    ok(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED), 'being cancelled');
                    resolve(source.read_all_finish(result).length);
                });
            });
        });
        equal(length, 10);
        equal((await pool.read_all_async(stream, 100)).length, 90);
        settle(pool);
    },

    async 'results-that-are-had-twice'() {
        const pool = new Bufpool.Pool();
        for (const [name, finish, other] of [['read_async', 'read_finish', 'read_all_finish'],
            ['read_all_async', 'read_all_finish', 'read_finish']]) {
            const result = await new Promise(resolve => {
                pool[name](Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes([1])), 5, GLib.PRIORITY_DEFAULT, null,
                    (_, it) => resolve(it));
            });
            equal(pool[other](result), null);
            equal(pool[finish](result).length, 1);
            equal(pool[finish](result), null);
        }
    },

    'handles-with-everything'() {
        for (const [seed, elementType] of ['u8', 'f64', 'i64'].entries()) {
            const pool = new Bufpool.Pool({elementType, maxBuffers: 4});
            tryEverything(() => pool.acquire(4), seed);
            settle(pool);
        }
        const odd = new Bufpool.Pool({elementSize: 3, maxBuffers: 4});
        tryEverything(() => odd.acquire(4), 5);
        settle(odd);
    },

    'slices-and-stats-with-everything'() {
        const pool = new Bufpool.Pool({elementType: 'i16', maxBuffers: 4});
        tryEverything(() => Bufpool.PooledSlice.new_take(pool.acquire(4), 3), 6);
        tryEverything(() => pool.stats, 7);
        tryEverything(() => pool.acquire(3).get_view(), 8);
        settle(pool);
    },

    'pools-with-everything'() {
        for (const [seed, properties] of [{}, {elementType: 'f32'}, {realtime: true}].entries())
            tryEverything(() => new Bufpool.Pool({maxBuffers: 4, ...properties}), seed);
        const zoo = makeZoo();
        for (const name of ['new', 'new_full', 'new_for_size', 'new_for_type']) {
            for (const thing of zoo) {
                try {
                    Bufpool.Pool[name](thing).acquire();
                } catch {
                }
            }
        }
    },

    'budgets-with-everything'() {
        tryEverything(() => new Bufpool.Budget({maxBytes: 1000}), 10);
        for (const thing of makeZoo()) {
            for (const make of [() => new Bufpool.Budget(thing), () => new Bufpool.Budget({maxBytes: thing}),
                () => Bufpool.Budget.new(thing)]) {
                try {
                    new Bufpool.Pool({budget: make()}).acquire(5);
                } catch {
                }
            }
        }
    },

    'properties-with-everything'() {
        const names = ['elementType', 'elementSize', 'itemType', 'alignment', 'shards', 'maxBuffers', 'trimCapacity',
            'threadCache', 'name', 'itemFuncs', 'maxOutstanding', 'maxIdleBytes', 'budget', 'flushing', 'idleTimeout',
            'memoryMonitor', 'clearOnRelease', 'realtime'];
        const zoo = makeZoo();
        const dice = makeDice(9);
        for (let i = 0; i < 3000; i++) {
            const chosen = Array.from({length: 1 + dice(3)}, () => [names[dice(names.length)], zoo[dice(zoo.length)]]);
            try {
                new Bufpool.Pool(Object.fromEntries(chosen)).acquire();
            } catch {
            }
        }
        for (const thing of zoo.filter(each => each !== undefined))
            throws(() => new Bufpool.Pool({nonsense: thing}), Error);
    },

    'classes-by-the-backdoor'() {
        for (const kind of [Bufpool.Pooled, Bufpool.PooledSlice, Bufpool.PooledView, Bufpool.PoolStats])
            throws(() => new kind(), Error);
        throws(() => GObject.registerClass(class Derived extends Bufpool.Pool {}), TypeError);
        throws(() => Bufpool.Pooled.prototype.release.call(5), Error);
        throws(() => Bufpool.Pooled.prototype.get_length.call(new Bufpool.Pool().stats), Error);
        throws(() => Bufpool.Pooled.prototype.toArray.call(new Bufpool.Pool()), Error);
        throws(() => Bufpool.Pooled.prototype.toArray.call({}), Error);
    },

    'sizes-that-are-huge'() {
        const pool = new Bufpool.Pool({elementType: 'f64'});
        const buffer = pool.acquire(3);
        for (const size of GLib.SIZEOF_SIZE_T < 8 ? [2 ** 31, HUGE] : [2 ** 50, 2 ** 53 - 1]) {
            for (const call of [() => buffer.resize(size), () => buffer.reserve(size), () => pool.acquire(size),
                () => pool.prefill(1, size)])
                throws(call, error => error.matches(PoolError, PoolError[HUGE_ERROR]));
            throws(() => buffer.set_length(size), error => error.matches(PoolError, PoolError.OUT_OF_RANGE));
        }
        for (const size of [2 ** 53, 2 ** 64, -1, Infinity, NaN, 2n ** 64n]) {
            for (const call of [() => buffer.resize(size), () => pool.acquire(size), () => buffer.write(size, []),
                () => Bufpool.PooledSlice.new_take(buffer, size)])
                throws(call, RangeError);
        }
        settle(pool);
    },
}, ['results-that-are-had-twice']);
