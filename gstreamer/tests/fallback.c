/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-test.h"

/* A pool without memory. This program defines the function that the allocator
 * calls, and so takes the place of the library's. */

static gboolean pool_is_exhausted;

BpPooled *
bp_pool_acquire_uninit (BpPool  *self,
                        gsize    n_elements,
                        GError **error)
{
  g_autoptr (BpPooled) pooled = NULL;

  if (pool_is_exhausted)
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY, "exhausted");
      return NULL;
    }

  pooled = bp_pool_acquire (self);
  g_assert_true (bp_pooled_reserve (pooled, n_elements, NULL));

  return g_steal_pointer (&pooled);
}

static void
test_plain_memory (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstAllocationParams params = {
    .align = 255,
    .prefix = 16,
    .padding = 16,
    .flags = GST_MEMORY_FLAG_ZERO_PREFIXED | GST_MEMORY_FLAG_ZERO_PADDED,
  };
  GstMemory *mem, *share;
  GstMapInfo info;

  pool_is_exhausted = TRUE;
  mem = gst_allocator_alloc (allocator, 1000, &params);
  pool_is_exhausted = FALSE;

  g_assert_nonnull (mem);
  g_assert_cmpuint (test_get_stat (allocator, "fallbacks"), ==, 1);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
  g_assert_cmpuint (gst_memory_get_sizes (mem, NULL, NULL), ==, 1000);
  g_assert_true (gst_memory_map (mem, &info, GST_MAP_READ));
  g_assert_cmphex ((guintptr) (info.data - 16) & 255, ==, 0);
  g_assert_cmphex (info.data[-1], ==, 0);
  g_assert_cmphex (info.data[1000], ==, 0);
  gst_memory_unmap (mem, &info);

  test_fill_memory (mem, 3);
  share = gst_memory_share (mem, 10, 20);
  gst_memory_unref (mem);
  test_check_memory (share, 3);
  gst_memory_unref (share);

  /* It does not end in the pool, and the pool is asked again. */
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 0);
  mem = gst_allocator_alloc (allocator, 1000, NULL);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 1);
  g_assert_cmpuint (test_get_stat (allocator, "fallbacks"), ==, 1);
  gst_memory_unref (mem);
}

void
test_add_cases (void)
{
  g_test_add_func ("/fallback/plain-memory", test_plain_memory);
}
