/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

#include <string.h>

/* Buffers as GBytes: no copy, and the buffer comes back with the last of them. */

static BpPooled *
acquire_text (BpPool     *pool,
              const char *text)
{
  BpPooled *pooled = bp_pool_acquire (pool);

  g_assert_true (bp_pooled_append (pooled, text, strlen (text), NULL));

  return pooled;
}

static void
assert_at_rest (BpPool *pool)
{
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
}

static void
test_unref_to_bytes (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
  g_autoptr (BpPooled) pooled = acquire_text (pool, "hello");
  gpointer data = bp_pooled_get_data (pooled, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = bp_pooled_unref_to_bytes (g_steal_pointer (&pooled), &error);
  g_autoptr (GBytes) more = NULL;

  g_assert_no_error (error);
  g_assert_true (g_bytes_get_data (bytes, NULL) == data);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "hello", 5);
  more = g_bytes_ref (bytes);
  g_clear_pointer (&bytes, g_bytes_unref);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_clear_pointer (&more, g_bytes_unref);
  assert_at_rest (pool);
  g_assert_cmpuint (get_stat (pool, returned), ==, 1);
}

/* The size is in bytes, whatever the elements are. */
static void
test_sizes (void)
{
  const gsize sizes[] = { 1, 2, 4, 8, 12, 100 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (BpPool) pool = test_sized_pool_new (sizes[i], 0, 8, 0);
      g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 7, NULL);
      g_autoptr (GBytes) bytes = NULL;

      g_assert_true (bp_pooled_reserve (pooled, 50, NULL));
      bytes = bp_pooled_get_bytes (pooled, NULL);
      g_assert_cmpuint (g_bytes_get_size (bytes), ==, 7 * sizes[i]);
    }
}

/* A buffer of no bytes. */
static void
test_empty (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
  g_autoptr (GBytes) bytes = bp_pooled_unref_to_bytes (bp_pool_acquire (pool), NULL);

  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 0);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_clear_pointer (&bytes, g_bytes_unref);
  assert_at_rest (pool);
}

static void
test_several (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
  BpPooled *pooled = acquire_text (pool, "hello");
  g_autoptr (GBytes) one = bp_pooled_get_bytes (pooled, NULL);
  g_autoptr (GBytes) two = bp_pooled_get_bytes (pooled, NULL);
  g_autoptr (GBytes) part = g_bytes_new_from_bytes (two, 1, 3);

  g_assert_true (one != two);
  g_assert_true (g_bytes_equal (one, two));
  bp_pooled_unref (pooled);
  g_clear_pointer (&one, g_bytes_unref);
  g_clear_pointer (&two, g_bytes_unref);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_assert_cmpmem (g_bytes_get_data (part, NULL), g_bytes_get_size (part), "ell", 3);
  g_clear_pointer (&part, g_bytes_unref);
  assert_at_rest (pool);
}

/* A GBytes does not change, whatever is done with the handle it came from. */
static void
test_immutable (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
  g_autoptr (BpPooled) pooled = acquire_text (pool, "hello");
  g_autoptr (BpPooled) other = NULL;
  g_autoptr (GBytes) bytes = bp_pooled_get_bytes (pooled, NULL);

  g_assert_false (bp_pooled_write (pooled, 0, "HELLO", 5, NULL));
  g_assert_true (bp_pooled_release (pooled));
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);

  /* No other acquire gets the memory as long as it lives. */
  other = acquire_text (pool, "other");
  g_assert_true (bp_pooled_get_data (other, NULL) != g_bytes_get_data (bytes, NULL));
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "hello", 5);
  g_clear_pointer (&bytes, g_bytes_unref);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
  assert_valid (pool);
}

/* Data that GLib takes out of the bytes is a copy. */
static void
test_unref_to_data (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
  g_autoptr (BpPooled) pooled = acquire_text (pool, "hello");
  gpointer data = bp_pooled_get_data (pooled, NULL);
  GBytes *bytes = bp_pooled_unref_to_bytes (g_steal_pointer (&pooled), NULL);
  gsize size;
  g_autofree gpointer copy = g_bytes_unref_to_data (bytes, &size);

  g_assert_true (copy != data);
  g_assert_cmpmem (copy, size, "hello", 5);
  assert_at_rest (pool);
}

/* With the last reference or the last bytes, in either order. */
static void
test_orders (void)
{
  for (guint order = 0; order < 6; order++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
      BpPooled *pooled = acquire_text (pool, "hello");
      GBytes *bytes = bp_pooled_get_bytes (pooled, NULL);
      gboolean released = FALSE;
      const guint orders[6][3] = {
        { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
      };
      guint n_left = 2;

      for (guint i = 0; i < 3; i++)
        {
          switch (orders[order][i])
            {
            case 0:
              bp_pooled_unref (g_steal_pointer (&pooled));
              n_left--;
              break;
            case 1:
              g_bytes_unref (g_steal_pointer (&bytes));
              n_left--;
              break;
            default:
              released = pooled != NULL && bp_pooled_release (pooled);
              break;
            }
          assert_valid (pool);
          g_assert_cmpuint (get_stat (pool, outstanding), ==,
                            bytes != NULL || (pooled != NULL && !released) ? 1 : 0);
        }
      g_assert_cmpuint (n_left, ==, 0);
      g_assert_cmpuint (get_stat (pool, idle), ==, 1);
    }
}

static void
test_outlives_the_pool (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
  g_autoptr (GBytes) bytes = bp_pooled_unref_to_bytes (acquire_text (pool, "hello"), NULL);

  g_assert_finalize_object (g_steal_pointer (&pool));
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "hello", 5);
}

static gpointer
drop_bytes (gpointer data)
{
  g_bytes_unref (data);

  return NULL;
}

/* In any thread. */
static void
test_other_thread (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);

  for (guint i = 0; i < 10; i++)
    {
      GBytes *bytes = bp_pooled_unref_to_bytes (acquire_text (pool, "hello"), NULL);

      g_thread_join (g_thread_new ("bytes", drop_bytes, bytes));
      assert_at_rest (pool);
    }

  /* The one that the other thread has is fetched again, until that has been done
   * so often that a second one is cheaper. */
  g_assert_cmpuint (get_stat (pool, idle), <=, 2);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pooled/bytes/unref-to-bytes", test_unref_to_bytes);
  g_test_add_func ("/pooled/bytes/sizes", test_sizes);
  g_test_add_func ("/pooled/bytes/empty", test_empty);
  g_test_add_func ("/pooled/bytes/several", test_several);
  g_test_add_func ("/pooled/bytes/immutable", test_immutable);
  g_test_add_func ("/pooled/bytes/unref-to-data", test_unref_to_data);
  g_test_add_func ("/pooled/bytes/orders", test_orders);
  g_test_add_func ("/pooled/bytes/outlives-the-pool", test_outlives_the_pool);
  g_test_add_func ("/pooled/bytes/other-thread", test_other_thread);

  return g_test_run ();
}
