/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-shard-private.h"

#define MIN_SIZE 16

void
bp_shard_clear (BpShard *shard)
{
  g_mutex_clear (&shard->mutex);
  g_free (shard->ring);
}

/* With the mutex: copies into a larger array; the one that is not needed any more. */
static BpPooled **
change_ring (BpShard *shard, BpPooled **ring, guint size)
{
  BpPooled **old = shard->ring;

  if (size <= shard->size)
    return ring;

  for (guint i = 0; i < bp_peek (shard->n); i++)
    ring[i] = old[(shard->first + i) & (shard->size - 1)];
  shard->ring = ring;
  shard->size = size;
  shard->first = 0;

  return old;
}

gboolean
bp_shard_lock_with_room (BpShard *shard, guint n_more, gboolean may_wait)
{
  while (bp_mutex_lock_soon (&shard->mutex, may_wait))
    {
      gsize needed = (gsize) bp_peek (shard->n) + n_more;
      gsize size = MAX (shard->size, MIN_SIZE);
      BpPooled **ring;

      if (G_LIKELY (needed <= shard->size))
        return TRUE;

      while (size < needed)
        size *= 2;
      bp_shard_unlock (shard);

      ring = size <= G_MAXUINT / 2 ? g_try_new (BpPooled *, size) : NULL;
      if (!bp_mutex_lock_soon (&shard->mutex, may_wait))
        {
          g_free (ring);
          return FALSE;
        }
      if (ring == NULL)
        return TRUE;

      ring = change_ring (shard, ring, (guint) size);
      bp_shard_unlock (shard);
      g_free (ring);
    }

  return FALSE;
}

void
bp_shard_push (BpShard *shard, BpPooled **batch, guint n_batch)
{
  guint n = bp_peek (shard->n);

  for (guint i = 0; i < n_batch; i++)
    shard->ring[(shard->first + n + i) & (shard->size - 1)] = batch[i];
  bp_poke (shard->n, n + n_batch);
}

void
bp_shard_pop_newest (BpShard *shard, BpPooled **batch, guint n_batch)
{
  guint n = bp_peek (shard->n) - n_batch;

  for (guint i = 0; i < n_batch; i++)
    {
      batch[i] = shard->ring[(shard->first + n + i) & (shard->size - 1)];
      __builtin_prefetch (batch[i], 1);
    }
  bp_poke (shard->n, n);
  for (guint i = 0; i < BP_N_LOOKS; i++)
    shard->n_quiet[i] = MIN (shard->n_quiet[i], n);
}

BpPooled *
bp_shard_pop_oldest (BpShard *shard)
{
  BpPooled *oldest = shard->ring[shard->first];

  shard->first = (shard->first + 1) & (shard->size - 1);
  bp_poke (shard->n, bp_peek (shard->n) - 1);
  for (guint i = 0; i < BP_N_LOOKS; i++)
    shard->n_quiet[i] -= shard->n_quiet[i] > 0;

  return oldest;
}

gsize
bp_shard_sum_bytes (BpShard *shard)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < bp_peek (shard->n); i++)
    n_bytes += shard->ring[(shard->first + i) & (shard->size - 1)]->bytes;

  return n_bytes;
}
