/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-api.h"
#include "bench-item.h"
#include "bench-subject.h"

/* Pools of objects and items. They start empty: what they have was made by the
 * work itself.
 */

typedef struct
{
  BpPool *pool;
  guint64 cost_ns;
} Subject;

static gpointer
create_item (gpointer user_data)
{
  Subject *self = user_data;

  return bench_item_new (self->cost_ns);
}

static gpointer
open_with_cache (const BenchSetup *setup,
                 int               thread_cache)
{
  Subject *self = g_new0 (Subject, 1);

  if (setup->thing == BENCH_THING_COSTLY_ITEM)
    self->cost_ns = BENCH_COSTLY_ITEM_NS;

  if (setup->thing == BENCH_THING_OBJECT)
    self->pool = bench_api_new_pool_for_type (BENCH_TYPE_OBJECT, setup->max_buffers);
  else
    self->pool = bench_api_new_pool_of_items (create_item, bench_item_reuse, bench_item_free,
                                              self, setup->max_buffers);
  bp_pool_set_thread_cache (self->pool, thread_cache);

  return self;
}

static gpointer
open_pool (const BenchSetup  *setup,
           GError           **error G_GNUC_UNUSED)
{
  return open_with_cache (setup, -1);
}

static gpointer
open_strict (const BenchSetup  *setup,
             GError           **error G_GNUC_UNUSED)
{
  return open_with_cache (setup, 0);
}

static void
close_pool (gpointer data)
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

static inline gpointer
acquire_pooled (gpointer data)
{
  Subject *self = data;
  gpointer pooled = bp_pool_acquire (self->pool);

  if (G_UNLIKELY (pooled == NULL))
    g_error ("bp_pool_acquire() gave nothing");

  return pooled;
}

static inline void
release_pooled (gpointer data G_GNUC_UNUSED,
                gpointer pooled)
{
  bp_pooled_unref (pooled);
}

static inline void
touch_object (gpointer pooled)
{
  bench_object_touch (bp_pooled_get_item (pooled));
}

static inline void
touch_item (gpointer pooled)
{
  bench_item_touch (bp_pooled_get_item (pooled));
}

static const BenchOps object_ops = {
  .acquire = acquire_pooled,
  .touch = touch_object,
  .release = release_pooled,
};

static const BenchOps item_ops = {
  .acquire = acquire_pooled,
  .touch = touch_item,
  .release = release_pooled,
};

BENCH_DEFINE_FEW (object, object_ops)
BENCH_DEFINE_FEW (item, item_ops)

static const BenchLoops object_loops = BENCH_FEW (object);
static const BenchLoops item_loops = BENCH_FEW (item);

#define POOL_DRIVER(open_function, thing)     \
  {                                           \
    .open = open_function,                    \
    .close = close_pool,                      \
    .count_misses = count_misses,             \
    .ops = &thing##_ops,                      \
    .loops = &thing##_loops,                  \
  }

const BenchDriver bench_driver_bufpool_objects = POOL_DRIVER (open_pool, object);
const BenchDriver bench_driver_bufpool_items = POOL_DRIVER (open_pool, item);
const BenchDriver bench_driver_bufpool_strict_objects = POOL_DRIVER (open_strict, object);
const BenchDriver bench_driver_bufpool_strict_items = POOL_DRIVER (open_strict, item);
