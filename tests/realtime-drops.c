/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* Pools that are realtime: items, what comes from outside, what must not be kept, and what is
 * left when the pool is gone. */

#define N 4
#define LENGTH 100
#define N_LINES (5 * N)

static BpPool *
make_filled (gsize trim_capacity)
{
  BpPool *pool = g_object_new (BP_TYPE_POOL,
                               "max-buffers", N,
                               "trim-capacity", (guint64) trim_capacity,
                               "realtime", TRUE,
                               NULL);

  g_assert_true (bp_pool_prefill (pool, N, LENGTH, NULL));

  return pool;
}

static BpPool *
make_items (TestCounters *counters)
{
  BpItemFuncs funcs = test_item_funcs;

  test_counters_reset (counters);
  funcs.user_data = counters;
  funcs.destroy = test_item_destroy_notify;

  return g_object_new (BP_TYPE_POOL,
                       "item-funcs", &funcs,
                       "max-buffers", N,
                       "realtime", TRUE,
                       NULL);
}

static void
test_items (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = make_items (&counters);
  BpPooled *handles[N];

  g_assert_null (bp_pool_acquire (pool));
  g_assert_cmpuint (counters.n_created, ==, 0);
  g_assert_true (bp_pool_prefill (pool, N, 0, NULL));
  g_assert_cmpuint (counters.n_created, ==, N);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, N * TEST_ITEM_BYTES);

  for (guint i = 0; i < 3; i++)
    {
      test_acquire_many (pool, handles, N);
      g_assert_null (bp_pool_acquire (pool));
      ((TestItem *) bp_pooled_get_item (handles[0]))->byte_size = 7;
      g_assert_true (bp_pooled_release (handles[1]));
      g_assert_cmpuint (counters.n_reused, ==, i * N + 1);
      test_unref_many (handles, N);
      g_assert_cmpuint (counters.n_reused, ==, (i + 1) * N);
      assert_valid (pool);
    }
  g_assert_cmpuint (get_stat (pool, idle_bytes), <, N * TEST_ITEM_BYTES);
  g_assert_cmpuint (counters.n_created, ==, N);
  g_assert_cmpuint (counters.n_freed, ==, 0);

  bp_pool_drop_idle (pool, 1);
  g_assert_cmpuint (counters.n_freed, ==, N - 1);
  g_clear_object (&pool);
  g_assert_cmpuint (counters.n_freed, ==, N);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
}

/* reuse() refuses: the item is not freed by the call that gives it back. */
static void
test_refused (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = make_items (&counters);
  BpPooled *handles[N];

  g_assert_true (bp_pool_prefill (pool, N, 0, NULL));
  test_acquire_many (pool, handles, N);
  ((TestItem *) bp_pooled_get_item (handles[0]))->refuse = TRUE;
  ((TestItem *) bp_pooled_get_item (handles[2]))->refuse = TRUE;
  g_assert_true (bp_pooled_release (handles[2]));
  test_unref_many (handles, N);
  g_assert_cmpuint (counters.n_freed, ==, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, N - 2);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 2);
  assert_valid (pool);

  /* Their homes are vacant already. */
  g_assert_true (bp_pool_prefill (pool, 2, 0, NULL));
  bp_pool_drop_idle (pool, N);
  g_assert_cmpuint (counters.n_freed, ==, 2);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 2);
  assert_valid (pool);
}

static void
test_create_fails (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = make_items (&counters);
  g_autoptr (GError) error = NULL;

  counters.fail_after = N - 1;
  g_assert_false (bp_pool_prefill (pool, N, 0, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
  assert_valid (pool);
  counters.fail_after = TEST_NEVER;
  g_assert_true (bp_pool_prefill (pool, N, 0, NULL));
  assert_valid (pool);
}

/* A buffer of twice the capacity stays, a larger one is dropped. */
static void
test_trim (void)
{
  g_autoptr (BpPool) pool = make_filled (LENGTH / 2);
  BpPooled *handles[N];

  test_acquire_many (pool, handles, N);
  test_unref_many (handles, N);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);

  bp_pool_set_trim_capacity (pool, LENGTH / 2 - 1);
  test_acquire_many (pool, handles, N);
  g_assert_true (bp_pooled_release (handles[0]));
  bp_pooled_slice_unref (bp_pooled_slice_new_take (handles[1], 0, NULL));
  handles[1] = NULL;
  test_unref_many (handles, N);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (pool, dropped), ==, N);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);
  bp_pool_drop_idle (pool, N);
  assert_valid (pool);
  g_assert_true (bp_pool_prefill (pool, N, LENGTH, NULL));
}

/* With a vacant home a buffer from outside is like the others, also in its capacity. */
static void
test_attach (void)
{
  g_autoptr (BpPool) pool = make_filled (0);
  g_autoptr (GError) error = NULL;
  g_autofree gpointer stolen = NULL;
  BpPooled *attached, *pooled;

  attached = bp_pool_attach_data (pool, g_malloc (10), 0, 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  bp_pooled_unref (attached);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 1);
  assert_valid (pool);

  pooled = bp_pool_acquire (pool);
  stolen = bp_pooled_steal_data (pooled, NULL, NULL, &error);
  g_assert_nonnull (stolen);
  bp_pooled_unref (pooled);
  bp_pool_drop_idle (pool, 1);
  attached = bp_pool_attach_data (pool, g_malloc (10), 0, 10, &error);
  bp_pooled_unref (attached);
  g_assert_cmpuint (get_stat (pool, idle), ==, 2);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, LENGTH + 10);
  assert_valid (pool);

  /* A buffer without capacity is not kept, and makes its home vacant. */
  bp_pooled_unref (bp_pool_attach_data (pool, NULL, 0, 0, &error));
  g_assert_cmpuint (get_stat (pool, idle), ==, 2);
  g_assert_true (bp_pool_prefill (pool, N - 2, LENGTH, &error));
  assert_valid (pool);
}

static void
test_attach_too_many (void)
{
  g_autoptr (BpPool) pool = make_filled (0);
  g_autoptr (GError) error = NULL;
  BpPooled *handles[N_LINES] = { NULL, };
  gpointer data = g_malloc (1);
  guint n;

  for (n = 0; (handles[n] = bp_pool_attach_data (pool, data, 0, 1, &error)) != NULL; n++)
    data = g_malloc (1);
  g_free (data);
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  g_assert_cmpuint (n, ==, N_LINES - N);
  test_unref_many (handles, n);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  g_assert_cmpuint (get_stat (pool, dropped), ==, n);
  assert_valid (pool);
}

static void
test_recycle (void)
{
  g_autoptr (BpPool) pool = make_filled (0);

  bp_pool_recycle_data (pool, g_malloc (10), 10);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 1);
  bp_pool_drop_idle (pool, 0);
  assert_valid (pool);
  bp_pool_recycle_data (pool, g_malloc (10), 10);
  bp_pool_recycle_data (pool, NULL, 0);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 10);
  g_assert_cmpuint (get_stat (pool, hits), ==, 0);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);
}

static void
test_recycle_items (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = make_items (&counters);
  g_autoptr (GError) error = NULL;
  gpointer item;

  g_assert_true (bp_pool_prefill (pool, 1, 0, NULL));
  for (guint i = 0; i < N; i++)
    bp_pool_recycle_item (pool, test_item_funcs.create (NULL, &counters, NULL));
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  g_assert_cmpuint (counters.n_freed, ==, 0);
  item = test_item_funcs.create (NULL, &counters, NULL);
  bp_pooled_unref (bp_pool_attach_item (pool, item, &error));
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  assert_valid (pool);
  bp_pool_drop_idle (pool, N);
  g_assert_cmpuint (counters.n_freed, ==, 2);
}

static void
test_read (void)
{
  g_autoptr (BpPool) pool = make_filled (0);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("hello", 5, NULL);
  g_autoptr (BpPooledSlice) slice = NULL;
  g_autoptr (BpPooledSlice) end = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_read (pool, stream, LENGTH + 1, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  g_clear_error (&error);
  slice = bp_pool_read (pool, stream, LENGTH, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (bp_pooled_slice_get_data (slice, NULL), 5, "hello", 5);
  end = bp_pool_read (pool, stream, LENGTH, NULL, &error);
  g_assert_true (bp_pooled_slice_is_empty (end));
  assert_valid (pool);
}

/* What is out when the pool goes is freed as it comes back. */
static void
test_dispose (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = make_items (&counters);
  g_autoptr (GError) error = NULL;
  BpPooled *handles[N];

  g_assert_true (bp_pool_prefill (pool, N, 0, NULL));
  test_acquire_many (pool, handles, N);
  ((TestItem *) bp_pooled_get_item (handles[0]))->refuse = TRUE;
  g_clear_pointer (&handles[0], bp_pooled_unref);
  g_clear_pointer (&handles[1], bp_pooled_unref);

  g_object_run_dispose (G_OBJECT (pool));
  g_assert_cmpuint (counters.n_freed, ==, 2);
  g_assert_null (bp_pool_acquire (pool));
  g_assert_false (bp_pool_prefill (pool, 1, 0, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_nonnull (strstr (error->message, "disposed"));
  g_assert_true (bp_pooled_release (handles[2]));
  g_assert_cmpuint (counters.n_freed, ==, 3);
  assert_valid (pool);
  bp_pool_drop_idle (pool, 0);
  g_object_run_dispose (G_OBJECT (pool));

  ((TestItem *) bp_pooled_get_item (handles[3]))->refuse = TRUE;
  g_clear_object (&pool);
  g_clear_pointer (&handles[3], bp_pooled_unref);
  g_assert_cmpuint (counters.n_freed, ==, 4);
  g_assert_cmpuint (counters.n_destroyed, ==, 0);
  g_clear_pointer (&handles[2], bp_pooled_unref);
  g_assert_cmpuint (counters.n_destroyed, ==, 1);
}

static void
test_slices_outlive (void)
{
  BpPool *pool = make_filled (0);
  BpPooledSlice *slice, *released, *stolen;
  BpPooledView *view;
  BpPooled *handle;

  slice = bp_pooled_slice_new_take (bp_pool_acquire_uninit (pool, LENGTH, NULL), LENGTH, NULL);
  released = bp_pooled_slice_sub (slice, 0, 1, NULL);
  stolen = bp_pooled_slice_new_take (bp_pool_acquire_uninit (pool, LENGTH, NULL), 1, NULL);
  view = bp_pooled_slice_get_view (slice, NULL);
  g_object_unref (pool);

  g_assert_true (bp_pooled_slice_release (released));
  handle = bp_pooled_slice_steal_pooled (stolen, NULL);
  memset (bp_pooled_get_data (handle, NULL), 1, LENGTH);
  bp_pooled_unref (handle);
  g_assert_cmpuint (bp_pooled_slice_get_length (slice), ==, LENGTH);
  bp_pooled_slice_unref (slice);
  g_assert_cmpuint (bp_pooled_view_get_size_bytes (view), ==, LENGTH);
  bp_pooled_view_unref (view);
  g_assert_cmpuint (bp_pooled_slice_get_length (released), ==, 0);
  bp_pooled_slice_unref (released);
  bp_pooled_slice_unref (stolen);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/realtime-drops/items", test_items);
  g_test_add_func ("/realtime-drops/refused", test_refused);
  g_test_add_func ("/realtime-drops/create-fails", test_create_fails);
  g_test_add_func ("/realtime-drops/trim", test_trim);
  g_test_add_func ("/realtime-drops/attach", test_attach);
  g_test_add_func ("/realtime-drops/attach-too-many", test_attach_too_many);
  g_test_add_func ("/realtime-drops/recycle", test_recycle);
  g_test_add_func ("/realtime-drops/recycle-items", test_recycle_items);
  g_test_add_func ("/realtime-drops/read", test_read);
  g_test_add_func ("/realtime-drops/dispose", test_dispose);
  g_test_add_func ("/realtime-drops/slices-outlive", test_slices_outlive);

  return g_test_run ();
}
