/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* bp_pool_prefill() makes all the buffers asked for, or none. */

static const guint shard_counts[] = { 0, 1, 2, 7, 32, 1000 };

static void
test_fills (gconstpointer data)
{
  const TestKind *kind = data;
  const guint max = 100;
  TestCounters counters;

  test_counters_reset (&counters);
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      g_autoptr (BpPool) pool = kind->make (&counters, shard_counts[i], max, 0);
      g_autoptr (GError) error = NULL;
      BpPooled *handles[100];

      g_assert_true (bp_pool_prefill (pool, 40, 64, &error));
      g_assert_no_error (error);
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, 40);
      g_assert_cmpuint (get_stat (pool, peak_buffers), ==, 40);
      if (kind->is_elements)
        g_assert_cmpuint (get_stat (pool, idle_bytes), ==,
                          40 * 64 * bp_pool_get_element_size (pool));

      g_assert_true (bp_pool_prefill (pool, 60, 64, &error));
      g_assert_cmpuint (get_stat (pool, idle), ==, max);
      assert_valid (pool);

      test_acquire_many (pool, handles, max);
      g_assert_cmpuint (get_stat (pool, misses), ==, 0);
      if (kind->is_elements)
        for (guint k = 0; k < max; k++)
          g_assert_cmpuint (bp_pooled_get_capacity (handles[k]), ==, 64);
      test_unref_many (handles, max);
      assert_valid (pool);
    }
}

static void
test_zero_is_nothing (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 10, 0);
  g_autoptr (GError) error = NULL;

  g_assert_true (bp_pool_prefill (pool, 0, 10, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (pool, peak_buffers), ==, 0);
}

static void
check_refused (BpPool     *pool,
               guint       n_buffers,
               gsize       n_elements,
               int         code,
               const char *saying)
{
  g_autoptr (BpPoolStats) before = bp_pool_get_stats (pool);
  g_autoptr (BpPoolStats) after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (bp_pool_prefill (pool, n_buffers, n_elements, &error));
  g_assert_error (error, BP_POOL_ERROR, code);
  if (saying != NULL)
    g_assert_nonnull (strstr (error->message, saying));
  assert_valid (pool);

  after = bp_pool_get_stats (pool);
  g_assert_cmpuint (bp_pool_stats_get_idle (before), ==, bp_pool_stats_get_idle (after));
  g_assert_cmpuint (bp_pool_stats_get_dropped (before), ==, bp_pool_stats_get_dropped (after));
  g_assert_false (bp_pool_prefill (pool, n_buffers, n_elements, NULL));
}

static void
test_beyond_the_bound (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, shard_counts[i], 10, 0);

      check_refused (pool, 11, 1, BP_POOL_ERROR_OUT_OF_RANGE, "11");
      check_refused (pool, 11, 1, BP_POOL_ERROR_OUT_OF_RANGE, "10");
      check_refused (pool, G_MAXUINT, 1, BP_POOL_ERROR_OUT_OF_RANGE, NULL);
      g_assert_true (bp_pool_prefill (pool, 7, 1, NULL));
      check_refused (pool, 4, 1, BP_POOL_ERROR_OUT_OF_RANGE, "room for 3");
      g_assert_true (bp_pool_prefill (pool, 3, 1, NULL));
      check_refused (pool, 1, 1, BP_POOL_ERROR_OUT_OF_RANGE, "room for 0");
    }
}

/* Vacant places of threads' caches are free. */
static void
test_vacant_places (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 100, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_true (bp_pool_prefill (pool, 99, 10, &error));
  g_assert_no_error (error);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 100);
}

static void
test_sizes (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U64, 2, 10, 0);

  check_refused (pool, 1, 0, BP_POOL_ERROR_OUT_OF_RANGE, "0 elements");
  check_refused (pool, 2, G_MAXSIZE / 8 + 1, BP_POOL_ERROR_TOO_LARGE, "8 bytes");
  check_refused (pool, 2, G_MAXSIZE, BP_POOL_ERROR_TOO_LARGE, NULL);
  check_refused (pool, 2, G_MAXSSIZE / 8 + 1, BP_POOL_ERROR_TOO_LARGE, NULL);
  check_refused (pool, 2, G_MAXSSIZE / 8 / 2, BP_POOL_ERROR_NO_MEMORY, NULL);
}

/* Whichever item cannot be made: those before it are destroyed again. */
static void
test_create_fails (void)
{
  for (guint k = 0; k < 10; k++)
    {
      TestCounters counters;
      g_autoptr (BpPool) pool = NULL;

      test_counters_reset (&counters);
      pool = test_item_pool_new (&counters, 3, 20, 0);
      g_assert_true (bp_pool_prefill (pool, 2, 0, NULL));
      counters.fail_after = 2 + k;

      check_refused (pool, 10, 0, BP_POOL_ERROR_CREATE_FAILED, "the test says no");
      g_assert_cmpuint (test_counters_live (&counters), ==, 2);
      g_assert_cmpuint (counters.n_reused, ==, 0);

      /* The places are free again. */
      counters.fail_after = TEST_NEVER;
      g_assert_true (bp_pool_prefill (pool, 18, 0, NULL));
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), ==, 20);
    }
}

typedef struct
{
  BpPooled *handles[5];
} Crowd;

static gpointer
create_and_return (gpointer   acquire_data,
                   gpointer   user_data,
                   GError   **error)
{
  Crowd *crowd = user_data;

  for (guint i = 0; i < G_N_ELEMENTS (crowd->handles); i++)
    g_clear_pointer (&crowd->handles[i], bp_pooled_unref);

  return g_new0 (int, 1);
}

static void
free_plain (gpointer item,
            gpointer user_data)
{
  g_free (item);
}

/* What comes back meanwhile does not get the places that a prefill has claimed. */
static void
test_returns_meanwhile (void)
{
  const BpItemFuncs funcs = { .create = create_and_return, .free = free_plain };
  Crowd crowd = { { NULL } };
  g_autoptr (BpPool) pool = test_funcs_pool_new (&funcs, &crowd, NULL, 2, 10, 0);
  BpPooled *handles[5];

  test_acquire_many (pool, handles, 5);
  memcpy (crowd.handles, handles, sizeof handles);
  g_assert_true (bp_pool_prefill (pool, 8, 0, NULL));
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 10);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 3);
}

/* A pool that was disposed, or keeps nothing, has no room and says why. */
static void
test_no_room_at_all (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 0, 0);

  check_refused (pool, 1, 10, BP_POOL_ERROR_OUT_OF_RANGE, "max-buffers is 0");
  bp_pool_set_max_buffers (pool, 10);
  g_object_run_dispose (G_OBJECT (pool));
  check_refused (pool, 1, 10, BP_POOL_ERROR_OUT_OF_RANGE, "disposed");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_have_no_huge_memory ();

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/pool/prefill/fills/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_fills);
    }
  g_test_add_func ("/pool/prefill/zero-is-nothing", test_zero_is_nothing);
  g_test_add_func ("/pool/prefill/beyond-the-bound", test_beyond_the_bound);
  g_test_add_func ("/pool/prefill/vacant-places", test_vacant_places);
  g_test_add_func ("/pool/prefill/sizes", test_sizes);
  g_test_add_func ("/pool/prefill/create-fails", test_create_fails);
  g_test_add_func ("/pool/prefill/returns-meanwhile", test_returns_meanwhile);
  g_test_add_func ("/pool/prefill/no-room-at-all", test_no_room_at_all);

  return g_test_run ();
}
