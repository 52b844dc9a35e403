/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-types.h"

#include <stdatomic.h>

/**
 * BpElementType:
 * @BP_ELEMENT_TYPE_NONE: no numeric type: items, or elements of a size of the
 *   user's own
 * @BP_ELEMENT_TYPE_U8: unsigned 8-bit integers, `guint8`
 * @BP_ELEMENT_TYPE_I8: signed 8-bit integers, `gint8`
 * @BP_ELEMENT_TYPE_U16: unsigned 16-bit integers, `guint16`
 * @BP_ELEMENT_TYPE_I16: signed 16-bit integers, `gint16`
 * @BP_ELEMENT_TYPE_U32: unsigned 32-bit integers, `guint32`
 * @BP_ELEMENT_TYPE_I32: signed 32-bit integers, `gint32`
 * @BP_ELEMENT_TYPE_U64: unsigned 64-bit integers, `guint64`
 * @BP_ELEMENT_TYPE_I64: signed 64-bit integers, `gint64`
 * @BP_ELEMENT_TYPE_F32: 32-bit floating point numbers, `float`
 * @BP_ELEMENT_TYPE_F64: 64-bit floating point numbers, `double`
 *
 * What the elements of a pool's buffers are, in the machine's byte order.
 *
 * Since: 1.0
 */

/**
 * BpPoolError:
 * @BP_POOL_ERROR_RELEASED: the handle's buffer has been released or stolen
 * @BP_POOL_ERROR_BUSY: the buffer has live `GBytes`, views or slices, or another
 *   thread is changing it
 * @BP_POOL_ERROR_OUT_OF_RANGE: an offset, a length or a number is beyond what
 *   the buffer or the pool has
 * @BP_POOL_ERROR_TOO_LARGE: a size in bytes does not fit the address space
 * @BP_POOL_ERROR_NO_MEMORY: memory could not be allocated
 * @BP_POOL_ERROR_CREATE_FAILED: the pool's create function made no item
 *
 * What can go wrong depending on data. A call that fails with one of these has
 * changed nothing.
 *
 * Since: 1.0
 */

/**
 * BpInitFunc: (skip)
 * @pooled: the handle that has just been acquired
 * @user_data: data given with the function
 *
 * Prepares a buffer before [method@Pool.acquire_with] returns it. It runs in the
 * acquiring thread, with no lock held.
 *
 * Since: 1.0
 */

/**
 * BpItemFuncs: (skip)
 * @create: makes an item; returns %NULL, and may set the error, if it can't
 * @reuse: (nullable): called at release: makes the item ready for its next use,
 *   shrinking what it holds to `trim` (the pool's trim-capacity, 0 for not at
 *   all), and returns whether to keep it; %NULL keeps every item as it is
 * @free: destroys an item
 * @get_byte_size: (nullable): the bytes of memory that an idle item holds, for
 *   the statistics; %NULL for 0
 *
 * What a pool does with C items of any type.
 *
 * ```c
 * static gpointer
 * create_string (gpointer   user_data,
 *                GError   **error)
 * {
 *   return g_string_new (NULL);
 * }
 *
 * static gboolean
 * reuse_string (gpointer item,
 *               gsize    trim,
 *               gpointer user_data)
 * {
 *   g_string_truncate (item, 0);
 *
 *   return TRUE;
 * }
 *
 * static void
 * free_string (gpointer item,
 *              gpointer user_data)
 * {
 *   g_string_free (item, TRUE);
 * }
 *
 * static const BpItemFuncs string_funcs = {
 *   .create = create_string,
 *   .reuse = reuse_string,
 *   .free = free_string,
 * };
 * ```
 *
 * All of them get the `user_data` that was given with the functions. They are
 * called from whichever thread acquires, releases or empties, several at once,
 * and never with a lock of the pool held: they may use the pool themselves.
 *
 * Since: 1.0
 */

/**
 * bp_pool_error_quark:
 *
 * The domain of [error@PoolError]; in C, %BP_POOL_ERROR stands for it.
 *
 * Returns: a quark
 *
 * Since: 1.0
 */
GQuark
bp_pool_error_quark (void)
{
  /* What G_DEFINE_QUARK() does, but for threads that fail at once. */
  static _Atomic GQuark known;
  GQuark quark = atomic_load_explicit (&known, memory_order_relaxed);

  if (G_UNLIKELY (quark == 0))
    {
      quark = g_quark_from_static_string ("bp-pool-error-quark");
      atomic_store_explicit (&known, quark, memory_order_relaxed);
    }

  return quark;
}

static GType
register_enum (const char       *name,
               const GEnumValue *values,
               gsize            *type_once)
{
  if (g_once_init_enter (type_once))
    g_once_init_leave (type_once,
                       g_enum_register_static (g_intern_static_string (name), values));

  return *type_once;
}

GType
bp_element_type_get_type (void)
{
  static const GEnumValue values[] = {
    { BP_ELEMENT_TYPE_NONE, "BP_ELEMENT_TYPE_NONE", "none" },
    { BP_ELEMENT_TYPE_U8, "BP_ELEMENT_TYPE_U8", "u8" },
    { BP_ELEMENT_TYPE_I8, "BP_ELEMENT_TYPE_I8", "i8" },
    { BP_ELEMENT_TYPE_U16, "BP_ELEMENT_TYPE_U16", "u16" },
    { BP_ELEMENT_TYPE_I16, "BP_ELEMENT_TYPE_I16", "i16" },
    { BP_ELEMENT_TYPE_U32, "BP_ELEMENT_TYPE_U32", "u32" },
    { BP_ELEMENT_TYPE_I32, "BP_ELEMENT_TYPE_I32", "i32" },
    { BP_ELEMENT_TYPE_U64, "BP_ELEMENT_TYPE_U64", "u64" },
    { BP_ELEMENT_TYPE_I64, "BP_ELEMENT_TYPE_I64", "i64" },
    { BP_ELEMENT_TYPE_F32, "BP_ELEMENT_TYPE_F32", "f32" },
    { BP_ELEMENT_TYPE_F64, "BP_ELEMENT_TYPE_F64", "f64" },
    { 0, NULL, NULL }
  };
  static gsize type_once = 0;

  return register_enum ("BpElementType", values, &type_once);
}

GType
bp_pool_error_get_type (void)
{
  static const GEnumValue values[] = {
    { BP_POOL_ERROR_RELEASED, "BP_POOL_ERROR_RELEASED", "released" },
    { BP_POOL_ERROR_BUSY, "BP_POOL_ERROR_BUSY", "busy" },
    { BP_POOL_ERROR_OUT_OF_RANGE, "BP_POOL_ERROR_OUT_OF_RANGE", "out-of-range" },
    { BP_POOL_ERROR_TOO_LARGE, "BP_POOL_ERROR_TOO_LARGE", "too-large" },
    { BP_POOL_ERROR_NO_MEMORY, "BP_POOL_ERROR_NO_MEMORY", "no-memory" },
    { BP_POOL_ERROR_CREATE_FAILED, "BP_POOL_ERROR_CREATE_FAILED", "create-failed" },
    { 0, NULL, NULL }
  };
  static gsize type_once = 0;

  return register_enum ("BpPoolError", values, &type_once);
}

/**
 * bp_element_type_get_size:
 * @element_type: a #BpElementType
 *
 * The size of one element.
 *
 * May be called from any thread.
 *
 * Returns: the size in bytes; 0 for %BP_ELEMENT_TYPE_NONE
 *
 * Since: 1.0
 */
gsize
bp_element_type_get_size (BpElementType element_type)
{
  switch (element_type)
    {
    case BP_ELEMENT_TYPE_U8:
    case BP_ELEMENT_TYPE_I8:
      return 1;

    case BP_ELEMENT_TYPE_U16:
    case BP_ELEMENT_TYPE_I16:
      return 2;

    case BP_ELEMENT_TYPE_U32:
    case BP_ELEMENT_TYPE_I32:
    case BP_ELEMENT_TYPE_F32:
      return 4;

    case BP_ELEMENT_TYPE_U64:
    case BP_ELEMENT_TYPE_I64:
    case BP_ELEMENT_TYPE_F64:
      return 8;

    case BP_ELEMENT_TYPE_NONE:
      return 0;

    default:
      g_return_val_if_reached (0);
    }
}
