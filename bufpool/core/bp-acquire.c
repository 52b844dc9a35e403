/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-acquire-private.h"

#include "bp-search-private.h"
#include "bp-trim-private.h"

/* With the shard locked and the cell busy: a batch of such buffers for the cache, and the
 * place of the one that has just left the ring. The places that it is not to keep. */
static guint
refill (BpCore *core, BpCache *cache, BpShard *shard, gboolean is_own, gsize n_bytes)
{
  guint n = (guint) bp_peek (cache->n), n_there = bp_peek (shard->n);
  guint limit = bp_core_get_limit (core, n_bytes);
  guint64 returned = bp_peek (cache->returned);
  guint n_batch = MIN (BP_BATCH - 1, is_own ? n_there : n_there / 2);
  guint n_places, n_kept;

  cache->n_dry_refills = returned == cache->returned_at_refill ? cache->n_dry_refills + 1 : 0;
  cache->returned_at_refill = returned;

  n_batch = MIN (n_batch, n < limit ? limit - n : 0);
  if (cache->n_dry_refills >= BP_DRY)
    n_batch = MIN (n_batch, bp_core_get_fair_batch (core) - 1);

  bp_shard_pop_newest (shard, cache->buffers + n, n_batch);
  n += n_batch;
  bp_poke (cache->n, n);
  /* As if the one that is handed out had come through the cache. */
  bp_bump (cache->moved, n_batch + 1);
  cache->limit = limit;

  /* A thread that only acquires needs no vacant place. */
  n_places = bp_peek (cache->places) + n_batch + 1;
  n_kept = cache->n_dry_refills >= BP_DRY ? n : MAX (n, MIN (n_places, 2 * limit));
  bp_core_set_places (core, cache, n_kept);

  return n_places - n_kept;
}

static BpPooled *
take_from_shard (BpCore *core, BpCache *cache, guint index, gboolean is_own, gboolean spins)
{
  BpShard *shard = &core->shards[index];
  BpPooled *pooled = NULL;
  guint n_surplus = 1;

  if (bp_peek (shard->n) == 0 ||
      !(spins ? bp_mutex_spin_lock (&shard->mutex) : bp_mutex_try_lock (&shard->mutex)))
    return NULL;

  if (bp_peek (shard->n) > 0)
    {
      bp_shard_pop_newest (shard, &pooled, 1);
      if (bp_core_enter (core, cache))
        {
          n_surplus = refill (core, cache, shard, is_own, pooled->bytes);
          bp_cache_leave (cache->cell);
        }
      else
        {
          bp_bump (shard->hits, 1);
        }
      bp_core_give_places (core, n_surplus);
    }
  bp_shard_unlock (shard);

  return pooled;
}

/* A shard that is locked at this moment is no reason to make a buffer, which would be one
 * too many for ever: so twice around. */
static BpPooled *
take_from_shards (BpCore *core, BpCache *cache, guint own_shard)
{
  guint n_shards = core->n_shards;
  BpPooled *pooled = NULL;

  for (guint i = 0; i < 2 * n_shards && pooled == NULL; i++)
    pooled = take_from_shard (core, cache, (own_shard + i) % n_shards, i % n_shards == 0,
                              i == 0 || i >= n_shards);

  return pooled;
}

static BpPooled *
take_idle (BpCore *core, BpCache *cache, gboolean is_last)
{
  guint own_shard = bp_core_get_own_shard (core, cache);
  BpPooled *pooled = NULL;

  /* What the inlined path does not serve, or could not reach at that moment. */
  if (cache != NULL && bp_peek (cache->n) > 0)
    pooled = bp_cache_pop (cache, FALSE);
  if (pooled == NULL)
    pooled = take_from_shards (core, cache, own_shard);
  if (pooled == NULL && bp_search_ended (core, own_shard, FALSE) > 0)
    pooled = take_from_shards (core, cache, own_shard);
  if (pooled == NULL &&
      bp_search_living (core, cache, own_shard, BP_WANT_BUFFERS, is_last) > 0)
    pooled = take_from_shards (core, cache, own_shard);

  return pooled;
}

/* An idle buffer that has references all the same is left to them. */
static void
discard (BpCore *core, BpPooled *pooled)
{
  guint64 word = bp_peek (pooled->word);

  bp_count (core->n_refused, 1);
  if (word == 0 || word == BP_WORD_DIRTY)
    bp_core_destroy (core, pooled);
  else
    g_critical ("A handle was used after its last reference had been dropped: "
                "its buffer is lost");
}

/* Idle buffers until one can be used again; NULL when there is none. */
static BpPooled *
find_usable (BpCore *core, BpCache *cache, BpPooled *pooled, gboolean is_last)
{
  if (pooled == NULL)
    pooled = take_idle (core, cache, is_last);

  while (pooled != NULL && !bp_item_revive (&core->config, pooled, bp_peek (core->trim_capacity)))
    {
      discard (core, pooled);
      pooled = take_idle (core, cache, is_last);
    }
  if (pooled == NULL)
    return NULL;

  bp_item_mark (pooled, FALSE);

  return bp_core_hand_out (pooled);
}

static BpPooled *
find_or_make (BpCore *core, BpPooled *pooled, gpointer acquire_data, GError **error)
{
  BpCache *cache = bp_core_get_own_cache (core);
  gint64 begin;

  if (G_UNLIKELY (bp_core_is_own_revoked (core)))
    bp_trim_settle (core, FALSE);

  if (pooled != NULL || !bp_core_keeps_nothing (core))
    pooled = find_usable (core, cache, pooled, FALSE);
  if (pooled != NULL)
    return pooled;

  begin = bp_trace_now ();
  pooled = bp_core_make (core, acquire_data, error);
  bp_trace_mark (begin, "create", "No idle buffer was found");
  if (pooled != NULL)
    {
      bp_search_earn (core, cache, BP_WANT_BUFFERS, 1);
      return bp_core_hand_out (pooled);
    }

  pooled = find_usable (core, cache, NULL, TRUE);
  if (pooled != NULL)
    g_clear_error (error);

  return pooled;
}

BpPooled *
bp_core_acquire_slow (BpCore *core, gpointer acquire_data, GError **error)
{
  return find_or_make (core, NULL, acquire_data, error);
}

BpPooled *
bp_core_revive (BpCore *core, BpPooled *pooled, gpointer acquire_data, GError **error)
{
  return find_or_make (core, pooled, acquire_data, error);
}
