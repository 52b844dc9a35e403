/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-negotiation.h"

#include <gst/video/video.h>

/* What bpalloc makes of an ALLOCATION query, for each answer of downstream's. */

#define AUDIO_CAPS "audio/x-raw, format=S16LE, layout=interleaved, rate=48000, channels=2"
#define CODED_CAPS "video/x-vp8, width=320, height=240, framerate=30/1"
#define DMABUF_CAPS "video/x-raw(memory:DMABuf), format=I420, width=320, height=240, framerate=30/1"
#define META_CAPS ("video/x-raw(memory:SystemMemory, meta:Something), format=I420, width=320, " \
                   "height=240, framerate=30/1")

static gboolean
refuse (GstQuery *query)
{
  g_assert_cmpuint (gst_query_get_n_allocation_params (query), ==, 0);
  g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 0);
  g_assert_cmpuint (gst_query_get_n_allocation_metas (query), ==, 0);

  return FALSE;
}

static void
test_refused (void)
{
  const char *all_caps[] = { TEST_VIDEO_CAPS, META_CAPS, AUDIO_CAPS, CODED_CAPS, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (all_caps); i++)
    {
      GstHarness *harness = test_new_harness ("bpalloc", refuse);
      g_autoptr (GstQuery) query = test_ask (harness, all_caps[i], TRUE);

      test_assert_bp_allocator (query);
      g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 0);
      g_assert_cmpuint (gst_query_get_n_allocation_metas (query), ==, 0);
      gst_harness_teardown (harness);
    }
}

static void
test_memory_of_a_device (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", refuse);
  g_autoptr (GstQuery) query = test_ask (harness, DMABUF_CAPS, FALSE);

  g_assert_cmpuint (gst_query_get_n_allocation_params (query), ==, 0);
  g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 0);
  gst_harness_teardown (harness);
}

static gboolean
offer_allocator (GstQuery *query)
{
  g_autoptr (GstAllocator) allocator = gst_allocator_find (GST_ALLOCATOR_SYSMEM);
  GstAllocationParams params = { .align = 31 };

  gst_query_add_allocation_param (query, NULL, &params);
  gst_query_add_allocation_param (query, allocator, &params);

  return TRUE;
}

static void
test_allocator_offered (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", offer_allocator);
  g_autoptr (GstQuery) query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  g_autoptr (GstAllocator) first = NULL;
  g_autoptr (GstAllocator) second = NULL;

  g_assert_cmpuint (gst_query_get_n_allocation_params (query), ==, 2);
  gst_query_parse_nth_allocation_param (query, 0, &first, NULL);
  gst_query_parse_nth_allocation_param (query, 1, &second, NULL);
  g_assert_null (first);
  g_assert_false (GST_IS_BP_ALLOCATOR (second));
  gst_harness_teardown (harness);
}

static gboolean
offer_params (GstQuery *query)
{
  GstAllocationParams params = {
    .flags = GST_MEMORY_FLAG_ZERO_PADDED,
    .align = 63,
    .prefix = 100,
    .padding = 200,
  };

  gst_query_add_allocation_param (query, NULL, &params);

  return FALSE;
}

static void
test_params_offered (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", offer_params);
  g_autoptr (GstQuery) query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  GstAllocationParams params;

  test_assert_bp_allocator (query);
  gst_query_parse_nth_allocation_param (query, 0, NULL, &params);
  g_assert_cmpint (params.flags, ==, GST_MEMORY_FLAG_ZERO_PADDED);
  g_assert_cmpuint (params.align, ==, 63);
  g_assert_cmpuint (params.prefix, ==, 100);
  g_assert_cmpuint (params.padding, ==, 200);
  gst_harness_teardown (harness);
}

static gboolean
offer_pool (GstQuery *query)
{
  g_autoptr (GstBufferPool) pool = gst_buffer_pool_new ();

  gst_query_add_allocation_pool (query, NULL, 1, 2, 3);
  gst_query_add_allocation_pool (query, pool, 4, 5, 6);

  return TRUE;
}

static void
test_pool_offered (void)
{
  GstHarness *harness = test_new_harness ("bpalloc fill-allocator=false", offer_pool);
  g_autoptr (GstQuery) query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  g_autoptr (GstBufferPool) pool = NULL;
  guint size;

  g_assert_cmpuint (gst_query_get_n_allocation_params (query), ==, 0);
  g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 2);
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, NULL, NULL);
  g_assert_null (pool);
  g_assert_cmpuint (size, ==, 1);
  gst_harness_teardown (harness);
}

static gboolean
offer_size_and_meta (GstQuery *query)
{
  gst_query_add_allocation_pool (query, NULL, 200000, 4, 0);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);

  return TRUE;
}

static void
test_size_and_meta_offered (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", offer_size_and_meta);
  g_autoptr (GstQuery) query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  g_autoptr (GstBufferPool) pool = NULL;
  guint size, min, max;

  test_assert_bp_allocator (query);
  g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 1);
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
  g_assert_null (pool);
  g_assert_cmpuint (size, ==, 200000);
  g_assert_cmpuint (min, ==, 4);
  g_assert_cmpuint (max, ==, 0);

  g_assert_cmpuint (gst_query_get_n_allocation_metas (query), ==, 1);
  g_assert_true (gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL));
  gst_harness_teardown (harness);
}

static void
assert_bp_pool (GstQuery *query,
                guint     expected_size,
                guint     expected_min)
{
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  GstStructure *config;
  guint size, min, max;

  g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 1);
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
  g_assert_true (GST_IS_BP_BUFFER_POOL (pool));
  g_assert_cmpuint (size, ==, expected_size);
  g_assert_cmpuint (min, ==, expected_min);
  g_assert_cmpuint (max, ==, 0);

  /* It is ready for use, and can be configured anew. */
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, NULL, size, 1, 0);
  g_assert_true (gst_buffer_pool_set_config (pool, config));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_OK);
  g_assert_true (gst_memory_is_type (gst_buffer_peek_memory (buffer, 0), GST_BP_MEMORY_TYPE));
}

static void
test_pool_mode (void)
{
  GstHarness *harness = test_new_harness ("bpalloc mode=pool", refuse);
  g_autoptr (GstQuery) first = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  g_autoptr (GstQuery) second = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  g_autoptr (GstBufferPool) first_pool = NULL;
  g_autoptr (GstBufferPool) second_pool = NULL;

  test_assert_bp_allocator (first);
  assert_bp_pool (first, 320 * 240 * 3 / 2, 0);

  /* Each query gets a pool of its own, on the same memory. */
  gst_query_parse_nth_allocation_pool (first, 0, &first_pool, NULL, NULL, NULL);
  gst_query_parse_nth_allocation_pool (second, 0, &second_pool, NULL, NULL, NULL);
  g_assert_true (first_pool != second_pool);
  g_assert_true (gst_bp_buffer_pool_get_allocator (GST_BP_BUFFER_POOL (first_pool)) ==
                 gst_bp_buffer_pool_get_allocator (GST_BP_BUFFER_POOL (second_pool)));
  gst_harness_teardown (harness);
}

static void
test_pool_mode_with_size (void)
{
  GstHarness *harness = test_new_harness ("bpalloc mode=pool", offer_size_and_meta);
  g_autoptr (GstQuery) query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);

  test_assert_bp_allocator (query);
  assert_bp_pool (query, 200000, 4);
  gst_harness_teardown (harness);
}

/* Where the size of a buffer is not known, an allocator is all there is. */
static void
test_pool_mode_without_size (void)
{
  const char *all_caps[] = { AUDIO_CAPS, CODED_CAPS, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (all_caps); i++)
    {
      GstHarness *harness = test_new_harness ("bpalloc mode=pool", refuse);
      g_autoptr (GstQuery) query = test_ask (harness, all_caps[i], TRUE);

      test_assert_bp_allocator (query);
      g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 0);
      gst_harness_teardown (harness);
    }
}

static void
test_pool_mode_and_pool_offered (void)
{
  GstHarness *harness = test_new_harness ("bpalloc mode=pool fill-allocator=false", offer_pool);
  g_autoptr (GstQuery) query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  g_autoptr (GstBufferPool) pool = NULL;

  g_assert_cmpuint (gst_query_get_n_allocation_params (query), ==, 0);
  g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 2);
  gst_query_parse_nth_allocation_pool (query, 0, &pool, NULL, NULL, NULL);
  g_assert_null (pool);
  gst_harness_teardown (harness);
}

/* A change of mode makes upstream ask again. */
static void
test_mode_changes (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", refuse);
  g_autoptr (GstElement) element = gst_harness_find_element (harness, "bpalloc");

  gst_query_unref (test_ask (harness, TEST_VIDEO_CAPS, TRUE));
  test_is_asked_again (harness);

  gst_util_set_object_arg (G_OBJECT (element), "mode", "pool");
  g_assert_true (test_is_asked_again (harness));
  gst_harness_teardown (harness);
}

/* All that is seen from outside is an element that does nothing. */
static void
test_passes_through (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", refuse);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 100, NULL);
  GstBuffer *passed;
  g_autoptr (GstCaps) caps = NULL;
  g_autofree char *caps_string = NULL;

  gst_harness_set_sink_caps_str (harness, AUDIO_CAPS);
  caps = gst_pad_peer_query_caps (harness->srcpad, NULL);
  caps_string = gst_caps_to_string (caps);
  g_assert_true (g_str_has_prefix (caps_string, "audio/x-raw"));

  gst_harness_set_src_caps_str (harness, AUDIO_CAPS);
  passed = gst_harness_push_and_pull (harness, buffer);
  g_assert_true (passed == buffer);
  gst_buffer_unref (passed);
  gst_harness_teardown (harness);
}

static guint64
get_stat (GstElement *element,
          const char *field)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  g_object_get (element, "stats", &stats, NULL);
  g_assert_nonnull (stats);
  g_assert_true (gst_structure_get_uint64 (stats, field, &value));

  return value;
}

static GstMemory *
allocate_as_told (GstQuery *query,
                  gsize     size)
{
  g_autoptr (GstAllocator) allocator = NULL;
  GstAllocationParams params;

  gst_query_parse_nth_allocation_param (query, 0, &allocator, &params);

  return gst_allocator_alloc (allocator, size, &params);
}

static void
test_stats (void)
{
  GstHarness *harness = test_new_harness ("bpalloc max-buffers=3", refuse);
  g_autoptr (GstElement) element = gst_harness_find_element (harness, "bpalloc");
  GstMemory *memories[5];
  GstQuery *query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);

  for (guint i = 0; i < 5; i++)
    memories[i] = allocate_as_told (query, 1000);
  g_assert_cmpuint (get_stat (element, "outstanding"), ==, 5);
  for (guint i = 0; i < 4; i++)
    gst_memory_unref (memories[i]);
  g_assert_cmpuint (get_stat (element, "outstanding"), ==, 1);
  g_assert_cmpuint (get_stat (element, "idle"), ==, 3);
  g_object_set (element, "max-buffers", 2, NULL);
  g_assert_cmpuint (get_stat (element, "idle"), ==, 2);

  /* The figures stay after the end, and so does what is still out. */
  gst_element_set_state (element, GST_STATE_NULL);
  g_assert_cmpuint (get_stat (element, "misses"), ==, 5);
  g_assert_cmpuint (get_stat (element, "outstanding"), ==, 1);
  test_fill_memory (memories[4], 1);
  gst_memory_unref (memories[4]);
  gst_query_unref (query);
  gst_harness_teardown (harness);
}

static void
test_no_stats_before (void)
{
  g_autoptr (GstElement) element = gst_object_ref_sink (gst_element_factory_make ("bpalloc", NULL));
  g_autoptr (GstStructure) stats = NULL;

  g_object_get (element, "stats", &stats, NULL);
  g_assert_null (stats);
}

static void
test_shared_by_name (void)
{
  GstHarness *first = test_new_harness ("bpalloc pool-name=common", refuse);
  GstHarness *second = test_new_harness ("bpalloc pool-name=common", refuse);
  GstQuery *first_query = test_ask (first, TEST_VIDEO_CAPS, TRUE);
  GstQuery *second_query = test_ask (second, TEST_VIDEO_CAPS, TRUE);
  GstAllocator *allocator = gst_bp_allocator_get_shared ("common", 0);
  GstMemory *mem = allocate_as_told (first_query, 1000);
  GstMemory *again;

  gst_memory_unref (mem);
  again = allocate_as_told (second_query, 1000);
  g_assert_true (again == mem);
  gst_memory_unref (again);

  /* When one of them stops, what is idle goes; the other goes on. */
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 1);
  gst_query_unref (first_query);
  gst_harness_teardown (first);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 0);
  mem = allocate_as_told (second_query, 1000);
  gst_memory_unref (mem);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 1);

  gst_query_unref (second_query);
  gst_harness_teardown (second);
  gst_object_unref (allocator);
}

static void
test_post_stats (void)
{
  for (guint post_stats = 0; post_stats < 2; post_stats++)
    {
      GstHarness *harness = test_new_harness ("bpalloc", refuse);
      g_autoptr (GstElement) element = gst_harness_find_element (harness, "bpalloc");
      g_autoptr (GstBus) bus = gst_bus_new ();
      g_autoptr (GstMessage) message = NULL;

      g_object_set (element, "post-stats", post_stats, NULL);
      gst_element_set_bus (element, bus);
      gst_harness_set_src_caps_str (harness, AUDIO_CAPS);
      g_assert_true (gst_harness_push_event (harness, gst_event_new_eos ()));

      message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
      g_assert_cmpint (message != NULL, ==, post_stats);
      if (message != NULL)
        g_assert_true (gst_message_has_name (message, "bufpool-stats"));

      gst_bus_set_flushing (bus, TRUE);
      gst_element_set_bus (element, NULL);
      gst_harness_teardown (harness);
    }
}

static GstFlowReturn
count_list (GstPad        *pad,
            GstObject     *parent,
            GstBufferList *list)
{
  g_object_set_data (G_OBJECT (pad), "n-buffers", GUINT_TO_POINTER (gst_buffer_list_length (list)));
  gst_buffer_list_unref (list);

  return GST_FLOW_OK;
}

static void
test_lists_stay_lists (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", refuse);
  GstBufferList *list = gst_buffer_list_new ();

  gst_pad_set_chain_list_function (harness->sinkpad, count_list);
  gst_harness_set_src_caps_str (harness, AUDIO_CAPS);
  for (guint i = 0; i < 5; i++)
    gst_buffer_list_add (list, gst_buffer_new_allocate (NULL, 4, NULL));

  g_assert_cmpint (gst_pad_push_list (harness->srcpad, list), ==, GST_FLOW_OK);
  g_assert_cmpuint (GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (harness->sinkpad),
                                                         "n-buffers")), ==, 5);

  gst_harness_teardown (harness);
}

/* A stream that has no frames is nothing to complain about. */
static void
test_pool_mode_without_frames (void)
{
  const char *all_caps[] = { AUDIO_CAPS, CODED_CAPS, "text/x-raw, format=utf8" };
  TestErrors errors;

  test_errors_begin (&errors);
  for (guint i = 0; i < G_N_ELEMENTS (all_caps); i++)
    {
      GstHarness *harness = test_new_harness ("bpalloc mode=pool", refuse);
      g_autoptr (GstQuery) query = test_ask (harness, all_caps[i], TRUE);

      test_assert_bp_allocator (query);
      g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 0);
      gst_harness_teardown (harness);
    }

  g_assert_cmpuint (test_errors_end (&errors), ==, 0);
}

void
test_add_cases (void)
{
  g_test_add_func ("/negotiation/refused", test_refused);
  g_test_add_func ("/negotiation/memory-of-a-device", test_memory_of_a_device);
  g_test_add_func ("/negotiation/allocator-offered", test_allocator_offered);
  g_test_add_func ("/negotiation/params-offered", test_params_offered);
  g_test_add_func ("/negotiation/pool-offered", test_pool_offered);
  g_test_add_func ("/negotiation/size-and-meta-offered", test_size_and_meta_offered);
  g_test_add_func ("/negotiation/pool-mode", test_pool_mode);
  g_test_add_func ("/negotiation/pool-mode-with-size", test_pool_mode_with_size);
  g_test_add_func ("/negotiation/pool-mode-without-size", test_pool_mode_without_size);
  g_test_add_func ("/negotiation/pool-mode-and-pool-offered", test_pool_mode_and_pool_offered);
  g_test_add_func ("/negotiation/mode-changes", test_mode_changes);
  g_test_add_func ("/negotiation/pool-mode-without-frames", test_pool_mode_without_frames);
  g_test_add_func ("/bpalloc/passes-through", test_passes_through);
  g_test_add_func ("/bpalloc/lists-stay-lists", test_lists_stay_lists);
  g_test_add_func ("/bpalloc/stats", test_stats);
  g_test_add_func ("/bpalloc/no-stats-before", test_no_stats_before);
  g_test_add_func ("/bpalloc/shared-by-name", test_shared_by_name);
  g_test_add_func ("/bpalloc/post-stats", test_post_stats);
}
