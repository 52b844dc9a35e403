// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs tests and says how they went in the Test Anything Protocol.

import GLib from 'gi://GLib';
import System from 'system';

// A number of bytes that is not to be had, and the name of the error that says so.
export const HUGE = GLib.SIZEOF_SIZE_T < 8 ? 2 ** 32 - 1 : 2 ** 52;
export const HUGE_ERROR = GLib.SIZEOF_SIZE_T < 8 ? 'TOO_LARGE' : 'NO_MEMORY';

function toText(value) {
    return JSON.stringify(value, (_, part) => {
        if (typeof part === 'bigint')
            return `${part}n`;
        return ArrayBuffer.isView(part) ? Array.from(part) : part;
    }) ?? String(value);
}

export function equal(actual, wanted) {
    if (toText(actual) !== toText(wanted))
        throw new Error(`got ${toText(actual)}, wanted ${toText(wanted)}`);
}

export function ok(value, what = 'it') {
    if (!value)
        throw new Error(`${what} does not hold`);
}

// What is thrown: by its class, or by a function that looks at it.
export function throws(func, kind) {
    let error = null;
    try {
        func();
    } catch (e) {
        error = e;
    }
    checkError(error, kind);
    return error;
}

export async function rejects(promise, kind) {
    let error = null;
    try {
        await promise;
    } catch (e) {
        error = e;
    }
    checkError(error, kind);
    return error;
}

function checkError(error, kind) {
    if (error === null)
        throw new Error('nothing was thrown');
    const isRight = kind.prototype instanceof Error || kind === Error ? error instanceof kind : kind(error);
    if (!isRight)
        throw new Error(`something else was thrown: ${error}`);
}

// Tests by their names; they may be asynchronous.
export async function run(tests) {
    let number = 0;
    let isFailed = false;

    print('TAP version 13');
    print(`1..${Object.keys(tests).length}`);
    for (const [name, test] of Object.entries(tests)) {
        number++;
        try {
            await test();
            print(`ok ${number} - ${name}`);
        } catch (e) {
            isFailed = true;
            print(`# ${e}\n${String(e.stack).trimEnd().replace(/^/gm, '# ')}`);
            print(`not ok ${number} - ${name}`);
        }
    }
    System.exit(isFailed ? 1 : 0);
}
