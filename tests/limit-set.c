/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-calls.h"
#include "test-child.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"
#include "test-ways.h"

/* A limit is set, raised, lowered and taken away while buffers are out, lie in rings, and
 * in the caches of several threads. It holds from when the call returns. */

#define N_OUT 6
#define MAX_BUFFERS 64

static const guint shard_counts[] = { 1, 2, 7 };

typedef struct
{
  TestCounters counters;
  BpPool *pool;
  TestWorker *sleeper;
  BpPooled *held[N_OUT];
  guint64 n_idle;
} World;

/* N_OUT are out, and so many as test_fill_cache() says lie in the cache of each of three
 * threads: this one, one that sleeps, and one that has ended. The rings have the rest. */
static void
world_init (World          *world,
            const TestKind *kind,
            guint           n_shards)
{
  TestWorker *ended = test_worker_new ();

  world->pool = test_kind_pool_new (kind, &world->counters, n_shards, MAX_BUFFERS, 0);
  world->sleeper = test_worker_new ();
  g_assert_true (bp_pool_prefill (world->pool, 40, 16, NULL));
  test_worker_call (world->sleeper, test_fill_cache, world->pool);
  test_worker_call (ended, test_fill_cache, world->pool);
  test_fill_cache (world->pool);
  test_worker_free (ended);
  test_acquire_many (world->pool, world->held, N_OUT);
  world->n_idle = get_stat (world->pool, idle);
  g_assert_cmpuint (world->n_idle, ==, 40 - N_OUT);
  assert_valid (world->pool);
}

static void
world_clear (World *world)
{
  test_unref_many (world->held, N_OUT);
  g_assert_cmpuint (get_stat (world->pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (world->pool, misses), ==, 0);
  g_assert_cmpuint (get_stat (world->pool, idle), ==, 40);
  assert_valid (world->pool);
  test_worker_free (world->sleeper);
  g_assert_finalize_object (world->pool);
  g_assert_cmpuint (test_counters_live (&world->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

/* What was hidden in caches is to be had: none has to be made. */
static void
check_limit (World *world,
             guint  max)
{
  BpPooled *more[40];

  g_assert_cmpuint (bp_pool_get_max_outstanding (world->pool), ==, max);
  g_assert_cmpuint (get_stat (world->pool, idle), ==, world->n_idle);
  g_assert_cmpuint (get_stat (world->pool, outstanding), ==, N_OUT);
  assert_valid (world->pool);
  if (max <= N_OUT)
    {
      test_assert_refused (world->pool, BP_POOL_ERROR_LIMIT);
      return;
    }

  test_acquire_many (world->pool, more, MIN (max, 40) - N_OUT);
  if (max <= 40)
    test_assert_refused (world->pool, BP_POOL_ERROR_LIMIT);
  test_unref_many (more, MIN (max, 40) - N_OUT);
  g_assert_cmpuint (get_stat (world->pool, misses), ==, 0);
  assert_valid (world->pool);
}

static void
test_set (gconstpointer data)
{
  const guint limits[] = { N_OUT, N_OUT + 1, 1, N_OUT + 8, N_OUT - 1, 40, 2, G_MAXUINT, 7, 12 };

  for (guint i = 0; i < G_N_ELEMENTS (limits) * G_N_ELEMENTS (shard_counts); i++)
    {
      World world;

      world_init (&world, data, shard_counts[i % G_N_ELEMENTS (shard_counts)]);
      bp_pool_set_max_outstanding (world.pool, limits[i / G_N_ELEMENTS (shard_counts)]);
      check_limit (&world, limits[i / G_N_ELEMENTS (shard_counts)]);
      world_clear (&world);
    }
}

/* From one to the next: raised, lowered, as it is, below what is out. */
static void
test_change (gconstpointer data)
{
  const guint limits[] = { 10, 7, 7, 6, 5, 1, 12, 39, G_MAXUINT, 8 };
  World world;

  world_init (&world, data, 2);
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      bp_pool_set_max_outstanding (world.pool, limits[i]);
      check_limit (&world, limits[i]);
    }
  world_clear (&world);
}

/* Below what is out: what is too much has to come back first. */
static void
test_lowered (gconstpointer data)
{
  World world;

  world_init (&world, data, 2);
  bp_pool_set_max_outstanding (world.pool, 3);
  for (guint n = N_OUT; n > 2; n--)
    {
      test_assert_refused (world.pool, BP_POOL_ERROR_LIMIT);
      test_unref_many (&world.held[n - 1], 1);
    }
  test_fill_to_limit (world.pool, world.held, 2, 3);
  bp_pool_set_max_outstanding (world.pool, N_OUT);
  test_fill_to_limit (world.pool, world.held, 3, N_OUT);
  world_clear (&world);
}

static void
fill_cache (World *world)
{
  test_fill_cache (world->pool);
  test_worker_call (world->sleeper, test_fill_cache, world->pool);
}

/* Taken away and set again, with what threads have in their caches by then. */
static void
test_taken_away (gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      World world;

      world_init (&world, data, shard_counts[i]);
      for (guint round = 0; round < 3; round++)
        {
          bp_pool_set_max_outstanding (world.pool, N_OUT + round);
          check_limit (&world, N_OUT + round);
          bp_pool_set_max_outstanding (world.pool, 0);
          g_assert_cmpuint (bp_pool_get_max_outstanding (world.pool), ==, 0);
          fill_cache (&world);
          assert_valid (world.pool);
          g_assert_cmpuint (get_stat (world.pool, outstanding), ==, N_OUT);
        }
      world_clear (&world);
    }
}

/* The same by what is not a number of buffers. */
static void
test_flushing_set_and_unset (gconstpointer data)
{
  World world;

  world_init (&world, data, 2);
  for (guint round = 0; round < 3; round++)
    {
      bp_pool_set_flushing (world.pool, TRUE);
      test_assert_refused (world.pool, BP_POOL_ERROR_FLUSHING);
      g_assert_cmpuint (get_stat (world.pool, idle), ==, world.n_idle);
      bp_pool_set_flushing (world.pool, FALSE);
      fill_cache (&world);
      assert_valid (world.pool);
    }
  bp_pool_set_max_outstanding (world.pool, 8);
  check_limit (&world, 8);
  world_clear (&world);
}

/* While a limit is set there are no caches, whatever thread-cache says; that holds as soon
 * as the limit is gone. */

#define N_CYCLES 1000

typedef struct
{
  BpPool *pool;
  guint64 n_locks;
} Cycles;

static void
count_locks (gpointer data)
{
  Cycles *cycles = data;

  test_fill_cache (cycles->pool);
  cycles->n_locks = test_calls_n_locks ();
  for (guint i = 0; i < N_CYCLES; i++)
    {
      BpPooled *pooled = bp_pool_acquire (cycles->pool);

      test_touch (pooled);
      bp_pooled_unref (pooled);
    }
  cycles->n_locks = test_calls_n_locks () - cycles->n_locks;
}

static void
check_caches (World    *world,
              gboolean  is_on)
{
  Cycles cycles = { world->pool, 0 };

  for (guint i = 0; i < 2; i++)
    {
      if (i == 0)
        count_locks (&cycles);
      else
        test_worker_call (world->sleeper, count_locks, &cycles);
      if (is_on)
        g_assert_cmpuint (cycles.n_locks, ==, 0);
      else
        g_assert_cmpuint (cycles.n_locks, >=, 2 * N_CYCLES);
    }
  assert_valid (world->pool);
}

static void
test_caches_come_back (gconstpointer data)
{
  World world;

  world_init (&world, data, 2);
  check_caches (&world, TRUE);
  for (guint round = 0; round < 2; round++)
    {
      bp_pool_set_max_outstanding (world.pool, 40);
      check_caches (&world, FALSE);
      bp_pool_set_thread_cache (world.pool, 8 + (int) round);
      check_caches (&world, FALSE);
      g_assert_cmpint (bp_pool_get_thread_cache (world.pool), ==, 8 + round);
      bp_pool_set_max_idle_bytes (world.pool, G_MAXUINT64);
      bp_pool_set_max_outstanding (world.pool, 0);
      check_caches (&world, FALSE);
      bp_pool_set_max_idle_bytes (world.pool, 0);
      check_caches (&world, TRUE);

      bp_pool_set_flushing (world.pool, TRUE);
      bp_pool_set_flushing (world.pool, FALSE);
      check_caches (&world, TRUE);
      bp_pool_set_max_outstanding (world.pool, 40);
      bp_pool_set_thread_cache (world.pool, 0);
      bp_pool_set_max_outstanding (world.pool, 0);
      check_caches (&world, FALSE);
      bp_pool_set_thread_cache (world.pool, -1);
      check_caches (&world, TRUE);
    }
  world_clear (&world);
}

/* When it is made with the limit, before anything is out. */
static void
test_construct (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;
  g_autoptr (BpPool) plain = NULL;
  g_autoptr (BpPool) pool = NULL;
  BpPooled *held[3];
  BpItemFuncs funcs = test_item_funcs;

  test_counters_reset (&counters);
  plain = kind->make (&counters, 1, 8, 0);
  funcs.user_data = &counters;
  if (kind->is_elements)
    pool = g_object_new (BP_TYPE_POOL,
                         "element-size", (guint) bp_pool_get_element_size (plain),
                         "max-outstanding", 3,
                         NULL);
  else if (bp_pool_get_item_type (plain) != G_TYPE_NONE)
    pool = g_object_new (BP_TYPE_POOL,
                         "item-type", bp_pool_get_item_type (plain),
                         "max-outstanding", 3,
                         NULL);
  else
    pool = g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "max-outstanding", 3, NULL);

  assert_valid (pool);
  test_fill_to_limit (pool, held, 0, 3);
  test_unref_many (held, 3);
  assert_valid (pool);
}

int
main (int    argc,
      char **argv)
{
  const struct
  {
    const char *name;
    GTestDataFunc func;
  } tests[] = {
    { "set", test_set },
    { "change", test_change },
    { "lowered", test_lowered },
    { "taken-away", test_taken_away },
    { "flushing", test_flushing_set_and_unset },
    { "caches-come-back", test_caches_come_back },
    { "construct", test_construct },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests) * TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i % TEST_N_KINDS];
      g_autofree char *path = g_strdup_printf ("/limit/set/%s/%s", tests[i / TEST_N_KINDS].name,
                                               kind->name);

      g_test_add_data_func (path, kind, tests[i / TEST_N_KINDS].func);
    }

  return g_test_run ();
}
