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
    const {Array, ArrayBuffer, Number, Promise, Uint8Array} = globalThis;

    const DEFAULT_CHUNK = 65536;

    // In the order of Bufpool.ElementType, after NONE
    const TYPED_ARRAYS = {
        u8: Uint8Array,
        i8: Int8Array,
        u16: Uint16Array,
        i16: Int16Array,
        u32: Uint32Array,
        i32: Int32Array,
        u64: BigUint64Array,
        i64: BigInt64Array,
        f32: Float32Array,
        f64: Float64Array,
    };
    const TYPE_NAMES = [undefined, ...Object.keys(TYPED_ARRAYS)];

    function checkNumber(value, name, least = 0, most = Number.MAX_SAFE_INTEGER) {
        const number = typeof value === 'bigint' ? Number(value) : value;
        if (typeof number !== 'number') {
            const quote = typeof value === 'string' ? '"' : '';
            throw new TypeError(`${name} is a number, not ${quote}${String(value)}${quote}`);
        }
        if (!Number.isInteger(number) || number < least || number > most)
            throw new RangeError(`${name} is ${value}, but must be a whole number from ${least} to ${most}`);
        return number;
    }

    // It never changes, and asking costs more than a short write does.
    const ELEMENT_SIZE = Symbol('element size');

    function getElementSize(owner) {
        return owner[ELEMENT_SIZE] ??= owner.get_element_size();
    }

    // The name of an element type to be found in TYPED_ARRAYS; undefined for items and
    // elements of another size.
    function getTypeName(owner) {
        return TYPE_NAMES[owner.get_element_type()];
    }

    function describeElements(owner) {
        return getTypeName(owner) ?? `${getElementSize(owner)}-byte elements`;
    }

    // The memory of what was given, as bytes; numbers become elements first. Those of a
    // typed array of another type would be taken for what they are not.
    function toUint8Array(owner, data) {
        if (data instanceof Uint8Array)
            return data;

        const TypedArray = TYPED_ARRAYS[getTypeName(owner)];
        if (ArrayBuffer.isView(data) && data.BYTES_PER_ELEMENT > 1 && TypedArray?.BYTES_PER_ELEMENT > 1 &&
            !(data instanceof TypedArray)) {
            throw new TypeError(`the elements are ${getTypeName(owner)}, but what is written is a ` +
                `${data.constructor.name}: convert it first, or give its bytes as a Uint8Array`);
        }
        if (Array.isArray(data)) {
            if (TypedArray === undefined)
                throw new TypeError('elements without a type are written from an array buffer or a view of one');
            data = TypedArray.from(data);
        }
        if (ArrayBuffer.isView(data))
            return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        if (data instanceof ArrayBuffer)
            return new Uint8Array(data);
        if (data instanceof GLib.Bytes)
            return data.get_data() ?? new Uint8Array();
        throw new TypeError('what is written is a typed array, an array buffer, an array of numbers or a ' +
            `GLib.Bytes, not ${String(data)}: encode text with a TextEncoder`);
    }

    // A copy, as an array of the elements' type. Bytes would pin the buffer until they
    // are collected.
    function toTypedArray(owner) {
        const bytes = owner.dup_data();
        const TypedArray = TYPED_ARRAYS[getTypeName(owner)] ?? Uint8Array;
        return TypedArray === Uint8Array ? bytes : new TypedArray(bytes.buffer);
    }

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
        const withCount = native => function (nElements) {
            checkElements(this);
            return native.call(this, checkNumber(nElements, 'the number of elements'));
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
                return native.call(this, toUint8Array(this, data));
            },
            write: native => function (offsetBytes, data) {
                checkElements(this);
                return native.call(this, checkNumber(offsetBytes, 'the offset'), toUint8Array(this, data));
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
    }

    function extendPoolStats(Bufpool) {
        const counters = ['acquired', 'hits', 'misses', 'returned', 'dropped', 'idle', 'idle_bytes',
            'outstanding', 'peak_buffers'];
        const toCamelCase = name => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

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

    // Properties as GJS spells them: maxBuffers, max_buffers, 'max-buffers'.
    function toSnakeCase(name) {
        return name.replace(/-/g, '_').replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
    }

    function defineProperty(klass, name, set = undefined) {
        // A property that another thread may change comes with a reference.
        const get = klass.prototype[`get_${name}`] ?? klass.prototype[`dup_${name}`];
        const camelCase = name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
        for (const spelling of [name, name.replaceAll('_', '-'), camelCase])
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

    // What properties may be set to.
    const RANGES = {
        element_size: [1, 2 ** 31 - 1],
        idle_timeout: [0, 2 ** 32 - 1],
        alignment: [0, 2 ** 21],
        shards: [0, 1024],
        max_buffers: [0, 2 ** 32 - 1],
        trim_capacity: [0, Number.MAX_SAFE_INTEGER],
        thread_cache: [-1, 64],
        max_outstanding: [0, 2 ** 32 - 1],
        max_idle_bytes: [0, Number.MAX_SAFE_INTEGER],
    };

    function checkProperty(Bufpool, name, value) {
        if (name in RANGES)
            return checkNumber(value, name, ...RANGES[name]);
        if (name === 'element_type') {
            const type = typeof value === 'string' && value in TYPED_ARRAYS
                ? Bufpool.ElementType[value.toUpperCase()] : value;
            if (!Number.isInteger(type) || type <= Bufpool.ElementType.NONE || type > Bufpool.ElementType.F64) {
                throw new TypeError(`${String(value)} is no element type: use a Bufpool.ElementType or one of ` +
                    Object.keys(TYPED_ARRAYS).join(', '));
            }
            return type;
        }
        if (name === 'budget' && value !== null && !(value instanceof Bufpool.Budget))
            throw new TypeError(`the budget of a pool is a Bufpool.Budget, not ${String(value)}`);
        if (['flushing', 'clear_on_release', 'realtime'].includes(name) && typeof value !== 'boolean')
            throw new TypeError(`${name} is true or false, not ${String(value)}`);
        if (name === 'memory_monitor' && value !== null && !(value instanceof Gio.MemoryMonitor)) {
            throw new TypeError(`${String(value)} is no Gio.MemoryMonitor, such as ` +
                'Gio.MemoryMonitor.dup_default() returns');
        }
        if (name === 'item_type') {
            const gtype = value?.$gtype ?? value;
            if (typeof gtype !== 'object' || !GObject.type_is_a(gtype, Bufpool.Reusable) ||
                !GObject.type_test_flags(gtype, GObject.TypeFundamentalFlags.INSTANTIATABLE) ||
                GObject.type_test_flags(gtype, GObject.TypeFlags.ABSTRACT)) {
                throw new TypeError(`a pool cannot make items of type ${gtype?.name ?? String(value)}: it must be a ` +
                    'class of GObject that is not abstract and implements Bufpool.Reusable');
            }
            return gtype;
        }
        return value;
    }

    // Properties that a realtime pool cannot have.
    const NOT_REALTIME = ['item_type', 'budget', 'max_outstanding', 'max_idle_bytes', 'flushing', 'idle_timeout',
        'memory_monitor'];
    const MOST_REALTIME = 65536;

    function checkRealtime(properties) {
        const name = NOT_REALTIME.find(key => properties[key]);
        if (name) {
            throw new TypeError(`a realtime pool has no ${name}, since threads that must not wait cannot keep to it: ` +
                'leave it out');
        }
        if ('max_buffers' in properties)
            checkNumber(properties.max_buffers, 'the max_buffers of a realtime pool', 1, MOST_REALTIME);
    }

    function checkClears(isOfItems) {
        if (isOfItems) {
            throw new TypeError('clear_on_release is for pools of elements: only the class of an item knows ' +
                'what is in it, so wipe it in vfunc_reuse() and where it is freed');
        }
    }

    // The same for a pool that exists.
    function checkChange(pool, name, value) {
        if (name === 'clear_on_release' && value)
            checkClears(getElementSize(pool) === 0);
        if (!pool.get_realtime())
            return;
        if (name === 'max_buffers' && value !== pool.get_max_buffers())
            throw new TypeError('the max_buffers of a realtime pool is fixed: give it to the constructor');
        if (name === 'clear_on_release' && value !== pool.get_clear_on_release()) {
            const {idle, outstanding} = pool.get_stats();
            if (idle + outstanding > 0) {
                throw new TypeError('the clear_on_release of a realtime pool that has buffers is fixed: give it ' +
                    'to the constructor, or set it before prefill()');
            }
        }
        if (value)
            checkRealtime({[name]: value});
    }

    function checkProperties(Bufpool, properties) {
        const checked = {};
        for (const [key, value] of Object.entries(properties)) {
            const name = toSnakeCase(key);
            if (value !== undefined)
                checked[name] = checkProperty(Bufpool, name, value);
        }

        if (['element_type', 'element_size', 'item_type'].filter(name => name in checked).length > 1)
            throw new TypeError('a pool has an elementType, an elementSize or an itemType: give one of them');
        if (checked.alignment > 0) {
            if ((checked.alignment & (checked.alignment - 1)) !== 0)
                throw new RangeError(`an alignment is a power of two, which ${checked.alignment} is not`);
            if ('item_type' in checked)
                throw new TypeError('an alignment is for buffers of elements: a pool of items has none');
        }
        if (checked.clear_on_release)
            checkClears('item_type' in checked);
        if (checked.realtime)
            checkRealtime(checked);
        return checked;
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
                throw new TypeError('in a realtime pool nobody can wait for a buffer: use acquire()');
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
                    throw new TypeError(`${this} cannot take ${String(item)}: it is not of its item type`);
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

    // Notes where in a script buffers were acquired, for BUFPOOL_DEBUG=backtrace: native calls do not know that. A
    // slice gives its handle only at its end.
    function noteCallers(Bufpool) {
        const {Pool, Pooled, PooledSlice} = Bufpool;
        const {Error} = globalThis;

        const describeCaller = () => new Error().stack.split('\n')
            .filter(line => line && !line.includes('/overrides/Bufpool.js:')).slice(0, 16).join('\n');

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
            noteCallers(this);
    };
})();
