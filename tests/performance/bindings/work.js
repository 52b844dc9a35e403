// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The subjects in JavaScript, as work.py has those in Python.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';

// What is idle in the pool; one is in use at a time, and collected late
const N_BUFFERS = 4;

async function makePool(size) {
    const {default: Bufpool} = await import('gi://Bufpool?version=1.0');
    const pool = new Bufpool.Pool({maxBuffers: 2 * N_BUFFERS});
    pool.prefill(N_BUFFERS, size);
    return pool;
}

const ONE = new Uint8Array([1]);

const SUBJECTS = {
    async 'javascript-touch bufpool'(size) {
        const pool = await makePool(size);
        return rounds => {
            for (let i = 0; i < rounds; i++)
                pool.withBuffer(buffer => buffer.append(ONE));
        };
    },

    async 'javascript-touch bufpool-release'(size) {
        const pool = await makePool(size);
        return rounds => {
            for (let i = 0; i < rounds; i++) {
                const buffer = pool.acquire();
                buffer.append(ONE);
                buffer.release();
            }
        };
    },

    async 'javascript-touch bufpool-sized'(size) {
        const pool = await makePool(size);
        return rounds => {
            for (let i = 0; i < rounds; i++)
                pool.withBuffer(size, buffer => buffer.write(0, ONE));
        };
    },

    async 'javascript-touch bufpool-handle'(size) {
        const pool = await makePool(size);
        return rounds => {
            for (let i = 0; i < rounds; i++)
                pool.acquire().release();
        };
    },

    'javascript-touch uint8array'(size) {
        return rounds => {
            for (let i = 0; i < rounds; i++)
                new Uint8Array(size)[0] = 1;
        };
    },

    async 'javascript-write bufpool'(size) {
        const pool = await makePool(size);
        const data = new Uint8Array(size).fill(120);
        return rounds => {
            for (let i = 0; i < rounds; i++)
                pool.withBuffer(buffer => buffer.append(data));
        };
    },

    'javascript-write uint8array'(size) {
        const data = new Uint8Array(size).fill(120);
        return rounds => {
            for (let i = 0; i < rounds; i++)
                new Uint8Array(size).set(data);
        };
    },
};

// 17402 is 1.74.2
async function describe(subject) {
    if (subject.startsWith('bufpool')) {
        const {default: Bufpool} = await import('gi://Bufpool?version=1.0');
        const numbers = [Bufpool.MAJOR_VERSION, Bufpool.MINOR_VERSION, Bufpool.MICRO_VERSION];
        return {library: 'bufpool', version: numbers.join('.')};
    }
    const number = System.version;
    const numbers = [Math.floor(number / 10000), Math.floor(number / 100) % 100, number % 100];
    return {library: 'gjs', version: numbers.join('.')};
}

const [workload, subject, size] = System.programArgs;
let work = null;
try {
    work = await SUBJECTS[`${workload} ${subject}`](Number(size));
    print(JSON.stringify(await describe(subject)));
} catch (e) {
    print(JSON.stringify({absent: e.message}));
}

const input = new Gio.DataInputStream({base_stream: new Gio.UnixInputStream({fd: 0})});
for (;;) {
    const [line] = work ? input.read_line_utf8(null) : [null];
    if (line === null)
        break;
    const begin = GLib.get_monotonic_time();
    work(Number(line));
    print((GLib.get_monotonic_time() - begin) * 1000);
}
