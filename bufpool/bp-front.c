/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-front-private.h"

#include <stdlib.h>

/* How often a revoker looks at a busy cell before it gives up: some
 * microseconds where a pause is long, many times what a fast operation takes. */
#define MAX_LOOKS 400

BpFront *
bp_front_new (guint slot,
              guint shard)
{
  BpFront *front = aligned_alloc (BP_CACHE_PAIR, sizeof (BpFront));

  if (front == NULL)
    return NULL;

  memset (front, 0, sizeof (BpFront));
  front->shard = shard;
  front->cell = &bp_cells[slot];

  return front;
}

void
bp_front_free (BpFront *front)
{
  free (front);
}

BpRevoke
bp_front_revoke (BpFront *front)
{
  /* The bias may still be 1 from a barrier that failed; this one may not. */
  if (bp_fence_is_asymmetric ())
    bp_poke (front->bias, 1);
  else
    atomic_exchange_explicit (&front->bias, 1, memory_order_seq_cst);

  if (!bp_fence_barrier ())
    return BP_REVOKE_FAILED;

  for (guint i = 0; i < MAX_LOOKS; i++)
    {
      if (atomic_load_explicit (&front->cell->front, memory_order_seq_cst) != front)
        return BP_REVOKE_DONE;
      bp_cpu_relax ();
    }

  bp_front_hand_back (front);

  return BP_REVOKE_BUSY;
}

void
bp_front_hand_back (BpFront *front)
{
  atomic_store_explicit (&front->bias, front->is_behind ? 1 : 0, memory_order_release);
}

guint
bp_front_count (BpFront *front)
{
  return MIN (bp_front_get_used (front), bp_peek (front->reserve));
}

/* The outbox ends where the reserve does, so it moves along. */
void
bp_front_set_reserve (BpFront *front,
                      guint    reserve)
{
  guint outbox = bp_peek (front->outbox);
  guint n_outbox = bp_peek (front->reserve) - outbox;

  g_assert (reserve <= BP_FRONT_PLACES && reserve >= bp_front_get_used (front));

  memmove (&front->places[reserve - n_outbox], &front->places[outbox],
           n_outbox * sizeof (BpPooled *));
  bp_poke (front->outbox, reserve - n_outbox);
  bp_poke (front->reserve, reserve);
}

/* The last of the batch will be the first to be handed out. */
void
bp_front_add_local (BpFront   *front,
                    BpPooled **batch,
                    guint      n_batch)
{
  guint n_local = bp_peek (front->n_local);

  memcpy (&front->places[n_local], batch, n_batch * sizeof (BpPooled *));
  bp_bump (front->bytes_in, bp_batch_get_bytes (batch, n_batch));
  bp_poke (front->n_local, n_local + n_batch);
}

/* Oldest first. */
guint
bp_front_take_oldest (BpFront   *front,
                      BpPooled **batch,
                      guint      max)
{
  guint n_local = bp_peek (front->n_local);
  guint n_batch = MIN (n_local, max);

  memcpy (batch, front->places, n_batch * sizeof (BpPooled *));
  memmove (front->places, &front->places[n_batch],
           (n_local - n_batch) * sizeof (BpPooled *));
  bp_bump (front->bytes_out, bp_batch_get_bytes (batch, n_batch));
  bp_poke (front->n_local, n_local - n_batch);

  return n_batch;
}

BpPooled *
bp_front_take_newest (BpFront *front)
{
  guint n_local = bp_peek (front->n_local);
  BpPooled *pooled;

  if (n_local == 0)
    return NULL;

  pooled = front->places[n_local - 1];
  bp_bump (front->bytes_out, pooled->bytes);
  bp_poke (front->n_local, n_local - 1);

  return pooled;
}

/* Newest first. */
guint
bp_front_take_outbox (BpFront   *front,
                      BpPooled **batch,
                      guint      max)
{
  guint outbox = bp_peek (front->outbox);
  guint n_batch = MIN (bp_peek (front->reserve) - outbox, max);

  memcpy (batch, &front->places[outbox], n_batch * sizeof (BpPooled *));
  bp_bump (front->bytes_out, bp_batch_get_bytes (batch, n_batch));
  bp_poke (front->outbox, outbox + n_batch);

  return n_batch;
}

guint
bp_front_empty_outbox (BpFront   *front,
                       BpPooled **batch)
{
  guint n_batch = 0;

  if (bp_front_enter (front, front->cell) == 0)
    n_batch = bp_front_take_outbox (front, batch, BP_FRONT_PLACES);
  bp_front_leave (front->cell);

  return n_batch;
}

/* As many as there are free places for, from the end of the batch. */
guint
bp_front_put_local (BpFront   *front,
                    BpPooled **batch,
                    guint      n_batch)
{
  guint n_put = 0;

  if (bp_front_enter (front, front->cell) == 0)
    {
      n_put = MIN (n_batch, bp_peek (front->outbox) - bp_peek (front->n_local));
      bp_front_add_local (front, batch + (n_batch - n_put), n_put);
    }
  bp_front_leave (front->cell);

  return n_put;
}
