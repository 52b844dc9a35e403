/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-items.h"
#include "test-utils.h"

/* One budget for several pools: shared to the byte, in any mix of kinds, in whichever order
 * they end. */

static TestCounters counters;

static BpPool *
make_bytes (BpBudget *budget)
{
  return g_object_new (BP_TYPE_POOL, "budget", budget, NULL);
}

static BpPool *
make_items (BpBudget *budget)
{
  BpItemFuncs funcs = test_item_funcs;

  test_counters_reset (&counters);
  funcs.user_data = &counters;
  funcs.destroy = test_item_destroy_notify;

  return g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "budget", budget, NULL);
}

static BpPool *
make_objects (BpBudget *budget)
{
  test_counters_reset (&test_object_counters);

  return g_object_new (BP_TYPE_POOL, "item-type", TEST_TYPE_OBJECT, "budget", budget, NULL);
}

static void
expect_budget_error (GError **error)
{
  g_assert_error (*error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (error);
}

/* Bytes of one pool are not the other's. */
static void
test_shared (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (BpPool) first = make_bytes (budget);
  g_autoptr (BpPool) second = make_bytes (budget);
  g_autoptr (BpPooled) a = bp_pool_acquire_sized (first, 600, NULL);
  g_autoptr (BpPooled) b = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (bp_pool_get_budget (first) == budget);
  g_assert_null (bp_pool_acquire_sized (second, 401, &error));
  expect_budget_error (&error);
  b = bp_pool_acquire_sized (second, 400, &error);
  g_assert_no_error (error);
  assert_charged (budget, 1000, first, second, NULL);
  g_assert_false (bp_pooled_try_resize (a, 601, &error));
  expect_budget_error (&error);

  g_clear_pointer (&b, bp_pooled_unref);
  g_clear_pointer (&a, bp_pooled_unref);
  assert_charged (budget, 0, first, second, NULL);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 1000);

  /* Idle buffers of either are no obstacle to the other. */
  a = bp_pool_acquire_sized (second, 1000, &error);
  g_assert_no_error (error);
  assert_charged (budget, 1000, first, second, NULL);
  g_assert_cmpuint (get_stat (first, idle), ==, 0);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 1000);
}

/* Elements, C items and objects together; used-bytes is the sum after every step. */
static void
test_mixed (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (BpPool) bytes = make_bytes (budget);
  g_autoptr (BpPool) items = make_items (budget);
  g_autoptr (BpPool) objects = make_objects (budget);
  g_autoptr (BpPooled) buffer = NULL;
  g_autoptr (GError) error = NULL;
  BpPooled *held[4];

  held[0] = bp_pool_acquire (items);
  assert_charged (budget, TEST_ITEM_BYTES, bytes, items, objects, NULL);
  held[1] = bp_pool_acquire (objects);
  assert_charged (budget, TEST_ITEM_BYTES + TEST_OBJECT_BYTES, bytes, items, objects, NULL);
  buffer = bp_pool_acquire_sized (bytes, 500, NULL);
  assert_charged (budget, 800, bytes, items, objects, NULL);
  held[2] = bp_pool_acquire (items);
  held[3] = bp_pool_acquire (items);
  assert_charged (budget, 1000, bytes, items, objects, NULL);

  g_assert_null (bp_pool_acquire (items));
  g_assert_null (bp_pool_try_acquire (items, &error));
  expect_budget_error (&error);
  g_assert_null (bp_pool_try_acquire (objects, &error));
  expect_budget_error (&error);
  g_assert_null (bp_pool_acquire_sized (bytes, 1, &error));
  expect_budget_error (&error);
  g_assert_cmpuint (test_counters_live (&counters), ==, 3);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 1);
  assert_charged (budget, 1000, bytes, items, objects, NULL);

  /* Back, one by one. */
  test_unref_many (held, 1);
  assert_charged (budget, 900, bytes, items, objects, NULL);
  test_unref_many (held + 1, 3);
  assert_charged (budget, 500, bytes, items, objects, NULL);
  g_clear_pointer (&buffer, bp_pooled_unref);
  assert_charged (budget, 0, bytes, items, objects, NULL);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 1000);

  /* One buffer for all of them. */
  buffer = bp_pool_acquire_sized (bytes, 1000, &error);
  g_assert_no_error (error);
  assert_charged (budget, 1000, bytes, items, objects, NULL);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

/* Elements of every size in one budget. */
static void
test_element_sizes (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (100000);
  g_autoptr (BpPool) small = g_object_new (BP_TYPE_POOL, "element-size", 3, "budget", budget, NULL);
  g_autoptr (BpPool) large = g_object_new (BP_TYPE_POOL,
                                           "element-size", 4096,
                                           "alignment", 4096,
                                           "budget", budget,
                                           NULL);
  g_autoptr (BpPooled) a G_GNUC_UNUSED = bp_pool_acquire_sized (small, 7, NULL);
  g_autoptr (BpPooled) b = bp_pool_acquire_sized (large, 24, NULL);

  assert_charged (budget, 21 + 24 * 4096, small, large, NULL);
  g_assert_null (bp_pool_acquire_sized (large, 1, NULL));
  g_assert_null (bp_pool_acquire_sized (small, (100000 - 21 - 24 * 4096) / 3 + 1, NULL));
  g_clear_pointer (&b, bp_pooled_unref);
  assert_charged (budget, 21, small, large, NULL);
}

/* A pool that ends gives back everything, at once what is idle, and what outlives it when
 * that ends. */
static void
test_pool_ends (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  BpPool *first = make_bytes (budget);
  g_autoptr (BpPool) second = make_bytes (budget);
  g_autoptr (BpPooled) a = bp_pool_acquire_sized (first, 300, NULL);
  g_autoptr (BpPooled) b = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (bp_pool_prefill (first, 4, 100, NULL));
  assert_charged (budget, 300, first, second, NULL);
  g_assert_finalize_object (first);
  assert_charged (budget, 300, second, NULL);

  /* It can still grow, and be in the way of others. */
  g_assert_true (bp_pooled_try_resize (a, 600, NULL));
  assert_charged (budget, 600, second, NULL);
  g_assert_false (bp_pooled_try_resize (a, 1001, NULL));
  g_assert_null (bp_pool_acquire_sized (second, 401, &error));
  expect_budget_error (&error);
  b = bp_pool_acquire_sized (second, 400, NULL);
  g_assert_nonnull (b);
  g_clear_pointer (&a, bp_pooled_unref);
  assert_charged (budget, 400, second, NULL);
}

/* Buffers, pool and budget end in any order. */

enum
{
  THE_BUDGET,
  THE_POOL,
  THE_BUFFER,
  N_THINGS
};

static void
check_order (const guint *order)
{
  BpBudget *budget = bp_budget_new (1000);
  BpPool *pool = make_items (budget);
  BpPooled *pooled = bp_pool_acquire (pool);

  g_assert_true (bp_pool_prefill (pool, 3, 0, NULL));
  for (guint i = 0; i < N_THINGS; i++)
    {
      if (order[i] == THE_BUDGET)
        g_object_unref (budget);
      else if (order[i] == THE_POOL)
        g_object_unref (pool);
      else
        bp_pooled_unref (pooled);
    }
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
}

static void
test_every_order (void)
{
  const guint orders[][N_THINGS] = {
    { THE_BUDGET, THE_POOL, THE_BUFFER }, { THE_BUDGET, THE_BUFFER, THE_POOL },
    { THE_POOL, THE_BUDGET, THE_BUFFER }, { THE_POOL, THE_BUFFER, THE_BUDGET },
    { THE_BUFFER, THE_BUDGET, THE_POOL }, { THE_BUFFER, THE_POOL, THE_BUDGET },
  };

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    check_order (orders[i]);
}

/* A pool keeps its budget, and says which it is. */
static void
test_budget_is_kept (void)
{
  BpBudget *budget = bp_budget_new (1000);
  BpPool *pool = make_bytes (budget);
  g_autoptr (BpBudget) got = NULL;

  g_object_unref (budget);
  g_assert_true (bp_pool_get_budget (pool) == budget);
  g_object_get (pool, "budget", &got, NULL);
  g_assert_true (got == budget);
  g_assert_finalize_object (pool);
  g_assert_cmpuint (bp_budget_get_used_bytes (got), ==, 0);
}

/* A budget without pools, and pools that come and go. */
static void
test_come_and_go (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);

  for (guint i = 0; i < 5; i++)
    {
      BpPool *pools[4];

      for (guint k = 0; k < G_N_ELEMENTS (pools); k++)
        {
          pools[k] = make_bytes (budget);
          g_assert_true (bp_pool_prefill (pools[k], 2, 100, NULL));
        }
      assert_charged (budget, 0, pools[0], pools[1], pools[2], pools[3], NULL);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 800);

      /* Each place in the list of pools is once the one that goes first. */
      for (guint k = 0; k < G_N_ELEMENTS (pools); k++)
        {
          g_assert_finalize_object (pools[(i + k) % G_N_ELEMENTS (pools)]);
          g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 600 - 200 * k);
        }
    }
  bp_budget_set_max_bytes (budget, 10);
  g_assert_cmpuint (bp_budget_get_max_bytes (budget), ==, 10);
}

/* Lowering frees what is idle, at once and no more than it must; what is out stays, and
 * nothing grows until all fits. */
static void
test_lowered (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (BpPool) first = make_bytes (budget);
  g_autoptr (BpPool) second = make_bytes (budget);
  g_autoptr (BpPooled) out = bp_pool_acquire_sized (first, 300, NULL);
  g_autoptr (BpPooled) more = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (bp_pool_prefill (first, 3, 100, NULL));
  g_assert_true (bp_pool_prefill (second, 4, 100, NULL));
  bp_budget_set_max_bytes (budget, 1000);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 1000);
  bp_budget_set_max_bytes (budget, 999);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 900);
  bp_budget_set_max_bytes (budget, 500);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 500);
  assert_charged (budget, 300, first, second, NULL);

  bp_budget_set_max_bytes (budget, 200);
  assert_charged (budget, 300, first, second, NULL);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 300);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 1000);
  g_assert_null (bp_pool_acquire_sized (second, 1, &error));
  expect_budget_error (&error);
  g_assert_false (bp_pooled_try_resize (out, 301, &error));
  expect_budget_error (&error);
  g_assert_cmpuint (bp_pooled_get_length (out), ==, 300);
  g_assert_false (bp_pool_prefill (first, 1, 1, &error));
  expect_budget_error (&error);

  /* What comes back while there is too much is not kept. */
  g_clear_pointer (&out, bp_pooled_unref);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
  more = bp_pool_acquire_sized (second, 200, &error);
  g_assert_no_error (error);
  assert_charged (budget, 200, first, second, NULL);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 200);

  bp_budget_set_max_bytes (budget, 0);
  g_clear_pointer (&more, bp_pooled_unref);
  bp_budget_set_max_bytes (budget, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
}

/* Lowered while all is out, in several pools and with caches: what comes back is freed until
 * the rest fits, and kept from then on. */
static void
test_lowered_while_out (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (BpPool) first = make_bytes (budget);
  g_autoptr (BpPool) second = make_bytes (budget);
  BpPooled *held[10];

  for (guint round = 0; round < 2; round++)
    {
      bp_budget_set_max_bytes (budget, 1000);
      for (guint i = 0; i < 10; i++)
        held[i] = bp_pool_acquire_sized (i % 2 == 0 ? first : second, 100, NULL);
      assert_charged (budget, 1000, first, second, NULL);
      bp_budget_set_max_bytes (budget, 450);
      for (guint i = 0; i < 10; i++)
        {
          guint64 n_used = MAX (1000 - 100 * (i + 1), 400);

          test_unref_many (&held[i], 1);
          g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, n_used);
          assert_charged (budget, 1000 - 100 * (i + 1), first, second, NULL);
        }
      g_assert_cmpuint (get_stat (first, idle) + get_stat (second, idle), ==, 4);
    }
}

/* The peak is the most there ever was, and does not go down. */
static void
test_peak (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (BpPool) pool = make_bytes (budget);
  BpPooled *held[2];
  guint64 peak;

  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 0);
  held[0] = bp_pool_acquire_sized (pool, 300, NULL);
  held[1] = bp_pool_acquire_sized (pool, 400, NULL);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 700);
  test_unref_many (held, 2);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 700);
  held[0] = bp_pool_acquire_sized (pool, 600, NULL);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 700);
  g_object_get (budget, "peak-bytes", &peak, NULL);
  g_assert_cmpuint (peak, ==, 700);

  /* What is refused does not count. */
  g_assert_null (bp_pool_acquire_sized (pool, 401, NULL));
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 700);
  test_unref_many (held, 1);
}

static void
count_notify (GObject    *object,
              GParamSpec *pspec,
              gpointer    user_data)
{
  ++*(guint *) user_data;
}

/* A change of max-bytes is notified; the others change with every buffer. */
static void
test_properties (void)
{
  g_autoptr (BpBudget) unlimited = g_object_new (BP_TYPE_BUDGET, NULL);
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (BpPool) pool = make_bytes (budget);
  g_autoptr (BpPooled) pooled = NULL;
  guint n_max = 0, n_all = 0;
  guint64 max_bytes, used_bytes;

  g_assert_cmpuint (bp_budget_get_max_bytes (unlimited), ==, G_MAXUINT64);
  g_signal_connect (budget, "notify::max-bytes", G_CALLBACK (count_notify), &n_max);
  g_signal_connect (budget, "notify", G_CALLBACK (count_notify), &n_all);
  bp_budget_set_max_bytes (budget, 1000);
  g_assert_cmpuint (n_all, ==, 0);
  bp_budget_set_max_bytes (budget, 2000);
  g_object_set (budget, "max-bytes", G_GUINT64_CONSTANT (3000), NULL);
  g_object_set (budget, "max-bytes", G_GUINT64_CONSTANT (3000), NULL);
  pooled = bp_pool_acquire_sized (pool, 100, NULL);
  g_assert_cmpuint (n_max, ==, 2);
  g_assert_cmpuint (n_all, ==, 2);
  g_object_get (budget, "max-bytes", &max_bytes, "used-bytes", &used_bytes, NULL);
  g_assert_cmpuint (max_bytes, ==, 3000);
  g_assert_cmpuint (used_bytes, ==, 100);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/budget/pools/shared", test_shared);
  g_test_add_func ("/budget/pools/mixed", test_mixed);
  g_test_add_func ("/budget/pools/element-sizes", test_element_sizes);
  g_test_add_func ("/budget/pools/pool-ends", test_pool_ends);
  g_test_add_func ("/budget/pools/every-order", test_every_order);
  g_test_add_func ("/budget/pools/budget-is-kept", test_budget_is_kept);
  g_test_add_func ("/budget/pools/come-and-go", test_come_and_go);
  g_test_add_func ("/budget/pools/lowered", test_lowered);
  g_test_add_func ("/budget/pools/lowered-while-out", test_lowered_while_out);
  g_test_add_func ("/budget/pools/peak", test_peak);
  g_test_add_func ("/budget/pools/properties", test_properties);

  return g_test_run ();
}
