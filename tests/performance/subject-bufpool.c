/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-api.h"
#include "bench-subject.h"

/* malloc (n) gives n usable bytes, so bufpool's buffers must have that much too.
 * Nearly everything asks for the size each time, by
 * bp_pool_acquire_uninit(), and the pool starts empty. Where the work is steady
 * and no acquire can find the pool empty, it is filled before by bp_pool_prefill()
 * with buffers of that capacity, and bp_pool_acquire() need not look at it: how a
 * program with buffers of one size uses it. There "bufpool-sized" is what asks for
 * the size all the same. The misses of every run are counted and printed.
 */

#define SPARE_BUFFERS 64
#define SPARE_BYTES (256u << 20)

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
  guint spare = MIN (SPARE_BUFFERS, SPARE_BYTES / setup->size);
  guint n_prefill = MIN (setup->n_buffers + spare, setup->max_buffers);
  g_autoptr (BpPool) pool = bench_api_new_pool (setup->one_shard ? 1 : 0, setup->max_buffers);
  Subject *self;

  bp_pool_set_thread_cache (pool, thread_cache);
  if (setup->steady && n_prefill < setup->n_buffers)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "max-buffers is %u, and steady work with %u buffers out needs as many",
                   setup->max_buffers, setup->n_buffers);
      return NULL;
    }
  if (setup->steady && !bp_pool_prefill (pool, n_prefill, setup->size, error))
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

/* It makes nothing later. Not in every version that this is built against. */
static gpointer
open_realtime (const BenchSetup  *setup,
               GError           **error)
{
  GParamSpec *spec;
  g_autoptr (BpPool) pool = NULL;
  Subject *self;

  pool = bench_api_new_pool (1, 1);
  spec = g_object_class_find_property (G_OBJECT_GET_CLASS (pool), "realtime");
  if (spec == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           "this version has no realtime pools");
      return NULL;
    }

  g_clear_object (&pool);
  pool = g_object_new (BP_TYPE_POOL, "max-buffers", setup->max_buffers, "realtime", TRUE, NULL);
  if (!bp_pool_prefill (pool, MIN (setup->n_buffers + SPARE_BUFFERS, setup->max_buffers),
                        setup->size, error))
    return NULL;

  self = g_new0 (Subject, 1);
  self->pool = g_steal_pointer (&pool);
  self->size = setup->size;

  return self;
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
touch_pooled_pages (gpointer buffer,
                    gsize    size)
{
  bench_touch_pages (bp_pooled_get_data (buffer, NULL), size);
}

static inline void
fill_pooled (gpointer buffer,
             gsize    size)
{
  bench_fill (bp_pooled_get_data (buffer, NULL), size);
}

static inline void
release_pooled (gpointer data G_GNUC_UNUSED,
                gpointer buffer)
{
  bp_pooled_unref (buffer);
}

static inline void
release_pooled_early (gpointer data G_GNUC_UNUSED,
                      gpointer buffer)
{
  bp_pooled_release (buffer);
  bp_pooled_unref (buffer);
}

#if BENCH_API_HAS_BULK
static inline void
acquire_bulk (gpointer  data,
              gpointer *buffers,
              guint     n_buffers)
{
  Subject *self = data;
  g_autoptr (GError) error = NULL;

  if (!bp_pool_acquire_many (self->pool, self->size, (BpPooled **) buffers, n_buffers, &error))
    g_error ("bp_pool_acquire_many() failed: %s", error->message);
}

static inline void
release_bulk (gpointer  data G_GNUC_UNUSED,
              gpointer *buffers,
              guint     n_buffers)
{
  bp_pooled_unref_many ((BpPooled **) buffers, n_buffers);
}

static const BenchOps bulk_ops = {
  .acquire = acquire_sized,
  .touch = touch_pooled,
  .touch_pages = touch_pooled_pages,
  .fill = fill_pooled,
  .release = release_pooled,
  .release_early = release_pooled_early,
  .acquire_many = acquire_bulk,
  .release_many = release_bulk,
};

BENCH_DEFINE_LOOPS (bulk, bulk_ops)

static const BenchLoops bulk_loops = BENCH_LOOPS (bulk);
#endif

static const BenchOps plain_ops = {
  .acquire = acquire_plain,
  .touch = touch_pooled,
  .touch_pages = touch_pooled_pages,
  .fill = fill_pooled,
  .release = release_pooled,
  .release_early = release_pooled_early,
};

static const BenchOps sized_ops = {
  .acquire = acquire_sized,
  .touch = touch_pooled,
  .touch_pages = touch_pooled_pages,
  .fill = fill_pooled,
  .release = release_pooled,
  .release_early = release_pooled_early,
};

BENCH_DEFINE_LOOPS (plain, plain_ops)
BENCH_DEFINE_LOOPS (sized, sized_ops)

static const BenchLoops plain_loops = BENCH_LOOPS (plain);
static const BenchLoops sized_loops = BENCH_LOOPS (sized);

#define BUFPOOL_DRIVER(open_function, steady_loops)     \
  {                                                     \
    .dup_version = dup_version_bufpool,                 \
    .open = open_function,                              \
    .close = close_bufpool,                             \
    .count_misses = count_misses,                       \
    .ops = &sized_ops,                                  \
    .loops = &sized_loops,                              \
    .steady = steady_loops,                             \
  }

const BenchDriver bench_driver_bufpool = BUFPOOL_DRIVER (open_bufpool, &plain_loops);
const BenchDriver bench_driver_bufpool_strict = BUFPOOL_DRIVER (open_strict, &plain_loops);
const BenchDriver bench_driver_bufpool_sized = BUFPOOL_DRIVER (open_bufpool, NULL);

const BenchDriver bench_driver_bufpool_realtime = {
  .dup_version = dup_version_bufpool,
  .open = open_realtime,
  .close = close_bufpool,
  .count_misses = count_misses,
  .ops = &plain_ops,
  .loops = &plain_loops,
  .steady = &plain_loops,
};

#if BENCH_API_HAS_BULK
const BenchDriver bench_driver_bufpool_bulk = BUFPOOL_DRIVER (open_bufpool, &bulk_loops);
#endif
