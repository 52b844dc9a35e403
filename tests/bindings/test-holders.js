// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// JavaScript: where buffers were acquired, by file and line. BUFPOOL_DEBUG is read once in a process, so
// scripts run in processes of their own.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';

import {equal, ok, run, throws} from './tap.js';

const HEAD = `import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

const pool = new Bufpool.Pool({elementType: 'f32', name: 'frames'});
const octets = new Bufpool.Pool({name: 'octets'});
const stream = Gio.MemoryInputStream.new_from_bytes(new TextEncoder().encode('0123456789'));
const held = [];
`;

// Its output and its log; and where a part of it stands.
function runScript(body, debug) {
    const text = HEAD + body;
    const [file, io] = Gio.File.new_tmp('leaky-XXXXXX.js');
    io.close(null);
    file.replace_contents(new TextEncoder().encode(text), null, false, Gio.FileCreateFlags.NONE, null);

    const launcher = new Gio.SubprocessLauncher({
        flags: Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_PIPE,
    });
    launcher.setenv('BUFPOOL_DEBUG', debug, true);
    const child = launcher.spawnv([System.programInvocationName.includes('gjs')
        ? System.programInvocationName : 'gjs', '-m', file.get_path()]);
    const [, output, log] = child.communicate_utf8(null, null);
    if (!child.get_successful())
        throw new Error(`the script failed: ${log}`);
    file.delete(null);
    const name = file.get_basename();
    const findLine = part => `${name}:${text.split('\n').findIndex(line => line.includes(part)) + 1}`;
    return {output, log, findLine};
}

await run({
    'a leak is found by its line'() {
        const script = runScript(`function make() {
            return pool.acquire_sized(100);  // leak
        }
        held.push(make());  // caller
        print(pool.dump_outstanding());`, 'backtrace');
        const [, place] = script.output.split('acquired at\n');
        const lines = place.split('\n');
        ok(lines[0].includes('make@') && lines[0].includes(script.findLine('// leak')), place);
        ok(lines[1].includes(script.findLine('// caller')), place);
        ok(!script.output.includes('overrides'), script.output);
        ok(script.output.includes('400 bytes, length 100, 1 reference, 0 pins'), script.output);
    },

    'so is one of every other way'() {
        const calls = ['pool.acquire()', 'pool.acquire(5)', 'pool.try_acquire()', 'pool.acquire_wait(5)',
            'pool.acquire_many(5, 3)', 'octets.read(stream, 4, null)', 'octets.read_all(stream, 4, null)',
            'await pool.acquire_async(5)', 'await octets.read_async(stream, 4)'];
        const script = runScript(`${calls.map((call, i) => `held.push(${call});  // leak ${i}`).join('\n')}
            for (const each of [pool, octets])
                print(each.dump_outstanding(Bufpool.DumpFormat.JSON));
            print(held[5].toArray(), held[6].length);`, 'backtrace');
        const [first, second, rest] = script.output.split('\n');
        const notes = [first, second].flatMap(line => JSON.parse(line).places).map(place => place.note.split('\n')[0]);
        equal(notes.length, calls.length);
        calls.forEach((call, i) => {
            ok(notes.some(note => note.includes(`${script.findLine(`// leak ${i}`)}:`)), `${call}: ${notes}`);
        });
        equal(rest, '0123 4');
    },

    'without the word there is nothing'() {
        const script = runScript(`held.push(pool.acquire(5));
            print(held[0].is_sampled(), held[0].set_note('x'));
            print(pool.dump_outstanding());`, 'leaks');
        ok(script.output.startsWith('false false\nPool "frames": 1 buffer is out; with'), script.output);
    },

    'what the engine drops at its end is no leak'() {
        const script = runScript('held.push(pool.acquire(5));', 'backtrace,leaks');
        ok(!script.log.includes('The process ends'), script.log);
    },

    'what is wrong is refused'() {
        throws(() => new Bufpool.Pool().dump_outstanding('json'), TypeError);
        throws(() => new Bufpool.Pool().dump_outstanding(2), RangeError);
        equal(GLib.getenv('BUFPOOL_DEBUG'), null);
    },
});
