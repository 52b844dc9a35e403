/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-bulk-private.h"

#include "bp-limit-private.h"
#include "bp-return-private.h"

static inline BpCache *
get_cache (BpCore *core)
{
  BpCache *cache = bp_core_get_inline_cache (core);

  return G_LIKELY (cache != NULL) ? cache : bp_core_get_own_cache (core);
}

static guint
take_from_shard (BpCore *core, BpShard *shard, BpPooled **to, guint n_wanted)
{
  guint n_taken;

  if (bp_peek (shard->n) == 0 || !bp_mutex_spin_lock (&shard->mutex))
    return 0;

  n_taken = MIN (bp_peek (shard->n), n_wanted);
  bp_limit_pop_newest (core, shard, to, n_taken, FALSE);
  bp_bump (shard->hits, n_taken);
  bp_core_give_places (core, n_taken);
  bp_shard_unlock (shard);

  return n_taken;
}

guint
bp_bulk_take (BpCore *core, BpPooled **to, guint n_wanted)
{
  BpCache *cache = get_cache (core);
  guint n;

  if (cache == NULL)
    return 0;

  n = bp_cache_pop_many (cache, to, n_wanted);
  if (G_LIKELY (n == n_wanted) || bp_core_is_own_revoked (core) || bp_peek (core->cache_max) == 0)
    return n;

  for (guint i = 0; i < core->n_shards && n < n_wanted; i++)
    n += take_from_shard (core, &core->shards[(cache->shard + i) % core->n_shards], to + n,
                          n_wanted - n);

  return n;
}

/* As far as there are places. The buffer that was pushed last keeps the core until the
 * shard is unlocked. */
static guint
push_to_shard (BpCore *core, BpShard *shard, BpPooled **batch, guint n_batch)
{
  guint n_pushed;

  bp_shard_lock_with_room (shard, n_batch, TRUE);
  /* A limit may have been set meanwhile. */
  n_pushed = bp_core_is_controlled (core) ? 0 : MIN (n_batch, bp_shard_get_room (shard));
  n_pushed = bp_core_take_places (core, n_pushed);
  bp_limit_push (core, shard, batch, n_pushed);
  bp_limit_unlock (core, shard);

  return n_pushed;
}

void
bp_bulk_place (BpCore *core, BpPooled **batch, guint n_batch)
{
  BpCache *cache = get_cache (core);
  guint n = cache != NULL ? bp_cache_push_many (cache, batch, n_batch) : 0;

  /* The usual way for one of them settles what is due, and gives the cache what it may
   * have. What is left keeps the core. */
  if (n < n_batch)
    bp_core_place (batch[n++]);
  if (n < n_batch && cache != NULL)
    n += bp_cache_push_many (cache, batch + n, n_batch - n);
  if (n < n_batch && cache != NULL && !bp_core_is_controlled (core) && !bp_core_is_in_debt (core))
    n += push_to_shard (core, &core->shards[cache->shard], batch + n, n_batch - n);
  for (; n < n_batch; n++)
    bp_core_place (batch[n]);
}
