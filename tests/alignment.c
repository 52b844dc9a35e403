/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-utils.h"

#include <string.h>

/* Memory is aligned as malloc() aligns, or as the pool's property says. */

static const gsize alignments[] = { 1, 2, 8, 16, 32, 64, 128, 4096, 65536, 1 << 21 };

static BpPool *
new_pool (gsize alignment)
{
  return g_object_new (BP_TYPE_POOL,
                       "element-type", BP_ELEMENT_TYPE_U16,
                       "alignment", (guint) alignment,
                       "max-buffers", 8,
                       "trim-capacity", (guint64) 1000,
                       NULL);
}

static guint8 *
assert_aligned (BpPooled *pooled,
                gsize     alignment)
{
  guint8 *data = bp_pooled_get_data (pooled, NULL);

  g_assert_nonnull (data);
  g_assert_cmpuint ((guintptr) data % alignment, ==, 0);

  return data;
}

/* Every way that gives a buffer memory. */
static void
test_every_way (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (alignments); i++)
    {
      g_autoptr (BpPool) pool = new_pool (alignments[i]);
      gsize a = bp_pool_get_alignment (pool);
      g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
      g_autoptr (GError) error = NULL;
      guint8 *data;

      g_assert_cmpuint (a, ==, alignments[i]);
      assert_aligned (pooled, a);
      g_assert_nonnull (bp_pooled_resize (pooled, 10));
      memset (assert_aligned (pooled, a), 0x11, 20);
      g_assert_true (bp_pooled_reserve (pooled, 500, NULL));
      data = assert_aligned (pooled, a);
      for (guint k = 0; k < 20; k++)
        g_assert_cmpuint (data[k], ==, 0x11);

      /* Growth keeps the elements, and zeroes what is new. */
      g_assert_true (bp_pooled_try_resize (pooled, 5000, NULL));
      data = assert_aligned (pooled, a);
      g_assert_cmpuint (data[19], ==, 0x11);
      for (guint k = 20; k < 10000; k++)
        g_assert_cmpuint (data[k], ==, 0);
      g_assert_true (bp_pooled_append (pooled, data, 0, NULL));
      g_assert_true (bp_pooled_append (pooled, "abcd", 2, NULL));
      data = assert_aligned (pooled, a);
      g_assert_cmpmem (data + 10000, 4, "abcd", 4);

      /* Trimmed. */
      g_clear_pointer (&pooled, bp_pooled_unref);
      assert_valid (pool);
      pooled = bp_pool_acquire_uninit (pool, 1000, NULL);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 1000);
      memset (assert_aligned (pooled, a), 1, 2000);
      g_clear_pointer (&pooled, bp_pooled_unref);
      bp_pool_drop_idle (pool, 0);

      pooled = bp_pool_acquire_sized (pool, 77, NULL);
      data = assert_aligned (pooled, a);
      for (guint k = 0; k < 154; k++)
        g_assert_cmpuint (data[k], ==, 0);
      g_clear_pointer (&pooled, bp_pooled_unref);
      bp_pool_drop_idle (pool, 0);

      g_assert_true (bp_pool_prefill (pool, 3, 9, &error));
      g_assert_no_error (error);
      pooled = bp_pool_acquire (pool);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 9);
      assert_aligned (pooled, a);
      g_clear_pointer (&pooled, bp_pooled_unref);
      assert_valid (pool);
    }
}

static void
test_default (void)
{
  const gsize a = 2 * sizeof (gpointer);
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);

  g_assert_cmpuint (bp_pool_get_alignment (pool), ==, 0);
  for (gsize n = 0; n < 200; n += 13)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, n, NULL);

      assert_aligned (pooled, a);
    }
}

static void
expect (const char *pattern)
{
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, pattern);
}

/* What g_free() could not free must not leave, and what it frees must not come. */
static void
test_no_stealing_nor_recycling (void)
{
  g_autoptr (BpPool) pool = new_pool (64);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);
  g_autofree gpointer data = g_malloc (20);
  gsize length = 9, capacity = 9;

  expect ("*alignment*");
  g_assert_null (bp_pooled_steal_data (pooled, &length, &capacity, NULL));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (length, ==, 0);
  g_assert_cmpuint (capacity, ==, 0);
  g_assert_false (bp_pooled_is_released (pooled));

  expect ("*alignment*");
  bp_pool_recycle_data (pool, data, 10);
  expect ("*alignment*");
  g_assert_null (bp_pool_attach_data (pool, data, 10, 10, NULL));
  g_test_assert_expected_messages ();
  assert_valid (pool);
}

/* GBytes, slices and views are of the same memory. */
static void
test_shares (void)
{
  g_autoptr (BpPool) pool = new_pool (4096);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);
  gpointer data = bp_pooled_get_data (pooled, NULL);
  g_autoptr (BpPooledView) view = bp_pooled_get_view (pooled, NULL);
  g_autoptr (GBytes) bytes = bp_pooled_unref_to_bytes (g_steal_pointer (&pooled), NULL);

  g_assert_true (g_bytes_get_data (bytes, NULL) == data);
  g_assert_true (bp_pooled_view_get_address (view) == (guintptr) data);
  g_clear_pointer (&view, bp_pooled_view_unref);
  g_clear_pointer (&bytes, g_bytes_unref);
  assert_valid (pool);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pool/alignment/every-way", test_every_way);
  g_test_add_func ("/pool/alignment/default", test_default);
  g_test_add_func ("/pool/alignment/no-stealing-nor-recycling", test_no_stealing_nor_recycling);
  g_test_add_func ("/pool/alignment/shares", test_shares);

  return g_test_run ();
}
