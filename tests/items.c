/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

#include <string.h>

/* C items by functions: what is called when, and with what. */

static void
test_life (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  TestItem *item;

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 1, 4, 9);
  g_assert_cmpuint (counters.n_created, ==, 0);

  for (guint i = 0; i < 5; i++)
    {
      pooled = bp_pool_acquire (pool);
      item = bp_pooled_get_item (pooled);
      g_assert_cmpuint (counters.n_created, ==, 1);
      g_assert_cmpuint (item->n_reused, ==, i);

      /* reuse() runs when the item comes back, whichever way. */
      if (i % 2 == 0)
        bp_pooled_release (pooled);
      g_clear_pointer (&pooled, bp_pooled_unref);
      g_assert_cmpuint (item->n_reused, ==, i + 1);
      g_assert_cmpuint (counters.last_trim, ==, 9);
      assert_valid (pool);
    }
  g_assert_cmpuint (counters.n_freed, ==, 0);
  g_clear_object (&pool);
  g_assert_cmpuint (counters.n_freed, ==, 1);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
}

static void
test_refusal (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  BpPooled *handles[10];

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 2, 16, 0);
  test_acquire_many (pool, handles, 10);
  for (guint i = 0; i < 10; i++)
    ((TestItem *) bp_pooled_get_item (handles[i]))->refuse = i % 2 == 0;
  test_unref_many (handles, 10);
  assert_valid (pool);
  g_assert_cmpuint (counters.n_freed, ==, 5);
  g_assert_cmpuint (get_stat (pool, idle), ==, 5);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 5);
  g_assert_cmpuint (get_stat (pool, returned), ==, 10);
}

/* What does not fit is destroyed, once. */
static void
test_overflow (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  BpPooled *handles[10];

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 2, 3, 0);
  test_acquire_many (pool, handles, 10);
  test_unref_many (handles, 10);
  assert_valid (pool);
  g_assert_cmpuint (counters.n_freed, ==, 7);
  bp_pool_set_max_buffers (pool, 1);
  g_assert_cmpuint (counters.n_freed, ==, 9);
  g_object_run_dispose (G_OBJECT (pool));
  g_assert_cmpuint (counters.n_freed, ==, 10);
  g_assert_cmpuint (counters.n_destroyed, ==, 0);
  g_clear_object (&pool);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
}

/* The functions are copied; only create and free must be there. */
static void
test_copied_and_optional (void)
{
  TestCounters counters;
  BpItemFuncs funcs = { .create = test_item_funcs.create, .free = test_item_funcs.free };
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  test_counters_reset (&counters);
  pool = test_funcs_pool_new (&funcs, &counters, NULL, 1, 4, 100);
  memset (&funcs, 0xff, sizeof funcs);

  for (guint i = 0; i < 3; i++)
    {
      pooled = bp_pool_acquire (pool);
      g_clear_pointer (&pooled, bp_pooled_unref);
    }
  assert_valid (pool);
  g_assert_cmpuint (counters.n_created, ==, 1);
  g_assert_cmpuint (counters.n_reused, ==, 0);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 0);
  g_clear_object (&pool);
  g_assert_cmpuint (counters.n_freed, ==, 1);
  g_assert_cmpuint (counters.n_destroyed, ==, 0);
}

/* The functions' data outlives the pool as long as a handle may need it. */
static void
test_data_outlives_the_pool (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (BpPooled) husk = NULL;

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 1, 4, 0);
  pooled = bp_pool_acquire (pool);
  husk = bp_pool_acquire (pool);
  bp_pooled_release (husk);
  g_clear_object (&pool);
  g_assert_cmpuint (counters.n_freed, ==, 1);
  g_assert_cmpuint (counters.n_destroyed, ==, 0);

  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (counters.n_freed, ==, 2);
  g_assert_cmpuint (counters.n_reused, ==, 1);
  g_assert_cmpuint (counters.n_destroyed, ==, 0);
  g_clear_pointer (&husk, bp_pooled_unref);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
}

static gpointer
create_nothing (gpointer   acquire_data,
                gpointer   user_data,
                GError   **error)
{
  return NULL;
}

static gpointer
create_both (gpointer   acquire_data,
             gpointer   user_data,
             GError   **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "but it worked");

  return test_item_funcs.create (NULL, user_data, NULL);
}

static void
test_create_without_reason (void)
{
  const BpItemFuncs funcs = { .create = create_nothing, .free = test_item_funcs.free };
  g_autoptr (BpPool) pool = test_funcs_pool_new (&funcs, NULL, NULL, 1, 4, 0);
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_acquire (pool));
  g_assert_null (bp_pool_try_acquire (pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, acquired), ==, 0);
}

/* A mistake of create()'s is reported; the item is not lost. */
static void
test_create_with_both (void)
{
  const BpItemFuncs funcs = { .create = create_both, .free = test_item_funcs.free };
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;

  test_counters_reset (&counters);
  pool = test_funcs_pool_new (&funcs, &counters, NULL, 1, 4, 0);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_WARNING, "*an item and an error*but it worked*");
  pooled = bp_pool_try_acquire (pool, &error);
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
  g_assert_nonnull (bp_pooled_get_item (pooled));
}

/* create() makes anything: here descriptors of files, which are no pointers to
 * memory at all. */
static gpointer
create_number (gpointer   acquire_data,
               gpointer   user_data,
               GError   **error)
{
  guint *last = user_data;

  return GUINT_TO_POINTER (++*last);
}

static void
free_number (gpointer item,
             gpointer user_data)
{
}

static void
test_create_anything (void)
{
  const BpItemFuncs funcs = { .create = create_number, .free = free_number };
  guint last = 0;
  g_autoptr (BpPool) pool = test_funcs_pool_new (&funcs, &last, NULL, 1, 4, 0);
  BpPooled *handles[3];

  test_acquire_many (pool, handles, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (GPOINTER_TO_UINT (bp_pooled_get_item (handles[i])), ==, i + 1);
  g_assert_cmpuint (GPOINTER_TO_UINT (bp_pooled_steal_item (handles[0], NULL)), ==, 1);
  test_unref_many (handles, 3);
  assert_valid (pool);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/items/life", test_life);
  g_test_add_func ("/items/refusal", test_refusal);
  g_test_add_func ("/items/overflow", test_overflow);
  g_test_add_func ("/items/copied-and-optional", test_copied_and_optional);
  g_test_add_func ("/items/data-outlives-the-pool", test_data_outlives_the_pool);
  g_test_add_func ("/items/create-without-reason", test_create_without_reason);
  g_test_add_func ("/items/create-with-both", test_create_with_both);
  g_test_add_func ("/items/create-anything", test_create_anything);

  return g_test_run ();
}
