/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-acquire.h"

#include "bp-acquire-private.h"
#include "bp-limit-private.h"
#include "bp-pool-private.h"

/* Taking buffers out: the fast path is what is inlined here. */

/* What g_return_val_if_fail() does, out of line. */
static BP_COLD BpPooled *
fail_no_pool (const char *func)
{
  g_return_if_fail_warning (G_LOG_DOMAIN, func, "BP_IS_POOL (self)");
  return NULL;
}

static BP_COLD BpPooled *
acquire_or_abort (BpPool *self)
{
  BpPooled *pooled = bp_core_acquire_slow (self->core, NULL, NULL);
  g_autoptr (GError) error = NULL;

  if (G_LIKELY (pooled != NULL || !bp_core_is_of_elements (self->core) ||
                bp_peek (self->core->is_limited) || bp_core_is_realtime (self->core)))
    return pooled;

  /* Tried again, for the error: the pool may have been limited until now. */
  pooled = bp_core_acquire_slow (self->core, NULL, &error);
  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY))
    g_error ("bp_pool_acquire(): no memory for a handle (bp_pool_try_acquire() returns such an "
             "error)");

  return pooled;
}

/**
 * bp_pool_acquire:
 * @self: a pool
 *
 * Takes an idle buffer, or makes a new one. It never waits.
 *
 * A buffer has no valid elements, and the capacity that its last use left, none
 * if it is new.
 *
 * ```c
 * g_autoptr (BpPooled) text = bp_pool_acquire (pool);
 *
 * bp_pooled_append (text, "hello", 5, &error);
 * ```
 *
 * Returns: (transfer full) (nullable): a handle; %NULL when a pool of items can't make
 *   one, at the limit of [property@Pool:max-outstanding], when the budget has no room
 *   for an item, or while the pool is [property@Pool:flushing]:
 *   [method@Pool.try_acquire] says which. One that is [property@Pool:realtime] returns
 *   %NULL if no buffer is idle. Where a pool of elements without limits has no memory for a
 *   handle the program ends, as by g_malloc()
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_acquire (BpPool *self)
{
  BpPooled *pooled;

  if (BP_RARELY (!bp_pool_check (self)))
    return fail_no_pool (G_STRFUNC);

  pooled = bp_core_pop (self->core);
  if (BP_RARELY (pooled == NULL))
    return acquire_or_abort (self);
  if (BP_RARELY (bp_peek (pooled->word) != 0))
    return bp_core_revive (self->core, pooled, NULL, NULL);

  return bp_core_hand_out (pooled);
}

/**
 * bp_pool_try_acquire:
 * @self: a pool
 * @error: return location for a #GError
 *
 * Takes an idle buffer, or makes a new one, as [method@Pool.acquire] does, and
 * says why it can't.
 *
 * Fails with %BP_POOL_ERROR_CREATE_FAILED, %BP_POOL_ERROR_NO_MEMORY,
 * %BP_POOL_ERROR_LIMIT, %BP_POOL_ERROR_BUDGET or %BP_POOL_ERROR_FLUSHING. A pool that is
 * [property@Pool:realtime] fails with %BP_POOL_ERROR_LIMIT if no buffer is idle.
 *
 * Returns: (transfer full): a handle
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_try_acquire (BpPool  *self,
                     GError **error)
{
  if (BP_RARELY (!bp_pool_check (self)))
    return fail_no_pool (G_STRFUNC);

  return bp_core_acquire (self->core, NULL, error);
}

/**
 * bp_pool_acquire_with: (skip)
 * @self: a pool
 * @init: (scope call): prepares the buffer
 * @user_data: data for @init
 *
 * Takes a buffer, as [method@Pool.acquire] does, and has it prepared.
 *
 * ```c
 * static void
 * init_silence (BpPooled *pooled,
 *               gpointer  user_data)
 * {
 *   bp_pooled_resize (pooled, GPOINTER_TO_UINT (user_data));
 * }
 *
 * static BpPooled *
 * take_silence (BpPool *pool,
 *               guint   n_samples)
 * {
 *   return bp_pool_acquire_with (pool, init_silence, GUINT_TO_POINTER (n_samples));
 * }
 * ```
 *
 * Returns: (transfer full) (nullable): a handle, or %NULL where
 *   [method@Pool.acquire] returns that
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_acquire_with (BpPool     *self,
                      BpInitFunc  init,
                      gpointer    user_data)
{
  BpPooled *pooled;

  if (BP_RARELY (!bp_pool_check (self)))
    return fail_no_pool (G_STRFUNC);
  g_return_val_if_fail (init != NULL, NULL);

  pooled = bp_pool_acquire (self);
  if (pooled != NULL)
    init (pooled, user_data);

  return pooled;
}

/* Out of line, so that the fast path saves no register for it. */
static G_NO_INLINE BpPooled *
acquire_grown (BpPooled  *pooled,
               gsize      n_elements,
               gboolean   zeroed,
               GError   **error)
{
  BpCore *core = pooled->core;
  BpRequest request = { 0 };

  pooled = bp_core_fit (pooled, n_elements, zeroed, &request, error);
  if (G_UNLIKELY (pooled == NULL))
    bp_limit_end_request (core, &request);

  return pooled;
}

/**
 * bp_pool_acquire_sized:
 * @self: a pool of element buffers
 * @n_elements: how many valid elements the buffer shall have
 * @error: return location for a #GError
 *
 * Takes a buffer of @n_elements zeroes.
 *
 * Fails with %BP_POOL_ERROR_TOO_LARGE, %BP_POOL_ERROR_NO_MEMORY,
 * %BP_POOL_ERROR_LIMIT, %BP_POOL_ERROR_BUDGET or %BP_POOL_ERROR_FLUSHING. In a pool
 * that is [property@Pool:realtime] it takes any buffer, and fails with
 * %BP_POOL_ERROR_OUT_OF_RANGE if that has not the capacity.
 *
 * Returns: (transfer full): a handle
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_acquire_sized (BpPool  *self,
                       gsize    n_elements,
                       GError **error)
{
  BpPooled *pooled;

  if (BP_RARELY (!bp_pool_check (self)))
    return fail_no_pool (G_STRFUNC);
  bp_require_elements (self->core, NULL);

  pooled = bp_core_acquire (self->core, NULL, error);
  if (G_UNLIKELY (pooled == NULL))
    return NULL;

  if (G_UNLIKELY (n_elements > bp_peek (pooled->capacity)))
    return acquire_grown (pooled, n_elements, TRUE, error);

  memset (bp_peek (pooled->data), 0, n_elements * self->core->config.element_size);
  bp_poke (pooled->length, n_elements);

  return pooled;
}

/**
 * bp_pool_acquire_uninit: (skip)
 * @self: a pool of element buffers
 * @n_elements: how many valid elements the buffer shall have
 * @error: return location for a #GError
 *
 * Takes a buffer of @n_elements elements, which are whatever its last user left.
 * For a caller that writes all of them in any case.
 *
 * ```c
 * g_autoptr (BpPooled) copy = bp_pool_acquire_uninit (pool, n, &error);
 *
 * if (copy != NULL)
 *   memcpy (bp_pooled_get_data (copy, NULL), data, n);
 * ```
 *
 * Fails with %BP_POOL_ERROR_TOO_LARGE, %BP_POOL_ERROR_NO_MEMORY,
 * %BP_POOL_ERROR_LIMIT, %BP_POOL_ERROR_BUDGET or %BP_POOL_ERROR_FLUSHING. In a pool
 * that is [property@Pool:realtime] it takes any buffer, and fails with
 * %BP_POOL_ERROR_OUT_OF_RANGE if that has not the capacity.
 *
 * Returns: (transfer full): a handle
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_acquire_uninit (BpPool  *self,
                        gsize    n_elements,
                        GError **error)
{
  BpPooled *pooled;

  if (BP_RARELY (!bp_pool_check (self)))
    return fail_no_pool (G_STRFUNC);
  bp_require_elements (self->core, NULL);

  pooled = bp_core_acquire (self->core, NULL, error);
  if (G_UNLIKELY (pooled == NULL))
    return NULL;

  if (G_UNLIKELY (n_elements > bp_peek (pooled->capacity)))
    return acquire_grown (pooled, n_elements, FALSE, error);

  bp_poke (pooled->length, n_elements);

  return pooled;
}
