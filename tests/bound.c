/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* max-buffers bounds the idle buffers exactly, however they are spread. */

static const guint shard_counts[] = { 0, 1, 2, 3, 7, 16, 32, 1000, 1024 };
static const guint buffer_counts[] = { 0, 1, 2, 3, 4, 5, 31, 32, 33, 64, 1000, 1024 };
static const int cache_sizes[] = { -1, 0, 5 };

/* Puts more than max-buffers back; exactly max-buffers are kept, and found again. */
static void
check_bound (BpPool *pool,
             guint   max_buffers)
{
  const guint n_more = 10;
  guint n_handles = max_buffers + n_more;
  g_autofree BpPooled **handles = g_new0 (BpPooled *, n_handles);

  for (guint round = 0; round < 2; round++)
    {
      test_acquire_many (pool, handles, n_handles);
      for (guint i = 0; i < n_handles; i++)
        test_touch (handles[i]);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, n_handles);

      test_unref_many (handles, n_handles);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, max_buffers);
    }

  g_assert_cmpuint (get_stat (pool, misses), ==, n_handles + n_more);
}

static void
test_grid (gconstpointer data)
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

/* The seed's later versions kept none of 4 buffers in 32 shards, and let one
 * thread use only its shard's part. */
static void
test_more_shards_than_buffers (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 32, 4, 0);

  check_bound (pool, 4);
  g_assert_cmpuint (get_stat (pool, hits), ==, 4);
}

static void
test_zero_keeps_none (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 4, 0, 0);

  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);

      g_clear_pointer (&pooled, bp_pooled_unref);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, 0);
      g_assert_cmpuint (get_stat (pool, misses), ==, i);
      g_assert_cmpuint (get_stat (pool, dropped), ==, i);
      g_assert_cmpuint (get_stat (pool, returned), ==, i);
    }
}

/* Automatic shards: never so many that one holds fewer than 16 buffers. */
static void
test_automatic_shards (void)
{
  const guint max_buffers[] = { 0, 1, 15, 16, 31, 32, 64, 256, 1024, 100000 };

  for (guint i = 0; i < G_N_ELEMENTS (max_buffers); i++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, max_buffers[i], 0);
      guint n_shards = bp_pool_get_shards (pool);

      g_assert_cmpuint (n_shards, >=, 1);
      if (n_shards > 1)
        g_assert_cmpuint (max_buffers[i] / n_shards, >=, 16);
    }
}

/* Numbers each buffer in its first byte. */
static void
release_numbered (BpPool *pool,
                  guint   n_buffers)
{
  g_autofree BpPooled **handles = g_new0 (BpPooled *, n_buffers);

  test_acquire_many (pool, handles, n_buffers);
  for (guint i = 0; i < n_buffers; i++)
    *(guint32 *) bp_pooled_resize (handles[i], 1) = i;
  test_unref_many (handles, n_buffers);
}

static guint32
acquire_number (BpPool    *pool,
                BpPooled **pooled)
{
  *pooled = bp_pool_acquire_uninit (pool, 1, NULL);

  return *(guint32 *) bp_pooled_get_data (*pooled, NULL);
}

/* The newest are found first, and the oldest are those that were dropped. */
static void
test_oldest_is_dropped (void)
{
  const guint max_buffers[] = { 1, 2, 3, 10, 100, 300 };

  for (guint i = 0; i < G_N_ELEMENTS (max_buffers); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (cache_sizes); j++)
        {
          guint max = max_buffers[i];
          g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 1, max, 0);
          g_autofree BpPooled **handles = g_new0 (BpPooled *, max);

          bp_pool_set_thread_cache (pool, cache_sizes[j]);
          release_numbered (pool, max + 37);
          assert_valid (pool);
          for (guint k = 0; k < max; k++)
            g_assert_cmpuint (acquire_number (pool, &handles[k]), ==, max + 37 - 1 - k);
          test_unref_many (handles, max);
        }
    }
}

/* Where the oldest of a ring makes room it is one of the thread's own ring, and what lies
 * in the others stays. */

typedef struct
{
  BpPool *pool;
  BpPooled *handles[2];
} Hand;

static void
return_two (gpointer data)
{
  Hand *hand = data;

  test_unref_many (hand->handles, 2);
}

/* 0 and 1 are returned here, 2 and 3 by another thread, and 4 to 8 here again. */
static gboolean
check_two_rings (TestWorker *other)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 2, 4, 0);
  BpPooled *handles[9];
  Hand hand = { .pool = pool };
  gboolean found[9] = { FALSE };

  bp_pool_set_thread_cache (pool, 0);
  test_acquire_many (pool, handles, 9);
  for (guint i = 0; i < 9; i++)
    *(guint32 *) bp_pooled_resize (handles[i], 1) = i;
  hand.handles[0] = g_steal_pointer (&handles[2]);
  hand.handles[1] = g_steal_pointer (&handles[3]);
  test_unref_many (handles, 2);
  test_worker_call (other, return_two, &hand);
  test_unref_many (handles + 4, 5);
  assert_valid (pool);

  for (guint i = 0; i < 4; i++)
    found[acquire_number (pool, &handles[i])] = TRUE;
  test_unref_many (handles, 4);
  g_assert_true (found[7] && found[8]);
  g_assert_true (found[2] == found[3] && found[5] == found[6] && found[2] != found[5]);

  return found[2];
}

/* Which ring is a thread's is left to chance, so several are tried. */
static void
test_oldest_of_its_ring (void)
{
  TestWorker *others[8];
  guint n_apart = 0;

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      others[i] = test_worker_new ();
      n_apart += check_two_rings (others[i]);
    }
  g_assert_cmpuint (n_apart, >=, 1);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    test_worker_free (others[i]);
}

static void
test_lowered_in_use (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;

  test_counters_reset (&counters);
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (cache_sizes); j++)
        {
          const guint steps[] = { 200, 64, 65, 1, 33, 0, 0, 1, 500 };
          g_autoptr (BpPool) pool = kind->make (&counters, shard_counts[i], 300, 0);
          BpPooled *handles[400];

          bp_pool_set_thread_cache (pool, cache_sizes[j]);
          for (guint k = 0; k < G_N_ELEMENTS (steps); k++)
            {
              guint64 n_idle = get_stat (pool, idle);

              bp_pool_set_max_buffers (pool, steps[k]);
              assert_valid (pool);
              g_assert_cmpuint (get_stat (pool, idle), ==, MIN (n_idle, steps[k]));

              test_acquire_many (pool, handles, 400);
              for (guint l = 0; l < 400; l++)
                test_touch (handles[l]);
              bp_pool_set_max_buffers (pool, steps[k] + 1);
              bp_pool_set_max_buffers (pool, steps[k]);
              test_unref_many (handles, 400);
              assert_valid (pool);
              g_assert_cmpuint (get_stat (pool, idle), ==, MIN (400, steps[k]));
            }
        }
    }
}

/* What one shard has too many of fits in another. */
static void
test_lowered_above_idle (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 4, 400, 0);

  release_numbered (pool, 100);
  bp_pool_set_max_buffers (pool, 100);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 100);

  bp_pool_set_max_buffers (pool, 40);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 40);
}

static void
test_thread_cache_keeps_all (void)
{
  const guint n_buffers = 100;
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 1, n_buffers, 0);
  const int sizes[] = { 64, 0, -1, 1, 64, 7, 0 };

  release_numbered (pool, n_buffers);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      BpPooled *handles[100];

      bp_pool_set_thread_cache (pool, sizes[i]);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, n_buffers);

      test_acquire_many (pool, handles, n_buffers);
      test_unref_many (handles, n_buffers);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, n_buffers);
    }
  g_assert_cmpuint (get_stat (pool, misses), ==, n_buffers);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
}

/* More than one cache's worth, when large. */
static void
test_huge_bound (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 3, G_MAXUINT, 0);

  release_numbered (pool, 5000);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 5000);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i];
      g_autofree char *grid = g_strconcat ("/pool/bound/grid/", kind->name, NULL);
      g_autofree char *lowered = g_strconcat ("/pool/bound/lowered-in-use/", kind->name, NULL);

      g_test_add_data_func (grid, kind, test_grid);
      g_test_add_data_func (lowered, kind, test_lowered_in_use);
    }
  g_test_add_func ("/pool/bound/more-shards-than-buffers", test_more_shards_than_buffers);
  g_test_add_func ("/pool/bound/zero-keeps-none", test_zero_keeps_none);
  g_test_add_func ("/pool/bound/automatic-shards", test_automatic_shards);
  g_test_add_func ("/pool/bound/oldest-is-dropped", test_oldest_is_dropped);
  g_test_add_func ("/pool/bound/oldest-of-its-ring", test_oldest_of_its_ring);
  g_test_add_func ("/pool/bound/lowered-above-idle", test_lowered_above_idle);
  g_test_add_func ("/pool/bound/thread-cache-keeps-all", test_thread_cache_keeps_all);
  g_test_add_func ("/pool/bound/huge", test_huge_bound);

  return g_test_run ();
}
