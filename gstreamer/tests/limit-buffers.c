/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pools.h"

#include <gst/check/gstharness.h>

/* What bpalloc does to the buffers that pass when it has limits. */

#define VIDEO_CAPS "video/x-raw, format=I420, width=320, height=240, framerate=30/1"
#define BUFFER_BYTES 1000
#define N_BUFFERS 6

/* The allocator that the element upstream gets. */
static GstAllocator *
ask (GstHarness *harness)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (VIDEO_CAPS);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);
  GstAllocator *allocator = NULL;

  g_assert_true (gst_pad_peer_query (harness->srcpad, query));
  gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  g_assert_nonnull (allocator);

  return allocator;
}

static GstHarness *
new_harness (const char    *launch,
             GstAllocator **allocator)
{
  GstHarness *harness = gst_harness_new_parse (launch);

  gst_harness_set_src_caps_str (harness, VIDEO_CAPS);
  gst_harness_play (harness);
  *allocator = ask (harness);

  return harness;
}

static GstBuffer *
make_buffer (GstAllocator *allocator,
             guint64       offset)
{
  GstBuffer *buffer = gst_buffer_new_allocate (allocator, BUFFER_BYTES, NULL);

  g_assert_nonnull (buffer);
  GST_BUFFER_OFFSET (buffer) = offset;

  return buffer;
}

static void
test_drops (void)
{
  g_autoptr (GstAllocator) allocator = NULL;
  GstHarness *harness = new_harness ("bpalloc leaky=upstream max-outstanding=1", &allocator);
  GstBuffer *first, *last;

  g_assert_cmpint (gst_harness_push (harness, make_buffer (allocator, 0)), ==, GST_FLOW_OK);
  g_assert_cmpint (gst_harness_push (harness, make_buffer (allocator, 1)), ==, GST_FLOW_OK);
  g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, 1);
  first = gst_harness_pull (harness);
  g_assert_cmpuint (GST_BUFFER_OFFSET (first), ==, 0);
  gst_buffer_unref (first);

  g_assert_cmpint (gst_harness_push (harness, make_buffer (allocator, 2)), ==, GST_FLOW_OK);
  last = gst_harness_pull (harness);
  g_assert_cmpuint (GST_BUFFER_OFFSET (last), ==, 2);
  g_assert_true (GST_BUFFER_IS_DISCONT (last));
  gst_buffer_unref (last);

  /* Memory of other allocators does not count in the limit. */
  for (guint i = 0; i < N_BUFFERS; i++)
    g_assert_cmpint (gst_harness_push (harness, make_buffer (NULL, 3)), ==, GST_FLOW_OK);
  g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, N_BUFFERS);
  gst_harness_teardown (harness);
}

/* The second run is of a list of which nothing is left. */
static void
test_drops_of_a_list (void)
{
  g_autoptr (GstAllocator) allocator = NULL;
  GstHarness *harness = new_harness ("bpalloc leaky=upstream max-outstanding=2", &allocator);

  for (guint run = 0; run < 3; run++)
    {
      GstBufferList *list = gst_buffer_list_new ();

      for (guint i = 0; i < N_BUFFERS; i++)
        gst_buffer_list_add (list, make_buffer (allocator, i));
      g_assert_cmpint (gst_pad_push_list (harness->srcpad, list), ==, GST_FLOW_OK);
      g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, 2);
      if (run == 0)
        continue;

      for (guint i = 0; i < 2; i++)
        {
          GstBuffer *buffer = gst_harness_pull (harness);

          g_assert_cmpuint (GST_BUFFER_OFFSET (buffer), ==, i);
          g_assert_cmpint (GST_BUFFER_IS_DISCONT (buffer), ==, run == 2 && i == 0);
          gst_buffer_unref (buffer);
        }
    }
  gst_harness_teardown (harness);
}

static GstBufferPool *
start_stock_pool (GstAllocator *allocator)
{
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);

  gst_buffer_pool_config_set_params (config, NULL, BUFFER_BYTES, 0, 0);
  gst_buffer_pool_config_set_allocator (config, allocator, NULL);
  g_assert_true (gst_buffer_pool_set_config (pool, config));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));

  return pool;
}

/* What upstream still holds while the buffer passes. */
typedef enum
{
  NOTHING,
  BUFFER,
  BUFFER_PAST_DOWNSTREAM
} Held;

/* A stock pool keeps no buffer that passed, so that its memory goes back to the allocator. */
static void
test_stock_pool (gconstpointer data)
{
  Held held = GPOINTER_TO_UINT (data);
  g_autoptr (GstAllocator) allocator = NULL;
  GstHarness *harness = new_harness ("bpalloc max-outstanding=1", &allocator);
  g_autoptr (GstBufferPool) pool = start_stock_pool (allocator);

  for (guint i = 0; i < N_BUFFERS; i++)
    {
      GstBuffer *buffer = test_acquire (pool);
      GstBuffer *kept = held == NOTHING ? NULL : gst_buffer_ref (buffer);
      GstBuffer *arrived;

      GST_BUFFER_PTS (buffer) = i;
      g_assert_cmpint (gst_harness_push (harness, buffer), ==, GST_FLOW_OK);
      arrived = gst_harness_pull (harness);
      g_assert_cmpuint (GST_BUFFER_PTS (arrived), ==, i);
      g_assert_cmpuint (gst_buffer_get_size (arrived), ==, BUFFER_BYTES);

      if (held == BUFFER)
        gst_clear_buffer (&kept);
      gst_buffer_unref (arrived);
      if (held == BUFFER_PAST_DOWNSTREAM)
        {
          /* Upstream had it last, and finds it in its pool again. */
          gst_clear_buffer (&kept);
          continue;
        }
      g_assert_cmpuint (test_get_stat (allocator, "permits"), ==, 0);
    }

  test_stop_pool (pool);
  g_assert_cmpuint (test_get_stat (allocator, "permits"), ==, 0);
  gst_harness_teardown (harness);
}

/* Without a limit a stock pool keeps its buffers. */
static void
test_no_limit (void)
{
  g_autoptr (GstAllocator) allocator = NULL;
  GstHarness *harness = new_harness ("bpalloc", &allocator);
  g_autoptr (GstBufferPool) pool = start_stock_pool (allocator);
  GstBuffer *before = NULL;

  for (guint i = 0; i < N_BUFFERS; i++)
    {
      GstBuffer *buffer = test_acquire (pool);

      g_assert_true (before == NULL || before == buffer);
      before = buffer;
      g_assert_cmpint (gst_harness_push (harness, buffer), ==, GST_FLOW_OK);
      gst_buffer_unref (gst_harness_pull (harness));
    }
  test_stop_pool (pool);
  gst_harness_teardown (harness);
}

void
test_add_cases (void)
{
  g_test_add_func ("/limit-buffers/drops", test_drops);
  g_test_add_func ("/limit-buffers/drops-of-a-list", test_drops_of_a_list);
  g_test_add_data_func ("/limit-buffers/stock-pool/writable", GUINT_TO_POINTER (NOTHING),
                        test_stock_pool);
  g_test_add_data_func ("/limit-buffers/stock-pool/held", GUINT_TO_POINTER (BUFFER),
                        test_stock_pool);
  g_test_add_data_func ("/limit-buffers/stock-pool/held-longer",
                        GUINT_TO_POINTER (BUFFER_PAST_DOWNSTREAM), test_stock_pool);
  g_test_add_func ("/limit-buffers/no-limit", test_no_limit);
}
