/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

#include "bp-trace-private.h"

/*
 * What changes the bound, and what empties the pool.
 *
 * These take fronts from their owners one by one. An owner that is preempted in
 * the middle of a fast operation is waited for asleep, with nothing locked.
 */

#define RETRY_MICROSECONDS 50

/* A walk over the shards, and what it drops on the way: that is destroyed at the
 * end, since destroying an item may call anything. */
typedef struct
{
  BpCore *core;
  BpPooled *dropped;
  /* How many idle buffers are still to be dropped, and how many lie in the rings
   * of the shards that are still to come. */
  guint64 n_surplus;
  guint64 n_in_rings;
  /* How many places have been given back to the shards. */
  guint64 n_freed;
  gboolean met_busy_owner;
} Walk;

static void
drop (Walk     *walk,
      BpPooled *pooled)
{
  pooled->next = walk->dropped;
  walk->dropped = pooled;
}

/* With nothing locked: this calls the user's code. */
static void
destroy_dropped (Walk     *walk,
                 gboolean  may_call)
{
  for (BpPooled *pooled = walk->dropped; pooled != NULL; pooled = pooled->next)
    bp_count (walk->core->shards[pooled->shard].evicted, 1);

  bp_items_destroy_list (g_steal_pointer (&walk->dropped), may_call);
}

/* What one shard has too many of may fit in another; the newest first. */
static void
place_dropped (Walk *walk)
{
  guint n_left = 0;

  while (walk->dropped != NULL && n_left == 0)
    {
      BpPooled *pooled = walk->dropped;

      walk->dropped = pooled->next;
      n_left = 1;
      bp_core_place_anywhere (walk->core, pooled->shard, &pooled, &n_left, TRUE);
      if (n_left > 0)
        drop (walk, pooled);
    }
}

/* The next front of the shard from a slot on that has places; NULL at the end. */
static BpFront *
next_front (BpCore *core,
            guint   shard,
            guint  *slot)
{
  guint end = bp_slots_end ();

  for (*slot = *slot == 0 ? shard + 1 : *slot + core->config.n_shards; *slot < end;
       *slot += core->config.n_shards)
    {
      BpFront *front = bp_core_get_front_of_slot (core, *slot);

      if (front != NULL && bp_peek (front->reserve) > 0)
        return front;
    }

  return NULL;
}

static gboolean
try_revoke (Walk    *walk,
            BpFront *front)
{
  BpRevoke result = bp_front_revoke (front);

  if (result == BP_REVOKE_BUSY)
    walk->met_busy_owner = TRUE;
  else if (result == BP_REVOKE_FAILED)
    front->is_behind = TRUE;

  return result == BP_REVOKE_DONE;
}

static BpPooled *
take_one (BpFront *front)
{
  BpPooled *pooled = NULL;

  if (bp_front_take_oldest (front, &pooled, 1) == 0)
    bp_front_take_outbox (front, &pooled, 1);

  return pooled;
}

/* Charges the shard for what the front, which is revoked, really holds. */
static void
fit_reserve (BpShard *shard,
             BpFront *front)
{
  bp_core_set_reserve (shard, front, bp_front_get_used (front));
}

/* Buffers that the front may not hold any more go to the ring, which gives up
 * its oldest for them if it must. */
static void
unload_front (Walk    *walk,
              BpShard *shard,
              BpFront *front,
              guint    limit)
{
  while (bp_front_get_used (front) > limit)
    {
      BpPooled *pooled = take_one (front);

      fit_reserve (shard, front);
      if (bp_shard_get_room (shard) == 0)
        {
          BpPooled *oldest = bp_shard_pop_oldest (shard);

          if (oldest != NULL)
            drop (walk, oldest);
        }
      if (bp_shard_get_room (shard) > 0)
        bp_shard_push (shard, &pooled, 1);
      else
        drop (walk, pooled);
    }
  fit_reserve (shard, front);
}

static guint64
get_charged (BpShard *shard)
{
  return (guint64) bp_peek (shard->count) + bp_peek (shard->reserved);
}

/* Drops buffers of the front, which is revoked, until the shard keeps to its part. */
static void
shrink_front (Walk    *walk,
              BpShard *shard,
              BpFront *front)
{
  while (get_charged (shard) > bp_peek (shard->part) && bp_front_get_used (front) > 0)
    {
      drop (walk, take_one (front));
      fit_reserve (shard, front);
    }
}

/* Makes the shard keep to its part, and its fronts to their limit. */
static void
rebalance (Walk  *walk,
           guint  index)
{
  BpCore *core = walk->core;
  BpShard *shard = &core->shards[index];
  guint part = bp_core_get_part (core, index);
  BpFront *front;
  guint slot = 0;

  bp_poke (shard->part, part);

  while ((front = next_front (core, index, &slot)) != NULL)
    {
      if (!try_revoke (walk, front))
        continue;
      unload_front (walk, shard, front, bp_core_get_front_limit (core, shard, 0));
      front->is_behind = FALSE;
      bp_front_hand_back (front);
    }

  while (get_charged (shard) > part)
    {
      BpPooled *oldest = bp_shard_pop_oldest (shard);

      if (oldest == NULL)
        break;
      drop (walk, oldest);
    }

  slot = 0;
  while (get_charged (shard) > part && (front = next_front (core, index, &slot)) != NULL)
    {
      if (!try_revoke (walk, front))
        continue;
      shrink_front (walk, shard, front);
      bp_front_hand_back (front);
    }
}

static void
fit_reserves (Walk  *walk,
              guint  index)
{
  BpShard *shard = &walk->core->shards[index];
  guint reserved = bp_peek (shard->reserved);
  BpFront *front;
  guint slot = 0;

  while ((front = next_front (walk->core, index, &slot)) != NULL)
    {
      if (bp_front_get_used (front) == bp_peek (front->reserve) || !try_revoke (walk, front))
        continue;
      fit_reserve (shard, front);
      bp_front_hand_back (front);
    }
  walk->n_freed += reserved - bp_peek (shard->reserved);
}

/* Each ring loses its share of what all of them are to lose. */
static void
drop_surplus_of_ring (Walk  *walk,
                      guint  index)
{
  BpShard *shard = &walk->core->shards[index];
  guint count = bp_peek (shard->count);
  guint64 n_in_rings = MAX (walk->n_in_rings, count);
  guint n_left = count;
  BpPooled *oldest;

  if (walk->n_surplus < n_in_rings)
    n_left = (guint) ((walk->n_surplus * count + n_in_rings - 1) / n_in_rings);
  walk->n_in_rings = n_in_rings - count;

  while (n_left > 0 && (oldest = bp_shard_pop_oldest (shard)) != NULL)
    {
      drop (walk, oldest);
      walk->n_surplus--;
      n_left--;
    }
}

static void
drop_surplus_of_fronts (Walk  *walk,
                        guint  index)
{
  BpFront *front;
  guint slot = 0;

  while (walk->n_surplus > 0 && (front = next_front (walk->core, index, &slot)) != NULL)
    {
      if (bp_front_get_used (front) == 0 || !try_revoke (walk, front))
        continue;
      while (walk->n_surplus > 0 && bp_front_get_used (front) > 0)
        {
          drop (walk, take_one (front));
          walk->n_surplus--;
        }
      bp_front_hand_back (front);
    }
}

static void
walk_shards (Walk  *walk,
             void (*step) (Walk  *walk,
                           guint  index))
{
  gint64 begin = bp_trace_now ();

  for (guint i = 0; i < walk->core->config.n_shards; i++)
    {
      BpShard *shard = &walk->core->shards[i];

      do
        {
          if (walk->met_busy_owner)
            g_usleep (RETRY_MICROSECONDS);
          walk->met_busy_owner = FALSE;

          /* All that lies in the fronts may move to the ring. */
          if (step == rebalance)
            bp_shard_prepare (shard, bp_peek (shard->reserved), TRUE);
          bp_shard_lock (shard);
          step (walk, i);
          bp_shard_unlock (shard);
        }
      while (walk->met_busy_owner);
    }
  bp_trace_mark (begin, "walk", "Dropped idle buffers, or made the shards keep to their part");
}

/* The setters return when what they ask for holds, also those that find it set
 * by another thread that is still at it. */
gboolean
bp_core_set_max_buffers (BpCore *core,
                         guint   max_buffers)
{
  Walk walk = { .core = core };
  gboolean is_change;

  g_mutex_lock (&core->config_mutex);
  is_change = bp_peek (core->max_buffers) != max_buffers;
  if (is_change)
    {
      bp_poke (core->max_buffers, max_buffers);
      walk_shards (&walk, rebalance);
    }
  g_mutex_unlock (&core->config_mutex);

  place_dropped (&walk);
  destroy_dropped (&walk, TRUE);

  return is_change;
}

gboolean
bp_core_set_thread_cache (BpCore *core,
                          gint    thread_cache)
{
  Walk walk = { .core = core };
  gboolean is_change;

  g_mutex_lock (&core->config_mutex);
  is_change = bp_peek (core->thread_cache) != thread_cache;
  if (is_change)
    {
      bp_poke (core->thread_cache, thread_cache);
      bp_core_update_keep_limit (core);
      walk_shards (&walk, rebalance);
    }
  g_mutex_unlock (&core->config_mutex);

  place_dropped (&walk);
  destroy_dropped (&walk, TRUE);

  return is_change;
}

gboolean
bp_core_set_trim_capacity (BpCore *core,
                           gsize   trim_capacity)
{
  gboolean is_change;

  g_mutex_lock (&core->config_mutex);
  is_change = bp_peek (core->trim_capacity) != trim_capacity;
  if (is_change)
    {
      bp_poke (core->trim_capacity, trim_capacity);
      bp_core_update_keep_limit (core);
    }
  g_mutex_unlock (&core->config_mutex);

  return is_change;
}

/* Gives all places that are reserved for fronts and empty back to the shards;
 * whether there were any. */
gboolean
bp_core_free_reserves (BpCore *core)
{
  Walk walk = { .core = core };

  walk_shards (&walk, fit_reserves);

  return walk.n_freed > 0;
}

/* With those in the rings by themselves. */
static guint64
count_idle (BpCore  *core,
            guint64 *n_in_rings)
{
  guint64 n_idle = 0;

  *n_in_rings = 0;
  for (guint i = 0; i < core->config.n_shards; i++)
    {
      BpShard *shard = &core->shards[i];
      BpFront *front;
      guint slot = 0;

      bp_shard_lock (shard);
      *n_in_rings += bp_peek (shard->count);
      while ((front = next_front (core, i, &slot)) != NULL)
        n_idle += bp_front_count (front);
      bp_shard_unlock (shard);
    }

  return n_idle + *n_in_rings;
}

void
bp_core_drop_idle (BpCore *core,
                   guint   max_idle)
{
  Walk walk = { .core = core };
  guint64 n_idle = count_idle (core, &walk.n_in_rings);

  bp_items_destroy_doomed (core);
  bp_core_free_spares (core);

  if (max_idle == 0)
    walk.n_surplus = G_MAXUINT64;
  else if (n_idle > max_idle)
    walk.n_surplus = n_idle - max_idle;
  if (walk.n_surplus == 0)
    return;

  walk_shards (&walk, drop_surplus_of_ring);
  walk_shards (&walk, drop_surplus_of_fronts);
  destroy_dropped (&walk, TRUE);
}

/* For good: afterwards nothing is kept, and every fast operation finds neither
 * a buffer nor a place. */
void
bp_core_close (BpCore *core)
{
  Walk walk = { .core = core };

  atomic_store (&core->closed, TRUE);

  g_mutex_lock (&core->config_mutex);
  walk_shards (&walk, rebalance);
  g_mutex_unlock (&core->config_mutex);

  destroy_dropped (&walk, TRUE);
  bp_items_destroy_doomed (core);
  bp_core_free_spares (core);
}

/* By the owner, in a slow path. The bias it saw was a revoker's at work, or one
 * whose barrier failed and who left the rest to this thread: whatever has changed
 * since then is made up for. */
void
bp_core_unstick_front (BpCore   *core,
                       BpFront  *front,
                       gboolean  may_call)
{
  BpShard *shard = &core->shards[front->shard];
  Walk walk = { .core = core };

  if (!bp_shard_try_lock (shard))
    return;

  if (bp_peek (front->bias) != 0)
    {
      /* What the ring's array has no room for is dropped: it cannot grow here. */
      unload_front (&walk, shard, front, bp_core_get_front_limit (core, shard, 0));
      shrink_front (&walk, shard, front);
      front->is_behind = FALSE;
      bp_front_hand_back (front);
    }
  bp_shard_unlock (shard);

  destroy_dropped (&walk, may_call);
}
