/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-team.h"
#include "test-utils.h"

/* Slices that several threads share: each is a share of its own, and the buffer
 * goes back with the last of them, once. */

#define LENGTH 64
#define N_THREADS 3

typedef struct
{
  BpPool *pool;
  BpPooledSlice *slice;
  atomic_uint n_released;
  atomic_uint n_stolen;
} Shared;

typedef void (*Operation) (Shared *shared);

static void
assert_intact (const guint8 *bytes,
               gsize         offset,
               gsize         n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    g_assert_cmpuint (bytes[i], ==, offset + i);
}

/* As each operation takes a reference, so does this. */
static void
drop (BpPooledSlice *slice,
      gsize          offset,
      gsize          length)
{
  gsize n_elements;
  gconstpointer data = bp_pooled_slice_get_data (slice, &n_elements);

  g_assert_cmpuint (n_elements, ==, length);
  assert_intact (data, offset, length);
  bp_pooled_slice_unref (slice);
}

static void
assert_released_or_busy (GError *error)
{
  if (!g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY))
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
}

static void
run_unref (Shared *shared)
{
  bp_pooled_slice_unref (shared->slice);
}

static void
run_ref (Shared *shared)
{
  BpPooledSlice *again = bp_pooled_slice_ref (shared->slice);

  bp_pooled_slice_unref (again);
  bp_pooled_slice_unref (shared->slice);
}

static void
run_release (Shared *shared)
{
  if (bp_pooled_slice_release (shared->slice))
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire_uninit (shared->pool, LENGTH, NULL);

      /* The thread that meets the buffer again may write there. */
      memset (bp_pooled_get_data (pooled, NULL), 0xdd, LENGTH);
      shared->n_released++;
    }
  g_assert_true (bp_pooled_slice_is_released (shared->slice));
  g_assert_cmpuint (bp_pooled_slice_get_length (shared->slice), ==, 0);
  bp_pooled_slice_unref (shared->slice);
}

static void
run_sub (Shared *shared)
{
  g_autoptr (GError) error = NULL;
  BpPooledSlice *sub = bp_pooled_slice_sub (shared->slice, 8, 16, &error);
  BpPooledSlice *sub_of_sub;

  bp_pooled_slice_unref (shared->slice);
  if (sub == NULL)
    {
      assert_released_or_busy (error);
      return;
    }

  sub_of_sub = bp_pooled_slice_sub (sub, 2, 4, &error);
  g_assert_no_error (error);
  drop (sub, 8, 16);
  drop (sub_of_sub, 10, 4);
}

static void
run_get_bytes (Shared *shared)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = bp_pooled_slice_get_bytes (shared->slice, &error);

  bp_pooled_slice_unref (shared->slice);
  if (bytes == NULL)
    assert_released_or_busy (error);
  else
    assert_intact (g_bytes_get_data (bytes, NULL), 0, g_bytes_get_size (bytes));
}

static void
run_getters (Shared *shared)
{
  gsize length = bp_pooled_slice_get_length (shared->slice);
  gsize element_size = bp_pooled_slice_get_element_size (shared->slice);

  g_assert_true (length == 0 || length == LENGTH);
  g_assert_true (element_size == 0 || element_size == 1);
  bp_pooled_slice_unref (shared->slice);
}

static void
run_steal (Shared *shared)
{
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = bp_pooled_slice_steal_pooled (shared->slice, &error);

  bp_pooled_slice_unref (shared->slice);
  if (pooled == NULL)
    {
      assert_released_or_busy (error);
      return;
    }

  /* The only share there was, so it may be written. */
  shared->n_stolen++;
  assert_intact (bp_pooled_get_data (pooled, NULL), 0, LENGTH);
  g_assert_true (bp_pooled_try_resize (pooled, 4 * LENGTH, &error));
  memset (bp_pooled_get_data (pooled, NULL), 0xdd, 4 * LENGTH);
  bp_pooled_unref (pooled);
}

static const Operation operations[] = {
  run_unref, run_ref, run_release, run_sub, run_get_bytes, run_getters, run_steal,
};

typedef struct
{
  Operation operations[N_THREADS];
  guint n_threads;
  guint n_rounds;
  TestRace race;
  Shared shared;
} Contest;

static void
prepare (Contest *contest)
{
  Shared *shared = &contest->shared;
  BpPooled *pooled = bp_pool_acquire_uninit (shared->pool, LENGTH, NULL);
  guint8 *data = bp_pooled_get_data (pooled, NULL);

  for (guint i = 0; i < LENGTH; i++)
    data[i] = (guint8) i;

  shared->n_released = 0;
  shared->n_stolen = 0;
  shared->slice = bp_pooled_slice_new_take (pooled, LENGTH, NULL);
  for (guint i = 1; i < contest->n_threads; i++)
    bp_pooled_slice_ref (shared->slice);
}

static void
finish (Contest *contest,
        guint    round)
{
  g_assert_cmpuint (contest->shared.n_released, <=, 1);
  g_assert_cmpuint (contest->shared.n_stolen, <=, 1);
  g_assert_cmpuint (get_stat (contest->shared.pool, outstanding), ==, 0);
  if (round % 64 == 0)
    assert_valid (contest->shared.pool);
}

static void
run_contest (guint    index,
             gpointer data)
{
  Contest *contest = data;

  for (guint round = 0; round < contest->n_rounds; round++)
    {
      if (index == 0)
        prepare (contest);
      test_race_meet (&contest->race, contest->n_threads);
      contest->operations[index] (&contest->shared);
      test_race_meet (&contest->race, contest->n_threads);
      if (index == 0)
        finish (contest, round);
    }
}

static void
hold_contest (Contest *contest,
              guint    n_rounds)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 16, 0);

  contest->shared.pool = pool;
  contest->n_rounds = test_scale (n_rounds);
  test_run_threads (contest->n_threads, run_contest, contest);
  assert_valid (pool);
}

static void
test_slices_pairs (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      for (guint j = 0; j <= i; j++)
        {
          Contest contest = {
            .operations = { operations[i], operations[j] },
            .n_threads = 2,
          };

          hold_contest (&contest, 1000);
        }
    }
}

static void
test_slices_beside_release (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      for (guint j = 0; j <= i; j++)
        {
          Contest contest = {
            .operations = { operations[i], operations[j], run_release },
            .n_threads = 3,
          };

          hold_contest (&contest, 150);
        }
    }
}

/* Each thread has a slice of its own of one buffer. */
typedef struct
{
  BpPool *pool;
  BpPooledSlice *slices[N_THREADS];
  guint n_rounds;
  TestRace race;
} Division;

static void
run_division (guint    index,
              gpointer data)
{
  Division *division = data;

  for (guint round = 0; round < division->n_rounds; round++)
    {
      if (index == 0)
        {
          Shared shared = { .pool = division->pool };
          Contest contest = { .n_threads = 1, .shared = shared };

          prepare (&contest);
          for (guint i = 0; i < N_THREADS; i++)
            division->slices[i] = bp_pooled_slice_sub (contest.shared.slice, i * 20, 20, NULL);
          bp_pooled_slice_unref (contest.shared.slice);
        }
      test_race_meet (&division->race, N_THREADS);
      drop (division->slices[index], index * 20, 20);
      test_race_meet (&division->race, N_THREADS);
      if (index == 0)
        g_assert_cmpuint (get_stat (division->pool, outstanding), ==, 0);
    }
}

static void
test_slices_division (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 16, 0);
  Division division = { .pool = pool, .n_rounds = test_scale (5000) };

  test_run_threads (N_THREADS, run_division, &division);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, acquired), ==, division.n_rounds);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/slices/pairs", test_slices_pairs);
  g_test_add_func ("/threads/slices/beside-release", test_slices_beside_release);
  g_test_add_func ("/threads/slices/division", test_slices_division);

  return g_test_run ();
}
