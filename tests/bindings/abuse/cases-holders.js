// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Abuse of dumps of what is out: asked for at any time, from anywhere, about anything.

import GLib from 'gi://GLib';
import System from 'system';

import {equal, ok, throws} from '../tap.js';
import {apart, main, settle} from './cases.js';

// Before the library reads it.
GLib.setenv('BUFPOOL_DEBUG', [GLib.getenv('BUFPOOL_DEBUG'), 'backtrace'].filter(Boolean).join(','), true);
const {default: Bufpool} = await import('gi://Bufpool?version=1.0');
const {JSON: AS_JSON} = Bufpool.DumpFormat;

function look(pool) {
    equal(typeof pool.dump_outstanding(), 'string');
    const known = JSON.parse(pool.dump_outstanding(AS_JSON));
    equal(known.places.reduce((sum, place) => sum + place.buffers, 0), known.samples);
    return known;
}

await main({
    async 'dump-during-everything'() {
        const pool = new Bufpool.Pool({maxBuffers: 4, name: 'busy'});
        for (let i = 0; i < 200; i++) {
            const buffer = pool.acquire(100);
            buffer.set_note(`round ${i}`);
            const bytes = buffer.get_bytes();
            const [first, second] = pool.acquire_many(10, 2);
            const promise = pool.acquire_async(10);
            ok(look(pool).outstanding >= 3);
            first.release();
            look(pool);
            buffer.release();
            equal(bytes.toArray().length, 100);
            look(pool);
            second.release();
            (await promise).release();
        }
        for (let i = 0; i < 100 && look(pool).outstanding > 2; i++)
            System.gc();
        settle(pool);
    },

    'odd-names-and-notes'() {
        for (const text of ['', ' ', '\n', '"', '\\', '"}],[{"', '\x01\x1f\x7f', 'ä€😀', '%s%n%d', 'a'.repeat(100000),
            '\u2028', '</script>']) {
            const pool = new Bufpool.Pool({name: text});
            const buffer = pool.acquire(10);
            ok(buffer.set_note(text));
            const known = look(pool);
            equal([known.pool, known.places[0].note], [text, text]);
            buffer.set_note(null);
            equal(look(pool).places[0].note, null);
            buffer.release();
            buffer.set_note(text);
            equal(look(pool).places, []);
        }
    },

    'odd-formats'() {
        const pool = new Bufpool.Pool();
        for (const thing of [2, -1, 0.5, NaN, 'json', null, {}, [], 2n ** 64n])
            throws(() => pool.dump_outstanding(thing), Error);
        equal(look(pool).outstanding, 0);
    },

    'disposed-and-outlived'() {
        const pool = new Bufpool.Pool({name: 'gone'});
        const held = Array.from({length: 5}, () => pool.acquire(10));
        pool.run_dispose();
        throws(() => pool.dump_outstanding.call(held[0]), Error);
        held.forEach(buffer => buffer.release());
        apart(() => (held.length = 0));
        System.gc();
    },
});
