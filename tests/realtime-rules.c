/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-signs.h"
#include "test-utils.h"

/* Pools that are realtime: what they cannot have, and what is fixed. */

#define N 4

static BpPool *
make_pool (void)
{
  return g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", N, NULL);
}

static void
expect (const char *pattern)
{
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, pattern);
}

static void
test_property (void)
{
  g_autoptr (BpPool) plain = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autoptr (BpPool) pool = make_pool ();
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (pool), "realtime");
  gboolean is_realtime, was_realtime;

  g_object_get (pool, "realtime", &is_realtime, NULL);
  g_object_get (plain, "realtime", &was_realtime, NULL);
  g_assert_true (is_realtime);
  g_assert_false (was_realtime);
  g_assert_true (bp_pool_get_realtime (pool));
  g_assert_false (bp_pool_get_realtime (plain));
  g_assert_cmpuint (spec->flags & G_PARAM_CONSTRUCT_ONLY, !=, 0);
  g_assert_cmpuint (bp_pool_get_shards (pool), ==, 1);
}

/* Properties of other pools that have no effect here. */
static void
test_ignored (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", N,
                                          "shards", 8, "thread-cache", 8, "alignment", 64, NULL);
  g_autoptr (BpPooled) pooled = NULL;

  g_assert_true (bp_pool_prefill (pool, N, 10, NULL));
  bp_pool_set_thread_cache (pool, 16);
  g_assert_cmpint (bp_pool_get_thread_cache (pool), ==, 16);
  pooled = bp_pool_acquire (pool);
  g_assert_cmpuint (GPOINTER_TO_SIZE (bp_pooled_get_data (pooled, NULL)) % 64, ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  assert_valid (pool);
}

static void
count_notify (GObject    *object G_GNUC_UNUSED,
              GParamSpec *pspec G_GNUC_UNUSED,
              gpointer    n_notified)
{
  (*(guint *) n_notified)++;
}

static void
test_fixed (void)
{
  g_autoptr (BpPool) pool = make_pool ();
  guint n_notified = 0;

  g_assert_true (bp_pool_prefill (pool, N, 10, NULL));
  g_signal_connect (pool, "notify", G_CALLBACK (count_notify), &n_notified);
  expect ("*max-buffers of a realtime pool, 4, is fixed*");
  bp_pool_set_max_buffers (pool, 8);
  g_test_assert_expected_messages ();
  expect ("*max-buffers of a realtime pool, 4, is fixed*");
  g_object_set (pool, "max-buffers", 0, NULL);
  g_test_assert_expected_messages ();
  /* What it is already. */
  bp_pool_set_max_buffers (pool, N);
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, N);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  g_assert_cmpuint (n_notified, ==, 0);
  assert_valid (pool);
}

static void
check_max_buffers (guint asked,
                   guint got)
{
  g_autoptr (BpPool) pool = NULL;

  expect ("*from 1 to 65536 cells*");
  pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", asked, NULL);
  g_test_assert_expected_messages ();
  g_assert_true (bp_pool_get_realtime (pool));
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, got);
  g_assert_true (bp_pool_prefill (pool, 1, 10, NULL));
  assert_valid (pool);
}

static void
test_max_buffers (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, NULL);

  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, BP_DEFAULT_MAX_BUFFERS);
  check_max_buffers (0, 1);
  check_max_buffers (65537, 65536);
  check_max_buffers (G_MAXUINT, 65536);
}

/* Each excluded property, at construction and when it is set later. */
static void
check_excluded (const char *property,
                GValue     *value)
{
  g_autofree char *pattern = g_strdup_printf ("*realtime and %s*", property);
  const char *names[] = { property, "realtime" };
  GValue values[] = { G_VALUE_INIT, G_VALUE_INIT };
  g_autoptr (BpPool) pool = NULL;
  GParamSpec *spec;
  guint n_notified = 0;

  g_value_init (&values[0], G_VALUE_TYPE (value));
  g_value_copy (value, &values[0]);
  g_value_init (&values[1], G_TYPE_BOOLEAN);
  g_value_set_boolean (&values[1], TRUE);
  expect (pattern);
  pool = BP_POOL (g_object_new_with_properties (BP_TYPE_POOL, 2, names, values));
  g_test_assert_expected_messages ();
  g_assert_true (bp_pool_get_realtime (pool));
  spec = g_object_class_find_property (G_OBJECT_GET_CLASS (pool), property);
  g_value_unset (&values[0]);
  g_object_get_property (G_OBJECT (pool), property, &values[0]);
  g_assert_true (g_param_value_defaults (spec, &values[0]));

  if ((spec->flags & G_PARAM_CONSTRUCT_ONLY) == 0)
    {
      g_signal_connect (pool, "notify", G_CALLBACK (count_notify), &n_notified);
      expect (pattern);
      g_object_set_property (G_OBJECT (pool), property, value);
      g_test_assert_expected_messages ();
      g_assert_cmpuint (n_notified, ==, 0);
      g_value_reset (&values[0]);
      g_object_get_property (G_OBJECT (pool), property, &values[0]);
      g_assert_true (g_param_value_defaults (spec, &values[0]));
      /* The value that the property has anyway can be set. */
      g_object_set_property (G_OBJECT (pool), property, &values[0]);
    }
  g_assert_true (bp_pool_prefill (pool, 1, 10, NULL));
  assert_valid (pool);
  g_value_unset (&values[0]);
}

static void
test_excluded (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (GMemoryMonitor) monitor = test_monitor_new ();
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, 1);
  check_excluded ("max-outstanding", &value);
  check_excluded ("idle-timeout", &value);
  g_value_unset (&value);
  g_value_init (&value, G_TYPE_UINT64);
  g_value_set_uint64 (&value, 1);
  check_excluded ("max-idle-bytes", &value);
  g_value_unset (&value);
  g_value_init (&value, G_TYPE_BOOLEAN);
  g_value_set_boolean (&value, TRUE);
  check_excluded ("flushing", &value);
  g_value_unset (&value);
  g_value_init (&value, G_TYPE_MEMORY_MONITOR);
  g_value_set_object (&value, monitor);
  check_excluded ("memory-monitor", &value);
  g_value_unset (&value);
  g_value_init (&value, BP_TYPE_BUDGET);
  g_value_set_object (&value, budget);
  check_excluded ("budget", &value);
  g_value_unset (&value);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
}

static void
test_objects (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  expect ("*realtime and item-type*");
  pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "item-type", TEST_TYPE_OBJECT, NULL);
  g_test_assert_expected_messages ();
  g_assert_false (bp_pool_get_realtime (pool));
  pooled = bp_pool_acquire (pool);
  g_assert_nonnull (pooled);
}

static void
fail_callback (GObject      *object G_GNUC_UNUSED,
               GAsyncResult *result G_GNUC_UNUSED,
               gpointer      user_data G_GNUC_UNUSED)
{
  g_assert_not_reached ();
}

static void
test_waiting (void)
{
  g_autoptr (BpPool) pool = make_pool ();
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;

  expect ("*no call can wait*");
  g_assert_null (bp_pool_acquire_wait (pool, 1, -1, NULL, &error));
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
  expect ("*no call can wait*");
  bp_pool_acquire_async (pool, 1, NULL, fail_callback, NULL);
  g_test_assert_expected_messages ();
  while (g_main_context_iteration (NULL, FALSE))
    ;

  g_assert_true (bp_pool_prefill (pool, 1, 10, NULL));
  pooled = bp_pool_acquire_wait (pool, 10, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 10);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/realtime-rules/property", test_property);
  g_test_add_func ("/realtime-rules/ignored", test_ignored);
  g_test_add_func ("/realtime-rules/fixed", test_fixed);
  g_test_add_func ("/realtime-rules/max-buffers", test_max_buffers);
  g_test_add_func ("/realtime-rules/excluded", test_excluded);
  g_test_add_func ("/realtime-rules/objects", test_objects);
  g_test_add_func ("/realtime-rules/waiting", test_waiting);

  return g_test_run ();
}
