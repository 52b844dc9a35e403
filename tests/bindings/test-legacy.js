// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// JavaScript: the older form of imports.

imports.gi.versions.Bufpool = '1.0';
const {Bufpool} = imports.gi;

const pool = new Bufpool.Pool({elementType: 'i16', maxBuffers: 2});
const sum = pool.withBuffer(2, buffer => {
    buffer.write(0, [40, 2]);
    return buffer.toArray().reduce((a, b) => a + b);
});

print('1..1');
print(`${sum === 42 && pool.stats.outstanding === 0 ? 'ok' : 'not ok'} 1 - a buffer is lent to a function`);
