/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* The pool's properties: what they are, how they are set, and what conflicts. */

static void
count_notify (GObject    *object,
              GParamSpec *pspec,
              gpointer    user_data)
{
  ++*(guint *) user_data;
}

static void
test_defaults (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, NULL);

  g_assert_null (bp_pool_get_name (pool));
  g_assert_cmpint (bp_pool_get_element_type (pool), ==, BP_ELEMENT_TYPE_U8);
  g_assert_cmpuint (bp_pool_get_element_size (pool), ==, 1);
  g_assert_true (bp_pool_get_item_type (pool) == G_TYPE_NONE);
  g_assert_cmpuint (bp_pool_get_alignment (pool), ==, 0);
  g_assert_cmpuint (bp_pool_get_shards (pool), >=, 1);
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, BP_DEFAULT_MAX_BUFFERS);
  g_assert_cmpuint (bp_pool_get_trim_capacity (pool), ==, 0);
  g_assert_cmpint (bp_pool_get_thread_cache (pool), ==, -1);
  g_assert_cmpuint (bp_pool_get_max_outstanding (pool), ==, 0);
  g_assert_cmpuint (bp_pool_get_max_idle_bytes (pool), ==, 0);
  g_assert_false (bp_pool_get_flushing (pool));
  g_assert_null (bp_pool_get_budget (pool));
}

static void
test_construct (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL,
                                          "name", "frames",
                                          "element-type", BP_ELEMENT_TYPE_F32,
                                          "alignment", 64,
                                          "shards", 7,
                                          "max-buffers", 99,
                                          "trim-capacity", (guint64) 1234,
                                          "thread-cache", 5,
                                          NULL);
  g_autofree char *name = NULL;
  BpElementType element_type;
  guint64 trim_capacity;
  GType item_type;
  guint element_size, alignment, shards, max_buffers;
  int thread_cache;

  g_object_get (pool,
                "name", &name,
                "element-type", &element_type,
                "element-size", &element_size,
                "item-type", &item_type,
                "alignment", &alignment,
                "shards", &shards,
                "max-buffers", &max_buffers,
                "trim-capacity", &trim_capacity,
                "thread-cache", &thread_cache,
                NULL);
  g_assert_cmpstr (name, ==, "frames");
  g_assert_cmpstr (bp_pool_get_name (pool), ==, "frames");
  g_assert_cmpint (element_type, ==, BP_ELEMENT_TYPE_F32);
  g_assert_cmpuint (element_size, ==, 4);
  g_assert_true (item_type == G_TYPE_NONE);
  g_assert_cmpuint (alignment, ==, 64);
  g_assert_cmpuint (bp_pool_get_alignment (pool), ==, 64);
  g_assert_cmpuint (shards, ==, 7);
  g_assert_cmpuint (bp_pool_get_shards (pool), ==, 7);
  g_assert_cmpuint (max_buffers, ==, 99);
  g_assert_cmpuint (trim_capacity, ==, 1234);
  g_assert_cmpint (thread_cache, ==, 5);
}

static void
test_construct_limits (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL,
                                          "budget", budget,
                                          "max-outstanding", 7,
                                          "max-idle-bytes", G_GUINT64_CONSTANT (5000000000),
                                          "flushing", TRUE,
                                          NULL);
  g_autoptr (BpBudget) got = NULL;
  g_autoptr (GError) error = NULL;
  guint64 max_idle_bytes;
  guint max_outstanding;
  gboolean flushing;

  g_object_get (pool,
                "budget", &got,
                "max-outstanding", &max_outstanding,
                "max-idle-bytes", &max_idle_bytes,
                "flushing", &flushing,
                NULL);
  g_assert_true (got == budget);
  g_assert_true (bp_pool_get_budget (pool) == budget);
  g_assert_cmpuint (max_outstanding, ==, 7);
  g_assert_cmpuint (bp_pool_get_max_outstanding (pool), ==, 7);
  g_assert_cmpuint (max_idle_bytes, ==, 5000000000);
  g_assert_cmpuint (bp_pool_get_max_idle_bytes (pool), ==, 5000000000);
  g_assert_true (flushing);
  g_assert_true (bp_pool_get_flushing (pool));
  assert_valid (pool);

  /* They hold from the beginning. */
  g_assert_null (bp_pool_try_acquire (pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
}

/* Same order as the seed: shards, max_buffers, trim_capacity. */
static void
test_new_full (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I64, 3, 44, 555);

  g_assert_cmpint (bp_pool_get_element_type (pool), ==, BP_ELEMENT_TYPE_I64);
  g_assert_cmpuint (bp_pool_get_shards (pool), ==, 3);
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, 44);
  g_assert_cmpuint (bp_pool_get_trim_capacity (pool), ==, 555);
}

/* The other constructors leave everything at its default. */
static void
test_constructors (void)
{
  TestCounters counters;
  g_autoptr (BpPool) defaults = g_object_new (BP_TYPE_POOL, NULL);
  BpPool *pools[] = {
    bp_pool_new (BP_ELEMENT_TYPE_F64),
    bp_pool_new_for_size (12),
    bp_pool_new_for_type (TEST_TYPE_OBJECT),
    bp_pool_new_with_funcs (&test_item_funcs, &counters, test_item_destroy_notify),
  };

  test_counters_reset (&counters);
  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    {
      g_assert_cmpuint (bp_pool_get_shards (pools[i]), ==, bp_pool_get_shards (defaults));
      g_assert_cmpuint (bp_pool_get_max_buffers (pools[i]), ==, BP_DEFAULT_MAX_BUFFERS);
      g_assert_cmpuint (bp_pool_get_trim_capacity (pools[i]), ==, 0);
      g_assert_cmpint (bp_pool_get_thread_cache (pools[i]), ==, -1);
      g_assert_false (g_object_is_floating (pools[i]));
      assert_valid (pools[i]);
    }
  g_assert_cmpint (bp_pool_get_element_type (pools[0]), ==, BP_ELEMENT_TYPE_F64);
  g_assert_cmpuint (bp_pool_get_element_size (pools[1]), ==, 12);
  g_assert_true (bp_pool_get_item_type (pools[2]) == TEST_TYPE_OBJECT);
  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    g_assert_finalize_object (pools[i]);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
}

/* Every kind of pool takes every property. */
static void
test_kinds_with_properties (void)
{
  TestCounters counters;

  test_counters_reset (&counters);
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autoptr (BpPool) pool = test_kinds[i].make (&counters, 3, 44, 555);

      g_assert_cmpuint (bp_pool_get_shards (pool), ==, 3);
      g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, 44);
      g_assert_cmpuint (bp_pool_get_trim_capacity (pool), ==, 555);
      g_assert_cmpint (bp_pool_get_thread_cache (pool), ==, -1);
      g_assert_false (g_object_is_floating (pool));
    }
  g_assert_cmpuint (counters.n_created, ==, 0);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
}

/* Notified when something has changed, and not otherwise. */
static void
test_notify (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 10, 20);
  guint n_max = 0, n_trim = 0, n_cache = 0, n_all = 0;

  g_signal_connect (pool, "notify::max-buffers", G_CALLBACK (count_notify), &n_max);
  g_signal_connect (pool, "notify::trim-capacity", G_CALLBACK (count_notify), &n_trim);
  g_signal_connect (pool, "notify::thread-cache", G_CALLBACK (count_notify), &n_cache);
  g_signal_connect (pool, "notify", G_CALLBACK (count_notify), &n_all);

  bp_pool_set_max_buffers (pool, 10);
  bp_pool_set_trim_capacity (pool, 20);
  bp_pool_set_thread_cache (pool, -1);
  g_object_set (pool, "max-buffers", 10, "trim-capacity", (guint64) 20, "thread-cache", -1, NULL);
  g_assert_cmpuint (n_all, ==, 0);

  bp_pool_set_max_buffers (pool, 11);
  g_assert_cmpuint (n_max, ==, 1);
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, 11);
  bp_pool_set_trim_capacity (pool, 21);
  g_assert_cmpuint (n_trim, ==, 1);
  g_assert_cmpuint (bp_pool_get_trim_capacity (pool), ==, 21);
  bp_pool_set_thread_cache (pool, 4);
  g_assert_cmpuint (n_cache, ==, 1);
  g_assert_cmpint (bp_pool_get_thread_cache (pool), ==, 4);
  g_object_set (pool, "max-buffers", 12, "trim-capacity", (guint64) 22, "thread-cache", 0, NULL);
  g_assert_cmpuint (n_max, ==, 2);
  g_assert_cmpuint (n_trim, ==, 2);
  g_assert_cmpuint (n_cache, ==, 2);
  g_assert_cmpuint (n_all, ==, 6);
  assert_valid (pool);
}

static void
test_notify_limits (void)
{
  const char *names[] = { "max-outstanding", "max-idle-bytes", "flushing" };
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  guint n_notified[G_N_ELEMENTS (names)] = { 0, }, n_all = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *signal = g_strconcat ("notify::", names[i], NULL);

      g_signal_connect (pool, signal, G_CALLBACK (count_notify), &n_notified[i]);
    }
  g_signal_connect (pool, "notify", G_CALLBACK (count_notify), &n_all);

  bp_pool_set_max_outstanding (pool, 0);
  bp_pool_set_max_idle_bytes (pool, 0);
  bp_pool_set_flushing (pool, FALSE);
  g_object_set (pool, "max-outstanding", 0, "max-idle-bytes", (guint64) 0, "flushing", FALSE,
                NULL);
  g_assert_cmpuint (n_all, ==, 0);

  bp_pool_set_max_outstanding (pool, 5);
  g_assert_cmpuint (n_notified[0], ==, 1);
  bp_pool_set_max_idle_bytes (pool, G_MAXUINT64);
  g_assert_cmpuint (n_notified[1], ==, 1);
  /* Each number but 0 is TRUE. */
  bp_pool_set_flushing (pool, 2);
  bp_pool_set_flushing (pool, TRUE);
  g_assert_cmpuint (n_notified[2], ==, 1);
  g_object_set (pool, "max-outstanding", 6, "max-idle-bytes", (guint64) 9, "flushing", FALSE,
                NULL);
  g_assert_cmpuint (n_notified[0], ==, 2);
  g_assert_cmpuint (n_notified[1], ==, 2);
  g_assert_cmpuint (n_notified[2], ==, 2);
  g_assert_cmpuint (n_all, ==, 6);
  g_assert_cmpuint (bp_pool_get_max_outstanding (pool), ==, 6);
  g_assert_cmpuint (bp_pool_get_max_idle_bytes (pool), ==, 9);
  g_assert_false (bp_pool_get_flushing (pool));
  assert_valid (pool);
}

/* The extremes that the types allow. */
static void
test_extremes (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1024, G_MAXUINT, G_MAXSIZE);

  g_assert_cmpuint (bp_pool_get_shards (pool), ==, 1024);
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, G_MAXUINT);
  g_assert_cmpuint (bp_pool_get_trim_capacity (pool), ==, G_MAXSIZE);
  assert_valid (pool);
  bp_pool_set_max_buffers (pool, 0);
  bp_pool_set_max_buffers (pool, G_MAXUINT);
  bp_pool_set_trim_capacity (pool, 0);
  bp_pool_set_thread_cache (pool, 64);
  assert_valid (pool);
  bp_pool_set_max_outstanding (pool, G_MAXUINT);
  bp_pool_set_max_idle_bytes (pool, G_MAXUINT64);
  g_assert_cmpuint (bp_pool_get_max_outstanding (pool), ==, G_MAXUINT);
  g_assert_cmpuint (bp_pool_get_max_idle_bytes (pool), ==, G_MAXUINT64);
  assert_valid (pool);
}

/* Custom sizes through the property, with or without a type. */
static void
test_element_size (void)
{
  g_autoptr (BpPool) custom = g_object_new (BP_TYPE_POOL, "element-size", 24, NULL);
  g_autoptr (BpPool) none = g_object_new (BP_TYPE_POOL,
                                          "element-type", BP_ELEMENT_TYPE_NONE,
                                          "element-size", 8,
                                          NULL);
  g_autoptr (BpPool) agreed = g_object_new (BP_TYPE_POOL,
                                            "element-type", BP_ELEMENT_TYPE_F64,
                                            "element-size", 8,
                                            NULL);

  g_assert_cmpuint (bp_pool_get_element_size (custom), ==, 24);
  g_assert_cmpint (bp_pool_get_element_type (custom), ==, BP_ELEMENT_TYPE_NONE);
  g_assert_cmpuint (bp_pool_get_element_size (none), ==, 8);
  g_assert_cmpint (bp_pool_get_element_type (none), ==, BP_ELEMENT_TYPE_NONE);
  g_assert_cmpuint (bp_pool_get_element_size (agreed), ==, 8);
  g_assert_cmpint (bp_pool_get_element_type (agreed), ==, BP_ELEMENT_TYPE_F64);
}

static void
test_item_type (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "item-type", TEST_TYPE_OBJECT, NULL);
  GType item_type;
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

  g_assert_true (bp_pool_get_item_type (pool) == TEST_TYPE_OBJECT);
  g_object_get (pool, "item-type", &item_type, NULL);
  g_assert_true (item_type == TEST_TYPE_OBJECT);
  g_assert_cmpint (bp_pool_get_element_type (pool), ==, BP_ELEMENT_TYPE_NONE);
  g_assert_cmpuint (bp_pool_get_element_size (pool), ==, 0);
  g_assert_true (TEST_IS_OBJECT (bp_pooled_get_item (pooled)));
}

/* The pool takes a copy of the functions, and calls destroy once, when the last
 * buffer is gone. Copies of a boxed value call nothing. */
static void
test_item_funcs_property (void)
{
  TestCounters counters;
  BpItemFuncs funcs = test_item_funcs;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  test_counters_reset (&counters);
  funcs.user_data = &counters;
  funcs.destroy = test_item_destroy_notify;
  g_boxed_free (BP_TYPE_ITEM_FUNCS, g_boxed_copy (BP_TYPE_ITEM_FUNCS, &funcs));
  g_assert_cmpuint (counters.n_destroyed, ==, 0);

  pool = g_object_new (BP_TYPE_POOL,
                       "name", "things",
                       "item-funcs", &funcs,
                       "shards", 5,
                       "max-buffers", 3,
                       "trim-capacity", (guint64) 7,
                       "thread-cache", 0,
                       NULL);
  memset (&funcs, 0, sizeof funcs);
  g_assert_cmpstr (bp_pool_get_name (pool), ==, "things");
  g_assert_cmpuint (bp_pool_get_shards (pool), ==, 5);
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, 3);
  g_assert_cmpuint (bp_pool_get_trim_capacity (pool), ==, 7);
  g_assert_cmpint (bp_pool_get_thread_cache (pool), ==, 0);
  g_assert_cmpint (bp_pool_get_element_type (pool), ==, BP_ELEMENT_TYPE_NONE);
  g_assert_cmpuint (bp_pool_get_element_size (pool), ==, 0);
  g_assert_true (bp_pool_get_item_type (pool) == G_TYPE_NONE);

  pooled = bp_pool_acquire (pool);
  g_assert_cmpuint (((TestItem *) bp_pooled_get_item (pooled))->magic, ==, TEST_ITEM_MAGIC);
  g_assert_finalize_object (g_steal_pointer (&pool));
  g_assert_cmpuint (counters.n_destroyed, ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
}

/* At any time, in every kind of pool, from any thread. */
static void
test_name (void)
{
  TestCounters counters;

  test_counters_reset (&counters);
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autoptr (BpPool) pool = test_kinds[i].make (&counters, 1, 8, 0);
      g_autofree char *text = g_strdup ("frames");
      const char *name;
      guint n_notified = 0;

      g_signal_connect (pool, "notify::name", G_CALLBACK (count_notify), &n_notified);
      g_assert_null (bp_pool_get_name (pool));
      bp_pool_set_name (pool, text);
      memset (text, 'x', 6);
      name = bp_pool_get_name (pool);
      g_assert_cmpstr (name, ==, "frames");
      g_assert_cmpuint (n_notified, ==, 1);
      g_object_set (pool, "name", "frames", NULL);
      g_assert_cmpuint (n_notified, ==, 1);

      /* What was got before stays valid. */
      g_object_set (pool, "name", "packets", NULL);
      g_assert_cmpstr (bp_pool_get_name (pool), ==, "packets");
      g_assert_cmpstr (name, ==, "frames");
      bp_pool_set_name (pool, NULL);
      g_assert_null (bp_pool_get_name (pool));
      g_assert_cmpuint (n_notified, ==, 3);
    }
}

/* After a critical the pool is one of bytes, and can be used without harm. */
static void
assert_usable (BpPool *pool)
{
  g_autoptr (BpPooled) pooled = NULL;

  g_test_assert_expected_messages ();
  pooled = bp_pool_acquire_sized (pool, 10, NULL);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 10);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);
  g_object_unref (pool);
}

static void
expect (const char *pattern)
{
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, pattern);
}

static void
test_conflicts (void)
{
  BpItemFuncs funcs = { .free = test_item_funcs.free };
  TestCounters counters;

  expect ("*item-type and element-size*");
  assert_usable (g_object_new (BP_TYPE_POOL,
                               "item-type", TEST_TYPE_OBJECT,
                               "element-size", 4,
                               NULL));

  expect ("*item-type and element-type*");
  assert_usable (g_object_new (BP_TYPE_POOL,
                               "item-type", TEST_TYPE_OBJECT,
                               "element-type", BP_ELEMENT_TYPE_F32,
                               NULL));

  expect ("*element-size of 8 bytes*element-type*4*");
  assert_usable (g_object_new (BP_TYPE_POOL,
                               "element-type", BP_ELEMENT_TYPE_F32,
                               "element-size", 8,
                               NULL));

  expect ("*item-funcs and item-type*");
  assert_usable (g_object_new (BP_TYPE_POOL,
                               "item-funcs", &test_item_funcs,
                               "item-type", TEST_TYPE_OBJECT,
                               NULL));
  expect ("*item-funcs and element-size*");
  assert_usable (g_object_new (BP_TYPE_POOL,
                               "item-funcs", &test_item_funcs,
                               "element-size", 4,
                               NULL));
  expect ("*item-funcs and element-type*");
  assert_usable (g_object_new (BP_TYPE_POOL,
                               "item-funcs", &test_item_funcs,
                               "element-type", BP_ELEMENT_TYPE_F32,
                               NULL));

  /* The pool has taken the user's data all the same, and destroys it. */
  test_counters_reset (&counters);
  funcs.user_data = &counters;
  funcs.destroy = test_item_destroy_notify;
  expect ("*item-funcs must have both create and free*");
  assert_usable (g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, NULL));
  g_assert_cmpuint (counters.n_destroyed, ==, 1);

  expect ("*needs an element-size or an item-type*");
  assert_usable (g_object_new (BP_TYPE_POOL, "element-type", BP_ELEMENT_TYPE_NONE, NULL));

  expect ("*GObject*BpReusable*");
  assert_usable (g_object_new (BP_TYPE_POOL, "item-type", G_TYPE_OBJECT, NULL));
  expect ("*TestAbstract*abstract*");
  assert_usable (g_object_new (BP_TYPE_POOL, "item-type", TEST_TYPE_ABSTRACT, NULL));
  expect ("*BpReusable*");
  assert_usable (g_object_new (BP_TYPE_POOL, "item-type", BP_TYPE_REUSABLE, NULL));
  expect ("*gint*BpReusable*");
  assert_usable (g_object_new (BP_TYPE_POOL, "item-type", G_TYPE_INT, NULL));

  expect ("*alignment of 48 bytes*power of two*");
  assert_usable (g_object_new (BP_TYPE_POOL, "alignment", 48, NULL));
  expect ("*alignment*elements*");
  g_object_unref (g_object_new (BP_TYPE_POOL,
                                "item-type", TEST_TYPE_OBJECT,
                                "alignment", 64,
                                NULL));
  g_test_assert_expected_messages ();
}

/* What the parameter specs refuse, GObject reports. */
static void
test_out_of_range (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (GTypeClass) klass = g_type_class_ref (BP_TYPE_POOL);
  GParamSpecUInt *shards = G_PARAM_SPEC_UINT (g_object_class_find_property (G_OBJECT_CLASS (klass),
                                                                            "shards"));
  GParamSpecInt *cache = G_PARAM_SPEC_INT (g_object_class_find_property (G_OBJECT_CLASS (klass),
                                                                         "thread-cache"));

  g_assert_cmpuint (shards->maximum, ==, 1024);
  g_assert_cmpint (cache->minimum, ==, -1);
  g_assert_cmpint (cache->maximum, ==, 64);

  pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 8, 0);
  expect ("*cache of -2: it must be -1*");
  bp_pool_set_thread_cache (pool, -2);
  expect ("*from 0 to 64*");
  bp_pool_set_thread_cache (pool, 65);
  g_test_assert_expected_messages ();
  g_assert_cmpint (bp_pool_get_thread_cache (pool), ==, -1);
}

static void
test_construct_only (void)
{
  const char *names[] = {
    "element-type", "element-size", "item-type", "alignment", "shards", "budget",
  };
  g_autoptr (GTypeClass) klass = g_type_class_ref (BP_TYPE_POOL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GParamSpec *pspec = g_object_class_find_property (G_OBJECT_CLASS (klass), names[i]);

      g_assert_nonnull (pspec);
      g_assert_true (pspec->flags & G_PARAM_CONSTRUCT_ONLY);
      g_assert_true (pspec->flags & G_PARAM_READABLE);
    }
  g_assert_true (g_object_class_find_property (G_OBJECT_CLASS (klass), "item-funcs")->flags &
                 G_PARAM_CONSTRUCT_ONLY);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pool/properties/defaults", test_defaults);
  g_test_add_func ("/pool/properties/construct", test_construct);
  g_test_add_func ("/pool/properties/construct-limits", test_construct_limits);
  g_test_add_func ("/pool/properties/new-full", test_new_full);
  g_test_add_func ("/pool/properties/constructors", test_constructors);
  g_test_add_func ("/pool/properties/kinds", test_kinds_with_properties);
  g_test_add_func ("/pool/properties/item-funcs", test_item_funcs_property);
  g_test_add_func ("/pool/properties/name", test_name);
  g_test_add_func ("/pool/properties/notify", test_notify);
  g_test_add_func ("/pool/properties/notify-limits", test_notify_limits);
  g_test_add_func ("/pool/properties/extremes", test_extremes);
  g_test_add_func ("/pool/properties/element-size", test_element_size);
  g_test_add_func ("/pool/properties/item-type", test_item_type);
  g_test_add_func ("/pool/properties/conflicts", test_conflicts);
  g_test_add_func ("/pool/properties/out-of-range", test_out_of_range);
  g_test_add_func ("/pool/properties/construct-only", test_construct_only);

  return g_test_run ();
}
