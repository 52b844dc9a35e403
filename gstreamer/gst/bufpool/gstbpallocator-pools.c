/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpallocator-private.h"

/**
 * gst_bp_allocator_get_pool: (get-property pool)
 * @self: an allocator
 *
 * Gets [property@Allocator:pool].
 *
 * Returns: (transfer none) (nullable): the pool that was given; %NULL if the allocator has
 *   pools of its own
 *
 * Since: 0.2
 */
BpPool *
gst_bp_allocator_get_pool (GstBpAllocator *self)
{
  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  return self->pool;
}

/**
 * gst_bp_allocator_get_max_buffers: (get-property max-buffers)
 * @self: an allocator
 *
 * Gets [property@Allocator:max-buffers].
 *
 * Returns: how many idle blocks are kept at most
 *
 * Since: 0.2
 */
guint
gst_bp_allocator_get_max_buffers (GstBpAllocator *self)
{
  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), 0);

  if (self->pool != NULL)
    return bp_pool_get_max_buffers (self->pool);

  return g_atomic_int_get (&self->sizes->max_buffers);
}

/**
 * gst_bp_allocator_set_max_buffers: (set-property max-buffers)
 * @self: an allocator
 * @max_buffers: how many idle blocks to keep at most
 *
 * Sets [property@Allocator:max-buffers]. What is too much is freed. May be called from any
 * thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_set_max_buffers (GstBpAllocator *self,
                                  guint           max_buffers)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));

  if (self->pool != NULL)
    bp_pool_set_max_buffers (self->pool, max_buffers);
  else
    gst_bp_sizes_set_max_buffers (self->sizes, max_buffers);
}

/**
 * gst_bp_allocator_drop_idle:
 * @self: an allocator
 * @max_bytes: how many bytes of idle blocks of each range of sizes may stay
 *
 * Frees idle blocks; with 0 all of them. May be called from any thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_drop_idle (GstBpAllocator *self,
                            gsize           max_bytes)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));

  if (self->pool != NULL)
    gst_bp_drop_idle_bytes (self->pool, max_bytes);
  else
    gst_bp_sizes_drop_idle (self->sizes, max_bytes);
}

/**
 * gst_bp_allocator_drop_unused:
 * @self: an allocator
 * @n_calls: after how many calls all of it is freed
 *
 * Frees idle blocks of those sizes of which none has been taken since this was last called:
 * what is more than 16 MiB of a range of sizes, and all of it when that has been so at
 * @n_calls calls in a row. Of sizes up to 64 KiB only each 16th call looks, unless @n_calls
 * is 1.
 *
 * A stream whose frames change their size calls it now and then, as the element bpalloc does;
 * an allocator on a pool that was given does nothing.
 *
 * May be called from any thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_drop_unused (GstBpAllocator *self,
                              guint           n_calls)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));

  if (self->pool == NULL)
    gst_bp_sizes_drop_unused (self->sizes, n_calls);
}

void
gst_bp_allocator_count_discard (GstBpAllocator *self)
{
  g_atomic_pointer_add (&self->n_discards, 1);
}
