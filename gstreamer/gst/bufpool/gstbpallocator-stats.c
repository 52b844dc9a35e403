/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpallocator-private.h"

typedef struct
{
  guint64 n_hits;
  guint64 n_misses;
  guint64 n_outstanding;
  guint64 n_idle;
  guint64 n_idle_bytes;
  guint64 n_dropped;
} Sums;

static void
add_stats (BpPool   *pool,
           gpointer  data)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);
  Sums *sums = data;

  sums->n_hits += bp_pool_stats_get_hits (stats);
  sums->n_misses += bp_pool_stats_get_misses (stats);
  sums->n_outstanding += bp_pool_stats_get_outstanding (stats);
  sums->n_idle += bp_pool_stats_get_idle (stats);
  sums->n_idle_bytes += bp_pool_stats_get_idle_bytes (stats);
  sums->n_dropped += bp_pool_stats_get_dropped (stats);
}

static void
foreach_pool (GstBpAllocator *self,
              void          (*func) (BpPool   *pool,
                                     gpointer  data),
              gpointer        data)
{
  if (self->pool != NULL)
    func (self->pool, data);
  else
    gst_bp_sizes_foreach (self->sizes, func, data);
}

static void
add_pool (BpPool   *pool,
          gpointer  pools)
{
  g_ptr_array_add (pools, g_object_ref (pool));
}

/**
 * gst_bp_allocator_get_pools:
 * @self: an allocator
 *
 * Gets the pools that memory comes from, the smallest blocks first: the one that was given,
 * or those that the allocator has made so far. With [method@Bufpool.Pool.dump_outstanding]
 * they tell who holds memory.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (element-type Bufpool.Pool): pools, new references
 *
 * Since: 0.2
 */
GPtrArray *
gst_bp_allocator_get_pools (GstBpAllocator *self)
{
  g_autoptr (GPtrArray) pools = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  foreach_pool (self, add_pool, pools);

  return g_steal_pointer (&pools);
}

/**
 * gst_bp_allocator_get_stats:
 * @self: an allocator
 *
 * What the allocator and its pool have done and hold. The fields, each of type
 * #guint64:
 *
 * - `hits`: allocations that found an idle block in the pool
 * - `misses`: allocations for which the pool had to make one
 * - `fallbacks`: allocations that the pool could not serve, of plain memory
 * - `outstanding`: blocks in use
 * - `idle`, `idle-bytes`: blocks that wait for their next use, and their size
 * - `drops`: blocks that came back and were freed
 * - `discards`: buffers that a [class@BufferPool] on this allocator threw away
 *
 * - `waits`: how often a thread waited at a limit
 * - `timeouts`: how often it waited in vain
 * - `overflows`: fallbacks because of a limit: with [property@Allocator:overflow], while
 *   flushing, and for copies
 * - `permits`, `max-outstanding`: blocks that count, and how many there may be; there with a
 *   limit only
 * - `budget-used-bytes`, `budget-peak-bytes`, `budget-max-bytes`: of the budget, with all its
 *   members; there with a budget only
 *
 * The first seven but `fallbacks` and `discards` are those of its pools, together;
 * allocators that share them see the same.
 *
 * Returns: (transfer full): a structure
 *
 * Since: 0.2
 */
GstStructure *
gst_bp_allocator_get_stats (GstBpAllocator *self)
{
  Sums sums = { 0 };
  GstStructure *stats;

  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  foreach_pool (self, add_stats, &sums);

  stats = gst_structure_new ("bufpool-stats",
    "hits", G_TYPE_UINT64, sums.n_hits,
    "misses", G_TYPE_UINT64, sums.n_misses,
    "fallbacks", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&self->n_fallbacks),
    "outstanding", G_TYPE_UINT64, sums.n_outstanding,
    "idle", G_TYPE_UINT64, sums.n_idle,
    "idle-bytes", G_TYPE_UINT64, sums.n_idle_bytes,
    "drops", G_TYPE_UINT64, sums.n_dropped,
    "discards", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&self->n_discards),
    NULL);
  gst_bp_limits_add_stats (&self->limits, stats);

  return stats;
}
