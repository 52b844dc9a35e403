/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-fence-private.h"
#include "test-calls.h"
#include "test-holders.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* BUFPOOL_DEBUG, which is read when the first pool is made: so each of these runs
 * in a process of its own. */

/* A program works the same with nothing kept. */
static void
test_disable (void)
{
  if (!test_in_subprocess ("disable"))
    return;

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i];
      TestCounters counters;
      g_autoptr (BpPool) pool = NULL;
      g_autoptr (GError) error = NULL;

      pool = test_kind_pool_new (kind, &counters, 2, 16, 0);
      g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, 16);

      for (guint k = 1; k <= 5; k++)
        {
          g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

          test_touch (pooled);
          if (k % 2 == 0)
            bp_pooled_release (pooled);
          g_clear_pointer (&pooled, bp_pooled_unref);
          assert_valid (pool);
          g_assert_cmpuint (get_stat (pool, idle), ==, 0);
          g_assert_cmpuint (get_stat (pool, misses), ==, k);
          g_assert_cmpuint (get_stat (pool, dropped), ==, k);
        }

      g_assert_true (bp_pool_prefill (pool, 16, 10, &error));
      g_assert_no_error (error);
      g_assert_false (bp_pool_prefill (pool, 17, 10, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      bp_pool_set_max_buffers (pool, 100);
      bp_pool_set_thread_cache (pool, 10);
      bp_pool_drop_idle (pool, 0);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, 0);
      g_clear_object (&pool);
      g_assert_cmpuint (test_counters_live (&counters), ==, 0);
      g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
    }
}

/* Each buffer is memory of its own then, so that its end is seen. */
static void
test_disable_shares (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (!test_in_subprocess ("disable"))
    return;

  pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 16, 0);
  pooled = bp_pool_acquire_sized (pool, 100, NULL);
  bytes = bp_pooled_get_bytes (pooled, NULL);
  bp_pooled_release (pooled);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 100);
  g_clear_pointer (&bytes, g_bytes_unref);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  pooled = bp_pool_acquire_sized (pool, 9, NULL);
  g_free (bp_pooled_steal_data (pooled, NULL, NULL, NULL));
  g_clear_pointer (&pooled, bp_pooled_unref);
  bp_pool_recycle_data (pool, g_malloc (9), 9);
  pooled = bp_pool_attach_data (pool, g_malloc (9), 9, 9, NULL);
  assert_valid (pool);
}

/* Limits hold all the same: what is out is what is counted, and charged. */
static void
test_disable_limits (void)
{
  g_autoptr (BpBudget) budget = NULL;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (GError) error = NULL;
  BpPooled *held[4];

  if (!test_in_subprocess ("disable"))
    return;

  budget = bp_budget_new (1000);
  pool = g_object_new (BP_TYPE_POOL,
                       "budget", budget,
                       "max-outstanding", 4,
                       "max-idle-bytes", G_GUINT64_CONSTANT (500),
                       NULL);
  for (guint round = 0; round < 3; round++)
    {
      for (guint i = 0; i < 4; i++)
        held[i] = bp_pool_acquire_sized (pool, 200, NULL);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 800);
      g_assert_null (bp_pool_acquire_sized (pool, 1, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
      g_clear_error (&error);
      g_clear_pointer (&held[3], bp_pooled_unref);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 600);
      g_assert_null (bp_pool_acquire_sized (pool, 401, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      g_clear_error (&error);
      held[3] = bp_pool_acquire_wait (pool, 400, -1, NULL, &error);
      g_assert_no_error (error);
      test_unref_many (held, 4);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
      g_assert_cmpuint (get_stat (pool, idle), ==, 0);
      assert_valid (pool);
    }

  /* A program must not fail only because it is watched. */
  g_assert_true (bp_pool_prefill (pool, 5, 100, &error));
  g_assert_no_error (error);
  bp_pool_recycle_data (pool, g_malloc (9), 9);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
  bp_pool_set_flushing (pool, TRUE);
  g_assert_null (bp_pool_acquire (pool));
}

static void
work (BpPool *pool)
{
  BpPooled *handles[50];

  for (guint round = 0; round < 3; round++)
    {
      test_acquire_many (pool, handles, 50);
      for (guint i = 0; i < 50; i++)
        memset (bp_pooled_resize (handles[i], 100), (int) i, 100);
      test_unref_many (handles, 50);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, 50);
    }
  g_assert_cmpuint (get_stat (pool, misses), ==, 50);
}

static void
work_in_thread (gpointer pool)
{
  work (pool);
}

/* With memcheck no thread hides anything: what another leaves is found at once. */
static void
test_memcheck (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (TestWorker) other = NULL;

  if (!test_in_subprocess ("memcheck"))
    return;

  pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 64, 0);
  other = test_worker_new ();
  test_worker_call (other, work_in_thread, pool);
  work (pool);
}

static void
test_no_membarrier (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!test_in_subprocess ("no-membarrier"))
    return;

  pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 64, 0);
#if BP_FENCE_FORM != BP_FENCE_MEMBARRIER
  g_assert_false (test_calls_has_barriers ());
#endif
  work (pool);
}

static void
test_several (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!test_in_subprocess ("no-membarrier,memcheck"))
    return;

  pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 64, 0);
  work (pool);
}

/* A word that is misspelt is reported, and the others take effect. */
static void
test_unknown (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!test_in_subprocess ("diable,no-membarrier"))
    return;

  g_test_expect_message ("Bufpool", G_LOG_LEVEL_WARNING, "*\"diable\"*disable*memcheck*");
  pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 64, 0);
  g_test_assert_expected_messages ();
#if BP_FENCE_FORM != BP_FENCE_MEMBARRIER
  g_assert_false (test_calls_has_barriers ());
#endif
  work (pool);
}

static void
test_help (void)
{
  if (test_in_heard_subprocess ("help"))
    {
      g_autoptr (BpPool) pool = NULL;

      pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
      return;
    }

  g_test_trap_assert_stderr ("*disable*memcheck*no-membarrier*backtrace*leaks*poison*");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/debug/disable", test_disable);
  g_test_add_func ("/debug/disable-shares", test_disable_shares);
  g_test_add_func ("/debug/disable-limits", test_disable_limits);
  g_test_add_func ("/debug/memcheck", test_memcheck);
  g_test_add_func ("/debug/no-membarrier", test_no_membarrier);
  g_test_add_func ("/debug/several", test_several);
  g_test_add_func ("/debug/unknown", test_unknown);
  g_test_add_func ("/debug/help", test_help);

  return g_test_run ();
}
