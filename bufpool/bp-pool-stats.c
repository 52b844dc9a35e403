/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-stats-private.h"

#include "bp-boxed-private.h"

/**
 * BpPoolStats:
 *
 * What a pool, or one of its shards, has done and holds.
 *
 * The numbers are read one by one while other threads go on, each of them exact.
 * When no thread is using the pool they add up:
 *
 * - acquired = hits + steals + misses
 * - misses + added + attached = idle + outstanding + drops + stolen
 *
 * A shard's numbers include those of the threads whose home it is. Buffers
 * wander between shards, so the second line holds for the pool as a whole.
 *
 * Since: 1.0
 */
struct _BpPoolStats
{
  guint64 hits;
  guint64 steals;
  guint64 misses;
  guint64 recycled;
  guint64 refused;
  guint64 evicted;
  guint64 added;
  guint64 attached;
  guint64 stolen;
  guint64 idle;
  guint64 idle_bytes;
};

BP_DEFINE_BOXED_TYPE (BpPoolStats, bp_pool_stats, bp_pool_stats_copy, bp_pool_stats_free)

/* What has come back is read before what has gone out, so that a buffer which
 * is on its way counts as out, never the other way round. */
static void
add_returns (BpPoolStats *self,
             BpCore      *core,
             guint        shard)
{
  BpShard *counted = &core->shards[shard];

  self->recycled += bp_peek (counted->recycled);
  self->refused += bp_peek (counted->refused);
  self->stolen += bp_peek (counted->stolen);
  self->evicted += bp_peek (counted->evicted);
}

static void
add_acquires (BpPoolStats *self,
              BpCore      *core,
              guint        shard)
{
  BpShard *counted = &core->shards[shard];

  self->hits += bp_peek (counted->hits);
  self->steals += bp_peek (counted->steals);
  self->misses += bp_peek (counted->misses);
  self->added += bp_peek (counted->added);
  self->attached += bp_peek (counted->attached);
}

static void
add_front_returns (BpPoolStats *self,
                   BpFront     *front)
{
  self->recycled += bp_peek (front->recycled);
}

static void
add_front_acquires (BpPoolStats *self,
                    BpFront     *front)
{
  self->hits += bp_peek (front->hits);
}

static void
add_front_idle (BpPoolStats *self,
                BpFront     *front)
{
  self->idle += bp_front_count (front);
  self->idle_bytes += bp_front_get_idle_bytes (front);
}

static void
for_each_front (BpPoolStats *self,
                BpCore      *core,
                guint        shard,
                void       (*func) (BpPoolStats *self,
                                    BpFront     *front))
{
  guint end = bp_slots_end ();
  guint first = shard == G_MAXUINT ? 1 : shard + 1;
  guint step = shard == G_MAXUINT ? 1 : core->config.n_shards;

  for (guint slot = first; slot < end; slot += step)
    {
      BpFront *front = bp_core_get_front_of_slot (core, slot);

      if (front != NULL)
        func (self, front);
    }
}

/* With the shard's mutex no buffer can go from a front to the ring and be counted
 * twice, and no place can be given to another front: the sum keeps to the bound. */
static void
add_idle (BpPoolStats *self,
          BpCore      *core,
          guint        shard)
{
  BpShard *counted = &core->shards[shard];

  bp_shard_lock (counted);
  self->idle += bp_peek (counted->count);
  self->idle_bytes += bp_peek (counted->idle_bytes);
  for_each_front (self, core, shard, add_front_idle);
  bp_shard_unlock (counted);
}

BpPoolStats *
bp_pool_stats_new (BpCore *core,
                   guint   shard)
{
  BpPoolStats *self = g_new0 (BpPoolStats, 1);
  guint first = shard == G_MAXUINT ? 0 : shard;
  guint end = shard == G_MAXUINT ? core->config.n_shards : shard + 1;

  for (guint i = first; i < end; i++)
    add_idle (self, core, i);
  for_each_front (self, core, shard, add_front_returns);
  for (guint i = first; i < end; i++)
    add_returns (self, core, i);
  atomic_thread_fence (memory_order_acquire);
  for (guint i = first; i < end; i++)
    add_acquires (self, core, i);
  for_each_front (self, core, shard, add_front_acquires);

  return self;
}

/**
 * bp_pool_stats_copy:
 * @self: statistics
 *
 * Copies statistics.
 *
 * Returns: (transfer full): a copy
 *
 * Since: 1.0
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
 * Since: 1.0
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
 * How many handles have been acquired: hits, steals and misses together.
 *
 * Returns: a number of handles
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_acquired (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->hits + self->steals + self->misses;
}

/**
 * bp_pool_stats_get_hits:
 * @self: statistics
 *
 * How many acquires found an idle buffer at home: in the thread's own cache or
 * in its shard.
 *
 * Returns: a number of acquires
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_hits (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->hits;
}

/**
 * bp_pool_stats_get_steals:
 * @self: statistics
 *
 * How many acquires found an idle buffer elsewhere: in another shard, or in
 * another thread's cache.
 *
 * Returns: a number of acquires
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_steals (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->steals;
}

/**
 * bp_pool_stats_get_misses:
 * @self: statistics
 *
 * How many acquires found no idle buffer and made a new one.
 *
 * Returns: a number of acquires
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_misses (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->misses;
}

/**
 * bp_pool_stats_get_recycled:
 * @self: statistics
 *
 * How many buffers came back and were kept.
 *
 * Returns: a number of returns
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_recycled (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->recycled;
}

/**
 * bp_pool_stats_get_drops:
 * @self: statistics
 *
 * How many buffers the pool destroyed: because they came back without capacity,
 * refused to be reused, were the oldest when all shards were full, were dropped
 * by [method@Pool.drop_idle] or a smaller [property@Pool:max-buffers], or the
 * pool was disposed.
 *
 * Returns: a number of buffers
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_drops (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->refused + self->evicted;
}

/**
 * bp_pool_stats_get_added:
 * @self: statistics
 *
 * How many idle buffers were put in from outside: by [method@Pool.prefill],
 * [method@Pool.recycle_data] and [method@Pool.recycle_item].
 *
 * Returns: a number of buffers
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_added (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->added;
}

/**
 * bp_pool_stats_get_attached:
 * @self: statistics
 *
 * How many handles were made around memory or items from outside, by
 * [method@Pool.attach_data] and [method@Pool.attach_item].
 *
 * Returns: a number of handles
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_attached (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->attached;
}

/**
 * bp_pool_stats_get_stolen:
 * @self: statistics
 *
 * How many buffers were taken out of their handles for good, by
 * [method@Pooled.steal_data] and [method@Pooled.steal_item].
 *
 * Returns: a number of buffers
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_stolen (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->stolen;
}

/**
 * bp_pool_stats_get_idle:
 * @self: statistics
 *
 * How many buffers lie idle, ready to be acquired.
 *
 * Returns: a number of buffers
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_idle (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->idle;
}

/**
 * bp_pool_stats_get_outstanding:
 * @self: statistics
 *
 * How many buffers are out: acquired or attached, and neither back nor stolen.
 *
 * For a single shard this is the balance of what its threads took and gave back,
 * which is 0 where they gave back more.
 *
 * Returns: a number of buffers
 *
 * Since: 1.0
 */
guint64
bp_pool_stats_get_outstanding (BpPoolStats *self)
{
  guint64 n_out, n_back;

  g_return_val_if_fail (self != NULL, 0);

  n_out = self->hits + self->steals + self->misses + self->attached;
  n_back = self->recycled + self->refused + self->stolen;

  return n_out > n_back ? n_out - n_back : 0;
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
 * Since: 1.0
 */
guint64
bp_pool_stats_get_idle_bytes (BpPoolStats *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->idle_bytes;
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
 * Describes statistics in one line for people to read.
 *
 * Returns: (transfer full): a string
 *
 * Since: 1.0
 */
char *
bp_pool_stats_to_string (BpPoolStats *self)
{
  g_autofree char *size = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  size = format_size (self->idle_bytes);

  return g_strdup_printf ("%" G_GUINT64_FORMAT " acquired (%" G_GUINT64_FORMAT " hits, %"
                          G_GUINT64_FORMAT " steals, %" G_GUINT64_FORMAT " misses), %"
                          G_GUINT64_FORMAT " recycled, %" G_GUINT64_FORMAT " dropped, %"
                          G_GUINT64_FORMAT " outstanding, %" G_GUINT64_FORMAT " idle (%s)",
                          bp_pool_stats_get_acquired (self), self->hits, self->steals,
                          self->misses, self->recycled, bp_pool_stats_get_drops (self),
                          bp_pool_stats_get_outstanding (self), self->idle, size);
}
