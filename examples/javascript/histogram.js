#!/usr/bin/env -S gjs -m
// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Which bytes a file is made of, and how much information there is in them.
//
//     histogram.js FILE
//
// The file is read into buffers of a pool, 64 KiB at a time and without blocking.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import system from 'system';

Gio._promisify(Gio.File.prototype, 'read_async', 'read_finish');

const CHUNK = 65536;
const ROWS = 16;
const WIDEST_BAR = 50;

// How often each byte occurs in a stream.
async function countBytes(pool, stream) {
    const counts = new Float64Array(256);
    for await (const chunk of pool.readChunks(stream, CHUNK)) {
        // A copy, since it is not promised that an array can lie on foreign memory.
        // At the next turn of the loop the chunk goes back to the pool.
        for (const byte of chunk.toArray())
            counts[byte]++;
    }
    return counts;
}

const add = (sum, value) => sum + value;

// Shannon's, in bits for each byte: what an ideal code would need that knows how
// frequent every byte is, and nothing else.
function getEntropy(counts, total) {
    return counts.filter(count => count > 0)
        .map(count => count / total * Math.log2(total / count))
        .reduce(add, 0);
}

const toHex = number => number.toString(16).padStart(2, '0');
const toPercent = share => `${(100 * share).toFixed(1)} %`;

function printHistogram(name, counts, total) {
    const nValues = counts.filter(count => count > 0).length;
    const mostOften = counts.indexOf(Math.max(...counts));

    print(`${name}: ${total} bytes`);
    print(`  Entropy      ${getEntropy(counts, total).toFixed(4)} of 8 bits a byte`);
    print(`  Values       ${nValues} of 256 occur, most often ${toHex(mostOften)}: ` +
        `${toPercent(counts[mostOften] / total)}`);

    const width = counts.length / ROWS;
    const rows = Array.from({length: ROWS},
        (_, row) => counts.subarray(row * width, (row + 1) * width).reduce(add));
    const highest = Math.max(...rows);
    rows.forEach((count, row) => {
        const title = (row === 0 ? 'Histogram' : '').padEnd(12);
        const range = `${toHex(row * width)}-${toHex((row + 1) * width - 1)}`;
        const bar = '#'.repeat(Math.round(WIDEST_BAR * count / highest));
        print(`  ${title} ${range} ${toPercent(count / total).padStart(8)}  ${bar}`.trimEnd());
    });
}

function printPool({name}, {acquired, hits, misses, idle, outstanding}) {
    print(`  ${`Pool of ${name}`.padEnd(12)} ${acquired} buffers: ${hits} reused ` +
        `(${toPercent(hits / Math.max(acquired, 1))}), ${misses} allocated; ` +
        `${idle} idle now, ${outstanding} in use`);
}

function fail(message) {
    printerr(`histogram.js: ${message.replace(/[\r\n]+/g, ' ')}`);
    return 1;
}

async function main(paths) {
    if (paths.length !== 1)
        return fail('give one file: histogram.js FILE');

    const file = Gio.File.new_for_commandline_arg(paths[0]);
    const pool = new Bufpool.Pool({elementType: 'u8', name: 'u8', maxBuffers: 4});
    let counts;
    try {
        const stream = await file.read_async(GLib.PRIORITY_DEFAULT, null);
        counts = await countBytes(pool, stream);
    } catch (error) {
        if (!(error instanceof GLib.Error))
            throw error;
        return fail(`${paths[0]}: ${error.message}`);
    }

    const total = counts.reduce(add);
    if (total === 0)
        return fail(`${paths[0]}: is empty`);

    printHistogram(file.get_basename(), counts, total);
    printPool(pool, pool.stats);
    return 0;
}

system.exit(await main(ARGV));
