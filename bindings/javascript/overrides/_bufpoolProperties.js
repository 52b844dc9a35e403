// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/* exported properties */

// What properties of a pool may be set to.
var properties = (() => {
    const {Gio, GObject} = imports.gi;
    const {Number} = globalThis;
    const {TYPED_ARRAYS, checkNumber, getElementSize} = imports.overrides._bufpoolElements.elements;

    // Properties as GJS spells them: maxBuffers, max_buffers, 'max-buffers'.
    function toSnakeCase(name) {
        return name.replace(/-/g, '_').replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
    }

    // As the messages spell them, whatever the caller did
    function toCamelCase(name) {
        return name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
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
            return checkNumber(value, toCamelCase(name), ...RANGES[name]);
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
            throw new TypeError(`${toCamelCase(name)} is true or false, not ${String(value)}`);
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
            throw new TypeError(`a realtime pool has no ${toCamelCase(name)}, since threads that must not wait cannot ` +
                'keep to it: leave it out');
        }
        if ('max_buffers' in properties)
            checkNumber(properties.max_buffers, 'the maxBuffers of a realtime pool', 1, MOST_REALTIME);
    }

    function checkClears(isOfItems) {
        if (isOfItems) {
            throw new TypeError('clearOnRelease is for pools of elements: only the class of an item knows ' +
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
            throw new TypeError('the maxBuffers of a realtime pool is fixed: give it to the constructor');
        if (name === 'clear_on_release' && value !== pool.get_clear_on_release()) {
            const {idle, outstanding} = pool.get_stats();
            if (idle + outstanding > 0) {
                throw new TypeError('the clearOnRelease of a realtime pool that has buffers is fixed: give it ' +
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
                throw new RangeError(`an alignment is a power of two, such as 64, which ${checked.alignment} is not`);
            if ('item_type' in checked)
                throw new TypeError('an alignment is for buffers of elements, which a pool of items has not: leave it out');
        }
        if (checked.clear_on_release)
            checkClears('item_type' in checked);
        if (checked.realtime)
            checkRealtime(checked);
        return checked;
    }

    return {RANGES, checkChange, checkProperties, checkProperty, toCamelCase, toSnakeCase};
})();
