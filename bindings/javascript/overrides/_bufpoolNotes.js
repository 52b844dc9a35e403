// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/* exported notes */

// Notes where in a script buffers were acquired, for BUFPOOL_DEBUG=backtrace: native
// calls do not know that.
var notes = (() => {
    const {GLib} = imports.gi;

    // wrap(klass, makers) replaces methods. A slice gives its handle only at its end.
    function noteCallers(Bufpool, wrap) {
        const {Pool, Pooled, PooledSlice} = Bufpool;
        const {Error} = globalThis;

        const describeCaller = () => new Error().stack.split('\n')
            .filter(line => line && !/\/overrides\/(_b|B)ufpool\w*\.js:/.test(line)).slice(0, 16).join('\n');

        function note(result, lines) {
            if (result instanceof Pooled) {
                if (result.is_sampled())
                    result.set_note(lines ?? describeCaller());
            } else if (result instanceof PooledSlice) {
                const length = result.get_length();
                const handle = result.steal_pooled();
                note(handle, lines);
                return PooledSlice.new_take(handle, length);
            } else if (Array.isArray(result)) {
                result.forEach(handle => note(handle, lines));
            }
            return result;
        }

        const withNote = native => function (...args) {
            return note(native.apply(this, args));
        };
        const withNoteLater = native => function (...args) {
            const lines = describeCaller();
            const promise = native.apply(this, args);
            return typeof promise?.then === 'function' ? promise.then(result => note(result, lines)) : promise;
        };

        wrap(Pool, {
            acquire: withNote,
            try_acquire: withNote,
            acquire_sized: withNote,
            acquire_many: withNote,
            acquire_wait: withNote,
            read: withNote,
            read_all: withNote,
            acquire_async: withNoteLater,
            read_async: withNoteLater,
            read_all_async: withNoteLater,
        });
    }

    function isTracing() {
        return (GLib.getenv('BUFPOOL_DEBUG') ?? '').split(/[:;, \t]+/)
            .some(word => ['backtrace', 'all'].includes(word.split('=')[0].toLowerCase()));
    }

    return {isTracing, noteCallers};
})();
