// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/* exported elements */

// Numbers and arrays as arguments, and the elements of buffers as arrays.
var elements = (() => {
    const {GLib} = imports.gi;
    const {Array, ArrayBuffer, Number, Uint8Array} = globalThis;

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

    return {ELEMENT_SIZE, TYPED_ARRAYS, checkNumber, describeElements, getElementSize, getTypeName, toTypedArray, toUint8Array};
})();
