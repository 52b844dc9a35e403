// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// JavaScript: handles, slices, and what they are made of.

import Bufpool from 'gi://Bufpool?version=1.0';
import GLib from 'gi://GLib';
import System from 'system';

import {HUGE, HUGE_ERROR, equal, ok, rejects, run, throws} from './tap.js';

const {PoolError} = Bufpool;
const fails = code => error => error.matches(PoolError, code);

function makePool(properties = {}) {
    return new Bufpool.Pool({elementType: 'f32', maxBuffers: 8, threadCache: 0, ...properties});
}

await run({
    'a buffer is lent to a function'() {
        const pool = makePool();
        let kept = null;
        const sum = pool.withBuffer(4, buffer => {
            kept = buffer;
            buffer.write(4, [1.5, 2]);
            equal(pool.stats.outstanding, 1);
            return buffer.toArray().reduce((a, b) => a + b);
        });
        equal([sum, pool.stats.outstanding, kept.released, kept.length], [3.5, 0, true, 0]);
    },

    'a function that throws gives the buffer back'() {
        const pool = makePool();
        throws(() => pool.withBuffer(() => {
            throw new RangeError('x');
        }), RangeError);
        equal(pool.stats.outstanding, 0);
        throws(() => pool.withBuffer(4), TypeError);
        equal(pool.stats.outstanding, 0);
    },

    async 'a promise gives the buffer back when it is settled'() {
        const pool = makePool();
        const promise = pool.withBuffer(2, async buffer => {
            await null;
            buffer.append([7]);
            return buffer.length;
        });
        equal(pool.stats.outstanding, 1);
        equal([await promise, pool.stats.outstanding], [3, 0]);
        await rejects(pool.withBuffer(() => Promise.reject(new TypeError('y'))), TypeError);
        equal(pool.stats.outstanding, 0);
    },

    'release counts once'() {
        const buffer = makePool().acquire();
        equal([buffer.release(), buffer.release(), buffer.released], [true, false, true]);
    },

    'length and capacity'() {
        const buffer = makePool().acquire(2);
        buffer.write(0, [1, 2]);
        buffer.resize(3);
        equal(buffer.toArray(), [1, 2, 0]);
        buffer.set_length(1);
        buffer.reserve(100);
        ok(buffer.capacity >= 100, 'the capacity');
        equal([buffer.length, buffer.toArray()], [1, [1]]);
        equal(String(buffer), `[Bufpool.Pooled: 1 f32, capacity ${buffer.capacity}]`);
    },

    'arrays of every type'() {
        for (const [name, TypedArray] of Object.entries({
            u8: Uint8Array, i8: Int8Array, u16: Uint16Array, i16: Int16Array, u32: Uint32Array, i32: Int32Array,
            u64: BigUint64Array, i64: BigInt64Array, f32: Float32Array, f64: Float64Array,
        })) {
            const buffer = makePool({elementType: name}).acquire();
            const one = TypedArray.name.startsWith('Big') ? 1n : 1;
            buffer.append(TypedArray.of(one, one));
            buffer.append([one]);
            ok(buffer.toArray() instanceof TypedArray, name);
            equal(buffer.toArray(), [one, one, one]);
            equal([...buffer], [one, one, one]);
            equal(buffer.get_element_size(), TypedArray.BYTES_PER_ELEMENT);
        }
    },

    'anything with bytes can be written'() {
        const buffer = makePool({elementType: 'u8'}).acquire(8);
        const bytes = new Uint8Array([0, 1, 2, 3, 4]);
        for (const data of [bytes.subarray(1, 3), new DataView(bytes.buffer, 1, 2), bytes.slice(1, 3).buffer,
            [1, 2], new GLib.Bytes([1, 2])]) {
            buffer.write(2, new Uint8Array([0, 0]));
            buffer.write(2, data);
            equal(buffer.toArray(), [0, 0, 1, 2, 0, 0, 0, 0]);
        }
        buffer.write(0, new Uint16Array([0x0101]));
        equal(buffer.toArray().subarray(0, 2), [1, 1]);
        for (const data of ['text', 5, null, undefined, {}])
            throws(() => buffer.append(data), TypeError);
    },

    'arrays of other numbers are refused'() {
        const buffer = makePool({elementType: 'f32'}).acquire(2);
        for (const data of [Float64Array.of(1), Int32Array.of(1), BigInt64Array.of(1n)]) {
            throws(() => buffer.write(0, data), TypeError);
            throws(() => buffer.append(data), TypeError);
        }
        buffer.write(0, Float64Array.of(0).buffer);
        buffer.write(4, Float32Array.of(1));
        equal(buffer.toArray(), [0, 1]);
    },

    'a copy is a copy and pins nothing'() {
        const buffer = makePool().acquire(1);
        const copy = buffer.toArray();
        copy[0] = 9;
        equal(buffer.toArray(), [0]);
        buffer.append([1]);
        equal(buffer.length, 2);
        equal(makePool().acquire().toArray(), []);
    },

    'elements one by one are refused, with what to write instead'() {
        const says = word => error => error instanceof TypeError && error.message.includes(word);
        const buffer = makePool().acquire(2);
        for (const index of [0, 1, 2, -1, '0', 1.5]) {
            throws(() => buffer[index], says('toArray()'));
            throws(() => (buffer[index] = 5), says('buffer.write(offset, [value])'));
        }
        throws(() => buffer[0]++, says('toArray()'));
        // An array that is filled from something like an array reads it so
        throws(() => new Float32Array(2).set(buffer), says('toArray()'));
        equal([buffer.toArray(), Object.keys(buffer), 0 in buffer], [[0, 0], [], false]);

        const slice = Bufpool.PooledSlice.new_take(buffer, 2);
        throws(() => slice[0], says('toArray()'));
        throws(() => (slice[0] = 5), says('steal_pooled()'));
        equal([[...slice], Object.keys(slice)], [[0, 0], []]);
        slice.release();
        throws(() => slice[0], says('toArray()'));
    },

    async 'other names are properties as ever'() {
        const buffer = makePool().acquire(2);
        buffer.mark = 5;
        buffer.$0 = 6;
        equal([buffer.mark, buffer.$0, buffer.nonsense, buffer[Symbol.for('x')]], [5, 6, undefined, undefined]);
        equal([(await buffer).length, `${buffer}`], [2, `[Bufpool.Pooled: 2 f32, capacity ${buffer.capacity}]`]);
        ok(buffer instanceof Bufpool.Pooled && buffer.hasOwnProperty('mark'), 'being what it was');
    },

    'arrays over bytes: of the memory itself in old GJS, of a copy in new ones'() {
        const isCopied = System.version >= 18102;
        const buffer = makePool({elementType: 'u8'}).acquire(2);
        const array = buffer.get_bytes().toArray();
        array[0] = 5;
        equal(buffer.toArray(), isCopied ? [0, 0] : [5, 0]);
        // What is promised: the array of a buffer is a copy
        buffer.toArray()[1] = 9;
        equal(buffer.toArray()[1], 0);
    },

    'bytes pin'() {
        const pool = makePool();
        const buffer = pool.acquire(2);
        const bytes = buffer.get_bytes();
        for (const change of [() => buffer.append([1]), () => buffer.write(0, [1]), () => buffer.resize(3)]) {
            const error = throws(change, fails(PoolError.BUSY));
            ok(error.message.includes('1 live GBytes') && error.message.includes('toArray()'), 'naming the remedy');
            ok(error.stack.includes('test-buffers.js'), 'saying where');
        }
        equal([buffer.release(), pool.stats.outstanding, bytes.get_size()], [true, 1, 8]);
        equal(bytes.get_data(), [0, 0, 0, 0, 0, 0, 0, 0]);
    },

    'errors'() {
        const buffer = makePool().acquire(2);
        throws(() => buffer.set_length(1000), fails(PoolError.OUT_OF_RANGE));
        throws(() => buffer.append(new Uint8Array(3)), fails(PoolError.OUT_OF_RANGE));
        throws(() => buffer.write(8, [1]), fails(PoolError.OUT_OF_RANGE));
        throws(() => buffer.resize(HUGE), fails(PoolError[HUGE_ERROR]));
        buffer.release();
        const error = throws(() => buffer.toArray(), fails(PoolError.RELEASED));
        ok(error instanceof GLib.Error, 'being a GLib.Error');
        for (const number of [-1, 1.5, NaN, 2 ** 53, Infinity])
            throws(() => makePool().acquire(number), RangeError);
        for (const number of ['1', null, {}, []])
            throws(() => makePool().acquire(number), TypeError);
    },

    'elements without a type'() {
        const buffer = makePool({elementType: undefined, elementSize: 3}).acquire(2);
        buffer.write(3, new Uint8Array([1, 2, 3]));
        equal([buffer.toArray(), buffer.length], [[0, 0, 0, 1, 2, 3], 2]);
        throws(() => buffer.append([1, 2, 3]), TypeError);
    },

    'slices'() {
        const pool = makePool({elementType: 'u8'});
        const buffer = pool.acquire();
        buffer.append([1, 2, 3, 4]);
        const slice = Bufpool.PooledSlice.new_take(buffer, 3);
        const part = slice.sub(1);
        equal([slice.toArray(), part.toArray(), slice.sub(1, 1).toArray()], [[1, 2, 3], [2, 3], [2]]);
        equal([String(slice), [...part]], ['[Bufpool.PooledSlice: 3 u8]', [2, 3]]);
        throws(() => slice.sub(2, 2), fails(PoolError.OUT_OF_RANGE));
        throws(() => slice.sub(4), RangeError);
        throws(() => Bufpool.PooledSlice.new_take(pool.acquire(1), 2), fails(PoolError.OUT_OF_RANGE));
        throws(() => Bufpool.PooledSlice.new_take(5, 2), TypeError);
        equal([slice.release(), slice.release(), slice.length, String(slice)],
            [true, false, 0, '[Bufpool.PooledSlice: released]']);
        throws(() => slice.toArray(), fails(PoolError.RELEASED));
        equal(part.toArray(), [2, 3]);
    },

    'a slice becomes the handle again'() {
        const pool = makePool({elementType: 'u8'});
        const slice = Bufpool.PooledSlice.new_take(pool.acquire(4), 3);
        const part = slice.sub(1);
        throws(() => slice.steal_pooled(), fails(PoolError.BUSY));
        part.release();
        const buffer = slice.steal_pooled();
        throws(() => slice.steal_pooled(), fails(PoolError.RELEASED));
        buffer.append([9]);
        equal([slice.released, buffer.toArray()], [true, [0, 0, 0, 0, 9]]);
        buffer.release();
        equal(pool.stats.outstanding, 0);
    },

    'what is forgotten goes back when it is collected'() {
        const pool = makePool();
        const forget = () => {
            for (let i = 0; i < 100; i++)
                pool.acquire(10);
        };
        forget();
        System.gc();
        ok(pool.stats.outstanding <= 1, 'being back');
        equal(pool.stats.idle, 8);
    },
});
