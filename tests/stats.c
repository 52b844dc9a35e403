/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

#include <string.h>

/* Every number of the statistics, and that they add up. */

typedef struct
{
  guint64 hits, steals, misses, recycled, drops, added, attached, stolen;
  guint64 idle, outstanding, idle_bytes;
} Expected;

static void
assert_stats (BpPool   *pool,
              Expected  expected)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  assert_valid (pool);
  g_assert_cmpuint (bp_pool_stats_get_hits (stats), ==, expected.hits);
  g_assert_cmpuint (bp_pool_stats_get_steals (stats), ==, expected.steals);
  g_assert_cmpuint (bp_pool_stats_get_misses (stats), ==, expected.misses);
  g_assert_cmpuint (bp_pool_stats_get_acquired (stats), ==,
                    expected.hits + expected.steals + expected.misses);
  g_assert_cmpuint (bp_pool_stats_get_recycled (stats), ==, expected.recycled);
  g_assert_cmpuint (bp_pool_stats_get_drops (stats), ==, expected.drops);
  g_assert_cmpuint (bp_pool_stats_get_added (stats), ==, expected.added);
  g_assert_cmpuint (bp_pool_stats_get_attached (stats), ==, expected.attached);
  g_assert_cmpuint (bp_pool_stats_get_stolen (stats), ==, expected.stolen);
  g_assert_cmpuint (bp_pool_stats_get_idle (stats), ==, expected.idle);
  g_assert_cmpuint (bp_pool_stats_get_outstanding (stats), ==, expected.outstanding);
  g_assert_cmpuint (bp_pool_stats_get_idle_bytes (stats), ==, expected.idle_bytes);
}

/* One step after another, with and without a cache. */
static void
test_each_number (gconstpointer data)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U16, 1, 3, 0);
  Expected expected = { 0 };
  BpPooled *a, *b, *c, *d;

  bp_pool_set_thread_cache (pool, GPOINTER_TO_INT (data));
  assert_stats (pool, expected);

  a = bp_pool_acquire_sized (pool, 10, NULL);
  expected.misses = expected.outstanding = 1;
  assert_stats (pool, expected);
  bp_pooled_unref (a);
  expected.recycled = expected.idle = 1;
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
  assert_stats (pool, expected);

  /* The fourth drives the oldest out. */
  bp_pooled_release (a);
  bp_pooled_unref (a);
  bp_pooled_unref (b);
  bp_pooled_unref (c);
  expected.recycled = 4;
  expected.outstanding = 1;
  expected.idle = 3;
  expected.idle_bytes = 420;
  assert_stats (pool, expected);
  bp_pooled_unref (d);
  expected.recycled = 5;
  expected.outstanding = 0;
  expected.idle_bytes = 600;
  expected.drops = 1;
  assert_stats (pool, expected);

  bp_pool_drop_idle (pool, 1);
  expected.drops = 3;
  expected.idle = 1;
  expected.idle_bytes = 200;
  assert_stats (pool, expected);

  g_assert_true (bp_pool_prefill (pool, 1, 5, NULL));
  bp_pool_recycle_data (pool, g_malloc (14), 7);
  expected.added = 2;
  expected.idle = 3;
  expected.idle_bytes = 224;
  assert_stats (pool, expected);

  a = bp_pool_attach_data (pool, g_malloc (8), 4, 4, NULL);
  expected.attached = expected.outstanding = 1;
  assert_stats (pool, expected);
  g_free (bp_pooled_steal_data (a, NULL, NULL, NULL));
  expected.stolen = 1;
  expected.outstanding = 0;
  assert_stats (pool, expected);

  /* Empty ones are refused. */
  a = bp_pool_attach_data (pool, NULL, 0, 0, NULL);
  bp_pooled_unref (a);
  expected.attached = 2;
  expected.drops = 4;
  assert_stats (pool, expected);

  /* Dispose drops what is idle, and counts what comes back late as dropped. */
  a = bp_pool_acquire (pool);
  expected.hits++;
  g_object_run_dispose (G_OBJECT (pool));
  expected.drops += 2;
  expected.idle = expected.idle_bytes = 0;
  expected.outstanding = 1;
  assert_stats (pool, expected);
  bp_pooled_unref (a);
  expected.outstanding = 0;
  expected.drops++;
  assert_stats (pool, expected);
}

/* A buffer in another shard is a steal. */
static void
test_steals (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8, 4, 4, 0);
  BpPooled *handles[4];

  bp_pool_set_thread_cache (pool, 0);
  g_assert_true (bp_pool_prefill (pool, 4, 10, NULL));
  test_acquire_many (pool, handles, 4);
  g_assert_cmpuint (get_stat (pool, hits), ==, 1);
  g_assert_cmpuint (get_stat (pool, steals), ==, 3);
  g_assert_cmpuint (get_stat (pool, misses), ==, 0);
  test_unref_many (handles, 4);
  assert_valid (pool);
}

/* The shards' numbers are the pool's, taken apart. */
static void
test_shards (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8, 3, 10, 0);
  guint64 (*getters[]) (BpPoolStats *) = {
    bp_pool_stats_get_acquired, bp_pool_stats_get_hits, bp_pool_stats_get_steals,
    bp_pool_stats_get_misses, bp_pool_stats_get_recycled, bp_pool_stats_get_drops,
    bp_pool_stats_get_added, bp_pool_stats_get_attached, bp_pool_stats_get_stolen,
    bp_pool_stats_get_idle, bp_pool_stats_get_idle_bytes,
  };
  BpPooled *handles[20];

  for (guint round = 0; round < 3; round++)
    {
      test_acquire_many (pool, handles, 20);
      for (guint i = 0; i < 20; i++)
        bp_pooled_resize (handles[i], i * 10 + 1);
      test_unref_many (handles, 20);
    }
  for (guint i = 0; i < G_N_ELEMENTS (getters); i++)
    {
      guint64 sum = 0;

      for (guint shard = 0; shard < 3; shard++)
        {
          g_autoptr (BpPoolStats) stats = bp_pool_get_shard_stats (pool, shard);

          sum += getters[i] (stats);
        }
      g_assert_cmpuint (sum, ==, test_get_stat (pool, getters[i]));
    }

  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*There is no shard*");
  g_assert_null (bp_pool_get_shard_stats (pool, 3));
  g_test_assert_expected_messages ();
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
  g_autoptr (BpPool) pool = bp_pool_new_for_type (TEST_TYPE_OBJECT, 1, 8, 0);
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
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8, 1, 8, 0);
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (BpPoolStats) stats = NULL;
  g_autoptr (BpPoolStats) copy = NULL;
  g_autofree char *string = NULL;

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
  g_assert_nonnull (strstr (string, "12 acquired"));
  g_assert_nonnull (strstr (string, "11 hits"));
  g_assert_nonnull (strstr (string, "1 misses"));
  g_assert_nonnull (strstr (string, "1 idle"));
  g_assert_nonnull (strstr (string, "2.0"));
  g_assert_null (strchr (string, '\n'));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/pool/stats/each-number/cached", GINT_TO_POINTER (-1), test_each_number);
  g_test_add_data_func ("/pool/stats/each-number/strict", GINT_TO_POINTER (0), test_each_number);
  g_test_add_func ("/pool/stats/steals", test_steals);
  g_test_add_func ("/pool/stats/shards", test_shards);
  g_test_add_func ("/pool/stats/item-bytes", test_item_bytes);
  g_test_add_func ("/pool/stats/object-bytes", test_object_bytes);
  g_test_add_func ("/pool/stats/copy-and-string", test_copy_and_string);

  return g_test_run ();
}
