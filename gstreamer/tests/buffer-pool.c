/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pools.h"

/* What elements rely on: the same of our buffer pool as of the stock one. */

static GstBufferPool *
make (gconstpointer data)
{
  return ((const TestPoolKind *) data)->make ();
}

static void
test_recycles (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  int n_destroyed = 0;
  GstBuffer *buffer, *again;

  test_start_pool (pool, 10, 0, 0);
  buffer = test_acquire (pool);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, 10);
  test_track (buffer, &n_destroyed);
  gst_buffer_unref (buffer);
  g_assert_cmpint (n_destroyed, ==, 0);

  again = test_acquire (pool);
  g_assert_true (again == buffer);
  gst_buffer_unref (again);

  test_stop_pool (pool);
  g_assert_cmpint (n_destroyed, ==, 1);
}

static void
test_recycles_out_of_order (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  int n_destroyed = 0;
  GstBuffer *first, *second, *again;

  test_start_pool (pool, 10, 0, 0);
  first = test_acquire (pool);
  second = test_acquire (pool);
  test_track (first, &n_destroyed);
  test_track (second, &n_destroyed);
  gst_buffer_unref (second);
  again = test_acquire (pool);
  g_assert_true (again == second);

  gst_buffer_unref (first);
  gst_buffer_unref (again);
  g_assert_cmpint (n_destroyed, ==, 0);
  test_stop_pool (pool);
  g_assert_cmpint (n_destroyed, ==, 2);
}

/* What is left on a buffer is gone when it is handed out again. */
static void
test_resets (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("test/time");
  GstBuffer *buffer;

  test_start_pool (pool, 10, 0, 0);
  buffer = test_acquire (pool);
  GST_BUFFER_PTS (buffer) = 5;
  GST_BUFFER_OFFSET (buffer) = 5;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  gst_buffer_add_reference_timestamp_meta (buffer, caps, 1, 1);
  gst_buffer_unref (buffer);

  buffer = test_acquire (pool);
  g_assert_false (GST_BUFFER_PTS_IS_VALID (buffer));
  g_assert_false (GST_BUFFER_OFFSET_IS_VALID (buffer));
  g_assert_false (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  g_assert_null (gst_buffer_get_reference_timestamp_meta (buffer, NULL));
  gst_buffer_unref (buffer);
}

static void
test_stripped_is_destroyed (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  int n_destroyed = 0;
  GstBuffer *buffer;

  test_start_pool (pool, 10, 0, 0);
  buffer = test_acquire (pool);
  test_track (buffer, &n_destroyed);
  gst_buffer_remove_all_memory (buffer);
  gst_buffer_unref (buffer);
  g_assert_cmpint (n_destroyed, ==, 1);
}

static void
test_replaced_is_destroyed (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  int n_destroyed = 0;
  GstBuffer *buffer;

  test_start_pool (pool, 10, 0, 0);
  buffer = test_acquire (pool);
  test_track (buffer, &n_destroyed);
  gst_buffer_replace_all_memory (buffer, gst_allocator_alloc (NULL, 10, NULL));
  gst_buffer_unref (buffer);
  g_assert_cmpint (n_destroyed, ==, 1);
}

static void
test_resized_is_kept (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  int n_destroyed = 0;
  GstBuffer *buffer;

  test_start_pool (pool, 10, 0, 0);
  buffer = test_acquire (pool);
  test_track (buffer, &n_destroyed);
  gst_buffer_resize (buffer, 8, 2);
  gst_buffer_unref (buffer);
  g_assert_cmpint (n_destroyed, ==, 0);

  buffer = test_acquire (pool);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, 10);
  gst_buffer_unref (buffer);
}

static void
test_memory_in_use (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  int n_destroyed = 0;
  GstBuffer *buffer;
  GstMemory *mem;

  test_start_pool (pool, 10, 0, 0);
  buffer = test_acquire (pool);
  test_track (buffer, &n_destroyed);

  /* A reference alone does no harm. */
  mem = gst_buffer_get_memory (buffer, 0);
  gst_buffer_unref (buffer);
  gst_memory_unref (mem);
  g_assert_cmpint (n_destroyed, ==, 0);
  g_assert_true (test_acquire (pool) == buffer);

  /* Memory of another owner cannot be written to. */
  mem = gst_buffer_get_memory (buffer, 0);
  gst_memory_lock (mem, GST_LOCK_FLAG_EXCLUSIVE);
  gst_buffer_unref (buffer);
  g_assert_cmpint (n_destroyed, ==, 1);
  gst_memory_unlock (mem, GST_LOCK_FLAG_EXCLUSIVE);
  gst_memory_unref (mem);
}

/* As behind a tee: one branch keeps the memory, the other gives the pool's buffer
 * back. GStreamer 1.22 lets it come at once, and it is destroyed; since 1.24 a
 * copy has it as its parent, so it comes when the copy is gone, and is reused. */
static void
test_copied (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  int n_destroyed = 0;
  GstBuffer *original, *copy, *other, *again;
  gboolean has_parent;

  test_start_pool (pool, 10, 0, 0);
  original = test_acquire (pool);
  test_track (original, &n_destroyed);
  gst_buffer_memset (original, 0, 7, 10);
  copy = gst_buffer_copy (original);
  has_parent = gst_buffer_get_parent_buffer_meta (copy) != NULL;
  gst_buffer_unref (original);
  g_assert_cmpint (n_destroyed, ==, has_parent ? 0 : 1);

  other = test_acquire (pool);
  gst_buffer_memset (other, 0, 8, 10);
  g_assert_cmpint (gst_buffer_memcmp (copy, 0, "\7\7\7\7\7\7\7\7\7\7", 10), ==, 0);
  gst_buffer_unref (copy);
  g_assert_cmpint (n_destroyed, ==, has_parent ? 0 : 1);

  again = test_acquire (pool);
  if (has_parent)
    g_assert_true (again == original);
  gst_buffer_unref (again);
  gst_buffer_unref (other);
  test_stop_pool (pool);
  g_assert_cmpint (n_destroyed, ==, 1);
}

/* What happens to a buffer whose memory another one had, and which that kept
 * alive: reused or destroyed. GStreamer 1.22 destroys it, later versions don't. */
static gboolean
is_kept_by_parent_meta (GstBufferPool *pool)
{
  int n_first_destroyed = 0, n_second_destroyed = 0;
  GstBuffer *first, *second;
  gboolean is_kept;

  test_start_pool (pool, 10, 0, 0);
  first = test_acquire (pool);
  test_track (first, &n_first_destroyed);
  second = gst_buffer_new ();
  test_track (second, &n_second_destroyed);
  gst_buffer_append_memory (second, gst_buffer_get_memory (first, 0));
  gst_buffer_add_parent_buffer_meta (second, first);

  gst_buffer_unref (first);
  g_assert_cmpint (n_first_destroyed + n_second_destroyed, ==, 0);
  gst_buffer_unref (second);
  g_assert_cmpint (n_second_destroyed, ==, 1);

  is_kept = n_first_destroyed == 0;
  test_stop_pool (pool);
  g_assert_cmpint (n_first_destroyed, ==, 1);

  return is_kept;
}

static void
test_parent_meta (void)
{
  g_autoptr (GstBufferPool) stock_pool = test_make_stock_pool ();
  g_autoptr (GstBufferPool) bp_pool = test_make_bp_pool ();

  g_assert_cmpint (is_kept_by_parent_meta (bp_pool), ==, is_kept_by_parent_meta (stock_pool));
}

static void
test_maximum (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  GstBuffer *buffers[3];
  GstBuffer *none = NULL;

  test_start_pool (pool, 10, 1, 3);
  for (guint round = 0; round < 3; round++)
    {
      for (guint i = 0; i < 3; i++)
        buffers[i] = test_acquire (pool);
      g_assert_cmpint (test_try_acquire (pool, &none), ==, GST_FLOW_EOS);
      g_assert_null (none);

      /* One that comes back broken frees its place too. */
      gst_buffer_remove_all_memory (buffers[0]);
      gst_buffer_unref (buffers[0]);
      g_assert_cmpint (test_try_acquire (pool, &buffers[0]), ==, GST_FLOW_OK);
      for (guint i = 0; i < 3; i++)
        gst_buffer_unref (buffers[i]);
    }
  test_stop_pool (pool);
}

static gpointer
unref_stripped (gpointer data)
{
  GstBuffer *buffer = data;

  gst_buffer_remove_all_memory (buffer);
  gst_buffer_unref (buffer);

  return NULL;
}

static gpointer
unref_intact (gpointer data)
{
  gst_buffer_unref (data);

  return NULL;
}

/* With a maximum of one, the waiter is woken by each buffer that comes back. */
static void
test_waiter_is_woken (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);

  test_start_pool (pool, 10, 1, 1);
  for (guint i = 0; i < 50; i++)
    {
      GstBuffer *buffer = test_acquire (pool);
      GThread *thread = g_thread_new ("giver", i % 2 == 0 ? unref_stripped : unref_intact, buffer);

      gst_buffer_unref (test_acquire (pool));
      g_thread_join (thread);
    }
  test_stop_pool (pool);
}

static gpointer
wait_for_buffer (gpointer data)
{
  GstBuffer *buffer = NULL;

  return GINT_TO_POINTER (gst_buffer_pool_acquire_buffer (data, &buffer, NULL));
}

static void
test_flushing (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  GstBuffer *buffer = NULL;

  g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_FLUSHING);
  test_start_pool (pool, 10, 0, 1);
  gst_buffer_pool_set_flushing (pool, TRUE);
  g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_FLUSHING);
  gst_buffer_pool_set_flushing (pool, FALSE);

  /* A thread that waits, or is about to, gets away. */
  buffer = test_acquire (pool);
  for (guint i = 0; i < 20; i++)
    {
      GThread *waiter = g_thread_new ("waiter", wait_for_buffer, pool);

      gst_buffer_pool_set_flushing (pool, TRUE);
      g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (waiter)), ==, GST_FLOW_FLUSHING);
      gst_buffer_pool_set_flushing (pool, FALSE);
    }
  gst_buffer_unref (buffer);

  gst_buffer_unref (test_acquire (pool));
  test_stop_pool (pool);
  g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_FLUSHING);
}

static void
test_stop_wakes (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  GstBuffer *buffer;
  GThread *waiter;

  test_start_pool (pool, 10, 0, 1);
  buffer = test_acquire (pool);
  waiter = g_thread_new ("waiter", wait_for_buffer, pool);
  test_stop_pool (pool);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (waiter)), ==, GST_FLOW_FLUSHING);
  gst_buffer_unref (buffer);
}

static void
test_stop_with_buffers_out (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  int n_destroyed = 0;
  GstBuffer *first, *second;

  test_start_pool (pool, 10, 0, 0);
  first = test_acquire (pool);
  second = test_acquire (pool);
  test_track (first, &n_destroyed);
  test_track (second, &n_destroyed);

  test_stop_pool (pool);
  g_assert_cmpint (n_destroyed, ==, 0);
  gst_buffer_memset (first, 0, 1, 10);
  gst_buffer_unref (first);
  gst_buffer_unref (second);
  g_assert_cmpint (n_destroyed, ==, 2);

  test_start_pool (pool, 20, 2, 4);
  gst_buffer_unref (test_acquire (pool));
}

/* Active again before the last buffer of before is back. */
static void
test_restart_with_buffers_out (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  GstBuffer *buffer;

  test_start_pool (pool, 10, 1, 2);
  buffer = test_acquire (pool);
  test_stop_pool (pool);
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  gst_buffer_unref (test_acquire (pool));
  gst_buffer_unref (buffer);
  gst_buffer_unref (test_acquire (pool));
  test_stop_pool (pool);
}

static void
test_outlived_by_buffer (gconstpointer data)
{
  GstBufferPool *pool = make (data);
  int n_destroyed = 0;
  GstBuffer *buffer;

  test_start_pool (pool, 10, 0, 0);
  buffer = test_acquire (pool);
  test_track (buffer, &n_destroyed);
  gst_object_unref (pool);
  g_assert_cmpuint (gst_buffer_memset (buffer, 0, 1, 10), ==, 10);
  gst_buffer_unref (buffer);
  g_assert_cmpint (n_destroyed, ==, 1);
}

static void
test_configuration (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);

  /* Not without one. */
  g_assert_false (gst_buffer_pool_set_active (pool, TRUE));

  for (guint size = 10; size < 50; size += 10)
    {
      GstBuffer *buffer;

      g_assert_true (test_try_configure_pool (pool, size + 5, 5, 0));
      g_assert_true (test_try_configure_pool (pool, size, 5, 0));
      g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
      buffer = test_acquire (pool);
      g_assert_cmpuint (gst_buffer_get_size (buffer), ==, size);
      gst_buffer_unref (buffer);

      /* The same again is fine while it is active, another one is not. */
      g_assert_true (gst_buffer_pool_set_config (pool, gst_buffer_pool_get_config (pool)));
      g_assert_false (test_try_configure_pool (pool, size + 1, 5, 0));
      g_assert_true (gst_buffer_pool_is_active (pool));
      test_stop_pool (pool);
    }
}

static void
test_validation (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  g_autoptr (GstStructure) config = NULL;
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("test/data");
  g_autoptr (GstCaps) others = gst_caps_new_empty_simple ("test/other");

  g_assert_true (test_try_configure_pool (pool, 5, 4, 30));
  config = gst_buffer_pool_get_config (pool);
  g_assert_true (gst_buffer_pool_config_validate_params (config, caps, 5, 4, 0));
  g_assert_true (gst_buffer_pool_config_validate_params (config, caps, 5, 2, 0));
  g_assert_true (gst_buffer_pool_config_validate_params (config, caps, 4, 4, 0));
  g_assert_false (gst_buffer_pool_config_validate_params (config, caps, 5, 6, 0));
  g_assert_false (gst_buffer_pool_config_validate_params (config, others, 5, 4, 0));
}

static void
test_params_of_configuration (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = make (data);
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstAllocationParams params = { .align = 127, .prefix = 20, .padding = 30 };
  GstBuffer *buffer;
  gsize offset, maxsize;
  GstMapInfo info;

  gst_buffer_pool_config_set_params (config, NULL, 100, 0, 0);
  gst_buffer_pool_config_set_allocator (config, NULL, &params);
  g_assert_true (gst_buffer_pool_set_config (pool, config));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));

  buffer = test_acquire (pool);
  g_assert_cmpuint (gst_buffer_get_sizes (buffer, &offset, &maxsize), ==, 100);
  g_assert_cmpuint (offset, ==, 20);
  g_assert_cmpuint (maxsize, >=, 150);
  g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_WRITE));
  g_assert_cmphex ((guintptr) (info.data - 20) & 127, ==, 0);
  gst_buffer_unmap (buffer, &info);
  gst_buffer_unref (buffer);
}

void
test_add_cases (void)
{
  test_add_for_both ("recycles", test_recycles);
  test_add_for_both ("recycles-out-of-order", test_recycles_out_of_order);
  test_add_for_both ("resets", test_resets);
  test_add_for_both ("stripped-is-destroyed", test_stripped_is_destroyed);
  test_add_for_both ("replaced-is-destroyed", test_replaced_is_destroyed);
  test_add_for_both ("resized-is-kept", test_resized_is_kept);
  test_add_for_both ("memory-in-use", test_memory_in_use);
  test_add_for_both ("copied", test_copied);
  g_test_add_func ("/both-pools/parent-meta", test_parent_meta);
  test_add_for_both ("maximum", test_maximum);
  test_add_for_both ("waiter-is-woken", test_waiter_is_woken);
  test_add_for_both ("flushing", test_flushing);
  test_add_for_both ("stop-wakes", test_stop_wakes);
  test_add_for_both ("stop-with-buffers-out", test_stop_with_buffers_out);
  test_add_for_both ("restart-with-buffers-out", test_restart_with_buffers_out);
  test_add_for_both ("outlived-by-buffer", test_outlived_by_buffer);
  test_add_for_both ("configuration", test_configuration);
  test_add_for_both ("validation", test_validation);
  test_add_for_both ("params-of-configuration", test_params_of_configuration);
}
