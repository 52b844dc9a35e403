/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-shard-private.h"

/* The first array of a ring, in places; larger ones double. */
#define FIRST_SIZE 1024

/* A lock is held for some tens of nanoseconds. */
#define SPINS 3
#define RELAXES_PER_SPIN 24

void
bp_shard_init (BpShard *shard,
               guint    part)
{
  g_mutex_init (&shard->mutex);
  bp_poke (shard->part, part);
}

void
bp_shard_clear (BpShard *shard)
{
  g_free (shard->ring);
  g_mutex_clear (&shard->mutex);
}

gboolean
bp_shard_try_again (BpShard *shard)
{
  for (guint i = 0; i < SPINS; i++)
    {
      for (guint j = 0; j < RELAXES_PER_SPIN; j++)
        bp_cpu_relax ();
      if (bp_shard_try_lock (shard))
        return TRUE;
    }

  return FALSE;
}

/* Copies between the ring, from the given distance to its head, and an array. */
static void
copy_out (BpShard   *shard,
          guint      from,
          BpPooled **batch,
          guint      n_batch)
{
  guint start, n_first;

  if (n_batch == 0)
    return;

  start = bp_shard_wrap (shard, shard->head + from);
  n_first = MIN (n_batch, bp_peek (shard->size) - start);
  memcpy (batch, shard->ring + start, n_first * sizeof (BpPooled *));
  memcpy (batch + n_first, shard->ring, (n_batch - n_first) * sizeof (BpPooled *));
}

static void
copy_in (BpShard   *shard,
         guint      from,
         BpPooled **batch,
         guint      n_batch)
{
  guint start, n_first;

  if (n_batch == 0)
    return;

  start = bp_shard_wrap (shard, shard->head + from);
  n_first = MIN (n_batch, bp_peek (shard->size) - start);
  memcpy (shard->ring + start, batch, n_first * sizeof (BpPooled *));
  memcpy (shard->ring, batch + n_first, (n_batch - n_first) * sizeof (BpPooled *));
}

gboolean
bp_shard_enlarge (BpShard  *shard,
                  guint     needed,
                  gboolean  may_wait)
{
  guint64 doubled = 2 * (guint64) bp_peek (shard->size);
  guint size = (guint) MIN (bp_peek (shard->part), MAX (MAX (FIRST_SIZE, needed), doubled));
  BpPooled **ring, **old = NULL;

  ring = g_try_new (BpPooled *, size);
  if (ring == NULL)
    return FALSE;

  if (may_wait)
    {
      bp_shard_lock (shard);
    }
  else if (!bp_shard_spin_lock (shard))
    {
      g_free (ring);
      return FALSE;
    }

  if (size > bp_peek (shard->size))
    {
      copy_out (shard, 0, ring, bp_peek (shard->count));
      old = shard->ring;
      shard->ring = ring;
      shard->head = 0;
      bp_poke (shard->size, size);
    }
  else
    {
      old = ring;
    }
  bp_shard_unlock (shard);

  g_free (old);

  return TRUE;
}

void
bp_shard_push (BpShard   *shard,
               BpPooled **batch,
               guint      n_batch)
{
  guint count = bp_peek (shard->count);

  copy_in (shard, count, batch, n_batch);
  bp_bump (shard->idle_bytes, bp_batch_get_bytes (batch, n_batch));
  bp_poke (shard->count, count + n_batch);
}

guint
bp_shard_pop_newest (BpShard   *shard,
                     BpPooled **batch,
                     guint      max)
{
  guint count = bp_peek (shard->count);
  guint n_batch = MIN (count, max);

  copy_out (shard, count - n_batch, batch, n_batch);
  bp_bump (shard->idle_bytes, -bp_batch_get_bytes (batch, n_batch));
  bp_poke (shard->count, count - n_batch);

  return n_batch;
}

BpPooled *
bp_shard_pop_oldest (BpShard *shard)
{
  guint count = bp_peek (shard->count);
  BpPooled *pooled;

  if (count == 0)
    return NULL;

  pooled = shard->ring[shard->head];
  shard->head = bp_shard_wrap (shard, shard->head + 1);
  bp_bump (shard->idle_bytes, -pooled->bytes);
  bp_poke (shard->count, count - 1);

  return pooled;
}
