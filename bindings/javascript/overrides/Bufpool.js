// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/* exported _init */

// What makes bufpool feel like JavaScript.
//
//     const sum = pool.withBuffer(4096, buffer => { ... });
//
// A garbage collector comes late. So give buffers back: by withBuffer(), release(),
// `using` where there is Symbol.dispose, or by reading with readChunks(). What is
// forgotten goes back when it is collected. Bytes (GLib.Bytes) and slices of a
// buffer may outlive the handle and the pool: the buffer goes back with the last.

// All of it is in a function, globals included: names in the scope of a module of
// this kind are looked up anew each time, which took longer than short writes do.
var _init = (() => {
    const {Gio, GLib, GObject} = imports.gi;
    const {Promise, Proxy, Reflect} = globalThis;
    const {ELEMENT_SIZE, checkNumber, describeElements, getElementSize, toTypedArray, toUint8Array} =
        imports.overrides._bufpoolElements.elements;
    const {RANGES, checkChange, checkProperties, checkProperty, toCamelCase, toSnakeCase} =
        imports.overrides._bufpoolProperties.properties;
    const {isTracing, noteCallers} = imports.overrides._bufpoolNotes.notes;

    const DEFAULT_CHUNK = 65536;

    // Adds to a class what it lacks: getters, methods, iteration and, where the engine
    // has it, disposal at the end of a block.
    function extend(klass, getters, methods) {
        for (const [name, get] of Object.entries(getters))
            Object.defineProperty(klass.prototype, name, {configurable: true, get});
        for (const [name, method] of Object.entries(methods))
            klass.prototype[name] = method;

        if (methods.toArray) {
            klass.prototype[Symbol.iterator] = function () {
                return this.toArray()[Symbol.iterator]();
            };
        }
        if (Symbol.dispose && klass.prototype.release) {
            klass.prototype[Symbol.dispose] = function () {
                this.release();
            };
        }
    }

    // buffer[0] = 5 would make a property that has nothing to do with the elements, and
    // buffer[0] would be undefined. So there is a prototype that refuses numbers, behind
    // the class: what the class has is found before. One element at a time would be slow
    // in any case, since each is a call.
    function refuseIndices(klass, describeReading, describeWriting) {
        const isIndex = name => typeof name === 'string' && /^-?\d/.test(name);

        Object.setPrototypeOf(klass.prototype, new Proxy(Object.getPrototypeOf(klass.prototype), {
            get(target, name, receiver) {
                if (isIndex(name))
                    throw new TypeError(describeReading(name));
                return Reflect.get(target, name, receiver);
            },
            set(target, name, value, receiver) {
                if (isIndex(name))
                    throw new TypeError(describeWriting(name));
                return Reflect.set(target, name, value, receiver);
            },
        }));
    }

    // Replaces methods; each maker gets the one there was.
    function wrap(klass, makers) {
        for (const [name, make] of Object.entries(makers))
            klass.prototype[name] = make(klass.prototype[name]);
    }

    function extendPooled(Bufpool) {
        function checkElements(handle) {
            if (getElementSize(handle) === 0)
                throw new TypeError('a handle of a pool of items has no elements: use its item');
        }

        const withElements = native => function (...args) {
            checkElements(this);
            return native.apply(this, args);
        };
        // What is in the way is bytes, mostly, which a script cannot drop by itself.
        function change(native, handle, ...args) {
            try {
                return native.apply(handle, args);
            } catch (error) {
                if (error instanceof GLib.Error && error.matches(Bufpool.PoolError, Bufpool.PoolError.BUSY)) {
                    throw new GLib.Error(Bufpool.PoolError, Bufpool.PoolError.BUSY, `${error.message}. Slices have ` +
                        'release(), and bytes go when they are collected: toArray() instead makes a copy, without any');
                }
                throw error;
            }
        }
        const withCount = native => function (nElements) {
            checkElements(this);
            return change(native, this, checkNumber(nElements, 'the number of elements'));
        };

        wrap(Bufpool.Pooled, {
            get_bytes: withElements,
            dup_data: withElements,
            get_view: withElements,
            unref_to_bytes: withElements,
            reserve: withCount,
            set_length: withCount,
            resize: withCount,
            append: native => function (data) {
                checkElements(this);
                return change(native, this, toUint8Array(this, data));
            },
            write: native => function (offsetBytes, data) {
                checkElements(this);
                return change(native, this, checkNumber(offsetBytes, 'the offset'), toUint8Array(this, data));
            },
        });

        extend(Bufpool.Pooled, {
            length() {
                return this.get_length();
            },
            capacity() {
                return this.get_capacity();
            },
            released() {
                return this.is_released();
            },
            item() {
                return this.dup_object();
            },
        }, {
            toArray() {
                return toTypedArray(this);
            },
            toString() {
                if (this.is_released())
                    return '[Bufpool.Pooled: released]';
                if (getElementSize(this) === 0)
                    return `[Bufpool.Pooled: ${this.dup_object()}]`;
                return `[Bufpool.Pooled: ${this.length} ${describeElements(this)}, capacity ${this.capacity}]`;
            },
        });

        // Looked up in every new handle
        Bufpool.Pooled.prototype[ELEMENT_SIZE] = undefined;
        refuseIndices(Bufpool.Pooled,
            name => `buffer[${name}] does not exist: read the array that buffer.toArray() returns, which is a copy`,
            name => `buffer[${name}] cannot be set: use buffer.write(offset, [value]), whose offset is in bytes, or ` +
                'fill a typed array and write it as a whole');
    }

    function extendPooledSlice(Bufpool) {
        const {PooledSlice} = Bufpool;
        const newTake = PooledSlice.new_take;

        PooledSlice.new_take = function (pooled, length) {
            if (!(pooled instanceof Bufpool.Pooled))
                throw new TypeError(`a slice is made of a Bufpool.Pooled, not of ${String(pooled)}`);
            if (getElementSize(pooled) === 0)
                throw new TypeError('a handle of a pool of items has no elements to make a slice of');
            return newTake.call(this, pooled, checkNumber(length, 'the length'));
        };

        wrap(PooledSlice, {
            sub: native => function (offset, length) {
                if (length === undefined) {
                    offset = checkNumber(offset, 'the offset', 0, this.length);
                    length = this.length - offset;
                }
                return native.call(this, checkNumber(offset, 'the offset'), checkNumber(length, 'the length'));
            },
        });

        extend(PooledSlice, {
            length() {
                return this.get_length();
            },
            released() {
                return this.is_released();
            },
        }, {
            toArray() {
                return toTypedArray(this);
            },
            toString() {
                if (this.is_released())
                    return '[Bufpool.PooledSlice: released]';
                return `[Bufpool.PooledSlice: ${this.length} ${describeElements(this)}]`;
            },
        });

        PooledSlice.prototype[ELEMENT_SIZE] = undefined;
        refuseIndices(PooledSlice,
            name => `slice[${name}] does not exist: read the array that slice.toArray() returns, which is a copy`,
            name => `slice[${name}] cannot be set: slices are only read; change the array that slice.toArray() ` +
                'returns, or take the buffer by slice.steal_pooled() and write to that');
    }

    function extendPoolStats(Bufpool) {
        const counters = ['acquired', 'hits', 'misses', 'returned', 'dropped', 'idle', 'idle_bytes',
            'outstanding', 'peak_buffers'];

        extend(Bufpool.PoolStats, Object.fromEntries(counters.map(name => [toCamelCase(name), function () {
            return this[`get_${name}`]();
        }])), {
            toJSON() {
                return Object.fromEntries(counters.map(toCamelCase).map(name => [name, this[name]]));
            },
            toString() {
                return this.to_string();
            },
        });
    }

    function defineProperty(klass, name, set = undefined) {
        // A property that another thread may change comes with a reference.
        const get = klass.prototype[`get_${name}`] ?? klass.prototype[`dup_${name}`];
        for (const spelling of [name, name.replaceAll('_', '-'), toCamelCase(name)])
            Object.defineProperty(klass.prototype, spelling, {configurable: true, get, set});
    }

    function defineWritable(klass, name, check) {
        const nativeSet = klass.prototype[`set_${name}`];
        const set = function (value) {
            nativeSet.call(this, check(value, this));
        };
        klass.prototype[`set_${name}`] = set;
        defineProperty(klass, name, set);
    }

    function extendPool(Bufpool) {
        const {Pool} = Bufpool;

        function checkWanted(pool, nElements = 0) {
            if (nElements !== 0 && getElementSize(pool) === 0)
                throw new TypeError('an item has no number of elements: leave it out');
            return checkNumber(nElements, 'the number of elements');
        }

        function checkBytes(pool) {
            if (getElementSize(pool) !== 1) {
                throw new TypeError('reading needs a pool whose elements are of 1 byte, such as u8: ' +
                    `this is ${pool}`);
            }
        }

        function requireWaiting(pool) {
            if (pool.get_realtime())
                throw new TypeError('in a realtime pool no call can wait for a buffer: use acquire()');
        }

        Pool._classInit = function () {
            throw new TypeError('Bufpool.Pool cannot be derived from: write a class that has a pool');
        };
        Pool.new = elementType => new Pool({elementType});
        Pool.new_full = (elementType, shards, maxBuffers, trimCapacity) =>
            new Pool({elementType, shards, maxBuffers, trimCapacity});
        Pool.new_for_size = elementSize => new Pool({elementSize});
        Pool.new_for_type = itemType => new Pool({itemType});

        for (const name of ['idle_timeout', 'max_buffers', 'trim_capacity', 'thread_cache', 'max_outstanding',
            'max_idle_bytes', 'flushing', 'clear_on_release', 'memory_monitor'])
            defineWritable(Pool, name, (value, pool) => {
                const checked = checkProperty(Bufpool, name, value);
                checkChange(pool, name, checked);
                return checked;
            });
        // GJS would try to set those of the constructor, and GLib complain.
        for (const spec of Pool.list_properties()) {
            if (spec.flags & GObject.ParamFlags.CONSTRUCT_ONLY)
                defineProperty(Pool, toSnakeCase(spec.get_name()));
        }

        const readNow = native => function (stream, count, cancellable = null) {
            checkBytes(this);
            return native.call(this, stream, checkNumber(count, 'the number of bytes'), cancellable);
        };
        const readLater = native => function (stream, count, priority = GLib.PRIORITY_DEFAULT, cancellable = null,
            ...callback) {
            checkBytes(this);
            return native.call(this, stream, checkNumber(count, 'the number of bytes'), priority, cancellable,
                ...callback);
        };
        const finish = name => native => function (result) {
            if (!Gio.Task.is_valid(result, this))
                throw new TypeError(`this is not a result of this pool's ${name}()`);
            return native.call(this, result);
        };

        Gio._promisify(Pool.prototype, 'read_async', 'read_finish');
        Gio._promisify(Pool.prototype, 'read_all_async', 'read_all_finish');
        Gio._promisify(Pool.prototype, 'acquire_async', 'acquire_finish');
        wrap(Pool, {
            _init: () => function (properties = {}) {
                if (typeof properties !== 'object' || properties === null)
                    throw new TypeError('a pool is made as new Bufpool.Pool({elementType: \'f32\', maxBuffers: 64})');
                return GObject.Object.prototype._init.call(this, checkProperties(Bufpool, properties));
            },
            acquire: native => function (nElements) {
                return nElements === undefined ? native.call(this) ?? this.try_acquire() : this.acquire_sized(nElements);
            },
            // Buffers of so many zeroes each, all or none.
            acquire_many: native => function (nElements, n) {
                return native.call(this, checkWanted(this, nElements), checkNumber(n, 'the number of buffers',
                    0, 2 ** 31 - 1));
            },
            // It blocks the thread, for so many microseconds at most.
            acquire_wait: native => function (nElements, timeoutUs = -1, cancellable = null) {
                if (timeoutUs !== 0)
                    requireWaiting(this);
                return native.call(this, checkWanted(this, nElements), checkNumber(timeoutUs, 'the timeout', -1),
                    cancellable);
            },
            acquire_async: native => function (nElements, cancellable = null, ...callback) {
                requireWaiting(this);
                return native.call(this, checkWanted(this, nElements), cancellable, ...callback);
            },
            acquire_finish: finish('acquire_async'),
            acquire_sized: native => function (nElements) {
                if (getElementSize(this) === 0)
                    throw new TypeError('an item has no number of elements: use acquire()');
                return native.call(this, checkNumber(nElements, 'the number of elements'));
            },
            prefill: native => function (nBuffers, nElements) {
                const isItems = getElementSize(this) === 0;
                return native.call(this, checkNumber(nBuffers, 'the number of buffers', ...RANGES.max_buffers),
                    isItems ? 1 : checkNumber(nElements, 'the number of elements', 1));
            },
            dump_outstanding: native => function (format = Bufpool.DumpFormat.TEXT) {
                return native.call(this, checkNumber(format, 'the format', Bufpool.DumpFormat.TEXT,
                    Bufpool.DumpFormat.JSON));
            },
            drop_idle: native => function (maxIdle = 0) {
                return native.call(this, checkNumber(maxIdle, 'the number of idle buffers', ...RANGES.max_buffers));
            },
            recycle_item: native => function (item) {
                const type = this.get_item_type();
                if (!(item instanceof GObject.Object) || getElementSize(this) !== 0 ||
                    !GObject.type_is_a(item.constructor, type))
                    throw new TypeError(`${this} cannot take ${String(item)}: give it an object of its item type`);
                return native.call(this, item);
            },
            read: readNow,
            read_all: readNow,
            read_bytes: readNow,
            read_async: readLater,
            read_all_async: readLater,
            read_finish: finish('read_async'),
            read_all_finish: finish('read_all_async'),
        });

        extend(Pool, {
            stats() {
                return this.get_stats();
            },
        }, {
            // Calls func with a buffer, which goes back when func is done, or when the
            // promise that it returns is settled.
            withBuffer(...args) {
                const func = args.pop();
                if (typeof func !== 'function')
                    throw new TypeError('withBuffer() takes a function, after the number of elements if there is one');

                const buffer = this.acquire(...args);
                let isLater = false;
                try {
                    const result = func(buffer);
                    isLater = typeof result?.then === 'function';
                    return isLater ? Promise.resolve(result).finally(() => buffer.release()) : result;
                } finally {
                    if (!isLater)
                        buffer.release();
                }
            },

            // All of a stream, in slices of at most count bytes. Each goes back when the
            // loop takes the next one; slice.sub(0) and slice.get_bytes() are shares that
            // may be kept.
            async *readChunks(stream, count = DEFAULT_CHUNK, cancellable = null) {
                checkNumber(count, 'the size of a chunk', 1);
                for (;;) {
                    const chunk = await this.read_async(stream, count, GLib.PRIORITY_DEFAULT, cancellable);
                    try {
                        if (chunk.is_empty())
                            return;
                        yield chunk;
                    } finally {
                        chunk.release();
                    }
                }
            },

            toString() {
                const stats = this.get_stats();
                const kind = getElementSize(this) === 0
                    ? this.get_item_type().name : describeElements(this);
                return `[Bufpool.Pool of ${kind}: ${stats.outstanding} outstanding, ${stats.idle} of at most ` +
                    `${this.get_max_buffers()} idle]`;
            },
        });
    }

    function extendBudget(Bufpool) {
        const {Budget} = Bufpool;

        const checkBytes = value => checkNumber(value, 'maxBytes');

        Budget._classInit = function () {
            throw new TypeError('Bufpool.Budget cannot be derived from: write a class that has a budget');
        };
        Budget.new = maxBytes => new Budget({maxBytes});
        defineWritable(Budget, 'max_bytes', checkBytes);
        defineProperty(Budget, 'used_bytes');
        defineProperty(Budget, 'peak_bytes');
        wrap(Budget, {
            _init: () => function (properties) {
                const given = Object.entries(properties ?? {});
                if (given.length !== 1 || toSnakeCase(given[0][0]) !== 'max_bytes')
                    throw new TypeError('a budget is made as new Bufpool.Budget({maxBytes: 65536})');
                return GObject.Object.prototype._init.call(this, {max_bytes: checkBytes(given[0][1])});
            },
        });
        extend(Budget, {}, {
            toString() {
                return `[Bufpool.Budget: ${this.get_used_bytes()} of ${this.get_max_bytes()} bytes used]`;
            },
        });
    }

    return function () {
        extendPooled(this);
        extendBudget(this);
        extendPooledSlice(this);
        extendPoolStats(this);
        extendPool(this);
        if (isTracing())
            noteCallers(this, wrap);
    };
})();
