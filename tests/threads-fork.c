/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-child.h"
#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* A child of fork() has one thread, and pools that are whole, whatever the other
 * threads had or were doing in its parent. Here they are at rest, so everything must
 * be right to the last number. */

#define MAX_BUFFERS 64

static void
test_fork_at_rest (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, MAX_BUFFERS, 0);
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();

  /* The second makes as many again, since so few do not pay for a look. */
  test_worker_call (first, test_fill_cache, pool);
  test_worker_call (second, test_fill_cache, pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 2 * TEST_N_IN_CACHE);

  test_run_child (test_take_all_in_child, pool);

  /* The parent goes on as if nothing had been. */
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 2 * TEST_N_IN_CACHE);
  test_worker_call (first, test_fill_cache, pool);
  test_worker_call (second, test_fill_cache, pool);
  g_assert_cmpuint (get_stat (pool, misses), ==, 2 * TEST_N_IN_CACHE);
  assert_valid (pool);
}

/* The child has threads of its own, on slots that the parent's threads had. */
static void
start_threads (gpointer data)
{
  BpPool *pool = data;
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();

  test_worker_call (first, test_fill_cache, pool);
  test_worker_call (second, test_fill_cache, pool);
  test_fill_cache (pool);
  test_take_all (pool);
  assert_valid (pool);
}

static void
test_fork_threads_in_child (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, MAX_BUFFERS, 0);
  g_autoptr (TestWorker) first = NULL;
  g_autoptr (TestWorker) second = NULL;

  if (test_skip_child_threads ())
    return;

  first = test_worker_new ();
  second = test_worker_new ();
  test_worker_call (first, test_fill_cache, pool);
  test_worker_call (second, test_fill_cache, pool);
  test_run_child (start_threads, pool);
}

/* A child of a child. */
static void
fork_again (gpointer data)
{
  test_fill_cache (data);
  test_run_child (test_fill_cache, data);
  assert_valid (data);
}

static void
test_fork_twice (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, MAX_BUFFERS, 0);

  test_fill_cache (pool);
  test_run_child (fork_again, pool);
  assert_valid (pool);
}

/* Handles that were out in the parent are the child's, too. */
static void
give_back (gpointer data)
{
  bp_pooled_unref (data);
}

static void
test_fork_outlives (void)
{
  BpPool *pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MAX_BUFFERS, 0);
  BpPooled *pooled = bp_pool_acquire (pool);

  bp_pooled_resize (pooled, 100);
  g_object_unref (pool);
  test_run_child (give_back, pooled);
  bp_pooled_unref (pooled);
}

/* Several threads fork at the same time: what one has locked is not unlocked by another. */
#define N_FORKERS 3

typedef struct
{
  BpPool *pools[N_FORKERS];
  guint n_forks;
} Forkers;

static void
use_each (gpointer data)
{
  Forkers *forkers = data;

  for (guint i = 0; i < N_FORKERS; i++)
    {
      bp_pooled_unref (bp_pool_acquire_sized (forkers->pools[i], 1, NULL));
      test_assert_structure (forkers->pools[i]);
    }
}

static void
run_forker (guint    index,
            gpointer data)
{
  Forkers *forkers = data;

  for (guint i = 0; i < forkers->n_forks; i++)
    {
      bp_pooled_unref (bp_pool_acquire_sized (forkers->pools[index], 1, NULL));
      test_run_child (use_each, forkers);
    }
}

static void
test_fork_at_once (void)
{
  g_autoptr (BpBudget) budget = NULL;
  Forkers forkers = { .n_forks = test_scale (60) };

  if (test_skip_busy_child ())
    return;

  budget = bp_budget_new (1000000);
  for (guint i = 0; i < N_FORKERS; i++)
    forkers.pools[i] = g_object_new (BP_TYPE_POOL, "element-size", 1, "budget", budget, NULL);
  test_run_threads (N_FORKERS, run_forker, &forkers);
  for (guint i = 0; i < N_FORKERS; i++)
    {
      assert_valid (forkers.pools[i]);
      g_assert_finalize_object (forkers.pools[i]);
    }
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/fork/at-rest", test_fork_at_rest);
  g_test_add_func ("/threads/fork/threads-in-child", test_fork_threads_in_child);
  g_test_add_func ("/threads/fork/twice", test_fork_twice);
  g_test_add_func ("/threads/fork/outlives", test_fork_outlives);
  g_test_add_func ("/threads/fork/at-once", test_fork_at_once);

  return g_test_run ();
}
