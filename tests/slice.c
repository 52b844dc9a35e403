/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-utils.h"

#include <string.h>

/* Slices: shares of one buffer, each with a length of its own. */

static BpPooled *
numbers (BpPool *pool,
         gsize   n_elements)
{
  BpPooled *pooled = bp_pool_acquire_uninit (pool, n_elements, NULL);
  guint16 *data = bp_pooled_get_data (pooled, NULL);

  for (gsize i = 0; i < n_elements; i++)
    data[i] = (guint16) i;

  return pooled;
}

static BpPool *
new_pool (void)
{
  return bp_pool_new_full (BP_ELEMENT_TYPE_U16, 2, 8, 0);
}

static void
assert_at_rest (BpPool *pool,
                guint   n_idle)
{
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);
}

static void
test_lengths (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  const gsize lengths[] = { 0, 1, 50, 99, 100 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BpPooledSlice) slice = NULL;
      const guint16 *data;
      gsize n_elements;

      slice = bp_pooled_slice_new_take (numbers (pool, 100), lengths[i], &error);
      g_assert_no_error (error);
      g_assert_cmpuint (bp_pooled_slice_get_length (slice), ==, lengths[i]);
      g_assert_cmpint (bp_pooled_slice_is_empty (slice), ==, lengths[i] == 0);
      g_assert_cmpuint (bp_pooled_slice_get_element_size (slice), ==, 2);
      g_assert_cmpint (bp_pooled_slice_get_element_type (slice), ==, BP_ELEMENT_TYPE_U16);
      g_assert_false (bp_pooled_slice_is_released (slice));

      data = bp_pooled_slice_get_data (slice, &n_elements);
      g_assert_nonnull (data);
      g_assert_cmpuint (n_elements, ==, lengths[i]);
      g_assert_true (bp_pooled_slice_get_data (slice, NULL) == data);
      for (gsize k = 0; k < n_elements; k++)
        g_assert_cmpuint (data[k], ==, k);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
    }
  assert_at_rest (pool, 1);
}

/* The message names both numbers; the handle is taken even so. */
static void
test_beyond_the_length (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pooled_slice_new_take (numbers (pool, 123), 456, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_nonnull (strstr (error->message, "123"));
  g_assert_nonnull (strstr (error->message, "456"));
  assert_at_rest (pool, 1);

  g_assert_null (bp_pooled_slice_new_take (numbers (pool, 123), 124, NULL));
  g_assert_null (bp_pooled_slice_new_take (numbers (pool, 0), G_MAXSIZE, NULL));
  assert_at_rest (pool, 1);
}

/* The length counts, and not the capacity. */
static void
test_within_the_capacity (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPooled) pooled = numbers (pool, 100);
  g_autoptr (GError) error = NULL;

  g_assert_true (bp_pooled_set_length (pooled, 10, NULL));
  g_assert_null (bp_pooled_slice_new_take (g_steal_pointer (&pooled), 11, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  assert_at_rest (pool, 1);
}

static void
test_sub (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPooledSlice) whole = bp_pooled_slice_new_take (numbers (pool, 100), 80, NULL);
  g_autoptr (BpPooledSlice) part = bp_pooled_slice_sub (whole, 10, 30, NULL);
  g_autoptr (BpPooledSlice) part_of_part = bp_pooled_slice_sub (part, 20, 10, NULL);
  g_autoptr (BpPooledSlice) empty = bp_pooled_slice_sub (part_of_part, 10, 0, NULL);
  const guint16 *data;
  gsize n_elements;

  data = bp_pooled_slice_get_data (part, &n_elements);
  g_assert_cmpuint (n_elements, ==, 30);
  g_assert_cmpuint (data[0], ==, 10);
  g_assert_cmpuint (data[29], ==, 39);
  g_assert_true (data == (const guint16 *) bp_pooled_slice_get_data (whole, NULL) + 10);

  data = bp_pooled_slice_get_data (part_of_part, &n_elements);
  g_assert_cmpuint (n_elements, ==, 10);
  g_assert_cmpuint (data[0], ==, 30);
  g_assert_true (bp_pooled_slice_is_empty (empty));
  g_assert_nonnull (bp_pooled_slice_get_data (empty, NULL));

  /* The buffer goes back once, with the last of them. */
  g_clear_pointer (&whole, bp_pooled_slice_unref);
  g_clear_pointer (&part_of_part, bp_pooled_slice_unref);
  g_clear_pointer (&empty, bp_pooled_slice_unref);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  data = bp_pooled_slice_get_data (part, &n_elements);
  g_assert_cmpuint (data[29], ==, 39);
  g_clear_pointer (&part, bp_pooled_slice_unref);
  assert_at_rest (pool, 1);
  g_assert_cmpuint (get_stat (pool, returned), ==, 1);
}

static void
test_sub_beyond (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPooledSlice) whole = bp_pooled_slice_new_take (numbers (pool, 100), 80, NULL);
  const gsize wrong[][2] = {
    { 0, 81 }, { 1, 80 }, { 80, 1 }, { 81, 0 }, { 81, G_MAXSIZE }, { G_MAXSIZE, 1 },
    { G_MAXSIZE, G_MAXSIZE }, { 40, G_MAXSIZE - 10 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *offset = g_strdup_printf ("%" G_GSIZE_FORMAT, wrong[i][0]);
      g_autofree char *length = g_strdup_printf ("%" G_GSIZE_FORMAT, wrong[i][1]);

      g_assert_null (bp_pooled_slice_sub (whole, wrong[i][0], wrong[i][1], &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      g_assert_nonnull (strstr (error->message, offset));
      g_assert_nonnull (strstr (error->message, length));
      g_assert_nonnull (strstr (error->message, "80"));
    }
  g_clear_pointer (&whole, bp_pooled_slice_unref);
  assert_at_rest (pool, 1);
}

/* Releasing a slice drops its share only. */
static void
test_release (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPooledSlice) one = bp_pooled_slice_new_take (numbers (pool, 10), 10, NULL);
  g_autoptr (BpPooledSlice) two = bp_pooled_slice_sub (one, 2, 3, NULL);
  g_autoptr (BpPooledSlice) again = bp_pooled_slice_ref (one);
  g_autoptr (GError) error = NULL;
  gsize n_elements = 7;

  g_assert_true (again == one);
  g_assert_true (bp_pooled_slice_release (one));
  g_assert_false (bp_pooled_slice_release (one));
  g_assert_true (bp_pooled_slice_is_released (again));
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);

  g_assert_cmpuint (bp_pooled_slice_get_length (one), ==, 0);
  g_assert_true (bp_pooled_slice_is_empty (one));
  g_assert_cmpuint (bp_pooled_slice_get_element_size (one), ==, 0);
  g_assert_cmpint (bp_pooled_slice_get_element_type (one), ==, BP_ELEMENT_TYPE_NONE);
  g_assert_null (bp_pooled_slice_get_data (one, &n_elements));
  g_assert_cmpuint (n_elements, ==, 0);
  g_assert_null (bp_pooled_slice_get_bytes (one, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
  g_clear_error (&error);
  g_assert_null (bp_pooled_slice_get_view (one, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
  g_clear_error (&error);
  g_assert_null (bp_pooled_slice_sub (one, 0, 0, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
  g_clear_error (&error);
  g_assert_null (bp_pooled_slice_steal_pooled (one, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);

  g_assert_cmpuint (((const guint16 *) bp_pooled_slice_get_data (two, NULL))[0], ==, 2);
  g_assert_true (bp_pooled_slice_release (two));
  assert_at_rest (pool, 1);
}

/* Bytes, slices and views of a buffer are shares alike. */
static void
test_bytes_and_views (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPooledSlice) slice = bp_pooled_slice_new_take (numbers (pool, 10), 8, NULL);
  g_autoptr (BpPooledSlice) part = bp_pooled_slice_sub (slice, 3, 2, NULL);
  g_autoptr (GBytes) bytes = bp_pooled_slice_get_bytes (part, NULL);
  g_autoptr (BpPooledView) view = bp_pooled_slice_get_view (part, NULL);
  const guint16 expected[2] = { 3, 4 };

  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected, 4);
  g_assert_cmpmem ((gpointer) bp_pooled_view_get_address (view),
                   bp_pooled_view_get_length_bytes (view), expected, 4);
  g_assert_cmpuint (bp_pooled_view_get_size_bytes (view), ==, 4);
  g_assert_false (bp_pooled_view_is_writable (view));

  g_clear_pointer (&slice, bp_pooled_slice_unref);
  g_clear_pointer (&part, bp_pooled_slice_unref);
  g_clear_pointer (&view, bp_pooled_view_unref);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_clear_pointer (&bytes, g_bytes_unref);
  assert_at_rest (pool, 1);
}

static void
test_steal_pooled (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPooledSlice) slice = bp_pooled_slice_new_take (numbers (pool, 10), 4, NULL);
  g_autoptr (BpPooledSlice) part = bp_pooled_slice_sub (slice, 0, 2, NULL);
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;

  /* It must be the only share. */
  g_assert_null (bp_pooled_slice_steal_pooled (slice, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_cmpuint (bp_pooled_slice_get_length (slice), ==, 4);
  g_clear_pointer (&part, bp_pooled_slice_unref);

  pooled = bp_pooled_slice_steal_pooled (slice, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 10);
  g_assert_nonnull (bp_pooled_resize (pooled, 1000));
  assert_valid (pool);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_at_rest (pool, 1);
}

/* Other references are left with a released slice. */
static void
test_steal_pooled_with_references (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPooledSlice) slice = bp_pooled_slice_new_take (numbers (pool, 10), 4, NULL);
  g_autoptr (BpPooledSlice) other = bp_pooled_slice_ref (slice);
  g_autoptr (BpPooled) pooled = bp_pooled_slice_steal_pooled (slice, NULL);

  g_assert_nonnull (pooled);
  g_assert_true (bp_pooled_slice_is_released (other));
  g_assert_null (bp_pooled_slice_get_data (other, NULL));
  g_clear_pointer (&other, bp_pooled_slice_unref);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 10);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_at_rest (pool, 1);
}

/* A slice is a pin, so the memory under it is not moved or taken. */
static void
test_pins (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPooled) pooled = numbers (pool, 10);
  g_autoptr (BpPooledSlice) slice = bp_pooled_slice_new_take (bp_pooled_ref (pooled), 10, NULL);
  g_autoptr (GError) error = NULL;
  const guint16 *data = bp_pooled_slice_get_data (slice, NULL);

  g_assert_false (bp_pooled_try_resize (pooled, 5000, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "1 live"));

  /* A release of the handle waits for the slice. */
  g_assert_true (bp_pooled_release (pooled));
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_assert_true (bp_pooled_slice_get_data (slice, NULL) == data);
  g_assert_cmpuint (data[9], ==, 9);
  g_clear_pointer (&slice, bp_pooled_slice_unref);
  assert_at_rest (pool, 1);
}

static void
test_outlives_the_pool (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPooledSlice) slice = bp_pooled_slice_new_take (numbers (pool, 10), 10, NULL);
  g_autoptr (BpPooledSlice) part = bp_pooled_slice_sub (slice, 5, 5, NULL);

  g_assert_finalize_object (g_steal_pointer (&pool));
  g_clear_pointer (&slice, bp_pooled_slice_unref);
  g_assert_cmpuint (((const guint16 *) bp_pooled_slice_get_data (part, NULL))[4], ==, 9);
}

static void
test_boxed (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  BpPooledSlice *slice = bp_pooled_slice_new_take (numbers (pool, 10), 10, NULL);
  BpPooledSlice *copy = g_boxed_copy (BP_TYPE_POOLED_SLICE, slice);

  g_assert_true (copy == slice);
  g_boxed_free (BP_TYPE_POOLED_SLICE, slice);
  g_assert_cmpuint (bp_pooled_slice_get_length (copy), ==, 10);
  g_boxed_free (BP_TYPE_POOLED_SLICE, copy);
  assert_at_rest (pool, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/slice/lengths", test_lengths);
  g_test_add_func ("/slice/beyond-the-length", test_beyond_the_length);
  g_test_add_func ("/slice/within-the-capacity", test_within_the_capacity);
  g_test_add_func ("/slice/sub", test_sub);
  g_test_add_func ("/slice/sub-beyond", test_sub_beyond);
  g_test_add_func ("/slice/release", test_release);
  g_test_add_func ("/slice/bytes-and-views", test_bytes_and_views);
  g_test_add_func ("/slice/steal-pooled", test_steal_pooled);
  g_test_add_func ("/slice/steal-pooled-with-references", test_steal_pooled_with_references);
  g_test_add_func ("/slice/pins", test_pins);
  g_test_add_func ("/slice/outlives-the-pool", test_outlives_the_pool);
  g_test_add_func ("/slice/boxed", test_boxed);

  return g_test_run ();
}
