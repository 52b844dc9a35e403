/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include <bufpool.h>

/* A program that passes every place that is traced. At the end it prints the statistics of
 * its pools, a line for each pool. */

#define N_BYTES (64 * 1024)
#define BUDGET_BYTES (4 * N_BYTES)
#define N_CACHED 8
/* More than it takes until a look into another thread's cache has been earned. */
#define MOST_MADE 2000

static BpPool *
make_pool (const char *name,
           const char *property,
           guint       value)
{
  return g_object_new (BP_TYPE_POOL, "name", name, "element-type", BP_ELEMENT_TYPE_U8, "shards", 1,
                       property, value, NULL);
}

static void
report (BpPool *pool)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  g_print ("%s misses=%" G_GUINT64_FORMAT " dropped=%" G_GUINT64_FORMAT " out=%" G_GUINT64_FORMAT
           " idle=%" G_GUINT64_FORMAT " time=%" G_GINT64_FORMAT "\n", bp_pool_get_name (pool),
           bp_pool_stats_get_misses (stats), bp_pool_stats_get_dropped (stats),
           bp_pool_stats_get_outstanding (stats), bp_pool_stats_get_idle (stats),
           g_get_monotonic_time ());
}

static guint64
get_idle (BpPool *pool)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  return bp_pool_stats_get_idle (stats);
}

/* More come back than the cache holds, and are acquired again. */
static void
move_batches (BpPool *pool)
{
  BpPooled *buffers[2 * N_CACHED];

  for (guint k = 0; k < 2; k++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (buffers); i++)
        buffers[i] = bp_pool_acquire_sized (pool, N_BYTES, NULL);
      for (guint i = 0; i < G_N_ELEMENTS (buffers); i++)
        bp_pooled_unref (buffers[i]);
    }
}

/* A buffer that has contents grows. */
static void
grow (BpPool *pool)
{
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);

  if (!bp_pooled_resize (pooled, 2 * N_BYTES))
    abort ();
}

/* Waits for the only buffer: in vain, then not. */
static gpointer
wait_in_thread (gpointer pool)
{
  bp_pooled_unref (bp_pool_acquire_wait (pool, N_BYTES, -1, NULL, NULL));

  return NULL;
}

static void
wait_at_limit (BpPool *pool)
{
  BpPooled *only = bp_pool_acquire_sized (pool, N_BYTES, NULL);
  GThread *thread;

  if (bp_pool_acquire_wait (pool, N_BYTES, 1, NULL, NULL) != NULL)
    abort ();

  thread = g_thread_new ("waiter", wait_in_thread, pool);
  bp_pooled_unref (only);
  g_thread_join (thread);
}

/* One pool takes from its budget what another one has idle. */
static void
reclaim (BpPool *from,
         BpPool *to)
{
  BpPooled *buffers[BUDGET_BYTES / N_BYTES];

  for (guint i = 0; i < G_N_ELEMENTS (buffers); i++)
    buffers[i] = bp_pool_acquire_sized (from, N_BYTES, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (buffers); i++)
    bp_pooled_unref (buffers[i]);
  bp_pooled_unref (bp_pool_acquire_sized (to, N_BYTES, NULL));
}

typedef struct
{
  BpPool *pool;
  GMutex mutex;
  GCond cond;
  gboolean has_cached;
  gboolean may_end;
} Owner;

/* Keeps buffers in its cache, and lives on. */
static gpointer
own_cache (gpointer data)
{
  Owner *owner = data;
  BpPooled *buffers[N_CACHED];

  for (guint i = 0; i < N_CACHED; i++)
    buffers[i] = bp_pool_acquire (owner->pool);
  for (guint i = 0; i < N_CACHED; i++)
    {
      bp_pooled_resize (buffers[i], 4096);
      bp_pooled_unref (buffers[i]);
    }

  g_mutex_lock (&owner->mutex);
  owner->has_cached = TRUE;
  g_cond_signal (&owner->cond);
  while (!owner->may_end)
    g_cond_wait (&owner->cond, &owner->mutex);
  g_mutex_unlock (&owner->mutex);

  return NULL;
}

static void
search (BpPool *pool)
{
  g_autoptr (GPtrArray) buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) bp_pooled_unref);
  Owner owner = { .pool = pool };
  GThread *thread = g_thread_new ("owner", own_cache, &owner);

  g_mutex_lock (&owner.mutex);
  while (!owner.has_cached)
    g_cond_wait (&owner.cond, &owner.mutex);
  g_mutex_unlock (&owner.mutex);

  for (guint i = 0; i < MOST_MADE && get_idle (pool) > 0; i++)
    g_ptr_array_add (buffers, bp_pool_acquire_sized (pool, 4096, NULL));

  g_mutex_lock (&owner.mutex);
  owner.may_end = TRUE;
  g_cond_signal (&owner.cond);
  g_mutex_unlock (&owner.mutex);
  g_thread_join (thread);
}

/* The alarm frees what lies idle. */
static void
wait_for_alarm (BpPool *pool)
{
  bp_pooled_unref (bp_pool_acquire_sized (pool, N_BYTES, NULL));
  while (get_idle (pool) > 0)
    g_main_context_iteration (NULL, TRUE);
}

int
main (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (BUDGET_BYTES);
  g_autoptr (BpPool) batches = make_pool ("batches", "max-buffers", 64);
  g_autoptr (BpPool) limited = make_pool ("limited", "max-outstanding", 1);
  g_autoptr (BpPool) searched = make_pool ("searched", "max-buffers", 64);
  g_autoptr (BpPool) aged = make_pool ("aged", "idle-timeout", 1);
  g_autoptr (BpPool) rich = g_object_new (BP_TYPE_POOL, "name", "rich", "budget", budget, NULL);
  g_autoptr (BpPool) poor = g_object_new (BP_TYPE_POOL, "name", "poor", "budget", budget, NULL);

  bp_pool_set_thread_cache (batches, N_CACHED);
  move_batches (batches);
  grow (batches);
  bp_pool_drop_idle (batches, 0);
  wait_at_limit (limited);
  reclaim (rich, poor);
  search (searched);
  wait_for_alarm (aged);

  report (batches);
  report (limited);
  report (searched);
  report (aged);
  report (rich);
  report (poor);

  return 0;
}
