/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-test.h"

/* What GStreamer promises of any memory, kept by that of a GstBpAllocator. */

static GstMemory *
new_memory (gsize size)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);

  return gst_allocator_alloc (allocator, size, NULL);
}

/* At least so much, and what alignment may have left. */
static void
check_sizes (GstMemory *mem,
             gsize      size,
             gsize      offset,
             gsize      maxsize)
{
  gsize mem_offset, mem_maxsize;

  g_assert_cmpuint (gst_memory_get_sizes (mem, &mem_offset, &mem_maxsize), ==, size);
  g_assert_cmpuint (mem_offset, ==, offset);
  g_assert_cmpuint (mem_maxsize, >=, maxsize);
  g_assert_cmpuint (mem_maxsize, <=, maxsize + mem->align);
}

static void
test_exact_sizes (void)
{
  const gsize sizes[] = { 0, 1, 63, 64, 1400, 4095, 4097, 115200, 3110401 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GstMemory) mem = new_memory (sizes[i]);

      check_sizes (mem, sizes[i], 0, sizes[i]);
      g_assert_true (gst_memory_is_type (mem, GST_BP_MEMORY_TYPE));
      g_assert_false (gst_memory_is_type (mem, GST_ALLOCATOR_SYSMEM));
      test_fill_memory (mem, 0x5a);
      test_check_memory (mem, 0x5a);
    }
}

/* Some elements resize into what alignment left. */
static void
test_sizes_of_system_memory (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  g_autoptr (GstAllocator) system_allocator = gst_allocator_find (GST_ALLOCATOR_SYSMEM);
  const gsize sizes[] = { 0, 1, 100, 1400, 4097 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      GstAllocationParams params = { .prefix = i, .padding = 3 * i };
      g_autoptr (GstMemory) mem = gst_allocator_alloc (allocator, sizes[i], &params);
      g_autoptr (GstMemory) system_mem = gst_allocator_alloc (system_allocator, sizes[i], &params);

      g_assert_cmpuint (mem->maxsize, ==, system_mem->maxsize);
      g_assert_cmpuint (mem->offset, ==, system_mem->offset);

      gst_memory_resize (mem, -(gssize) mem->offset, mem->maxsize);
      test_fill_memory (mem, 0x5a);
      test_check_memory (mem, 0x5a);
    }
}

static void
test_empty (void)
{
  g_autoptr (GstMemory) mem = new_memory (0);
  g_autoptr (GstMemory) copy = NULL;
  GstMapInfo info;

  g_assert_true (gst_memory_map (mem, &info, GST_MAP_READ));
  g_assert_nonnull (info.data);
  g_assert_cmpuint (info.size, ==, 0);
  gst_memory_unmap (mem, &info);

  copy = gst_memory_copy (mem, 0, -1);
  g_assert_true (gst_memory_map (copy, &info, GST_MAP_READ));
  g_assert_nonnull (info.data);
  g_assert_cmpuint (info.size, ==, 0);
  gst_memory_unmap (copy, &info);
}

static void
test_params (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstAllocationParams params = {
    .flags = GST_MEMORY_FLAG_ZERO_PREFIXED | GST_MEMORY_FLAG_ZERO_PADDED,
    .prefix = 10,
    .padding = 30,
  };

  /* The second time, in the block that the first has filled. */
  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GstMemory) mem = gst_allocator_alloc (allocator, 100, &params);
      GstMapInfo info;

      check_sizes (mem, 100, 10, 140);
      g_assert_true (GST_MEMORY_FLAG_IS_SET (mem, GST_MEMORY_FLAG_ZERO_PREFIXED));
      g_assert_true (GST_MEMORY_FLAG_IS_SET (mem, GST_MEMORY_FLAG_ZERO_PADDED));

      g_assert_true (gst_memory_map (mem, &info, GST_MAP_READ));
      for (int i = -10; i < 0; i++)
        g_assert_cmphex (info.data[i], ==, 0);
      for (gsize i = 100; i < mem->maxsize - 10; i++)
        g_assert_cmphex (info.data[i], ==, 0);
      gst_memory_unmap (mem, &info);

      gst_memory_resize (mem, -10, mem->maxsize);
      test_fill_memory (mem, 0xff);
    }
}

static void
test_flags (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstAllocationParams params = {
    .flags = GST_MEMORY_FLAG_PHYSICALLY_CONTIGUOUS | GST_MEMORY_FLAG_READONLY,
  };
  g_autoptr (GstMemory) mem = gst_allocator_alloc (allocator, 10, &params);
  GstMapInfo info;

  g_assert_true (GST_MEMORY_IS_PHYSICALLY_CONTIGUOUS (mem));
  g_assert_true (GST_MEMORY_IS_READONLY (mem));
  g_assert_false (gst_memory_map (mem, &info, GST_MAP_WRITE));
  g_assert_false (GST_OBJECT_FLAG_IS_SET (allocator, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC));
}

static void
test_alignment (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);

  for (gsize align = 0; align < 65536; align = 2 * align + 1)
    {
      GstAllocationParams params = { .align = align };
      g_autoptr (GstMemory) mem = gst_allocator_alloc (allocator, 1000, &params);
      g_autoptr (GstMemory) copy = NULL;
      GstMapInfo info;

      check_sizes (mem, 1000, 0, 1000);
      g_assert_cmphex (mem->align, ==, align | gst_memory_alignment);
      g_assert_true (gst_memory_map (mem, &info, GST_MAP_WRITE));
      g_assert_cmphex ((guintptr) info.data & mem->align, ==, 0);
      gst_memory_unmap (mem, &info);

      copy = gst_memory_copy (mem, 0, -1);
      g_assert_cmphex (copy->align, ==, mem->align);
      g_assert_true (gst_memory_map (copy, &info, GST_MAP_READ));
      g_assert_cmphex ((guintptr) info.data & mem->align, ==, 0);
      gst_memory_unmap (copy, &info);
    }
}

static void
test_map (void)
{
  g_autoptr (GstMemory) mem = new_memory (100);
  GstMapInfo first, second;

  g_assert_true (gst_memory_map (mem, &first, GST_MAP_READ));
  g_assert_cmpuint (first.size, ==, 100);
  g_assert_cmpuint (first.maxsize, ==, mem->maxsize);
  g_assert_cmpint (GST_MINI_OBJECT_REFCOUNT_VALUE (mem), ==, 1);
  gst_memory_unmap (mem, &first);

  g_assert_true (gst_memory_map (mem, &first, GST_MAP_READ));
  g_assert_true (gst_memory_map (mem, &second, GST_MAP_READ));
  g_assert_true (first.data == second.data);
  gst_memory_unmap (mem, &second);
  g_assert_false (gst_memory_map (mem, &second, GST_MAP_WRITE));
  g_assert_false (gst_memory_map (mem, &second, GST_MAP_READWRITE));
  gst_memory_unmap (mem, &first);

  g_assert_true (gst_memory_map (mem, &first, GST_MAP_WRITE));
  g_assert_false (gst_memory_map (mem, &second, GST_MAP_READ));
  g_assert_true (gst_memory_map (mem, &second, GST_MAP_WRITE));
  gst_memory_unmap (mem, &second);
  gst_memory_unmap (mem, &first);

  g_assert_true (gst_memory_map (mem, &first, GST_MAP_READWRITE));
  g_assert_true (gst_memory_map (mem, &second, GST_MAP_READ));
  gst_memory_unmap (mem, &second);
  gst_memory_unmap (mem, &first);
}

static void
test_resize (void)
{
  g_autoptr (GstMemory) mem = new_memory (100);
  GstMapInfo info;

  gst_memory_resize (mem, 10, 50);
  check_sizes (mem, 50, 10, 100);
  g_assert_true (gst_memory_map (mem, &info, GST_MAP_READ));
  g_assert_cmpuint (info.size, ==, 50);
  g_assert_cmpuint (info.maxsize, ==, mem->maxsize - 10);
  gst_memory_resize (mem, -10, 100);
  gst_memory_unmap (mem, &info);
  check_sizes (mem, 100, 0, 100);

  gst_memory_resize (mem, 1, mem->maxsize - 1);
  gst_memory_resize (mem, -1, 100);
  test_expect_critical ();
  gst_memory_resize (mem, 1, mem->maxsize);
  test_expect_critical ();
  gst_memory_resize (mem, -1, 100);
  g_test_assert_expected_messages ();
  check_sizes (mem, 100, 0, 100);
}

static void
test_lock (void)
{
  g_autoptr (GstMemory) mem = new_memory (10);
  GstMapInfo info;

  g_assert_true (gst_memory_lock (mem, GST_LOCK_FLAG_EXCLUSIVE));
  g_assert_true (gst_memory_lock (mem, GST_LOCK_FLAG_READ));
  g_assert_false (gst_memory_lock (mem, GST_LOCK_FLAG_WRITE));
  gst_memory_unlock (mem, GST_LOCK_FLAG_READ);

  g_assert_true (gst_memory_lock (mem, GST_LOCK_FLAG_EXCLUSIVE));
  g_assert_false (gst_memory_map (mem, &info, GST_MAP_WRITE));
  g_assert_false (gst_memory_is_writable (mem));
  gst_memory_unlock (mem, GST_LOCK_FLAG_EXCLUSIVE);
  gst_memory_unlock (mem, GST_LOCK_FLAG_EXCLUSIVE);

  g_assert_true (gst_memory_is_writable (mem));
}

static void
test_copy (void)
{
  g_autoptr (GstMemory) mem = new_memory (100);
  g_autoptr (GstMemory) whole = NULL;
  g_autoptr (GstMemory) part = NULL;
  GstMapInfo info;

  test_count_up (mem);
  whole = gst_memory_copy (mem, 0, -1);
  check_sizes (whole, 100, 0, 100);
  g_assert_true (whole->allocator == mem->allocator);

  gst_memory_resize (mem, 10, 80);
  part = gst_memory_copy (mem, 5, 20);
  check_sizes (part, 20, 0, 20);
  g_assert_true (gst_memory_map (part, &info, GST_MAP_READ));
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (info.data[i], ==, 15 + i);
  gst_memory_unmap (part, &info);

  /* A copy is writable, and its own. */
  test_fill_memory (part, 0);
  g_assert_true (gst_memory_map (mem, &info, GST_MAP_READ));
  g_assert_cmpuint (info.data[5], ==, 15);
  gst_memory_unmap (mem, &info);
}

void
test_add_cases (void)
{
  g_test_add_func ("/memory/exact-sizes", test_exact_sizes);
  g_test_add_func ("/memory/sizes-of-system-memory", test_sizes_of_system_memory);
  g_test_add_func ("/memory/empty", test_empty);
  g_test_add_func ("/memory/params", test_params);
  g_test_add_func ("/memory/flags", test_flags);
  g_test_add_func ("/memory/alignment", test_alignment);
  g_test_add_func ("/memory/map", test_map);
  g_test_add_func ("/memory/resize", test_resize);
  g_test_add_func ("/memory/lock", test_lock);
  g_test_add_func ("/memory/copy", test_copy);
}
