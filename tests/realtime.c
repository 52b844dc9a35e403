/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <sys/resource.h>

#include "test-utils.h"

/* Pools that are realtime: what they hand out, take back and drop. */

#define N 4
#define LENGTH 100
/* Handles, slices and views of the pool together. */
#define N_LINES (5 * N)

static BpPool *
make_empty (guint max_buffers)
{
  return g_object_new (BP_TYPE_POOL,
                       "element-type", BP_ELEMENT_TYPE_F32,
                       "max-buffers", max_buffers,
                       "realtime", TRUE,
                       NULL);
}

static BpPool *
make_filled (void)
{
  g_autoptr (GError) error = NULL;
  BpPool *pool = make_empty (N);

  g_assert_true (bp_pool_prefill (pool, N, LENGTH, &error));
  g_assert_no_error (error);
  assert_valid (pool);

  return pool;
}

static void
test_cycle (void)
{
  g_autoptr (BpPool) pool = make_filled ();
  BpPooled *handles[N];

  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, N * LENGTH * 4);
  for (guint round = 0; round < 3; round++)
    {
      test_acquire_many (pool, handles, N);
      for (guint i = 0; i < N; i++)
        {
          g_assert_cmpuint (bp_pooled_get_capacity (handles[i]), ==, LENGTH);
          g_assert_cmpuint (bp_pooled_get_length (handles[i]), ==, 0);
          for (guint k = 0; k < i; k++)
            g_assert_true (handles[i] != handles[k]);
          g_assert_nonnull (bp_pooled_resize (handles[i], LENGTH));
        }
      g_assert_null (bp_pool_acquire (pool));
      g_assert_cmpuint (get_stat (pool, idle), ==, 0);
      g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 0);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, N);
      assert_valid (pool);
      test_unref_many (handles, N);
      assert_valid (pool);
    }

  g_assert_cmpuint (get_stat (pool, hits), ==, 3 * N);
  g_assert_cmpuint (get_stat (pool, misses), ==, 0);
  g_assert_cmpuint (get_stat (pool, returned), ==, 3 * N);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, peak_buffers), ==, N);
}

/* Sizes up to many more cells than a word has. */
static void
test_sizes (void)
{
  static const guint sizes[] = { 1, 2, 3, 7, 8, 9, 15, 16, 17, 100, 128, 129, 1000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (BpPool) pool = make_empty (sizes[i]);
      g_autofree BpPooled **handles = g_new0 (BpPooled *, sizes[i]);

      g_assert_true (bp_pool_prefill (pool, sizes[i], 1, NULL));
      test_acquire_many (pool, handles, sizes[i]);
      g_assert_null (bp_pool_acquire (pool));
      test_unref_many (handles, sizes[i]);
      g_assert_cmpuint (get_stat (pool, idle), ==, sizes[i]);
      assert_valid (pool);
    }
}

static void
fail_init (BpPooled *pooled G_GNUC_UNUSED,
           gpointer  user_data G_GNUC_UNUSED)
{
  g_assert_not_reached ();
}

static void
assert_limit (GError **error)
{
  g_assert_error (*error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  g_clear_error (error);
}

static void
check_empty (BpPool *pool)
{
  g_autoptr (GError) error = NULL;
  BpPooled *handles[2 * N];

  g_assert_null (bp_pool_acquire (pool));
  g_assert_null (bp_pool_acquire_with (pool, fail_init, NULL));
  g_assert_null (bp_pool_try_acquire (pool, NULL));
  g_assert_null (bp_pool_try_acquire (pool, &error));
  g_assert_nonnull (strstr (error->message, "or prefill() more"));
  assert_limit (&error);
  g_assert_null (bp_pool_acquire_sized (pool, 1, &error));
  assert_limit (&error);
  g_assert_null (bp_pool_acquire_uninit (pool, 1, &error));
  assert_limit (&error);
  g_assert_null (bp_pool_acquire_full (pool, 1, BP_ACQUIRE_NONE, NULL, 0, NULL, &error));
  assert_limit (&error);
  g_assert_false (bp_pool_acquire_many (pool, 1, handles, 2 * N, &error));
  assert_limit (&error);
}

static void
test_empty (void)
{
  g_autoptr (BpPool) pool = make_empty (N);
  BpPooled *handles[N];

  check_empty (pool);
  g_assert_cmpuint (get_stat (pool, acquired), ==, 0);
  g_assert_true (bp_pool_prefill (pool, N, LENGTH, NULL));
  test_acquire_many (pool, handles, N);
  check_empty (pool);
  test_unref_many (handles, N);
  assert_valid (pool);
  bp_pool_drop_idle (pool, 0);
  check_empty (pool);
  assert_valid (pool);
}

static void
test_many (void)
{
  g_autoptr (BpPool) pool = make_filled ();
  g_autoptr (GError) error = NULL;
  BpPooled *handles[N + 1];

  g_assert_true (bp_pool_acquire_many (pool, LENGTH, handles, N, &error));
  g_assert_cmpuint (get_stat (pool, outstanding), ==, N);
  bp_pooled_unref_many (handles, N);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);

  g_assert_false (bp_pool_acquire_many (pool, LENGTH, handles, N + 1, &error));
  assert_limit (&error);
  g_assert_false (bp_pool_acquire_many (pool, LENGTH + 1, handles, N, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  assert_valid (pool);
}

/* Buffers do not grow. */
static void
check_too_large (GError **error)
{
  g_assert_error (*error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_nonnull (strstr ((*error)->message, "do not grow"));
  g_clear_error (error);
}

static void
test_capacity (void)
{
  g_autoptr (BpPool) pool = make_filled ();
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;
  float *data;

  pooled = bp_pool_acquire_uninit (pool, LENGTH, &error);
  g_assert_no_error (error);
  data = bp_pooled_get_data (pooled, NULL);
  for (guint i = 0; i < LENGTH; i++)
    data[i] = 1;
  g_clear_pointer (&pooled, bp_pooled_unref);

  pooled = bp_pool_acquire_sized (pool, LENGTH, &error);
  data = bp_pooled_get_data (pooled, NULL);
  for (guint i = 0; i < LENGTH; i++)
    g_assert_true (data[i] == 0);

  g_assert_false (bp_pooled_try_resize (pooled, LENGTH + 1, &error));
  check_too_large (&error);
  g_assert_null (bp_pooled_resize (pooled, LENGTH + 1));
  g_assert_false (bp_pooled_reserve (pooled, LENGTH + 1, &error));
  check_too_large (&error);
  g_assert_false (bp_pooled_append (pooled, data + LENGTH, 1, &error));
  check_too_large (&error);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, LENGTH);
  g_assert_true (bp_pooled_resize (pooled, 10) == data);
  g_assert_true (bp_pooled_reserve (pooled, LENGTH, &error));

  g_assert_null (bp_pool_acquire_sized (pool, LENGTH + 1, &error));
  check_too_large (&error);
  g_assert_null (bp_pool_acquire_uninit (pool, LENGTH + 1, &error));
  check_too_large (&error);
  g_assert_null (bp_pool_acquire_full (pool, LENGTH + 1, BP_ACQUIRE_NONE, NULL, 0, NULL, &error));
  check_too_large (&error);
  g_assert_cmpuint (get_stat (pool, idle), ==, N - 1);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  assert_valid (pool);
}

static void
check_no_room (BpPool *pool,
               guint   n_buffers)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (bp_pool_prefill (pool, n_buffers, LENGTH, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  assert_valid (pool);
}

/* As many buffers exist as there are homes, and buffers that are out keep theirs. */
static void
test_room (void)
{
  g_autoptr (BpPool) pool = make_empty (N);
  g_autofree gpointer data = NULL;
  g_autoptr (GError) error = NULL;
  BpPooled *handles[N];

  check_no_room (pool, N + 1);
  check_no_room (pool, G_MAXUINT);
  g_assert_true (bp_pool_prefill (pool, 1, LENGTH, NULL));
  check_no_room (pool, N);
  g_assert_true (bp_pool_prefill (pool, N - 1, LENGTH, NULL));
  test_acquire_many (pool, handles, N);
  check_no_room (pool, 1);

  data = bp_pooled_steal_data (handles[0], NULL, NULL, &error);
  g_assert_nonnull (data);
  assert_valid (pool);
  check_no_room (pool, 2);
  g_assert_true (bp_pool_prefill (pool, 1, LENGTH, &error));
  g_assert_cmpuint (get_stat (pool, outstanding), ==, N - 1);
  test_unref_many (handles, N);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  assert_valid (pool);

  g_assert_false (bp_pool_prefill (pool, 1, 0, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  bp_pool_drop_idle (pool, 0);
  g_clear_error (&error);
  g_assert_false (bp_pool_prefill (pool, 1, G_MAXSIZE / 2, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_true (bp_pool_prefill (pool, N, LENGTH, NULL));
  assert_valid (pool);
}

static glong
count_faults (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);

  return usage.ru_minflt;
}

/* A write to a buffer that prefill made causes no page fault. */
static void
test_pages (void)
{
  const gsize size = 4 << 20;
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", 2, NULL);
  g_autoptr (BpPooled) pooled = NULL;
  glong n_before;

  g_assert_true (bp_pool_prefill (pool, 2, size, NULL));
  pooled = bp_pool_acquire (pool);
  n_before = count_faults ();
  memset (bp_pooled_get_data (pooled, NULL), 1, size);
  /* Without prefill there would be a thousand. The test program may have some of its own. */
  g_assert_cmpint (count_faults () - n_before, <, 100);
}

static void
test_drop_idle (void)
{
  g_autoptr (BpPool) pool = make_filled ();
  BpPooled *handles[N];

  bp_pool_drop_idle (pool, N);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  bp_pool_drop_idle (pool, 1);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
  g_assert_cmpuint (get_stat (pool, dropped), ==, N - 1);
  assert_valid (pool);
  check_no_room (pool, N);
  g_assert_true (bp_pool_prefill (pool, N - 1, LENGTH, NULL));
  test_acquire_many (pool, handles, N);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, N);
  test_unref_many (handles, N);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (pool, hits), ==, N);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 2 * N - 1);
  assert_valid (pool);
}

/* The lines come back, however often. */
static void
test_release (void)
{
  g_autoptr (BpPool) pool = make_filled ();

  for (guint i = 0; i < 10 * N_LINES; i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

      g_assert_true (bp_pooled_release (pooled));
      g_assert_false (bp_pooled_release (pooled));
      g_assert_null (bp_pooled_get_data (pooled, NULL));
      g_assert_cmpuint (get_stat (pool, idle), ==, N);
      assert_valid (pool);
    }
  g_assert_cmpuint (get_stat (pool, hits), ==, 10 * N_LINES);
}

/* Handles that were released and are not dropped take lines. If no line is left, a buffer
 * comes back with its handle. */
static void
test_husks (void)
{
  g_autoptr (BpPool) pool = make_filled ();
  BpPooled *husks[N_LINES];
  g_autoptr (BpPooled) last = NULL;
  guint n;

  for (n = 0; get_stat (pool, idle) == N; n++)
    {
      g_assert_cmpuint (n, <, N_LINES);
      husks[n] = bp_pool_acquire (pool);
      g_assert_true (bp_pooled_release (husks[n]));
    }
  g_assert_cmpuint (n, ==, N_LINES - N + 1);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  assert_valid (pool);

  bp_pooled_unref (husks[--n]);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  test_unref_many (husks, n);
  assert_valid (pool);
  last = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_release (last));
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
}

static void
test_slices (void)
{
  g_autoptr (BpPool) pool = make_filled ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 10 * N_LINES; i++)
    {
      BpPooled *pooled = bp_pool_acquire_uninit (pool, LENGTH, &error);
      g_autoptr (BpPooledSlice) slice = bp_pooled_slice_new_take (pooled, LENGTH, &error);
      g_autoptr (BpPooledSlice) sub = bp_pooled_slice_sub (slice, 10, 20, &error);
      g_autoptr (BpPooledView) view = bp_pooled_slice_get_view (sub, &error);
      g_autoptr (BpPooled) again = NULL;

      g_assert_no_error (error);
      g_assert_true (bp_pooled_slice_get_data (sub, NULL) ==
                     (float *) bp_pooled_slice_get_data (slice, NULL) + 10);
      bp_pooled_slice_unref (bp_pooled_slice_ref (sub));
      g_assert_true (bp_pooled_slice_release (slice));
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
      g_clear_pointer (&view, bp_pooled_view_unref);
      if (i % 2 == 0)
        again = bp_pooled_slice_steal_pooled (sub, &error);
      else
        g_assert_true (bp_pooled_slice_release (sub));
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 1 - i % 2);
      assert_valid (pool);
    }
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
}

static void
test_slices_run_out (void)
{
  g_autoptr (BpPool) pool = make_filled ();
  g_autoptr (BpPooledSlice) slice = NULL;
  g_autoptr (GError) error = NULL;
  BpPooledSlice *subs[N_LINES] = { NULL, };
  guint n = 0;

  slice = bp_pooled_slice_new_take (bp_pool_acquire_uninit (pool, LENGTH, &error), LENGTH, &error);
  do
    subs[n] = bp_pooled_slice_sub (slice, 0, 1, &error);
  while (subs[n] != NULL && ++n < N_LINES);
  g_assert_cmpuint (n, ==, N_LINES - N - 1);
  g_assert_nonnull (strstr (error->message, "slices"));
  assert_limit (&error);

  g_assert_null (bp_pooled_slice_get_view (slice, &error));
  assert_limit (&error);
  g_assert_null (bp_pooled_slice_new_take (bp_pool_acquire (pool), 0, &error));
  assert_limit (&error);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  for (guint i = 0; i < n; i++)
    bp_pooled_slice_unref (subs[i]);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_clear_pointer (&slice, bp_pooled_slice_unref);
  g_assert_cmpuint (get_stat (pool, idle), ==, N);
  assert_valid (pool);
}

/* Views take lines too; GBytes do not. */
static void
test_exports (void)
{
  g_autoptr (BpPool) pool = make_filled ();
  g_autoptr (BpPooled) pooled = bp_pool_acquire_uninit (pool, LENGTH, NULL);
  g_autoptr (BpPooledView) view = bp_pooled_get_view (pooled, NULL);
  g_autoptr (GBytes) bytes = bp_pooled_get_bytes (pooled, NULL);

  g_assert_cmpuint (bp_pooled_view_get_size_bytes (view), ==, 4 * LENGTH);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_clear_pointer (&view, bp_pooled_view_unref);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_clear_pointer (&bytes, g_bytes_unref);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/realtime/cycle", test_cycle);
  g_test_add_func ("/realtime/sizes", test_sizes);
  g_test_add_func ("/realtime/empty", test_empty);
  g_test_add_func ("/realtime/many", test_many);
  g_test_add_func ("/realtime/capacity", test_capacity);
  g_test_add_func ("/realtime/room", test_room);
  g_test_add_func ("/realtime/pages", test_pages);
  g_test_add_func ("/realtime/drop-idle", test_drop_idle);
  g_test_add_func ("/realtime/release", test_release);
  g_test_add_func ("/realtime/husks", test_husks);
  g_test_add_func ("/realtime/slices", test_slices);
  g_test_add_func ("/realtime/slices-run-out", test_slices_run_out);
  g_test_add_func ("/realtime/exports", test_exports);

  return g_test_run ();
}
