/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-record-private.h"

/*
 * Shards: where the bound is kept.
 *
 * A shard is a mutex and a ring of idle buffers, used as a stack whose oldest
 * end can be dropped. Of all the idle buffers that the pool may keep, `part`
 * are this shard's; `reserved` of them are places in the fronts whose home it
 * is, or places that a prefill has claimed; the ring may hold the rest:
 *
 *      count + reserved <= part
 *
 * holds whenever the mutex is free. The ring's array grows to what is needed,
 * outside the lock, and is given up only with the pool.
 */

typedef struct
{
  _Alignas (BP_CACHE_PAIR) GMutex mutex;
  /* A circular array of `size` places; the oldest buffer is at `head`. */
  BpPooled **ring;
  atomic_uint size;
  guint head;
  atomic_uint count;
  atomic_uint part;
  atomic_uint reserved;

  /* Of the buffers in the ring. */
  _Atomic gsize idle_bytes;
  /* Written by anyone: acquires served from the ring and returns taken, both for
   * threads that have no front; */
  _Atomic guint64 hits;
  _Atomic guint64 recycled;
  /* and on paths that allocate or free in any case:
   * acquires of another shard's buffer, acquires of a new one, */
  _Atomic guint64 steals;
  _Atomic guint64 misses;
  /* idle buffers destroyed, returned ones that were not kept, */
  _Atomic guint64 evicted;
  _Atomic guint64 refused;
  /* idle buffers from outside, handles made around memory from outside, and
   * buffers taken out of their handles. */
  _Atomic guint64 added;
  _Atomic guint64 attached;
  _Atomic guint64 stolen;
  /* Handles without a buffer that still have references. */
  _Atomic guint64 n_husks;
} BpShard;

G_STATIC_ASSERT (GLIB_SIZEOF_VOID_P != 8 || sizeof (BpShard) == BP_CACHE_PAIR);

void     bp_shard_init       (BpShard   *shard,
                              guint      part);
void     bp_shard_clear      (BpShard   *shard);

static inline void
bp_shard_lock (BpShard *shard)
{
  g_mutex_lock (&shard->mutex);
  BP_TSAN_ACQUIRE (&shard->mutex);
}

static inline gboolean
bp_shard_try_lock (BpShard *shard)
{
  if (!g_mutex_trylock (&shard->mutex))
    return FALSE;

  BP_TSAN_ACQUIRE (&shard->mutex);
  return TRUE;
}

static inline void
bp_shard_unlock (BpShard *shard)
{
  BP_TSAN_RELEASE (&shard->mutex);
  g_mutex_unlock (&shard->mutex);
}

/* Tries for about as long as a lock is held, and never sleeps. */
gboolean bp_shard_try_again  (BpShard   *shard);

static inline gboolean
bp_shard_spin_lock (BpShard *shard)
{
  return G_LIKELY (bp_shard_try_lock (shard)) || bp_shard_try_again (shard);
}

/* Without the lock: makes the array large enough; FALSE without memory, or when
 * the lock is not to be had and it may not wait. */
gboolean bp_shard_enlarge    (BpShard   *shard,
                              guint      needed,
                              gboolean   may_wait);

static inline gboolean
bp_shard_prepare (BpShard  *shard,
                  guint     n_more,
                  gboolean  may_wait)
{
  guint64 needed = MIN ((guint64) bp_peek (shard->count) + n_more, bp_peek (shard->part));

  return G_LIKELY (needed <= bp_peek (shard->size)) ||
         bp_shard_enlarge (shard, (guint) needed, may_wait);
}

/* A glance: what the ring could take if its array were large enough. */
static inline guint
bp_shard_peek_free (BpShard *shard)
{
  guint part = bp_peek (shard->part);
  guint charged = bp_peek (shard->reserved) + bp_peek (shard->count);

  return part > charged ? part - charged : 0;
}

/* How many more places fronts may have. A quarter of the part is the ring's, so
 * that full fronts have somewhere to put what empty ones need. */
static inline guint
bp_shard_peek_grantable (BpShard *shard)
{
  guint part = bp_peek (shard->part);
  guint most = part - part / 4;
  guint reserved = bp_peek (shard->reserved);

  return most > reserved ? MIN (most - reserved, bp_shard_peek_free (shard)) : 0;
}

/* With the lock: what it can take. */
static inline guint
bp_shard_get_room (BpShard *shard)
{
  return MIN (bp_shard_peek_free (shard), bp_peek (shard->size) - bp_peek (shard->count));
}

/* All of these with the lock. */
void     bp_shard_push       (BpShard   *shard,
                              BpPooled **batch,
                              guint      n_batch);
/* The batch ends with the newest. */
guint    bp_shard_pop_newest (BpShard   *shard,
                              BpPooled **batch,
                              guint      max);
BpPooled *bp_shard_pop_oldest (BpShard  *shard);

static inline guint
bp_shard_wrap (BpShard *shard,
               guint    index)
{
  guint size = bp_peek (shard->size);

  return index < size ? index : index - size;
}

static inline void
bp_shard_push_one (BpShard  *shard,
                   BpPooled *pooled)
{
  guint count = bp_peek (shard->count);

  shard->ring[bp_shard_wrap (shard, shard->head + count)] = pooled;
  bp_bump (shard->idle_bytes, pooled->bytes);
  bp_poke (shard->count, count + 1);
}

static inline BpPooled *
bp_shard_pop_one (BpShard *shard)
{
  guint count = bp_peek (shard->count);
  BpPooled *pooled;

  if (count == 0)
    return NULL;

  pooled = shard->ring[bp_shard_wrap (shard, shard->head + count - 1)];
  bp_bump (shard->idle_bytes, -pooled->bytes);
  bp_poke (shard->count, count - 1);

  return pooled;
}
