/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-negotiation.h"

#include <gst/video/video.h>

/* Where downstream offers a pool, and whether bpalloc names its allocator there. */

/* A pool of the class that elements derive when they have memory of their own. */
typedef struct
{
  GstVideoBufferPool parent_instance;
} OwnPool;

typedef GstVideoBufferPoolClass OwnPoolClass;

static GType own_pool_get_type (void);
G_DEFINE_TYPE (OwnPool, own_pool, GST_TYPE_VIDEO_BUFFER_POOL)

static void
own_pool_class_init (OwnPoolClass *klass)
{
}

static void
own_pool_init (OwnPool *self)
{
}

#define FRAME_SIZE (320 * 240 * 3 / 2)

/* What downstream offers next. */
static GstBufferPool *offered;

static gboolean
offer (GstQuery *query)
{
  gst_query_add_allocation_pool (query, offered, FRAME_SIZE, 2, 7);

  return TRUE;
}

static void
configure (GstBufferPool             *pool,
           GstAllocator              *allocator,
           const GstAllocationParams *params)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (TEST_VIDEO_CAPS);
  GstStructure *config = gst_buffer_pool_get_config (pool);

  gst_buffer_pool_config_set_params (config, caps, FRAME_SIZE, 0, 0);
  if (allocator != NULL || params != NULL)
    gst_buffer_pool_config_set_allocator (config, allocator, params);
  g_assert_true (gst_buffer_pool_set_config (pool, config));
}

/* The pool is still the one that downstream offered, with its numbers. */
static void
assert_pool_stays (GstQuery *query)
{
  g_autoptr (GstBufferPool) pool = NULL;
  guint size, min, max;

  g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 1);
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
  g_assert_true (pool == offered);
  g_assert_cmpuint (size, ==, FRAME_SIZE);
  g_assert_cmpuint (min, ==, 2);
  g_assert_cmpuint (max, ==, 7);
  g_assert_cmpuint (gst_query_get_n_allocation_metas (query), ==, 0);
}

/* In both modes; takes the pool. */
static void
check (GstBufferPool *pool,
       gboolean       is_filled)
{
  const char *launches[] = { "bpalloc", "bpalloc mode=pool" };

  offered = pool;
  for (guint i = 0; i < G_N_ELEMENTS (launches); i++)
    {
      GstHarness *harness = test_new_harness (launches[i], offer);
      g_autoptr (GstQuery) query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);

      assert_pool_stays (query);
      if (is_filled)
        test_assert_bp_allocator (query);
      else
        g_assert_cmpuint (gst_query_get_n_allocation_params (query), ==, 0);
      gst_harness_teardown (harness);
    }

  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
}

static void
test_stock_pool (void)
{
  check (gst_buffer_pool_new (), TRUE);
}

static void
test_video_pool (void)
{
  GstBufferPool *pool = gst_video_buffer_pool_new ();

  configure (pool, NULL, NULL);
  check (pool, TRUE);
}

static void
test_pool_of_a_class_of_its_own (void)
{
  GstBufferPool *pool = gst_object_ref_sink (g_object_new (own_pool_get_type (), NULL));

  configure (pool, NULL, NULL);
  check (pool, FALSE);
}

/* Ours has an allocator, even if its configuration names none. */
static void
test_bp_pool (void)
{
  check (gst_bp_buffer_pool_new (NULL), FALSE);
}

static void
test_pool_with_an_allocator (void)
{
  g_autoptr (GstAllocator) allocator = gst_allocator_find (GST_ALLOCATOR_SYSMEM);
  GstBufferPool *pool = gst_video_buffer_pool_new ();

  configure (pool, allocator, NULL);
  check (pool, FALSE);
}

static void
test_active_pool (void)
{
  GstBufferPool *pool = gst_video_buffer_pool_new ();

  configure (pool, NULL, NULL);
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  check (pool, FALSE);
}

static void
test_turned_off (void)
{
  GstHarness *harness = test_new_harness ("bpalloc fill-allocator=false", offer);
  g_autoptr (GstBufferPool) pool = gst_buffer_pool_new ();
  g_autoptr (GstElement) element = gst_harness_find_element (harness, "bpalloc");
  g_autoptr (GstQuery) without = NULL;
  g_autoptr (GstQuery) with = NULL;

  offered = pool;
  without = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  assert_pool_stays (without);
  g_assert_cmpuint (gst_query_get_n_allocation_params (without), ==, 0);

  /* A change makes upstream ask again. */
  test_is_asked_again (harness);
  g_object_set (element, "fill-allocator", FALSE, NULL);
  g_assert_false (test_is_asked_again (harness));
  g_object_set (element, "fill-allocator", TRUE, NULL);
  g_assert_true (test_is_asked_again (harness));
  with = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  assert_pool_stays (with);
  test_assert_bp_allocator (with);

  gst_harness_teardown (harness);
}

static gboolean
offer_two (GstQuery *query)
{
  g_autoptr (GstBufferPool) plain = gst_buffer_pool_new ();

  gst_query_add_allocation_pool (query, plain, FRAME_SIZE, 0, 0);
  gst_query_add_allocation_pool (query, offered, FRAME_SIZE, 0, 0);

  return TRUE;
}

/* Upstream may take any of them. */
static void
test_two_pools (void)
{
  g_autoptr (GstBufferPool) plain = gst_video_buffer_pool_new ();
  g_autoptr (GstBufferPool) own = gst_object_ref_sink (g_object_new (own_pool_get_type (), NULL));
  GstHarness *harness = test_new_harness ("bpalloc", offer_two);
  g_autoptr (GstQuery) with_plain = NULL;
  g_autoptr (GstQuery) with_own = NULL;

  offered = plain;
  with_plain = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  test_assert_bp_allocator (with_plain);
  offered = own;
  with_own = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  g_assert_cmpuint (gst_query_get_n_allocation_params (with_own), ==, 0);
  gst_harness_teardown (harness);
}

static gboolean
offer_with_params (GstQuery *query)
{
  GstAllocationParams params = { .align = 63, .prefix = 10, .padding = 20 };

  gst_query_add_allocation_param (query, NULL, &params);

  return offer (query);
}

static gboolean
offer_with_allocator (GstQuery *query)
{
  g_autoptr (GstAllocator) allocator = gst_allocator_find (GST_ALLOCATOR_SYSMEM);

  gst_query_add_allocation_param (query, allocator, NULL);

  return offer (query);
}

static void
assert_params (GstQuery *query,
               gsize     align,
               gsize     prefix,
               gsize     padding)
{
  GstAllocationParams params;

  test_assert_bp_allocator (query);
  gst_query_parse_nth_allocation_param (query, 0, NULL, &params);
  g_assert_cmpuint (params.align, ==, align);
  g_assert_cmpuint (params.prefix, ==, prefix);
  g_assert_cmpuint (params.padding, ==, padding);
}

static void
test_params_beside_a_pool (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", offer_with_params);
  g_autoptr (GstBufferPool) pool = gst_video_buffer_pool_new ();
  g_autoptr (GstQuery) query = NULL;

  offered = pool;
  query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  assert_params (query, 63, 10, 20);
  gst_harness_teardown (harness);
}

/* Where the query has none, what the pool was configured with goes on to hold. */
static void
test_params_of_a_pool (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", offer);
  g_autoptr (GstBufferPool) pool = gst_video_buffer_pool_new ();
  GstAllocationParams params = { .align = 31, .padding = 5 };
  g_autoptr (GstQuery) query = NULL;

  configure (pool, NULL, &params);
  offered = pool;
  query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  assert_params (query, 31, 0, 5);
  gst_harness_teardown (harness);
}

static void
test_allocator_beside_a_pool (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", offer_with_allocator);
  g_autoptr (GstBufferPool) pool = gst_video_buffer_pool_new ();
  g_autoptr (GstAllocator) allocator = NULL;
  g_autoptr (GstQuery) query = NULL;

  offered = pool;
  query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  g_assert_cmpuint (gst_query_get_n_allocation_params (query), ==, 1);
  gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  g_assert_false (GST_IS_BP_ALLOCATOR (allocator));
  gst_harness_teardown (harness);
}

/* An element that offers the same pool again, while upstream uses it with our allocator. */
static void
test_same_pool_again (void)
{
  GstHarness *harness = test_new_harness ("bpalloc", offer);
  g_autoptr (GstBufferPool) pool = gst_video_buffer_pool_new ();
  g_autoptr (GstAllocator) first = NULL;
  g_autoptr (GstAllocator) second = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  GstQuery *query;

  offered = pool;
  query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  gst_query_parse_nth_allocation_param (query, 0, &first, NULL);
  gst_query_unref (query);

  configure (pool, first, NULL);
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_OK);
  g_assert_true (gst_memory_is_type (gst_buffer_peek_memory (buffer, 0), GST_BP_MEMORY_TYPE));

  query = test_ask (harness, TEST_VIDEO_CAPS, TRUE);
  test_assert_bp_allocator (query);
  gst_query_parse_nth_allocation_param (query, 0, &second, NULL);
  g_assert_true (second == first);
  gst_query_unref (query);

  gst_clear_buffer (&buffer);
  g_assert_true (gst_buffer_pool_set_active (pool, FALSE));
  gst_harness_teardown (harness);
}

void
test_add_cases (void)
{
  g_test_add_func ("/places/stock-pool", test_stock_pool);
  g_test_add_func ("/places/video-pool", test_video_pool);
  g_test_add_func ("/places/pool-of-a-class-of-its-own", test_pool_of_a_class_of_its_own);
  g_test_add_func ("/places/bp-pool", test_bp_pool);
  g_test_add_func ("/places/pool-with-an-allocator", test_pool_with_an_allocator);
  g_test_add_func ("/places/active-pool", test_active_pool);
  g_test_add_func ("/places/turned-off", test_turned_off);
  g_test_add_func ("/places/two-pools", test_two_pools);
  g_test_add_func ("/places/params-beside-a-pool", test_params_beside_a_pool);
  g_test_add_func ("/places/params-of-a-pool", test_params_of_a_pool);
  g_test_add_func ("/places/allocator-beside-a-pool", test_allocator_beside_a_pool);
  g_test_add_func ("/places/same-pool-again", test_same_pool_again);
}
