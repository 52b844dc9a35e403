// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What a program of abuses is made of: see abuse.py, which runs them.

import System from 'system';

import {equal} from '../tap.js';

// Cases by their names; those in `loud` may make GLib complain.
export async function main(cases, loud = []) {
    const [name] = System.programArgs;
    if (name === '--list') {
        for (const each of Object.keys(cases))
            print(each, loud.includes(each) ? 'criticals' : 'silent');
        return;
    }
    try {
        await cases[name]();
    } catch (e) {
        printerr(`${e}\n${e.stack}`);
        System.exit(1);
    }
    print('survived');
}

// Nothing may be out when the script has no handle any more, but for what a frame of the
// interpreter may still hold, and no buffer may be lost. Added is how many were given
// to the pool, by prefill() or recycle_item().
export function settle(pool, {added = 0, ...wanted} = {}) {
    System.gc();
    const stats = pool.stats;
    if (stats.outstanding > 2)
        throw new Error(`${stats.outstanding} buffers are still out`);
    for (const [name, number] of Object.entries(wanted))
        equal([name, stats[name]], [name, number]);
    equal([stats.hits + stats.misses, stats.returned + stats.outstanding], [stats.acquired, stats.acquired]);
    equal(stats.misses + added, stats.idle + stats.outstanding + stats.dropped);
}

// In a frame of its own, so that none of its values linger.
export function apart(func) {
    return func();
}
