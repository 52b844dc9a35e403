/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-faults.h"
#include "test-items.h"
#include "test-utils.h"

/* bp_pooled_dup_data() and bp_pooled_slice_dup_data(): copies, which pin nothing. */

#define LENGTH 10

static BpPooled *
acquire_numbers (BpPool *pool)
{
  BpPooled *pooled = bp_pool_acquire_sized (pool, LENGTH, NULL);
  guint16 *data = bp_pooled_get_data (pooled, NULL);

  for (guint16 i = 0; i < LENGTH; i++)
    data[i] = i;

  return pooled;
}

/* From first on, and no longer in a buffer that is pinned. */
static void
assert_copy (const guint8 *copy,
             gsize         n_bytes,
             guint16       first)
{
  g_assert_nonnull (copy);
  g_assert_cmpuint (n_bytes, ==, (LENGTH - first) * sizeof (guint16));
  for (guint16 i = first; i < LENGTH; i++)
    g_assert_cmpuint (((const guint16 *) (gconstpointer) copy)[i - first], ==, i);
}

static void
test_copies (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U16);
  BpPooled *pooled = acquire_numbers (pool);
  g_autoptr (BpPooledSlice) slice = NULL;
  g_autoptr (BpPooledSlice) sub = NULL;
  g_autofree guint8 *whole = NULL;
  g_autofree guint8 *part = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes;

  whole = bp_pooled_dup_data (pooled, &n_bytes, &error);
  g_assert_no_error (error);
  assert_copy (whole, n_bytes, 0);
  g_assert_true (bp_pooled_resize (pooled, LENGTH) != NULL);

  slice = bp_pooled_slice_new_take (pooled, LENGTH, NULL);
  sub = bp_pooled_slice_sub (slice, 3, LENGTH - 3, NULL);
  part = bp_pooled_slice_dup_data (sub, &n_bytes, &error);
  g_assert_no_error (error);
  assert_copy (part, n_bytes, 3);

  /* The buffer has gone, the copies have not. */
  g_assert_true (bp_pooled_slice_release (slice));
  g_assert_true (bp_pooled_slice_release (sub));
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  bp_pool_drop_idle (pool, 0);
  assert_copy (whole, LENGTH * sizeof (guint16), 0);
  assert_copy (part, (LENGTH - 3) * sizeof (guint16), 3);
}

static void
test_empty (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U16);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
  g_autofree guint8 *copy = NULL;
  gsize n_bytes = 9;

  copy = bp_pooled_dup_data (pooled, &n_bytes, NULL);
  g_assert_nonnull (copy);
  g_assert_cmpuint (n_bytes, ==, 0);
}

static void
test_released (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U16);
  g_autoptr (BpPooled) pooled = acquire_numbers (pool);
  g_autoptr (BpPooledSlice) slice = bp_pooled_slice_new_take (acquire_numbers (pool), LENGTH, NULL);
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 9;

  g_assert_true (bp_pooled_release (pooled));
  g_assert_null (bp_pooled_dup_data (pooled, &n_bytes, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
  g_assert_cmpuint (n_bytes, ==, 0);

  g_clear_error (&error);
  n_bytes = 9;
  g_assert_true (bp_pooled_slice_release (slice));
  g_assert_null (bp_pooled_slice_dup_data (slice, &n_bytes, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
  g_assert_cmpuint (n_bytes, ==, 0);
}

static void
test_no_memory (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U16);
  BpPooled *pooled = acquire_numbers (pool);
  g_autoptr (BpPooledSlice) slice = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 9;

  fail_from (0, TRUE);
  g_assert_null (bp_pooled_dup_data (pooled, &n_bytes, &error));
  g_assert_true (end_faults ());
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
  g_assert_cmpuint (n_bytes, ==, 0);

  slice = bp_pooled_slice_new_take (pooled, LENGTH, NULL);
  g_clear_error (&error);
  n_bytes = 9;
  fail_from (0, TRUE);
  g_assert_null (bp_pooled_slice_dup_data (slice, &n_bytes, &error));
  g_assert_true (end_faults ());
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
  g_assert_cmpuint (n_bytes, ==, 0);

  /* No share was left. */
  g_assert_true (bp_pooled_slice_release (slice));
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);
}

static void
test_misuse (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U16);
  BpPooled *pooled = acquire_numbers (pool);
  g_autoptr (BpPooledSlice) slice = NULL;
  gsize n_bytes = 9;

  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*pooled_dup_data*self != NULL*");
  g_assert_null (bp_pooled_dup_data (NULL, &n_bytes, NULL));
  g_assert_cmpuint (n_bytes, ==, 0);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*pooled_dup_data*n_bytes != NULL*");
  g_assert_null (bp_pooled_dup_data (pooled, NULL, NULL));

  slice = bp_pooled_slice_new_take (pooled, LENGTH, NULL);
  n_bytes = 9;
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*slice_dup_data*self != NULL*");
  g_assert_null (bp_pooled_slice_dup_data (NULL, &n_bytes, NULL));
  g_assert_cmpuint (n_bytes, ==, 0);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*slice_dup_data*n_bytes != NULL*");
  g_assert_null (bp_pooled_slice_dup_data (slice, NULL, NULL));
  g_test_assert_expected_messages ();
}

static void
test_items (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  gsize n_bytes = 9;

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 0, 1, 0);
  pooled = bp_pool_acquire (pool);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*pooled_dup_data()*elements*");
  g_assert_null (bp_pooled_dup_data (pooled, &n_bytes, NULL));
  g_assert_cmpuint (n_bytes, ==, 0);
  g_test_assert_expected_messages ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/dup-data/copies", test_copies);
  g_test_add_func ("/dup-data/empty", test_empty);
  g_test_add_func ("/dup-data/released", test_released);
  g_test_add_func ("/dup-data/no-memory", test_no_memory);
  g_test_add_func ("/dup-data/misuse", test_misuse);
  g_test_add_func ("/dup-data/items", test_items);

  return g_test_run ();
}
