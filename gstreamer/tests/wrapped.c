/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-test.h"

/* gst_bp_memory_new_wrapped() and the pools that are shared by name. */

static guint64
count_idle (BpPool *pool)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  return bp_pool_stats_get_idle (stats);
}

static BpPooled *
new_buffer (BpPool *pool,
            gsize   n_elements)
{
  BpPooled *pooled = bp_pool_acquire_sized (pool, n_elements, NULL);
  gsize n;
  guint8 *data = bp_pooled_get_data (pooled, &n);

  n *= bp_pooled_get_element_size (pooled);
  for (gsize i = 0; i < n; i++)
    data[i] = (guint8) i;

  return pooled;
}

static void
test_whole (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_F32, 0, 4, 0);
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = new_buffer (pool, 50);
  gpointer data = bp_pooled_get_data (pooled, NULL);
  GstMemory *mem = gst_bp_memory_new_wrapped (pooled, 0, -1, &error);
  gsize offset, maxsize;
  GstMapInfo info;

  g_assert_no_error (error);
  g_assert_cmpuint (gst_memory_get_sizes (mem, &offset, &maxsize), ==, 200);
  g_assert_cmpuint (offset, ==, 0);
  g_assert_cmpuint (maxsize, ==, 200);
  g_assert_true (gst_memory_is_type (mem, GST_ALLOCATOR_SYSMEM));

  g_assert_true (gst_memory_map (mem, &info, GST_MAP_READWRITE));
  g_assert_true (info.data == data);
  info.data[0] = 99;
  gst_memory_unmap (mem, &info);

  g_assert_cmpuint (count_idle (pool), ==, 0);
  gst_memory_unref (mem);
  g_assert_cmpuint (count_idle (pool), ==, 1);
}

static void
test_part (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 4, 0);
  g_autoptr (GstMemory) mem = NULL;
  GstMapInfo info;

  mem = gst_bp_memory_new_wrapped (new_buffer (pool, 100), 20, 30, NULL);
  g_assert_true (gst_memory_map (mem, &info, GST_MAP_READ));
  g_assert_cmpuint (info.size, ==, 30);
  g_assert_cmpuint (info.data[0], ==, 20);
  gst_memory_unmap (mem, &info);

  gst_memory_resize (mem, -20, 100);
  g_assert_true (gst_memory_map (mem, &info, GST_MAP_READ));
  g_assert_cmpuint (info.data[99], ==, 99);
  gst_memory_unmap (mem, &info);
}

static void
test_out_of_range (void)
{
  const struct { gsize offset; gssize size; } ranges[] = {
    { 101, -1 }, { 0, 101 }, { 100, 1 }, { G_MAXSIZE, 1 }, { 50, G_MAXSSIZE }, { 0, -2 },
  };
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 4, 0);

  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      g_autoptr (GError) error = NULL;
      GstMemory *mem = gst_bp_memory_new_wrapped (new_buffer (pool, 100), ranges[i].offset,
                                                  ranges[i].size, &error);

      g_assert_null (mem);
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      /* The handle is not lost. */
      g_assert_cmpuint (count_idle (pool), ==, 1);
    }
}

static void
test_edges (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 4, 0);
  GstMemory *mem;
  GstMapInfo info;

  mem = gst_bp_memory_new_wrapped (new_buffer (pool, 100), 100, 0, NULL);
  g_assert_cmpuint (gst_memory_get_sizes (mem, NULL, NULL), ==, 0);
  gst_memory_unref (mem);

  mem = gst_bp_memory_new_wrapped (bp_pool_acquire (pool), 0, -1, NULL);
  g_assert_cmpuint (gst_memory_get_sizes (mem, NULL, NULL), ==, 0);
  g_assert_true (gst_memory_map (mem, &info, GST_MAP_READ));
  g_assert_nonnull (info.data);
  gst_memory_unmap (mem, &info);
  gst_memory_unref (mem);
}

/* A caller that keeps a reference cannot pull the memory away. */
static void
test_release_meanwhile (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 4, 0);
  g_autoptr (BpPooled) pooled = new_buffer (pool, 100);
  GstMemory *mem = gst_bp_memory_new_wrapped (bp_pooled_ref (pooled), 0, -1, NULL);

  g_assert_true (bp_pooled_release (pooled));
  g_assert_cmpuint (count_idle (pool), ==, 0);
  g_assert_false (bp_pooled_try_resize (pooled, 200, NULL));
  test_fill_memory (mem, 5);
  test_check_memory (mem, 5);

  gst_memory_unref (mem);
  g_assert_cmpuint (count_idle (pool), ==, 1);
}

static void
test_released (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 4, 0);
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = new_buffer (pool, 100);

  bp_pooled_release (pooled);
  g_assert_null (gst_bp_memory_new_wrapped (pooled, 0, -1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
}

static void
test_outlives_pool (void)
{
  BpPool *pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 4, 0);
  g_autoptr (GstMemory) mem = gst_bp_memory_new_wrapped (new_buffer (pool, 100), 0, -1, NULL);

  g_object_unref (pool);
  test_fill_memory (mem, 5);
  test_check_memory (mem, 5);
}

static guint
get_max_buffers (GstAllocator *allocator)
{
  return gst_bp_allocator_get_max_buffers (GST_BP_ALLOCATOR (allocator));
}

static void
test_shared_by_name (void)
{
  g_autoptr (GstAllocator) first = gst_bp_allocator_get_shared ("video", 10);
  g_autoptr (GstAllocator) second = gst_bp_allocator_get_shared ("video", 5);
  g_autoptr (GstAllocator) other = gst_bp_allocator_get_shared ("audio", 5);
  g_autoptr (GstAllocator) third = NULL;

  g_assert_true (first == second);
  g_assert_true (first != other);
  g_assert_cmpuint (get_max_buffers (first), ==, 10);

  third = gst_bp_allocator_get_shared ("video", 20);
  g_assert_true (first == third);
  g_assert_cmpuint (get_max_buffers (first), ==, 20);
}

static void
test_shared_ends_with_last_user (void)
{
  GstAllocator *allocator = gst_bp_allocator_get_shared ("short-lived", 10);
  g_autoptr (GstAllocator) next = NULL;

  g_object_add_weak_pointer (G_OBJECT (allocator), (gpointer *) &allocator);
  gst_object_unref (allocator);
  g_assert_null (allocator);

  next = gst_bp_allocator_get_shared ("short-lived", 3);
  g_assert_cmpuint (get_max_buffers (next), ==, 3);
}

void
test_add_cases (void)
{
  g_test_add_func ("/wrapped/whole", test_whole);
  g_test_add_func ("/wrapped/part", test_part);
  g_test_add_func ("/wrapped/out-of-range", test_out_of_range);
  g_test_add_func ("/wrapped/edges", test_edges);
  g_test_add_func ("/wrapped/release-meanwhile", test_release_meanwhile);
  g_test_add_func ("/wrapped/released", test_released);
  g_test_add_func ("/wrapped/outlives-pool", test_outlives_pool);
  g_test_add_func ("/shared/by-name", test_shared_by_name);
  g_test_add_func ("/shared/ends-with-last-user", test_shared_ends_with_last_user);
}
