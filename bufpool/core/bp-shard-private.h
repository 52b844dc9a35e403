/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-item-private.h"
#include "bp-thread-private.h"

/*
 * A shard: a mutex and a ring of idle buffers, which stand behind the threads' caches.
 *
 * The ring holds a place of the pool for every buffer in it. The array grows outside the
 * mutex, and has a size that is a power of two.
 */

typedef struct
{
  _Alignas (BP_CACHE_PAIR) GMutex mutex;
  /* Others look at it without the mutex to see whether a lock is worth it. */
  atomic_uint n;
  guint first;
  guint size;
  BpPooled **ring;
  /* So many of the oldest were not needed since the last look: see bp-reclaim.c. */
  guint n_quiet[BP_N_LOOKS];
  /* Buffers that were acquired from here by threads without a cache. */
  _Atomic guint64 hits;
} BpShard;

static inline void
bp_shard_unlock (BpShard *shard)
{
  bp_mutex_unlock (&shard->mutex);
}

/* How many more the array has room for. */
static inline guint
bp_shard_get_room (BpShard *shard)
{
  return shard->size - bp_peek (shard->n);
}

void bp_shard_clear (BpShard *shard);

/* Locks, with room for so many more in the array; without memory there is less. FALSE if
 * it would have to wait, and may not. */
gboolean bp_shard_lock_with_room (BpShard *shard, guint n_more, gboolean may_wait);

/* With the mutex. */
void bp_shard_push (BpShard *shard, BpPooled **batch, guint n_batch);
/* Oldest first. They will be used at once, so they are prefetched. */
void bp_shard_pop_newest (BpShard *shard, BpPooled **batch, guint n_batch);
BpPooled *bp_shard_pop_oldest     (BpShard   *shard);
gsize bp_shard_sum_bytes (BpShard *shard);
