/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-child.h"
#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"
#include "test-ways.h"

/* Waiting for a buffer, and what happens to the pool meanwhile: its limit changes,
 * it is flushing, it is disposed, the process forks. */

#define N_WAITERS 5

static TestCounters counters;

typedef struct
{
  BpPool *pool;
  TestQueue *done;
  BpPooled *held[1];
  TestWaiter waiters[N_WAITERS];
} Queue;

/* One is out, as many as may be, and so many wait. */
static void
queue_init (Queue          *queue,
            const TestKind *kind)
{
  queue->pool = test_kind_pool_new (kind, &counters, 2, 16, 0);
  queue->done = test_queue_new (0);
  bp_pool_set_max_outstanding (queue->pool, 1);
  test_acquire_many (queue->pool, queue->held, 1);
  test_touch (queue->held[0]);
  for (guint i = 0; i < N_WAITERS; i++)
    {
      queue->waiters[i] = (TestWaiter) TEST_WAITER_INIT (queue->pool, 0);
      queue->waiters[i].done = queue->done;
      test_waiter_begin (&queue->waiters[i]);
    }
}

/* The next in the queue has got one. */
static void
expect_served (Queue *queue,
               guint  index)
{
  g_autoptr (BpPooled) pooled = NULL;

  g_assert_true (test_queue_pop (queue->done) == &queue->waiters[index]);
  pooled = test_waiter_end (&queue->waiters[index]);
  queue->waiters[index].pooled = g_steal_pointer (&pooled);
}

static void
expect_all_failed (Queue *queue,
                   int    code)
{
  for (guint i = 0; i < N_WAITERS; i++)
    {
      g_assert_nonnull (test_queue_pop (queue->done));
      test_waiter_fail (&queue->waiters[i], BP_POOL_ERROR, code);
    }
  g_assert_cmpuint (test_n_waiters (queue->pool), ==, 0);
}

/* All is back, and as many can be had as the limit says. */
static void
queue_clear (Queue *queue,
             guint  max)
{
  BpPooled *held[N_WAITERS + 1];

  for (guint i = 0; i < N_WAITERS; i++)
    g_clear_pointer (&queue->waiters[i].pooled, bp_pooled_unref);
  test_unref_many (queue->held, 1);
  assert_valid (queue->pool);
  test_fill_to_limit (queue->pool, held, 0, max);
  test_unref_many (held, max);
  assert_valid (queue->pool);
  test_queue_free (queue->done);
  g_assert_finalize_object (queue->pool);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

/* As many as the limit has grown by are served, in their order, and the rest waits. */
static void
test_raised (gconstpointer data)
{
  Queue queue;

  queue_init (&queue, data);
  bp_pool_set_max_outstanding (queue.pool, 2);
  expect_served (&queue, 0);
  g_assert_cmpuint (test_n_waiters (queue.pool), ==, N_WAITERS - 1);
  bp_pool_set_max_outstanding (queue.pool, 4);
  for (guint i = 1; i < 3; i++)
    {
      g_assert_nonnull (test_queue_pop (queue.done));
      queue.waiters[i].pooled = test_waiter_end (&queue.waiters[i]);
    }
  g_assert_cmpuint (test_n_waiters (queue.pool), ==, N_WAITERS - 3);
  g_assert_cmpuint (get_stat (queue.pool, outstanding), ==, 4);
  g_assert_null (bp_pool_acquire (queue.pool));

  bp_pool_set_max_outstanding (queue.pool, 6);
  for (guint i = 3; i < N_WAITERS; i++)
    queue.waiters[i].pooled = test_waiter_end (&queue.waiters[i]);
  while (test_queue_try_pop (queue.done) != NULL)
    ;
  test_assert_refused (queue.pool, BP_POOL_ERROR_LIMIT);
  queue_clear (&queue, 6);
}

/* Without a limit there is nothing to wait for. */
static void
test_taken_away (gconstpointer data)
{
  Queue queue;

  queue_init (&queue, data);
  bp_pool_set_max_outstanding (queue.pool, 0);
  for (guint i = 0; i < N_WAITERS; i++)
    {
      g_assert_nonnull (test_queue_pop (queue.done));
      queue.waiters[i].pooled = test_waiter_end (&queue.waiters[i]);
    }
  g_assert_cmpuint (get_stat (queue.pool, outstanding), ==, N_WAITERS + 1);
  assert_valid (queue.pool);

  bp_pool_set_max_outstanding (queue.pool, 3);
  test_assert_refused (queue.pool, BP_POOL_ERROR_LIMIT);
  queue_clear (&queue, 3);
}

/* Lowered: a return serves no waiter until fewer are out than may be. */
static void
test_lowered (gconstpointer data)
{
  BpPooled *more[2];
  Queue queue;

  queue_init (&queue, data);
  bp_pool_set_max_outstanding (queue.pool, 3);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_nonnull (test_queue_pop (queue.done));
      more[i] = test_waiter_end (&queue.waiters[i]);
      test_touch (more[i]);
    }
  bp_pool_set_max_outstanding (queue.pool, 2);
  g_assert_cmpuint (test_n_waiters (queue.pool), ==, N_WAITERS - 2);
  bp_pooled_unref (more[0]);
  g_assert_cmpuint (test_n_waiters (queue.pool), ==, N_WAITERS - 2);
  bp_pooled_unref (more[1]);
  expect_served (&queue, 2);
  g_assert_cmpuint (test_n_waiters (queue.pool), ==, N_WAITERS - 3);

  bp_pool_set_max_outstanding (queue.pool, 4);
  for (guint i = 3; i < N_WAITERS; i++)
    {
      g_assert_nonnull (test_queue_pop (queue.done));
      queue.waiters[i].pooled = test_waiter_end (&queue.waiters[i]);
    }
  queue_clear (&queue, 4);
}

/* When the call returns all have been woken, and no call can begin to wait. */
static void
test_flushing (gconstpointer data)
{
  const gint64 timeouts[] = { -1, 0, 1, G_MAXINT64 };
  Queue queue;

  queue_init (&queue, data);
  bp_pool_set_flushing (queue.pool, TRUE);
  g_assert_cmpuint (test_n_waiters (queue.pool), ==, 0);
  expect_all_failed (&queue, BP_POOL_ERROR_FLUSHING);
  for (guint i = 0; i < G_N_ELEMENTS (timeouts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bp_pool_acquire_wait (queue.pool, 0, timeouts[i], NULL, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
    }

  /* A buffer that comes back meanwhile is for later calls. */
  test_unref_many (queue.held, 1);
  test_assert_refused (queue.pool, BP_POOL_ERROR_FLUSHING);
  bp_pool_set_flushing (queue.pool, FALSE);
  queue_clear (&queue, 1);
}

/* Flushed where no limit is set: there were no waiters, and the next acquire is as ever. */
static void
test_flushing_without_waiters (gconstpointer data)
{
  const TestKind *kind = data;
  g_autoptr (BpPool) pool = kind->make (&counters, 2, 16, 0);
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;

  bp_pool_set_flushing (pool, TRUE);
  g_assert_null (bp_pool_acquire_wait (pool, 0, -1, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  bp_pool_set_flushing (pool, FALSE);
  pooled = bp_pool_acquire_wait (pool, 0, -1, NULL, NULL);
  g_assert_nonnull (pooled);
  assert_valid (pool);
}

/* All waiters fail, and later calls that would have to wait. What is free is given out all
 * the same. */
static void
test_disposed (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  BpPooled *pooled;
  Queue queue;

  queue_init (&queue, data);
  g_object_run_dispose (G_OBJECT (queue.pool));
  expect_all_failed (&queue, BP_POOL_ERROR_CLOSED);
  g_assert_null (bp_pool_acquire_wait (queue.pool, 0, -1, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_wait (queue.pool, 0, 0, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);

  test_unref_many (queue.held, 1);
  pooled = bp_pool_acquire_wait (queue.pool, 0, -1, NULL, NULL);
  g_assert_nonnull (pooled);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (get_stat (queue.pool, idle), ==, 0);
  queue_clear (&queue, 1);
}

/* A child of fork() has none of the threads that wait, and none of them in its queue. */

static void
work_in_child (gpointer data)
{
  Queue *queue = data;
  BpPooled *held[2];
  g_autoptr (GError) error = NULL;

  assert_valid (queue->pool);
  g_assert_cmpuint (test_n_waiters (queue->pool), ==, 0);
  test_assert_refused (queue->pool, BP_POOL_ERROR_LIMIT);
  g_assert_null (bp_pool_acquire_wait (queue->pool, 0, 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  test_unref_many (queue->held, 1);
  test_fill_to_limit (queue->pool, held, 0, 1);
  bp_pool_set_max_outstanding (queue->pool, 2);
  test_fill_to_limit (queue->pool, held, 1, 2);
  bp_pool_set_flushing (queue->pool, TRUE);
  test_assert_refused (queue->pool, BP_POOL_ERROR_FLUSHING);
  bp_pool_set_flushing (queue->pool, FALSE);
  test_unref_many (held, 2);
  g_object_run_dispose (G_OBJECT (queue->pool));
  assert_valid (queue->pool);
}

static void
test_forked (gconstpointer data)
{
  Queue queue;

  queue_init (&queue, data);
  test_run_child (work_in_child, &queue);

  /* Those in the parent wait on. */
  g_assert_cmpuint (test_n_waiters (queue.pool), ==, N_WAITERS);
  for (guint i = 0; i < N_WAITERS; i++)
    {
      test_unref_many (i == 0 ? queue.held : &queue.waiters[i - 1].pooled, 1);
      expect_served (&queue, i);
    }
  queue_clear (&queue, 1);
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
    { "raised", test_raised },
    { "taken-away", test_taken_away },
    { "lowered", test_lowered },
    { "flushing", test_flushing },
    { "flushing-without-waiters", test_flushing_without_waiters },
    { "disposed", test_disposed },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests) * TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i % TEST_N_KINDS];
      g_autofree char *path = g_strdup_printf ("/limit/woken/%s/%s", tests[i / TEST_N_KINDS].name,
                                               kind->name);

      g_test_add_data_func (path, kind, tests[i / TEST_N_KINDS].func);
    }
  /* A child may not use pools of objects: see BpPool. */
  g_test_add_data_func ("/limit/woken/forked/elements", &test_kinds[0], test_forked);
  g_test_add_data_func ("/limit/woken/forked/funcs", &test_kinds[2], test_forked);

  return g_test_run ();
}
