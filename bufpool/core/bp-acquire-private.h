/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * Taking a buffer: from the own cache, from the own shard, with a batch for the cache,
 * from the other shards, from the caches of others, and else a new one. It never waits.
 */

BpPooled *bp_core_acquire_slow (BpCore    *core,
                                gpointer   acquire_data,
                                GError   **error);
/* An item from the fast path that must be asked first. */
BpPooled *bp_core_revive       (BpCore    *core,
                                BpPooled  *pooled,
                                gpointer   acquire_data,
                                GError   **error);

BP_INLINE BpPooled *
bp_core_acquire (BpCore    *core,
                 gpointer   acquire_data,
                 GError   **error)
{
  BpCache *cache = bp_core_get_inline_cache (core);
  BpPooled *pooled;

  if (BP_RARELY (cache == NULL))
    return bp_core_acquire_slow (core, acquire_data, error);
  pooled = bp_cache_pop (cache, TRUE);
  if (BP_RARELY (pooled == NULL))
    return bp_core_acquire_slow (core, acquire_data, error);
  if (BP_RARELY (bp_peek (pooled->word) != 0))
    return bp_core_revive (core, pooled, acquire_data, error);

  bp_item_unpoison (pooled);
  bp_poke (pooled->length, 0);
  bp_poke (pooled->word, BP_WORD_REF);

  return pooled;
}
