/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-bytes.h"
#include "test-team.h"
#include "test-utils.h"
#include "test-waiter.h"

/* Waiters for the bytes of a budget stand in one queue, whatever their pools. No other thread
 * is served before them. A waiter that goes lets the next one through. Memory that sleeping
 * threads have in their caches is found. */

#define N_ROUNDS 300
#define N_TRIES 20
#define N_EACH 10

/* Two waiters of different pools, and the first is cancelled as the bytes come back. The
 * second gets them then, or when the first is done with them. */

static void
use_first (gpointer data)
{
  TestBytes *round = data;

  test_bytes_wait_for (round, 0, round->own, round->cancellable);
  if (round->got[0] == NULL)
    g_assert_error (round->errors[0], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_pointer (&round->got[0], bp_pooled_unref);
}

static void
meet_with (TestBytes *round,
           guint      n_waiters,
           guint      index)
{
  test_await_budget_waiters (round->own, n_waiters);
  test_round_meet (&round->parent, index);
}

static void
come_second (gpointer data)
{
  TestBytes *round = data;

  test_await_budget_waiters (round->own, 1);
  test_bytes_wait_for (round, 1, round->other, NULL);
}

static void
return_to_two (gpointer round)
{
  meet_with (round, 2, 0);
  test_bytes_return (round);
}

static void
cancel_first (gpointer data)
{
  TestBytes *round = data;

  meet_with (round, 2, 1);
  g_cancellable_cancel (round->cancellable);
}

static void
end_with_second (gpointer data)
{
  TestBytes *round = data;

  g_assert_no_error (round->errors[1]);
  bp_pooled_unref (g_steal_pointer (&round->got[1]));
  test_bytes_assert_clean (round);
}

/* What comes back goes to the waiter, and not to a thread that comes at that moment. */

static void
return_to_one (gpointer round)
{
  meet_with (round, 1, 0);
  test_bytes_return (round);
}

static void
try_beside (gpointer data)
{
  TestBytes *round = data;

  meet_with (round, 1, 1);
  for (guint i = 0; i < N_TRIES; i++)
    g_assert_null (bp_pool_acquire_uninit (i % 2 == 0 ? round->own : round->other, 1, NULL));
}

/* The second waiter wants no more bytes than there are, and stands behind one that wants all
 * of them. It gets its bytes when the first goes, for whatever reason. */

static void
begin_with_half (gpointer data)
{
  TestBytes *round = data;

  test_bytes_begin (round);
  bp_pool_drop_idle (round->own, 0);
  bp_pool_drop_idle (round->other, 0);
  bp_pool_drop_idle (round->items, 0);
  round->held = bp_pool_acquire_uninit (round->other, TEST_MAX_BYTES / 8 / 2, NULL);
  round->cancellable = g_cancellable_new ();
}

static void
want_all (gpointer data)
{
  TestBytes *round = data;

  test_bytes_wait_for (round, 0, round->own, round->cancellable);
  g_assert_null (round->got[0]);
}

static void
want (TestBytes *round,
      guint      index,
      BpPool    *pool,
      gsize      n_elements)
{
  round->got[index] = bp_pool_acquire_full (pool, n_elements, BP_ACQUIRE_UNINIT, NULL, -1, NULL,
                                            &round->errors[index]);
}

static void
want_little (gpointer data)
{
  TestBytes *round = data;

  test_await_budget_waiters (round->own, 1);
  want (round, 1, round->other, TEST_MAX_BYTES / 8 / 4);
}

static void
await_two (TestBytes *round)
{
  test_await_budget_waiters (round->own, 2);
}

static void
cancel_large (gpointer data)
{
  TestBytes *round = data;

  await_two (round);
  g_cancellable_cancel (round->cancellable);
}

static void
flush_large (gpointer data)
{
  TestBytes *round = data;

  await_two (round);
  bp_pool_set_flushing (round->own, TRUE);
}

static void
dispose_large (gpointer data)
{
  TestBytes *round = data;

  await_two (round);
  g_object_run_dispose (G_OBJECT (round->own));
}

static void
refuse_large (gpointer data)
{
  TestBytes *round = data;

  await_two (round);
  bp_budget_set_max_bytes (round->budget, TEST_MAX_BYTES * 3 / 4);
}

static void
end_with_little (gpointer data)
{
  TestBytes *round = data;

  g_assert_no_error (round->errors[1]);
  g_assert_nonnull (round->errors[0]);
  g_assert_cmpuint (bp_budget_get_used_bytes (round->budget), ==, TEST_MAX_BYTES * 3 / 4);
  bp_pooled_unref (g_steal_pointer (&round->got[1]));
  test_bytes_return (round);
  bp_budget_set_max_bytes (round->budget, TEST_MAX_BYTES);
  bp_pool_set_flushing (round->own, FALSE);
  test_bytes_assert_clean (round);
  g_clear_object (&round->own);
}

/* The first waiter gets a buffer of its own pool that is twice as large as needed. What is
 * left is for the second. */

static void
begin_with_large (gpointer data)
{
  TestBytes *round = data;

  begin_with_half (round);
  bp_pooled_unref (g_steal_pointer (&round->held));
  bp_pool_drop_idle (round->other, 0);
  round->held = bp_pool_acquire_uninit (round->own, TEST_MAX_BYTES * 3 / 4, NULL);
}

static void
want_half (gpointer data)
{
  TestBytes *round = data;

  want (round, 0, round->own, TEST_MAX_BYTES / 2);
}

static void
return_large (gpointer data)
{
  TestBytes *round = data;

  await_two (round);
  test_bytes_return (round);
}

static void
end_with_both (gpointer data)
{
  TestBytes *round = data;

  g_assert_no_error (round->errors[0]);
  g_assert_no_error (round->errors[1]);
  g_assert_cmpuint (bp_budget_get_used_bytes (round->budget), ==, TEST_MAX_BYTES);
  bp_pooled_unref (g_steal_pointer (&round->got[0]));
  bp_pooled_unref (g_steal_pointer (&round->got[1]));
  test_bytes_assert_clean (round);
}

static const TestRaceKind race_kinds[] = {
  { "cancelled-and-returned", test_bytes_begin_with_other,
    { use_first, come_second, return_to_two, cancel_first }, end_with_second },
  { "returned-and-tried", test_bytes_begin_with_other, { test_bytes_wait, return_to_one, try_beside }, test_bytes_end },
  { "large-cancelled", begin_with_half, { want_all, want_little, cancel_large }, end_with_little },
  { "large-flushed", begin_with_half, { want_all, want_little, flush_large }, end_with_little },
  { "large-disposed", begin_with_half, { want_all, want_little, dispose_large }, end_with_little },
  { "large-refused", begin_with_half, { want_all, want_little, refuse_large }, end_with_little },
  { "large-returned", begin_with_large, { want_half, want_little, return_large }, end_with_both },
};

static void
test_race (gconstpointer kind)
{
  test_bytes_run (kind, N_ROUNDS);
}

/* Threads fill their caches with all the bytes, and go to sleep. What they hid is found. */

typedef struct
{
  BpPool *pool;
  BpPooled *held[N_EACH];
} Hand;

static void
take_some (gpointer data)
{
  Hand *hand = data;

  for (guint i = 0; i < N_EACH; i++)
    {
      hand->held[i] = bp_pool_acquire_uninit (hand->pool, TEST_MAX_BYTES / 2 / N_EACH / 8, NULL);
      g_assert_nonnull (hand->held[i]);
    }
}

static void
give_some (gpointer data)
{
  Hand *hand = data;

  test_unref_many (hand->held, N_EACH);
}

/* The caches are filled before there is a waiter, or while there is one. */
static void
check_sleepers (gboolean is_before)
{
  TestWorker *sleepers[2] = { test_worker_new (), test_worker_new () };
  Hand hands[2] = { { .pool = NULL } };
  TestWaiter waiter;
  TestBytes round;

  test_bytes_init (&round);
  test_bytes_begin (&round);
  waiter = (TestWaiter) TEST_WAITER_INIT (round.own, TEST_MAX_BYTES);
  for (guint i = 0; i < 2; i++)
    hands[i].pool = round.other;

  /* From the second round on the caches hold what comes back. */
  for (guint i = 0; i < 3; i++)
    {
      test_worker_call (sleepers[0], take_some, &hands[0]);
      test_worker_call (sleepers[1], take_some, &hands[1]);
      if (i == 2 && !is_before)
        test_waiter_begin_for_bytes (&waiter);
      test_worker_call (sleepers[0], give_some, &hands[0]);
      test_worker_call (sleepers[1], give_some, &hands[1]);
    }
  if (is_before)
    {
      g_assert_cmpuint (get_stat (round.other, idle), ==, 2 * N_EACH);
      test_waiter_start (&waiter);
    }
  round.got[0] = test_waiter_end (&waiter);
  g_assert_cmpuint (get_stat (round.other, idle), ==, 0);
  test_bytes_end (&round);

  test_worker_free (sleepers[0]);
  test_worker_free (sleepers[1]);
  test_bytes_clear (&round);
}

static void
test_sleepers_before (void)
{
  check_sleepers (TRUE);
}

static void
test_sleepers_after (void)
{
  check_sleepers (FALSE);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  test_race_add ("/threads/budget-queue/", race_kinds, G_N_ELEMENTS (race_kinds), test_race);
  g_test_add_func ("/threads/budget-queue/sleepers-before", test_sleepers_before);
  g_test_add_func ("/threads/budget-queue/sleepers-after", test_sleepers_after);

  return g_test_run ();
}
