/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-test.h"

/* Shares of the memory of a GstBpAllocator. */

static GstMemory *
new_memory (GstAllocator **allocator)
{
  GstMemory *mem;

  *allocator = gst_bp_allocator_new (NULL);
  mem = gst_allocator_alloc (*allocator, 100, NULL);
  test_count_up (mem);

  return mem;
}

static void
check_share (GstMemory *share,
             GstMemory *parent,
             gsize      size,
             guint8     first)
{
  GstMapInfo info;

  g_assert_true (share->parent == parent);
  g_assert_true (GST_MEMORY_IS_READONLY (share));
  g_assert_false (gst_memory_map (share, &info, GST_MAP_WRITE));
  g_assert_true (gst_memory_map (share, &info, GST_MAP_READ));
  g_assert_cmpuint (info.size, ==, size);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (info.data[i], ==, first + i);
  gst_memory_unmap (share, &info);
}

static void
test_share (void)
{
  g_autoptr (GstAllocator) allocator = NULL;
  g_autoptr (GstMemory) mem = new_memory (&allocator);
  g_autoptr (GstMemory) some = gst_memory_share (mem, 10, 20);
  g_autoptr (GstMemory) rest = gst_memory_share (mem, 90, -1);
  g_autoptr (GstMemory) none = gst_memory_share (mem, 10, 0);
  g_autoptr (GstMemory) of_share = gst_memory_share (some, 5, -1);

  check_share (some, mem, 20, 10);
  check_share (rest, mem, 10, 90);
  check_share (none, mem, 0, 10);
  check_share (of_share, mem, 15, 15);
}

/* The offset of what is shared counts. */
static void
test_share_of_resized (void)
{
  g_autoptr (GstAllocator) allocator = NULL;
  g_autoptr (GstMemory) mem = new_memory (&allocator);
  g_autoptr (GstMemory) share = NULL;

  gst_memory_resize (mem, 50, 40);
  share = gst_memory_share (mem, 2, -1);
  check_share (share, mem, 38, 52);
}

static void
test_share_of_written (void)
{
  g_autoptr (GstAllocator) allocator = NULL;
  g_autoptr (GstMemory) mem = new_memory (&allocator);
  GstMapInfo info;

  g_assert_true (gst_memory_map (mem, &info, GST_MAP_WRITE));
  g_assert_null (gst_memory_share (mem, 0, 4));
  gst_memory_unmap (mem, &info);
}

static void
test_share_keeps_block (void)
{
  g_autoptr (GstAllocator) allocator = NULL;
  GstMemory *mem = new_memory (&allocator);
  GstMemory *share = gst_memory_share (mem, 10, 20);

  gst_memory_unref (mem);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 1);
  check_share (share, mem, 20, 10);

  gst_memory_unref (share);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 1);
}

static void
test_span (void)
{
  g_autoptr (GstAllocator) allocator = NULL;
  g_autoptr (GstMemory) mem = new_memory (&allocator);
  g_autoptr (GstMemory) other = gst_allocator_alloc (allocator, 100, NULL);
  g_autoptr (GstMemory) first = NULL;
  g_autoptr (GstMemory) second = NULL;
  g_autoptr (GstMemory) third = NULL;
  g_autoptr (GstMemory) foreign = gst_memory_share (other, 30, 10);
  gsize offset;

  gst_memory_resize (mem, 10, 90);
  first = gst_memory_share (mem, 10, 10);
  second = gst_memory_share (mem, 20, 10);
  third = gst_memory_share (mem, 40, 10);

  g_assert_true (gst_memory_is_span (first, second, &offset));
  g_assert_cmpuint (offset, ==, 10);
  g_assert_true (gst_memory_is_span (first, second, NULL));
  g_assert_false (gst_memory_is_span (second, first, NULL));
  g_assert_false (gst_memory_is_span (second, third, NULL));
  g_assert_false (gst_memory_is_span (mem, second, NULL));
  g_assert_false (gst_memory_is_span (first, mem, NULL));
  g_assert_false (gst_memory_is_span (first, foreign, NULL));
}

/* Neighbours in a buffer become one again without a copy. */
static void
test_merge (void)
{
  g_autoptr (GstAllocator) allocator = NULL;
  GstMemory *mem = new_memory (&allocator);
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  guint64 n_before = test_get_stat (allocator, "outstanding");
  GstMapInfo whole, joined;

  g_assert_true (gst_memory_map (mem, &whole, GST_MAP_READ));
  gst_buffer_append_memory (buffer, gst_memory_share (mem, 10, 20));
  gst_buffer_append_memory (buffer, gst_memory_share (mem, 30, 40));
  g_assert_cmpuint (gst_buffer_n_memory (buffer), ==, 2);

  g_assert_true (gst_buffer_map (buffer, &joined, GST_MAP_READ));
  g_assert_cmpuint (joined.size, ==, 60);
  g_assert_true (joined.data == whole.data + 10);
  gst_buffer_unmap (buffer, &joined);

  gst_memory_unmap (mem, &whole);
  gst_memory_unref (mem);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, n_before);
}

/* A buffer's copy of a region, and a writable map of what is shared. */
static void
test_buffer_regions (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstBuffer *buffer = gst_buffer_new_allocate (allocator, 100, NULL);
  g_autoptr (GstBuffer) region = NULL;
  GstMapInfo info;

  gst_buffer_memset (buffer, 0, 1, 100);
  region = gst_buffer_copy_region (buffer, GST_BUFFER_COPY_ALL, 20, 30);
  g_assert_cmpuint (gst_buffer_get_size (region), ==, 30);

  /* Writing to the region has to copy. */
  g_assert_true (gst_buffer_map (region, &info, GST_MAP_WRITE));
  memset (info.data, 2, info.size);
  gst_buffer_unmap (region, &info);

  g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_READ));
  g_assert_cmpuint (info.data[20], ==, 1);
  gst_buffer_unmap (buffer, &info);

  gst_buffer_unref (buffer);
  g_assert_cmpint (gst_buffer_memcmp (region, 0, "\2\2\2", 3), ==, 0);
}

void
test_add_cases (void)
{
  g_test_add_func ("/submemory/share", test_share);
  g_test_add_func ("/submemory/share-of-resized", test_share_of_resized);
  g_test_add_func ("/submemory/share-of-written", test_share_of_written);
  g_test_add_func ("/submemory/share-keeps-block", test_share_keeps_block);
  g_test_add_func ("/submemory/span", test_span);
  g_test_add_func ("/submemory/merge", test_merge);
  g_test_add_func ("/submemory/buffer-regions", test_buffer_regions);
}
