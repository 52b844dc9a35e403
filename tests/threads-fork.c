/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-private.h"
#include "bp-trim-private.h"
#include "test-child.h"
#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* A child of fork() has one thread, and pools that are whole, whatever the other
 * threads had or were doing in its parent. Here they are at rest, so everything must
 * be right to the last number. */

#define MAX_BUFFERS 64

static guint
count_in_rings (BpPool *pool)
{
  guint n_idle = 0;

  for (guint i = 0; i < pool->core->n_shards; i++)
    n_idle += bp_peek (pool->core->shards[i].n);

  return n_idle;
}

static void
take_what_others_had (gpointer data)
{
  BpPool *pool = data;

  assert_valid (pool);
  test_fill_cache (pool);
  assert_valid (pool);
  test_take_all (pool);
  assert_valid (pool);

  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  test_fill_cache (pool);
  bp_trim_close (pool->core);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  assert_valid (pool);
}

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
  g_assert_cmpuint (count_in_rings (pool), ==, 0);

  test_run_child (take_what_others_had, pool);

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

/* A thread that is in the middle of a fast operation, and does not go on: to the
 * child it is as if it had never begun. */

static void
enter_cache (gpointer pool)
{
  BpCache *cache = bp_core_get_own_cache (((BpPool *) pool)->core);

  g_assert_true (bp_core_enter (((BpPool *) pool)->core, cache));
}

static void
leave_cache (gpointer pool)
{
  bp_cache_leave (&bp_cells[bp_slot]);
}

static void
test_fork_frozen_owner (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, MAX_BUFFERS, 0);
  g_autoptr (TestWorker) owner = test_worker_new ();

  test_worker_call (owner, test_fill_cache, pool);
  test_worker_call (owner, enter_cache, pool);
  test_run_child (take_what_others_had, pool);
  test_worker_call (owner, leave_cache, pool);

  assert_valid (pool);
  test_worker_call (owner, test_fill_cache, pool);
  g_assert_cmpuint (get_stat (pool, misses), ==, TEST_N_IN_CACHE);
}

/* A thread that holds a lock when the fork begins: it is waited for. */

typedef struct
{
  BpPool *pool;
  TestGate locked;
} Holder;

static void
hold_lock (guint    index,
           gpointer data)
{
  Holder *holder = data;
  BpShard *shard = &holder->pool->core->shards[index];

  bp_mutex_lock (&shard->mutex);
  test_gate_open (&holder->locked);
  for (guint i = 0; i < 1000; i++)
    g_thread_yield ();
  bp_shard_unlock (shard);
}

static void
test_fork_locked_shard (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, MAX_BUFFERS, 0);
  Holder holder = { .pool = pool };
  guint n_rounds = test_scale (40);

  if (test_skip_busy_child ())
    return;

  test_fill_cache (pool);
  test_gate_init (&holder.locked);
  for (guint i = 0; i < n_rounds; i++)
    {
      TestThread *thread;

      test_gate_shut (&holder.locked);
      thread = test_thread_start (hold_lock, i % 2, &holder);
      test_gate_wait (&holder.locked);
      test_run_child (take_what_others_had, pool);
      test_thread_join (thread);
    }
  test_gate_clear (&holder.locked);
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
  g_test_add_func ("/threads/fork/frozen-owner", test_fork_frozen_owner);
  g_test_add_func ("/threads/fork/locked-shard", test_fork_locked_shard);

  return g_test_run ();
}
