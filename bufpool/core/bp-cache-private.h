/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-fence-private.h"
#include "bp-item-private.h"
#include "bp-address-private.h"
#include "bp-thread-private.h"

/*
 * A cache: the idle buffers that one thread keeps for one pool, and the places for them.
 *
 * ACCESS. Only two threads may touch it: its owner, while its busy cell says so and the
 * bias was 0 afterwards; and a revoker, after it has set the bias, made a barrier and seen
 * the cell say something else. The owner's slow paths enter the cell as well.
 *
 *   owner                                 revoker, with the pool's revoking mutex
 *     cell = this cache                     bias = 1
 *     (compiler barrier)                    membarrier()
 *     is the bias 0? then pop or push       is the cell this cache? then look again
 *     cell = NULL, with release             take; bias = 0, with release
 *
 * Each stores one word and then reads the other's. The barrier runs between the two on
 * the owner's processor as well, so at least one of them sees the other. A revoker that
 * gives up sets the bias back. Where there is no membarrier() both sides use a
 * sequentially consistent exchange.
 *
 * While the cell is busy its thread does not wait, call or search. The cache of a thread
 * that has ended is taken under the slots' lock, without bias and barrier.
 *
 * tests/models/cache.pml is this.
 */

#define BP_CACHE_MAX 64
#define BP_NO_LIMIT G_MAXUINT

/* A thread may look into others' caches for buffers when it has made so many, and for
 * vacant places when it has dropped so many: see bp-search.c. */
typedef struct
{
  guint credit;
  guint cost;
  guint skipped;
} BpRation;

/* What a look costs where making a small buffer costs 1. */
#define BP_LOOK_COST 128

typedef enum
{
  BP_WANT_BUFFERS,
  BP_WANT_PLACES,
  BP_N_WANTS
} BpWant;

struct _BpCache
{
  /* 1 while it is revoked. */
  _Alignas (BP_CACHE_PAIR) atomic_uint bias;
  /* At least n. Those beyond room are kept for the next flush, so that two threads do not
   * fight over the pool's number. */
  atomic_uint places;
  /* buffers[n - 1] is the newest. Of the size of a pointer, as the fast path needs it. */
  _Atomic gsize n;
  /* How far the fast path may fill it. 0 where contents are wiped: a return that has not
   * seen that yet finds no room. */
  _Atomic gsize room;
  BpCell *cell;
  /* Buffers that came back here, minus until_sample. How many were acquired from here
   * follows from it: what came back + moved - n. */
  _Atomic guint64 returned;
  /* Brought here otherwise, minus taken away otherwise. */
  _Atomic guint64 moved;

  /* All caches of a pool, under its revoking mutex; and whether this one is the
   * revoker's. */
  BpCache *next;
  gboolean is_revoked;
  /* A barrier failed: it stays revoked until its owner has settled what is due. */
  gboolean is_behind;
  /* What it had done when it was looked at by a reclaim, with the revoking mutex. */
  guint64 moves_at_look[BP_N_LOOKS];

  /* What its owner's slow path goes by. */
  guint shard;
  guint limit;
  guint64 acquired_at_flush;
  guint64 returned_at_refill;
  /* How many flushes there were without an acquire between them, and refills without a
   * return. */
  guint n_dry_flushes;
  guint n_dry_refills;
  /* How many places to ask for next. */
  guint n_asked;
  BpRation rations[BP_N_WANTS];
  /* 0 unless acquires are sampled. Then it grows with each sample, and `returned` comes to
   * 0 when the next sample is due. */
  _Atomic guint64 until_sample;

  _Alignas (BP_CACHE_LINE) BpPooled *buffers[BP_CACHE_MAX];
};

/* What the fast path loads and stores of it, as long as few buffers are in it. */
#define BP_CACHE_HOT_BYTES (G_STRUCT_OFFSET (BpCache, buffers) + 8 * sizeof (BpPooled *))

BP_INLINE void
bp_cache_leave (BpCell *cell)
{
  atomic_store_explicit (&cell->cache, NULL, memory_order_release);
}

/* FALSE, and left again, if the cache is revoked. For an inlined slot the form of the
 * fence is known. */
BP_INLINE gboolean
bp_cache_enter (BpCache *cache, BpCell *cell, gboolean is_inlined)
{
  guint bias;

  if (is_inlined ? BP_FENCE_FORM != BP_FENCE_EXCHANGE : bp_fence_is_asymmetric ())
    {
      atomic_store_explicit (&cell->cache, cache, memory_order_release);
      atomic_signal_fence (memory_order_seq_cst);
      bias = atomic_load_explicit (&cache->bias, memory_order_acquire);
    }
  else
    {
      atomic_exchange_explicit (&cell->cache, cache, memory_order_seq_cst);
      bias = atomic_load_explicit (&cache->bias, memory_order_seq_cst);
    }

  if (BP_RARELY (bias != 0))
    {
      bp_cache_leave (cell);
      return FALSE;
    }

  return TRUE;
}

/* The newest buffer; NULL when there is none, or when the cache is revoked. */
BP_INLINE BpPooled *
bp_cache_pop (BpCache *cache, gboolean is_inlined)
{
  BpCell *cell = cache->cell;
  BpPooled *pooled;
  gsize n;

  if (!bp_cache_enter (cache, cell, is_inlined))
    return NULL;

  n = bp_peek (cache->n);
  if (BP_RARELY (n == 0))
    {
      bp_cache_leave (cell);
      return NULL;
    }
  pooled = cache->buffers[n - 1];
  if (pooled == NULL)
    __builtin_unreachable ();
  bp_poke (cache->n, n - 1);
  bp_cache_leave (cell);

  return pooled;
}

static inline guint64
bp_cache_get_returned (BpCache *cache)
{
  return bp_peek (cache->returned) + bp_peek (cache->until_sample);
}

/* By the owner in its cell, when `returned` has come to 0. The sum of both counters
 * stays. */
BP_INLINE void
bp_cache_mark_sample (BpCache *cache, BpPooled *pooled)
{
  bp_poke (pooled->word, bp_peek (pooled->word) | BP_WORD_SAMPLE);
  bp_bump (cache->returned, -(guint64) bp_debug_interval);
  bp_bump (cache->until_sample, bp_debug_interval);
}

/* By the owner in its cell: there is a vacant place above the n buffers. */
BP_INLINE void
bp_cache_add (BpCache *cache, gsize n, BpPooled *pooled)
{
  cache->buffers[n] = pooled;
  bp_poke (cache->n, n + 1);
  if (BP_RARELY (bp_bump_to_zero (&cache->returned)))
    bp_cache_mark_sample (cache, pooled);
}

/* Puts an idle buffer in, its word already that of an idle one; FALSE when there is no
 * place, or none below the limit, or when the cache is revoked. After TRUE the buffer, the
 * cache and the core may be gone. */
BP_INLINE gboolean
bp_cache_push (BpCache *cache, BpPooled *pooled, guint limit, gboolean is_inlined)
{
  BpCell *cell = cache->cell;
  gsize n;

  if (!bp_cache_enter (cache, cell, is_inlined))
    return FALSE;

  n = bp_peek (cache->n);
  if (BP_RARELY (n >= bp_peek (cache->room)) || (limit != BP_NO_LIMIT && n >= limit))
    {
      bp_cache_leave (cell);
      return FALSE;
    }
  bp_cache_add (cache, n, pooled);
  bp_cache_leave (cell);

  return TRUE;
}

/* The two for several at once; how many they were. */
static inline guint
bp_cache_pop_many (BpCache *cache, BpPooled **to, guint n_wanted)
{
  guint n, n_taken;

  if (!bp_cache_enter (cache, cache->cell, FALSE))
    return 0;

  n = (guint) bp_peek (cache->n);
  n_taken = MIN (n, n_wanted);
  n -= n_taken;
  memcpy (to, cache->buffers + n, n_taken * sizeof (BpPooled *));
  bp_poke (cache->n, n);
  bp_cache_leave (cache->cell);

  return n_taken;
}

static inline guint
bp_cache_push_many (BpCache *cache, BpPooled **from, guint n_there)
{
  guint n, n_put = 0;

  if (!bp_cache_enter (cache, cache->cell, FALSE))
    return 0;

  n = (guint) bp_peek (cache->n);
  if (n < bp_peek (cache->room))
    n_put = MIN (n_there, (guint) bp_peek (cache->room) - n);
  memcpy (cache->buffers + n, from, n_put * sizeof (BpPooled *));
  bp_poke (cache->n, n + n_put);
  bp_bump (cache->returned, n_put);
  /* It has come to 0 or beyond, maybe by more than samples are apart. */
  if (G_UNLIKELY (bp_peek (cache->returned) < n_put))
    {
      for (guint i = n_put; i > 0 && (gint64) bp_peek (cache->returned) >= 0; i--)
        bp_cache_mark_sample (cache, from[i - 1]);
    }
  bp_cache_leave (cache->cell);

  return n_put;
}

static inline guint
bp_cache_get_slot (BpCache *cache)
{
  return (guint) (cache->cell - bp_cells);
}

/* The spans are what the fast path of that slot loads and stores besides. NULL without
 * memory. */
BpCache *bp_cache_new (guint slot, const BpSpan *spans, guint n_spans);
void bp_cache_free (BpCache *cache);

/* With the revoking mutex: sets the biases; looks at the cells after a barrier, and says
 * how many of the caches are the caller's now, which are put first. Those whose owners are
 * in them for too long are handed back. If there is no barrier all stay revoked, and 0 are
 * the caller's. */
guint bp_cache_revoke (BpCache **caches, guint n_caches);
/* The two halves of it, for fork(). */
void bp_cache_set_bias (BpCache *cache);
gboolean bp_cache_wait        (BpCache   *cache);
void bp_cache_hand_back (BpCache *cache);

/* By the owner in its cell, or a revoker: the oldest. */
void bp_cache_take_oldest (BpCache *cache, BpPooled **to, guint n_taken);
