/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-return-private.h"

#include "bp-age-private.h"
#include "bp-counters-private.h"
#include "bp-holder-private.h"
#include "bp-limit-private.h"
#include "bp-poison-private.h"
#include "bp-realtime-private.h"
#include "bp-reclaim-private.h"
#include "bp-search-private.h"
#include "bp-trim-private.h"

typedef enum
{
  PUT,
  NO_PLACE,
  /* Wiping was switched on a moment ago: the contents are still to be wiped. */
  UNWIPED,
  /* A revoker has the own cache, and may have vacant places in hand. */
  REVOKED
} Put;

/* With the shard locked and the cell busy. A full cache sends its older part to the ring;
 * a thread that only returns hides nothing, and sends all of it. */
static gboolean
put_into_cache (BpCore *core, BpCache *cache, BpShard *shard, BpPooled *pooled, guint *n_sent)
{
  guint fair = bp_core_get_fair_batch (core), limit = bp_core_get_limit (core, pooled->bytes);
  guint most_places = 2 * limit, n = (guint) bp_peek (cache->n), n_places = bp_peek (cache->places);
  guint64 acquired = bp_cache_get_returned (cache) + bp_peek (cache->moved) - n;
  gboolean is_put = FALSE, only_returns;

  if (acquired != cache->acquired_at_flush)
    cache->n_dry_flushes = 0;
  only_returns = cache->n_dry_flushes >= BP_DRY;
  if (only_returns)
    limit = MIN (limit, fair - 1);
  cache->limit = limit;

  if (n >= limit && bp_shard_get_room (shard) > n)
    {
      guint n_flushed = only_returns ? n : MAX ((n + 1) / 2, n - limit + 1);

      n_flushed = MIN (n_flushed, n);
      *n_sent = n_flushed;
      bp_limit_push (core, shard, cache->buffers, n_flushed);
      memmove (cache->buffers, cache->buffers + n_flushed, (n - n_flushed) * sizeof (BpPooled *));
      n -= n_flushed;
      bp_poke (cache->n, n);
      bp_bump (cache->moved, -(guint64) n_flushed);
      cache->acquired_at_flush = acquired;
      cache->n_dry_flushes++;
      n_places -= n_flushed;
      if (only_returns && n_places == 0)
        n_places = bp_core_take_places (core, MIN (fair, most_places));
      if (only_returns && n_places > 0)
        {
          n_places--;
          bp_limit_push (core, shard, &pooled, 1);
          is_put = TRUE;
        }
    }

  if (n == n_places && n < limit)
    {
      n_places += bp_core_take_places (core, MIN (cache->n_asked, limit - n_places));
      cache->n_asked = MIN (2 * cache->n_asked, BP_BATCH);
    }
  bp_core_set_places (core, cache, n_places);
  if (is_put || n >= MIN (n_places, limit))
    return is_put;

  bp_cache_add (cache, bp_peek (cache->n), pooled);

  return TRUE;
}

static Put
put (BpCore *core, BpCache *cache, guint own_shard, BpPooled *pooled)
{
  BpShard *shard = &core->shards[own_shard];
  const char *name = bp_trace_get_name (&core->config);
  guint n_sent = 0;
  Put result = NO_PLACE;

  bp_shard_lock_with_room (shard, (cache != NULL ? bp_peek (cache->n) : 0) + 1, TRUE);
  if (bp_item_is_unwiped (&core->config, pooled))
    {
      result = UNWIPED;
    }
  else if (bp_core_enter (core, cache))
    {
      if (put_into_cache (core, cache, shard, pooled, &n_sent))
        result = PUT;
      /* NULL does not enter. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
      bp_cache_leave (cache->cell);
    }
  else if (bp_shard_get_room (shard) > 0 && bp_core_take_places (core, 1) > 0)
    {
      if (bp_limit_try_push (core, shard, pooled))
        result = PUT;
      else
        bp_core_give_places (core, 1);
    }
  else if (cache != NULL && bp_peek (cache->bias) != 0)
    {
      result = REVOKED;
    }
  bp_limit_unlock (core, shard);
  /* The pool may be gone. */
  if (n_sent > 0)
    bp_trace_event (&core->config, name, flush, n_sent);

  return result;
}

/* With the shard locked: the place of a buffer that has just left its ring goes to the own
 * cache, if that may hold more. */
static gboolean
add_with_place (BpCore *core, BpCache *cache, BpPooled *pooled)
{
  gboolean is_added;

  if (!bp_core_enter (core, cache))
    return FALSE;

  is_added = bp_peek (cache->places) < cache->limit;
  if (is_added)
    {
      bp_core_set_places (core, cache, bp_peek (cache->places) + 1);
      bp_cache_add (cache, bp_peek (cache->n), pooled);
    }
  bp_cache_leave (cache->cell);

  return is_added;
}

/* The oldest of a ring makes room, for the own cache if it is one of the own ring; where
 * all are empty, the oldest of the own cache. Else the buffer itself is not kept. */
static BpPooled *
replace_oldest (BpCore *core, BpCache *cache, guint own_shard, BpPooled *pooled)
{
  BpPooled *oldest = NULL;

  for (guint i = 0; i < core->n_shards && oldest == NULL; i++)
    {
      BpShard *shard = &core->shards[(own_shard + i) % core->n_shards];

      if (bp_peek (shard->n) == 0)
        continue;
      bp_mutex_lock_soon (&shard->mutex, TRUE);
      /* If meanwhile a limit in bytes has been set, or wiping switched on, this buffer is
       * dropped instead. */
      if (bp_peek (shard->n) > 0 && bp_peek (core->max_idle_bytes) == 0 &&
          !bp_item_is_unwiped (&core->config, pooled))
        {
          oldest = bp_limit_pop_oldest (core, shard);
          if (i > 0 || !add_with_place (core, cache, pooled))
            bp_limit_push (core, shard, &pooled, 1);
        }
      bp_limit_unlock (core, shard);
    }

  if (oldest == NULL && bp_core_enter (core, cache))
    {
      if (bp_peek (cache->n) > 0 && !bp_item_is_unwiped (&core->config, pooled))
        {
          bp_cache_take_oldest (cache, &oldest, 1);
          bp_cache_add (cache, bp_peek (cache->n), pooled);
        }
      /* NULL does not enter. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
      bp_cache_leave (cache->cell);
    }

  return oldest != NULL ? oldest : pooled;
}

/* With a limit in bytes several may have to go. FALSE if that is no help. */
static BP_COLD gboolean
drop_oldest (BpCore *core, guint own_shard, BpPooled *pooled)
{
  BpPooled *dropped = NULL;

  if (pooled->bytes > bp_peek (core->max_idle_bytes))
    return FALSE;

  for (guint i = 0; i < core->n_shards; i++)
    {
      BpShard *shard = &core->shards[(own_shard + i) % core->n_shards];

      bp_mutex_lock_soon (&shard->mutex, TRUE);
      while (bp_peek (shard->n) > 0 &&
             (bp_peek (core->free) <= 0 || bp_limit_get_surplus (core, pooled->bytes) > 0))
        {
          BpPooled *oldest = bp_limit_pop_oldest (core, shard);

          bp_core_give_places (core, 1);
          oldest->next = dropped;
          dropped = oldest;
        }
      bp_shard_unlock (shard);
    }

  if (dropped == NULL)
    return FALSE;
  bp_core_destroy_list (core, dropped);

  return TRUE;
}

/* What must go instead; NULL if there is a place. */
static BpPooled *
find_place (BpCore *core, BpCache *cache, BpPooled *pooled)
{
  guint own_shard = bp_core_get_own_shard (core, cache);
  gboolean has_looked = FALSE;

  while (!bp_core_keeps_nothing (core))
    {
      Put result = put (core, cache, own_shard, pooled);

      if (result == PUT)
        return NULL;
      if (result == REVOKED)
        {
          bp_trim_settle (core, TRUE);
          continue;
        }
      if (result == UNWIPED)
        {
          bp_item_wipe (pooled);
          continue;
        }
      if (bp_search_ended (core, own_shard, TRUE) > 0)
        continue;
      if (!has_looked)
        {
          has_looked = TRUE;
          if (bp_search_living (core, cache, own_shard, BP_WANT_PLACES, FALSE) > 0)
            continue;
        }
      if (bp_peek (core->max_idle_bytes) > 0)
        {
          if (drop_oldest (core, own_shard, pooled))
            continue;
          return pooled;
        }
      bp_search_earn (core, cache, BP_WANT_PLACES, 1);
      return replace_oldest (core, cache, own_shard, pooled);
    }

  return pooled;
}

/* While the buffer keeps the core: once it is published that may be gone. */
static void
settle (BpCore *core)
{
  if (G_UNLIKELY (bp_core_is_own_revoked (core)))
    bp_trim_settle (core, FALSE);
  else if (G_LIKELY (!bp_core_is_in_debt (core)))
    return;
  else if (bp_fence_has_failed ())
    bp_trim_settle (core, TRUE);
  else
    bp_trim_run (core, BP_TRIM_DEFAULT, BP_ANY_NUMBER);
}

/* Does what the fast path would do. With wiping, the fast path itself finds no room in a
 * cache. */
static gboolean
push_wiped (BpCore *core, BpCache *cache, BpPooled *pooled)
{
  guint limit = bp_core_get_limit (core, pooled->bytes);
  BpCell *cell;
  gsize n;

  if (cache == NULL || !bp_core_enter (core, cache))
    return FALSE;

  cell = cache->cell;
  n = bp_peek (cache->n);
  limit = MIN (limit, bp_peek (cache->places));
  if (n < limit)
    bp_cache_add (cache, n, pooled);
  bp_cache_leave (cell);

  return n < limit;
}

/* TRUE if the buffer has its place, or if a waiter for bytes got it. */
static BP_COLD gboolean
take_controlled (BpCore *core, BpCache *cache, BpPooled *pooled)
{
  if (bp_item_is_unwiped (&core->config, pooled))
    bp_item_wipe (pooled);
  if (core->config.budget != NULL && bp_reclaim_take_returned (core, pooled))
    return TRUE;
  bp_age_note_return (core);

  /* What lies in a cache counts as out. */
  if (pooled->is_uncounted && cache != NULL)
    {
      pooled->is_uncounted = FALSE;
      bp_quota_add (&core->out, 1);
    }

  return bp_peek (core->config.clears) && push_wiped (core, cache, pooled);
}

static G_NO_INLINE void
place (BpCore *core, BpPooled *pooled)
{
  BpCache *cache = bp_core_get_own_cache (core);
  BpPooled *dropped;

  settle (core);
  if (G_UNLIKELY (bp_core_is_controlled (core)) && take_controlled (core, cache, pooled))
    return;
  /* What the inlined path does not serve, or is too large for more than one. */
  if (cache != NULL && bp_cache_push (cache, pooled, bp_core_get_limit (core, pooled->bytes), FALSE))
    return;

  if (G_UNLIKELY (bp_debug_flags & (BP_DEBUG_MEMCHECK | BP_DEBUG_POISON)))
    bp_poison_mark_idle (pooled);
  if (bp_peek (core->recent_bytes) != pooled->bytes)
    bp_poke (core->recent_bytes, pooled->bytes);

  dropped = find_place (core, cache, pooled);
  if (dropped != NULL)
    bp_core_destroy (core, dropped);
}

void
bp_core_place (BpPooled *pooled)
{
  BpCore *core = pooled->core;

  if (bp_core_is_realtime (core))
    {
      bp_realtime_place (pooled);
      return;
    }

  bp_counters_hold (core);
  place (core, pooled);
  bp_counters_set_and_drop (core);
}

void
bp_core_return_slow (BpPooled *pooled, gboolean may_call)
{
  BpCore *core = pooled->core;

  if (bp_core_is_realtime (core))
    {
      bp_realtime_return (pooled);
      return;
    }

  bp_holder_end (pooled);
  if (bp_core_keeps_nothing (core) ||
      !bp_item_reset (&core->config, pooled, bp_peek (core->trim_capacity), may_call))
    {
      settle (core);
      bp_core_destroy (core, pooled);
      return;
    }

  bp_item_poison (pooled);
  bp_core_place (pooled);
}
