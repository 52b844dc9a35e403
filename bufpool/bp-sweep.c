/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

#include "bp-trace-private.h"

/*
 * Sweeps: taking from the fronts of other threads what they do not need now.
 *
 * A sweep revokes a front, which interrupts its owner's processor, so it costs
 * credit; what it finds earns some back, as does making a buffer. A thread without
 * credit does without: two threads that share one buffer would otherwise take it
 * from each other for ever, where a second buffer ends the matter.
 *
 * The unit is what making a buffer of elements costs; a barrier and what it does
 * to other processors takes about 64 times as long. A sweep of the shortest kind
 * finds few buffers again and again when many threads hand small buffers over, so
 * that it must not pay for itself there. Where callbacks make the item, two finds
 * do: an object or a codec's context costs more than a barrier. BP_SWEEP_MAX_CREDIT
 * is for the burst that wants all that lies idle elsewhere.
 */

#define SWEEP_COST 64
#define WORTH_OF_ELEMENTS 1
#define WORTH_OF_ITEM 32

/* Up to this many are taken at once, even if that is all there is. */
#define SMALL_HAUL 8

static gboolean
can_pay (BpFront *own)
{
  return own == NULL || own->credit >= SWEEP_COST;
}

static void
pay (BpFront *own)
{
  if (own != NULL)
    own->credit -= SWEEP_COST;
}

/* For so many buffers found, made, or given a place. */
void
bp_sweep_earn (BpCore  *core,
               BpFront *own,
               guint    n_buffers)
{
  guint worth = core->config.kind == BP_KIND_ELEMENTS ? WORTH_OF_ELEMENTS : WORTH_OF_ITEM;
  guint earned = MIN (n_buffers, BP_SWEEP_MAX_CREDIT) * worth;

  if (own != NULL)
    own->credit = (gint) MIN ((guint) own->credit + earned, BP_SWEEP_MAX_CREDIT);
}

/* The front of the i-th other slot, beginning after one's own. */
static BpFront *
get_other_front (BpCore  *core,
                 BpFront *own,
                 guint    i,
                 guint    end)
{
  BpFront *front = bp_core_get_front_of_slot (core, (bp_slot + i) % end);

  return front != own ? front : NULL;
}

/* With the mutex of its home shard held. */
static guint
take_from (BpFront   *front,
           BpPooled **batch,
           guint      max)
{
  guint n_batch, n_local;

  if (bp_front_get_used (front) == 0 || bp_front_revoke (front) != BP_REVOKE_DONE)
    return 0;

  /* Half of what the owner has at hand stays. */
  n_local = bp_peek (front->n_local);
  n_batch = bp_front_take_outbox (front, batch, max);
  n_batch += bp_front_take_oldest (front, batch + n_batch,
                                   MIN (max - n_batch, MAX (n_local / 2, SMALL_HAUL)));
  bp_front_hand_back (front);

  return n_batch;
}

/* Takes up to max buffers from the first front that has any. */
guint
bp_sweep_collect (BpCore    *core,
                  BpFront   *own,
                  BpPooled **batch,
                  guint      max)
{
  guint end = bp_slots_end ();

  for (guint i = 1; i <= end && can_pay (own); i++)
    {
      BpFront *front = get_other_front (core, own, i, end);
      gint64 begin = bp_trace_now ();
      BpShard *shard;
      guint n_batch;

      if (front == NULL || bp_front_get_used (front) == 0)
        continue;
      shard = &core->shards[front->shard];
      if (!bp_shard_try_lock (shard))
        continue;

      n_batch = take_from (front, batch, max);
      bp_shard_unlock (shard);
      pay (own);

      bp_trace_mark (begin, "sweep", "Took idle buffers from another thread's front");
      if (n_batch > 0)
        {
          bp_sweep_earn (core, own, n_batch);
          return n_batch;
        }
    }

  return 0;
}

/* Gives the unused places of a front back to its shard; how many. */
static guint
reclaim_from (BpShard  *shard,
              BpFront  *front,
              gboolean  is_own)
{
  guint reserve, used;

  if (!is_own && bp_front_revoke (front) != BP_REVOKE_DONE)
    return 0;

  reserve = bp_peek (front->reserve);
  used = bp_front_get_used (front);
  bp_core_set_reserve (shard, front, used);
  if (!is_own)
    bp_front_hand_back (front);

  return reserve - used;
}

/* Takes back places that are reserved for fronts and empty, until there are
 * enough or credit runs out; whether it found any. */
gboolean
bp_sweep_reclaim (BpCore   *core,
                  BpFront  *own,
                  guint     n_places)
{
  guint end = bp_slots_end ();
  guint n_found = 0;

  for (guint i = 0; i < end && n_found < n_places; i++)
    {
      BpFront *front = bp_core_get_front_of_slot (core, (bp_slot + i) % end);
      gboolean is_own = front == own;
      BpShard *shard;

      if (front == NULL || bp_front_get_used (front) >= bp_peek (front->reserve))
        continue;
      if (!is_own && !can_pay (own))
        continue;

      shard = &core->shards[front->shard];
      if (!bp_shard_spin_lock (shard))
        continue;
      n_found += reclaim_from (shard, front, is_own);
      bp_shard_unlock (shard);

      if (!is_own)
        pay (own);
    }

  bp_sweep_earn (core, own, MAX (n_found, 1));

  return n_found > 0;
}
