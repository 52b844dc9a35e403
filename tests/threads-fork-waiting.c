/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <pthread.h>
#include <unistd.h>

#include "bp-limit-set-private.h"
#include "bp-pool-private.h"
#include "bp-trim-private.h"
#include "test-child.h"
#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"

/* A fork while other threads wait: the child has no waiters, and all that it could have.
 * The parent's threads are served as if nothing had happened. What comes back in the
 * middle of the fork, in handlers of others, serves them as well. */

#define MAX_BYTES 4096
#define N_WAITERS 3
#define SECONDS_UNTIL_STUCK 20
/* Microseconds. */
#define SHORT 100

static struct
{
  void (*prepare) (gpointer data);
  void (*parent) (gpointer data);
  void (*child) (gpointer data);
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

/* A pool with one permit, and two that share a budget: all is out, and all but one thread
 * wait. */
typedef struct
{
  BpBudget *budget;
  BpPool *limited;
  BpPool *narrow;
  BpPool *wide;
  BpPooled *with_permit;
  BpPooled *with_bytes;
  /* The waiters that have been served, in that order. */
  TestQueue *with_permits;
  TestQueue *with_all;
  TestWaiter for_permit[N_WAITERS];
  TestWaiter for_bytes[N_WAITERS];
} Crowd;

static void
begin_waiting (Crowd *crowd)
{
  for (guint i = 0; i < N_WAITERS; i++)
    {
      crowd->for_permit[i] = (TestWaiter) TEST_WAITER_INIT (crowd->limited, 1 + i);
      crowd->for_permit[i].done = crowd->with_permits;
      test_waiter_begin (&crowd->for_permit[i]);
      crowd->for_bytes[i] = (TestWaiter) TEST_WAITER_INIT (i % 2 == 0 ? crowd->narrow : crowd->wide,
                                                           MAX_BYTES / (i % 2 == 0 ? 1 : 8));
      crowd->for_bytes[i].done = crowd->with_all;
      test_waiter_begin_for_bytes (&crowd->for_bytes[i]);
    }
}

static void
crowd_init (Crowd *crowd)
{
  memset (crowd, 0, sizeof (Crowd));
  crowd->budget = bp_budget_new (MAX_BYTES);
  crowd->limited = g_object_new (BP_TYPE_POOL, "max-outstanding", 1, NULL);
  crowd->narrow = g_object_new (BP_TYPE_POOL, "budget", crowd->budget, NULL);
  crowd->wide = g_object_new (BP_TYPE_POOL, "budget", crowd->budget,
                              "element-type", BP_ELEMENT_TYPE_F64, NULL);
  crowd->with_permits = test_queue_new (0);
  crowd->with_all = test_queue_new (0);
  crowd->with_permit = bp_pool_acquire_sized (crowd->limited, 10, NULL);
  crowd->with_bytes = bp_pool_acquire_sized (crowd->narrow, MAX_BYTES, NULL);
}

static void
end_in_order (TestQueue  *done,
              TestWaiter *waiters)
{
  for (guint i = 0; i < N_WAITERS; i++)
    {
      g_assert_true (test_queue_pop (done) == &waiters[i]);
      bp_pooled_unref (test_waiter_end (&waiters[i]));
    }
}

/* Each gets it in its turn, when what the one before it had goes back. */
static void
end_waiting (Crowd *crowd)
{
  g_clear_pointer (&crowd->with_permit, bp_pooled_unref);
  g_clear_pointer (&crowd->with_bytes, bp_pooled_unref);
  end_in_order (crowd->with_permits, crowd->for_permit);
  end_in_order (crowd->with_all, crowd->for_bytes);
}

static void
crowd_clear (Crowd *crowd)
{
  assert_valid (crowd->limited);
  assert_valid (crowd->narrow);
  assert_valid (crowd->wide);
  test_queue_free (crowd->with_permits);
  test_queue_free (crowd->with_all);
  g_object_unref (crowd->limited);
  g_object_unref (crowd->narrow);
  g_object_unref (crowd->wide);
  g_assert_cmpuint (bp_budget_get_used_bytes (crowd->budget), ==, 0);
  g_object_unref (crowd->budget);
}

static void
assert_times_out (BpPool *pool,
                  gsize   n_elements)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_acquire_wait (pool, n_elements, SHORT, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
assert_no_waiters (Crowd *crowd)
{
  g_assert_cmpuint (test_n_waiters (crowd->limited), ==, 0);
  g_assert_cmpuint (test_n_budget_waiters (crowd->narrow), ==, 0);
  assert_valid (crowd->limited);
  assert_valid (crowd->narrow);
  assert_valid (crowd->wide);
}

/* What is out is the child's as well, and what the waiters wanted can be had. */
static void
use_all (gpointer data)
{
  Crowd *crowd = data;

  assert_no_waiters (crowd);
  if (crowd->with_permit != NULL)
    assert_times_out (crowd->limited, 1);
  if (crowd->with_bytes != NULL)
    assert_times_out (crowd->wide, 1);
  for (guint i = 0; i < 3; i++)
    {
      g_clear_pointer (&crowd->with_permit, bp_pooled_unref);
      crowd->with_permit = bp_pool_acquire_sized (crowd->limited, 100 * i, NULL);
      g_assert_nonnull (crowd->with_permit);
      assert_times_out (crowd->limited, 1);

      g_clear_pointer (&crowd->with_bytes, bp_pooled_unref);
      crowd->with_bytes = bp_pool_acquire_sized (i % 2 == 0 ? crowd->wide : crowd->narrow,
                                                 MAX_BYTES / 8, NULL);
      g_assert_nonnull (crowd->with_bytes);
      assert_times_out (crowd->narrow, MAX_BYTES);
    }
  bp_pool_set_max_outstanding (crowd->limited, 2);
  bp_pooled_unref (bp_pool_acquire_wait (crowd->limited, 1, -1, NULL, NULL));
  bp_budget_set_max_bytes (crowd->budget, 2 * MAX_BYTES);
  bp_pooled_unref (bp_pool_acquire_wait (crowd->narrow, MAX_BYTES, -1, NULL, NULL));
  bp_pool_set_flushing (crowd->limited, TRUE);
  bp_pool_set_flushing (crowd->limited, FALSE);

  g_clear_pointer (&crowd->with_permit, bp_pooled_unref);
  g_clear_pointer (&crowd->with_bytes, bp_pooled_unref);
  assert_no_waiters (crowd);
  g_object_run_dispose (G_OBJECT (crowd->limited));
  g_object_run_dispose (G_OBJECT (crowd->narrow));
  g_object_run_dispose (G_OBJECT (crowd->wide));
  assert_no_waiters (crowd);
  g_assert_cmpuint (bp_budget_get_used_bytes (crowd->budget), ==, 0);
}

static void
test_others_wait (void)
{
  Crowd crowd;

  crowd_init (&crowd);
  begin_waiting (&crowd);
  for (guint i = 0; i < test_scale (10); i++)
    test_run_child (use_all, &crowd);
  end_waiting (&crowd);
  crowd_clear (&crowd);
}

/* The thread that forks has something under way itself, before others and behind them. The
 * child has its main context, and can cancel it there. */

typedef struct
{
  Crowd crowd;
  GCancellable *cancellable;
  TestOutcome outcomes[4];
} Tasks;

static void
cancel_all (gpointer data)
{
  Tasks *tasks = data;

  assert_no_waiters (&tasks->crowd);
  g_cancellable_cancel (tasks->cancellable);
  for (guint i = 0; i < G_N_ELEMENTS (tasks->outcomes); i++)
    test_outcome_fail (&tasks->outcomes[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  use_all (&tasks->crowd);
}

static void
begin_tasks (Tasks *tasks,
             guint  index)
{
  bp_pool_acquire_async (tasks->crowd.limited, 1, tasks->cancellable, test_outcome_take,
                         &tasks->outcomes[index]);
  bp_pool_acquire_async (tasks->crowd.wide, MAX_BYTES / 8, tasks->cancellable, test_outcome_take,
                         &tasks->outcomes[index + 1]);
}

static void
test_tasks (void)
{
  Tasks tasks = { .cancellable = g_cancellable_new () };
  Crowd *crowd = &tasks.crowd;

  crowd_init (crowd);
  begin_tasks (&tasks, 0);
  begin_waiting (crowd);
  begin_tasks (&tasks, 2);
  test_run_child (use_all, crowd);
  test_run_child (cancel_all, &tasks);

  g_clear_pointer (&crowd->with_permit, bp_pooled_unref);
  g_clear_pointer (&crowd->with_bytes, bp_pooled_unref);
  crowd->with_permit = test_outcome_end (&tasks.outcomes[0]);
  crowd->with_bytes = test_outcome_end (&tasks.outcomes[1]);
  end_waiting (crowd);
  bp_pooled_unref (test_outcome_end (&tasks.outcomes[2]));
  bp_pooled_unref (test_outcome_end (&tasks.outcomes[3]));
  crowd_clear (crowd);
  g_object_unref (tasks.cancellable);
}

/* A permit that a thread has got, which has not made its buffer yet, is not lost. */

typedef struct
{
  BpPool *pool;
  TestGate is_inside;
  TestGate may_go_on;
  TestThread *maker;
} Making;

static gpointer
make_slowly (gpointer   acquire_data,
             gpointer   user_data,
             GError   **error)
{
  Making *making = user_data;

  if (acquire_data != NULL)
    {
      test_gate_open (&making->is_inside);
      test_gate_wait (&making->may_go_on);
    }

  return g_new0 (int, 1);
}

static void
free_plain (gpointer item,
            gpointer user_data)
{
  g_free (item);
}

static void
take_slowly (guint    index,
             gpointer data)
{
  Making *making = data;

  bp_pooled_unref (bp_pool_acquire_full (making->pool, 0, BP_ACQUIRE_NONE, making, 0, NULL, NULL));
}

static void
take_the_only_one (gpointer data)
{
  Making *making = data;
  BpPooled *pooled = bp_pool_acquire (making->pool);

  g_assert_nonnull (pooled);
  g_assert_null (bp_pool_acquire (making->pool));
  bp_pooled_unref (pooled);
  assert_valid (making->pool);
}

static void
test_permit_in_hand (void)
{
  const BpItemFuncs funcs = { .create = make_slowly, .free = free_plain };
  Making making = { .pool = NULL };

  making.pool = test_funcs_pool_new (&funcs, &making, NULL, 1, 8, 0);
  bp_pool_set_max_outstanding (making.pool, 1);
  test_gate_init (&making.is_inside);
  test_gate_init (&making.may_go_on);
  making.maker = test_thread_start (take_slowly, 0, &making);
  test_gate_wait (&making.is_inside);

  g_assert_null (bp_pool_acquire (making.pool));
  test_run_child (take_the_only_one, &making);
  g_assert_null (bp_pool_acquire (making.pool));

  test_gate_open (&making.may_go_on);
  test_thread_join (making.maker);
  take_the_only_one (&making);
  g_object_unref (making.pool);
  test_gate_clear (&making.is_inside);
  test_gate_clear (&making.may_go_on);
}

/* Handlers that are older than the first pool, while all is locked for the fork. */

static void
return_both (gpointer data)
{
  Crowd *crowd = data;

  g_clear_pointer (&crowd->with_permit, bp_pooled_unref);
  g_clear_pointer (&crowd->with_bytes, bp_pooled_unref);
}

static void
steal_both (gpointer data)
{
  Crowd *crowd = data;

  g_free (bp_pooled_steal_data (crowd->with_permit, NULL, NULL, NULL));
  g_free (bp_pooled_steal_data (crowd->with_bytes, NULL, NULL, NULL));
  return_both (crowd);
}

static void
check_planned (void (*before) (gpointer data),
               void (*after) (gpointer data))
{
  Crowd crowd;

  crowd_init (&crowd);
  begin_waiting (&crowd);
  plan.prepare = before;
  plan.parent = plan.child = after;
  plan.data = &crowd;
  alarm (SECONDS_UNTIL_STUCK);
  test_run_child (use_all, &crowd);
  plan.prepare = plan.parent = plan.child = NULL;

  end_waiting (&crowd);
  alarm (0);
  crowd_clear (&crowd);
}

static void
test_returned_before (void)
{
  check_planned (return_both, NULL);
}

static void
test_returned_after (void)
{
  check_planned (NULL, return_both);
}

static void
test_stolen_before (void)
{
  check_planned (steal_both, NULL);
}

static void
test_stolen_after (void)
{
  check_planned (NULL, steal_both);
}

/* In the middle of hand-overs. As in threads-fork-busy.c neither side makes objects or
 * notifies of their properties, and what the threads were carrying is lost to the child. */

#define N_BUSY 4

typedef struct
{
  BpBudgetCore *budget;
  BpPool *pool;
  atomic_bool stop;
  atomic_uint n_busy;
} Busy;

static void
take_turns (Busy *busy)
{
  for (guint i = 0; !busy->stop; i++)
    bp_pooled_unref (bp_pool_acquire_full (busy->pool, i % 8 == 0 ? MAX_BYTES / 2 : 100,
                                           BP_ACQUIRE_UNINIT, NULL, -1, NULL, NULL));
}

static void
assert_core_works (BpCore *core,
                   Busy   *busy)
{
  for (guint i = 0; i < 4; i++)
    {
      BpPooled *pooled = bp_pool_acquire_full (busy->pool, 100 + i, BP_ACQUIRE_UNINIT, NULL, SHORT,
                                               NULL, NULL);

      g_assert_nonnull (pooled);
      bp_pooled_unref (pooled);
    }
}

/* The bytes of what was in others' hands stay charged. */
static void
use_core (gpointer data)
{
  Busy *busy = data;
  BpCore *core = busy->pool->core;

  g_assert_cmpuint (test_n_waiters (busy->pool), ==, 0);
  g_assert_cmpuint (test_n_budget_waiters (busy->pool), ==, 0);
  test_assert_structure (busy->pool);
  bp_budget_core_set_max (busy->budget, 100 * MAX_BYTES);
  bp_limit_set_max_outstanding (core, 100);
  assert_core_works (core, busy);
  bp_limit_set_flushing (core, TRUE);
  g_assert_null (bp_pool_acquire_full (busy->pool, 1, BP_ACQUIRE_UNINIT, NULL, -1, NULL, NULL));
  bp_limit_set_flushing (core, FALSE);
  bp_limit_set_max_outstanding (core, 0);
  assert_core_works (core, busy);
  bp_pool_drop_idle (busy->pool, 0);
  bp_trim_close (core);
  g_assert_cmpuint (get_stat (busy->pool, idle), ==, 0);
  test_assert_structure (busy->pool);
}

static void
run_busy (guint    index,
          gpointer data)
{
  Busy *busy = data;
  guint n_children = test_scale (150);

  if (index > 0)
    {
      busy->n_busy++;
      take_turns (busy);
      return;
    }

  while (busy->n_busy < N_BUSY)
    g_thread_yield ();
  for (guint i = 0; i < n_children; i++)
    test_run_child (use_core, busy);
  busy->stop = TRUE;
}

static void
test_busy (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "budget", budget, "max-outstanding", 2,
                                          NULL);
  Busy busy = { .budget = pool->core->config.budget, .pool = pool };

  if (test_skip_busy_child ())
    return;

  test_run_threads (N_BUSY + 1, run_busy, &busy);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  /* Before the library registers its own. */
  pthread_atfork (prepare, in_parent, in_child);

  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  g_test_add_func ("/threads/fork-waiting/others-wait", test_others_wait);
  g_test_add_func ("/threads/fork-waiting/tasks", test_tasks);
  g_test_add_func ("/threads/fork-waiting/permit-in-hand", test_permit_in_hand);
  g_test_add_func ("/threads/fork-waiting/returned-before", test_returned_before);
  g_test_add_func ("/threads/fork-waiting/returned-after", test_returned_after);
  g_test_add_func ("/threads/fork-waiting/stolen-before", test_stolen_before);
  g_test_add_func ("/threads/fork-waiting/stolen-after", test_stolen_after);
  g_test_add_func ("/threads/fork-waiting/busy", test_busy);

  return g_test_run ();
}
