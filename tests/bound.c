/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* max-buffers bounds the idle buffers exactly, however they are spread. */

static const guint shard_counts[] = { 0, 1, 2, 3, 7, 16, 32, 1000, 1024 };
static const guint buffer_counts[] = { 0, 1, 2, 3, 4, 5, 31, 32, 33, 64, 1000, 1024, 1500 };
static const int cache_sizes[] = { -1, 0, 1, 5, 64 };

/* Puts more than max-buffers back; exactly max-buffers are kept, and found again. */
static void
check_bound (BpPool *pool,
             guint   max_buffers)
{
  guint n_handles = max_buffers + 10;
  g_autofree BpPooled **handles = g_new0 (BpPooled *, n_handles);

  for (guint round = 0; round < 2; round++)
    {
      test_acquire_many (pool, handles, n_handles);
      for (guint i = 0; i < n_handles; i++)
        test_touch (handles[i]);
      assert_valid (pool);

      test_unref_many (handles, n_handles);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, max_buffers);
    }

  g_assert_cmpuint (get_stat (pool, misses), ==, n_handles + 10);
}

static void
test_bound_grid (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;

  test_counters_reset (&counters);
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (buffer_counts); j++)
        {
          for (guint k = 0; k < G_N_ELEMENTS (cache_sizes); k++)
            {
              g_autoptr (BpPool) pool = kind->make (&counters, shard_counts[i],
                                                    buffer_counts[j], 0);

              bp_pool_set_thread_cache (pool, cache_sizes[k]);
              check_bound (pool, buffer_counts[j]);
            }
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/pool/bound/grid/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_bound_grid);
    }

  return g_test_run ();
}
