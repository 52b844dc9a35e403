// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Abuse by objects whose class is written in JavaScript.

import Bufpool from 'gi://Bufpool?version=1.0';
import GObject from 'gi://GObject';
import System from 'system';

import {equal, ok, throws} from '../tap.js';
import {apart, main, settle} from './cases.js';

// The test chooses its vfuncs.
const Item = GObject.registerClass({
    Implements: [Bufpool.Reusable],
}, class Item extends GObject.Object {
    _init(params = {}) {
        super._init(params);
        this.lines = [];
        Item.made++;
        if (Item.initialize)
            Item.initialize(this);
    }

    vfunc_reuse(trim) {
        return Item.reuse(this, trim);
    }

    vfunc_get_byte_size() {
        return Item.size;
    }
});

Item.made = 0;
Item.size = 0;
Item.initialize = null;

function makePool(reuse, properties = {}) {
    Item.reuse = reuse;
    return new Bufpool.Pool({itemType: Item, maxBuffers: 8, threadCache: 0, ...properties});
}

const keep = () => true;

await main({
    'reuse-that-throws'() {
        const pool = makePool(() => {
            throw new Error('not today');
        });
        for (let i = 0; i < 50; i++)
            pool.acquire().release();
        equal([pool.stats.idle, pool.stats.dropped], [0, 50]);
        apart(() => pool.acquire());
        System.gc();
        apart(() => pool.acquire());
        settle(pool);
    },

    'reuse-that-returns-nonsense'() {
        for (const value of [undefined, null, 0, 1, -1, 2 ** 70, 'yes', '', [], {}, NaN, 5n, Symbol('x')]) {
            const pool = makePool(() => value);
            for (let i = 0; i < 3; i++)
                pool.acquire().release();
            settle(pool);
        }
    },

    'sizes-that-are-nonsense'() {
        for (const size of [undefined, null, -1, 2 ** 53, 2 ** 70, 'big', 1.5, NaN, {}, 5n, Infinity]) {
            const pool = makePool(keep);
            Item.size = size;
            for (let i = 0; i < 3; i++)
                pool.acquire().release();
            String(pool.stats);
            settle(pool);
        }
    },

    'reuse-that-uses-the-pool'() {
        let depth = 0;
        const pool = makePool(() => {
            if (depth < 20) {
                depth++;
                pool.withBuffer(inner => inner.item.lines.push(depth));
                depth--;
            }
            return true;
        });
        for (let i = 0; i < 3; i++)
            pool.acquire().release();
        settle(pool);
    },

    'reuse-that-disposes-the-pool'() {
        const pool = makePool(() => {
            pool.run_dispose();
            return true;
        });
        const handle = pool.acquire();
        handle.release();
        ok(handle.released, 'being released');
    },

    'reuse-that-drops-and-fills'() {
        let isActing = false;
        let nAdded = 0;
        const pool = makePool(() => {
            if (isActing)
                return true;
            isActing = true;
            pool.drop_idle(1);
            pool.maxBuffers = 1 + pool.maxBuffers % 7;
            try {
                pool.prefill(1);
                nAdded++;
            } catch {
            }
            isActing = false;
            return true;
        });
        for (let i = 0; i < 50; i++) {
            const handles = [pool.acquire(), pool.acquire(), pool.acquire()];
            handles.forEach(each => each.release());
        }
        settle(pool, {added: nAdded});
    },

    'reuse-that-collects'() {
        const pool = makePool(item => {
            item.itself = item;
            System.gc();
            return item.lines.length < 3;
        });
        for (let i = 0; i < 20; i++) {
            const handle = pool.acquire();
            handle.item.lines.push(handle);
            handle.release();
        }
        settle(pool);
    },

    'items-that-are-kept'() {
        const pool = makePool(keep);
        const kept = [];
        for (let i = 0; i < 10; i++) {
            const handle = pool.acquire();
            kept.push(handle.item);
            handle.item.handle = handle;
            handle.item.pool = pool;
            if (i % 2)
                handle.release();
        }
        pool.drop_idle();
        System.gc();
        for (const item of kept)
            item.lines.push(1);
        settle(pool.get_stats() && new Bufpool.Pool());
    },

    'items-given-twice'() {
        const pool = makePool(keep);
        const item = new Item();
        for (let i = 0; i < 5; i++)
            pool.recycle_item(item);
        const [one, other] = [pool.acquire(), pool.acquire()];
        ok(one.item === other.item, 'being the same');
        pool.recycle_item(one.item);
        one.release();
        other.release();
        pool.drop_idle();
        item.lines.push(1);
    },

    // The last reference goes away inside the collector, where no JavaScript may run
    'items-forgotten-and-collected'() {
        const pool = makePool(item => {
            item.lines = [];
            return true;
        }, {maxBuffers: 50});
        for (let round = 0; round < 4; round++) {
            apart(() => {
                for (let i = 0; i < 1000; i++)
                    pool.acquire().item.lines.push(i);
            });
            System.gc();
            equal(pool.acquire().item.lines, []);
        }
        settle(pool);
        equal(pool.stats.dropped + pool.stats.idle + pool.stats.outstanding, Item.made);
    },

    'pools-forgotten-with-their-items'() {
        for (let round = 0; round < 5; round++) {
            apart(() => {
                const pool = makePool(keep, {maxBuffers: 50});
                pool.prefill(20);
                for (let i = 0; i < 20; i++)
                    pool.acquire().item.mark = pool;
                pool.acquire();
            });
            System.gc();
            System.gc();
        }
    },

    'items-past-a-disposed-pool'() {
        const handles = apart(() => {
            const pool = makePool(keep);
            const made = [pool.acquire(), pool.acquire(), pool.acquire()];
            pool.run_dispose();
            return made;
        });
        handles[0].item.lines.push(1);
        handles.shift().release();
        handles.length = 0;
        System.gc();
    },

    'initializers-that-throw'() {
        const pool = makePool(keep);
        Item.initialize = () => {
            throw new Error('not today');
        };
        for (let i = 0; i < 10; i++)
            throws(() => pool.acquire().release(), Error);
        Item.initialize = null;
        settle(pool);
    },

    'interface-methods-called-by-hand'() {
        Item.reuse = keep;
        const item = new Item();
        equal([item.reuse(5), item.get_byte_size()], [true, 0]);
        throws(() => item.reuse(), Error);
        throws(() => item.reuse(-1), Error);
        throws(() => Bufpool.Reusable.prototype.reuse.call(new GObject.Object(), 1), Error);
    },

    'disposed-in-callbacks'() {
        const pool = makePool(keep);
        const handle = pool.acquire();
        pool.connect('notify::max-buffers', () => {
            pool.run_dispose();
        });
        pool.maxBuffers = 40;
        handle.release();
    },
}, ['reuse-that-throws', 'sizes-that-are-nonsense', 'initializers-that-throw', 'reuse-that-disposes-the-pool',
    'items-past-a-disposed-pool', 'disposed-in-callbacks']);
