/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-acquire-private.h"

#include "bp-counters-private.h"
#include "bp-holder-private.h"
#include "bp-limit-private.h"
#include "bp-poison-private.h"
#include "bp-realtime-private.h"
#include "bp-return-private.h"
#include "bp-search-private.h"
#include "bp-trim-private.h"

/* With the shard locked and the cell busy: a batch of such buffers for the cache, and the
 * place of the one that has just left the ring. The places that it is not to keep, and how
 * many left the ring. */
static guint
refill (BpCore *core, BpCache *cache, BpShard *shard, gboolean is_own, gsize n_bytes,
        guint *n_taken)
{
  guint n = (guint) bp_peek (cache->n), n_there = bp_peek (shard->n);
  guint limit = bp_core_get_limit (core, n_bytes);
  guint64 returned = bp_cache_get_returned (cache);
  guint n_batch = MIN (BP_BATCH - 1, is_own ? n_there : n_there / 2);
  /* Read once: max-buffers may be set meanwhile, and MIN() evaluates its arguments
   * twice. */
  guint fair = bp_core_get_fair_batch (core);
  guint n_places, n_kept;

  cache->n_dry_refills = returned == cache->returned_at_refill ? cache->n_dry_refills + 1 : 0;
  cache->returned_at_refill = returned;

  n_batch = MIN (n_batch, n < limit ? limit - n : 0);
  if (cache->n_dry_refills >= BP_DRY)
    n_batch = MIN (n_batch, fair - 1);

  bp_limit_pop_newest (core, shard, cache->buffers + n, n_batch, FALSE);
  n += n_batch;
  bp_poke (cache->n, n);
  /* As if the one that is handed out had come through the cache. */
  bp_bump (cache->moved, n_batch + 1);
  cache->limit = limit;
  *n_taken = n_batch + 1;

  /* A thread that only acquires needs no vacant place. */
  n_places = bp_peek (cache->places) + n_batch + 1;
  n_kept = cache->n_dry_refills >= BP_DRY ? n : MAX (n, MIN (n_places, 2 * limit));
  bp_core_set_places (core, cache, n_kept);

  return n_places - n_kept;
}

static BpPooled *
take_from_shard (BpCore    *core,
                 BpCache   *cache,
                 BpRequest *request,
                 guint      index,
                 gboolean   is_own,
                 gboolean   spins)
{
  BpShard *shard = &core->shards[index];
  BpPooled *pooled = NULL;
  guint n_surplus = 1, n_taken = 1;

  /* With a permit the lock is waited for: if more exist than may be out, one lies here. */
  if (bp_peek (shard->n) == 0 ||
      !(spins ? bp_mutex_lock_soon (&shard->mutex, request->has_permit)
              : bp_mutex_try_lock (&shard->mutex)))
    return NULL;

  if (bp_peek (shard->n) > 0)
    {
      bp_limit_pop_newest (core, shard, &pooled, 1, request->has_permit);
      if (bp_core_enter (core, cache))
        {
          n_surplus = refill (core, cache, shard, is_own, pooled->bytes, &n_taken);
          bp_cache_leave (cache->cell);
        }
      else
        {
          bp_bump (shard->hits, 1);
        }
      bp_core_give_places (core, n_surplus);
    }
  bp_shard_unlock (shard);
  if (pooled != NULL)
    bp_trace_event (&core->config, bp_trace_get_name (&core->config), refill, n_taken);

  return pooled;
}

/* A shard that is locked at this moment is no reason to make a buffer, which would be one
 * too many for ever: so twice around. */
static BpPooled *
take_from_shards (BpCore *core, BpCache *cache, BpRequest *request, guint own_shard)
{
  guint n_shards = core->n_shards;
  BpPooled *pooled = NULL;

  for (guint i = 0; i < 2 * n_shards && pooled == NULL; i++)
    /* No turn if n_shards is 0. NOLINTNEXTLINE(clang-analyzer-core.DivideZero) */
    pooled = take_from_shard (core, cache, request, (own_shard + i) % n_shards,
                              i % n_shards == 0, i == 0 || i >= n_shards);

  return pooled;
}

static BpPooled *
take_idle (BpCore *core, BpCache *cache, BpRequest *request, gboolean is_last)
{
  guint own_shard = bp_core_get_own_shard (core, cache);
  BpPooled *pooled = NULL;

  /* What the inlined path does not serve, or could not reach at that moment. What lies in
   * a cache is counted without a permit. */
  if (cache != NULL && !request->has_permit && bp_peek (cache->n) > 0)
    pooled = bp_cache_pop (cache, FALSE);
  if (pooled == NULL)
    pooled = take_from_shards (core, cache, request, own_shard);
  if (pooled == NULL && bp_search_ended (core, own_shard, FALSE) > 0)
    pooled = take_from_shards (core, cache, request, own_shard);
  if (pooled == NULL &&
      bp_search_living (core, cache, own_shard, BP_WANT_BUFFERS, is_last) > 0)
    pooled = take_from_shards (core, cache, request, own_shard);

  return pooled;
}

/* An idle buffer that has references all the same is left to them. */
static void
discard (BpCore *core, BpRequest *request, BpPooled *pooled)
{
  guint64 word = bp_peek (pooled->word) & ~BP_WORD_SAMPLE;

  bp_count (core->n_refused, 1);
  /* The permit is for the next one. */
  pooled->is_uncounted = request->has_permit;
  if (word == 0 || word == BP_WORD_DIRTY)
    bp_core_destroy (core, pooled);
  else
    g_critical ("A handle was used after its last reference had been dropped: its buffer is lost; "
                "keep a reference as long as it is used");
}

/* The buffer is a sample if it is marked, or if one is due. */
void
bp_core_hand_out_sampled (BpPooled *pooled)
{
  gboolean is_marked = bp_holder_is_sample (pooled);

  bp_core_hand_out (pooled);
  /* A realtime pool has no samples: its threads must not wait. */
  if (!bp_core_is_realtime (pooled->core) && (is_marked || bp_holder_is_due ()))
    bp_holder_note (pooled);
}

/* Idle buffers until one can be used again; NULL when there is none. */
static BpPooled *
find_usable (BpCore    *core,
             BpCache   *cache,
             BpRequest *request,
             BpPooled  *pooled,
             gboolean   is_last)
{
  if (pooled == NULL)
    pooled = take_idle (core, cache, request, is_last);

  while (pooled != NULL && !bp_item_revive (&core->config, pooled, bp_peek (core->trim_capacity)))
    {
      discard (core, request, pooled);
      pooled = take_idle (core, cache, request, is_last);
    }
  if (pooled == NULL)
    return NULL;

  bp_poison_mark_used (&core->config, pooled);
  bp_core_hand_out_slow (pooled);

  return pooled;
}

BP_INLINE BpPooled *
find_or_make (BpCore *core, BpPooled *pooled, BpRequest *request, GError **error)
{
  BpCache *cache = bp_core_get_own_cache (core);

  if (G_UNLIKELY (bp_core_is_own_revoked (core)))
    bp_trim_settle (core, FALSE);

  if (pooled != NULL || !bp_core_keeps_nothing (core))
    pooled = find_usable (core, cache, request, pooled, FALSE);
  bp_counters_set (core);
  if (pooled != NULL)
    return pooled;

  pooled = bp_core_make (core, request, error);
  if (pooled != NULL)
    {
      bp_search_earn (core, cache, BP_WANT_BUFFERS, 1);
      bp_core_hand_out_slow (pooled);
      return pooled;
    }

  pooled = find_usable (core, cache, request, NULL, TRUE);
  if (pooled != NULL)
    g_clear_error (error);

  return pooled;
}

static G_NO_INLINE BpPooled *
take_realtime (BpCore *core, GError **error)
{
  BpPooled *pooled = bp_realtime_take (core, error);

  return G_LIKELY (pooled != NULL) ? bp_core_hand_out (pooled) : NULL;
}

BpPooled *
bp_core_request (BpCore *core, BpRequest *request, GError **error)
{
  BpPooled *pooled;

  if (bp_core_is_realtime (core))
    return take_realtime (core, error);

  request->blocked = NULL;
  if (G_UNLIKELY (atomic_load_explicit (&core->is_limited, memory_order_acquire)) &&
      !bp_limit_admit (core, request, error))
    return NULL;

  pooled = find_or_make (core, NULL, request, error);
  if (pooled != NULL)
    request->has_permit = FALSE;

  return pooled;
}

BpPooled *
bp_core_acquire_slow (BpCore *core, gpointer acquire_data, GError **error)
{
  BpRequest request = { .acquire_data = acquire_data };
  BpPooled *pooled;

  if (bp_core_is_realtime (core))
    return take_realtime (core, error);
  if (G_LIKELY (!bp_peek (core->is_limited)))
    return find_or_make (core, NULL, &request, error);

  pooled = bp_core_request (core, &request, error);
  if (pooled == NULL)
    bp_limit_end_request (core, &request);

  return pooled;
}

static G_NO_INLINE BpPooled *
revive_item (BpCore *core, BpPooled *pooled, gpointer acquire_data, GError **error)
{
  BpRequest request = { .acquire_data = acquire_data };

  return find_or_make (core, pooled, &request, error);
}

BpPooled *
bp_core_revive (BpCore *core, BpPooled *pooled, gpointer acquire_data, GError **error)
{
  if (bp_peek (pooled->word) != BP_WORD_SAMPLE)
    return revive_item (core, pooled, acquire_data, error);

  /* The buffer has only been marked. */
  bp_core_hand_out (pooled);
  bp_holder_note (pooled);

  return pooled;
}

BpPooled *
bp_core_fit (BpPooled *pooled, gsize n_elements, gboolean zeroed, BpRequest *request, GError **error)
{
  BpCore *core = pooled->core;

  if (n_elements <= bp_peek (pooled->capacity))
    {
      if (zeroed)
        memset (bp_peek (pooled->data), 0, n_elements * core->config.element_size);
    }
  else if (!bp_item_renew (&core->config, pooled, n_elements, zeroed, request, error))
    {
      /* The permit stays with the request. */
      request->has_permit = bp_peek (core->is_counting) && !pooled->is_uncounted;
      request->n_wanted = (guint64) n_elements * core->config.element_size;
      pooled->is_uncounted = request->has_permit;
      bp_core_return_slow (pooled, TRUE);
      return NULL;
    }
  bp_poke (pooled->length, n_elements);

  return pooled;
}
