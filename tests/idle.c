/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* bp_pool_drop_idle(), for when memory is short. */

static const guint shard_counts[] = { 1, 2, 7, 32 };
static const int cache_sizes[] = { -1, 0, 3 };

static void
test_drop_idle (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;

  test_counters_reset (&counters);
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (cache_sizes); j++)
        {
          const guint keep[] = { 1000, 100, 99, 50, 49, 3, 3, 1, 0, 0 };
          g_autoptr (BpPool) pool = kind->make (&counters, shard_counts[i], 100, 0);
          BpPooled *handles[130];

          bp_pool_set_thread_cache (pool, cache_sizes[j]);
          test_acquire_many (pool, handles, 130);
          for (guint k = 0; k < 130; k++)
            test_touch (handles[k]);
          /* Some stay out: those cannot be dropped. */
          test_unref_many (handles, 120);

          for (guint k = 0; k < G_N_ELEMENTS (keep); k++)
            {
              bp_pool_drop_idle (pool, keep[k]);
              assert_valid (pool);
              g_assert_cmpuint (get_stat (pool, idle), ==, MIN (100, keep[k]));
              g_assert_cmpuint (get_stat (pool, outstanding), ==, 10);
            }

          /* The pool works as before. */
          test_unref_many (handles + 120, 10);
          assert_valid (pool);
          g_assert_cmpuint (get_stat (pool, idle), ==, 10);
        }
    }
}

/* The oldest go first. */
static void
test_oldest_first (void)
{
  for (guint j = 0; j < G_N_ELEMENTS (cache_sizes); j++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 1, 100, 0);
      BpPooled *handles[100];

      bp_pool_set_thread_cache (pool, cache_sizes[j]);
      test_acquire_many (pool, handles, 100);
      for (guint i = 0; i < 100; i++)
        *(guint32 *) bp_pooled_resize (handles[i], 1) = i;
      test_unref_many (handles, 100);

      bp_pool_drop_idle (pool, 10);
      assert_valid (pool);
      for (guint i = 0; i < 10; i++)
        {
          handles[i] = bp_pool_acquire_uninit (pool, 1, NULL);
          g_assert_cmpuint (*(guint32 *) bp_pooled_get_data (handles[i], NULL), ==, 99 - i);
        }
      test_unref_many (handles, 10);
    }
}

/* The handle kept for the next early release goes as well. */
static void
test_spare_handle (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 1, 100, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 1, NULL);

  bp_pooled_release (pooled);
  g_clear_pointer (&pooled, bp_pooled_unref);
  bp_pool_drop_idle (pool, 0);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/pool/drop-idle/keeps/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_drop_idle);
    }
  g_test_add_func ("/pool/drop-idle/oldest-first", test_oldest_first);
  g_test_add_func ("/pool/drop-idle/spare-handle", test_spare_handle);

  return g_test_run ();
}
