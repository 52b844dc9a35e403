/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* Dispose, which bindings can run early: afterwards nothing is kept. */

typedef struct
{
  TestCounters counters;
  BpPool *pool;
  const TestKind *kind;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->kind = data;
  fixture->pool = test_kind_pool_new (fixture->kind, &fixture->counters, 3, 64, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_object (&fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

static void
acquire_and_touch (Fixture   *fixture,
                   BpPooled **handles,
                   guint      n_handles)
{
  test_acquire_many (fixture->pool, handles, n_handles);
  for (guint i = 0; i < n_handles; i++)
    test_touch (handles[i]);
}

static void
test_frees_idle (Fixture       *fixture,
                 gconstpointer  data)
{
  BpPooled *handles[50];

  acquire_and_touch (fixture, handles, 50);
  test_unref_many (handles, 50);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 50);
  g_object_run_dispose (G_OBJECT (fixture->pool));
  assert_valid (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (fixture->pool, idle_bytes), ==, 0);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);

  /* Twice does no harm. */
  g_object_run_dispose (G_OBJECT (fixture->pool));
  assert_valid (fixture->pool);
}

/* Releases after dispose free, each way. */
static void
test_late_returns (Fixture       *fixture,
                   gconstpointer  data)
{
  BpPooled *handles[4];

  acquire_and_touch (fixture, handles, 4);
  bp_pooled_ref (handles[3]);
  g_object_run_dispose (G_OBJECT (fixture->pool));
  assert_valid (fixture->pool);

  bp_pooled_unref (handles[0]);
  bp_pooled_release (handles[1]);
  g_assert_true (bp_pooled_is_released (handles[1]));
  bp_pooled_release (handles[3]);
  assert_valid (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 1);
  bp_pooled_unref (handles[1]);
  bp_pooled_unref (handles[3]);
  bp_pooled_unref (handles[3]);
  assert_valid (fixture->pool);
  bp_pooled_unref (handles[2]);
  assert_valid (fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
  g_assert_cmpuint (fixture->counters.n_reused + test_object_counters.n_reused, ==, 0);
}

/* An acquire still works, and makes what it hands out. */
static void
test_acquire_after (Fixture       *fixture,
                    gconstpointer  data)
{
  g_object_run_dispose (G_OBJECT (fixture->pool));
  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire (fixture->pool);

      g_assert_nonnull (pooled);
      test_touch (pooled);
      g_assert_cmpuint (get_stat (fixture->pool, misses), ==, i);
      if (i == 2)
        bp_pooled_release (pooled);
      g_clear_pointer (&pooled, bp_pooled_unref);
      assert_valid (fixture->pool);
      g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
      g_assert_cmpuint (get_stat (fixture->pool, dropped), ==, i);
      g_assert_cmpuint (get_stat (fixture->pool, returned), ==, i);
    }
}

/* No call brings a disposed pool back to life. */
static void
test_settings_after (Fixture       *fixture,
                     gconstpointer  data)
{
  BpPooled *handles[4];

  acquire_and_touch (fixture, handles, 4);
  g_object_run_dispose (G_OBJECT (fixture->pool));
  bp_pool_set_max_buffers (fixture->pool, 1000);
  bp_pool_set_thread_cache (fixture->pool, 32);
  bp_pool_set_trim_capacity (fixture->pool, 3);
  bp_pool_drop_idle (fixture->pool, 10);
  g_assert_false (bp_pool_prefill (fixture->pool, 1, 10, NULL));
  assert_valid (fixture->pool);
  test_unref_many (handles, 4);
  assert_valid (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  g_assert_cmpuint (bp_pool_get_max_buffers (fixture->pool), ==, 1000);
}

static void
test_adopt_after (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (BpPooled) pooled = NULL;

  g_object_run_dispose (G_OBJECT (fixture->pool));
  if (fixture->kind->is_elements)
    {
      bp_pool_recycle_data (fixture->pool, g_malloc (120), 10);
      pooled = bp_pool_attach_data (fixture->pool, g_malloc (120), 10, 10, NULL);
    }
  else
    {
      g_autoptr (BpPooled) source = bp_pool_acquire (fixture->pool);
      g_autoptr (BpPooled) other = bp_pool_acquire (fixture->pool);

      bp_pool_recycle_item (fixture->pool, bp_pooled_steal_item (source, NULL));
      pooled = bp_pool_attach_item (fixture->pool, bp_pooled_steal_item (other, NULL), NULL);
    }
  assert_valid (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (fixture->pool);
}

/* The last handle of all frees what is left. */
static void
test_last_handle (Fixture       *fixture,
                  gconstpointer  data)
{
  BpPooled *handles[20];

  acquire_and_touch (fixture, handles, 20);
  test_unref_many (handles, 10);
  g_assert_finalize_object (g_steal_pointer (&fixture->pool));
  test_unref_many (handles + 10, 10);
}

static void
add (const char *name,
     void      (*test) (Fixture       *fixture,
                        gconstpointer  data))
{
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/pool/dispose/%s/%s", name, test_kinds[i].name);

      g_test_add (path, Fixture, &test_kinds[i], set_up, test, tear_down);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("frees-idle", test_frees_idle);
  add ("late-returns", test_late_returns);
  add ("acquire-after", test_acquire_after);
  add ("settings-after", test_settings_after);
  add ("adopt-after", test_adopt_after);
  add ("last-handle", test_last_handle);

  return g_test_run ();
}
