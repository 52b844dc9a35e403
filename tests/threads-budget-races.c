/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-bytes.h"
#include "test-items.h"
#include "test-utils.h"

/* A thread begins to wait for all the bytes of a budget at the very moment at which they are
 * given back, or come to lie idle in another pool, or at which its wait is ended. Each race
 * is run many times. If a wake-up is lost, or idle memory is not seen, the race never
 * ends. */

#define N_ROUNDS 800
#define N_RETURNS 70
#define N_PREFILLED 25

static void
begin_with_own (gpointer data)
{
  TestBytes *round = data;

  test_bytes_begin (round);
  round->held = bp_pool_acquire_uninit (round->own, TEST_MAX_BYTES, NULL);
  g_assert_nonnull (round->held);
}

static void
begin_with_item (gpointer data)
{
  TestBytes *round = data;

  test_bytes_begin (round);
  round->held = bp_pool_try_acquire (round->items, NULL);
  g_assert_nonnull (round->held);
}

static void
end_with_error (TestBytes *round,
                int    code)
{
  g_assert_error (round->errors[0], BP_POOL_ERROR, code);
  g_assert_null (round->got[0]);
  g_clear_pointer (&round->held, bp_pooled_unref);
  test_bytes_assert_clean (round);
}

/* Ways for the bytes to come back. */

static void
steal (gpointer data)
{
  TestBytes *round = data;

  g_free (bp_pooled_steal_data (round->held, NULL, NULL, NULL));
}

static void
trim (gpointer data)
{
  TestBytes *round = data;

  bp_pool_set_trim_capacity (round->other, 10);
  g_clear_pointer (&round->held, bp_pooled_unref);
  bp_pool_set_trim_capacity (round->other, 0);
}

static void
refuse (gpointer data)
{
  TestBytes *round = data;

  ((TestItem *) bp_pooled_get_item (round->held))->refuse = TRUE;
  g_clear_pointer (&round->held, bp_pooled_unref);
}

static void
raise_max (gpointer data)
{
  TestBytes *round = data;

  bp_budget_set_max_bytes (round->budget, 2 * TEST_MAX_BYTES);
}

static void
end_raised (gpointer data)
{
  TestBytes *round = data;

  g_assert_no_error (round->errors[0]);
  bp_pooled_unref (g_steal_pointer (&round->held));
  bp_pooled_unref (g_steal_pointer (&round->got[0]));
  bp_budget_set_max_bytes (round->budget, TEST_MAX_BYTES);
  test_bytes_assert_clean (round);
}

static void
wait_unchecked (gpointer data)
{
  TestBytes *round = data;

  round->got[0] = bp_pool_acquire_full (round->own, TEST_MAX_BYTES, BP_ACQUIRE_UNINIT, NULL, -1, NULL,
                                        &round->errors[0]);
}

/* Bytes that other threads take for a moment, and let lie idle: in caches that are on or
 * off, and that are turned on again after so many returns. */

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
  TestBytes *round = data;

  use_often (round->other, 20);
}

static void
use_own (gpointer data)
{
  TestBytes *round = data;

  use_often (round->own, 100);
}

static void
use_items (gpointer data)
{
  TestBytes *round = data;

  use_often (round->items, 0);
}

static void
add_idle (gpointer data)
{
  TestBytes *round = data;

  bp_pool_prefill (round->other, 3, 50, NULL);
  bp_pool_recycle_data (round->own, g_malloc (40), 40);
}

static void
change_caches (gpointer data)
{
  TestBytes *round = data;

  use_often (round->other, 30);
  bp_pool_set_thread_cache (round->other, 0);
  bp_pool_set_thread_cache (round->other, -1);
  use_often (round->other, 40);
}

/* Takes all the bytes. They are between the charge and the ring for as long as that
 * takes. */
static void
prefill (gpointer data)
{
  TestBytes *round = data;

  bp_pool_prefill (round->other, N_PREFILLED, TEST_MAX_BYTES / 8 / N_PREFILLED, NULL);
}

/* Pools that come to exist, and that end, with what lies idle in them. */

static void
use_new_pool (gpointer data)
{
  TestBytes *round = data;
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "budget", round->budget, NULL);

  use_often (pool, 100);
}

static void
end_other (gpointer data)
{
  TestBytes *round = data;

  use_often (round->other, 30);
  g_clear_object (&round->other);
  g_clear_pointer (&round->held, bp_pooled_unref);
}

static void
end_without_other (gpointer data)
{
  TestBytes *round = data;

  test_bytes_begin (round);
  test_bytes_end (round);
}

/* Ends of the wait. */

static void
dispose (gpointer data)
{
  TestBytes *round = data;

  g_object_run_dispose (G_OBJECT (round->own));
}

static void
end_disposed (gpointer data)
{
  TestBytes *round = data;

  end_with_error (round, BP_POOL_ERROR_CLOSED);
  g_clear_object (&round->own);
}

static void
flush (gpointer data)
{
  TestBytes *round = data;

  bp_pool_set_flushing (round->own, TRUE);
}

static void
end_flushed (gpointer data)
{
  TestBytes *round = data;

  bp_pool_set_flushing (round->own, FALSE);
  end_with_error (round, BP_POOL_ERROR_FLUSHING);
}

static void
lower_max (gpointer data)
{
  TestBytes *round = data;

  bp_budget_set_max_bytes (round->budget, TEST_MAX_BYTES / 2);
}

static void
end_lowered (gpointer data)
{
  TestBytes *round = data;

  end_with_error (round, BP_POOL_ERROR_BUDGET);
  bp_budget_set_max_bytes (round->budget, TEST_MAX_BYTES);
}

static const TestRaceKind race_kinds[] = {
  { "own-returned", begin_with_own, { test_bytes_wait, test_bytes_return }, test_bytes_end },
  { "other-returned", test_bytes_begin_with_other, { test_bytes_wait, test_bytes_return }, test_bytes_end },
  { "item-returned", begin_with_item, { test_bytes_wait, test_bytes_return }, test_bytes_end },
  { "item-refused", begin_with_item, { test_bytes_wait, refuse }, test_bytes_end },
  { "stolen", test_bytes_begin_with_other, { test_bytes_wait, steal }, test_bytes_end },
  { "trimmed", test_bytes_begin_with_other, { test_bytes_wait, trim }, test_bytes_end },
  { "raised", test_bytes_begin_with_other, { wait_unchecked, raise_max }, end_raised },
  { "used-by-others", test_bytes_begin, { test_bytes_wait, use_other, use_items, use_own }, test_bytes_end },
  { "used-by-many", test_bytes_begin, { test_bytes_wait, use_other, use_other, use_other }, test_bytes_end },
  { "added", test_bytes_begin, { test_bytes_wait, add_idle, use_other }, test_bytes_end },
  { "caches-changed", test_bytes_begin, { test_bytes_wait, change_caches, use_other }, test_bytes_end },
  { "prefilled", test_bytes_begin, { test_bytes_wait, prefill }, test_bytes_end },
  { "new-pool", test_bytes_begin, { test_bytes_wait, use_new_pool }, test_bytes_end },
  { "pool-ended", test_bytes_begin_with_other, { test_bytes_wait, end_other }, end_without_other },
  { "disposed", test_bytes_begin_with_other, { test_bytes_wait, dispose }, end_disposed },
  { "flushed", test_bytes_begin_with_other, { test_bytes_wait, flush }, end_flushed },
  { "lowered", test_bytes_begin_with_other, { test_bytes_wait, lower_max }, end_lowered },
};

static void
test_race (gconstpointer kind)
{
  test_bytes_run (kind, N_ROUNDS);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  test_race_add ("/threads/budget-races/", race_kinds, G_N_ELEMENTS (race_kinds), test_race);

  return g_test_run ();
}
