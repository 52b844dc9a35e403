/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* trim-capacity bounds what an idle buffer keeps, with hysteresis. */

/* The capacity that a buffer of so many elements has at its next use. */
static gsize
capacity_after (BpPool *pool,
                gsize   capacity)
{
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
  g_autoptr (GError) error = NULL;
  gsize found;

  bp_pooled_reserve (pooled, capacity, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, capacity);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);

  pooled = bp_pool_acquire (pool);
  found = bp_pooled_get_capacity (pooled);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  bp_pool_drop_idle (pool, 0);
  assert_valid (pool);

  return found;
}

/* Past twice of it a buffer shrinks, and not before. */
static void
test_hysteresis (void)
{
  const gsize trims[] = { 1, 2, 3, 100, 4096 };

  for (guint i = 0; i < G_N_ELEMENTS (trims); i++)
    {
      gsize trim = trims[i];
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I32, 1, 8, trim);

      g_assert_cmpuint (capacity_after (pool, 1), ==, 1);
      g_assert_cmpuint (capacity_after (pool, trim), ==, trim);
      g_assert_cmpuint (capacity_after (pool, trim + 1), ==, trim + 1);
      g_assert_cmpuint (capacity_after (pool, 2 * trim - 1), ==, 2 * trim - 1);
      g_assert_cmpuint (capacity_after (pool, 2 * trim), ==, 2 * trim);
      g_assert_cmpuint (capacity_after (pool, 2 * trim + 1), ==, trim);
      g_assert_cmpuint (capacity_after (pool, 100 * trim), ==, trim);
    }
}

static void
test_zero_never_trims (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I32, 1, 8, 0);

  g_assert_cmpuint (capacity_after (pool, 1), ==, 1);
  g_assert_cmpuint (capacity_after (pool, 1000000), ==, 1000000);
}

static void
test_huge_never_trims (void)
{
  const gsize trims[] = { G_MAXSIZE / 2, G_MAXSIZE / 2 + 1, G_MAXSIZE - 1, G_MAXSIZE };

  for (guint i = 0; i < G_N_ELEMENTS (trims); i++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 8, trims[i]);

      g_assert_cmpuint (bp_pool_get_trim_capacity (pool), ==, trims[i]);
      g_assert_cmpuint (capacity_after (pool, 1000000), ==, 1000000);
    }
}

/* The contents of what is kept do not matter, but the size counts. */
static void
test_idle_bytes (void)
{
  g_autoptr (BpPool) pool = test_sized_pool_new (12, 1, 8, 100);
  g_autoptr (BpPooled) large = bp_pool_acquire_sized (pool, 1000, NULL);
  g_autoptr (BpPooled) small = bp_pool_acquire_sized (pool, 150, NULL);

  g_clear_pointer (&large, bp_pooled_unref);
  g_clear_pointer (&small, bp_pooled_unref);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 12 * (100 + 150));
  assert_valid (pool);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 0);
}

static void
test_changed_in_use (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 8, 0);
  g_autoptr (BpPooled) out = bp_pool_acquire_sized (pool, 5000, NULL);
  g_autoptr (BpPooled) idle = bp_pool_acquire_sized (pool, 5000, NULL);

  g_clear_pointer (&idle, bp_pooled_unref);
  bp_pool_set_trim_capacity (pool, 100);

  /* What is idle stays as it is, what comes back is trimmed. */
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 5000);
  g_clear_pointer (&out, bp_pooled_unref);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 5100);
  assert_valid (pool);

  bp_pool_set_trim_capacity (pool, 0);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (capacity_after (pool, 5000), ==, 5000);
}

/* Elements need room to be worth keeping. */
static void
test_no_capacity_is_not_kept (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_F64, 1, 8, 0);

  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 0);
      if (i == 2)
        bp_pooled_release (pooled);
      g_clear_pointer (&pooled, bp_pooled_unref);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, 0);
      g_assert_cmpuint (get_stat (pool, dropped), ==, i);
      g_assert_cmpuint (get_stat (pool, returned), ==, i);
    }
}

/* An explicit release, a recycled buffer and an aligned one are trimmed as well. */
static void
test_every_way_back (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U16, 1, 8, 10);
  g_autoptr (BpPooled) released = bp_pool_acquire_sized (pool, 100, NULL);
  g_autoptr (BpPooled) bytes_handle = bp_pool_acquire_sized (pool, 100, NULL);
  g_autoptr (GBytes) bytes = NULL;

  bp_pooled_release (released);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 20);

  bytes = bp_pooled_unref_to_bytes (g_steal_pointer (&bytes_handle), NULL);
  g_clear_pointer (&bytes, g_bytes_unref);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 40);

  bp_pool_recycle_data (pool, g_malloc (200), 100);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 60);
  assert_valid (pool);
}

static void
test_aligned (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL,
                                          "alignment", 256,
                                          "trim-capacity", (guint64) 100,
                                          NULL);

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 1000 + i, NULL);

      g_clear_pointer (&pooled, bp_pooled_unref);
      assert_valid (pool);
      pooled = bp_pool_acquire (pool);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 100);
      g_assert_cmpuint ((guintptr) bp_pooled_get_data (pooled, NULL) % 256, ==, 0);
    }
}

/* Items are told, and shrink themselves. */
static void
test_items (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters own_counters;
  TestCounters *counters = kind->is_elements ? NULL : &own_counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  pool = test_kind_pool_new (kind, &own_counters, 1, 8, 77);
  if (bp_pool_get_item_type (pool) != G_TYPE_NONE)
    counters = &test_object_counters;

  pooled = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_release (pooled));
  g_assert_cmpuint (counters->n_reused, ==, 1);
  g_assert_cmpuint (counters->last_trim, ==, 77);
  g_clear_pointer (&pooled, bp_pooled_unref);

  pooled = bp_pool_acquire (pool);
  bp_pool_set_trim_capacity (pool, 5);
  g_assert_true (bp_pooled_release (pooled));
  g_assert_cmpuint (counters->last_trim, ==, 5);
  assert_valid (pool);
}

/* Accounting follows what reuse() left, not what there was before it. */
static gboolean
shrink (gpointer item,
        gsize    trim,
        gpointer user_data)
{
  ((TestItem *) item)->byte_size = trim;

  return TRUE;
}

static void
test_items_are_measured_after (void)
{
  BpItemFuncs funcs = test_item_funcs;
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  test_counters_reset (&counters);
  funcs.reuse = shrink;
  pool = test_funcs_pool_new (&funcs, &counters, NULL, 1, 8, 10);
  for (guint i = 0; i < 3; i++)
    {
      pooled = bp_pool_acquire (pool);
      ((TestItem *) bp_pooled_get_item (pooled))->byte_size = 1000;
      g_clear_pointer (&pooled, bp_pooled_unref);
      g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 10);
      assert_valid (pool);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pool/trim/hysteresis", test_hysteresis);
  g_test_add_func ("/pool/trim/zero-never-trims", test_zero_never_trims);
  g_test_add_func ("/pool/trim/huge-never-trims", test_huge_never_trims);
  g_test_add_func ("/pool/trim/idle-bytes", test_idle_bytes);
  g_test_add_func ("/pool/trim/changed-in-use", test_changed_in_use);
  g_test_add_func ("/pool/trim/no-capacity-is-not-kept", test_no_capacity_is_not_kept);
  g_test_add_func ("/pool/trim/every-way-back", test_every_way_back);
  g_test_add_func ("/pool/trim/aligned", test_aligned);
  g_test_add_data_func ("/pool/trim/funcs", &test_kinds[2], test_items);
  g_test_add_data_func ("/pool/trim/objects", &test_kinds[3], test_items);
  g_test_add_func ("/pool/trim/items-are-measured-after", test_items_are_measured_after);

  return g_test_run ();
}
