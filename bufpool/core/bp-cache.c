/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-cache-private.h"

#include <stdlib.h>

/* Looks at a busy cell: a fast operation takes nanoseconds, a preempted one milliseconds. */
#define MAX_LOOKS 400

BpCache *
bp_cache_new (guint slot, const BpSpan *spans, guint n_spans)
{
  BpCache *cache = bp_address_alloc (sizeof (BpCache), BP_CACHE_HOT_BYTES, spans, n_spans);

  if (cache == NULL)
    return NULL;

  memset (cache, 0, sizeof (BpCache));
  cache->cell = &bp_cells[slot];
  if (bp_debug_flags & BP_DEBUG_BACKTRACE)
    {
      bp_poke (cache->returned, -(guint64) bp_debug_interval);
      bp_poke (cache->until_sample, bp_debug_interval);
    }
  cache->rations[BP_WANT_BUFFERS].cost = BP_LOOK_COST;
  /* The first look is free: there may be threads that sleep and hold all places. */
  cache->rations[BP_WANT_PLACES] = (BpRation) { BP_LOOK_COST, BP_LOOK_COST, 0 };

  return cache;
}

void
bp_cache_free (BpCache *cache)
{
  free (cache);
}

void
bp_cache_set_bias (BpCache *cache)
{
  atomic_exchange_explicit (&cache->bias, 1, memory_order_seq_cst);
}

gboolean
bp_cache_wait (BpCache *cache)
{
  for (guint i = 0; i < MAX_LOOKS; i++)
    {
      if (atomic_load_explicit (&cache->cell->cache, memory_order_seq_cst) != cache)
        return TRUE;
      bp_cpu_relax ();
    }

  return FALSE;
}

void
bp_cache_hand_back (BpCache *cache)
{
  cache->is_revoked = FALSE;
  atomic_store_explicit (&cache->bias, cache->is_behind ? 1 : 0, memory_order_release);
}

guint
bp_cache_revoke (BpCache **caches, guint n_caches)
{
  guint n_revoked = 0;

  if (n_caches == 0)
    return 0;

  for (guint i = 0; i < n_caches; i++)
    bp_cache_set_bias (caches[i]);
  if (!bp_fence_barrier ())
    {
      for (guint i = 0; i < n_caches; i++)
        caches[i]->is_behind = TRUE;
      return 0;
    }

  for (guint i = 0; i < n_caches; i++)
    {
      BpCache *cache = caches[i];

      if (bp_cache_wait (cache))
        {
          caches[i] = caches[n_revoked];
          caches[n_revoked++] = cache;
        }
      else
        {
          bp_cache_hand_back (cache);
        }
    }

  return n_revoked;
}

void
bp_cache_take_oldest (BpCache *cache, BpPooled **to, guint n_taken)
{
  guint n = (guint) bp_peek (cache->n) - n_taken;

  memcpy (to, cache->buffers, n_taken * sizeof (BpPooled *));
  memmove (cache->buffers, cache->buffers + n_taken, n * sizeof (BpPooled *));
  bp_poke (cache->n, n);
  bp_bump (cache->moved, -(guint64) n_taken);
}
