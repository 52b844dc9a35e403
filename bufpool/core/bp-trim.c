/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-trim-private.h"

#include "bp-alarm-private.h"
#include "bp-counters-private.h"
#include "bp-limit-private.h"
#include "bp-realtime-private.h"
#include "bp-slab-private.h"

/* An owner in the middle of a fast operation has been preempted. */
#define RETRY_MICROSECONDS 50

typedef struct
{
  BpTrimExtent extent;
  guint64 max_idle;
  /* Found on the way, and destroyed or published with nothing locked. */
  BpPooled *dropped;
  BpPooled *in_hand;
} Walk;

static void
move_to (BpPooled **list, BpPooled *pooled)
{
  pooled->next = *list;
  *list = pooled;
}

/* With revoking held, where there is no barrier: the caches of free slots, whose next
 * owners will see the bias, since it was set before the slots were locked; and the own
 * one, by its owner outside its cell. */
static void
revoke_without_barrier (BpCore *core, gboolean only_own)
{
  bp_mutex_lock (&bp_slots_mutex);
  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      guint slot = bp_cache_get_slot (cache);
      gboolean is_free = (bp_slots_taken[slot / 64] >> slot % 64 & 1) == 0;

      cache->is_revoked = (slot == bp_slot || (is_free && !only_own)) && !bp_in_fork;
      cache->is_behind = cache->is_behind || (!cache->is_revoked && !only_own);
    }
  bp_mutex_unlock (&bp_slots_mutex);
}

/* With revoking held: which caches are this thread's. FALSE if an owner was in the way. */
static gboolean
revoke_all (BpCore *core)
{
  gboolean is_done = TRUE;

  if (bp_in_fork || core->caches == NULL)
    return TRUE;

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    bp_cache_set_bias (cache);
  if (!bp_fence_barrier ())
    {
      revoke_without_barrier (core, FALSE);
      return TRUE;
    }

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      cache->is_revoked = bp_cache_wait (cache);
      if (cache->is_revoked)
        continue;
      bp_cache_hand_back (cache);
      is_done = FALSE;
    }

  return is_done;
}

static void
hand_back_all (BpCore *core)
{
  for (BpCache *cache = core->caches; cache != NULL && !bp_in_fork; cache = cache->next)
    {
      if (cache->is_revoked)
        bp_cache_hand_back (cache);
    }
}

/* A revoked cache: vacant places pay first. */
static void
relieve_cache (Walk *walk, BpCore *core, BpCache *cache)
{
  gboolean empties = walk->extent >= BP_TRIM_EMPTIES_CACHES || cache->is_behind ||
                     bp_peek (core->cache_max) == 0;

  cache->is_behind = FALSE;
  if (empties)
    {
      BpPooled *batch[BP_CACHE_MAX];
      guint n = (guint) bp_peek (cache->n);

      bp_core_take_oldest (core, cache, batch, n);
      while (n > 0)
        move_to (&walk->in_hand, batch[--n]);
    }
  if (empties || walk->extent == BP_TRIM_FREES_PLACES || bp_core_is_in_debt (core))
    bp_core_give_places (core, bp_core_take_vacant (core, cache));
}

/* With all caches revoked. A thread that locked a shard before this has not seen what was
 * set. A thread that locks it afterwards has. */
static void
take_from_rings (Walk *walk, BpCore *core)
{
  for (guint i = 0; i < core->n_shards; i++)
    {
      BpShard *shard = &core->shards[i];

      bp_mutex_lock_soon (&shard->mutex, TRUE);
      while (bp_peek (shard->n) > 0)
        move_to (&walk->in_hand, bp_limit_pop_oldest (core, shard));
      bp_shard_unlock (shard);
    }
}

/* Each ring loses its share, the oldest first, and what others have not enough for. */
static guint64
drop_from_rings (Walk *walk, BpCore *core, guint64 n_surplus)
{
  for (guint i = 0; i < core->n_shards && n_surplus > 0; i++)
    {
      BpShard *shard = &core->shards[i];
      guint64 n_rest = core->n_shards - i;
      guint64 n_dropped;

      bp_mutex_lock_soon (&shard->mutex, TRUE);
      n_dropped = MIN (bp_peek (shard->n), n_surplus / n_rest + (n_surplus % n_rest > 0));
      n_surplus -= n_dropped;
      bp_core_give_places (core, (guint) n_dropped);
      for (; n_dropped > 0; n_dropped--)
        move_to (&walk->dropped, bp_limit_pop_oldest (core, shard));
      bp_shard_unlock (shard);
    }

  return n_surplus;
}

/* Of what lies in rings: caches are off where there is a limit in bytes. */
static void
drop_bytes (Walk *walk, BpCore *core)
{
  for (guint i = 0, n_empty = 0;
       n_empty < core->n_shards && bp_limit_get_surplus (core, 0) > 0; i++)
    {
      BpShard *shard = &core->shards[i % core->n_shards];

      bp_mutex_lock_soon (&shard->mutex, TRUE);
      n_empty = bp_peek (shard->n) > 0 ? 0 : n_empty + 1;
      if (n_empty == 0)
        {
          move_to (&walk->dropped, bp_limit_pop_oldest (core, shard));
          bp_core_give_places (core, 1);
        }
      bp_shard_unlock (shard);
    }
}

static guint64
drop_from_caches (Walk *walk, BpCore *core, guint64 n_surplus)
{
  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      BpPooled *batch[BP_CACHE_MAX];
      guint n_dropped = (guint) MIN (n_surplus, bp_peek (cache->n));

      if (!cache->is_revoked)
        continue;
      bp_core_take_oldest (core, cache, batch, n_dropped);
      bp_core_give_places (core, n_dropped);
      n_surplus -= n_dropped;
      while (n_dropped > 0)
        move_to (&walk->dropped, batch[--n_dropped]);
    }

  return n_surplus;
}

static guint64
get_surplus (Walk *walk, BpCore *core, guint64 *n_in_rings)
{
  gint64 n_free = atomic_load (&core->free);
  guint64 n_owed = n_free < 0 ? (guint64) -n_free : 0;
  guint64 n_idle = 0;

  for (guint i = 0; i < core->n_shards; i++)
    n_idle += bp_peek (core->shards[i].n);
  *n_in_rings = n_idle;
  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    n_idle += bp_peek (cache->n);

  return MAX (n_owed, n_idle > walk->max_idle ? n_idle - walk->max_idle : 0);
}

/* With revoking held, and caches revoked: while there is too much, and something that can
 * be dropped. Single buffers still come to rings, with their places, and leave them. */
static void
relieve (Walk *walk, BpCore *core)
{
  guint64 n_before, n_surplus, n_in_rings;

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      if (cache->is_revoked)
        relieve_cache (walk, core, cache);
    }
  if (walk->extent == BP_TRIM_EMPTIES_ALL)
    take_from_rings (walk, core);

  do
    {
      n_before = get_surplus (walk, core, &n_in_rings);
      n_surplus = drop_from_rings (walk, core, n_before);
      /* Caches are the last to be touched. Others may have taken what was in the rings. */
      if (n_surplus == n_before || n_before - n_surplus >= n_in_rings)
        n_surplus = drop_from_caches (walk, core, n_surplus);
    }
  while (n_surplus > 0 && n_surplus < n_before);

  drop_bytes (walk, core);
}

/* With nothing locked: this calls the user's code. */
static void
finish (Walk *walk, BpCore *core)
{
  bp_trim_publish (core, bp_core_get_own_shard (core, NULL), walk->in_hand);
  bp_core_destroy_list (core, walk->dropped);
  if (walk->max_idle != BP_ANY_NUMBER)
    bp_slab_trim ();
  if (G_UNLIKELY (bp_fence_has_failed ()))
    bp_fence_warn ();
}

/* With revoking held, which is let go of. */
static void
run_locked (BpCore *core, BpTrimExtent extent, guint64 max_idle)
{
  Walk walk = { extent, max_idle, NULL, NULL };
  gint64 begin;
  gboolean is_done;

  begin = bp_trace_begin (&core->config, trim, extent);

  for (;;)
    {
      is_done = revoke_all (core);
      relieve (&walk, core);
      hand_back_all (core);
      bp_mutex_unlock (&core->revoking);
      if (is_done)
        break;
      g_usleep (RETRY_MICROSECONDS);
      bp_mutex_lock (&core->revoking);
    }
  bp_trace_end (&core->config, trim, begin, extent);

  bp_counters_hold (core);
  finish (&walk, core);
  bp_counters_set_and_drop (core);
}

void
bp_trim_run (BpCore *core, BpTrimExtent extent, guint64 max_idle)
{
  if (bp_core_is_realtime (core))
    {
      bp_realtime_reduce (core, max_idle);
      return;
    }

  bp_mutex_lock (&core->revoking);
  run_locked (core, extent, max_idle);
}

void
bp_trim_settle (BpCore *core, gboolean may_wait)
{
  Walk walk = { BP_TRIM_DEFAULT, BP_ANY_NUMBER, NULL, NULL };

  if (may_wait)
    bp_mutex_lock (&core->revoking);
  else if (!bp_mutex_try_lock (&core->revoking))
    return;
  /* A look that has ended meanwhile leaves nothing to do. */
  if (!may_wait && !bp_core_is_own_revoked (core))
    {
      bp_mutex_unlock (&core->revoking);
      return;
    }

  revoke_without_barrier (core, TRUE);
  relieve (&walk, core);
  hand_back_all (core);
  bp_mutex_unlock (&core->revoking);

  finish (&walk, core);
}

/* What is left is in no cache now. */
static gboolean
must_see_to (BpCore *core)
{
  return bp_peek (core->is_closed) || atomic_load (&core->is_asleep);
}

void
bp_trim_thread_ended (void)
{
  GSList *cores = NULL;

  if (G_LIKELY (!bp_fence_has_failed ()))
    return;

  bp_mutex_lock (&bp_cores_mutex);
  for (BpCore *core = bp_cores; core != NULL; core = core->next_core)
    {
      if (must_see_to (core) && bp_core_try_ref (core))
        cores = g_slist_prepend (cores, core);
    }
  bp_mutex_unlock (&bp_cores_mutex);

  for (GSList *link = cores; link != NULL; link = link->next)
    {
      BpCore *core = link->data;

      if (bp_peek (core->is_closed))
        bp_trim_run (core, BP_TRIM_EMPTIES_CACHES, 0);
      else
        bp_alarm_wake (core);
      bp_core_unref (core);
    }
  g_slist_free (cores);
}

/* With revoking held. */
static void
set_max (BpCore *core, guint max)
{
  gint64 n_more = (gint64) max - bp_peek (core->max);

  bp_poke (core->max, max);
  atomic_fetch_add (&core->free, n_more);
}

gboolean
bp_trim_set_max_buffers (BpCore *core, guint max_buffers)
{
  gboolean is_change;

  if (G_UNLIKELY (bp_core_is_realtime (core)))
    {
      if (bp_peek (core->max_buffers) != max_buffers)
        g_critical ("The max-buffers of a realtime pool, %u, is fixed: set it when the pool is "
                    "made", bp_peek (core->max_buffers));
      return FALSE;
    }

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->max_buffers) != max_buffers;
  bp_poke (core->max_buffers, max_buffers);
  if (!bp_peek (core->is_closed) && !(bp_debug_flags & BP_DEBUG_DISABLE))
    set_max (core, max_buffers);
  run_locked (core, BP_TRIM_DEFAULT, BP_ANY_NUMBER);

  return is_change;
}

gboolean
bp_trim_set_thread_cache (BpCore *core, gint thread_cache)
{
  gboolean is_change;

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->thread_cache) != thread_cache;
  bp_poke (core->thread_cache, thread_cache);
  bp_core_update_limits (core);
  run_locked (core, BP_TRIM_EMPTIES_CACHES, BP_ANY_NUMBER);

  return is_change;
}

gboolean
bp_trim_set_trim_capacity (BpCore *core, gsize trim_capacity)
{
  gboolean is_change;

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->trim_capacity) != trim_capacity;
  bp_poke (core->trim_capacity, trim_capacity);
  bp_core_update_limits (core);
  bp_mutex_unlock (&core->revoking);

  return is_change;
}

/* In a realtime pool it cannot be changed for buffers that are there: a thread that must
 * not wait may be in the middle of a return at any time, and is not stopped. */
static gboolean
check_clears (BpCore *core, gboolean clears)
{
  if (clears && !bp_core_is_of_elements (core))
    g_critical ("clear-on-release is for pools of elements: only an item's own functions know "
                "what is in it, so wipe it in reuse() and where it is freed");
  else if (bp_core_is_realtime (core) && bp_peek (core->homes->n_taken) > 0 &&
           bp_peek (core->config.clears) != clears)
    g_critical ("The clear-on-release of a realtime pool that has buffers is fixed: set it "
                "before bp_pool_prefill()");
  else
    return TRUE;

  return FALSE;
}

/* A return that has not seen the change finds no room in a cache, and looks again with the
 * shard locked. Buffers that other threads have in hand are wiped when they are
 * published. */
gboolean
bp_trim_set_clear_on_release (BpCore *core, gboolean clears)
{
  gboolean is_change;

  if (!check_clears (core, clears))
    return FALSE;

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->config.clears) != clears;
  bp_poke (core->config.clears, clears);
  if (clears && !bp_core_is_realtime (core))
    bp_poke (core->is_controlled, TRUE);
  bp_core_update_limits (core);
  if (clears)
    run_locked (core, BP_TRIM_EMPTIES_ALL, BP_ANY_NUMBER);
  else
    bp_mutex_unlock (&core->revoking);

  return is_change;
}

/* A return that published its buffer before the caches were revoked may still have a shard
 * to unlock, and the core may be freed next: so each is locked once. */
void
bp_trim_close (BpCore *core)
{
  bp_mutex_lock (&core->revoking);
  bp_poke (core->is_closed, TRUE);
  set_max (core, 0);
  run_locked (core, BP_TRIM_EMPTIES_CACHES, 0);
  bp_limit_flush (core, BP_WAITER_CLOSED);
  if (bp_core_is_realtime (core))
    bp_realtime_close (core);

  for (guint i = 0; i < core->n_shards; i++)
    {
      bp_mutex_lock (&core->shards[i].mutex);
      bp_shard_unlock (&core->shards[i]);
    }
}

static gboolean
find_unwiped (BpCore *core, BpPooled **batch, guint n_batch, gboolean wipes)
{
  gboolean is_found = FALSE;

  if (G_LIKELY (!bp_peek (core->config.clears)))
    return FALSE;

  for (guint i = 0; i < n_batch; i++)
    {
      if (!bp_item_is_unwiped (&core->config, batch[i]))
        continue;
      is_found = TRUE;
      if (wipes)
        bp_item_wipe (batch[i]);
    }

  return is_found;
}

/* Wipes the batch if that is needed; looked at again with the shard locked, since wiping
 * may have been switched on a moment ago. */
static void
lock_for_batch (BpCore *core, BpShard *shard, BpPooled **batch, guint n_batch)
{
  for (;;)
    {
      find_unwiped (core, batch, n_batch, TRUE);
      bp_shard_lock_with_room (shard, n_batch, TRUE);
      if (G_LIKELY (!find_unwiped (core, batch, n_batch, FALSE)))
        return;
      bp_shard_unlock (shard);
    }
}

void
bp_trim_publish (BpCore *core, guint own_shard, BpPooled *list)
{
  BpPooled *dropped = NULL;

  for (guint i = 0; list != NULL; i++)
    {
      BpShard *shard = &core->shards[(own_shard + i) % core->n_shards];
      BpPooled *batch[BP_BATCH];
      guint n_batch = 0, n_places, n_pushed;

      for (; list != NULL && n_batch < BP_BATCH; list = list->next)
        batch[n_batch++] = list;

      lock_for_batch (core, shard, batch, n_batch);
      n_places = bp_core_pay (core, n_batch);
      n_pushed = MIN (n_places, bp_shard_get_room (shard));
      for (guint k = 0; k < n_pushed; k++)
        {
          if (!bp_limit_try_push (core, shard, batch[k]))
            n_pushed = k;
        }
      bp_core_give_places (core, n_places - n_pushed);
      bp_limit_unlock (core, shard);

      while (n_batch > n_pushed)
        move_to (&dropped, batch[--n_batch]);
    }
  bp_core_destroy_list (core, dropped);
}

static void
count_realtime (BpCore *core, BpCounts *counts)
{
  BpCellCounts cells = { 0, };

  bp_homes_count (core->homes, &cells, &counts->n_idle_bytes);
  counts->n_idle = cells.n_full;
  counts->n_hits = cells.n_puts - cells.n_full;
}

void
bp_trim_count (BpCore *core, BpCounts *counts)
{
  if (bp_core_is_realtime (core))
    {
      count_realtime (core, counts);
      return;
    }

  bp_mutex_lock (&core->revoking);
  if (bp_fence_has_failed ())
    revoke_without_barrier (core, TRUE);
  else
    revoke_all (core);

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      guint n = (guint) bp_peek (cache->n);

      counts->n_idle += n;
      counts->n_hits += bp_cache_get_returned (cache) + bp_peek (cache->moved) - n;
      if (!cache->is_revoked)
        counts->n_idle_bytes += n * bp_peek (core->recent_bytes);
      for (guint i = 0; cache->is_revoked && i < n; i++)
        counts->n_idle_bytes += cache->buffers[i]->bytes;
    }
  for (guint i = 0; i < core->n_shards; i++)
    {
      BpShard *shard = &core->shards[i];

      bp_mutex_lock_soon (&shard->mutex, TRUE);
      counts->n_idle += bp_peek (shard->n);
      counts->n_idle_bytes += bp_shard_sum_bytes (shard);
      counts->n_hits += bp_peek (shard->hits);
      bp_shard_unlock (shard);
    }

  hand_back_all (core);
  bp_mutex_unlock (&core->revoking);
}
