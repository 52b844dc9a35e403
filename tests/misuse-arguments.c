/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* Arguments of the wrong type: NULL, an object of another class, and what is no object. Each has
 * a critical that names it, and does no harm. tests/misuse.c has the rest. */

/* An instance without a class is what g_type_check_instance_is_a() is asked about last. */
static GTypeInstance no_class = { NULL };

static void
expect (const char *pattern)
{
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, pattern);
}

static void
assert_quiet (BpPool *pool)
{
  g_test_assert_expected_messages ();
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);
}

static void
not_called (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_assert_not_reached ();
}

static void
read_in_all_ways (BpPool       *pool,
                  GInputStream *stream,
                  GCancellable *cancellable,
                  const char   *pattern)
{
  expect (pattern);
  g_assert_null (bp_pool_read (pool, stream, 1, cancellable, NULL));
  expect (pattern);
  g_assert_null (bp_pool_read_all (pool, stream, 1, cancellable, NULL));
  expect (pattern);
  g_assert_null (bp_pool_read_bytes (pool, stream, 1, cancellable, NULL));
  expect (pattern);
  bp_pool_read_async (pool, stream, 1, G_PRIORITY_DEFAULT, cancellable, not_called, NULL);
  expect (pattern);
  bp_pool_read_all_async (pool, stream, 1, G_PRIORITY_DEFAULT, cancellable, not_called, NULL);
  assert_quiet (pool);
}

static void
test_streams (void)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("hello", 5, NULL);
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  gpointer wrong[] = { NULL, object, &no_class };
  gssize n_read;
  char text[5];

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    read_in_all_ways (pool, wrong[i], NULL, "*G_IS_INPUT_STREAM (stream)*");
  for (guint i = 1; i < G_N_ELEMENTS (wrong); i++)
    read_in_all_ways (pool, stream, wrong[i], "*G_IS_CANCELLABLE (cancellable)*");

  /* Nothing was read by it. */
  n_read = g_input_stream_read (stream, text, sizeof text, NULL, NULL);
  g_assert_cmpmem (text, n_read, "hello", 5);
}

static void
test_streams_of_items (void)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new ();
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 0, 4, 0);
  read_in_all_ways (pool, stream, NULL, "*bytes*");
  g_assert_cmpint (counters.n_created, ==, 0);
}

static void
test_waiting (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  GCancellable *wrong = (gpointer) &no_class;

  expect ("*G_IS_CANCELLABLE*");
  g_assert_null (bp_pool_acquire_full (pool, 1, BP_ACQUIRE_NONE, NULL, 0, wrong, NULL));
  expect ("*G_IS_CANCELLABLE*");
  g_assert_null (bp_pool_acquire_wait (pool, 1, 0, wrong, NULL));
  expect ("*G_IS_CANCELLABLE*");
  bp_pool_acquire_async (pool, 1, wrong, not_called, NULL);
  assert_quiet (pool);
}

static void
test_memory (void)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  BpPool *wrong_pools[] = { NULL, (BpPool *) object };
  gpointer wrong_monitors[] = { object, &no_class };

  for (guint i = 0; i < G_N_ELEMENTS (wrong_pools); i++)
    {
      BpPool *self = wrong_pools[i];

      expect ("*bp_pool_get_idle_timeout*");
      g_assert_cmpuint (bp_pool_get_idle_timeout (self), ==, 0);
      expect ("*bp_pool_set_idle_timeout*");
      bp_pool_set_idle_timeout (self, 1);
      expect ("*bp_pool_dup_memory_monitor*");
      g_assert_null (bp_pool_dup_memory_monitor (self));
      expect ("*bp_pool_set_memory_monitor*");
      bp_pool_set_memory_monitor (self, NULL);
      expect ("*bp_pool_get_clear_on_release*");
      g_assert_false (bp_pool_get_clear_on_release (self));
      expect ("*bp_pool_set_clear_on_release*");
      bp_pool_set_clear_on_release (self, TRUE);
      expect ("*bp_pool_get_realtime*");
      g_assert_false (bp_pool_get_realtime (self));
    }

  for (guint i = 0; i < G_N_ELEMENTS (wrong_monitors); i++)
    {
      expect ("*G_IS_MEMORY_MONITOR (monitor)*");
      bp_pool_set_memory_monitor (pool, wrong_monitors[i]);
      g_assert_null (bp_pool_dup_memory_monitor (pool));
    }
  assert_quiet (pool);
}

static void
test_bulk (void)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  BpPool *wrong[] = { NULL, (BpPool *) object };
  BpPooled *pooled[2] = { NULL, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      expect ("*bp_pool_acquire_many*");
      g_assert_false (bp_pool_acquire_many (wrong[i], 1, pooled, 2, NULL));
      g_assert_null (pooled[0]);
      expect ("*bp_pool_acquire_array*");
      g_assert_null (bp_pool_acquire_array (wrong[i], 1, 2, NULL));
    }

  expect ("*bp_pooled_unref_many*pooled != NULL*");
  bp_pooled_unref_many (NULL, 2);
  g_test_assert_expected_messages ();
}

static void
test_bulk_too_many (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);

  expect ("*2147483648 buffers at once: at most 2147483647 are possible*");
  g_assert_null (bp_pool_acquire_array (pool, 1, (guint) G_MAXINT + 1, NULL));
  assert_quiet (pool);
}

/* What is given to a pool of objects. */
static void
test_items (void)
{
  g_autoptr (BpPool) pool = test_type_pool_new (TEST_TYPE_OBJECT, 0, 4, 0);

  expect ("*G_IS_OBJECT (object)*");
  bp_pool_recycle_object (pool, NULL);
  expect ("*G_IS_OBJECT (object)*");
  bp_pool_recycle_object (pool, (gpointer) &no_class);
  assert_quiet (pool);
}

static void
test_numbers (void)
{
  guint64 (*getters[]) (BpPoolStats *) = {
    bp_pool_stats_get_acquired, bp_pool_stats_get_hits, bp_pool_stats_get_misses,
    bp_pool_stats_get_returned, bp_pool_stats_get_dropped, bp_pool_stats_get_idle,
    bp_pool_stats_get_idle_bytes, bp_pool_stats_get_outstanding, bp_pool_stats_get_peak_buffers,
  };

  for (guint i = 0; i < G_N_ELEMENTS (getters); i++)
    {
      expect ("*bp_pool_stats_get_*self != NULL*");
      g_assert_cmpuint (getters[i] (NULL), ==, 0);
    }
  g_test_assert_expected_messages ();
}

static void
test_no_class (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);

  expect ("*BP_IS_REUSABLE*");
  g_assert_false (bp_reusable_reuse ((gpointer) &no_class, 0));
  expect ("*BP_IS_REUSABLE*");
  g_assert_cmpuint (bp_reusable_get_byte_size ((gpointer) &no_class), ==, 0);
  expect ("*BP_IS_BUDGET*");
  g_assert_cmpuint (bp_budget_get_max_bytes ((gpointer) &no_class), ==, 0);
  expect ("*bp_pool_acquire*BP_IS_POOL*");
  g_assert_null (bp_pool_acquire ((gpointer) &no_class));
  assert_quiet (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/misuse-arguments/streams", test_streams);
  g_test_add_func ("/misuse-arguments/streams-of-items", test_streams_of_items);
  g_test_add_func ("/misuse-arguments/waiting", test_waiting);
  g_test_add_func ("/misuse-arguments/memory", test_memory);
  g_test_add_func ("/misuse-arguments/bulk", test_bulk);
  g_test_add_func ("/misuse-arguments/bulk-too-many", test_bulk_too_many);
  g_test_add_func ("/misuse-arguments/items", test_items);
  g_test_add_func ("/misuse-arguments/numbers", test_numbers);
  g_test_add_func ("/misuse-arguments/no-class", test_no_class);

  return g_test_run ();
}
