/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "memory.h"

#include <stdlib.h>

struct _Memory
{
  MemoryKind  kind;
  BpPool     *pool;         /* NULL for malloc() */
  guint       n_blocks;
  gsize       n_samples;
  guint64     made_before;  /* what the statistics said when all was made */
  guint64     n_taken;      /* of malloc(): by the one thread that takes */
};

static guint64
count_made (BpPool *pool)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  return bp_pool_stats_get_misses (stats);
}

/**
 * memory_new:
 * @kind: what kind
 * @n_blocks: the most that will be under way
 * @n_samples: samples of each
 *
 * All memory is made now, and written to, so that the thread that takes it later neither
 * allocates nor faults.
 *
 * Returns: (nullable): the memory, or %NULL with @error set
 */
Memory *
memory_new (MemoryKind   kind,
            guint        n_blocks,
            gsize        n_samples,
            GError     **error)
{
  g_autoptr (Memory) self = g_new0 (Memory, 1);

  self->kind = kind;
  self->n_blocks = n_blocks;
  self->n_samples = n_samples;
  if (kind == MEMORY_MALLOC)
    return g_steal_pointer (&self);

  self->pool = g_object_new (BP_TYPE_POOL,
                             "name", "periods",
                             "element-type", BP_ELEMENT_TYPE_F32,
                             "realtime", kind == MEMORY_REALTIME,
                             "max-buffers", n_blocks,
                             NULL);
  if (!bp_pool_prefill (self->pool, n_blocks, n_samples, error))
    return NULL;
  self->made_before = count_made (self->pool);

  return g_steal_pointer (&self);
}

void
memory_free (Memory *self)
{
  g_clear_object (&self->pool);
  g_free (self);
}

/**
 * memory_take:
 * @self: memory
 * @block: (out): a block of it
 *
 * The real-time thread calls this. With a real-time pool it takes no lock, calls neither
 * the allocator nor the kernel, and passes no #GError, which would be allocated.
 *
 * Returns: whether there was a block
 */
gboolean
memory_take (Memory *self,
             Block  *block)
{
  if (self->pool == NULL)
    {
      block->pooled = NULL;
      block->samples = malloc (self->n_samples * sizeof (float));
      self->n_taken += block->samples != NULL;
      return block->samples != NULL;
    }

  block->pooled = bp_pool_acquire_uninit (self->pool, self->n_samples, NULL);
  if (block->pooled == NULL)
    return FALSE;
  block->samples = bp_pooled_get_data (block->pooled, NULL);

  return TRUE;
}

void
memory_give_back (Block *block)
{
  if (block->pooled == NULL)
    free (block->samples);
  else
    bp_pooled_unref (block->pooled);
}

/**
 * memory_tidy:
 * @self: memory
 *
 * Frees what the real-time thread could not free. It is called by a thread that may wait.
 */
void
memory_tidy (Memory *self)
{
  if (self->kind == MEMORY_REALTIME)
    bp_pool_drop_idle (self->pool, self->n_blocks);
}

void
memory_get_counts (Memory       *self,
                   MemoryCounts *counts)
{
  g_autoptr (BpPoolStats) stats = NULL;

  if (self->pool == NULL)
    {
      *counts = (MemoryCounts) { .acquired = self->n_taken, .made = self->n_taken };
      return;
    }

  stats = bp_pool_get_stats (self->pool);
  *counts = (MemoryCounts) {
    .acquired = bp_pool_stats_get_acquired (stats),
    .made = bp_pool_stats_get_misses (stats) - self->made_before,
    .idle = bp_pool_stats_get_idle (stats),
    .outstanding = bp_pool_stats_get_outstanding (stats),
  };
}
