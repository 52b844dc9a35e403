/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

#include <string.h>

/* Every number of the statistics. */

typedef struct
{
  guint64 hits, misses, returned, dropped;
  guint64 idle, idle_bytes, outstanding, peak_buffers;
} Expected;

static void
assert_stats (BpPool   *pool,
              Expected  expected)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  assert_valid (pool);
  g_assert_cmpuint (bp_pool_stats_get_hits (stats), ==, expected.hits);
  g_assert_cmpuint (bp_pool_stats_get_misses (stats), ==, expected.misses);
  g_assert_cmpuint (bp_pool_stats_get_acquired (stats), ==,
                    expected.hits + expected.misses);
  g_assert_cmpuint (bp_pool_stats_get_returned (stats), ==, expected.returned);
  g_assert_cmpuint (bp_pool_stats_get_dropped (stats), ==, expected.dropped);
  g_assert_cmpuint (bp_pool_stats_get_idle (stats), ==, expected.idle);
  g_assert_cmpuint (bp_pool_stats_get_idle_bytes (stats), ==, expected.idle_bytes);
  g_assert_cmpuint (bp_pool_stats_get_outstanding (stats), ==, expected.outstanding);
  g_assert_cmpuint (bp_pool_stats_get_peak_buffers (stats), ==, expected.peak_buffers);
}

/* One step after another, with and without a cache. */
static void
test_each_number (gconstpointer data)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U16, 1, 3, 0);
  Expected expected = { 0 };
  BpPooled *a, *b, *c, *d;

  bp_pool_set_thread_cache (pool, GPOINTER_TO_INT (data));
  assert_stats (pool, expected);

  a = bp_pool_acquire_sized (pool, 10, NULL);
  expected.misses = expected.outstanding = expected.peak_buffers = 1;
  assert_stats (pool, expected);
  bp_pooled_unref (a);
  expected.returned = expected.idle = 1;
  expected.outstanding = 0;
  expected.idle_bytes = 20;
  assert_stats (pool, expected);

  a = bp_pool_acquire (pool);
  expected.hits = expected.outstanding = 1;
  expected.idle = expected.idle_bytes = 0;
  assert_stats (pool, expected);
  b = bp_pool_acquire_sized (pool, 100, NULL);
  c = bp_pool_acquire_sized (pool, 100, NULL);
  d = bp_pool_acquire_sized (pool, 100, NULL);
  expected.misses = 4;
  expected.outstanding = 4;
  expected.peak_buffers = 4;
  assert_stats (pool, expected);

  /* The fourth drives the oldest out. */
  bp_pooled_release (a);
  bp_pooled_unref (a);
  bp_pooled_unref (b);
  bp_pooled_unref (c);
  expected.returned = 4;
  expected.outstanding = 1;
  expected.idle = 3;
  expected.idle_bytes = 420;
  assert_stats (pool, expected);
  bp_pooled_unref (d);
  expected.returned = 5;
  expected.outstanding = 0;
  expected.idle_bytes = 600;
  expected.dropped = 1;
  assert_stats (pool, expected);

  bp_pool_drop_idle (pool, 1);
  expected.dropped = 3;
  expected.idle = 1;
  expected.idle_bytes = 200;
  assert_stats (pool, expected);

  g_assert_true (bp_pool_prefill (pool, 1, 5, NULL));
  bp_pool_recycle_data (pool, g_malloc (14), 7);
  expected.idle = 3;
  expected.idle_bytes = 224;
  assert_stats (pool, expected);

  /* What is attached is out, and what is stolen neither came back nor was dropped. */
  a = bp_pool_attach_data (pool, g_malloc (8), 4, 4, NULL);
  b = bp_pool_attach_data (pool, g_malloc (8), 4, 4, NULL);
  expected.outstanding = 2;
  expected.peak_buffers = 5;
  assert_stats (pool, expected);
  g_free (bp_pooled_steal_data (a, NULL, NULL, NULL));
  expected.outstanding = 1;
  assert_stats (pool, expected);
  bp_pooled_unref (a);
  g_free (bp_pooled_steal_data (b, NULL, NULL, NULL));
  bp_pooled_unref (b);
  expected.outstanding = 0;
  assert_stats (pool, expected);

  /* Empty ones are refused. */
  a = bp_pool_attach_data (pool, NULL, 0, 0, NULL);
  bp_pooled_unref (a);
  expected.returned = 6;
  expected.dropped = 4;
  assert_stats (pool, expected);

  /* Dispose drops what is idle, and counts what comes back late as dropped. */
  a = bp_pool_acquire (pool);
  expected.hits++;
  g_object_run_dispose (G_OBJECT (pool));
  expected.dropped += 2;
  expected.idle = expected.idle_bytes = 0;
  expected.outstanding = 1;
  assert_stats (pool, expected);
  bp_pooled_unref (a);
  expected.outstanding = 0;
  expected.returned++;
  expected.dropped++;
  assert_stats (pool, expected);
}

/* A buffer in another shard is a hit as any. */
static void
test_other_shards (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 4, 4, 0);
  BpPooled *handles[4];

  bp_pool_set_thread_cache (pool, 0);
  g_assert_true (bp_pool_prefill (pool, 4, 10, NULL));
  test_acquire_many (pool, handles, 4);
  g_assert_cmpuint (get_stat (pool, hits), ==, 4);
  g_assert_cmpuint (get_stat (pool, misses), ==, 0);
  test_unref_many (handles, 4);
  assert_valid (pool);
}

/* Of every kind, wherever they come from and wherever they lie. */
static void
test_peak (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  BpPooled *handles[20];

  pool = test_kind_pool_new (kind, &counters, 2, 8, 0);
  g_assert_cmpuint (get_stat (pool, peak_buffers), ==, 0);

  g_assert_true (bp_pool_prefill (pool, 6, 10, NULL));
  g_assert_cmpuint (get_stat (pool, peak_buffers), ==, 6);
  test_acquire_many (pool, handles, 6);
  g_assert_cmpuint (get_stat (pool, peak_buffers), ==, 6);
  test_acquire_many (pool, handles + 6, 14);
  g_assert_cmpuint (get_stat (pool, peak_buffers), ==, 20);

  /* An early release leaves the handle, which is no buffer. */
  for (guint i = 0; i < 20; i++)
    {
      test_touch (handles[i]);
      bp_pooled_release (handles[i]);
    }
  g_assert_cmpuint (get_stat (pool, idle), ==, 8);
  g_assert_cmpuint (get_stat (pool, peak_buffers), ==, 20);
  test_unref_many (handles, 20);

  /* Those that are gone do not count any more. */
  bp_pool_drop_idle (pool, 0);
  test_acquire_many (pool, handles, 10);
  g_assert_cmpuint (get_stat (pool, peak_buffers), ==, 20);
  test_unref_many (handles, 10);
  assert_valid (pool);
}

static void
test_item_bytes (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 1, 8, 0);
  pooled = bp_pool_acquire (pool);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, TEST_ITEM_BYTES);
  pooled = bp_pool_acquire (pool);
  ((TestItem *) bp_pooled_get_item (pooled))->byte_size = 7;
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 7);
  assert_valid (pool);
}

/* An object that goes back by itself cannot be asked there: it counts for what it
 * held when it was asked last. */
static void
test_object_bytes (void)
{
  g_autoptr (BpPool) pool = test_type_pool_new (TEST_TYPE_OBJECT, 1, 8, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, TEST_OBJECT_BYTES);
  pooled = bp_pool_acquire (pool);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 0);
  ((TestObject *) bp_pooled_get_item (pooled))->byte_size = 7;
  bp_pooled_release (pooled);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 7);
  assert_valid (pool);
}

static void
test_copy_and_string (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 8, 0);
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (BpPoolStats) stats = NULL;
  g_autoptr (BpPoolStats) copy = NULL;
  g_autoptr (BpPoolStats) named = NULL;
  g_autofree char *string = NULL;
  g_autofree char *named_string = NULL;

  for (guint i = 0; i < 12; i++)
    {
      pooled = bp_pool_acquire_sized (pool, 2048, NULL);
      g_clear_pointer (&pooled, bp_pooled_unref);
    }
  stats = bp_pool_get_stats (pool);
  copy = g_boxed_copy (BP_TYPE_POOL_STATS, stats);

  /* A snapshot: what happens later does not change it. */
  pooled = bp_pool_acquire (pool);
  g_assert_cmpuint (bp_pool_stats_get_hits (copy), ==, 11);
  g_assert_cmpuint (bp_pool_stats_get_idle (copy), ==, 1);

  string = bp_pool_stats_to_string (copy);
  g_assert_cmpstr (string, ==, "12 acquired (11 hits, 1 misses), 12 returned, 0 dropped, "
                   "0 outstanding, 1 idle (2.0 KiB), at most 1 buffers");

  /* With the pool's name, if it has one. */
  bp_pool_set_name (pool, "frames");
  named = bp_pool_get_stats (pool);
  named_string = bp_pool_stats_to_string (named);
  g_assert_true (g_str_has_prefix (named_string, "frames: 13 acquired"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/pool/stats/each-number/cached", GINT_TO_POINTER (-1), test_each_number);
  g_test_add_data_func ("/pool/stats/each-number/strict", GINT_TO_POINTER (0), test_each_number);
  g_test_add_func ("/pool/stats/other-shards", test_other_shards);
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/pool/stats/peak/%s", test_kinds[i].name);

      g_test_add_data_func (path, &test_kinds[i], test_peak);
    }
  g_test_add_func ("/pool/stats/item-bytes", test_item_bytes);
  g_test_add_func ("/pool/stats/object-bytes", test_object_bytes);
  g_test_add_func ("/pool/stats/copy-and-string", test_copy_and_string);

  return g_test_run ();
}
