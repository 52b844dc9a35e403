/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* Pools that end while buffers are out and threads are in the middle of using
 * them: everything is freed, once. */

#define N_OWNERS 3
#define MOST_HELD 12
#define MAX_BUFFERS 40

typedef struct
{
  TestCounters counters;
  BpPool *pool;
  BpPooled *last[N_OWNERS];
  guint n_rounds;
  atomic_bool stop;
  TestRace race;
} Ending;

static void
use (BpPool     *pool,
     TestRandom *random)
{
  BpPooled *held[MOST_HELD];
  guint n_held = 1 + test_random_below (random, MOST_HELD);

  test_acquire_many (pool, held, n_held);
  for (guint i = 0; i < n_held; i++)
    test_touch (held[i]);
  test_unref_many (held, n_held);
}

/* The owners go on with the disposed pool, which they hold, for a while. */
static void
run_beside_dispose (guint    index,
                    gpointer data)
{
  Ending *ending = data;
  TestRandom random;

  test_random_init (&random, index);
  use (ending->pool, &random);
  ending->last[index] = bp_pool_acquire (ending->pool);
  test_touch (ending->last[index]);
  test_race_meet (&ending->race, N_OWNERS + 1);

  for (guint i = 0; i < 30; i++)
    use (ending->pool, &random);
  while (!ending->stop)
    use (ending->pool, &random);
}

static void
run_dispose (guint    index,
             gpointer data)
{
  Ending *ending = data;

  if (index < N_OWNERS)
    {
      run_beside_dispose (index, data);
      return;
    }

  test_race_meet (&ending->race, N_OWNERS + 1);
  g_object_run_dispose (G_OBJECT (ending->pool));
  ending->stop = TRUE;
}

static void
test_dispose_busy (gconstpointer data)
{
  static const guint shard_counts[] = { 1, 4, 16 };
  const TestKind *kind = data;
  guint n_rounds = test_scale (120);

  test_counters_reset (&test_object_counters);
  for (guint i = 0; i < n_rounds; i++)
    {
      Ending ending = { 0 };

      test_counters_reset (&ending.counters);
      ending.pool = kind->make (&ending.counters, shard_counts[i % G_N_ELEMENTS (shard_counts)],
                                MAX_BUFFERS, 0);
      test_run_threads (N_OWNERS + 1, run_dispose, &ending);

      /* Nothing is kept any more, and what is out is known. */
      g_assert_cmpuint (get_stat (ending.pool, idle), ==, 0);
      g_assert_cmpuint (get_stat (ending.pool, outstanding), ==, N_OWNERS);
      assert_valid (ending.pool);

      g_object_unref (ending.pool);
      test_unref_many (ending.last, N_OWNERS);
      g_assert_cmpuint (test_counters_live (&ending.counters), ==, 0);
      g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
    }
}

/* The last handles and the pool's last reference are dropped at the same time: one
 * of the threads frees the core, after all others are out of it. */
static void
run_last (guint    index,
          gpointer data)
{
  Ending *ending = data;

  for (guint round = 0; round < ending->n_rounds; round++)
    {
      if (index == N_OWNERS)
        {
          test_counters_reset (&ending->counters);
          ending->pool = test_item_pool_new (&ending->counters, 1 + round % 3, MAX_BUFFERS, 0);
        }
      test_race_meet (&ending->race, N_OWNERS + 1);

      if (index < N_OWNERS)
        {
          TestRandom random;

          /* With a cache that has something in it. */
          test_random_init (&random, round);
          use (ending->pool, &random);
          ending->last[index] = bp_pool_acquire (ending->pool);
          if (round % 2 == 0)
            bp_pooled_ref (ending->last[index]);
        }
      test_race_meet (&ending->race, N_OWNERS + 1);

      if (index == N_OWNERS)
        {
          g_object_unref (ending->pool);
        }
      else
        {
          if (round % 2 == 0)
            {
              bp_pooled_release (ending->last[index]);
              bp_pooled_unref (ending->last[index]);
            }
          bp_pooled_unref (ending->last[index]);
        }
      test_race_meet (&ending->race, N_OWNERS + 1);

      if (index == N_OWNERS)
        {
          g_assert_cmpuint (test_counters_live (&ending->counters), ==, 0);
          g_assert_cmpuint (ending->counters.n_destroyed, ==, 1);
        }
    }
}

static void
test_dispose_last (void)
{
  Ending ending = { .n_rounds = test_scale (600) };

  test_run_threads (N_OWNERS + 1, run_last, &ending);
}

/* Threads that end together with everything they used. */
static void
run_own_pool (guint    index,
              gpointer data)
{
  guint n_rounds = test_scale (300);
  TestRandom random;

  test_random_init (&random, index);
  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I16, 1 + i % 4, MAX_BUFFERS, 0);
      g_autoptr (BpPooled) outlives = NULL;

      use (pool, &random);
      outlives = bp_pool_acquire (pool);
      bp_pooled_resize (outlives, 10);
      g_clear_object (&pool);
    }
}

static void
test_dispose_own_pools (void)
{
  test_run_threads (N_OWNERS, run_own_pool, NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/threads/dispose/busy/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_dispose_busy);
    }
  g_test_add_func ("/threads/dispose/last", test_dispose_last);
  g_test_add_func ("/threads/dispose/own-pools", test_dispose_own_pools);

  return g_test_run ();
}
