/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

/* Leaks are seeded in pipelines, and found with BUFPOOL_DEBUG=backtrace,leaks in the
 * environment. This program exports its functions. */

GstMemory *leak_in_probe (GstAllocator *allocator);
GstBuffer *leak_from_pool (GstBufferPool *pool);
GstBuffer *use_before (GstBufferPool *pool);

/* What is out of the only pool that the allocator has needed so far. */
static void
assert_dump (GstAllocator *allocator,
             const char   *pattern)
{
  g_autoptr (GPtrArray) pools = gst_bp_allocator_get_pools (GST_BP_ALLOCATOR (allocator));
  g_autofree char *text = NULL;

  g_assert_cmpuint (pools->len, ==, 1);
  text = bp_pool_dump_outstanding (g_ptr_array_index (pools, 0), BP_DUMP_TEXT);

  if (!g_pattern_match_simple (pattern, text))
    g_error ("This dump:\n%s\ndoes not match\n%s", text, pattern);
}

/* To its end, with a probe for the buffers at a pad of an element. */
static void
run_with_probe (const char          *description,
                const char          *element_name,
                const char          *pad_name,
                GstPadProbeCallback  callback,
                gpointer             data)
{
  GstElement *pipeline = test_parse_pipeline (description, TRUE);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), element_name);
  GstPad *pad = gst_element_get_static_pad (element, pad_name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, data, NULL);
  test_run_pipeline (pipeline);
  gst_object_unref (pad);
  gst_object_unref (element);
  test_finalize (pipeline);
}

/* Keeps the third buffer that comes along. */
static GstPadProbeReturn
keep_third (GstPad          *pad,
            GstPadProbeInfo *info,
            gpointer         data)
{
  GPtrArray *kept = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  g_ptr_array_add (kept, kept->len == 2 ? gst_buffer_ref (buffer) : NULL);

  return GST_PAD_PROBE_OK;
}

/* An element keeps a buffer that another element has allocated. Only the allocating
 * element, and its thread, are known. The kept buffer keeps its pool with all of the
 * pool's buffers, too. */
static void
test_kept_by_element (void)
{
  const char *description = "videotestsrc name=seeder num-buffers=10 ! "
                            "video/x-raw,width=320,height=240 ! BPALLOC ! queue ! "
                            "fakesink name=keeper";
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  if (!test_has_elements (description))
    return;

  run_with_probe (description, "keeper", "sink", keep_third, kept);
  assert_dump (test_get_allocator (),
               "*, acquired at\n*\n  gst_buffer_pool_acquire_buffer+0x*, thread * (seeder:src)\n*");
  gst_buffer_unref (g_ptr_array_index (kept, 2));
  assert_dump (test_get_allocator (), "*: 0 buffers are out\n");
}

G_NO_INLINE GstMemory *
leak_in_probe (GstAllocator *allocator)
{
  GstMemory *mem = gst_allocator_alloc (allocator, 100, NULL);

  g_assert_nonnull (mem);

  return mem;
}

typedef struct
{
  GstAllocator *allocator;
  GPtrArray *memories;
} Leaker;

static GstPadProbeReturn
allocate (GstPad          *pad,
          GstPadProbeInfo *info,
          gpointer         data)
{
  Leaker *leaker = data;

  g_ptr_array_add (leaker->memories, leak_in_probe (leaker->allocator));

  return GST_PAD_PROBE_OK;
}

/* A probe allocates a buffer and forgets it: the dump names its function, and the
 * thread it ran in. */
static void
test_allocated_in_probe (void)
{
  const char *description = "fakesrc name=seeder num-buffers=5 ! queue name=between ! fakesink";
  Leaker leaker = { gst_bp_allocator_new (NULL), g_ptr_array_new () };

  if (!test_has_elements (description))
    return;

  run_with_probe (description, "between", "src", allocate, &leaker);
  assert_dump (leaker.allocator,
               "*5 buffers, * bytes, acquired at\n*\n  leak_in_probe+0x*, thread * (between:src)\n");
  g_ptr_array_set_free_func (leaker.memories, (GDestroyNotify) gst_memory_unref);
  g_ptr_array_unref (leaker.memories);
  gst_object_unref (leaker.allocator);
}

static GstBuffer *
acquire (GstBufferPool *pool)
{
  GstBuffer *buffer = NULL;

  g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_OK);

  return buffer;
}

G_NO_INLINE GstBuffer *
use_before (GstBufferPool *pool)
{
  GstBuffer *buffer = acquire (pool);

  g_assert_nonnull (buffer);

  return buffer;
}

G_NO_INLINE GstBuffer *
leak_from_pool (GstBufferPool *pool)
{
  GstBuffer *buffer = acquire (pool);

  g_assert_nonnull (buffer);

  return buffer;
}

/* Leak checkers would report it otherwise: nothing points at it. */
static GstBufferPool *left_pool;
static GstBuffer *left_buffer;

/* A buffer of a pool has had another holder before: the present one is named when the
 * process ends. */
static void
test_buffer_pool_at_exit (void)
{
  if (g_test_subprocess ())
    {
      GstBufferPool *pool = gst_bp_buffer_pool_new (NULL);
      GstStructure *config = gst_buffer_pool_get_config (pool);

      gst_buffer_pool_config_set_params (config, NULL, 1000, 0, 0);
      g_assert_true (gst_buffer_pool_set_config (pool, config));
      g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
      gst_buffer_unref (use_before (pool));
      left_pool = pool;
      left_buffer = leak_from_pool (left_pool);
      g_assert_nonnull (left_buffer);
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*The process ends while buffers are out. Pool \"GstBpBufferPool\": "
                             "1 buffer is out*\n  leak_from_pool+0x*");
}

void
test_add_cases (void)
{
  g_test_add_func ("/holders/kept-by-element", test_kept_by_element);
  g_test_add_func ("/holders/allocated-in-probe", test_allocated_in_probe);
  g_test_add_func ("/holders/buffer-pool-at-exit", test_buffer_pool_at_exit);
}
