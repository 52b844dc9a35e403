/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

/*
 * The slow path of a return: the front's spill and flush, the rings, and what is
 * dropped when all are full.
 *
 * Once the last buffer in hand has been published, by the unlock that ends the
 * pushing or by a list of dropped buffers running empty, the core may be gone.
 */

/* Pushes the oldest of the batch, as many as there is room for; the rest, which
 * are the newest, move to its start. With the lock held. */
static void
push_some (BpShard   *shard,
           BpPooled **batch,
           guint     *n_batch)
{
  guint n_pushed = MIN (*n_batch, bp_shard_get_room (shard));

  bp_shard_push (shard, batch, n_pushed);
  *n_batch -= n_pushed;
  memmove (batch, batch + n_pushed, *n_batch * sizeof (BpPooled *));
}

/* Pushes into any ring that has room. Without waiting, some may be passed over
 * because their lock is not to be had. */
void
bp_core_place_anywhere (BpCore    *core,
                        guint      home,
                        BpPooled **batch,
                        guint     *n_batch,
                        gboolean   may_wait)
{
  guint n_shards = core->config.n_shards;

  for (guint i = 0; i < n_shards && *n_batch > 0; i++)
    {
      BpShard *shard = &core->shards[(home + i) % n_shards];

      if (bp_shard_peek_free (shard) == 0)
        continue;

      bp_shard_prepare (shard, *n_batch, may_wait);
      if (may_wait)
        bp_shard_lock (shard);
      else if (!(i == 0 ? bp_shard_spin_lock (shard) : bp_shard_try_lock (shard)))
        continue;
      push_some (shard, batch, n_batch);
      bp_shard_unlock (shard);
    }
}

/* All shards are full: each buffer takes the place of the oldest of its home,
 * or, where the home's ring holds nothing, of the next shard that does. */
static BpPooled *
replace_oldest (BpCore    *core,
                guint      home,
                BpPooled **batch,
                guint      n_batch,
                gboolean   may_wait)
{
  guint n_shards = core->config.n_shards;
  BpPooled *dropped = NULL;

  for (guint i = 0; i < n_shards && n_batch > 0; i++)
    {
      BpShard *shard = &core->shards[(home + i) % n_shards];

      if (i == 0 && may_wait)
        bp_shard_lock (shard);
      else if (bp_peek (shard->count) == 0 || !bp_shard_try_lock (shard))
        continue;

      push_some (shard, batch, &n_batch);
      while (n_batch > 0)
        {
          BpPooled *oldest = bp_shard_pop_oldest (shard);

          if (oldest == NULL)
            break;

          oldest->next = dropped;
          dropped = oldest;
          bp_count (core->shards[home].evicted, 1);
          push_some (shard, batch, &n_batch);
        }

      bp_shard_unlock (shard);
    }

  for (guint i = 0; i < n_batch; i++)
    {
      batch[i]->next = dropped;
      dropped = batch[i];
      bp_count (core->shards[home].evicted, 1);
    }

  return dropped;
}

/* Puts idle buffers of one home, oldest first, into the rings. What no ring
 * takes is destroyed. A return may wait for a lock once it has tried them all;
 * an acquire that took too many may not. */
void
bp_core_place (BpCore    *core,
               guint      home,
               BpPooled **batch,
               guint      n_batch,
               gboolean   may_wait,
               gboolean   may_call)
{
  bp_core_place_anywhere (core, home, batch, &n_batch, FALSE);
  if (G_LIKELY (n_batch == 0))
    return;

  if (bp_sweep_reclaim (core, bp_core_get_front (core), n_batch))
    bp_core_place_anywhere (core, home, batch, &n_batch, FALSE);
  if (n_batch > 0 && may_wait)
    bp_core_place_anywhere (core, home, batch, &n_batch, TRUE);
  if (n_batch == 0)
    return;

  bp_items_destroy_list (replace_oldest (core, home, batch, n_batch, may_wait), may_call);
}

/* Puts idle buffers of any homes, newest first, into the rings: each home's
 * lock is taken once. */
static void
place_mixed (BpCore    *core,
             BpPooled **batch,
             guint      n_batch,
             gboolean   may_call)
{
  while (n_batch > 0)
    {
      BpPooled *same[BP_FRONT_PLACES];
      guint home = batch[0]->shard;
      guint n_same = 0, n_other = 0, n_all = n_batch;

      for (guint i = 0; i < n_all; i++)
        {
          if (batch[i]->shard == home)
            same[n_same++] = batch[i];
          else
            batch[n_other++] = batch[i];
        }

      for (guint i = 0; i < n_same / 2; i++)
        {
          BpPooled *swapped = same[i];

          same[i] = same[n_same - 1 - i];
          same[n_same - 1 - i] = swapped;
        }

      n_batch = n_other;
      bp_core_place (core, home, same, n_same, TRUE, may_call);
    }
}

static gboolean
has_room_elsewhere (BpCore *core,
                    guint   home)
{
  for (guint i = 0; i < core->config.n_shards; i++)
    {
      if (i != home && bp_shard_peek_free (&core->shards[i]) > 0)
        return TRUE;
    }

  return FALSE;
}

/* With the home shard's mutex: makes the front's places fit the size of buffer
 * that is coming back, as far as the shard's part allows. */
static void
adapt_reserve (BpCore  *core,
               BpFront *front,
               gsize    n_bytes)
{
  BpShard *home = &core->shards[front->shard];
  guint reserve = bp_peek (front->reserve);
  guint limit = bp_core_get_front_limit (core, home, n_bytes);
  guint wanted;

  if (limit > reserve)
    wanted = MIN (limit, reserve + MIN (bp_shard_peek_grantable (home), BP_FRONT_PLACES));
  else
    wanted = MAX (limit, bp_front_get_used (front));

  if (wanted != reserve)
    bp_core_set_reserve (home, front, wanted);
}

/* With the home shard's mutex: the oldest that the front has at hand go to the
 * ring. Those that it has no room for are the caller's; how many. */
static guint
spill (BpCore    *core,
       BpShard   *home,
       BpFront   *front,
       guint      n_wanted,
       BpPooled **spilled)
{
  guint room = bp_shard_get_room (home);
  guint n_spilled;

  /* Without room anywhere, one buffer is dropped and not many. */
  if (room == 0)
    return bp_front_take_oldest (front, spilled,
                                 has_room_elsewhere (core, front->shard) ? n_wanted : 1);

  n_spilled = bp_front_take_oldest (front, spilled, MIN (n_wanted, room));
  bp_shard_push (home, spilled, n_spilled);

  return 0;
}

/* A buffer for a full front: older ones make room for it. FALSE when it must go
 * to a ring itself. */
static gboolean
put_through_front (BpCore   *core,
                   BpFront  *front,
                   BpPooled *pooled,
                   gboolean  may_call)
{
  BpShard *home = &core->shards[front->shard];
  BpPooled *spilled[BP_FRONT_PLACES], *flushed[BP_FRONT_PLACES];
  guint n_spilled = 0, n_flushed = 0;
  guint limit, n_local, n_outbox, outbox;
  gboolean is_put = FALSE;

  limit = bp_core_get_front_limit (core, home, pooled->bytes);
  if (limit == 0)
    return FALSE;

  bp_shard_prepare (home, BP_FRONT_PLACES, FALSE);
  if (!bp_shard_spin_lock (home))
    return FALSE;

  adapt_reserve (core, front, pooled->bytes);

  n_local = bp_peek (front->n_local);
  outbox = bp_peek (front->outbox);
  n_outbox = bp_peek (front->reserve) - outbox;
  if (n_local == outbox && n_outbox > n_local)
    {
      n_flushed = bp_front_take_outbox (front, flushed, n_outbox);
    }
  else if (n_local == outbox && n_local > 0)
    {
      guint half = MAX ((n_local + 1) / 2, n_local > limit ? n_local - limit : 0);

      n_spilled = spill (core, home, front, half, spilled);
    }

  n_local = bp_peek (front->n_local);
  outbox = bp_peek (front->outbox);
  if (n_local < outbox)
    {
      is_put = TRUE;
      if (pooled->shard == front->shard)
        {
          bp_front_add_local (front, &pooled, 1);
        }
      else
        {
          front->places[outbox - 1] = pooled;
          bp_bump (front->bytes_in, pooled->bytes);
          bp_poke (front->outbox, outbox - 1);
        }
    }
  bp_shard_unlock (home);

  if (n_spilled > 0)
    bp_core_place (core, front->shard, spilled, n_spilled, TRUE, may_call);
  if (n_flushed > 0)
    place_mixed (core, flushed, n_flushed, may_call);

  return is_put;
}

/* One buffer into its home's ring, where that is simple. */
static gboolean
put_home (BpShard  *home,
          BpPooled *pooled)
{
  gboolean is_put;

  if (bp_shard_peek_free (home) == 0)
    return FALSE;

  bp_shard_prepare (home, 1, FALSE);
  if (!bp_shard_spin_lock (home))
    return FALSE;

  is_put = bp_shard_get_room (home) > 0;
  if (is_put)
    bp_shard_push_one (home, pooled);
  bp_shard_unlock (home);

  return is_put;
}

/* An idle buffer, ready for its next use, that the fast path could not place. */
void
bp_core_put_slow (BpPooled *pooled,
                  gboolean  may_call)
{
  BpCore *core = pooled->core;
  guint home = pooled->shard;
  BpFront *front = bp_core_ensure_front (core);

  if (front != NULL)
    {
      /* The fast path of a slot that is not near. */
      if (bp_near_slot == 0 &&
          bp_core_get_front_limit (core, &core->shards[front->shard], pooled->bytes) > 0 &&
          bp_front_push (front, pooled, FALSE))
        return;
      if (G_UNLIKELY (bp_peek (front->bias) != 0))
        bp_core_unstick_front (core, front, may_call);
    }

  if (G_UNLIKELY (bp_core_keeps_nothing (core)))
    {
      bp_count (core->shards[home].refused, 1);
      bp_items_destroy (pooled, may_call);
      return;
    }

  if (bp_peek (pooled->capacity) > 0 && (bp_debug_flags & BP_DEBUG_MEMCHECK))
    bp_debug_mark_idle (bp_peek (pooled->data), pooled->bytes);

  if (front == NULL)
    {
      bp_count (core->shards[home].recycled, 1);
    }
  else
    {
      bp_bump (front->recycled, 1);
      if (put_through_front (core, front, pooled, may_call))
        return;
    }

  if (!put_home (&core->shards[home], pooled))
    bp_core_place (core, home, &pooled, 1, TRUE, may_call);
}

static void
put (BpPooled *pooled,
     gboolean  may_call)
{
  BpFront *front = bp_core_get_near_front (pooled->core);

  bp_record_poison (pooled);
  if (front == NULL ||
      bp_core_get_front_limit (pooled->core, &pooled->core->shards[front->shard], pooled->bytes) == 0 ||
      !bp_front_push (front, pooled, TRUE))
    bp_core_put_slow (pooled, may_call);
}

/* A buffer that comes back and is not simply good as it is. */
void
bp_core_return_slow (BpPooled *pooled,
                     gboolean  may_call)
{
  BpCore *core = pooled->core;
  BpFront *front;

  if (may_call)
    bp_items_destroy_doomed (core);

  if (!bp_core_keeps_nothing (core) && bp_items_reset (pooled, may_call))
    {
      put (pooled, may_call);
      return;
    }

  front = bp_core_get_front (core);
  if (front != NULL && G_UNLIKELY (bp_peek (front->bias) != 0))
    bp_core_unstick_front (core, front, may_call);

  bp_count (core->shards[pooled->shard].refused, 1);
  bp_items_destroy (pooled, may_call);
}

/* An idle buffer from outside, home wherever the caller is. It is counted as
 * added and not as recycled. */
void
bp_core_recycle (BpCore   *core,
                 BpPooled *pooled,
                 gboolean  may_call)
{
  BpFront *front = bp_core_ensure_front (core);

  pooled->shard = bp_core_get_home (core, front);
  if (bp_core_keeps_nothing (core) || !bp_items_reset (pooled, may_call))
    {
      bp_items_destroy (pooled, may_call);
      return;
    }

  bp_count (core->shards[pooled->shard].added, 1);
  bp_record_mark_idle (pooled);
  bp_core_place (core, pooled->shard, &pooled, 1, TRUE, may_call);
}
