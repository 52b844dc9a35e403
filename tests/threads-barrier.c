/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-fence-private.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* What happens if the kernel's barrier fails although it worked before: nobody
 * takes what a thread has in its front, until it comes by itself, or until the
 * barrier works again. */

#define N_ITEMS 8
#define MAX_BUFFERS 64

typedef struct
{
  TestCounters counters;
  BpPool *pool;
  TestWorker *owner;
} Fixture;

/* Leaves N_ITEMS idle buffers in the front of the calling thread. */
static void
fill_cache (gpointer pool)
{
  BpPooled *held[N_ITEMS];

  test_acquire_many (pool, held, N_ITEMS);
  test_unref_many (held, N_ITEMS);
}

static void
use_once (gpointer pool)
{
  bp_pooled_unref (bp_pool_acquire (pool));
}

static void
setup (Fixture       *fixture,
       gconstpointer  data)
{
  test_counters_reset (&fixture->counters);
  fixture->pool = test_item_pool_new (&fixture->counters, 1, MAX_BUFFERS, 0);
  fixture->owner = test_worker_new ();
  test_worker_call (fixture->owner, fill_cache, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);
  bp_fence_set_failing (TRUE);
}

static void
teardown (Fixture       *fixture,
          gconstpointer  data)
{
  bp_fence_set_failing (FALSE);
  g_clear_pointer (&fixture->owner, test_worker_free);
  g_clear_object (&fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
}

static gboolean
skip (void)
{
  if (bp_fence_is_asymmetric ())
    return FALSE;

  g_test_skip ("this form of the fence has no barrier that could fail");
  return TRUE;
}

/* An acquire that would sweep makes a new buffer; the owner's are its own. */
static void
test_barrier_sweep (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (BpPooled) pooled = NULL;

  if (skip ())
    return;

  pooled = bp_pool_acquire (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, N_ITEMS + 1);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);

  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, N_ITEMS + 1);
  g_assert_cmpuint (get_stat (fixture->pool, hits), ==, 1);
  assert_valid (fixture->pool);
}

/* What is beyond the bound goes when the owner comes by. */
static void
test_barrier_max_buffers (Fixture       *fixture,
                          gconstpointer  data)
{
  if (skip ())
    return;

  bp_pool_set_max_buffers (fixture->pool, 2);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);

  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 2);
  assert_valid (fixture->pool);
}

static void
test_barrier_thread_cache (Fixture       *fixture,
                           gconstpointer  data)
{
  if (skip ())
    return;

  bp_pool_set_thread_cache (fixture->pool, 0);
  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);
  assert_valid (fixture->pool);

  /* All of them are to be had by anybody now, without a sweep. */
  fill_cache (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, N_ITEMS);
}

static void
test_barrier_drop_idle (Fixture       *fixture,
                        gconstpointer  data)
{
  if (skip ())
    return;

  bp_pool_drop_idle (fixture->pool, 0);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);

  test_worker_call (fixture->owner, use_once, fixture->pool);
  assert_valid (fixture->pool);
}

static void
test_barrier_dispose (Fixture       *fixture,
                      gconstpointer  data)
{
  if (skip ())
    return;

  g_object_run_dispose (G_OBJECT (fixture->pool));
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, N_ITEMS);

  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  assert_valid (fixture->pool);
}

static void
unref_pooled (gpointer pooled)
{
  bp_pooled_unref (pooled);
}

/* The pool is gone, but the owner still has a buffer to give back. */
static void
test_barrier_late_return (Fixture       *fixture,
                          gconstpointer  data)
{
  BpPooled *pooled;

  if (skip ())
    return;

  pooled = bp_pool_acquire (fixture->pool);
  g_clear_object (&fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, N_ITEMS + 1);

  test_worker_call (fixture->owner, unref_pooled, pooled);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
}

/* The owner never comes again: a barrier that works again will do. */
static void
test_barrier_works_again (Fixture       *fixture,
                          gconstpointer  data)
{
  BpPooled *pooled;

  if (skip ())
    return;

  pooled = bp_pool_acquire (fixture->pool);
  g_clear_pointer (&fixture->owner, test_worker_free);
  bp_fence_set_failing (FALSE);

  bp_pooled_unref (pooled);
  bp_pool_drop_idle (fixture->pool, 0);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  assert_valid (fixture->pool);
}

/* Or the next thread that gets its slot. */
static void
test_barrier_next_owner (Fixture       *fixture,
                         gconstpointer  data)
{
  if (skip ())
    return;

  g_object_run_dispose (G_OBJECT (fixture->pool));
  g_clear_pointer (&fixture->owner, test_worker_free);

  fixture->owner = test_worker_new ();
  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  assert_valid (fixture->pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/threads/barrier/" name, Fixture, NULL, setup, func, teardown)

  ADD ("sweep", test_barrier_sweep);
  ADD ("max-buffers", test_barrier_max_buffers);
  ADD ("thread-cache", test_barrier_thread_cache);
  ADD ("drop-idle", test_barrier_drop_idle);
  ADD ("dispose", test_barrier_dispose);
  ADD ("late-return", test_barrier_late_return);
  ADD ("works-again", test_barrier_works_again);
  ADD ("next-owner", test_barrier_next_owner);

  return g_test_run ();
}
