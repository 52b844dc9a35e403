/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-utils.h"
#include "test-watch.h"

/* The memory of an idle buffer has no owner: AddressSanitizer reports each access to
 * it, and so does valgrind when BUFPOOL_DEBUG=memcheck asks for it. */

static void
assert_idle (gpointer data,
             gsize    n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    g_assert_false (test_is_accessible ((guint8 *) data + i));
}

static void
assert_live (BpPooled *pooled)
{
  guint8 *data = bp_pooled_get_data (pooled, NULL);

  for (gsize i = 0; i < bp_pooled_get_capacity (pooled); i++)
    {
      g_assert_true (test_is_accessible (data + i));
      data[i] = 1;
    }
}

static BpPool *
new_pool (guint shards,
          int   thread_cache)
{
  BpPool *pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, shards, 64, 0);

  bp_pool_set_thread_cache (pool, thread_cache);

  return pool;
}

/* In caches and in rings, through flushes and refills. */
static void
test_rounds (gconstpointer cache)
{
  g_autoptr (BpPool) pool = new_pool (2, GPOINTER_TO_INT (cache));
  BpPooled *handles[64];
  gpointer data[64];

  for (guint round = 0; round < 3; round++)
    {
      test_acquire_many (pool, handles, 64);
      for (guint i = 0; i < 64; i++)
        {
          bp_pooled_resize (handles[i], 48);
          assert_live (handles[i]);
          data[i] = bp_pooled_get_data (handles[i], NULL);
        }
      for (guint i = 0; i < 64; i += 2)
        bp_pooled_release (handles[i]);
      test_unref_many (handles, 64);
      for (guint i = 0; i < 64; i++)
        assert_idle (data[i], 48);
      assert_valid (pool);
    }
}

static void
test_recycled (void)
{
  g_autoptr (BpPool) pool = new_pool (1, -1);
  g_autoptr (BpPooled) pooled = NULL;
  gpointer data = g_malloc (48);

  bp_pool_recycle_data (pool, data, 48);
  assert_idle (data, 48);
  pooled = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == data);
  assert_live (pooled);
}

/* What is taken out for good can be used and freed as any memory. */
static void
test_stolen (void)
{
  g_autoptr (BpPool) pool = new_pool (1, -1);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 48, NULL);
  g_autofree guint8 *data = NULL;

  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_acquire_sized (pool, 48, NULL);
  data = bp_pooled_steal_data (pooled, NULL, NULL, NULL);
  for (guint i = 0; i < 48; i++)
    {
      g_assert_true (test_is_accessible (data + i));
      data[i] = 1;
    }
}

/* Dropped and trimmed while idle or on the way back. */
static void
test_trimmed_and_dropped (void)
{
  g_autoptr (BpPool) pool = new_pool (1, -1);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 4800, NULL);

  bp_pool_set_trim_capacity (pool, 48);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_acquire (pool);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 48);
  assert_live (pooled);
  g_clear_pointer (&pooled, bp_pooled_unref);
  bp_pool_drop_idle (pool, 0);
  assert_valid (pool);
}

int
main (int    argc,
      char **argv)
{
  test_watch_memory ();
  g_test_init (&argc, &argv, NULL);

  if (!test_is_watched ())
    {
      g_print ("1..0 # SKIP neither AddressSanitizer nor valgrind is watching\n");
      return 0;
    }

  g_test_add_data_func ("/idle-memory/rounds/cached", GINT_TO_POINTER (-1), test_rounds);
  g_test_add_data_func ("/idle-memory/rounds/strict", GINT_TO_POINTER (0), test_rounds);
  g_test_add_func ("/idle-memory/recycled", test_recycled);
  g_test_add_func ("/idle-memory/stolen", test_stolen);
  g_test_add_func ("/idle-memory/trimmed-and-dropped", test_trimmed_and_dropped);

  return g_test_run ();
}
