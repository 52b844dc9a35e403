/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

#include "bp-trace-private.h"

/* The slow path of an acquire: home, then the other shards, then this thread's
 * outbox, then the fronts of others, then a new buffer. It never waits. */

static inline void
count_hit (BpCore  *core,
           BpFront *front)
{
  if (front != NULL)
    bp_bump (front->hits, 1);
  else
    bp_count (core->shards[bp_core_get_home (core, NULL)].hits, 1);
}

/* With the home shard's mutex: gives the front places for that many more buffers of
 * this size, as far as it may have them and the shard's part allows. Only a thread
 * that returns some is given more than it needs at once. */
static void
grow_reserve (BpCore  *core,
              BpFront *front,
              gsize    n_bytes,
              guint    n_buffers)
{
  BpShard *home = &core->shards[front->shard];
  guint reserve = bp_peek (front->reserve);
  guint needed = MIN (bp_front_get_used (front) + n_buffers,
                      bp_core_get_front_limit (core, home, n_bytes));
  guint grown = MIN (needed, reserve + MIN (bp_shard_peek_grantable (home), BP_FRONT_PLACES));

  if (grown > reserve)
    bp_core_set_reserve (home, front, grown);
}

/* How many buffers beside the one it needs this thread has places for. */
static guint
get_free_places (BpFront *front)
{
  return front != NULL ? bp_front_get_free (front) : 0;
}

/* The newest of the home ring, and a batch for the front beside it. */
static BpPooled *
take_home (BpCore  *core,
           BpFront *front,
           guint    shard)
{
  BpShard *home = &core->shards[shard];
  BpPooled *batch[BP_BATCH];
  BpPooled *pooled;
  guint limit, n_batch;

  if (bp_peek (home->count) == 0 && (front == NULL || bp_peek (front->n_local) == 0))
    return NULL;
  if (!bp_shard_spin_lock (home))
    return NULL;

  /* What the fast path could not reach, since somebody was taking from this front
   * at that moment. */
  if (front != NULL && (pooled = bp_front_take_newest (front)) != NULL)
    {
      bp_shard_unlock (home);
      return pooled;
    }

  pooled = bp_shard_pop_one (home);
  if (pooled != NULL && front != NULL &&
      (limit = bp_core_get_front_limit (core, home, pooled->bytes)) > 0)
    {
      guint used = bp_front_get_used (front);
      guint n_kept;

      n_batch = bp_shard_pop_newest (home, batch,
                                     used < limit ? MIN (BP_BATCH, limit - used) : 0);
      grow_reserve (core, front, pooled->bytes, n_batch);

      /* Where a prefill has claimed places, it may not have grown enough. */
      n_kept = MIN (n_batch, get_free_places (front));
      bp_shard_push (home, batch, n_batch - n_kept);
      bp_front_add_local (front, batch + (n_batch - n_kept), n_kept);
    }

  bp_shard_unlock (home);

  return pooled;
}

/* Leftovers of a batch that this thread took: into its front, or back. */
static void
keep_batch (BpCore    *core,
            BpFront   *front,
            BpPooled **batch,
            guint      n_batch)
{
  guint n_put = 0;

  if (n_batch == 0)
    return;
  if (front != NULL)
    n_put = bp_front_put_local (front, batch, n_batch);
  if (n_put < n_batch)
    bp_core_place (core, bp_core_get_home (core, front), batch, n_batch - n_put,
                   FALSE, TRUE);
}

static void
grow_reserve_unlocked (BpCore  *core,
                       BpFront *front,
                       gsize    n_bytes,
                       guint    n_buffers)
{
  BpShard *home;

  if (front == NULL || bp_front_get_free (front) >= n_buffers)
    return;

  home = &core->shards[front->shard];
  if (bp_shard_peek_grantable (home) > 0 && bp_shard_spin_lock (home))
    {
      grow_reserve (core, front, n_bytes, n_buffers);
      bp_shard_unlock (home);
    }
}

static BpPooled *
take_from_others (BpCore  *core,
                  BpFront *front,
                  guint    home,
                  gboolean (*lock) (BpShard *shard))
{
  guint n_shards = core->config.n_shards;

  for (guint i = 1; i < n_shards; i++)
    {
      BpShard *shard = &core->shards[(home + i) % n_shards];
      BpPooled *batch[BP_BATCH + 1];
      guint n_batch, wanted;

      if (bp_peek (shard->count) == 0 || !lock (shard))
        continue;

      wanted = 1 + MIN (BP_BATCH, MIN (get_free_places (front), bp_peek (shard->count) / 2));
      n_batch = bp_shard_pop_newest (shard, batch, wanted);
      bp_shard_unlock (shard);

      if (n_batch == 0)
        continue;

      grow_reserve_unlocked (core, front, batch[n_batch - 1]->bytes, BP_BATCH);
      keep_batch (core, front, batch, n_batch - 1);
      return batch[n_batch - 1];
    }

  return NULL;
}

static BpPooled *
take_from_fronts (BpCore  *core,
                  BpFront *front)
{
  BpPooled *batch[BP_FRONT_PLACES];
  guint n_batch = 0;

  if (front != NULL && bp_peek (front->outbox) < bp_peek (front->reserve))
    n_batch = bp_front_empty_outbox (front, batch);
  if (n_batch == 0)
    n_batch = bp_sweep_collect (core, front, batch,
                                1 + MIN (BP_BATCH, get_free_places (front)));
  if (n_batch == 0)
    return NULL;

  /* So that the next sweep brings more than one, also to a thread that never gives
   * anything back. */
  grow_reserve_unlocked (core, front, batch[n_batch - 1]->bytes, BP_BATCH);
  keep_batch (core, front, batch, n_batch - 1);

  return batch[n_batch - 1];
}

static inline BpPooled *
hand_out (BpPooled *pooled,
          guint     home)
{
  bp_record_unpoison (pooled);
  if (bp_peek (pooled->capacity) > 0 && (bp_debug_flags & BP_DEBUG_MEMCHECK))
    bp_debug_mark_live (bp_peek (pooled->data), pooled->bytes);
  pooled->shard = home;
  bp_poke (pooled->length, 0);
  bp_poke (pooled->word, BP_WORD_REF);

  return pooled;
}

/* What the front had at hand, counted as a hit already. When it is an item that
 * refuses to be reused, the next one is taken; NULL when there is none left. */
static BpPooled *
hand_out_hit (BpCore   *core,
              BpFront  *front,
              BpPooled *pooled)
{
  while (pooled != NULL && G_UNLIKELY (!bp_items_revive (pooled)))
    {
      bp_bump (front->hits, -1);
      bp_count (core->shards[front->shard].evicted, 1);
      bp_items_discard (pooled);
      pooled = bp_front_pop (front, FALSE);
    }

  return pooled != NULL ? hand_out (pooled, front->shard) : NULL;
}

/* A dirty item from the fast path. */
BpPooled *
bp_core_revive (BpCore    *core,
                BpPooled  *pooled,
                GError   **error)
{
  bp_items_destroy_doomed (core);
  pooled = hand_out_hit (core, bp_core_get_front (core), pooled);

  return pooled != NULL ? pooled : bp_core_acquire_slow (core, error);
}

BpPooled *
bp_core_acquire_slow (BpCore  *core,
                      GError **error)
{
  BpFront *front = bp_core_ensure_front (core);
  guint home = bp_core_get_home (core, front);
  BpPooled *pooled;
  gint64 begin;

  bp_items_destroy_doomed (core);
  if (front != NULL)
    {
      /* The fast path of a slot that is not near. */
      if (bp_near_slot == 0)
        {
          pooled = hand_out_hit (core, front, bp_front_pop (front, FALSE));
          if (pooled != NULL)
            return pooled;
        }
      if (G_UNLIKELY (bp_peek (front->bias) != 0))
        bp_core_unstick_front (core, front, TRUE);
    }

  for (;;)
    {
      gboolean at_home = TRUE;

      pooled = take_home (core, front, home);
      if (pooled == NULL)
        {
          at_home = FALSE;
          pooled = take_from_others (core, front, home, bp_shard_try_lock);
          /* If they were only locked, another try is cheaper than a sweep. */
          if (pooled == NULL && (pooled = take_home (core, front, home)) != NULL)
            at_home = TRUE;
          if (pooled == NULL)
            pooled = take_from_others (core, front, home, bp_shard_spin_lock);
          if (pooled == NULL)
            pooled = take_from_fronts (core, front);
        }
      if (pooled == NULL)
        break;

      if (G_LIKELY (bp_items_revive (pooled)))
        {
          if (at_home)
            count_hit (core, front);
          else
            bp_count (core->shards[home].steals, 1);
          return hand_out (pooled, home);
        }

      bp_count (core->shards[home].evicted, 1);
      bp_items_discard (pooled);

      /* A batch came with the one that refused. */
      if (front != NULL)
        {
          pooled = hand_out_hit (core, front, bp_front_pop (front, FALSE));
          if (pooled != NULL)
            return pooled;
        }
    }

  begin = bp_trace_now ();
  pooled = bp_items_create (core, error);
  bp_trace_mark (begin, "create", "No idle buffer was found");
  if (pooled == NULL)
    return NULL;

  bp_sweep_earn (core, front, 1);
  bp_count (core->shards[home].misses, 1);

  return hand_out (pooled, home);
}

