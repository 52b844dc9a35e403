/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* Every two things that can happen to a handle, at the same time: whichever comes
 * first, the buffer goes back or is stolen once, and no thread still has memory that
 * is another's by then. */

#define LENGTH 64

typedef struct
{
  BpPool *pool;
  /* Each thread has one reference, which its operation takes, */
  BpPooled *pooled;
  /* or bytes that stand for it. */
  GBytes *bytes;
  /* In every other round there is one reference more, which outlives them. */
  gboolean has_spectator;
  atomic_uint n_released;
  atomic_uint n_stolen;
} Shared;

typedef struct
{
  const char *name;
  void (*run) (Shared *shared);
  /* It needs bytes that were made before. */
  gboolean takes_bytes;
} Operation;

static void
assert_released_or_busy (GError *error)
{
  if (!g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY))
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
}

/* Memory that a thread has can be written, and no other thread writes there. */
static void
scribble (gpointer memory)
{
  volatile guint8 *bytes = memory;

  for (guint i = 0; i < LENGTH; i++)
    bytes[i] = 0xdd;
  for (guint i = 0; i < LENGTH; i++)
    g_assert_cmpuint (bytes[i], ==, 0xdd);
}

/* A thread that has released a buffer may meet it again. */
static void
acquire_and_scribble (BpPool *pool)
{
  g_autoptr (BpPooled) pooled = bp_pool_acquire_uninit (pool, LENGTH, NULL);

  scribble (bp_pooled_get_data (pooled, NULL));
}

/* While one has a share of it, the buffer is as it was filled. */
static void
assert_intact (gconstpointer data,
               gsize         n_bytes)
{
  const guint8 *bytes = data;

  g_assert_cmpuint (n_bytes, >=, LENGTH);
  for (gsize i = 0; i < LENGTH; i++)
    g_assert_cmpuint (bytes[i], ==, i);
}

static void
drop_bytes (GBytes *bytes)
{
  gsize n_bytes;
  gconstpointer data = g_bytes_get_data (bytes, &n_bytes);

  assert_intact (data, n_bytes);
  g_bytes_unref (bytes);
}

static void
run_unref (Shared *shared)
{
  bp_pooled_unref (shared->pooled);
}

static void
run_ref (Shared *shared)
{
  BpPooled *again = bp_pooled_ref (shared->pooled);

  bp_pooled_unref (shared->pooled);
  bp_pooled_unref (again);
}

static void
run_release (Shared *shared)
{
  if (bp_pooled_release (shared->pooled))
    {
      shared->n_released++;
      acquire_and_scribble (shared->pool);
    }
  g_assert_true (bp_pooled_is_released (shared->pooled));
  bp_pooled_unref (shared->pooled);
}

static void
run_get_bytes (Shared *shared)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = bp_pooled_get_bytes (shared->pooled, &error);

  bp_pooled_unref (shared->pooled);
  if (bytes != NULL)
    drop_bytes (bytes);
  else
    assert_released_or_busy (error);
}

static void
run_unref_to_bytes (Shared *shared)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = bp_pooled_unref_to_bytes (shared->pooled, &error);

  if (bytes != NULL)
    drop_bytes (bytes);
  else
    assert_released_or_busy (error);
}

static void
run_drop_bytes (Shared *shared)
{
  drop_bytes (shared->bytes);
}

static void
run_view (Shared *shared)
{
  g_autoptr (GError) error = NULL;
  BpPooledView *view = bp_pooled_get_view (shared->pooled, &error);

  bp_pooled_unref (shared->pooled);
  if (view == NULL)
    {
      assert_released_or_busy (error);
      return;
    }

  assert_intact ((gconstpointer) bp_pooled_view_get_address (view),
                 bp_pooled_view_get_length_bytes (view));
  bp_pooled_view_unref (view);
}

/* The first LENGTH elements stay: reallocating moves them along. */
static void
run_resize (Shared *shared)
{
  g_autoptr (GError) error = NULL;

  if (!bp_pooled_try_resize (shared->pooled, 5000, &error))
    assert_released_or_busy (error);
  bp_pooled_unref (shared->pooled);
}

static void
run_append (Shared *shared)
{
  g_autoptr (GError) error = NULL;

  if (!bp_pooled_append_bytes (shared->pooled, (const guint8 *) "more", 4, &error))
    assert_released_or_busy (error);
  bp_pooled_unref (shared->pooled);
}

static void
run_write (Shared *shared)
{
  const guint8 same[] = { 0, 1, 2, 3 };
  g_autoptr (GError) error = NULL;

  if (!bp_pooled_write_bytes (shared->pooled, 0, same, sizeof same, &error))
    assert_released_or_busy (error);
  bp_pooled_unref (shared->pooled);
}

static void
run_set_length (Shared *shared)
{
  g_autoptr (GError) error = NULL;

  if (!bp_pooled_set_length (shared->pooled, LENGTH, &error))
    assert_released_or_busy (error);
  bp_pooled_unref (shared->pooled);
}

static void
run_getters (Shared *shared)
{
  gsize length = bp_pooled_get_length (shared->pooled);
  gsize capacity = bp_pooled_get_capacity (shared->pooled);

  g_assert_true (length == 0 || length >= LENGTH);
  g_assert_true (capacity == 0 || capacity >= LENGTH);
  g_assert_cmpuint (bp_pooled_get_element_size (shared->pooled), ==, 1);
  bp_pooled_unref (shared->pooled);
}

static void
run_steal (Shared *shared)
{
  g_autoptr (GError) error = NULL;
  gsize length, capacity;
  gpointer data = bp_pooled_steal_data (shared->pooled, &length, &capacity, &error);

  bp_pooled_unref (shared->pooled);
  if (data == NULL)
    {
      assert_released_or_busy (error);
      return;
    }

  shared->n_stolen++;
  assert_intact (data, length);
  g_assert_cmpuint (capacity, >=, length);
  scribble (data);
  g_free (data);
}

static void
run_slice (Shared *shared)
{
  g_autoptr (GError) error = NULL;
  BpPooledSlice *slice = bp_pooled_slice_new_take (shared->pooled, LENGTH, &error);
  BpPooledSlice *sub;
  gsize n_bytes;

  if (slice == NULL)
    {
      assert_released_or_busy (error);
      return;
    }

  sub = bp_pooled_slice_sub (slice, 0, LENGTH, &error);
  g_assert_no_error (error);
  g_assert_true (bp_pooled_slice_release (slice));
  bp_pooled_slice_unref (slice);
  assert_intact (bp_pooled_slice_get_data (sub, &n_bytes), LENGTH);
  bp_pooled_slice_unref (sub);
}

static void
run_slice_and_back (Shared *shared)
{
  g_autoptr (GError) error = NULL;
  BpPooledSlice *slice = bp_pooled_slice_new_take (shared->pooled, LENGTH, &error);
  BpPooled *pooled;

  if (slice == NULL)
    {
      assert_released_or_busy (error);
      return;
    }

  pooled = bp_pooled_slice_steal_pooled (slice, &error);
  bp_pooled_slice_unref (slice);
  if (pooled == NULL)
    {
      assert_released_or_busy (error);
      return;
    }

  g_assert_true (pooled == shared->pooled);
  bp_pooled_unref (pooled);
}

static const Operation operations[] = {
  { "unref", run_unref, FALSE },
  { "ref", run_ref, FALSE },
  { "release", run_release, FALSE },
  { "get-bytes", run_get_bytes, FALSE },
  { "unref-to-bytes", run_unref_to_bytes, FALSE },
  { "drop-bytes", run_drop_bytes, TRUE },
  { "view", run_view, FALSE },
  { "resize", run_resize, FALSE },
  { "append", run_append, FALSE },
  { "write", run_write, FALSE },
  { "set-length", run_set_length, FALSE },
  { "getters", run_getters, FALSE },
  { "steal", run_steal, FALSE },
  { "slice", run_slice, FALSE },
  { "slice-and-back", run_slice_and_back, FALSE },
};

/* Three at once: the third is one that makes the difference to both others. */
#define MAX_THREADS 3

typedef struct
{
  const Operation *operations[MAX_THREADS];
  guint n_threads;
  guint n_rounds;
  TestRace race;
  Shared shared;
} Contest;

static void
prepare (Contest *contest,
         guint    round)
{
  Shared *shared = &contest->shared;
  guint8 *data;

  shared->pooled = bp_pool_acquire_uninit (shared->pool, LENGTH, NULL);
  shared->n_released = 0;
  shared->n_stolen = 0;
  data = bp_pooled_get_data (shared->pooled, NULL);
  for (guint i = 0; i < LENGTH; i++)
    data[i] = (guint8) i;

  for (guint i = 0; i < contest->n_threads; i++)
    {
      if (contest->operations[i]->takes_bytes)
        shared->bytes = bp_pooled_get_bytes (shared->pooled, NULL);
      else
        bp_pooled_ref (shared->pooled);
    }

  shared->has_spectator = round % 2 == 0;
  if (!shared->has_spectator)
    bp_pooled_unref (shared->pooled);
}

static void
finish (Contest *contest,
        guint    round)
{
  Shared *shared = &contest->shared;
  guint n_ends = shared->n_released + shared->n_stolen;

  g_assert_cmpuint (n_ends, <=, 1);

  /* A released buffer does not wait for the last reference. */
  if (shared->has_spectator)
    {
      g_assert_cmpuint (get_stat (shared->pool, outstanding), ==, 1 - n_ends);
      g_assert_cmpint (bp_pooled_is_released (shared->pooled), ==, n_ends == 1);
      if (n_ends == 1)
        g_assert_null (bp_pooled_get_data (shared->pooled, NULL));
      else
        assert_intact (bp_pooled_get_data (shared->pooled, NULL),
                       bp_pooled_get_length (shared->pooled));
      bp_pooled_unref (shared->pooled);
    }

  g_assert_cmpuint (get_stat (shared->pool, outstanding), ==, 0);
  if (round % 64 == 0)
    assert_valid (shared->pool);
}

static void
run_contest (guint    index,
             gpointer data)
{
  Contest *contest = data;

  for (guint round = 0; round < contest->n_rounds; round++)
    {
      if (index == 0)
        prepare (contest, round);
      test_race_meet (&contest->race, contest->n_threads);
      contest->operations[index]->run (&contest->shared);
      test_race_meet (&contest->race, contest->n_threads);
      if (index == 0)
        finish (contest, round);
    }
}

static void
hold_contest (Contest *contest,
              guint    n_rounds)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 16, 1000);

  contest->shared.pool = pool;
  contest->n_rounds = test_scale (n_rounds);
  test_run_threads (contest->n_threads, run_contest, contest);
  assert_valid (pool);
}

static void
test_races_pair (gconstpointer data)
{
  const Operation *first = data;

  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      Contest contest = { .operations = { first, &operations[i] }, .n_threads = 2 };

      /* There is one set of bytes made before. */
      if (first->takes_bytes && operations[i].takes_bytes)
        continue;
      hold_contest (&contest, 800);
    }
}

/* With a release at the same time: the buffer leaves with the last share of the others. */
static void
test_races_beside_release (gconstpointer data)
{
  const Operation *first = data;

  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      Contest contest = {
        .operations = { first, &operations[i], &operations[2] },
        .n_threads = 3,
      };

      if (first->takes_bytes && operations[i].takes_bytes)
        continue;
      hold_contest (&contest, 200);
    }
}

/* The first to fail in the process, all at once, and with no lock on their way. */
static void
run_fail (guint    index,
          gpointer data)
{
  Contest *contest = data;
  g_autoptr (BpPooled) pooled = bp_pool_acquire (contest->shared.pool);
  g_autoptr (GError) error = NULL;

  test_race_meet (&contest->race, contest->n_threads);
  g_assert_false (bp_pooled_set_length (pooled, 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
}

static void
test_races_first_errors (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 16, 0);
  Contest contest = { .n_threads = MAX_THREADS, .shared = { .pool = pool } };
  /* The first one of all is GLib's affair, where ThreadSanitizer cannot follow. */
  g_autoptr (GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "");

  g_assert_nonnull (other);
  test_run_threads (MAX_THREADS, run_fail, &contest);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/races/first-errors", test_races_first_errors);

  g_assert_cmpstr (operations[2].name, ==, "release");
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *pair = g_strconcat ("/threads/races/pair/", operations[i].name, NULL);
      g_autofree char *beside = g_strconcat ("/threads/races/beside-release/",
                                             operations[i].name, NULL);

      g_test_add_data_func (pair, &operations[i], test_races_pair);
      g_test_add_data_func (beside, &operations[i], test_races_beside_release);
    }

  return g_test_run ();
}
