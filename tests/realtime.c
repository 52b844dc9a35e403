/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Pools that are realtime, one thread. */

#include "test-utils.h"

static BpPool *
make_pool (guint max_buffers)
{
  return g_object_new (BP_TYPE_POOL,
                       "element-type", BP_ELEMENT_TYPE_F32,
                       "max-buffers", max_buffers,
                       "realtime", TRUE,
                       NULL);
}

static void
test_cycle (void)
{
  g_autoptr (BpPool) pool = make_pool (4);
  g_autoptr (GError) error = NULL;
  BpPooled *handles[4];

  g_assert_true (bp_pool_get_realtime (pool));
  g_assert_null (bp_pool_acquire (pool));
  g_assert_true (bp_pool_prefill (pool, 4, 100, &error));
  g_assert_no_error (error);

  for (guint i = 0; i < 4; i++)
    {
      handles[i] = bp_pool_acquire (pool);
      g_assert_nonnull (handles[i]);
      g_assert_cmpuint (bp_pooled_get_capacity (handles[i]), ==, 100);
    }
  g_assert_null (bp_pool_acquire (pool));
  for (guint i = 0; i < 4; i++)
    bp_pooled_unref (handles[i]);
  g_assert_cmpuint (get_stat (pool, hits), ==, 4);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 1600);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/realtime/cycle", test_cycle);

  return g_test_run ();
}
