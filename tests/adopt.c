/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

#include <string.h>

/* What comes into a pool from outside, and what leaves it for good. */

static void
test_recycle_data (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I16, 2, 4, 0);
  gpointer data = g_malloc (100 * sizeof (gint16));
  g_autoptr (BpPooled) pooled = NULL;

  bp_pool_recycle_data (pool, data, 100);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 200);
  g_assert_cmpuint (get_stat (pool, returned), ==, 0);

  pooled = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == data);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 100);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 0);
  g_assert_cmpuint (get_stat (pool, misses), ==, 0);
}

/* The bound holds for these too, and nothing without capacity is kept. */
static void
test_recycle_beyond (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I16, 2, 4, 0);

  for (guint i = 0; i < 10; i++)
    {
      bp_pool_recycle_data (pool, g_malloc (20), 10);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, MIN (i + 1, 4));
    }
  bp_pool_recycle_data (pool, NULL, 0);
  bp_pool_recycle_data (pool, g_malloc (4), 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 4);

  bp_pool_set_max_buffers (pool, 0);
  bp_pool_recycle_data (pool, g_malloc (20), 10);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
}

static void
test_attach_data (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I16, 2, 4, 0);
  gint16 *data = g_new (gint16, 100);
  g_autoptr (GError) error = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  data[49] = 1234;
  pooled = bp_pool_attach_data (pool, data, 50, 100, &error);
  g_assert_no_error (error);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == data);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 50);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 100);
  g_assert_cmpint (data[49], ==, 1234);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_assert_cmpuint (get_stat (pool, acquired), ==, 0);

  g_assert_nonnull (bp_pooled_resize (pooled, 200));
  g_assert_cmpint (((gint16 *) bp_pooled_get_data (pooled, NULL))[49], ==, 1234);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 400);

  /* Memory without capacity can be attached, too. */
  pooled = bp_pool_attach_data (pool, NULL, 0, 0, &error);
  g_assert_no_error (error);
  g_assert_nonnull (bp_pooled_get_data (pooled, NULL));
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_attach_data (pool, g_malloc (10), 0, 0, &error);
  g_assert_no_error (error);
  assert_valid (pool);
}

/* The data is still the caller's then. */
static void
test_attach_errors (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I16, 2, 4, 0);
  g_autofree gint16 *data = g_new (gint16, 100);
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_attach_data (pool, data, 101, 100, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_nonnull (strstr (error->message, "101"));
  g_assert_nonnull (strstr (error->message, "100"));
  g_clear_error (&error);
  g_assert_null (bp_pool_attach_data (pool, data, 0, G_MAXSIZE / 2 + 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (bp_pool_attach_data (pool, data, 0, G_MAXSSIZE / 2 + 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
}

static void
test_steal_data (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 4, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 100, NULL);
  g_autofree guint8 *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize length, capacity;

  memset (bp_pooled_get_data (pooled, NULL), 7, 100);
  bp_pooled_set_length (pooled, 60, NULL);
  data = bp_pooled_steal_data (pooled, &length, &capacity, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, ==, 60);
  g_assert_cmpuint (capacity, ==, 100);
  g_assert_cmpuint (data[59], ==, 7);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);

  /* The caller's reference is left, to an empty handle. */
  g_assert_true (bp_pooled_is_released (pooled));
  g_assert_null (bp_pooled_get_data (pooled, NULL));
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);

  /* And in again. */
  bp_pool_recycle_data (pool, g_steal_pointer (&data), capacity);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
}

/* A buffer without capacity is stolen as memory all the same. */
static void
test_steal_empty (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_F64, 2, 4, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
  g_autofree gpointer data = NULL;
  gsize length = 9;

  data = bp_pooled_steal_data (pooled, &length, NULL, NULL);
  g_assert_nonnull (data);
  g_assert_cmpuint (length, ==, 0);
  assert_valid (pool);
}

/* Also with other references: bindings always hold one more. */
static void
test_steal_with_references (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 4, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 100, NULL);
  g_autoptr (BpPooled) other = bp_pooled_ref (pooled);
  g_autofree guint8 *data = bp_pooled_steal_data (pooled, NULL, NULL, NULL);

  g_assert_nonnull (data);
  g_assert_true (bp_pooled_is_released (other));
  g_assert_false (bp_pooled_release (other));
  g_assert_null (bp_pooled_get_data (other, NULL));
  assert_valid (pool);
  g_clear_pointer (&other, bp_pooled_unref);
  assert_valid (pool);
  memset (data, 1, 100);
}

static void
test_steal_after_the_pool (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 4, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 100, NULL);
  g_autofree guint8 *data = NULL;

  g_assert_finalize_object (g_steal_pointer (&pool));
  data = bp_pooled_steal_data (pooled, NULL, NULL, NULL);
  memset (data, 1, 100);
}

static void
test_items (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;
  TestItem *item;

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 2, 2, 33);

  /* As if it came back from use: asked, measured, kept or destroyed. */
  item = test_item_funcs.create (NULL, &counters, NULL);
  bp_pool_recycle_item (pool, item);
  assert_valid (pool);
  g_assert_cmpuint (counters.n_reused, ==, 1);
  g_assert_cmpuint (counters.last_trim, ==, 33);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, TEST_ITEM_BYTES);
  pooled = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_get_item (pooled) == item);
  g_clear_pointer (&pooled, bp_pooled_unref);

  item = test_item_funcs.create (NULL, &counters, NULL);
  item->refuse = TRUE;
  bp_pool_recycle_item (pool, item);
  assert_valid (pool);
  g_assert_cmpuint (counters.n_freed, ==, 1);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);

  item = test_item_funcs.create (NULL, &counters, NULL);
  pooled = bp_pool_attach_item (pool, item, &error);
  g_assert_no_error (error);
  g_assert_true (bp_pooled_get_item (pooled) == item);
  g_assert_true (bp_pooled_steal_item (pooled, &error) == item);
  g_assert_no_error (error);
  g_assert_null (bp_pooled_get_item (pooled));
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);
  g_assert_cmpuint (counters.n_freed, ==, 1);

  pooled = bp_pool_attach_item (pool, item, &error);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 2);
  g_clear_object (&pool);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
}

static void
test_objects (void)
{
  g_autoptr (BpPool) pool = test_type_pool_new (TEST_TYPE_OBJECT, 2, 2, 0);
  g_autoptr (BpPooled) pooled = NULL;
  TestObject *object = g_object_new (TEST_TYPE_OBJECT, NULL);
  g_autoptr (TestObject) mine = g_object_ref (object);
  g_autoptr (GObject) dup = NULL;

  bp_pool_recycle_item (pool, object);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, TEST_OBJECT_BYTES);
  pooled = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_get_item (pooled) == mine);
  dup = bp_pooled_dup_object (pooled);
  g_assert_true (dup == G_OBJECT (mine));

  g_assert_true (bp_pooled_steal_item (pooled, NULL) == mine);
  g_clear_pointer (&pooled, bp_pooled_unref);
  bp_pool_recycle_object (pool, G_OBJECT (mine));
  assert_valid (pool);

  pooled = bp_pool_attach_item (pool, g_object_new (TEST_TYPE_OBJECT, NULL), NULL);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 2);
}

/* Floating ones are sunk: the pool's reference is a real one. */
static void
test_floating (void)
{
  g_autoptr (BpPool) pool = test_type_pool_new (TEST_TYPE_FLOATING, 2, 8, 0);
  g_autoptr (BpPooled) made = bp_pool_acquire (pool);
  g_autoptr (BpPooled) attached = NULL;
  g_autoptr (BpPooled) recycled = NULL;
  g_autoptr (GObject) object = NULL;

  test_counters_reset (&test_object_counters);
  g_assert_false (g_object_is_floating (bp_pooled_get_item (made)));
  attached = bp_pool_attach_item (pool, g_object_new (TEST_TYPE_FLOATING, NULL), NULL);
  g_assert_false (g_object_is_floating (bp_pooled_get_item (attached)));
  bp_pool_recycle_item (pool, g_object_new (TEST_TYPE_FLOATING, NULL));
  recycled = bp_pool_acquire (pool);
  g_assert_false (g_object_is_floating (bp_pooled_get_item (recycled)));
  object = bp_pooled_steal_item (recycled, NULL);
  g_assert_cmpuint (object->ref_count, ==, 1);

  g_clear_pointer (&made, bp_pooled_unref);
  g_clear_pointer (&attached, bp_pooled_unref);
  assert_valid (pool);
  g_clear_object (&pool);
  g_assert_cmpuint (test_object_counters.n_freed, ==, 2);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pool/adopt/recycle-data", test_recycle_data);
  g_test_add_func ("/pool/adopt/recycle-beyond", test_recycle_beyond);
  g_test_add_func ("/pool/adopt/attach-data", test_attach_data);
  g_test_add_func ("/pool/adopt/attach-errors", test_attach_errors);
  g_test_add_func ("/pool/adopt/items", test_items);
  g_test_add_func ("/pool/adopt/objects", test_objects);
  g_test_add_func ("/pool/adopt/floating", test_floating);
  g_test_add_func ("/pooled/steal/data", test_steal_data);
  g_test_add_func ("/pooled/steal/empty", test_steal_empty);
  g_test_add_func ("/pooled/steal/with-references", test_steal_with_references);
  g_test_add_func ("/pooled/steal/after-the-pool", test_steal_after_the_pool);

  return g_test_run ();
}
