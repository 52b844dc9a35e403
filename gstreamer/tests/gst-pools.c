/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pools.h"

GstBufferPool *
test_make_stock_pool (void)
{
  return gst_buffer_pool_new ();
}

GstBufferPool *
test_make_bp_pool (void)
{
  return gst_bp_buffer_pool_new (NULL);
}

static const TestPoolKind kinds[] = {
  { "stock-pool", test_make_stock_pool },
  { "bp-pool", test_make_bp_pool },
};

void
test_add_for_both (const char    *path,
                   GTestDataFunc  func)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *whole = g_strdup_printf ("/%s/%s", kinds[i].name, path);

      g_test_add_data_func (whole, &kinds[i], func);
    }
}

gboolean
test_try_configure_pool (GstBufferPool *pool,
                         guint          size,
                         guint          min_buffers,
                         guint          max_buffers)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("test/data");
  GstStructure *config = gst_buffer_pool_get_config (pool);

  gst_buffer_pool_config_set_params (config, caps, size, min_buffers, max_buffers);

  return gst_buffer_pool_set_config (pool, config);
}

void
test_start_pool (GstBufferPool *pool,
                 guint          size,
                 guint          min_buffers,
                 guint          max_buffers)
{
  g_assert_true (test_try_configure_pool (pool, size, min_buffers, max_buffers));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
}

void
test_stop_pool (GstBufferPool *pool)
{
  g_assert_true (gst_buffer_pool_set_active (pool, FALSE));
}

GstBuffer *
test_acquire (GstBufferPool *pool)
{
  GstBuffer *buffer = NULL;

  g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_OK);
  g_assert_nonnull (buffer);
  g_assert_true (buffer->pool == pool);

  return buffer;
}

GstFlowReturn
test_try_acquire (GstBufferPool *pool,
                  GstBuffer    **buffer)
{
  GstBufferPoolAcquireParams params = { .flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT };

  return gst_buffer_pool_acquire_buffer (pool, buffer, &params);
}

static void
count_destroyed (gpointer data)
{
  int *n_destroyed = data;

  g_atomic_int_inc (n_destroyed);
}

void
test_track (GstBuffer *buffer,
            int       *n_destroyed)
{
  gst_mini_object_set_qdata (GST_MINI_OBJECT_CAST (buffer),
                             g_quark_from_static_string ("bufpool-test"),
                             n_destroyed, count_destroyed);
}

guint64
test_get_pool_figure (GstBufferPool *pool,
                      const char    *field)
{
  g_autoptr (GstStructure) stats = gst_bp_buffer_pool_get_stats (GST_BP_BUFFER_POOL (pool));
  guint64 value = 0;

  g_assert_true (gst_structure_get_uint64 (stats, field, &value));

  return value;
}
