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

/* Within the limits, with the permit and the bytes that the request has; where it fails,
 * the request says what it would have to wait for, and keeps them. */
BpPooled *bp_core_request (BpCore *core, BpRequest *request, GError **error);
/* Gives a buffer that is out so many valid elements, and others' contents up; on failure it
 * goes back, and the request has its permit again. */
BpPooled *bp_core_fit (BpPooled *pooled, gsize n_elements, gboolean zeroed, BpRequest *request,
                       GError **error);
BpPooled *bp_core_acquire_slow (BpCore *core, gpointer acquire_data, GError **error);
/* An item from the fast path that must be asked first. */
BpPooled *bp_core_revive (BpCore *core, BpPooled *pooled, gpointer acquire_data, GError **error);

/* From the own cache, if that can be done without a call: NULL, or an idle buffer. */
BP_INLINE BpPooled *
bp_core_pop (BpCore *core)
{
  BpCache *cache = bp_core_get_inline_cache (core);

  return BP_RARELY (cache == NULL) ? NULL : bp_cache_pop (cache, TRUE);
}

BP_INLINE BpPooled *
bp_core_hand_out (BpPooled *pooled)
{
  bp_item_unpoison (pooled);
  bp_poke (pooled->length, 0);
  bp_poke (pooled->word, BP_WORD_REF);

  return pooled;
}

void bp_core_hand_out_sampled (BpPooled *pooled) BP_COLD;

/* On slow paths, where the buffer may become a sample. */
static inline void
bp_core_hand_out_slow (BpPooled *pooled)
{
  if (G_UNLIKELY (bp_debug_flags & BP_DEBUG_BACKTRACE))
    bp_core_hand_out_sampled (pooled);
  else
    bp_core_hand_out (pooled);
}

BP_INLINE BpPooled *
bp_core_acquire (BpCore *core, gpointer acquire_data, GError **error)
{
  BpPooled *pooled = bp_core_pop (core);

  if (BP_RARELY (pooled == NULL))
    return bp_core_acquire_slow (core, acquire_data, error);
  if (BP_RARELY (bp_peek (pooled->word) != 0))
    return bp_core_revive (core, pooled, acquire_data, error);

  return bp_core_hand_out (pooled);
}
