/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "bp-pool-private.h"
#include "bp-return-private.h"
#include "test-freed.h"
#include "test-hand.h"
#include "test-items.h"
#include "test-secret.h"
#include "test-utils.h"

/* clear-on-release as it is set: on pools that have secrets already, on kinds of pools that
 * have it otherwise or not at all, and in caches. */

/* The property is set when idle buffers have secrets: some in this thread's cache, some
 * in rings. */
static void
test_set_later (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 2, 64, 0);
  BpPooled *held[20], *out = test_acquire_secret (pool, 50);

  test_freed_secrets (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    held[i] = test_acquire_secret (pool, 100);
  test_unref_many (held, G_N_ELEMENTS (held));
  bp_pool_set_thread_cache (pool, -1);
  for (guint i = 0; i < 8; i++)
    held[i] = test_acquire_secret (pool, 100);
  test_unref_many (held, 8);

  bp_pool_set_clear_on_release (pool, TRUE);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
  test_assert_clean (pool, G_N_ELEMENTS (held));
  bp_pooled_unref (out);
  test_assert_clean (pool, G_N_ELEMENTS (held) + 1);

  /* The property is unset. */
  bp_pool_set_clear_on_release (pool, FALSE);
  bp_pooled_unref (test_acquire_secret (pool, 100));
  out = bp_pool_acquire (pool);
  g_assert_cmpuint (test_count_secrets (bp_pooled_get_data (out, NULL), 400, 400), ==, 1);
  bp_pooled_unref (out);
  bp_pool_set_clear_on_release (pool, TRUE);
  test_assert_clean (pool, G_N_ELEMENTS (held) + 1);
}

/* With limits, which count idle buffers in another way. */
static void
test_set_later_with_limits (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "max-outstanding", 10, "max-idle-bytes",
                                          (guint64) 1000, NULL);
  BpPooled *held[10];

  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    held[i] = test_acquire_secret (pool, 100);
  test_unref_many (held, 7);
  test_freed_secrets (NULL);
  bp_pool_set_clear_on_release (pool, TRUE);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 7);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 3);
  test_assert_clean (pool, 7);
  test_unref_many (held + 7, 3);
  test_assert_clean (pool, 10);
}

static void
note (GObject    *object,
      GParamSpec *pspec,
      gpointer    n_notes)
{
  ++*(guint *) n_notes;
}

static void
test_property (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  guint n_notes = 0;
  gboolean clears;

  g_signal_connect (pool, "notify::clear-on-release", G_CALLBACK (note), &n_notes);
  g_assert_false (bp_pool_get_clear_on_release (pool));
  bp_pool_set_clear_on_release (pool, FALSE);
  g_assert_cmpuint (n_notes, ==, 0);
  bp_pool_set_clear_on_release (pool, TRUE);
  bp_pool_set_clear_on_release (pool, 17);
  g_assert_cmpuint (n_notes, ==, 1);
  g_object_set (pool, "clear-on-release", FALSE, NULL);
  g_assert_cmpuint (n_notes, ==, 2);
  g_object_set (pool, "clear-on-release", TRUE, NULL);
  g_object_get (pool, "clear-on-release", &clears, NULL);
  g_assert_true (clears);
}

/* Pools of items refuse the property: only an item's functions know where the secret
 * is. */
static void
test_items (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = bp_pool_new_with_funcs (&test_item_funcs, &counters, NULL);
  g_autoptr (BpPool) objects = NULL;

  test_counters_reset (&counters);
  bp_pool_set_clear_on_release (pool, FALSE);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*wipe it in reuse()*");
  bp_pool_set_clear_on_release (pool, TRUE);
  g_test_assert_expected_messages ();
  g_assert_false (bp_pool_get_clear_on_release (pool));

  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*wipe it in reuse()*");
  objects = g_object_new (BP_TYPE_POOL, "item-type", TEST_TYPE_OBJECT, "clear-on-release", TRUE,
                          NULL);
  g_test_assert_expected_messages ();
  g_assert_false (bp_pool_get_clear_on_release (objects));
  bp_pooled_unref (bp_pool_acquire (objects));
}

/* Realtime pools wipe as well, and a buffer that is dropped is wiped at once. */
static void
test_realtime (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", 4, NULL);
  BpPooled *held[4];

  bp_pool_set_clear_on_release (pool, TRUE);
  g_assert_true (bp_pool_prefill (pool, 4, 1000, NULL));
  test_freed_secrets (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    held[i] = test_acquire_secret (pool, 100);
  bp_pooled_release (held[0]);
  test_unref_many (held, 3);
  bp_pooled_unref_many (held + 3, 1);
  test_assert_clean (pool, 4);

  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    held[i] = test_acquire_secret (pool, 100);
  bp_pool_set_trim_capacity (pool, 10);
  bp_pool_recycle_data (pool, memset (g_malloc (15), TEST_SECRET, 15), 15);
  test_unref_many (held, G_N_ELEMENTS (held));
  test_assert_freed_clean (0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  for (BpPooled *pooled = bp_peek (pool->core->homes->dropped); pooled != NULL; pooled = pooled->next)
    {
      bp_item_unpoison (pooled);
      g_assert_true (test_is_zero (bp_peek (pooled->data), pooled->bytes));
      bp_item_poison (pooled);
    }
  bp_pool_drop_idle (pool, 0);
  test_assert_freed_clean (4);

  bp_pool_set_trim_capacity (pool, 0);
  g_assert_true (bp_pool_prefill (pool, 1, 10, NULL));
  bp_pool_set_clear_on_release (pool, TRUE);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*before bp_pool_prefill()*");
  bp_pool_set_clear_on_release (pool, FALSE);
  g_test_assert_expected_messages ();
  g_assert_true (bp_pool_get_clear_on_release (pool));
}

/* A pool that wipes still uses the threads' caches, which need no lock. */
static void
test_caches (void)
{
  g_autoptr (BpPool) pool = test_secret_pool_new (64, 0, 0, 0);
  TestHand hand = { .pool = pool };

  bp_pooled_unref (test_acquire_secret (pool, 100));
  for (guint i = 0; i < pool->core->n_shards; i++)
    bp_mutex_lock (&pool->core->shards[i].mutex);
  for (guint i = 0; i < 10; i++)
    bp_pooled_unref (test_acquire_secret (pool, 100));
  for (guint i = 0; i < pool->core->n_shards; i++)
    bp_shard_unlock (&pool->core->shards[i]);
  test_hand_look_at_cache (&hand);
  g_assert_cmpuint (hand.n_cached, ==, 1);
  g_assert_cmpuint (get_stat (pool, misses), ==, 1);
}

/* A return that read the property a moment before it was set. */
static void
test_late_return (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 64, 0);
  BpPooled *held[4];

  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    held[i] = test_acquire_secret (pool, 100);
  test_unref_many (held, G_N_ELEMENTS (held));
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    held[i] = test_acquire_secret (pool, 100);
  bp_pool_set_clear_on_release (pool, TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    {
      BpCache *cache = bp_core_get_inline_cache (pool->core);

      bp_item_poison (held[i]);
      bp_poke (held[i]->word, 0);
      if (cache == NULL || !bp_cache_push (cache, held[i], BP_NO_LIMIT, TRUE))
        bp_core_place (held[i]);
    }
  test_assert_clean (pool, G_N_ELEMENTS (held));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clear-on-release-set/later", test_set_later);
  g_test_add_func ("/clear-on-release-set/later-with-limits", test_set_later_with_limits);
  g_test_add_func ("/clear-on-release-set/property", test_property);
  g_test_add_func ("/clear-on-release-set/items", test_items);
  g_test_add_func ("/clear-on-release-set/realtime", test_realtime);
  g_test_add_func ("/clear-on-release-set/caches", test_caches);
  g_test_add_func ("/clear-on-release-set/late-return", test_late_return);

  return g_test_run ();
}
