/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-stats.h"

#include "bp-pool-private.h"

/**
 * BpPoolStats:
 *
 * What a pool has done and holds.
 *
 * The numbers are read one by one while other threads go on, each of them exact.
 * When no thread is using the pool, acquired is the sum of hits and misses.
 *
 * Since: 0.9
 */
struct _BpPoolStats
{
  /* Interned; NULL without one. */
  const char *name;
  guint64 hits;
  guint64 misses;
  guint64 returned;
  guint64 dropped;
  guint64 idle;
  guint64 idle_bytes;
  guint64 outstanding;
  guint64 peak_buffers;
};

G_DEFINE_BOXED_TYPE (BpPoolStats, bp_pool_stats, bp_pool_stats_copy, bp_pool_stats_free)

/* What the core counts, summed up over its shards and fronts. */
typedef struct
{
  guint64 hits;
  guint64 misses;
  guint64 attached;
  guint64 recycled;
  guint64 refused;
  guint64 evicted;
  guint64 stolen;
  guint64 idle;
  guint64 idle_bytes;
} Sums;

/* What has come back is read before what has gone out, so that a buffer which
 * is on its way counts as out, never the other way round. */
static void
add_returns (Sums    *sums,
             BpShard *shard)
{
  sums->recycled += bp_peek (shard->recycled);
  sums->refused += bp_peek (shard->refused);
  sums->stolen += bp_peek (shard->stolen);
  sums->evicted += bp_peek (shard->evicted);
}

static void
add_acquires (Sums    *sums,
              BpShard *shard)
{
  sums->hits += bp_peek (shard->hits) + bp_peek (shard->steals);
  sums->misses += bp_peek (shard->misses);
  sums->attached += bp_peek (shard->attached);
}

static void
add_front_returns (Sums    *sums,
                   BpFront *front)
{
  sums->recycled += bp_peek (front->recycled);
}

static void
add_front_acquires (Sums    *sums,
                    BpFront *front)
{
  sums->hits += bp_peek (front->hits);
}

static void
add_front_idle (Sums    *sums,
                BpFront *front)
{
  sums->idle += bp_front_count (front);
  sums->idle_bytes += bp_front_get_idle_bytes (front);
}

/* The fronts of one shard, or all when shard is G_MAXUINT. */
static void
for_each_front (Sums    *sums,
                BpCore  *core,
                guint    shard,
                void   (*func) (Sums    *sums,
                                BpFront *front))
{
  guint end = bp_slots_end ();
  guint first = shard == G_MAXUINT ? 1 : shard + 1;
  guint step = shard == G_MAXUINT ? 1 : core->config.n_shards;

  for (guint slot = first; slot < end; slot += step)
    {
      BpFront *front = bp_core_get_front_of_slot (core, slot);

      if (front != NULL)
        func (sums, front);
    }
}

/* With the shard's mutex no buffer can go from a front to the ring and be counted
 * twice, and no place can be given to another front: the sum keeps to the bound. */
static void
add_idle (Sums   *sums,
          BpCore *core,
          guint   shard)
{
  BpShard *counted = &core->shards[shard];

  bp_shard_lock (counted);
  sums->idle += bp_peek (counted->count);
  sums->idle_bytes += bp_peek (counted->idle_bytes);
  for_each_front (sums, core, shard, add_front_idle);
  bp_shard_unlock (counted);
}

static void
sum_up (BpCore *core,
        Sums   *sums)
{
  guint n_shards = core->config.n_shards;

  for (guint i = 0; i < n_shards; i++)
    add_idle (sums, core, i);
  for_each_front (sums, core, G_MAXUINT, add_front_returns);
  for (guint i = 0; i < n_shards; i++)
    add_returns (sums, &core->shards[i]);
  atomic_thread_fence (memory_order_acquire);
  for (guint i = 0; i < n_shards; i++)
    add_acquires (sums, &core->shards[i]);
  for_each_front (sums, core, G_MAXUINT, add_front_acquires);
}

/**
 * bp_pool_get_stats:
 * @self: a pool
 *
 * What the pool has done and holds.
 *
 * ```c
 * g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);
 * g_autofree char *text = bp_pool_stats_to_string (stats);
 *
 * g_message ("%s", text);
 * ```
 *
 * Returns: (transfer full): statistics as of now
 *
 * Since: 0.9
 */
BpPoolStats *
bp_pool_get_stats (BpPool *self)
{
  BpPoolStats *stats;
  guint64 n_out, n_back;
  Sums sums = { 0, };

  g_return_val_if_fail (bp_pool_check (self), NULL);

  sum_up (self->core, &sums);
  n_out = sums.hits + sums.misses + sums.attached;
  n_back = sums.recycled + sums.refused + sums.stolen;

  stats = g_new0 (BpPoolStats, 1);
  stats->name = bp_peek (self->name);
  stats->hits = sums.hits;
  stats->misses = sums.misses;
  stats->returned = sums.recycled + sums.refused;
  stats->dropped = sums.refused + sums.evicted;
  stats->idle = sums.idle;
  stats->idle_bytes = sums.idle_bytes;
  stats->outstanding = n_out > n_back ? n_out - n_back : 0;
  stats->peak_buffers = bp_peek (self->core->peak_buffers);

  return stats;
}

/**
 * bp_pool_stats_copy:
 * @self: statistics
 *
 * Copies statistics.
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.9
 */
BpPoolStats *
bp_pool_stats_copy (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_memdup2 (self, sizeof (BpPoolStats));
}

/**
 * bp_pool_stats_free:
 * @self: (transfer full): statistics
 *
 * Frees statistics.
 *
 * Since: 0.9
 */
void
bp_pool_stats_free (BpPoolStats *self)
{
  g_return_if_fail (self != NULL);

  g_free (self);
}

/**
 * bp_pool_stats_get_acquired:
 * @self: statistics
 *
 * How many buffers have been acquired: hits and misses together.
 *
 * Returns: a number of buffers
 *
 * Since: 0.9
 */
guint64
bp_pool_stats_get_acquired (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->hits + self->misses;
}

/**
 * bp_pool_stats_get_hits:
 * @self: statistics
 *
 * How many acquires found an idle buffer.
 *
 * Returns: a number of acquires
 *
 * Since: 0.9
 */
guint64
bp_pool_stats_get_hits (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->hits;
}

/**
 * bp_pool_stats_get_misses:
 * @self: statistics
 *
 * How many acquires found no idle buffer and made a new one.
 *
 * Returns: a number of acquires
 *
 * Since: 0.9
 */
guint64
bp_pool_stats_get_misses (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->misses;
}

/**
 * bp_pool_stats_get_returned:
 * @self: statistics
 *
 * How many buffers came back from use, whether the pool kept them or not.
 *
 * Returns: a number of buffers
 *
 * Since: 0.9
 */
guint64
bp_pool_stats_get_returned (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->returned;
}

/**
 * bp_pool_stats_get_dropped:
 * @self: statistics
 *
 * How many buffers the pool destroyed: because they came back without capacity,
 * refused to be reused, were the oldest when there was no room, were dropped by
 * [method@Pool.drop_idle] or a smaller [property@Pool:max-buffers], or the pool was
 * disposed.
 *
 * Returns: a number of buffers
 *
 * Since: 0.9
 */
guint64
bp_pool_stats_get_dropped (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->dropped;
}

/**
 * bp_pool_stats_get_idle:
 * @self: statistics
 *
 * How many buffers lie idle, ready to be acquired.
 *
 * Returns: a number of buffers
 *
 * Since: 0.9
 */
guint64
bp_pool_stats_get_idle (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->idle;
}

/**
 * bp_pool_stats_get_idle_bytes:
 * @self: statistics
 *
 * How much memory the idle buffers hold: their capacity in bytes, or what the
 * items say of themselves; without what the pool needs around them.
 *
 * Returns: a number of bytes
 *
 * Since: 0.9
 */
guint64
bp_pool_stats_get_idle_bytes (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->idle_bytes;
}

/**
 * bp_pool_stats_get_outstanding:
 * @self: statistics
 *
 * How many buffers are out: acquired, attached or read into, and neither back nor
 * stolen.
 *
 * Returns: a number of buffers
 *
 * Since: 0.9
 */
guint64
bp_pool_stats_get_outstanding (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->outstanding;
}

/**
 * bp_pool_stats_get_peak_buffers:
 * @self: statistics
 *
 * The most buffers that there were at a time, out and idle together, since the pool
 * was made.
 *
 * Returns: a number of buffers
 *
 * Since: 0.9
 */
guint64
bp_pool_stats_get_peak_buffers (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->peak_buffers;
}

/* With a plain space, since this goes to logs and to terminals of any charset. */
static char *
format_size (guint64 size)
{
  g_autofree char *formatted = g_format_size_full (size, G_FORMAT_SIZE_IEC_UNITS);
  g_auto (GStrv) parts = g_strsplit (formatted, "\302\240", -1);

  return g_strjoinv (" ", parts);
}

/**
 * bp_pool_stats_to_string:
 * @self: statistics
 *
 * Describes statistics in one line for people to read, with the pool's name in
 * front if it has one.
 *
 * Returns: (transfer full): a string
 *
 * Since: 0.9
 */
char *
bp_pool_stats_to_string (BpPoolStats *self)
{
  g_autofree char *size = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  size = format_size (self->idle_bytes);

  return g_strdup_printf ("%s%s%" G_GUINT64_FORMAT " acquired (%" G_GUINT64_FORMAT " hits, %"
                          G_GUINT64_FORMAT " misses), %" G_GUINT64_FORMAT " returned, %"
                          G_GUINT64_FORMAT " dropped, %" G_GUINT64_FORMAT " outstanding, %"
                          G_GUINT64_FORMAT " idle (%s), at most %" G_GUINT64_FORMAT " buffers",
                          self->name != NULL ? self->name : "", self->name != NULL ? ": " : "",
                          self->hits + self->misses, self->hits, self->misses, self->returned,
                          self->dropped, self->outstanding, self->idle, size,
                          self->peak_buffers);
}
