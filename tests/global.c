/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-sync.h"

#include <bufpool.h>

/* Pools for the whole process, by BP_DEFINE_GLOBAL_POOL. */

BP_DEFINE_GLOBAL_POOL (shared_f32_pool, BP_ELEMENT_TYPE_F32, 32, 1024, 32768)
static BP_DEFINE_GLOBAL_POOL (own_u8_pool, BP_ELEMENT_TYPE_U8, 0, 64, 0)
static BP_DEFINE_GLOBAL_POOL (late_pool, BP_ELEMENT_TYPE_I64, 4, 16, 100)

/* The parameters are the constructor's, in its order. */
static void
test_parameters (void)
{
  BpPool *pool = shared_f32_pool ();

  g_assert_true (BP_IS_POOL (pool));
  g_assert_cmpint (bp_pool_get_element_type (pool), ==, BP_ELEMENT_TYPE_F32);
  g_assert_cmpuint (bp_pool_get_shards (pool), ==, 32);
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, 1024);
  g_assert_cmpuint (bp_pool_get_trim_capacity (pool), ==, 32768);
}

static void
test_one_for_all (void)
{
  BpPool *pool = own_u8_pool ();
  g_autoptr (BpPooled) pooled = NULL;

  g_assert_true (own_u8_pool () == pool);
  g_assert_true (shared_f32_pool () != pool);
  pooled = bp_pool_acquire_sized (own_u8_pool (), 100, NULL);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_acquire (own_u8_pool ());
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 100);
}

#define N_THREADS 16

static gpointer
call_late_pool (gpointer data)
{
  test_barrier_wait (data);

  return late_pool ();
}

/* Made once, from whichever thread comes first. */
static void
test_threads (void)
{
  TestBarrier barrier;
  GThread *threads[N_THREADS];
  BpPool *pool = NULL;

  test_barrier_init (&barrier, N_THREADS);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("global", call_late_pool, &barrier);
  for (guint i = 0; i < N_THREADS; i++)
    {
      BpPool *got = g_thread_join (threads[i]);

      g_assert_true (pool == NULL || got == pool);
      pool = got;
    }
  g_assert_true (late_pool () == pool);
  g_assert_cmpuint (G_OBJECT (pool)->ref_count, ==, 1);
  test_barrier_clear (&barrier);
}

static BP_DEFINE_GLOBAL_POOL (impossible_pool, BP_ELEMENT_TYPE_NONE, 0, 1, 0)

static void
test_impossible (void)
{
  if (g_test_subprocess ())
    {
      g_log_set_fatal_mask (NULL, G_LOG_LEVEL_ERROR);
      g_log_set_always_fatal (G_LOG_LEVEL_ERROR);
      impossible_pool ();
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*impossible_pool()*numeric*");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/global/parameters", test_parameters);
  g_test_add_func ("/global/one-for-all", test_one_for_all);
  g_test_add_func ("/global/threads", test_threads);
  g_test_add_func ("/global/impossible", test_impossible);

  return g_test_run ();
}
