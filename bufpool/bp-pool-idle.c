/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-idle.h"

#include "bp-pool-private.h"
#include "bp-prefill-private.h"
#include "bp-trim-private.h"

/* What the pool keeps: more of it, or less. */

/**
 * bp_pool_prefill:
 * @self: a pool
 * @n_buffers: how many idle buffers to add
 * @n_elements: their capacity in elements, at least 1; ignored for items
 * @error: return location for a #GError
 *
 * Makes buffers in advance, all of them or none.
 *
 * ```c
 * if (!bp_pool_prefill (pool, 16, 4096, &error))
 *   g_warning ("%s", error->message);
 * ```
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE if the pool does not have room for them
 * beside the idle buffers it has, %BP_POOL_ERROR_TOO_LARGE,
 * %BP_POOL_ERROR_NO_MEMORY or %BP_POOL_ERROR_CREATE_FAILED, and changes nothing
 * then.
 *
 * Returns: %TRUE if they were added
 *
 * Since: 0.9
 */
gboolean
bp_pool_prefill (BpPool  *self,
                 guint    n_buffers,
                 gsize    n_elements,
                 GError **error)
{
  g_return_val_if_fail (bp_pool_check (self), FALSE);

  return bp_core_prefill (self->core, n_buffers, n_elements, error);
}

/**
 * bp_pool_drop_idle:
 * @self: a pool
 * @max_idle: how many idle buffers may stay
 *
 * Frees idle buffers, those in threads' caches included, until no more than
 * @max_idle are left; with 0 all of them. For when memory is short.
 *
 * Each shard loses the same share, and its oldest first. Threads' caches are the
 * last to be touched.
 *
 * Since: 0.9
 */
void
bp_pool_drop_idle (BpPool *self,
                   guint   max_idle)
{
  g_return_if_fail (bp_pool_check (self));

  bp_trim_drop_idle (self->core, max_idle);
}
