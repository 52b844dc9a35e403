/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-test.h"

void
test_expect_critical (void)
{
  g_test_expect_message ("GStreamer", G_LOG_LEVEL_CRITICAL, "*");
}

static void
count_error (GstDebugCategory *category,
             GstDebugLevel     level,
             const char       *file,
             const char       *function,
             int               line,
             GObject          *object,
             GstDebugMessage  *message,
             gpointer          errors)
{
  if (level == GST_LEVEL_ERROR)
    ((TestErrors *) errors)->n++;
}

void
test_errors_begin (TestErrors *self)
{
  self->threshold = gst_debug_get_default_threshold ();
  self->n = 0;
  gst_debug_add_log_function (count_error, self, NULL);
  gst_debug_set_default_threshold (GST_LEVEL_ERROR);
}

guint
test_errors_end (TestErrors *self)
{
  gst_debug_set_default_threshold (self->threshold);
  gst_debug_remove_log_function (count_error);

  return self->n;
}

guint64
test_get_stat (GstAllocator *allocator,
               const char   *field)
{
  g_autoptr (GstStructure) stats = gst_bp_allocator_get_stats (GST_BP_ALLOCATOR (allocator));
  guint64 value = 0;

  g_assert_true (gst_structure_get_uint64 (stats, field, &value));

  return value;
}

void
test_fill_memory (GstMemory *mem,
                  guint8     value)
{
  GstMapInfo info;

  g_assert_true (gst_memory_map (mem, &info, GST_MAP_WRITE));
  memset (info.data, value, info.size);
  gst_memory_unmap (mem, &info);
}

void
test_check_memory (GstMemory *mem,
                   guint8     value)
{
  GstMapInfo info;

  g_assert_true (gst_memory_map (mem, &info, GST_MAP_READ));
  for (gsize i = 0; i < info.size; i++)
    g_assert_cmphex (info.data[i], ==, value);
  gst_memory_unmap (mem, &info);
}

void
test_count_up (GstMemory *mem)
{
  GstMapInfo info;

  g_assert_true (gst_memory_map (mem, &info, GST_MAP_WRITE));
  for (gsize i = 0; i < info.size; i++)
    info.data[i] = (guint8) i;
  gst_memory_unmap (mem, &info);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  test_add_cases ();

  return g_test_run ();
}
