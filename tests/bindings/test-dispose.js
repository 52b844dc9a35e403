// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// JavaScript: disposal at the end of a block, which the engines of today have only as a
// symbol that a program has to make.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import {equal, ok, run, throws} from './tap.js';

// Before the import: the methods are made when the library is loaded
const isNative = Symbol.dispose !== undefined;
if (!isNative)
    Object.defineProperty(Symbol, 'dispose', {value: Symbol('Symbol.dispose')});

const {default: Bufpool} = await import('gi://Bufpool?version=1.0');

// What `using` is, in an engine that does not know it; in one that does, itself.
const useOnce = isNative
    ? new Function('make', 'func', '{ using thing = make(); func(thing); }')
    : (make, func) => {
        const thing = make();
        try {
            func(thing);
        } finally {
            thing[Symbol.dispose]();
        }
    };

await run({
    'a buffer goes back at the end of its block'() {
        const pool = new Bufpool.Pool();
        useOnce(() => pool.acquire(4), buffer => {
            buffer.write(0, [1]);
            equal(pool.stats.outstanding, 1);
        });
        equal([pool.stats.outstanding, pool.stats.idle], [0, 1]);
    },

    'and when the block is left by an error'() {
        const pool = new Bufpool.Pool();
        throws(() => useOnce(() => pool.acquire(4), () => {
            throw new RangeError('x');
        }), RangeError);
        equal(pool.stats.outstanding, 0);
    },

    'what is released already may be disposed of'() {
        const pool = new Bufpool.Pool();
        useOnce(() => pool.acquire(4), buffer => buffer.release());
        equal([pool.stats.outstanding, pool.stats.idle], [0, 1]);
    },

    'a slice'() {
        const pool = new Bufpool.Pool();
        const stream = Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes([1, 2, 3]));
        useOnce(() => pool.read(stream, 4), slice => equal([...slice], [1, 2, 3]));
        equal([pool.stats.outstanding, pool.stats.idle], [0, 1]);
    },

    'nothing else is disposable'() {
        ok(!(Symbol.dispose in new Bufpool.Pool()), 'a pool that stays');
    },
});
