/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <pthread.h>
#include <unistd.h>

#include "test-calls.h"
#include "test-child.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* Handlers of pthread_atfork() that are older than the first pool: they run while the
 * library has everything locked for the fork, before it on one side and after it on
 * the other. What they do with pools does not wait for the end of the fork, and nothing
 * of it is lost. */

#define N_EACH 20
#define MAX_BUFFERS 200
#define SECONDS_UNTIL_STUCK 5

typedef void (*PlanFunc) (gpointer data);

static struct
{
  PlanFunc prepare;
  PlanFunc parent;
  PlanFunc child;
  gpointer data;
} plan;

static void
prepare (void)
{
  if (plan.prepare != NULL)
    plan.prepare (plan.data);
}

static void
in_parent (void)
{
  if (plan.parent != NULL)
    plan.parent (plan.data);
}

static void
in_child (void)
{
  if (plan.child != NULL)
    plan.child (plan.data);
}

/* A child, during whose making the handlers do as they are told. */
static void
run_planned (void     (*func) (gpointer data),
             gpointer   data)
{
  alarm (SECONDS_UNTIL_STUCK);
  plan.data = data;
  test_run_child (func, data);
  plan.prepare = plan.parent = plan.child = NULL;
  alarm (0);
}

/* Returns, before the fork and on both sides of it. */

typedef struct
{
  BpPool *pool;
  guint max_buffers;
  BpPooled *before[N_EACH];
  BpPooled *after[N_EACH];
  BpPooled *taken;
} Hand;

static void
return_before (gpointer data)
{
  Hand *hand = data;

  test_unref_many (hand->before, N_EACH);
}

static void
return_after (gpointer data)
{
  Hand *hand = data;

  test_unref_many (hand->after, N_EACH);
}

static void
assert_all_back (Hand *hand)
{
  g_assert_cmpuint (get_stat (hand->pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (hand->pool, idle), ==, MIN (hand->max_buffers, 2 * N_EACH));
  g_assert_cmpuint (get_stat (hand->pool, returned), ==, 2 * N_EACH);
  assert_valid (hand->pool);
}

/* The child goes on with what it has, and so does its parent. */
static void
go_on (gpointer data)
{
  Hand *hand = data;
  BpPooled *held[2 * N_EACH];
  guint64 n_missed = get_stat (hand->pool, misses);

  assert_all_back (hand);
  test_acquire_many (hand->pool, held, 2 * N_EACH);
  g_assert_cmpuint (get_stat (hand->pool, misses) - n_missed, ==,
                    2 * N_EACH - MIN (hand->max_buffers, 2 * N_EACH));
  test_unref_many (held, 2 * N_EACH);
  assert_valid (hand->pool);
}

static void
check_returns (const TestKind *kind,
               guint           max_buffers,
               int             thread_cache)
{
  TestCounters counters;
  Hand hand = { .max_buffers = max_buffers };

  test_counters_reset (&counters);
  hand.pool = kind->make (&counters, 2, max_buffers, 0);
  bp_pool_set_thread_cache (hand.pool, thread_cache);
  test_acquire_many (hand.pool, hand.before, N_EACH);
  test_acquire_many (hand.pool, hand.after, N_EACH);
  for (guint i = 0; i < N_EACH; i++)
    {
      test_touch (hand.before[i]);
      test_touch (hand.after[i]);
    }

  plan.prepare = return_before;
  plan.parent = plan.child = return_after;
  run_planned (go_on, &hand);
  go_on (&hand);

  g_object_unref (hand.pool);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
}

static void
test_returns (gconstpointer kind)
{
  static const guint max_buffers[] = { MAX_BUFFERS, 3, 0 };
  static const int caches[] = { -1, 0, 2 };

  for (guint i = 0; i < G_N_ELEMENTS (max_buffers); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (caches); j++)
        check_returns (kind, max_buffers[i], caches[j]);
    }
}

/* The last of a pool that is gone already. */
static void
do_nothing (gpointer data)
{
}

static void
test_last_return (void)
{
  TestCounters counters;
  Hand hand = { .pool = NULL };

  test_counters_reset (&counters);
  hand.pool = test_item_pool_new (&counters, 2, MAX_BUFFERS, 0);
  test_acquire_many (hand.pool, hand.before, N_EACH);
  g_clear_object (&hand.pool);

  plan.prepare = return_before;
  run_planned (do_nothing, &hand);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
}

/* Acquires, of this thread and of one that has never had a buffer. */

static void
take_one (gpointer data)
{
  Hand *hand = data;

  hand->taken = bp_pool_acquire (hand->pool);
  g_assert_nonnull (hand->taken);
  test_touch (hand->taken);
}

static void
assert_one_out (gpointer data)
{
  Hand *hand = data;

  g_assert_cmpuint (get_stat (hand->pool, outstanding), ==, 1);
  g_assert_cmpuint (bp_pooled_get_capacity (hand->taken), >, 0);
  g_clear_pointer (&hand->taken, bp_pooled_unref);
  assert_valid (hand->pool);
}

static void
test_acquire (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, MAX_BUFFERS, 0);
  Hand hand = { .pool = pool };

  test_fill_cache (pool);
  plan.prepare = take_one;
  run_planned (assert_one_out, &hand);
  assert_one_out (&hand);

  bp_pool_set_thread_cache (pool, 0);
  plan.prepare = take_one;
  run_planned (assert_one_out, &hand);
  assert_one_out (&hand);
}

typedef struct
{
  Hand hand;
  TestWorker *other;
} Newcomer;

static void
let_newcomer_take (gpointer data)
{
  Newcomer *newcomer = data;

  test_worker_call (newcomer->other, take_one, &newcomer->hand);
}

static void
drop_taken (gpointer data)
{
  Hand *hand = data;

  g_clear_pointer (&hand->taken, bp_pooled_unref);
}

/* An acquire never waits, and a thread's first one is no exception: here it would wait
 * for this very fork. */
static void
test_first_acquire_of_a_thread (gconstpointer kind)
{
  TestCounters counters;
  Newcomer newcomer = { .other = test_worker_new () };
  BpPool *pool;

  test_counters_reset (&counters);
  pool = ((const TestKind *) kind)->make (&counters, 2, MAX_BUFFERS, 0);
  test_fill_cache (pool);
  newcomer.hand.pool = pool;

  plan.prepare = let_newcomer_take;
  run_planned (do_nothing, &newcomer);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  test_worker_call (newcomer.other, drop_taken, &newcomer.hand);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);

  test_worker_free (newcomer.other);
  g_object_unref (pool);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
}

/* One barrier serves all the caches of all pools. */

#define N_POOLS 1000

typedef struct
{
  BpPool *pools[N_POOLS];
} Many;

static void
use_all (gpointer data)
{
  Many *many = data;

  for (guint i = 0; i < N_POOLS; i++)
    test_fill_cache (many->pools[i]);
}

static void
test_one_barrier (void)
{
  g_autofree Many *many = g_new0 (Many, 1);
  g_autoptr (TestWorker) other = test_worker_new ();
  guint64 n_barriers;

  for (guint i = 0; i < N_POOLS; i++)
    many->pools[i] = bp_pool_new (BP_ELEMENT_TYPE_U8);
  use_all (many);
  test_worker_call (other, use_all, many);

  n_barriers = test_calls_n_barriers ();
  run_planned (do_nothing, NULL);
  n_barriers = test_calls_n_barriers () - n_barriers;
  if (test_calls_has_barriers ())
    g_assert_cmpuint (n_barriers, ==, 1);
  else
    g_assert_cmpuint (n_barriers, ==, 0);

  for (guint i = 0; i < N_POOLS; i++)
    {
      assert_valid (many->pools[i]);
      g_object_unref (many->pools[i]);
    }
}

int
main (int   argc,
      char *argv[])
{
  /* Before the library registers its own. */
  pthread_atfork (prepare, in_parent, in_child);

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i];
      g_autofree char *returns = g_strconcat ("/threads/fork-handlers/returns/", kind->name, NULL);
      g_autofree char *first = g_strconcat ("/threads/fork-handlers/first-acquire/", kind->name,
                                            NULL);

      g_test_add_data_func (returns, kind, test_returns);
      g_test_add_data_func (first, kind, test_first_acquire_of_a_thread);
    }
  g_test_add_func ("/threads/fork-handlers/last-return", test_last_return);
  g_test_add_func ("/threads/fork-handlers/acquire", test_acquire);
  g_test_add_func ("/threads/fork-handlers/one-barrier", test_one_barrier);

  return g_test_run ();
}
