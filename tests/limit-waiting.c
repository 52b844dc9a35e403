/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"
#include "test-ways.h"

/* Waiting for a buffer: what wakes a waiter, in which order, and what is left behind by one
 * that leaves without a buffer. */

#define N_ELEMENTS 100
#define N_WAITERS 5

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

/* There are no waiters any more, and all that the limit allows can be had. */
static void
check_clean (BpPool *pool,
             guint   max)
{
  BpPooled *held[N_WAITERS];

  g_assert_cmpuint (test_n_waiters (pool), ==, 0);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  test_fill_to_limit (pool, held, 0, max);
  test_unref_many (held, max);
  assert_valid (pool);
}

/* Each way for a buffer to come back or to end wakes a waiter. */
static void
test_every_way_back_wakes (gconstpointer data)
{
  for (guint i = 0; i < test_n_ways_back; i++)
    {
      const TestWayBack *way = &test_ways_back[i];
      g_autoptr (BpPool) pool = make_limited (data, 1);
      TestWaiter waiter = TEST_WAITER_INIT (pool, get_n_elements (pool));
      g_autoptr (BpPooled) pooled = NULL;
      gpointer thing;

      if (!test_way_back_is_for (way, pool))
        continue;

      pooled = bp_pool_acquire (pool);
      test_touch (pooled);
      test_waiter_begin (&waiter);
      thing = way->begin (g_steal_pointer (&pooled));
      g_assert_cmpuint (test_n_waiters (pool), ==, 1);
      way->end (thing);

      pooled = test_waiter_end (&waiter);
      g_assert_cmpuint (bp_pooled_get_length (pooled), ==, waiter.n_elements);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
      if (way->clear != NULL)
        way->clear (thing);
      test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
      g_clear_pointer (&pooled, bp_pooled_unref);
      check_clean (pool, 1);
    }
}

/* Nothing is kept: a buffer that is destroyed on its way back wakes as well. */
static void
test_dropped_buffer_wakes (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  TestWaiter waiter = TEST_WAITER_INIT (pool, 0);
  BpPooled *pooled = bp_pool_acquire (pool);

  test_touch (pooled);
  bp_pool_set_max_buffers (pool, 0);
  test_waiter_begin (&waiter);
  bp_pooled_unref (pooled);
  pooled = test_waiter_end (&waiter);
  g_assert_cmpuint (get_stat (pool, misses), ==, 2);
  bp_pooled_unref (pooled);
  check_clean (pool, 1);
}

/* One that came from outside, and one that was read. */
static void
test_attached_and_read_wake (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[0], 1);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("hello", 5, NULL);
  TestWaiter waiter = TEST_WAITER_INIT (pool, N_ELEMENTS);
  BpPooled *pooled = bp_pool_attach_data (pool, g_malloc (10), 10, 10, NULL);
  BpPooledSlice *slice;

  test_waiter_begin (&waiter);
  bp_pooled_unref (pooled);
  bp_pooled_unref (test_waiter_end (&waiter));

  slice = bp_pool_read (pool, stream, 10, NULL, NULL);
  test_waiter_begin (&waiter);
  bp_pooled_slice_unref (slice);
  bp_pooled_unref (test_waiter_end (&waiter));
  check_clean (pool, 1);
}

/* The permit of an acquire that fails after all. */

typedef struct
{
  TestGate is_inside;
  TestGate may_go_on;
} Doors;

static gpointer
fail_behind_doors (gpointer   acquire_data,
                   gpointer   user_data,
                   GError   **error)
{
  Doors *doors = user_data;

  if (acquire_data == NULL)
    return g_new0 (int, 1);

  test_gate_open (&doors->is_inside);
  test_gate_wait (&doors->may_go_on);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the test says no");

  return NULL;
}

static void
free_plain (gpointer item,
            gpointer user_data)
{
  g_free (item);
}

static void
test_failed_create_wakes (void)
{
  const BpItemFuncs funcs = { .create = fail_behind_doors, .free = free_plain };
  Doors doors;
  g_autoptr (BpPool) pool = test_funcs_pool_new (&funcs, &doors, NULL, 1, 8, 0);
  TestWaiter failing = TEST_WAITER_INIT (pool, 0);
  TestWaiter waiter = TEST_WAITER_INIT (pool, 0);

  test_gate_init (&doors.is_inside);
  test_gate_init (&doors.may_go_on);
  bp_pool_set_max_outstanding (pool, 1);

  failing.acquire_data = &doors;
  test_waiter_start (&failing);
  test_gate_wait (&doors.is_inside);
  test_waiter_begin (&waiter);
  test_gate_open (&doors.may_go_on);
  test_waiter_fail (&failing, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
  bp_pooled_unref (test_waiter_end (&waiter));

  assert_valid (pool);
  test_gate_clear (&doors.is_inside);
  test_gate_clear (&doors.may_go_on);
}

/* What acquire_data says reaches create(), after a wait too. */

static gpointer
create_copy (gpointer   acquire_data,
             gpointer   user_data,
             GError   **error)
{
  return g_strdup (acquire_data != NULL ? acquire_data : "nothing");
}

static void
test_acquire_data (void)
{
  const BpItemFuncs funcs = { .create = create_copy, .free = free_plain };
  g_autoptr (BpPool) pool = test_funcs_pool_new (&funcs, NULL, NULL, 1, 0, 0);
  TestWaiter waiter = TEST_WAITER_INIT (pool, 0);
  g_autoptr (BpPooled) pooled = NULL;

  bp_pool_set_max_outstanding (pool, 1);
  pooled = bp_pool_acquire_full (pool, 0, BP_ACQUIRE_NONE, (gpointer) "at once", 0, NULL, NULL);
  g_assert_cmpstr (bp_pooled_get_item (pooled), ==, "at once");

  waiter.acquire_data = (gpointer) "after a wait";
  test_waiter_begin (&waiter);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = test_waiter_end (&waiter);
  g_assert_cmpstr (bp_pooled_get_item (pooled), ==, "after a wait");
  g_clear_pointer (&pooled, bp_pooled_unref);

  pooled = bp_pool_acquire_wait (pool, 0, -1, NULL, NULL);
  g_assert_cmpstr (bp_pooled_get_item (pooled), ==, "nothing");
}

/* Zeroes, unless the caller needs none. */
static void
test_zeroed_or_not (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[0], 1);
  TestWaiter waiter = TEST_WAITER_INIT (pool, N_ELEMENTS);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

  for (guint i = 0; i < 4; i++)
    {
      guint8 *data;

      memset (bp_pooled_resize (pooled, N_ELEMENTS), 0x5a, N_ELEMENTS);
      waiter.flags = i % 2 == 0 ? BP_ACQUIRE_NONE : BP_ACQUIRE_UNINIT;
      test_waiter_begin (&waiter);
      g_clear_pointer (&pooled, bp_pooled_unref);
      pooled = test_waiter_end (&waiter);
      data = bp_pooled_get_data (pooled, NULL);
      for (guint k = 0; k < N_ELEMENTS; k++)
        g_assert_cmpuint (data[k], ==, i % 2 == 0 ? 0 : 0x5a);
    }
}

static void
begin_all (BpPool     *pool,
           TestWaiter *waiters,
           TestQueue  *done)
{
  for (guint i = 0; i < N_WAITERS; i++)
    {
      waiters[i] = (TestWaiter) TEST_WAITER_INIT (pool, 0);
      waiters[i].done = done;
      test_waiter_begin (&waiters[i]);
    }
}

/* First come, first served; each buffer serves one. */
static void
test_in_order (gconstpointer data)
{
  g_autoptr (TestQueue) done = test_queue_new (0);
  g_autoptr (BpPool) pool = make_limited (data, N_WAITERS);
  BpPooled *held[N_WAITERS];
  TestWaiter waiters[N_WAITERS];

  test_acquire_many (pool, held, N_WAITERS);
  for (guint i = 0; i < N_WAITERS; i++)
    test_touch (held[i]);
  begin_all (pool, waiters, done);
  for (guint i = 0; i < N_WAITERS; i++)
    {
      test_unref_many (&held[i], 1);
      g_assert_true (test_queue_pop (done) == &waiters[i]);
      g_assert_cmpuint (test_n_waiters (pool), ==, N_WAITERS - 1 - i);
      held[i] = test_waiter_end (&waiters[i]);
      g_assert_null (bp_pool_acquire (pool));
    }
  test_unref_many (held, N_WAITERS);
  g_assert_cmpuint (get_stat (pool, misses), ==, N_WAITERS);
  check_clean (pool, N_WAITERS);
}

/* While a thread waits, calls that do not wait fail. */
static void
test_plain_acquires_fail (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  g_autoptr (GError) error = NULL;
  TestWaiter waiter = TEST_WAITER_INIT (pool, 0);
  BpPooled *pooled = bp_pool_acquire (pool);

  test_waiter_begin (&waiter);
  g_assert_null (bp_pool_acquire (pool));
  g_assert_null (bp_pool_try_acquire (pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "others wait"));
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_full (pool, 0, BP_ACQUIRE_NONE, NULL, 0, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  bp_pooled_unref (pooled);
  bp_pooled_unref (test_waiter_end (&waiter));
  check_clean (pool, 1);
}

/* The ways to go without one. */

typedef enum
{
  CANCELLED,
  TIMED_OUT
} Way;

/* Long enough, as a rule, for the others to join the queue behind it. If they are late, it
 * is gone, and the test still holds. */
#define A_WHILE 10000

/* The waiter in the middle of the queue goes, or the first: the next has its turn. */
static void
check_turn_passes (BpPool *pool,
                   guint   index,
                   Way     way)
{
  g_autoptr (TestQueue) done = test_queue_new (0);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  BpPooled *pooled = bp_pool_acquire (pool);
  TestWaiter waiters[N_WAITERS];
  TestWaiter *leaver = &waiters[index];

  test_touch (pooled);
  for (guint i = 0; i < N_WAITERS; i++)
    {
      gboolean is_gone;

      waiters[i] = (TestWaiter) TEST_WAITER_INIT (pool, 0);
      waiters[i].done = done;
      if (i == index && way == CANCELLED)
        waiters[i].cancellable = cancellable;
      else if (i == index)
        waiters[i].timeout_us = A_WHILE;
      test_waiter_start (&waiters[i]);
      do
        {
          g_thread_yield ();
          is_gone = i >= index && atomic_load (&leaver->is_done);
        }
      while (test_n_waiters (pool) != i + 1 - is_gone);
    }

  if (way == CANCELLED)
    g_cancellable_cancel (cancellable);
  g_assert_true (test_queue_pop (done) == leaver);
  test_waiter_fail (leaver, G_IO_ERROR,
                    way == CANCELLED ? G_IO_ERROR_CANCELLED : G_IO_ERROR_TIMED_OUT);
  g_assert_cmpuint (test_n_waiters (pool), ==, N_WAITERS - 1);

  for (guint i = 0; i < N_WAITERS; i++)
    {
      if (i == index)
        continue;
      bp_pooled_unref (pooled);
      g_assert_true (test_queue_pop (done) == &waiters[i]);
      pooled = test_waiter_end (&waiters[i]);
    }
  bp_pooled_unref (pooled);
}

static void
test_turn_passes (gconstpointer data)
{
  const Way ways[] = { CANCELLED, TIMED_OUT };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      for (guint index = 0; index < N_WAITERS; index++)
        {
          g_autoptr (BpPool) pool = make_limited (data, 1);

          check_turn_passes (pool, index, ways[i]);
          check_clean (pool, 1);
        }
    }
}

/* A waiter that has been served, and is cancelled before it has woken up: what it got goes
 * to the next one. The first handler of the cancellable holds the others up. */

typedef struct
{
  TestGate is_there;
  TestGate may_go_on;
} HeldUp;

static void
hold_up (GCancellable *cancellable,
         gpointer      user_data)
{
  HeldUp *held_up = user_data;

  test_gate_open (&held_up->is_there);
  test_gate_wait (&held_up->may_go_on);
}

static void
cancel (guint    index,
        gpointer data)
{
  g_cancellable_cancel (data);
}

static void
test_cancelled_after_its_turn (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[0], 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  BpPooled *pooled = bp_pool_acquire (pool);
  TestWaiter first = TEST_WAITER_INIT (pool, 0);
  TestWaiter second = TEST_WAITER_INIT (pool, 0);
  TestThread *canceller;
  HeldUp held_up;

  test_gate_init (&held_up.is_there);
  test_gate_init (&held_up.may_go_on);
  test_touch (pooled);
  first.cancellable = cancellable;
  g_cancellable_connect (cancellable, G_CALLBACK (hold_up), &held_up, NULL);
  test_waiter_begin (&first);
  test_waiter_begin (&second);

  /* It is cancelled, the waiter's own handler has not been called, and then it is served. */
  canceller = test_thread_start (cancel, 0, cancellable);
  test_gate_wait (&held_up.is_there);
  g_assert_cmpuint (test_n_waiters (pool), ==, 2);
  bp_pooled_unref (pooled);
  test_await_waiters (pool, 1);
  test_gate_open (&held_up.may_go_on);
  test_waiter_fail (&first, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  test_thread_join (canceller);

  bp_pooled_unref (test_waiter_end (&second));
  check_clean (pool, 1);
  test_gate_clear (&held_up.is_there);
  test_gate_clear (&held_up.may_go_on);
}

/* Cancelled before: it never waits, though it could have a buffer at once. */
static void
test_cancelled_before (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const gint64 timeouts[] = { -1, 0, 1, G_MAXINT64 };

  g_cancellable_cancel (cancellable);
  for (guint i = 0; i < G_N_ELEMENTS (timeouts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bp_pool_acquire_wait (pool, 0, timeouts[i], cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  check_clean (pool, 1);
}

/* Timeouts that are over at once, and the longest that there is. */
static void
test_timeouts (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 1);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
  const gint64 longest[] = { G_MAXINT64, G_MAXINT64 - 1, G_MAXINT64 / 2 };
  g_autoptr (GError) error = NULL;

  test_touch (pooled);
  g_assert_null (bp_pool_acquire_wait (pool, 0, 0, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_wait (pool, 0, 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);

  for (guint i = 0; i < G_N_ELEMENTS (longest); i++)
    {
      TestWaiter waiter = TEST_WAITER_INIT (pool, 0);

      waiter.timeout_us = longest[i];
      test_waiter_begin (&waiter);
      g_clear_pointer (&pooled, bp_pooled_unref);
      pooled = test_waiter_end (&waiter);
    }
  g_clear_pointer (&pooled, bp_pooled_unref);
  check_clean (pool, 1);
}

/* No call waits where a buffer can be had, or where no limit is set. */
static void
test_no_wait (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 2);
  BpPooled *held[3];

  held[0] = bp_pool_acquire_wait (pool, get_n_elements (pool), -1, NULL, NULL);
  held[1] = bp_pool_acquire_wait (pool, get_n_elements (pool), -1, NULL, NULL);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
  bp_pool_set_max_outstanding (pool, 0);
  held[2] = bp_pool_acquire_wait (pool, get_n_elements (pool), -1, NULL, NULL);
  g_assert_nonnull (held[2]);
  test_unref_many (held, 3);
  assert_valid (pool);
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
    { "every-way-back-wakes", test_every_way_back_wakes },
    { "dropped-buffer-wakes", test_dropped_buffer_wakes },
    { "in-order", test_in_order },
    { "plain-acquires-fail", test_plain_acquires_fail },
    { "turn-passes", test_turn_passes },
    { "cancelled-before", test_cancelled_before },
    { "timeouts", test_timeouts },
    { "no-wait", test_no_wait },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests) * TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i % TEST_N_KINDS];
      g_autofree char *path = g_strdup_printf ("/limit/waiting/%s/%s", tests[i / TEST_N_KINDS].name,
                                               kind->name);

      g_test_add_data_func (path, kind, tests[i / TEST_N_KINDS].func);
    }
  g_test_add_func ("/limit/waiting/attached-and-read-wake", test_attached_and_read_wake);
  g_test_add_func ("/limit/waiting/failed-create-wakes", test_failed_create_wakes);
  g_test_add_func ("/limit/waiting/acquire-data", test_acquire_data);
  g_test_add_func ("/limit/waiting/zeroed-or-not", test_zeroed_or_not);
  g_test_add_func ("/limit/waiting/cancelled-after-its-turn", test_cancelled_after_its_turn);

  return g_test_run ();
}
