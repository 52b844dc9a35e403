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
 * Since: 0.9
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
 * @BP_POOL_ERROR_LIMIT: all buffers of [property@Pool:max-outstanding] are out, or
 *   others wait for one; or a pool that is [property@Pool:realtime] has no more
 * @BP_POOL_ERROR_BUDGET: the pool's [property@Pool:budget] has no room, or others
 *   wait for some
 * @BP_POOL_ERROR_FLUSHING: the pool is [property@Pool:flushing]
 * @BP_POOL_ERROR_CLOSED: the pool was disposed while the call waited
 *
 * What can go wrong depending on data. A call that fails with one of these has
 * changed nothing.
 *
 * Since: 0.9
 */

/**
 * BpAcquireFlags: (skip)
 * @BP_ACQUIRE_NONE: the elements are zeroes
 * @BP_ACQUIRE_UNINIT: the elements are whatever their last user left
 *
 * How [method@Pool.acquire_full] acquires.
 *
 * Since: 0.9
 */

/**
 * BpInitFunc: (skip)
 * @pooled: the handle that has just been acquired
 * @user_data: data given with the function
 *
 * Prepares a buffer before [method@Pool.acquire_with] returns it. It runs in the
 * acquiring thread, with no lock held.
 *
 * Since: 0.9
 */

/**
 * BpItemFuncs: (skip)
 * @create: makes an item, which is then the pool's; returns %NULL, and may set the
 *   error, if it can't. `acquire_data` is what [method@Pool.acquire_full] was given,
 *   and %NULL where anything else acquires
 * @reuse: (nullable): called at release: makes the item ready for its next use,
 *   shrinking what it holds to `trim` (the pool's trim-capacity, 0 for not at
 *   all), and returns whether to keep it; %NULL keeps every item as it is
 * @free: destroys an item
 * @get_byte_size: (nullable): the bytes of memory that an item holds, for the
 *   statistics and the budget; %NULL for 0
 * @user_data: data for the functions
 * @destroy: (nullable): called once for @user_data, when neither the pool nor a
 *   handle needs it any more, from whichever thread that is
 *
 * What a pool does with C items of any type.
 *
 * ```c
 * static gpointer
 * create_string (gpointer   acquire_data,
 *                gpointer   user_data,
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
 * They are called from whichever thread acquires, releases or empties, several at
 * once, and never with a lock of the pool held: they may use the pool themselves.
 *
 * A copy of the structure shares `user_data`. Freeing it calls no function: only a
 * pool that is made of it calls `destroy`, so one structure is for one pool.
 *
 * Since: 0.9
 */

/**
 * bp_pool_error_quark:
 *
 * The domain of [error@PoolError]; in C, %BP_POOL_ERROR stands for it.
 *
 * Returns: a quark
 *
 * Since: 0.9
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

G_DEFINE_ENUM_TYPE (BpElementType, bp_element_type,
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_U8, "u8"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_I8, "i8"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_U16, "u16"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_I16, "i16"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_U32, "u32"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_I32, "i32"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_U64, "u64"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_I64, "i64"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_F32, "f32"),
                    G_DEFINE_ENUM_VALUE (BP_ELEMENT_TYPE_F64, "f64"))

G_DEFINE_ENUM_TYPE (BpPoolError, bp_pool_error,
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_RELEASED, "released"),
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_BUSY, "busy"),
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_OUT_OF_RANGE, "out-of-range"),
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_TOO_LARGE, "too-large"),
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_NO_MEMORY, "no-memory"),
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_CREATE_FAILED, "create-failed"),
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_LIMIT, "limit"),
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_BUDGET, "budget"),
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_FLUSHING, "flushing"),
                    G_DEFINE_ENUM_VALUE (BP_POOL_ERROR_CLOSED, "closed"))

G_DEFINE_FLAGS_TYPE (BpAcquireFlags, bp_acquire_flags,
                     G_DEFINE_ENUM_VALUE (BP_ACQUIRE_NONE, "none"),
                     G_DEFINE_ENUM_VALUE (BP_ACQUIRE_UNINIT, "uninit"))

/* The copy shares the user's data: only a pool calls destroy. */
static BpItemFuncs *
item_funcs_copy (BpItemFuncs *funcs)
{
  return g_memdup2 (funcs, sizeof (BpItemFuncs));
}

static void
item_funcs_free (BpItemFuncs *funcs)
{
  g_free (funcs);
}

G_DEFINE_BOXED_TYPE (BpItemFuncs, bp_item_funcs, item_funcs_copy, item_funcs_free)

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
 * Since: 0.9
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
