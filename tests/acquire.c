/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

#include <string.h>

/* The ways to acquire, for each kind of pool. */

static const struct
{
  BpElementType type;
  gsize size;
} element_types[] = {
  { BP_ELEMENT_TYPE_U8, sizeof (guint8) },
  { BP_ELEMENT_TYPE_I8, sizeof (gint8) },
  { BP_ELEMENT_TYPE_U16, sizeof (guint16) },
  { BP_ELEMENT_TYPE_I16, sizeof (gint16) },
  { BP_ELEMENT_TYPE_U32, sizeof (guint32) },
  { BP_ELEMENT_TYPE_I32, sizeof (gint32) },
  { BP_ELEMENT_TYPE_U64, sizeof (guint64) },
  { BP_ELEMENT_TYPE_I64, sizeof (gint64) },
  { BP_ELEMENT_TYPE_F32, sizeof (float) },
  { BP_ELEMENT_TYPE_F64, sizeof (double) },
};

static void
check_elements (BpPool        *pool,
                BpElementType  type,
                gsize          size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  gsize n_elements = 99;
  guint8 *data;

  g_assert_cmpint (bp_pool_get_element_type (pool), ==, type);
  g_assert_cmpuint (bp_pool_get_element_size (pool), ==, size);
  g_assert_true (bp_pool_get_item_type (pool) == G_TYPE_NONE);

  /* Fresh: nothing in it, but data is never NULL. */
  pooled = bp_pool_acquire (pool);
  g_assert_cmpint (bp_pooled_get_element_type (pooled), ==, type);
  g_assert_cmpuint (bp_pooled_get_element_size (pooled), ==, size);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 0);
  g_assert_nonnull (bp_pooled_get_data (pooled, &n_elements));
  g_assert_cmpuint (n_elements, ==, 0);
  g_assert_null (bp_pooled_get_item (pooled));
  g_assert_null (bp_pooled_dup_object (pooled));

  data = bp_pooled_resize (pooled, 100);
  g_assert_cmpuint ((guintptr) data % (2 * sizeof (gpointer)), ==, 0);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 100);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), >=, 100);
  for (gsize i = 0; i < 100 * size; i++)
    g_assert_cmpuint (data[i], ==, 0);
  memset (data, 0xa5, 100 * size);
  g_assert_cmpuint (get_stat (pool, misses), ==, 1);
  g_clear_pointer (&pooled, bp_pooled_unref);

  /* Used: empty again, with the room it had. */
  pooled = bp_pool_try_acquire (pool, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 0);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 100);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == data);
  g_clear_pointer (&pooled, bp_pooled_unref);

  /* Uninit: what the last user left, by design. */
  pooled = bp_pool_acquire_uninit (pool, 60, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 60);
  g_assert_true (bp_pooled_get_data (pooled, &n_elements) == data);
  g_assert_cmpuint (n_elements, ==, 60);
  for (gsize i = 0; i < 60 * size; i++)
    g_assert_cmpuint (data[i], ==, 0xa5);
  g_clear_pointer (&pooled, bp_pooled_unref);

  /* Sized: zeroed, where there is room and where there is not. */
  for (gsize n = 0; n <= 300; n += 60)
    {
      pooled = bp_pool_acquire_sized (pool, n, &error);
      g_assert_no_error (error);
      data = bp_pooled_get_data (pooled, &n_elements);
      g_assert_cmpuint (n_elements, ==, n);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, MAX (n, 100));
      for (gsize i = 0; i < n * size; i++)
        g_assert_cmpuint (data[i], ==, 0);
      memset (data, 0xa5, n * size);
      g_clear_pointer (&pooled, bp_pooled_unref);
    }

  /* Growing an uninitialized one. */
  pooled = bp_pool_acquire_uninit (pool, 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 1000);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 1000);
  memset (bp_pooled_get_data (pooled, NULL), 1, 1000 * size);
  g_clear_pointer (&pooled, bp_pooled_unref);

  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, misses), ==, 1);
}

static void
test_element_types (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (element_types); i++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (element_types[i].type, 0, 16, 0);

      g_assert_cmpuint (bp_element_type_get_size (element_types[i].type), ==,
                        element_types[i].size);
      check_elements (pool, element_types[i].type, element_types[i].size);
    }
}

static void
test_element_sizes (void)
{
  const gsize sizes[] = { 2, 3, 4, 5, 7, 12, 16, 24, 100, 4096, 5000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (BpPool) pool = test_sized_pool_new (sizes[i], 0, 16, 0);

      check_elements (pool, BP_ELEMENT_TYPE_NONE, sizes[i]);
    }
}

/* Elements of one byte are bytes. */
static void
test_element_size_one (void)
{
  g_autoptr (BpPool) pool = test_sized_pool_new (1, 0, 16, 0);

  check_elements (pool, BP_ELEMENT_TYPE_U8, 1);
}

static void
test_typed_data (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_F32, 0, 16, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);
  gsize n_elements;
  float *pcm = bp_pooled_data (float, pooled, &n_elements);

  g_assert_cmpuint (n_elements, ==, 10);
  pcm[9] = 0.5f;
  g_assert_cmpfloat (bp_pooled_data (float, pooled, NULL)[9], ==, 0.5f);

  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*4 bytes*8*");
  g_assert_null (bp_pooled_data (double, pooled, &n_elements));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (n_elements, ==, 0);
}

static void
fill (BpPooled *pooled,
      gpointer  user_data)
{
  guint *n_calls = user_data;

  *n_calls += 1;
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 0);
  memset (bp_pooled_resize (pooled, 50), 7, 50);
}

static void
test_acquire_with (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 16, 0);
  guint n_calls = 0;

  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire_with (pool, fill, &n_calls);

      g_assert_cmpuint (n_calls, ==, i);
      g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 50);
      g_assert_cmpuint (((guint8 *) bp_pooled_get_data (pooled, NULL))[49], ==, 7);
    }
  g_assert_cmpuint (get_stat (pool, misses), ==, 1);
}

static void
test_items (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;
  gpointer item;
  gsize n_elements = 99;

  test_counters_reset (&counters);
  pool = kind->make (&counters, 1, 16, 0);
  g_assert_cmpint (bp_pool_get_element_type (pool), ==, BP_ELEMENT_TYPE_NONE);
  g_assert_cmpuint (bp_pool_get_element_size (pool), ==, 0);

  pooled = bp_pool_try_acquire (pool, &error);
  g_assert_no_error (error);
  item = bp_pooled_get_item (pooled);
  g_assert_nonnull (item);
  g_assert_null (bp_pooled_get_data (pooled, &n_elements));
  g_assert_cmpuint (n_elements, ==, 0);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 0);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 0);
  g_assert_cmpuint (bp_pooled_get_element_size (pooled), ==, 0);
  g_assert_cmpint (bp_pooled_get_element_type (pooled), ==, BP_ELEMENT_TYPE_NONE);
  g_clear_pointer (&pooled, bp_pooled_unref);

  pooled = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_get_item (pooled) == item);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);
}

static void
count_init (BpPooled *pooled,
            gpointer  user_data)
{
  ++*(guint *) user_data;
}

/* NULL only if create() fails; then there is nothing to prepare. */
static void
test_create_fails (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;
  guint n_calls = 0;

  test_counters_reset (&counters);
  counters.fail_after = 1;
  pool = test_item_pool_new (&counters, 1, 16, 0);
  pooled = bp_pool_acquire (pool);
  g_assert_nonnull (pooled);

  g_assert_null (bp_pool_acquire (pool));
  g_assert_null (bp_pool_acquire_with (pool, count_init, &n_calls));
  g_assert_cmpuint (n_calls, ==, 0);
  g_assert_null (bp_pool_try_acquire (pool, NULL));
  g_assert_null (bp_pool_try_acquire (pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
  g_assert_nonnull (strstr (error->message, "the test says no"));
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, misses), ==, 1);

  /* A buffer that comes back can be acquired all the same. */
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_acquire (pool);
  g_assert_nonnull (pooled);
}

static void
check_too_large (BpPool *pool,
                 gsize   n_elements,
                 int     code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_acquire_sized (pool, n_elements, &error));
  g_assert_error (error, BP_POOL_ERROR, code);
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_uninit (pool, n_elements, &error));
  g_assert_error (error, BP_POOL_ERROR, code);
  g_assert_null (bp_pool_acquire_sized (pool, n_elements, NULL));
  assert_valid (pool);
}

/* The buffer that was to be grown is idle again, as it was. */
static void
test_too_large (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I64, 1, 16, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);

  g_clear_pointer (&pooled, bp_pooled_unref);
  check_too_large (pool, G_MAXSIZE, BP_POOL_ERROR_TOO_LARGE);
  check_too_large (pool, G_MAXSIZE / 8 + 1, BP_POOL_ERROR_TOO_LARGE);
  check_too_large (pool, G_MAXSSIZE / 8 + 1, BP_POOL_ERROR_TOO_LARGE);
  check_too_large (pool, G_MAXSSIZE / 16, BP_POOL_ERROR_NO_MEMORY);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 80);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_have_no_huge_memory ();

  g_test_add_func ("/pool/acquire/element-types", test_element_types);
  g_test_add_func ("/pool/acquire/element-sizes", test_element_sizes);
  g_test_add_func ("/pool/acquire/element-size-one", test_element_size_one);
  g_test_add_func ("/pool/acquire/typed-data", test_typed_data);
  g_test_add_func ("/pool/acquire/with", test_acquire_with);
  g_test_add_data_func ("/pool/acquire/items/funcs", &test_kinds[2], test_items);
  g_test_add_data_func ("/pool/acquire/items/objects", &test_kinds[3], test_items);
  g_test_add_func ("/pool/acquire/create-fails", test_create_fails);
  g_test_add_func ("/pool/acquire/too-large", test_too_large);

  return g_test_run ();
}
