/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"
#include "test-ways.h"

/* bp_pool_acquire_async() waits without a thread, in the same queue as calls that block
 * one. */

#define N_ELEMENTS 100
#define N_TASKS 5

static TestCounters counters;

static BpPool *
make_limited (const TestKind *kind,
              guint           max_outstanding)
{
  BpPool *pool;

  pool = test_kind_pool_new (kind, &counters, 2, 16, 0);
  bp_pool_set_max_outstanding (pool, max_outstanding);

  return pool;
}

static gsize
get_n_elements (BpPool *pool)
{
  return bp_pool_get_element_size (pool) > 0 ? N_ELEMENTS : 0;
}

static void
check_clean (BpPool *pool,
             guint   max)
{
  BpPooled *held[N_TASKS];

  g_assert_cmpuint (test_n_waiters (pool), ==, 0);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  test_fill_to_limit (pool, held, 0, max);
  test_unref_many (held, max);
  assert_valid (pool);
}

static void
begin (BpPool       *pool,
       GCancellable *cancellable,
       TestOutcome  *outcome)
{
  bp_pool_acquire_async (pool, get_n_elements (pool), cancellable, test_outcome_take, outcome);
}

/* The callback comes from the main context, though there was nothing to wait for. */
static void
test_at_once (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  TestOutcome outcome = TEST_OUTCOME_INIT;
  g_autoptr (BpPooled) pooled = NULL;
  guint8 *bytes;

  begin (pool, NULL, &outcome);
  g_assert_false (outcome.is_done);
  g_assert_cmpuint (test_n_waiters (pool), ==, 0);
  pooled = test_outcome_end (&outcome);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, get_n_elements (pool));
  bytes = bp_pooled_get_data (pooled, NULL);
  for (gsize i = 0; i < get_n_elements (pool) * bp_pool_get_element_size (pool); i++)
    g_assert_cmpuint (bytes[i], ==, 0);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
  g_clear_pointer (&pooled, bp_pooled_unref);
  check_clean (pool, 1);
}

static void
test_every_way_back_wakes (gconstpointer data)
{
  for (guint i = 0; i < test_n_ways_back; i++)
    {
      const TestWayBack *way = &test_ways_back[i];
      g_autoptr (BpPool) pool = make_limited (data, 1);
      g_autoptr (BpPooled) pooled = NULL;
      TestOutcome outcome = TEST_OUTCOME_INIT;
      gpointer thing;

      if (!test_way_back_is_for (way, pool))
        continue;

      pooled = bp_pool_acquire (pool);
      test_touch (pooled);
      begin (pool, NULL, &outcome);
      g_assert_cmpuint (test_n_waiters (pool), ==, 1);
      thing = way->begin (g_steal_pointer (&pooled));
      test_run_all ();
      g_assert_false (outcome.is_done);
      way->end (thing);
      pooled = test_outcome_end (&outcome);
      g_assert_cmpuint (bp_pooled_get_length (pooled), ==, get_n_elements (pool));
      if (way->clear != NULL)
        way->clear (thing);
      g_clear_pointer (&pooled, bp_pooled_unref);
      check_clean (pool, 1);
    }
}

/* One queue for all: in turn with and without a thread. */
static void
test_same_queue (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  BpPooled *pooled = bp_pool_acquire (pool);
  TestOutcome outcomes[N_TASKS] = { TEST_OUTCOME_INIT };
  TestWaiter waiters[N_TASKS];

  test_touch (pooled);
  for (guint i = 0; i < N_TASKS; i++)
    {
      begin (pool, NULL, &outcomes[i]);
      waiters[i] = (TestWaiter) TEST_WAITER_INIT (pool, 0);
      test_waiter_begin (&waiters[i]);
    }
  g_assert_cmpuint (test_n_waiters (pool), ==, 2 * N_TASKS);
  for (guint i = 0; i < N_TASKS; i++)
    {
      bp_pooled_unref (pooled);
      g_assert_cmpuint (test_n_waiters (pool), ==, 2 * (N_TASKS - i) - 1);
      pooled = test_outcome_end (&outcomes[i]);
      bp_pooled_unref (pooled);
      pooled = test_waiter_end (&waiters[i]);
      g_assert_cmpuint (test_n_waiters (pool), ==, 2 * (N_TASKS - i) - 2);
      for (guint k = i + 1; k < N_TASKS; k++)
        g_assert_false (outcomes[k].is_done);
    }
  bp_pooled_unref (pooled);
  check_clean (pool, 1);
}

static void
give_back (gpointer data)
{
  bp_pooled_unref (data);
}

/* The main context sleeps meanwhile. */
static void
test_woken_from_another_thread (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  g_autoptr (TestWorker) worker = test_worker_new ();
  BpPooled *pooled = bp_pool_acquire (pool);
  TestOutcome outcome = TEST_OUTCOME_INIT;

  test_touch (pooled);
  begin (pool, NULL, &outcome);
  test_worker_call (worker, give_back, pooled);
  bp_pooled_unref (test_outcome_end (&outcome));
  check_clean (pool, 1);
}

static void
test_cancelled_before (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  TestOutcome outcome = TEST_OUTCOME_INIT;

  g_cancellable_cancel (cancellable);
  begin (pool, cancellable, &outcome);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  test_outcome_fail (&outcome, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  check_clean (pool, 1);
}

/* Whichever of them it is, the turn passes to the next. */
static void
test_cancelled_while_waiting (gconstpointer data)
{
  for (guint index = 0; index < N_TASKS; index++)
    {
      g_autoptr (BpPool) pool = make_limited (data, 1);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      BpPooled *pooled = bp_pool_acquire (pool);
      TestOutcome outcomes[N_TASKS] = { TEST_OUTCOME_INIT };

      test_touch (pooled);
      for (guint i = 0; i < N_TASKS; i++)
        begin (pool, i == index ? cancellable : NULL, &outcomes[i]);
      g_cancellable_cancel (cancellable);
      test_outcome_fail (&outcomes[index], G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_cmpuint (test_n_waiters (pool), ==, N_TASKS - 1);

      for (guint i = 0; i < N_TASKS; i++)
        {
          if (i == index)
            continue;
          g_assert_false (outcomes[i].is_done);
          bp_pooled_unref (pooled);
          pooled = test_outcome_end (&outcomes[i]);
        }
      bp_pooled_unref (pooled);
      check_clean (pool, 1);
    }
}

/* It has its permit, and its callback has not been called yet: the permit goes to the next
 * one. */
static void
test_cancelled_after_its_turn (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  BpPooled *pooled = bp_pool_acquire (pool);
  TestOutcome first = TEST_OUTCOME_INIT;
  TestOutcome second = TEST_OUTCOME_INIT;

  test_touch (pooled);
  begin (pool, cancellable, &first);
  begin (pool, NULL, &second);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (test_n_waiters (pool), ==, 1);
  g_cancellable_cancel (cancellable);
  test_outcome_fail (&first, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  bp_pooled_unref (test_outcome_end (&second));
  check_clean (pool, 1);
}

/* It has its buffer, and the callback has not been called yet: the buffer goes back. */
static void
test_cancelled_when_done (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  TestOutcome outcome = TEST_OUTCOME_INIT;

  begin (pool, cancellable, &outcome);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_cancellable_cancel (cancellable);
  test_outcome_fail (&outcome, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  check_clean (pool, 1);
}

static void
check_all_fail (const TestKind *kind,
                void           (*end_them) (BpPool *pool),
                int              code)
{
  g_autoptr (BpPool) pool = make_limited (kind, 1);
  BpPooled *pooled = bp_pool_acquire (pool);
  TestOutcome outcomes[N_TASKS] = { TEST_OUTCOME_INIT };
  TestOutcome late = TEST_OUTCOME_INIT;

  test_touch (pooled);
  for (guint i = 0; i < N_TASKS; i++)
    begin (pool, NULL, &outcomes[i]);
  end_them (pool);
  g_assert_cmpuint (test_n_waiters (pool), ==, 0);
  for (guint i = 0; i < N_TASKS; i++)
    test_outcome_fail (&outcomes[i], BP_POOL_ERROR, code);

  begin (pool, NULL, &late);
  test_outcome_fail (&late, BP_POOL_ERROR, code);
  bp_pooled_unref (pooled);
  bp_pool_set_flushing (pool, FALSE);
  check_clean (pool, 1);
}

static void
flush (BpPool *pool)
{
  bp_pool_set_flushing (pool, TRUE);
}

static void
dispose (BpPool *pool)
{
  g_object_run_dispose (G_OBJECT (pool));
}

static void
test_flushing (gconstpointer data)
{
  check_all_fail (data, flush, BP_POOL_ERROR_FLUSHING);
}

static void
test_disposed (gconstpointer data)
{
  check_all_fail (data, dispose, BP_POOL_ERROR_CLOSED);
}

/* A task that waits keeps the pool. */
static void
test_pool_unreffed (gconstpointer data)
{
  BpPool *pool = make_limited (data, 1);
  BpPooled *pooled = bp_pool_acquire (pool);
  TestOutcome outcome = TEST_OUTCOME_INIT;

  test_touch (pooled);
  begin (pool, NULL, &outcome);
  g_object_add_weak_pointer (G_OBJECT (pool), (gpointer *) &pool);
  g_object_unref (pool);
  g_assert_nonnull (pool);
  bp_pooled_unref (pooled);
  pooled = test_outcome_end (&outcome);
  test_run_all ();
  g_assert_null (pool);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

/* Nothing runs the context of the first waiter. It keeps its turn, until flushing takes it
 * out of the queue; its callback comes when the context is run. */
static void
test_context_not_run (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  GMainContext *context = g_main_context_new ();
  BpPooled *pooled = bp_pool_acquire (pool);
  TestOutcome first = TEST_OUTCOME_INIT;
  TestOutcome second = TEST_OUTCOME_INIT;
  TestOutcome third = TEST_OUTCOME_INIT;

  test_touch (pooled);
  g_main_context_push_thread_default (context);
  begin (pool, NULL, &first);
  g_main_context_pop_thread_default (context);
  begin (pool, NULL, &second);
  test_run_all ();
  g_assert_cmpuint (test_n_waiters (pool), ==, 2);

  bp_pool_set_flushing (pool, TRUE);
  g_assert_cmpuint (test_n_waiters (pool), ==, 0);
  test_outcome_fail (&second, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  bp_pool_set_flushing (pool, FALSE);
  begin (pool, NULL, &third);
  bp_pooled_unref (pooled);
  bp_pooled_unref (test_outcome_end (&third));
  check_clean (pool, 1);

  g_assert_false (first.is_done);
  while (!first.is_done)
    g_main_context_iteration (context, TRUE);
  test_outcome_fail (&first, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  g_main_context_unref (context);
}

/* The context that was the thread's default, and no other. */
static void
test_context (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  g_autoptr (GMainContext) context = g_main_context_new ();
  BpPooled *pooled = bp_pool_acquire (pool);
  TestOutcome outcome = TEST_OUTCOME_INIT;

  test_touch (pooled);
  g_main_context_push_thread_default (context);
  begin (pool, NULL, &outcome);
  g_main_context_pop_thread_default (context);
  bp_pooled_unref (pooled);
  test_run_all ();
  g_assert_false (outcome.is_done);
  while (!outcome.is_done)
    g_main_context_iteration (context, TRUE);
  bp_pooled_unref (test_outcome_end (&outcome));
  check_clean (pool, 1);
}

/* Without a call of bp_pool_acquire_finish() the buffer goes back. */
static void
ignore (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
test_never_finished (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  TestOutcome outcome = TEST_OUTCOME_INIT;
  gboolean is_done = FALSE;

  bp_pool_acquire_async (pool, 0, NULL, ignore, &is_done);
  bp_pool_acquire_async (pool, 0, NULL, NULL, NULL);
  begin (pool, NULL, &outcome);
  bp_pooled_unref (test_outcome_end (&outcome));
  g_assert_true (is_done);
  check_clean (pool, 1);
}

/* A callback that gives back, and acquires again. */

typedef struct
{
  guint n_left;
  guint n_done;
} Chain;

static void
go_on (GObject      *source,
       GAsyncResult *result,
       gpointer      user_data)
{
  BpPool *pool = BP_POOL (source);
  Chain *chain = user_data;
  BpPooled *pooled = bp_pool_acquire_finish (pool, result, NULL);

  g_assert_nonnull (pooled);
  chain->n_done++;
  if (chain->n_left > 0)
    {
      chain->n_left--;
      bp_pool_acquire_async (pool, 0, NULL, go_on, chain);
    }
  bp_pooled_unref (pooled);
}

static void
test_callback_acquires (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 2);
  Chain chain = { 200, 0 };

  for (guint i = 0; i < N_TASKS; i++)
    bp_pool_acquire_async (pool, 0, NULL, go_on, &chain);
  while (chain.n_done < 200 + N_TASKS)
    g_main_context_iteration (NULL, TRUE);
  check_clean (pool, 2);
}

static void
dispose_pool (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  *(BpPooled **) user_data = bp_pool_acquire_finish (BP_POOL (source), result, NULL);
  g_object_run_dispose (source);
}

static void
test_callback_disposes (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  BpPooled *pooled = NULL;
  TestOutcome outcomes[N_TASKS] = { TEST_OUTCOME_INIT };

  bp_pool_acquire_async (pool, 0, NULL, dispose_pool, &pooled);
  for (guint i = 0; i < N_TASKS; i++)
    begin (pool, NULL, &outcomes[i]);
  for (guint i = 0; i < N_TASKS; i++)
    test_outcome_fail (&outcomes[i], BP_POOL_ERROR, BP_POOL_ERROR_CLOSED);
  g_assert_nonnull (pooled);
  bp_pooled_unref (pooled);
  check_clean (pool, 1);
}

/* Where waiting is no help it fails at once. */
static void
test_too_large (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[0], 1);
  TestOutcome outcome = TEST_OUTCOME_INIT;

  bp_pool_acquire_async (pool, G_MAXSIZE, NULL, test_outcome_take, &outcome);
  g_assert_cmpuint (test_n_waiters (pool), ==, 0);
  test_outcome_fail (&outcome, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
  check_clean (pool, 1);
}

static void
test_create_fails (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[2], 1);
  BpPooled *pooled = bp_pool_acquire (pool);
  TestOutcome first = TEST_OUTCOME_INIT;
  TestOutcome second = TEST_OUTCOME_INIT;

  bp_pool_set_max_buffers (pool, 0);
  begin (pool, NULL, &first);
  begin (pool, NULL, &second);
  counters.fail_after = 1;
  bp_pooled_unref (pooled);
  test_outcome_fail (&first, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
  test_outcome_fail (&second, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
  counters.fail_after = TEST_NEVER;
  check_clean (pool, 1);
}

/* Limits that are raised or taken away. */
static void
test_raised (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  BpPooled *pooled = bp_pool_acquire (pool);
  TestOutcome outcomes[3] = { TEST_OUTCOME_INIT };

  test_touch (pooled);
  for (guint i = 0; i < 3; i++)
    begin (pool, NULL, &outcomes[i]);
  bp_pool_set_max_outstanding (pool, 2);
  outcomes[0].pooled = test_outcome_end (&outcomes[0]);
  test_run_all ();
  g_assert_false (outcomes[1].is_done);
  bp_pool_set_max_outstanding (pool, 0);
  for (guint i = 1; i < 3; i++)
    outcomes[i].pooled = test_outcome_end (&outcomes[i]);
  for (guint i = 0; i < 3; i++)
    bp_pooled_unref (outcomes[i].pooled);
  bp_pooled_unref (pooled);
  bp_pool_set_max_outstanding (pool, 2);
  check_clean (pool, 2);
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
    { "at-once", test_at_once },
    { "every-way-back-wakes", test_every_way_back_wakes },
    { "same-queue", test_same_queue },
    { "woken-from-another-thread", test_woken_from_another_thread },
    { "cancelled-before", test_cancelled_before },
    { "cancelled-while-waiting", test_cancelled_while_waiting },
    { "cancelled-after-its-turn", test_cancelled_after_its_turn },
    { "cancelled-when-done", test_cancelled_when_done },
    { "flushing", test_flushing },
    { "disposed", test_disposed },
    { "pool-unreffed", test_pool_unreffed },
    { "context-not-run", test_context_not_run },
    { "context", test_context },
    { "never-finished", test_never_finished },
    { "callback-acquires", test_callback_acquires },
    { "callback-disposes", test_callback_disposes },
    { "raised", test_raised },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests) * TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i % TEST_N_KINDS];
      g_autofree char *path = g_strdup_printf ("/limit/async/%s/%s", tests[i / TEST_N_KINDS].name,
                                               kind->name);

      g_test_add_data_func (path, kind, tests[i / TEST_N_KINDS].func);
    }
  g_test_add_func ("/limit/async/too-large", test_too_large);
  g_test_add_func ("/limit/async/create-fails", test_create_fails);

  return g_test_run ();
}
