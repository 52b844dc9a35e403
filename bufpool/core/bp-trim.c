/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-trim-private.h"

/* An owner in the middle of a fast operation has been preempted. */
#define RETRY_MICROSECONDS 50

typedef struct
{
  BpCore *core;
  /* What is to hold afterwards. */
  guint64 max_idle;
  gboolean empties_caches;
  gboolean frees_vacant;
  /* Found on the way: it is destroyed, or published, with nothing locked. */
  BpPooled *dropped;
  BpPooled *in_hand;
  BpPooled *spares;
  gboolean met_busy_owner;
} Walk;

static void
move_to (BpPooled **list,
         BpPooled  *pooled)
{
  pooled->next = *list;
  *list = pooled;
}

static guint
get_slot (BpCache *cache)
{
  return (guint) (cache->cell - bp_cells);
}

/* With revoking held, where there is no barrier: the caches of free slots, whose next
 * owners will see the bias, since it was set before the slots were locked; and the own
 * one. */
static void
revoke_without_barrier (BpCore *core)
{
  bp_slots_lock ();
  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      guint slot = get_slot (cache);

      cache->is_revoked = slot == bp_slot ||
                          (bp_slots_get_taken (slot / 64) >> slot % 64 & 1) == 0;
      cache->is_behind = !cache->is_revoked;
    }
  bp_slots_unlock ();
}

/* With revoking held: which caches are this thread's. */
static void
revoke_all (Walk *walk)
{
  BpCore *core = walk->core;

  walk->met_busy_owner = FALSE;
  if (bp_in_fork || core->caches == NULL)
    return;

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    bp_cache_set_bias (cache);
  if (!bp_fence_barrier ())
    {
      revoke_without_barrier (core);
      return;
    }

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      cache->is_revoked = bp_cache_wait (cache);
      if (cache->is_revoked)
        continue;
      bp_cache_hand_back (cache);
      walk->met_busy_owner = TRUE;
    }
}

/* With revoking held, by the owner outside its cell: nobody else is in its cache. */
static void
revoke_own (BpCore *core)
{
  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    cache->is_revoked = get_slot (cache) == bp_slot && !bp_in_fork;
}

static void
hand_back_all (BpCore *core)
{
  if (bp_in_fork)
    return;

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      if (cache->is_revoked)
        bp_cache_hand_back (cache);
    }
}

static gboolean
is_owed (BpCore *core)
{
  return atomic_load (&core->free) < 0;
}

/* A revoked cache: vacant places pay first. */
static void
relieve_cache (Walk    *walk,
               BpCache *cache)
{
  cache->is_behind = FALSE;
  if (walk->empties_caches || bp_peek (walk->core->cache_max) == 0)
    {
      BpPooled *batch[BP_CACHE_MAX];
      guint n = (guint) bp_peek (cache->n);

      bp_core_take_oldest (walk->core, cache, batch, n);
      while (n > 0)
        move_to (&walk->in_hand, batch[--n]);
    }
  if (cache->spare != NULL &&
      (walk->max_idle < G_MAXUINT64 || bp_peek (walk->core->is_closed)))
    move_to (&walk->spares, g_steal_pointer (&cache->spare));
  if (walk->empties_caches || walk->frees_vacant || is_owed (walk->core))
    bp_core_give_places (walk->core, bp_core_take_vacant (walk->core, cache));
}

static guint64
get_surplus (Walk    *walk,
             guint64  n_idle)
{
  gint64 n_free = atomic_load (&walk->core->free);
  guint64 n_owed = n_free < 0 ? (guint64) -n_free : 0;

  return MAX (n_owed, n_idle > walk->max_idle ? n_idle - walk->max_idle : 0);
}

/* Each ring loses its share of what all of them are to lose, the oldest first. */
static void
drop_from_rings (Walk    *walk,
                 guint64 *n_surplus,
                 guint64  n_in_rings)
{
  BpCore *core = walk->core;

  for (guint i = 0; i < core->n_shards && *n_surplus > 0; i++)
    {
      BpShard *shard = &core->shards[i];
      guint64 n_here, n_left;

      bp_mutex_lock_soon (&shard->mutex);
      n_here = bp_peek (shard->n);
      n_in_rings = MAX (n_in_rings, n_here);
      n_left = n_here;
      if (*n_surplus < n_in_rings)
        n_left = (*n_surplus * n_here + n_in_rings - 1) / n_in_rings;
      n_in_rings -= n_here;
      for (; n_left > 0 && *n_surplus > 0; n_left--, (*n_surplus)--)
        {
          move_to (&walk->dropped, bp_shard_pop_oldest (shard));
          bp_core_give_places (core, 1);
        }
      bp_shard_unlock (shard);
    }
}

static void
drop_from_caches (Walk    *walk,
                  guint64 *n_surplus)
{
  for (BpCache *cache = walk->core->caches; cache != NULL; cache = cache->next)
    {
      guint64 n_taken = MIN (*n_surplus, bp_peek (cache->n));

      if (!cache->is_revoked)
        continue;
      for (; n_taken > 0; n_taken--, (*n_surplus)--)
        {
          BpPooled *oldest;

          bp_core_take_oldest (walk->core, cache, &oldest, 1);
          bp_core_give_places (walk->core, 1);
          move_to (&walk->dropped, oldest);
        }
    }
}

/* With revoking held, and caches revoked. Rings may be filled again behind this, by
 * buffers that bring their places, so that what is owed is looked at again. */
static void
relieve (Walk *walk)
{
  BpCore *core = walk->core;
  guint64 n_surplus, n_in_rings;

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      if (cache->is_revoked)
        relieve_cache (walk, cache);
    }

  do
    {
      guint64 n_before;

      n_in_rings = 0;
      for (guint i = 0; i < core->n_shards; i++)
        n_in_rings += bp_peek (core->shards[i].n);
      n_surplus = n_in_rings;
      for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
        n_surplus += bp_peek (cache->n);
      n_surplus = get_surplus (walk, n_surplus);

      n_before = n_surplus;
      drop_from_rings (walk, &n_surplus, n_in_rings);
      drop_from_caches (walk, &n_surplus);
      if (n_surplus == n_before)
        return;
    }
  while (is_owed (core));
}

/* With nothing locked: this calls the user's code. */
static void
finish (Walk *walk)
{
  BpCore *core = walk->core;

  if (walk->in_hand != NULL)
    bp_trim_publish (core, bp_core_get_home (core, NULL), g_steal_pointer (&walk->in_hand));
  bp_core_destroy_list (core, g_steal_pointer (&walk->dropped));
  while (walk->spares != NULL)
    {
      BpPooled *spare = walk->spares;

      walk->spares = spare->next;
      bp_item_free_handle (spare);
      bp_core_unref (core);
    }
  if (G_UNLIKELY (bp_fence_has_failed ()))
    bp_fence_warn ();
}

/* With revoking held, which is let go of in between, until no owner was in the way. */
static void
run (Walk *walk)
{
  gint64 begin = bp_trace_now ();

  for (;;)
    {
      revoke_all (walk);
      relieve (walk);
      hand_back_all (walk->core);
      if (!walk->met_busy_owner)
        break;
      bp_mutex_unlock (&walk->core->revoking);
      g_usleep (RETRY_MICROSECONDS);
      bp_mutex_lock (&walk->core->revoking);
    }
  bp_mutex_unlock (&walk->core->revoking);
  bp_trace_mark (begin, "trim", "Dropped idle buffers, or emptied the threads' caches");

  finish (walk);
}

static void
set_max (BpCore *core,
         guint   max)
{
  gint64 n_more = (gint64) max - bp_peek (core->max);

  bp_poke (core->max, max);
  atomic_fetch_add (&core->free, n_more);
}

gboolean
bp_trim_set_max_buffers (BpCore *core,
                         guint   max_buffers)
{
  Walk walk = { .core = core, .max_idle = G_MAXUINT64 };
  gboolean is_change;

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->max_buffers) != max_buffers;
  bp_poke (core->max_buffers, max_buffers);
  if (!bp_peek (core->is_closed) && !(bp_debug_flags & BP_DEBUG_DISABLE))
    set_max (core, max_buffers);
  if (is_owed (core))
    run (&walk);
  else
    bp_mutex_unlock (&core->revoking);

  return is_change;
}

gboolean
bp_trim_set_thread_cache (BpCore *core,
                          gint    thread_cache)
{
  Walk walk = { .core = core, .max_idle = G_MAXUINT64, .empties_caches = TRUE };
  gboolean is_change;

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->thread_cache) != thread_cache;
  bp_poke (core->thread_cache, thread_cache);
  bp_core_update_limits (core);
  if (is_change)
    run (&walk);
  else
    bp_mutex_unlock (&core->revoking);

  return is_change;
}

gboolean
bp_trim_set_trim_capacity (BpCore *core,
                           gsize   trim_capacity)
{
  gboolean is_change;

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->trim_capacity) != trim_capacity;
  bp_poke (core->trim_capacity, trim_capacity);
  bp_core_update_limits (core);
  bp_mutex_unlock (&core->revoking);

  return is_change;
}

void
bp_trim_drop_idle (BpCore *core,
                   guint   max_idle)
{
  Walk walk = { .core = core, .max_idle = max_idle };

  bp_mutex_lock (&core->revoking);
  run (&walk);
}

void
bp_trim_close (BpCore *core)
{
  Walk walk = { .core = core, .empties_caches = TRUE };

  bp_mutex_lock (&core->revoking);
  bp_poke (core->is_closed, TRUE);
  set_max (core, 0);
  run (&walk);

  /* A return that published its buffer before the caches were revoked may still have a
   * shard to unlock, and the core may be freed next. */
  for (guint i = 0; i < core->n_shards; i++)
    {
      bp_mutex_lock (&core->shards[i].mutex);
      bp_shard_unlock (&core->shards[i]);
    }
}

void
bp_trim_free_vacant (BpCore *core)
{
  Walk walk = { .core = core, .max_idle = G_MAXUINT64, .frees_vacant = TRUE };

  bp_mutex_lock (&core->revoking);
  run (&walk);
}

void
bp_trim_pay (BpCore *core)
{
  Walk walk = { .core = core, .max_idle = G_MAXUINT64 };

  bp_mutex_lock (&core->revoking);
  if (G_LIKELY (!bp_fence_has_failed ()))
    {
      run (&walk);
      return;
    }

  /* Else all caches would stay revoked at every turn. */
  revoke_own (core);
  relieve (&walk);
  hand_back_all (core);
  bp_mutex_unlock (&core->revoking);
  finish (&walk);
}

/* A pool that was closed without a barrier could not reach the caches of living threads,
 * and each of their buffers keeps the core. */
void
bp_trim_thread_ended (void)
{
  GSList *stranded = NULL;

  if (G_LIKELY (!bp_fence_has_failed ()))
    return;

  bp_core_lock_list ();
  for (BpCore *core = bp_core_get_first (); core != NULL; core = core->next_core)
    {
      if (bp_peek (core->is_closed) && bp_core_try_ref (core))
        stranded = g_slist_prepend (stranded, core);
    }
  bp_core_unlock_list ();

  while (stranded != NULL)
    {
      BpCore *core = stranded->data;

      bp_trim_drop_idle (core, 0);
      bp_core_unref (core);
      stranded = g_slist_delete_link (stranded, stranded);
    }
}

void
bp_trim_settle (BpCore  *core,
                BpCache *cache)
{
  Walk walk = { .core = core, .max_idle = G_MAXUINT64 };

  if (!bp_mutex_try_lock (&core->revoking))
    return;

  if (bp_peek (cache->bias) != 0)
    {
      walk.empties_caches = TRUE;
      revoke_own (core);
      relieve (&walk);
      hand_back_all (core);
    }
  bp_mutex_unlock (&core->revoking);

  finish (&walk);
}

guint
bp_trim_publish (BpCore   *core,
                 guint     home,
                 BpPooled *list)
{
  BpPooled *dropped = NULL;
  guint n_kept = 0;

  for (guint i = 0; list != NULL; i++)
    {
      BpShard *shard = &core->shards[(home + i) % core->n_shards];
      BpPooled *batch[BP_BATCH];
      guint n_batch = 0, n_places, n_pushed;

      for (; list != NULL && n_batch < BP_BATCH; list = list->next)
        batch[n_batch++] = list;

      bp_shard_lock_with_room (shard, n_batch, TRUE);
      n_places = bp_core_pay (core, n_batch);
      n_pushed = MIN (n_places, bp_shard_get_room (shard));
      bp_shard_push (shard, batch, n_pushed);
      bp_core_give_places (core, n_places - n_pushed);
      bp_shard_unlock (shard);

      n_kept += n_pushed;
      for (guint j = n_pushed; j < n_batch; j++)
        move_to (&dropped, batch[j]);
    }
  bp_core_destroy_list (core, dropped);

  return n_kept;
}

void
bp_trim_count (BpCore   *core,
               BpCounts *counts)
{
  Walk walk = { .core = core };

  bp_mutex_lock (&core->revoking);
  if (!bp_fence_has_failed ())
    revoke_all (&walk);
  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      guint n = (guint) bp_peek (cache->n);

      counts->n_idle += n;
      counts->n_hits += bp_peek (cache->returned) + (guint64) cache->moved - n;
      if (!cache->is_revoked)
        counts->n_idle_bytes += n * bp_peek (core->recent_bytes);
      for (guint i = 0; cache->is_revoked && i < n; i++)
        counts->n_idle_bytes += cache->buffers[i]->bytes;
    }
  for (guint i = 0; i < core->n_shards; i++)
    {
      BpShard *shard = &core->shards[i];

      bp_mutex_lock_soon (&shard->mutex);
      counts->n_idle += bp_peek (shard->n);
      counts->n_idle_bytes += bp_shard_sum_bytes (shard);
      counts->n_hits += bp_peek (shard->hits);
      bp_shard_unlock (shard);
    }
  hand_back_all (core);
  bp_mutex_unlock (&core->revoking);
  finish (&walk);
}
