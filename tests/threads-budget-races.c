/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-race.h"
#include "test-sync.h"
#include "test-utils.h"
#include "test-waiter.h"

/* Somebody begins to wait for all the bytes of a budget at the very moment at which they are
 * given back, or come to lie idle in another pool, or he is sent away. Each race is run many
 * times; where a wake-up is lost, or memory lies idle that nobody sees, it never ends. */

#define N_ROUNDS 800
#define MAX_BYTES 6000
#define N_RETURNS 70
#define N_EACH 10

/* The pools stay from round to round, with what they remember of the last one. */
typedef struct
{
  TestRound parent;
  BpBudget *budget;
  BpPool *own;
  BpPool *other;
  BpPool *items;
  TestCounters counters;
  BpPooled *held;
  BpPooled *got[TEST_MOST_RACERS];
  GError *errors[TEST_MOST_RACERS];
  GCancellable *cancellable;
} Round;

static void
make_items (Round *round)
{
  BpItemFuncs funcs = test_item_funcs;

  funcs.user_data = &round->counters;
  round->items = g_object_new (BP_TYPE_POOL, "budget", round->budget, "item-funcs", &funcs, NULL);
}

static void
begin (gpointer data)
{
  Round *round = data;

  if (round->own == NULL)
    round->own = g_object_new (BP_TYPE_POOL, "budget", round->budget, NULL);
  if (round->other == NULL)
    round->other = g_object_new (BP_TYPE_POOL, "budget", round->budget,
                                 "element-type", BP_ELEMENT_TYPE_F64, NULL);
  if (round->items == NULL)
    make_items (round);
  /* Every second time all that it waits for has to be made. */
  if (round->parent.n % 2 == 0)
    bp_pool_drop_idle (round->own, 0);
  g_assert_null (round->held);
  g_assert_cmpuint (test_n_budget_waiters (round->own), ==, 0);
}

static void
begin_with_own (gpointer data)
{
  Round *round = data;

  begin (round);
  round->held = bp_pool_acquire_uninit (round->own, MAX_BYTES, NULL);
  g_assert_nonnull (round->held);
}

static void
begin_with_other (gpointer data)
{
  Round *round = data;

  begin (round);
  round->held = bp_pool_acquire_uninit (round->other, MAX_BYTES / 8, NULL);
  g_assert_nonnull (round->held);
  round->cancellable = g_cancellable_new ();
}

static void
begin_with_item (gpointer data)
{
  Round *round = data;

  begin (round);
  round->held = bp_pool_try_acquire (round->items, NULL);
  g_assert_nonnull (round->held);
}

static void
wait_for (Round        *round,
          guint         index,
          BpPool       *pool,
          GCancellable *cancellable)
{
  round->got[index] = bp_pool_acquire_full (pool, MAX_BYTES / bp_pool_get_element_size (pool),
                                            BP_ACQUIRE_UNINIT, NULL, -1, cancellable,
                                            &round->errors[index]);
  if (round->got[index] != NULL)
    g_assert_cmpuint (bp_budget_get_used_bytes (round->budget), ==, MAX_BYTES);
}

static void
wait_for_all (gpointer data)
{
  Round *round = data;

  wait_for (round, 0, round->own, NULL);
}

static void
assert_clean (Round *round)
{
  g_clear_error (&round->errors[0]);
  g_clear_error (&round->errors[1]);
  g_clear_object (&round->cancellable);
  g_assert_cmpuint (test_n_budget_waiters (round->own), ==, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (round->budget), <=, MAX_BYTES);
  assert_valid (round->own);
  assert_valid (round->other);
  assert_valid (round->items);
}

static void
end (gpointer data)
{
  Round *round = data;

  g_assert_no_error (round->errors[0]);
  g_clear_pointer (&round->got[0], bp_pooled_unref);
  g_clear_pointer (&round->held, bp_pooled_unref);
  assert_clean (round);
}

static void
end_with_error (Round *round,
                int    code)
{
  g_assert_error (round->errors[0], BP_POOL_ERROR, code);
  g_assert_null (round->got[0]);
  g_clear_pointer (&round->held, bp_pooled_unref);
  assert_clean (round);
}

/* Ways for the bytes to come back. */

static void
unref (gpointer data)
{
  Round *round = data;

  g_clear_pointer (&round->held, bp_pooled_unref);
}

static void
steal (gpointer data)
{
  Round *round = data;

  g_free (bp_pooled_steal_data (round->held, NULL, NULL, NULL));
}

static void
trim (gpointer data)
{
  Round *round = data;

  bp_pool_set_trim_capacity (round->other, 10);
  g_clear_pointer (&round->held, bp_pooled_unref);
  bp_pool_set_trim_capacity (round->other, 0);
}

static void
refuse (gpointer data)
{
  Round *round = data;

  ((TestItem *) bp_pooled_get_item (round->held))->refuse = TRUE;
  g_clear_pointer (&round->held, bp_pooled_unref);
}

static void
raise_max (gpointer data)
{
  Round *round = data;

  bp_budget_set_max_bytes (round->budget, 2 * MAX_BYTES);
}

static void
end_raised (gpointer data)
{
  Round *round = data;

  g_assert_no_error (round->errors[0]);
  bp_pooled_unref (g_steal_pointer (&round->held));
  bp_pooled_unref (g_steal_pointer (&round->got[0]));
  bp_budget_set_max_bytes (round->budget, MAX_BYTES);
  assert_clean (round);
}

static void
wait_unchecked (gpointer data)
{
  Round *round = data;

  round->got[0] = bp_pool_acquire_full (round->own, MAX_BYTES, BP_ACQUIRE_UNINIT, NULL, -1, NULL,
                                        &round->errors[0]);
}

/* Bytes that others take for a moment, and let lie idle: in caches that are on or off, and
 * that are turned on again after so many returns. */

static void
use_often (BpPool *pool,
           gsize   n_elements)
{
  for (guint i = 0; i < N_RETURNS; i++)
    {
      BpPooled *pooled = bp_pool_acquire_full (pool, n_elements, BP_ACQUIRE_UNINIT, NULL, 0, NULL,
                                               NULL);

      if (pooled != NULL)
        bp_pooled_unref (pooled);
    }
}

static void
use_other (gpointer data)
{
  Round *round = data;

  use_often (round->other, 20);
}

static void
use_own (gpointer data)
{
  Round *round = data;

  use_often (round->own, 100);
}

static void
use_items (gpointer data)
{
  Round *round = data;

  use_often (round->items, 0);
}

static void
add_idle (gpointer data)
{
  Round *round = data;

  bp_pool_prefill (round->other, 3, 50, NULL);
  bp_pool_recycle_data (round->own, g_malloc (40), 40);
}

static void
change_caches (gpointer data)
{
  Round *round = data;

  use_often (round->other, 30);
  bp_pool_set_thread_cache (round->other, 0);
  bp_pool_set_thread_cache (round->other, -1);
  use_often (round->other, 40);
}

/* Pools that come to exist, and that end, with what lies idle in them. */

static void
use_new_pool (gpointer data)
{
  Round *round = data;
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "budget", round->budget, NULL);

  use_often (pool, 100);
}

static void
end_other (gpointer data)
{
  Round *round = data;

  use_often (round->other, 30);
  g_clear_object (&round->other);
  g_clear_pointer (&round->held, bp_pooled_unref);
}

static void
end_without_other (gpointer data)
{
  Round *round = data;

  begin (round);
  end (round);
}

/* Sent away. */

static void
dispose (gpointer data)
{
  Round *round = data;

  g_object_run_dispose (G_OBJECT (round->own));
}

static void
end_disposed (gpointer data)
{
  Round *round = data;

  end_with_error (round, BP_POOL_ERROR_CLOSED);
  g_clear_object (&round->own);
}

static void
flush (gpointer data)
{
  Round *round = data;

  bp_pool_set_flushing (round->own, TRUE);
}

static void
end_flushed (gpointer data)
{
  Round *round = data;

  bp_pool_set_flushing (round->own, FALSE);
  end_with_error (round, BP_POOL_ERROR_FLUSHING);
}

static void
lower_max (gpointer data)
{
  Round *round = data;

  bp_budget_set_max_bytes (round->budget, MAX_BYTES / 2);
}

static void
end_lowered (gpointer data)
{
  Round *round = data;

  end_with_error (round, BP_POOL_ERROR_BUDGET);
  bp_budget_set_max_bytes (round->budget, MAX_BYTES);
}

/* Two of different pools wait, and the first is cancelled as the bytes come back: the second
 * gets them then, or when the first is done with them. */

static void
use_first (gpointer data)
{
  Round *round = data;

  wait_for (round, 0, round->own, round->cancellable);
  if (round->got[0] == NULL)
    g_assert_error (round->errors[0], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_pointer (&round->got[0], bp_pooled_unref);
}

static void
come_second (gpointer data)
{
  Round *round = data;

  test_await_budget_waiters (round->own, 1);
  wait_for (round, 1, round->other, NULL);
}

static void
return_to_two (gpointer data)
{
  Round *round = data;

  test_await_budget_waiters (round->own, 2);
  test_round_meet (&round->parent, 0);
  unref (round);
}

static void
cancel_first (gpointer data)
{
  Round *round = data;

  test_await_budget_waiters (round->own, 2);
  test_round_meet (&round->parent, 1);
  g_cancellable_cancel (round->cancellable);
}

static void
end_with_second (gpointer data)
{
  Round *round = data;

  g_assert_no_error (round->errors[1]);
  bp_pooled_unref (g_steal_pointer (&round->got[1]));
  assert_clean (round);
}

static const TestRaceKind race_kinds[] = {
  { "own-returned", begin_with_own, { wait_for_all, unref }, end },
  { "other-returned", begin_with_other, { wait_for_all, unref }, end },
  { "item-returned", begin_with_item, { wait_for_all, unref }, end },
  { "item-refused", begin_with_item, { wait_for_all, refuse }, end },
  { "stolen", begin_with_other, { wait_for_all, steal }, end },
  { "trimmed", begin_with_other, { wait_for_all, trim }, end },
  { "raised", begin_with_other, { wait_unchecked, raise_max }, end_raised },
  { "used-by-others", begin, { wait_for_all, use_other, use_items, use_own }, end },
  { "used-by-many", begin, { wait_for_all, use_other, use_other, use_other }, end },
  { "added", begin, { wait_for_all, add_idle, use_other }, end },
  { "caches-changed", begin, { wait_for_all, change_caches, use_other }, end },
  { "new-pool", begin, { wait_for_all, use_new_pool }, end },
  { "pool-ended", begin_with_other, { wait_for_all, end_other }, end_without_other },
  { "disposed", begin_with_other, { wait_for_all, dispose }, end_disposed },
  { "flushed", begin_with_other, { wait_for_all, flush }, end_flushed },
  { "lowered", begin_with_other, { wait_for_all, lower_max }, end_lowered },
  { "cancelled-and-returned", begin_with_other,
    { use_first, come_second, return_to_two, cancel_first }, end_with_second },
};

static void
round_init (Round *round)
{
  memset (round, 0, sizeof (Round));
  test_counters_reset (&round->counters);
  round->budget = bp_budget_new (MAX_BYTES);
}

static void
round_clear (Round *round)
{
  g_clear_object (&round->own);
  g_clear_object (&round->other);
  g_clear_object (&round->items);
  g_assert_cmpuint (bp_budget_get_used_bytes (round->budget), ==, 0);
  g_assert_cmpuint (test_counters_live (&round->counters), ==, 0);
  g_object_unref (round->budget);
}

static void
test_race (gconstpointer kind)
{
  Round round;

  round_init (&round);
  round.parent.seed = test_get_seed ();
  test_race_run (kind, test_scale (N_ROUNDS), &round.parent);
  round_clear (&round);
}

/* Threads fill their caches with all of it, and go to sleep; what they hid is found. */

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
      hand->held[i] = bp_pool_acquire_uninit (hand->pool, MAX_BYTES / 2 / N_EACH / 8, NULL);
      g_assert_nonnull (hand->held[i]);
    }
}

static void
give_some (gpointer data)
{
  Hand *hand = data;

  test_unref_many (hand->held, N_EACH);
}

/* Before anybody waits, or while somebody does already. */
static void
check_sleepers (gboolean is_before)
{
  TestWorker *sleepers[2] = { test_worker_new (), test_worker_new () };
  Hand hands[2] = { { .pool = NULL } };
  TestWaiter waiter;
  Round round;

  round_init (&round);
  begin (&round);
  waiter = (TestWaiter) TEST_WAITER_INIT (round.own, MAX_BYTES);
  for (guint i = 0; i < 2; i++)
    hands[i].pool = round.other;

  /* From the second time on the caches hold what comes back. */
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
  end (&round);

  test_worker_free (sleepers[0]);
  test_worker_free (sleepers[1]);
  round_clear (&round);
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

  for (guint i = 0; i < G_N_ELEMENTS (race_kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/threads/budget-races/", race_kinds[i].name, NULL);

      g_test_add_data_func (path, &race_kinds[i], test_race);
    }
  g_test_add_func ("/threads/budget-races/sleepers-before", test_sleepers_before);
  g_test_add_func ("/threads/budget-races/sleepers-after", test_sleepers_after);

  return g_test_run ();
}
