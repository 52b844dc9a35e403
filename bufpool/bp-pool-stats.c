/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-stats.h"

#include "bp-pool-private.h"
#include "bp-trim-private.h"

/**
 * BpPoolStats:
 *
 * What a pool has done and holds.
 *
 * The numbers are read one by one while other threads go on. When no other thread is
 * using the pool they are exact, and returned is acquired plus what was attached, minus
 * what was stolen or is outstanding. Acquired is always the sum of hits and misses.
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

/* The numbers are read one after another: what has changed in between may make one
 * larger than the one that it is a part of. */
static guint64
subtract (guint64 number,
          guint64 part)
{
  return number > part ? number - part : 0;
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
  guint64 n_made, n_gone, n_stolen, n_attached;
  BpCounts counts = { 0, };
  BpPoolStats *stats;
  BpCore *core;

  g_return_val_if_fail (bp_pool_check (self), NULL);
  core = self->core;

  bp_trim_count (core, &counts);
  n_gone = bp_core_get_n_gone (core);
  n_stolen = bp_peek (core->n_stolen);
  n_attached = bp_peek (core->n_attached);
  n_made = bp_core_get_n_made (core);

  stats = g_new0 (BpPoolStats, 1);
  stats->name = bp_peek (self->name);
  stats->hits = subtract (counts.n_hits, bp_peek (core->n_refused));
  stats->misses = subtract (n_made, bp_peek (core->n_added) + n_attached);
  stats->dropped = subtract (n_gone, n_stolen);
  stats->idle = counts.n_idle;
  stats->idle_bytes = counts.n_idle_bytes;
  /* Buffers that moved on while they were counted were counted twice. */
  if (G_UNLIKELY (stats->idle > bp_peek (core->max)) && !bp_fence_has_failed ())
    {
      stats->idle_bytes = stats->idle_bytes / stats->idle * bp_peek (core->max);
      stats->idle = bp_peek (core->max);
    }
  /* With a limit in bytes nothing lies in caches, and what lies in rings is counted as
   * it moves. */
  if (bp_peek (core->max_idle_bytes) > 0 && !bp_fence_has_failed ())
    stats->idle_bytes = bp_peek (core->idle_bytes);
  stats->outstanding = subtract (n_made, n_gone + stats->idle);
  stats->returned = subtract (stats->hits + stats->misses + n_attached,
                              n_stolen + stats->outstanding);
  stats->peak_buffers = (guint64) bp_peek (core->n_peak);

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
 * How many buffers came back from use, whether the pool kept them or not. Attached
 * ones count, stolen ones do not.
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
 * refused to be reused, were the oldest when no place was vacant, were dropped by
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
