/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-child.h"
#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"
#include "test-ways.h"

/* Waiting for bytes of a budget: with both limits at once, without a thread, and in a process
 * that forks. */

#define MAX_BYTES 1000

static BpPool *
make_bytes (BpBudget *budget)
{
  return g_object_new (BP_TYPE_POOL, "budget", budget, NULL);
}

static void
expect_charged (BpPool  *pool,
                guint64  n_out)
{
  assert_charged (bp_pool_get_budget (pool), n_out, pool, NULL);
}

/* A waiter for a permit has no bytes. A waiter for bytes has a permit, and gives it back when
 * it leaves. */
static void
test_both_limits (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  g_autoptr (BpPool) other = make_bytes (budget);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  TestWaiter for_bytes = TEST_WAITER_INIT (pool, 600);
  TestWaiter for_permit = TEST_WAITER_INIT (pool, 100);
  BpPooled *out, *first, *second;

  bp_pool_set_max_outstanding (pool, 2);
  first = bp_pool_acquire_sized (pool, 100, NULL);
  out = bp_pool_acquire_sized (other, 500, NULL);

  for (guint i = 0; i < 2; i++)
    {
      for_bytes.cancellable = i == 0 ? cancellable : NULL;
      test_waiter_begin_for_bytes (&for_bytes);
      test_waiter_begin (&for_permit);
      /* Idle buffers go after it has joined the queue. */
      while (bp_budget_get_used_bytes (budget) != 600)
        g_thread_yield ();
      if (i == 0)
        {
          /* The permit goes to the other one, which needs fewer bytes. */
          g_cancellable_cancel (cancellable);
          test_waiter_fail (&for_bytes, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          second = test_waiter_end (&for_permit);
          g_assert_cmpuint (get_stat (pool, outstanding), ==, 2);
          assert_charged (budget, 700, pool, other, NULL);
          bp_pooled_unref (second);
        }
    }

  /* Bytes come, then a permit. */
  bp_pooled_unref (out);
  second = test_waiter_end (&for_bytes);
  g_assert_cmpuint (test_n_waiters (pool), ==, 1);
  bp_pooled_unref (first);
  first = test_waiter_end (&for_permit);
  assert_charged (budget, 700, pool, other, NULL);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
  bp_pooled_unref (first);
  bp_pooled_unref (second);
  assert_charged (budget, 0, pool, other, NULL);
}

/* A buffer that is handed over has a permit of its own: the one that was waited with is free
 * for another. */
static void
test_both_limits_and_the_buffer_itself (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  TestWaiter waiter = TEST_WAITER_INIT (pool, 100);
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (BpPooled) empty = NULL;
  guint8 *memory;

  bp_pool_set_max_outstanding (pool, 2);
  pooled = bp_pool_acquire_sized (pool, MAX_BYTES, NULL);
  memory = bp_pooled_get_data (pooled, NULL);
  test_waiter_begin_for_bytes (&waiter);
  g_assert_null (bp_pool_acquire (pool));
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = test_waiter_end (&waiter);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == memory);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  expect_charged (pool, MAX_BYTES);
  empty = bp_pool_acquire (pool);
  g_assert_nonnull (empty);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
}

/* Waiters of one pool are flushed, those of another one wait on. */
static void
test_flushing_is_the_pool_s_own (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  g_autoptr (BpPool) other = make_bytes (budget);
  TestWaiter waiters[] = { TEST_WAITER_INIT (pool, 900), TEST_WAITER_INIT (other, 800),
                           TEST_WAITER_INIT (pool, 700) };
  g_autoptr (BpPooled) out = bp_pool_acquire_sized (other, MAX_BYTES, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (waiters); i++)
    test_waiter_begin_for_bytes (&waiters[i]);
  bp_pool_set_flushing (pool, TRUE);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
  test_waiter_fail (&waiters[0], BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  test_waiter_fail (&waiters[2], BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  g_clear_pointer (&out, bp_pooled_unref);
  out = test_waiter_end (&waiters[1]);
  bp_pool_set_flushing (pool, FALSE);
  assert_charged (budget, bp_pooled_get_capacity (out), pool, other, NULL);
}

/* The same queue for tasks. */
static void
test_async (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  TestOutcome outcomes[3] = { TEST_OUTCOME_INIT };
  TestWaiter waiter = TEST_WAITER_INIT (pool, 900);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, MAX_BYTES, NULL);
  guint8 *memory = bp_pooled_get_data (pooled, NULL);

  memset (memory, 1, MAX_BYTES);
  bp_pool_acquire_async (pool, 900, NULL, test_outcome_take, &outcomes[0]);
  test_waiter_begin_for_bytes (&waiter);
  bp_pool_acquire_async (pool, 1000, NULL, test_outcome_take, &outcomes[1]);
  bp_pool_acquire_async (pool, MAX_BYTES + 1, NULL, test_outcome_take, &outcomes[2]);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 3);
  test_outcome_fail (&outcomes[2], BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);

  /* From hand to hand it is the same memory, and zeroes. */
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = test_outcome_end (&outcomes[0]);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == memory);
  g_assert_cmpuint (memory[899], ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = test_waiter_end (&waiter);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == memory);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = test_outcome_end (&outcomes[1]);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == memory);
  expect_charged (pool, MAX_BYTES);
}

/* Served, be it with bytes or with a buffer, and cancelled before it knows: the next one has
 * its turn. */
static void
test_cancelled_after_its_turn (void)
{
  const gsize wanted[] = { MAX_BYTES, 100 };

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
      g_autoptr (BpPool) pool = make_bytes (budget);
      g_autoptr (BpPool) other = make_bytes (budget);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      TestOutcome first = TEST_OUTCOME_INIT;
      TestOutcome second = TEST_OUTCOME_INIT;
      /* The own buffer is handed over, another pool's is freed. */
      BpPooled *pooled = bp_pool_acquire_sized (i == 0 ? pool : other, MAX_BYTES, NULL);

      bp_pool_acquire_async (pool, wanted[i], cancellable, test_outcome_take, &first);
      bp_pool_acquire_async (other, MAX_BYTES, NULL, test_outcome_take, &second);
      bp_pooled_unref (pooled);
      g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
      g_cancellable_cancel (cancellable);
      test_outcome_fail (&first, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      pooled = test_outcome_end (&second);
      assert_charged (budget, MAX_BYTES, pool, other, NULL);
      bp_pooled_unref (pooled);
    }
}

/* Pool and budget are kept by what waits in them. */
static void
test_unreffed (void)
{
  BpBudget *budget = bp_budget_new (MAX_BYTES);
  BpPool *pool = make_bytes (budget);
  BpPooled *pooled = bp_pool_acquire_sized (pool, MAX_BYTES, NULL);
  TestOutcome outcome = TEST_OUTCOME_INIT;

  bp_pool_acquire_async (pool, 100, NULL, test_outcome_take, &outcome);
  g_object_unref (budget);
  g_object_add_weak_pointer (G_OBJECT (pool), (gpointer *) &pool);
  g_object_unref (pool);
  bp_pooled_unref (pooled);
  pooled = test_outcome_end (&outcome);
  test_run_all ();
  g_assert_null (pool);
  bp_pooled_unref (pooled);
}

/* A pool that is made while there are waiters has its caches off, and gets no bytes. */
static void
test_pool_is_made_meanwhile (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  g_autoptr (BpPool) late = NULL;
  TestWaiter waiter = TEST_WAITER_INIT (pool, 600);
  g_autoptr (BpPooled) out = bp_pool_acquire_sized (pool, 500, NULL);
  g_autoptr (BpPooled) empty = NULL;

  test_waiter_begin_for_bytes (&waiter);
  late = make_bytes (budget);
  g_assert_null (bp_pool_acquire_sized (late, 1, NULL));
  empty = bp_pool_acquire (late);
  g_assert_nonnull (empty);
  g_assert_false (bp_pooled_try_resize (empty, 1, NULL));
  g_clear_pointer (&out, bp_pooled_unref);
  out = test_waiter_end (&waiter);
  g_assert_true (bp_pooled_try_resize (empty, 400, NULL));
  assert_charged (budget, MAX_BYTES, pool, late, NULL);
}

/* In a child of fork() there are no waiters. */

typedef struct
{
  BpPool *pool;
  BpPooled *out;
} Parent;

static void
work_in_child (gpointer data)
{
  Parent *parent = data;
  BpBudget *budget = bp_pool_get_budget (parent->pool);
  BpPooled *pooled;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (test_n_budget_waiters (parent->pool), ==, 0);
  expect_charged (parent->pool, 600);
  pooled = bp_pool_acquire_sized (parent->pool, 400, NULL);
  g_assert_nonnull (pooled);
  expect_charged (parent->pool, MAX_BYTES);
  g_assert_null (bp_pool_acquire_wait (parent->pool, 1, 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  bp_pooled_unref (parent->out);
  expect_charged (parent->pool, 400);
  bp_budget_set_max_bytes (budget, 400);
  expect_charged (parent->pool, 400);
  bp_pooled_unref (pooled);
  bp_pool_set_flushing (parent->pool, TRUE);
  g_object_run_dispose (G_OBJECT (parent->pool));
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
}

static void
test_forked (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  TestWaiter waiter = TEST_WAITER_INIT (pool, 500);
  Parent parent = { pool, bp_pool_acquire_sized (pool, 600, NULL) };

  test_waiter_begin_for_bytes (&waiter);
  test_run_child (work_in_child, &parent);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
  bp_pooled_unref (parent.out);
  bp_pooled_unref (test_waiter_end (&waiter));
  expect_charged (pool, 0);
}

/* What waits there without a thread can be cancelled, and has no turn. */

typedef struct
{
  BpPool *pool;
  GCancellable *cancellable;
  TestOutcome *outcomes;
} Tasks;

static void
cancel_in_child (gpointer data)
{
  Tasks *tasks = data;

  g_assert_cmpuint (test_n_waiters (tasks->pool), ==, 0);
  g_assert_cmpuint (test_n_budget_waiters (tasks->pool), ==, 0);
  g_cancellable_cancel (tasks->cancellable);
  for (guint i = 0; i < 2; i++)
    test_outcome_fail (&tasks->outcomes[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_valid (tasks->pool);
}

static void
test_tasks_in_child (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  TestOutcome outcomes[2] = { TEST_OUTCOME_INIT };
  Tasks tasks = { pool, cancellable, outcomes };
  BpPooled *out;

  bp_pool_set_max_outstanding (pool, 2);
  out = bp_pool_acquire_sized (pool, MAX_BYTES, NULL);
  /* The first has the other permit, and waits for bytes; the second waits for a permit. */
  for (guint i = 0; i < 2; i++)
    bp_pool_acquire_async (pool, 100, cancellable, test_outcome_take, &outcomes[i]);
  g_assert_cmpuint (test_n_waiters (pool), ==, 1);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
  test_run_child (cancel_in_child, &tasks);

  bp_pooled_unref (out);
  for (guint i = 0; i < 2; i++)
    bp_pooled_unref (test_outcome_end (&outcomes[i]));
  expect_charged (pool, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/budget/woken/both-limits", test_both_limits);
  g_test_add_func ("/budget/woken/both-limits-and-the-buffer-itself",
                   test_both_limits_and_the_buffer_itself);
  g_test_add_func ("/budget/woken/flushing-is-the-pool-s-own", test_flushing_is_the_pool_s_own);
  g_test_add_func ("/budget/woken/async", test_async);
  g_test_add_func ("/budget/woken/cancelled-after-its-turn", test_cancelled_after_its_turn);
  g_test_add_func ("/budget/woken/unreffed", test_unreffed);
  g_test_add_func ("/budget/woken/pool-is-made-meanwhile", test_pool_is_made_meanwhile);
  g_test_add_func ("/budget/woken/forked", test_forked);
  g_test_add_func ("/budget/woken/tasks-in-child", test_tasks_in_child);

  return g_test_run ();
}
