/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pools.h"

/* What a GstBpBufferPool does beyond the stock pool. */

/* A subclass whose buffers have a meta, and whose allocations fail when told. */
typedef struct
{
  GstBpBufferPool parent_instance;
  int n_allocations_left;
} TestPool;

typedef GstBpBufferPoolClass TestPoolClass;

GType test_pool_get_type (void);
G_DEFINE_TYPE (TestPool, test_pool, GST_TYPE_BP_BUFFER_POOL)

static GstFlowReturn
test_pool_alloc_buffer (GstBufferPool               *pool,
                        GstBuffer                  **buffer,
                        GstBufferPoolAcquireParams  *params)
{
  TestPool *self = (TestPool *) pool;
  GstFlowReturn flow;

  if (g_atomic_int_add (&self->n_allocations_left, -1) <= 0)
    return GST_FLOW_CUSTOM_ERROR_1;

  flow = GST_BUFFER_POOL_CLASS (test_pool_parent_class)->alloc_buffer (pool, buffer, params);
  if (flow == GST_FLOW_OK)
    {
      g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("test/time");

      gst_buffer_add_reference_timestamp_meta (*buffer, caps, 1, 1);
    }

  return flow;
}

static void
test_pool_class_init (TestPoolClass *klass)
{
  GST_BUFFER_POOL_CLASS (klass)->alloc_buffer = test_pool_alloc_buffer;
}

static void
test_pool_init (TestPool *self)
{
}

static GstBufferPool *
make_test_pool (int n_allocations)
{
  GstBufferPool *pool = gst_object_ref_sink (g_object_new (test_pool_get_type (), NULL));

  ((TestPool *) pool)->n_allocations_left = n_allocations;

  return pool;
}

static void
test_metas_stay (void)
{
  g_autoptr (GstBufferPool) pool = make_test_pool (10);
  GstBuffer *buffer;
  GstMeta *meta;

  test_start_pool (pool, 10, 1, 0);
  for (guint i = 0; i < 3; i++)
    {
      buffer = test_acquire (pool);
      meta = (GstMeta *) gst_buffer_get_reference_timestamp_meta (buffer, NULL);
      g_assert_nonnull (meta);
      g_assert_true (GST_META_FLAG_IS_SET (meta, GST_META_FLAG_POOLED));
      g_assert_true (GST_META_FLAG_IS_SET (meta, GST_META_FLAG_LOCKED));
      g_assert_false (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY));
      gst_buffer_unref (buffer);
    }
}

/* A start that fails leaves nothing behind and can be tried again. */
static void
test_start_rolls_back (void)
{
  g_autoptr (GstBufferPool) pool = make_test_pool (3);
  GstBpAllocator *allocator = gst_bp_buffer_pool_get_allocator (GST_BP_BUFFER_POOL (pool));

  g_assert_true (test_try_configure_pool (pool, 10, 5, 8));
  g_assert_false (gst_buffer_pool_set_active (pool, TRUE));
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 0);
  g_assert_cmpuint (test_get_stat (GST_ALLOCATOR (allocator), "outstanding"), ==, 0);

  ((TestPool *) pool)->n_allocations_left = 8;
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 5);
  test_stop_pool (pool);
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 0);
}

/* An allocation that fails is reported as what it is, and costs no place. */
static void
test_acquire_fails (void)
{
  for (guint max_buffers = 0; max_buffers < 3; max_buffers += 2)
    {
      g_autoptr (GstBufferPool) pool = make_test_pool (1);
      GstBuffer *buffer = NULL, *none = NULL;

      test_start_pool (pool, 10, 0, max_buffers);
      buffer = test_acquire (pool);
      g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &none, NULL), ==,
                       GST_FLOW_CUSTOM_ERROR_1);
      g_assert_null (none);

      ((TestPool *) pool)->n_allocations_left = 1;
      gst_buffer_unref (test_acquire (pool));
      gst_buffer_unref (buffer);
    }
}

/* Where no new buffer can be made in place of one that was thrown away, an idle one is
 * found all the same. */
static void
test_acquire_fails_after_discards (void)
{
  g_autoptr (GstBufferPool) pool = make_test_pool (4);
  GstBuffer *buffers[4];
  GstBuffer *none = NULL;

  test_start_pool (pool, 10, 0, 0);
  for (guint i = 0; i < 4; i++)
    buffers[i] = test_acquire (pool);
  gst_buffer_unref (buffers[0]);
  for (guint i = 1; i < 4; i++)
    {
      gst_buffer_remove_all_memory (buffers[i]);
      gst_buffer_unref (buffers[i]);
    }
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 1);

  g_assert_true (test_acquire (pool) == buffers[0]);
  g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &none, NULL), ==,
                   GST_FLOW_CUSTOM_ERROR_1);
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 1);
  gst_buffer_unref (buffers[0]);
  test_stop_pool (pool);
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 0);
}

static void
test_minimum_beyond_maximum (void)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  GstStructure *config = gst_buffer_pool_get_config (pool);

  gst_structure_set (config, "size", G_TYPE_UINT, 10, "min-buffers", G_TYPE_UINT, 5,
                     "max-buffers", G_TYPE_UINT, 4, NULL);
  g_assert_false (gst_buffer_pool_set_config (pool, config));
  g_assert_false (gst_buffer_pool_set_active (pool, TRUE));
  test_start_pool (pool, 10, 4, 4);
}

static void
test_newest_first (void)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  GstBuffer *buffers[10];

  test_start_pool (pool, 1000, 0, 0);
  for (guint i = 0; i < 10; i++)
    buffers[i] = test_acquire (pool);
  for (guint i = 0; i < 10; i++)
    gst_buffer_unref (buffers[i]);
  for (guint i = 0; i < 10; i++)
    g_assert_true (test_acquire (pool) == buffers[9 - i]);
  for (guint i = 0; i < 10; i++)
    gst_buffer_unref (buffers[i]);
}

/* After a burst no more is kept than the pool under the allocator may keep. */
static void
test_shrinks (void)
{
  g_autoptr (BpPool) memory = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (memory);
  g_autoptr (GstBufferPool) pool = gst_bp_buffer_pool_new (GST_BP_ALLOCATOR (allocator));
  GstBuffer *buffers[100];

  test_start_pool (pool, 1000, 0, 0);
  for (guint i = 0; i < 100; i++)
    buffers[i] = test_acquire (pool);
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 100);
  for (guint i = 0; i < 100; i++)
    gst_buffer_unref (buffers[i]);
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 8);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 8);
}

static void
test_stats (void)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  GstAllocator *allocator = GST_ALLOCATOR (
    gst_bp_buffer_pool_get_allocator (GST_BP_BUFFER_POOL (pool)));
  GstBuffer *buffer;

  for (guint round = 1; round < 4; round++)
    {
      test_start_pool (pool, 1000, 0, 0);
      gst_buffer_unref (test_acquire (pool));
      buffer = test_acquire (pool);
      gst_buffer_remove_all_memory (buffer);
      gst_buffer_unref (buffer);

      for (guint stopped = 0; stopped < 2; stopped++)
        {
          g_assert_cmpuint (test_get_pool_figure (pool, "hits"), ==, round);
          g_assert_cmpuint (test_get_pool_figure (pool, "misses"), ==, round);
          g_assert_cmpuint (test_get_pool_figure (pool, "discards"), ==, round);
          g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 0);
          g_assert_cmpuint (test_get_stat (allocator, "discards"), ==, round);
          test_stop_pool (pool);
        }
    }
}

#define N_ELSEWHERE 40

static gpointer
acquire_and_release (gpointer pool)
{
  GstBuffer *buffers[N_ELSEWHERE];

  for (guint i = 0; i < N_ELSEWHERE; i++)
    buffers[i] = test_acquire (pool);
  for (guint i = 0; i < N_ELSEWHERE; i++)
    gst_buffer_unref (buffers[i]);

  return NULL;
}

/* What is idle anywhere is found before a new one is made, and all of it is gone
 * when the pool stops. */
static void
test_idle_elsewhere (void)
{
  for (guint max_buffers = 0; max_buffers < 100; max_buffers += N_ELSEWHERE)
    {
      g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
      GstBuffer *buffers[N_ELSEWHERE];

      test_start_pool (pool, 100, 0, max_buffers);
      g_thread_join (g_thread_new ("elsewhere", acquire_and_release, pool));
      for (guint i = 0; i < N_ELSEWHERE; i++)
        buffers[i] = test_acquire (pool);
      g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, N_ELSEWHERE);
      for (guint i = 0; i < N_ELSEWHERE; i++)
        gst_buffer_unref (buffers[i]);

      g_thread_join (g_thread_new ("elsewhere", acquire_and_release, pool));
      test_stop_pool (pool);
      g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 0);
    }
}

/* Memory of the configuration's allocator, when it has one. */
static void
test_foreign_allocator (void)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  g_autoptr (GstAllocator) allocator = gst_allocator_find (GST_ALLOCATOR_SYSMEM);
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstBuffer *buffer;

  gst_buffer_pool_config_set_params (config, NULL, 10, 0, 0);
  gst_buffer_pool_config_set_allocator (config, allocator, NULL);
  g_assert_true (gst_buffer_pool_set_config (pool, config));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  buffer = test_acquire (pool);
  g_assert_true (gst_memory_is_type (gst_buffer_peek_memory (buffer, 0), GST_ALLOCATOR_SYSMEM));
  gst_buffer_unref (buffer);
}

/* Elements that find an allocator in what they configured may drop a reference they never
 * had. */
static void
test_no_allocator_in_config (void)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  GstAllocationParams params = { .prefix = 8 }, params_there;
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstAllocator *allocator;
  GstBuffer *buffer;
  gsize offset;

  gst_buffer_pool_config_set_params (config, NULL, 10, 0, 0);
  gst_buffer_pool_config_set_allocator (config, NULL, &params);
  g_assert_true (gst_buffer_pool_set_config (pool, config));

  config = gst_buffer_pool_get_config (pool);
  g_assert_true (gst_buffer_pool_config_get_allocator (config, &allocator, &params_there));
  g_assert_null (allocator);
  g_assert_cmpuint (params_there.prefix, ==, 8);
  gst_structure_free (config);

  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  buffer = test_acquire (pool);
  g_assert_true (gst_memory_is_type (gst_buffer_peek_memory (buffer, 0), GST_BP_MEMORY_TYPE));
  g_assert_cmpuint (gst_buffer_get_sizes (buffer, &offset, NULL), ==, 10);
  g_assert_cmpuint (offset, ==, 8);
  gst_buffer_unref (buffer);
}

void
test_add_cases (void)
{
  g_test_add_func ("/bp-buffer-pool/metas-stay", test_metas_stay);
  g_test_add_func ("/bp-buffer-pool/start-rolls-back", test_start_rolls_back);
  g_test_add_func ("/bp-buffer-pool/acquire-fails", test_acquire_fails);
  g_test_add_func ("/bp-buffer-pool/acquire-fails-after-discards",
                   test_acquire_fails_after_discards);
  g_test_add_func ("/bp-buffer-pool/minimum-beyond-maximum", test_minimum_beyond_maximum);
  g_test_add_func ("/bp-buffer-pool/newest-first", test_newest_first);
  g_test_add_func ("/bp-buffer-pool/shrinks", test_shrinks);
  g_test_add_func ("/bp-buffer-pool/stats", test_stats);
  g_test_add_func ("/bp-buffer-pool/idle-elsewhere", test_idle_elsewhere);
  g_test_add_func ("/bp-buffer-pool/foreign-allocator", test_foreign_allocator);
  g_test_add_func ("/bp-buffer-pool/no-allocator-in-config", test_no_allocator_in_config);
}
