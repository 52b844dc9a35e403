/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "test-items.h"
#include "test-utils.h"

/* bp_pool_acquire_many(), bp_pool_acquire_array() and bp_pooled_unref_many(): as many single
 * calls, all or nothing. */

#define N 16
#define MANY 200

static void
expect_critical (const char *pattern)
{
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, pattern);
}

static BpPool *
new_pool (void)
{
  return bp_pool_new (BP_ELEMENT_TYPE_U16);
}

static void
acquire (BpPool    *pool,
         gsize      n_elements,
         BpPooled **pooled,
         guint      n)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = bp_pool_acquire_many (pool, n_elements, pooled, n, &error);

  g_assert_no_error (error);
  g_assert_true (is_done);
}

static void
assert_all_null (BpPooled **pooled,
                 guint      n)
{
  for (guint i = 0; i < n; i++)
    g_assert_null (pooled[i]);
}

/* Each is a buffer of its own that can be written from end to end. */
static void
test_acquire (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  BpPooled *pooled[MANY];

  acquire (pool, 100, pooled, MANY);
  for (guint i = 0; i < MANY; i++)
    {
      g_assert_cmpuint (bp_pooled_get_length (pooled[i]), ==, 100);
      memset (bp_pooled_get_data (pooled[i], NULL), 0xff, 200);
      g_assert_true (g_hash_table_add (seen, bp_pooled_get_data (pooled[i], NULL)));
    }
  g_assert_cmpuint (get_stat (pool, acquired), ==, MANY);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, MANY);

  bp_pooled_unref_many (pooled, MANY);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, returned), ==, MANY);
  assert_valid (pool);
}

/* What came back is found again, all of it, in each place where it may lie. */
static void
test_again (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  BpPooled *pooled[MANY];

  for (guint round = 0; round < 5; round++)
    {
      acquire (pool, 100, pooled, MANY);
      g_assert_cmpuint (get_stat (pool, misses), ==, MANY);
      bp_pooled_unref_many (pooled, MANY);
      g_assert_cmpuint (get_stat (pool, idle), ==, MANY);
      assert_valid (pool);
    }
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
  g_assert_cmpuint (get_stat (pool, hits), ==, 4 * MANY);
}

/* Single calls and these may be mixed. */
static void
test_mixed (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  BpPooled *pooled[N];

  for (guint round = 0; round < 100; round++)
    {
      BpPooled *single = bp_pool_acquire_uninit (pool, 10, NULL);

      g_assert_nonnull (single);
      acquire (pool, 10, pooled, 1 + round % N);
      bp_pooled_unref (single);
      if (round % 2 == 0)
        bp_pooled_unref_many (pooled, 1 + round % N);
      else
        for (guint i = 0; i < 1 + round % N; i++)
          bp_pooled_unref (pooled[i]);
      assert_valid (pool);
    }
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, misses), <=, N + 1);
}

static void
test_grown (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  BpPooled *pooled[N];

  acquire (pool, 10, pooled, N);
  bp_pooled_unref_many (pooled, N);
  acquire (pool, 1000, pooled, N);
  for (guint i = 0; i < N; i++)
    {
      g_assert_cmpuint (bp_pooled_get_length (pooled[i]), ==, 1000);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled[i]), ==, 1000);
    }
  bp_pooled_unref_many (pooled, N);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, N * 2000);
  assert_valid (pool);
}

static void
test_none (void)
{
  g_autoptr (BpPool) pool = new_pool ();

  acquire (pool, 10, NULL, 0);
  bp_pooled_unref_many (NULL, 0);
  g_assert_cmpuint (get_stat (pool, acquired), ==, 0);
}

/* All that were taken on the way are back. */
static void
test_too_large (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  BpPooled *pooled[N];

  acquire (pool, 10, pooled, N);
  bp_pooled_unref_many (pooled, N);
  for (guint n = 1; n <= N; n++)
    {
      g_autoptr (GError) error = NULL;

      memset (pooled, 0xff, sizeof pooled);
      g_assert_false (bp_pool_acquire_many (pool, G_MAXSIZE / 2, pooled, n, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
      assert_all_null (pooled, n);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
      g_assert_cmpuint (get_stat (pool, idle), ==, N);
      assert_valid (pool);
    }
}

/* The limit holds, and nothing is left of a call that fails. */
static void
test_limit (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (GError) error = NULL;
  BpPooled *pooled[N + 1];

  acquire (pool, 10, pooled, N);
  bp_pooled_unref_many (pooled, N);
  bp_pool_set_max_outstanding (pool, N);
  g_assert_false (bp_pool_acquire_many (pool, 10, pooled, N + 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  assert_all_null (pooled, N + 1);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);

  acquire (pool, 10, pooled, N);
  g_assert_null (bp_pool_acquire (pool));
  bp_pooled_unref_many (pooled, N);
  acquire (pool, 10, pooled, N);
  bp_pooled_unref_many (pooled, N);
  assert_valid (pool);
}

static void
test_budget (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (N * 200);
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "budget", budget, NULL);
  g_autoptr (GError) error = NULL;
  BpPooled *pooled[N + 1];

  g_assert_false (bp_pool_acquire_many (pool, 200, pooled, N + 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  assert_all_null (pooled, N + 1);

  acquire (pool, 200, pooled, N);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, N * 200);
  bp_pooled_unref_many (pooled, N);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, N * 200);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, N * 200);
}

/* Of two pools, with other references, released, pinned, empty, and none. */
static void
test_any_handles (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPool) other = bp_pool_new (BP_ELEMENT_TYPE_F64);
  g_autoptr (GBytes) bytes = NULL;
  BpPooled *pooled[8];
  BpPooled *kept;

  acquire (pool, 10, pooled, 4);
  acquire (other, 10, pooled + 4, 2);
  kept = bp_pooled_ref (pooled[1]);
  bp_pooled_release (pooled[2]);
  bytes = bp_pooled_get_bytes (pooled[3], NULL);
  pooled[6] = bp_pool_acquire (other);
  pooled[7] = bp_pool_acquire_uninit (pool, 10, NULL);

  bp_pooled_unref_many (pooled, 8);

  g_assert_cmpuint (get_stat (pool, outstanding), ==, 2);
  g_assert_cmpuint (get_stat (other, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (other, idle), ==, 2);
  g_assert_cmpuint (bp_pooled_get_length (kept), ==, 10);
  bp_pooled_unref (kept);
  g_clear_pointer (&bytes, g_bytes_unref);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);
  assert_valid (other);
}

/* The last of them may end the pool. */
static void
test_outlives_pool (void)
{
  BpPool *pool = new_pool ();
  BpPooled *pooled[MANY];

  acquire (pool, 10, pooled, MANY);
  g_object_unref (pool);
  bp_pooled_unref_many (pooled, MANY);
}

static void
test_bound (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 20, 0);
  BpPooled *pooled[MANY];

  acquire (pool, 10, pooled, MANY);
  bp_pooled_unref_many (pooled, MANY);
  g_assert_cmpuint (get_stat (pool, idle), ==, 20);
  g_assert_cmpuint (get_stat (pool, dropped), ==, MANY - 20);
  assert_valid (pool);
}

static void
test_items (void)
{
  TestCounters counters;
  BpPooled *pooled[N];

  test_counters_reset (&counters);
  {
    g_autoptr (BpPool) pool = test_item_pool_new (&counters, 0, 64, 0);

    acquire (pool, 0, pooled, N);
    for (guint i = 0; i < N; i++)
      g_assert_nonnull (bp_pooled_get_item (pooled[i]));
    bp_pooled_unref_many (pooled, N);
    g_assert_cmpuint (get_stat (pool, idle), ==, N);
    acquire (pool, 0, pooled, N);
    g_assert_cmpuint (get_stat (pool, misses), ==, N);
    bp_pooled_unref_many (pooled, N);
  }
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
}

static void
test_objects (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_for_type (TEST_TYPE_OBJECT);
  BpPooled *pooled[N];

  for (guint round = 0; round < 3; round++)
    {
      acquire (pool, 0, pooled, N);
      for (guint i = 0; i < N; i++)
        g_assert_true (TEST_IS_OBJECT (bp_pooled_get_item (pooled[i])));
      bp_pooled_unref_many (pooled, N);
    }
  g_assert_cmpuint (get_stat (pool, misses), ==, N);
}

/* Zeroes, and not what the last user left. */
static void
test_array (void)
{
  g_autoptr (BpPool) pool = new_pool ();

  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) array = bp_pool_acquire_array (pool, 50, N, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (array->len, ==, N);
      for (guint i = 0; i < N; i++)
        {
          gsize n;
          guint16 *data = bp_pooled_get_data (array->pdata[i], &n);

          g_assert_cmpuint (n, ==, 50);
          for (guint k = 0; k < n; k++)
            g_assert_cmpuint (data[k], ==, 0);
          memset (data, 0xff, 100);
        }
    }
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, misses), ==, N);
}

static void
test_array_fails (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "max-outstanding", 3, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_acquire_array (pool, 50, 4, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
}

static void
test_misuse (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_for_type (TEST_TYPE_OBJECT);
  BpPooled *pooled[2] = { NULL, NULL };

  expect_critical ("*This is for pools of elements*");
  g_assert_false (bp_pool_acquire_many (pool, 1, pooled, 2, NULL));
  g_test_assert_expected_messages ();
  expect_critical ("*This is for pools of elements*");
  g_assert_null (bp_pool_acquire_array (pool, 1, 2, NULL));
  g_test_assert_expected_messages ();
  expect_critical ("*pooled != NULL || n == 0*");
  g_assert_false (bp_pool_acquire_many (pool, 0, NULL, 2, NULL));
  g_test_assert_expected_messages ();
  expect_critical ("*self != NULL*");
  bp_pooled_unref_many (pooled, 1);
  g_test_assert_expected_messages ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/bulk/acquire", test_acquire);
  g_test_add_func ("/bulk/again", test_again);
  g_test_add_func ("/bulk/mixed", test_mixed);
  g_test_add_func ("/bulk/grown", test_grown);
  g_test_add_func ("/bulk/none", test_none);
  g_test_add_func ("/bulk/too-large", test_too_large);
  g_test_add_func ("/bulk/limit", test_limit);
  g_test_add_func ("/bulk/budget", test_budget);
  g_test_add_func ("/bulk/any-handles", test_any_handles);
  g_test_add_func ("/bulk/outlives-pool", test_outlives_pool);
  g_test_add_func ("/bulk/bound", test_bound);
  g_test_add_func ("/bulk/items", test_items);
  g_test_add_func ("/bulk/objects", test_objects);
  g_test_add_func ("/bulk/array", test_array);
  g_test_add_func ("/bulk/array-fails", test_array_fails);
  g_test_add_func ("/bulk/misuse", test_misuse);

  return g_test_run ();
}
