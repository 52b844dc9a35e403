/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <bufpool.h>

#include "bench-subject.h"

/* Whoever calls malloc (n) gets n usable bytes, so bufpool's buffers must have
 * that much too. "bufpool" hands out buffers that were made with that capacity
 * by bp_pool_prefill(), and bp_pool_acquire() need not look at it: how a program
 * with buffers of one size uses it. Where a workload keeps more buffers out than
 * the pool was filled with, a new one would have no capacity; so those workloads
 * ask for the size each time, which is also measured by itself, as
 * "bufpool-sized". The misses of every run are counted and printed beside it.
 */

#define PREFILL_PER_THREAD 64
#define PREFILL_BYTES (256u << 20)
#define MAX_BUFFERS 1024

typedef struct
{
  BpPool *pool;
  gsize size;
} Subject;

static gpointer
open_with_cache (const BenchSetup  *setup,
                 int                thread_cache,
                 GError           **error)
{
  guint spare = MIN (PREFILL_PER_THREAD * setup->n_threads, PREFILL_BYTES / setup->size);
  guint n_prefill = setup->n_buffers + spare;
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, setup->one_shard ? 1 : 0,
                                              MAX (MAX_BUFFERS, n_prefill), 0);
  Subject *self;

  bp_pool_set_thread_cache (pool, thread_cache);
  if (!bp_pool_prefill (pool, n_prefill, setup->size, error))
    return NULL;

  self = g_new0 (Subject, 1);
  self->pool = g_steal_pointer (&pool);
  self->size = setup->size;

  return self;
}

static gpointer
open_bufpool (const BenchSetup  *setup,
              GError           **error)
{
  return open_with_cache (setup, -1, error);
}

static gpointer
open_strict (const BenchSetup  *setup,
             GError           **error)
{
  return open_with_cache (setup, 0, error);
}

static void
close_bufpool (gpointer data)
{
  Subject *self = data;

  g_object_unref (self->pool);
  g_free (self);
}

static guint64
count_misses (gpointer data)
{
  Subject *self = data;
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (self->pool);

  return bp_pool_stats_get_misses (stats);
}

static char *
dup_version_bufpool (GError **error G_GNUC_UNUSED)
{
  return g_strdup (BP_VERSION_S);
}

static inline gpointer
acquire_plain (gpointer data)
{
  Subject *self = data;

  return bp_pool_acquire (self->pool);
}

static inline gpointer
acquire_sized (gpointer data)
{
  Subject *self = data;
  g_autoptr (GError) error = NULL;
  gpointer pooled = bp_pool_acquire_uninit (self->pool, self->size, &error);

  if (G_UNLIKELY (pooled == NULL))
    g_error ("bp_pool_acquire_uninit() failed: %s", error->message);

  return pooled;
}

static inline void
touch_pooled (gpointer buffer)
{
  bench_touch_byte (bp_pooled_get_data (buffer, NULL));
}

static inline void
fill_pooled (gpointer buffer,
             gsize    size)
{
  bench_touch_pages (bp_pooled_get_data (buffer, NULL), size);
}

static inline void
release_pooled (gpointer data G_GNUC_UNUSED,
                gpointer buffer)
{
  bp_pooled_unref (buffer);
}

static const BenchOps plain_ops = {
  .acquire = acquire_plain,
  .touch = touch_pooled,
  .fill = fill_pooled,
  .release = release_pooled,
};

static const BenchOps sized_ops = {
  .acquire = acquire_sized,
  .touch = touch_pooled,
  .fill = fill_pooled,
  .release = release_pooled,
};

BENCH_DEFINE_LOOPS (plain, plain_ops)
BENCH_DEFINE_LOOPS (sized, sized_ops)

#define PLAIN_LOOPS               \
  {                               \
    .cycle = plain_cycle,         \
    .hold = plain_hold,           \
    .produce = plain_produce,     \
    .consume = plain_consume,     \
    .bleed = sized_bleed,         \
    .live = sized_live,           \
    .frames = sized_frames,       \
  }

const BenchDriver bench_driver_bufpool = {
  .dup_version = dup_version_bufpool,
  .open = open_bufpool,
  .close = close_bufpool,
  .count_misses = count_misses,
  .ops = &sized_ops,
  .loops = PLAIN_LOOPS,
};

const BenchDriver bench_driver_bufpool_strict = {
  .dup_version = dup_version_bufpool,
  .open = open_strict,
  .close = close_bufpool,
  .count_misses = count_misses,
  .ops = &sized_ops,
  .loops = PLAIN_LOOPS,
};

const BenchDriver bench_driver_bufpool_sized = {
  .dup_version = dup_version_bufpool,
  .open = open_bufpool,
  .close = close_bufpool,
  .count_misses = count_misses,
  .ops = &sized_ops,
  .loops = BENCH_LOOPS (sized),
};
