/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-bytes.h"

#include "test-waiter.h"

static void
make_items (TestBytes *round)
{
  BpItemFuncs funcs = test_item_funcs;

  funcs.user_data = &round->counters;
  round->items = g_object_new (BP_TYPE_POOL, "budget", round->budget, "item-funcs", &funcs, NULL);
}

void
test_bytes_begin (gpointer data)
{
  TestBytes *round = data;

  if (round->own == NULL)
    round->own = g_object_new (BP_TYPE_POOL, "budget", round->budget, NULL);
  if (round->other == NULL)
    round->other = g_object_new (BP_TYPE_POOL, "budget", round->budget,
                                 "element-type", BP_ELEMENT_TYPE_F64, NULL);
  if (round->items == NULL)
    make_items (round);
  /* Every second time the buffer that it waits for has to be made. */
  if (round->parent.n % 2 == 0)
    bp_pool_drop_idle (round->own, 0);
  g_assert_null (round->held);
  g_assert_cmpuint (test_n_budget_waiters (round->own), ==, 0);
}

void
test_bytes_begin_with_other (gpointer data)
{
  TestBytes *round = data;

  test_bytes_begin (round);
  round->held = bp_pool_acquire_uninit (round->other, TEST_MAX_BYTES / 8, NULL);
  g_assert_nonnull (round->held);
  round->cancellable = g_cancellable_new ();
}

void
test_bytes_wait_for (TestBytes    *round,
                     guint         index,
                     BpPool       *pool,
                     GCancellable *cancellable)
{
  round->got[index] = bp_pool_acquire_full (pool, TEST_MAX_BYTES / bp_pool_get_element_size (pool),
                                            BP_ACQUIRE_UNINIT, NULL, -1, cancellable,
                                            &round->errors[index]);
  if (round->got[index] != NULL)
    g_assert_cmpuint (bp_budget_get_used_bytes (round->budget), ==, TEST_MAX_BYTES);
}

void
test_bytes_wait (gpointer data)
{
  TestBytes *round = data;

  test_bytes_wait_for (round, 0, round->own, NULL);
}

void
test_bytes_return (gpointer data)
{
  TestBytes *round = data;

  g_clear_pointer (&round->held, bp_pooled_unref);
}

void
test_bytes_assert_clean (TestBytes *round)
{
  g_clear_error (&round->errors[0]);
  g_clear_error (&round->errors[1]);
  g_clear_object (&round->cancellable);
  g_assert_cmpuint (test_n_budget_waiters (round->own), ==, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (round->budget), <=, TEST_MAX_BYTES);
  assert_valid (round->own);
  assert_valid (round->other);
  assert_valid (round->items);
}

void
test_bytes_end (gpointer data)
{
  TestBytes *round = data;

  g_assert_no_error (round->errors[0]);
  g_clear_pointer (&round->got[0], bp_pooled_unref);
  g_clear_pointer (&round->held, bp_pooled_unref);
  test_bytes_assert_clean (round);
}

void
test_bytes_init (TestBytes *round)
{
  memset (round, 0, sizeof (TestBytes));
  test_counters_reset (&round->counters);
  round->budget = bp_budget_new (TEST_MAX_BYTES);
}

void
test_bytes_clear (TestBytes *round)
{
  g_clear_object (&round->own);
  g_clear_object (&round->other);
  g_clear_object (&round->items);
  g_assert_cmpuint (bp_budget_get_used_bytes (round->budget), ==, 0);
  g_assert_cmpuint (test_counters_live (&round->counters), ==, 0);
  g_object_unref (round->budget);
}

void
test_bytes_run (const TestRaceKind *kind,
                guint               n_rounds)
{
  TestBytes round;

  test_bytes_init (&round);
  round.parent.seed = test_get_seed ();
  test_race_run (kind, test_scale (n_rounds), &round.parent);
  test_bytes_clear (&round);
}
