/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * A buffer that comes back: into the own cache, if it has a vacant place; with places from
 * the pool's number; by sending older ones to the own shard's ring; with vacant places of
 * other threads' caches; and else in place of the oldest.
 *
 * So a return drops only when no place is free, ended threads hold none, and those vacant
 * in living caches are too few to pay for a look.
 */

/* Decides what becomes of it: it is kept, or destroyed. reuse() of an object is called
 * only where may_call says so. Afterwards the core may be gone. */
void bp_core_return_slow (BpPooled *pooled, gboolean may_call);
/* An idle buffer, ready for its next use, that the fast path could not place. */
void bp_core_place       (BpPooled *pooled);

BP_INLINE void
bp_core_return (BpPooled *pooled, gboolean may_call)
{
  BpCore *core = pooled->core;
  BpCache *cache;

  /* Neither empty, nor to be trimmed, nor an item. */
  if (BP_RARELY (bp_peek (pooled->capacity) - 1 >= bp_peek (core->keep_limit)))
    {
      bp_core_return_slow (pooled, may_call);
      return;
    }

  cache = bp_core_get_inline_cache (core);
  bp_item_poison (pooled);
  bp_poke (pooled->word, 0);
  if (BP_RARELY (cache == NULL) ||
      BP_RARELY (!bp_cache_push (cache, pooled, BP_NO_LIMIT, TRUE)))
    bp_core_place (pooled);
}
