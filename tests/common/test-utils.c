/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-utils.h"

#include <gio/gio.h>
#include <sys/resource.h>

guint64
test_get_stat (BpPool    *pool,
               guint64  (*get) (BpPoolStats *stats))
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  return get (stats);
}

void
test_assert_sums (BpPool *pool)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  g_assert_cmpuint (bp_pool_stats_get_acquired (stats), ==,
                    bp_pool_stats_get_hits (stats) +
                    bp_pool_stats_get_misses (stats));
  g_assert_cmpuint (bp_pool_stats_get_peak_buffers (stats), >=,
                    bp_pool_stats_get_idle (stats) + bp_pool_stats_get_outstanding (stats));
}

void
test_acquire_many (BpPool    *pool,
                   BpPooled **handles,
                   guint      n_handles)
{
  for (guint i = 0; i < n_handles; i++)
    {
      handles[i] = bp_pool_acquire (pool);
      g_assert_nonnull (handles[i]);
    }
}

void
test_unref_many (BpPooled **handles,
                 guint      n_handles)
{
  for (guint i = 0; i < n_handles; i++)
    g_clear_pointer (&handles[i], bp_pooled_unref);
}

void
test_warm_up (void)
{
  GError *error = g_error_new_literal (BP_POOL_ERROR, BP_POOL_ERROR_BUSY, "none");

  g_error_free (error);
  g_type_class_unref (g_type_class_ref (G_TYPE_MEMORY_INPUT_STREAM));
  g_type_class_unref (g_type_class_ref (G_TYPE_CANCELLABLE));
  g_type_class_unref (g_type_class_ref (G_TYPE_TASK));
}

void
test_have_no_huge_memory (void)
{
#if GLIB_SIZEOF_SIZE_T < 8
  const struct rlimit limit = { G_MAXSSIZE / 2, G_MAXSSIZE / 2 };

  g_assert_cmpint (setrlimit (RLIMIT_AS, &limit), ==, 0);
#endif
}

guint64
test_get_seed (void)
{
  const char *given = g_getenv ("BUFPOOL_TEST_SEED");
  guint64 seed;

  if (given != NULL)
    seed = g_ascii_strtoull (given, NULL, 10);
  else
    seed = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();

  g_test_message ("BUFPOOL_TEST_SEED=%" G_GUINT64_FORMAT " repeats this run", seed);

  return seed;
}

void
test_random_init (TestRandom *random,
                  guint64     seed)
{
  random->state = seed;
}

/* SplitMix64: every state is a good one, so seeds need no care. */
guint64
test_random_next (TestRandom *random)
{
  guint64 z = random->state += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;

  return z ^ (z >> 31);
}

void
test_randoms_init (TestRandom *randoms,
                   guint       n)
{
  TestRandom seeds;

  test_random_init (&seeds, test_get_seed ());
  for (guint i = 0; i < n; i++)
    test_random_init (&randoms[i], test_random_next (&seeds));
}

guint
test_random_below (TestRandom *random,
                   guint       end)
{
  g_return_val_if_fail (end > 0, 0);

  return (guint) ((test_random_next (random) >> 32) * end >> 32);
}
