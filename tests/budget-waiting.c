/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"
#include "test-ways.h"

/* Waiting for bytes of a budget, in any of its pools. */

#define MAX_BYTES 1000
#define N_WAITERS 5

typedef struct
{
  BpBudget *budget;
  BpPool *pool;
  BpPool *other;
} Fixture;

static BpPool *
make_pool (BpBudget *budget,
           int       thread_cache)
{
  return g_object_new (BP_TYPE_POOL,
                       "budget", budget,
                       "shards", 2,
                       "max-buffers", 64,
                       "thread-cache", thread_cache,
                       NULL);
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->budget = bp_budget_new (MAX_BYTES);
  self->pool = make_pool (self->budget, GPOINTER_TO_INT (data));
  self->other = make_pool (self->budget, GPOINTER_TO_INT (data));
}

static void
expect_charged (Fixture *self,
                guint64  n_out)
{
  assert_charged (self->budget, n_out, self->pool, self->other, NULL);
}

/* There are no waiters any more, and all bytes can be had. */
static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  BpPooled *pooled;

  expect_charged (self, 0);
  pooled = bp_pool_acquire_sized (self->other, MAX_BYTES, NULL);
  g_assert_nonnull (pooled);
  expect_charged (self, MAX_BYTES);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (bp_budget_get_peak_bytes (self->budget), <=, MAX_BYTES);
  g_assert_finalize_object (self->pool);
  g_assert_finalize_object (self->other);
  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, 0);
  g_assert_finalize_object (self->budget);
}

static guint
n_waiters (Fixture *self)
{
  return test_n_budget_waiters (self->pool);
}

/* Each way for bytes to come back, in the own pool and in another one. */
static void
test_every_way_back_wakes (Fixture       *self,
                           gconstpointer  data)
{
  BpPool *const pools[] = { self->pool, self->other };

  for (guint i = 0; i < 2 * test_n_ways_back; i++)
    {
      const TestWayBack *way = &test_ways_back[i / 2];
      TestWaiter waiter = TEST_WAITER_INIT (self->pool, 400);
      g_autoptr (BpPooled) pooled = NULL;
      gpointer thing;

      if (!way->for_elements)
        continue;

      pooled = bp_pool_acquire_sized (pools[i % 2], MAX_BYTES, NULL);
      test_waiter_begin_for_bytes (&waiter);
      thing = way->begin (g_steal_pointer (&pooled));
      g_assert_cmpuint (n_waiters (self), ==, 1);
      way->end (thing);
      pooled = test_waiter_end (&waiter);
      g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 400);
      if (way->clear != NULL)
        way->clear (thing);
      expect_charged (self, bp_pooled_get_capacity (pooled));
    }
}

/* The buffer itself, if it is large enough: nothing is freed and allocated. Its contents
 * are zeroes, or what the last user left. */
static void
test_gets_the_buffer_itself (Fixture       *self,
                             gconstpointer  data)
{
  const BpAcquireFlags flags[] = { BP_ACQUIRE_NONE, BP_ACQUIRE_UNINIT };
  const gsize wanted[] = { MAX_BYTES, MAX_BYTES - 1, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (flags) * G_N_ELEMENTS (wanted); i++)
    {
      TestWaiter waiter = TEST_WAITER_INIT (self->pool, wanted[i / 2]);
      g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (self->pool, MAX_BYTES, NULL);
      guint8 *memory = bp_pooled_get_data (pooled, NULL);
      guint64 n_dropped;

      memset (memory, 0x5a, MAX_BYTES);
      waiter.flags = flags[i % 2];
      test_waiter_begin_for_bytes (&waiter);
      n_dropped = get_stat (self->pool, dropped);
      g_clear_pointer (&pooled, bp_pooled_unref);
      pooled = test_waiter_end (&waiter);
      g_assert_true (bp_pooled_get_data (pooled, NULL) == memory);
      g_assert_cmpuint (bp_pooled_get_length (pooled), ==, wanted[i / 2]);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, MAX_BYTES);
      for (gsize k = 0; k < wanted[i / 2]; k++)
        g_assert_cmpuint (memory[k], ==, i % 2 == 0 ? 0 : 0x5a);
      g_assert_cmpuint (get_stat (self->pool, dropped), ==, n_dropped);
      expect_charged (self, MAX_BYTES);
    }
}

/* A buffer that is too small, or of another pool, is freed for the waiter; small ones add
 * up. */
static void
test_small_ones_add_up (Fixture       *self,
                        gconstpointer  data)
{
  TestWaiter waiter = TEST_WAITER_INIT (self->pool, 900);
  BpPooled *held[4];

  for (guint i = 0; i < 4; i++)
    held[i] = bp_pool_acquire_sized (i % 2 == 0 ? self->pool : self->other, 250, NULL);
  test_waiter_begin_for_bytes (&waiter);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (n_waiters (self), ==, 1);
      g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, MAX_BYTES - 250 * i);
      test_unref_many (&held[i], 1);
    }
  held[0] = test_waiter_end (&waiter);
  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, 900);
  expect_charged (self, 900);
  test_unref_many (held, 1);
}

/* A thread of another pool gives back, which goes into its cache as a rule. */

static void
unref_pooled (gpointer data)
{
  bp_pooled_unref (data);
}

static void
fill (gpointer pool)
{
  for (guint i = 0; i < 2; i++)
    {
      BpPooled *held[4];

      for (guint k = 0; k < 4; k++)
        held[k] = bp_pool_acquire_uninit (pool, 100, NULL);
      test_unref_many (held, 4);
    }
}

typedef struct
{
  BpPool *pool;
  BpPooled *held[4];
} Hand;

static void
take_four (gpointer data)
{
  Hand *hand = data;

  for (guint i = 0; i < 4; i++)
    hand->held[i] = bp_pool_acquire_uninit (hand->pool, 100, NULL);
}

static void
test_woken_by_a_return_into_a_cache (Fixture       *self,
                                     gconstpointer  data)
{
  g_autoptr (TestWorker) worker = test_worker_new ();
  TestWaiter waiter = TEST_WAITER_INIT (self->pool, 700);
  Hand hand = { self->other, { NULL } };
  BpPooled *out = bp_pool_acquire_sized (self->pool, 600, NULL);

  test_worker_call (worker, fill, self->other);
  test_worker_call (worker, take_four, &hand);
  expect_charged (self, MAX_BYTES);
  test_waiter_begin_for_bytes (&waiter);
  for (guint i = 0; i < 4; i++)
    test_worker_call (worker, unref_pooled, hand.held[i]);
  g_assert_cmpuint (n_waiters (self), ==, 1);
  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, 600);
  bp_pooled_unref (out);
  out = test_waiter_end (&waiter);
  expect_charged (self, 700);
  bp_pooled_unref (out);
}

/* What lies in another pool's cache by then is found without a wait. */
static void
test_idle_in_a_cache (Fixture       *self,
                      gconstpointer  data)
{
  g_autoptr (TestWorker) worker = test_worker_new ();
  g_autoptr (BpPooled) pooled = NULL;

  test_worker_call (worker, fill, self->other);
  g_assert_cmpuint (get_stat (self->other, idle_bytes), ==, 400);
  pooled = bp_pool_acquire_wait (self->pool, MAX_BYTES, -1, NULL, NULL);
  g_assert_nonnull (pooled);
  expect_charged (self, MAX_BYTES);
}

static void
begin_all (Fixture    *self,
           TestWaiter *waiters,
           const gsize *wanted,
           TestQueue  *done)
{
  for (guint i = 0; i < N_WAITERS; i++)
    {
      waiters[i] = (TestWaiter) TEST_WAITER_INIT (i % 2 == 0 ? self->pool : self->other, wanted[i]);
      waiters[i].done = done;
      test_waiter_begin_for_bytes (&waiters[i]);
    }
}

static BpPooled *
expect_next (TestQueue  *done,
             TestWaiter *waiter)
{
  g_assert_true (test_queue_pop (done) == waiter);

  return test_waiter_end (waiter);
}

/* First come, first served, over all pools. A small request does not overtake a large one. */
static void
test_in_order (Fixture       *self,
               gconstpointer  data)
{
  const gsize wanted[N_WAITERS] = { 800, 10, 900, 1, 1000 };
  g_autoptr (TestQueue) done = test_queue_new (0);
  TestWaiter waiters[N_WAITERS];
  BpPooled *first = bp_pool_acquire_sized (self->pool, 500, NULL);
  BpPooled *second = bp_pool_acquire_sized (self->other, 500, NULL);
  BpPooled *more;

  begin_all (self, waiters, wanted, done);
  bp_pooled_unref (first);
  g_assert_cmpuint (n_waiters (self), ==, N_WAITERS);
  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, 500);

  /* 800 and 10 fit together. */
  bp_pooled_unref (second);
  g_assert_nonnull (test_queue_pop (done));
  g_assert_nonnull (test_queue_pop (done));
  first = test_waiter_end (&waiters[0]);
  second = test_waiter_end (&waiters[1]);
  g_assert_cmpuint (n_waiters (self), ==, N_WAITERS - 2);
  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, 810);

  bp_pooled_unref (second);
  g_assert_cmpuint (n_waiters (self), ==, N_WAITERS - 2);
  bp_pooled_unref (first);
  g_assert_nonnull (test_queue_pop (done));
  g_assert_nonnull (test_queue_pop (done));
  first = test_waiter_end (&waiters[2]);
  second = test_waiter_end (&waiters[3]);
  g_assert_cmpuint (n_waiters (self), ==, 1);
  bp_pooled_unref (second);
  bp_pooled_unref (first);
  more = expect_next (done, &waiters[4]);
  expect_charged (self, MAX_BYTES);
  bp_pooled_unref (more);
}

/* Bytes that are free belong to the first waiter. */
static void
test_plain_calls_fail (Fixture       *self,
                       gconstpointer  data)
{
  TestWaiter waiter = TEST_WAITER_INIT (self->pool, 700);
  BpPooled *out = bp_pool_acquire_sized (self->other, 500, NULL);
  g_autofree gpointer memory = g_malloc (1);
  g_autoptr (GError) error = NULL;

  test_waiter_begin_for_bytes (&waiter);
  g_assert_null (bp_pool_acquire_sized (self->other, 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_assert_nonnull (strstr (error->message, "others waiting"));
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_full (self->pool, 1, BP_ACQUIRE_NONE, NULL, 0, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  g_assert_false (bp_pooled_try_resize (out, 501, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  g_assert_null (bp_pool_attach_data (self->pool, memory, 1, 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  g_assert_false (bp_pool_prefill (self->pool, 1, 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  bp_pool_recycle_data (self->pool, g_malloc (1), 1);
  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, 500);
  g_assert_cmpuint (bp_pooled_get_length (out), ==, 500);

  bp_pooled_unref (out);
  bp_pooled_unref (test_waiter_end (&waiter));
}

/* A waiter that leaves lets the next one have the bytes that were too few for it. */

typedef void (*LeaveFunc) (Fixture      *self,
                           GCancellable *cancellable);

static void
cancel (Fixture      *self,
        GCancellable *cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
flush (Fixture      *self,
       GCancellable *cancellable)
{
  bp_pool_set_flushing (self->pool, TRUE);
  bp_pool_set_flushing (self->pool, FALSE);
}

static void
lower (Fixture      *self,
       GCancellable *cancellable)
{
  bp_budget_set_max_bytes (self->budget, 800);
}

static void
dispose (Fixture      *self,
         GCancellable *cancellable)
{
  g_object_run_dispose (G_OBJECT (self->pool));
}

static void
wait_until_late (Fixture      *self,
                       GCancellable *cancellable)
{
}

static void
test_turn_passes (Fixture       *self,
                  gconstpointer  data)
{
  const struct
  {
    LeaveFunc leave;
    gint64 timeout_us;
    int code;
  } ways[] = {
    { cancel, -1, -1 },
    { wait_until_late, 10000, -1 },
    { flush, -1, BP_POOL_ERROR_FLUSHING },
    { lower, -1, BP_POOL_ERROR_BUDGET },
    { dispose, -1, BP_POOL_ERROR_CLOSED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      TestWaiter large = TEST_WAITER_INIT (self->pool, 900);
      TestWaiter small = TEST_WAITER_INIT (self->other, 400);
      BpPooled *out = bp_pool_acquire_sized (self->other, 400, NULL);

      bp_budget_set_max_bytes (self->budget, MAX_BYTES);
      large.timeout_us = ways[i].timeout_us;
      large.cancellable = cancellable;
      /* If it is late, the other finds its bytes at once, and the test still holds. */
      test_waiter_start (&large);
      while (n_waiters (self) == 0 && !atomic_load (&large.is_done))
        g_thread_yield ();
      test_waiter_start (&small);
      while (n_waiters (self) < 2 && !atomic_load (&large.is_done))
        g_thread_yield ();

      ways[i].leave (self, cancellable);
      if (ways[i].code >= 0)
        test_waiter_fail (&large, BP_POOL_ERROR, ways[i].code);
      else
        test_waiter_fail (&large, G_IO_ERROR,
                          ways[i].timeout_us > 0 ? G_IO_ERROR_TIMED_OUT : G_IO_ERROR_CANCELLED);
      bp_pooled_unref (test_waiter_end (&small));
      bp_pooled_unref (out);
      expect_charged (self, 0);
    }
  bp_budget_set_max_bytes (self->budget, MAX_BYTES);
}

/* Raised: waiters that fit in are served, in their order. */
static void
test_raised (Fixture       *self,
             gconstpointer  data)
{
  const gsize wanted[N_WAITERS] = { 100, 200, 300, 50, 50 };
  g_autoptr (TestQueue) done = test_queue_new (0);
  TestWaiter waiters[N_WAITERS];
  BpPooled *out, *held[N_WAITERS];

  bp_budget_set_max_bytes (self->budget, 500);
  out = bp_pool_acquire_sized (self->other, 500, NULL);
  begin_all (self, waiters, wanted, done);
  bp_budget_set_max_bytes (self->budget, 600);
  held[0] = expect_next (done, &waiters[0]);
  g_assert_cmpuint (n_waiters (self), ==, N_WAITERS - 1);
  bp_budget_set_max_bytes (self->budget, 799);
  g_assert_cmpuint (n_waiters (self), ==, N_WAITERS - 1);
  bp_budget_set_max_bytes (self->budget, 800);
  held[1] = expect_next (done, &waiters[1]);
  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, 800);
  bp_pooled_unref (out);
  for (guint i = 2; i < N_WAITERS; i++)
    {
      g_assert_nonnull (test_queue_pop (done));
      held[i] = test_waiter_end (&waiters[i]);
    }
  expect_charged (self, 700);
  test_unref_many (held, N_WAITERS);
  bp_budget_set_max_bytes (self->budget, MAX_BYTES);
}

/* Lowered below what a waiter wants, wherever in the queue it is: it fails. */
static void
test_lowered_below_the_wish (Fixture       *self,
                             gconstpointer  data)
{
  const gsize wanted[N_WAITERS] = { 300, 900, 300, 701, 700 };
  g_autoptr (TestQueue) done = test_queue_new (0);
  TestWaiter waiters[N_WAITERS];
  BpPooled *out = bp_pool_acquire_sized (self->other, MAX_BYTES, NULL);

  begin_all (self, waiters, wanted, done);
  bp_budget_set_max_bytes (self->budget, 700);
  g_assert_cmpuint (n_waiters (self), ==, 3);
  test_waiter_fail (&waiters[1], BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  test_waiter_fail (&waiters[3], BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_assert_nonnull (test_queue_pop (done));
  g_assert_nonnull (test_queue_pop (done));

  bp_pooled_unref (out);
  for (guint i = 0; i < 2; i++)
    g_assert_nonnull (test_queue_pop (done));
  bp_pooled_unref (test_waiter_end (&waiters[0]));
  bp_pooled_unref (test_waiter_end (&waiters[2]));
  bp_pooled_unref (expect_next (done, &waiters[4]));
  bp_budget_set_max_bytes (self->budget, MAX_BYTES);
}

int
main (int    argc,
      char **argv)
{
  const struct
  {
    const char *name;
    void (*func) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "every-way-back-wakes", test_every_way_back_wakes },
    { "gets-the-buffer-itself", test_gets_the_buffer_itself },
    { "small-ones-add-up", test_small_ones_add_up },
    { "woken-by-a-return-into-a-cache", test_woken_by_a_return_into_a_cache },
    { "idle-in-a-cache", test_idle_in_a_cache },
    { "in-order", test_in_order },
    { "plain-calls-fail", test_plain_calls_fail },
    { "turn-passes", test_turn_passes },
    { "raised", test_raised },
    { "lowered-below-the-wish", test_lowered_below_the_wish },
  };

  g_test_init (&argc, &argv, NULL);

  /* With thread caches, which are off while there are waiters, and without. */
  for (guint i = 0; i < 2 * G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/budget/waiting/%s/%s", tests[i / 2].name,
                                               i % 2 == 0 ? "caches" : "no-caches");

      g_test_add (path, Fixture, GINT_TO_POINTER (i % 2 == 0 ? -1 : 0), set_up,
                  tests[i / 2].func, tear_down);
    }

  return g_test_run ();
}
