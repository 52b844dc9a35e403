/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"
#include "test-ways.h"

/* max-outstanding bounds the buffers that are out, exactly, however they were acquired. */

static const guint shard_counts[] = { 1, 2, 7 };

static TestCounters counters;

#define N_MAX 5

static BpPool *
make_limited (const TestKind *kind,
              guint           n_shards,
              guint           max_outstanding)
{
  BpPool *pool;

  pool = test_kind_pool_new (kind, &counters, n_shards, 16, 0);
  bp_pool_set_max_outstanding (pool, max_outstanding);

  return pool;
}

static void
assert_all_gone (void)
{
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

static void
take_by (const TestWayOut *way,
         BpPool           *pool,
         BpPooled        **held,
         guint             n_held)
{
  for (guint i = n_held; i < N_MAX; i++)
    {
      g_autoptr (GError) error = NULL;

      held[i] = way->func (pool, &error);
      g_assert_no_error (error);
      g_assert_nonnull (held[i]);
      test_touch (held[i]);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, i + 1);
    }
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
}

/* Whichever way they were acquired, whichever way one more is asked for. */
static void
test_at_the_limit (gconstpointer data)
{
  const TestKind *kind = data;

  for (guint i = 0; i < G_N_ELEMENTS (shard_counts) * test_n_ways_out; i++)
    {
      g_autoptr (BpPool) pool = make_limited (kind, shard_counts[i % G_N_ELEMENTS (shard_counts)],
                                              N_MAX);
      const TestWayOut *way = &test_ways_out[i / G_N_ELEMENTS (shard_counts)];
      BpPooled *held[N_MAX];

      if (!test_way_out_is_for (way, pool))
        continue;

      take_by (way, pool, held, 0);
      for (guint n = N_MAX - 1; n > 0; n--)
        {
          /* As many as come back can be had again, and no more. */
          test_unref_many (held + n, N_MAX - n);
          g_assert_cmpuint (get_stat (pool, outstanding), ==, n);
          take_by (way, pool, held, n);
        }
      test_unref_many (held, N_MAX);
      g_clear_object (&pool);
      assert_all_gone ();
    }
}

/* The limit is said in the message, and what helps. */
static void
test_message (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[0], 1, 1);
  g_autoptr (BpPooled) pooled G_GNUC_UNUSED = bp_pool_acquire (pool);
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_try_acquire (pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "All 1 buffers of max-outstanding are out"));
  g_assert_nonnull (strstr (error->message, "wait with acquire_wait()"));
}

/* A permit is free as soon as the buffer is not out any more, and not before. */
static void
test_every_way_back (gconstpointer data)
{
  const TestKind *kind = data;

  for (guint i = 0; i < test_n_ways_back; i++)
    {
      const TestWayBack *way = &test_ways_back[i];
      g_autoptr (BpPool) pool = make_limited (kind, 2, 2);
      BpPooled *held[2];
      gpointer thing;

      if (!test_way_back_is_for (way, pool))
        continue;

      for (guint round = 0; round < 3; round++)
        {
          test_fill_to_limit (pool, held, 0, 2);
          thing = way->begin (g_steal_pointer (&held[1]));
          test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
          g_assert_cmpuint (get_stat (pool, outstanding), ==, 2);

          way->end (thing);
          g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
          assert_valid (pool);
          test_fill_to_limit (pool, held, 1, 2);

          /* What is left of it does not count as out. */
          if (way->clear != NULL)
            way->clear (thing);
          g_assert_cmpuint (get_stat (pool, outstanding), ==, 2);
          test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
          test_unref_many (held, 2);
          assert_valid (pool);
        }
      g_clear_object (&pool);
      assert_all_gone ();
    }
}

/* The same where the pool keeps nothing, and everything that comes back is destroyed. */
static void
test_every_way_back_is_dropped (gconstpointer data)
{
  const TestKind *kind = data;

  for (guint i = 0; i < test_n_ways_back; i++)
    {
      const TestWayBack *way = &test_ways_back[i];
      g_autoptr (BpPool) pool = make_limited (kind, 1, 1);
      BpPooled *held[1];
      gpointer thing;

      if (!test_way_back_is_for (way, pool))
        continue;

      bp_pool_set_max_buffers (pool, 0);
      test_fill_to_limit (pool, held, 0, 1);
      thing = way->begin (g_steal_pointer (&held[0]));
      test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
      way->end (thing);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
      g_assert_cmpuint (get_stat (pool, idle), ==, 0);
      test_fill_to_limit (pool, held, 0, 1);
      if (way->clear != NULL)
        way->clear (thing);
      test_unref_many (held, 1);
      assert_valid (pool);
    }
}

/* What goes to the pool without having been out takes no permit, nor does it free one. */
static void
test_recycled_do_not_count (gconstpointer data)
{
  const TestKind *kind = data;
  g_autoptr (BpPool) pool = make_limited (kind, 2, 2);
  gsize n_bytes = TEST_WAY_ELEMENTS * bp_pool_get_element_size (pool);
  BpPooled *held[2];

  for (guint round = 0; round < 3; round++)
    {
      for (guint i = 0; i < 4; i++)
        {
          if (kind->is_elements)
            bp_pool_recycle_data (pool, g_malloc (n_bytes), TEST_WAY_ELEMENTS);
          else if (bp_pool_get_item_type (pool) != G_TYPE_NONE)
            bp_pool_recycle_item (pool, g_object_new (TEST_TYPE_OBJECT, NULL));
          else
            bp_pool_recycle_item (pool, test_item_funcs.create (NULL, &counters, NULL));
        }
      g_assert_cmpuint (get_stat (pool, outstanding), ==, round > 0 ? 2 : 0);
      g_assert_cmpuint (get_stat (pool, idle), ==, 4);
      assert_valid (pool);
      if (round > 0)
        test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
      else
        test_fill_to_limit (pool, held, 0, 2);
      bp_pool_drop_idle (pool, 0);
      test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
    }

  /* Nor what is refused, or not kept, on its way in. */
  bp_pool_set_max_buffers (pool, 0);
  if (kind->is_elements)
    bp_pool_recycle_data (pool, g_malloc (n_bytes), TEST_WAY_ELEMENTS);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
  test_unref_many (held, 2);
  assert_valid (pool);
}

static void
test_prefilled_do_not_count (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 2, 2);
  g_autoptr (GError) error = NULL;
  BpPooled *held[2];

  g_assert_true (bp_pool_prefill (pool, 5, TEST_WAY_ELEMENTS, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);

  test_fill_to_limit (pool, held, 0, 2);
  g_assert_cmpuint (get_stat (pool, idle), ==, 3);
  g_assert_true (bp_pool_prefill (pool, 5, TEST_WAY_ELEMENTS, &error));
  g_assert_no_error (error);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
  test_unref_many (held, 2);
  g_assert_cmpuint (get_stat (pool, idle), ==, 10);
  assert_valid (pool);
}

/* An object that is refused on its way out makes room for a fresh one: same permit. */
static void
test_refused_at_acquire (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[3], 2, 2);
  BpPooled *held[2];

  test_fill_to_limit (pool, held, 0, 2);
  for (guint i = 0; i < 2; i++)
    TEST_OBJECT (bp_pooled_get_item (held[i]))->refuse = TRUE;
  test_unref_many (held, 2);
  g_assert_cmpuint (get_stat (pool, idle), ==, 2);

  test_counters_reset (&test_object_counters);
  test_acquire_many (pool, held, 2);
  g_assert_cmpuint (test_object_counters.n_freed, ==, 2);
  g_assert_cmpuint (test_object_counters.n_created, ==, 2);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
  test_unref_many (held, 2);
  assert_valid (pool);
}

/* An acquire that fails for another reason has no permit any more. */
static void
test_failed_create_gives_permit_back (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[2], 1, 2);
  BpPooled *held[2];

  counters.fail_after = 0;
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bp_pool_acquire (pool));
      g_assert_null (bp_pool_try_acquire (pool, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
      g_clear_error (&error);
      g_assert_null (bp_pool_acquire_full (pool, 0, BP_ACQUIRE_NONE, NULL, -1, NULL, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
      assert_valid (pool);
    }
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  counters.fail_after = TEST_NEVER;
  test_fill_to_limit (pool, held, 0, 2);
  test_unref_many (held, 2);
  assert_valid (pool);
}

static void
test_too_large_gives_permit_back (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[0], 1, 2);
  BpPooled *held[2];

  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bp_pool_acquire_sized (pool, G_MAXSIZE, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
      g_clear_error (&error);
      g_assert_null (bp_pool_acquire_uninit (pool, G_MAXSSIZE, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
      g_clear_error (&error);
      g_assert_null (bp_pool_acquire_full (pool, G_MAXSIZE, BP_ACQUIRE_NONE, NULL, -1, NULL,
                                           &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
      g_clear_error (&error);
      g_assert_null (bp_pool_attach_data (pool, &held, 1, G_MAXSIZE, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
      assert_valid (pool);
    }
  test_fill_to_limit (pool, held, 0, 2);
  test_unref_many (held, 2);
  assert_valid (pool);
}

static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_read_finish (BP_POOL (source), result, &error));
  g_assert_error (error, BP_POOL_ERROR, *(int *) user_data);
  *(int *) user_data = -1;
}

static void
check_read_async_fails (BpPool *pool,
                        int     code)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("hello", 5, NULL);

  bp_pool_read_async (pool, stream, TEST_WAY_ELEMENTS, 0, NULL, on_read, &code);
  while (code >= 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_seekable_tell (G_SEEKABLE (stream)), ==, 0);
}

static void
test_read_async (void)
{
  g_autoptr (BpPool) pool = make_limited (&test_kinds[0], 1, 1);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

  check_read_async_fails (pool, BP_POOL_ERROR_LIMIT);
  bp_pool_set_flushing (pool, TRUE);
  check_read_async_fails (pool, BP_POOL_ERROR_FLUSHING);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);
}

/* Flushing: nothing can be had, what is out comes back as usual, and then all is as
 * before, whether there is a limit or not. */
static void
test_flushing (gconstpointer data)
{
  const guint limits[] = { 0, 2 };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autoptr (BpPool) pool = make_limited (data, 2, limits[i]);
      BpPooled *held[2];

      for (guint round = 0; round < 3; round++)
        {
          test_acquire_many (pool, held, 2);
          test_touch (held[0]);
          test_touch (held[1]);
          test_unref_many (&held[1], 1);

          bp_pool_set_flushing (pool, TRUE);
          test_assert_refused (pool, BP_POOL_ERROR_FLUSHING);
          test_unref_many (held, 1);
          g_assert_cmpuint (get_stat (pool, idle), ==, 2);
          test_assert_refused (pool, BP_POOL_ERROR_FLUSHING);

          bp_pool_set_flushing (pool, FALSE);
          g_assert_false (bp_pool_get_flushing (pool));
          assert_valid (pool);
        }
      g_assert_cmpuint (get_stat (pool, misses), ==, 2);
    }
}

/* A pool that is disposed keeps nothing, and gives out no more than before. */
static void
test_disposed (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_limited (data, 2, 3);
  BpPooled *held[3];

  test_fill_to_limit (pool, held, 0, 3);
  g_object_run_dispose (G_OBJECT (pool));
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
  test_unref_many (&held[2], 1);
  test_fill_to_limit (pool, held, 2, 3);
  test_unref_many (held, 3);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  assert_valid (pool);
}

/* Buffers outlive a pool with a limit, and the pool's memory goes with the last one. */
static void
test_outlived (gconstpointer data)
{
  BpPool *pool = make_limited (data, 2, 3);
  BpPooled *held[3];

  test_fill_to_limit (pool, held, 0, 3);
  g_assert_finalize_object (pool);
  test_unref_many (held, 3);
  assert_all_gone ();
}

int
main (int    argc,
      char **argv)
{
  const struct
  {
    const char *name;
    GTestDataFunc func;
  } tests[] = {
    { "at-the-limit", test_at_the_limit },
    { "every-way-back", test_every_way_back },
    { "every-way-back-is-dropped", test_every_way_back_is_dropped },
    { "recycled-do-not-count", test_recycled_do_not_count },
    { "prefilled-do-not-count", test_prefilled_do_not_count },
    { "flushing", test_flushing },
    { "disposed", test_disposed },
    { "outlived", test_outlived },
  };

  g_test_init (&argc, &argv, NULL);
  test_have_no_huge_memory ();

  for (guint i = 0; i < G_N_ELEMENTS (tests) * TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i % TEST_N_KINDS];
      g_autofree char *path = g_strdup_printf ("/limit/outstanding/%s/%s",
                                               tests[i / TEST_N_KINDS].name, kind->name);

      g_test_add_data_func (path, kind, tests[i / TEST_N_KINDS].func);
    }
  g_test_add_func ("/limit/outstanding/message", test_message);
  g_test_add_func ("/limit/outstanding/refused-at-acquire", test_refused_at_acquire);
  g_test_add_func ("/limit/outstanding/failed-create-gives-permit-back",
                   test_failed_create_gives_permit_back);
  g_test_add_func ("/limit/outstanding/too-large-gives-permit-back",
                   test_too_large_gives_permit_back);
  g_test_add_func ("/limit/outstanding/read-async", test_read_async);

  return g_test_run ();
}
