/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* Eight threads grow and shrink buffers of pools that share a budget: it is never exceeded
 * by a byte, and in the end every byte is back. */

#define N_THREADS 8
#define N_ROUNDS 15000
#define MAX_BYTES 20000
#define MOST_BYTES 6000
#define N_HELD 3

typedef struct
{
  BpBudget *budget;
  BpPool *small;
  BpPool *wide;
  BpPool *items;
  TestCounters counters;
  atomic_uint n_at_work;
  guint n_rounds;
  guint64 seed;
  gboolean waits;
} Shared;

static void
check (Shared *shared)
{
  g_assert_cmpuint (bp_budget_get_used_bytes (shared->budget), <=, MAX_BYTES);
}

static void
shared_init (Shared   *shared,
             gboolean  waits)
{
  BpItemFuncs funcs = test_item_funcs;

  *shared = (Shared) {
    .budget = bp_budget_new (MAX_BYTES),
    .n_rounds = test_scale (N_ROUNDS),
    .seed = test_get_seed (),
    .waits = waits,
  };
  test_counters_reset (&shared->counters);
  funcs.user_data = &shared->counters;
  funcs.destroy = NULL;
  shared->small = g_object_new (BP_TYPE_POOL, "budget", shared->budget, "trim-capacity",
                                (guint64) MOST_BYTES / 8, NULL);
  shared->wide = g_object_new (BP_TYPE_POOL, "budget", shared->budget,
                               "element-type", BP_ELEMENT_TYPE_F64, "max-buffers", 4, NULL);
  shared->items = g_object_new (BP_TYPE_POOL, "budget", shared->budget, "item-funcs", &funcs, NULL);
}

/* Their pools gone, all of it is back. */
static void
shared_clear (Shared *shared)
{
  check (shared);
  assert_valid (shared->small);
  assert_valid (shared->wide);
  assert_valid (shared->items);
  g_object_unref (shared->small);
  g_object_unref (shared->wide);
  g_object_unref (shared->items);
  g_assert_cmpuint (bp_budget_get_used_bytes (shared->budget), ==, 0);
  g_assert_cmpuint (bp_budget_get_peak_bytes (shared->budget), <=, MAX_BYTES);
  g_assert_cmpuint (bp_budget_get_peak_bytes (shared->budget), >, MAX_BYTES / 2);
  g_assert_cmpuint (test_counters_live (&shared->counters), ==, 0);
  g_object_unref (shared->budget);
}

static BpPooled *
acquire (Shared     *shared,
         TestRandom *random)
{
  guint kind = test_random_below (random, 5);
  BpPool *pool = kind == 0 ? shared->items : kind == 1 ? shared->wide : shared->small;
  gsize n_elements = kind == 0 ? 0 : test_random_below (random, MOST_BYTES) / (kind == 1 ? 8 : 1);
  gint64 timeout_us = shared->waits && test_random_below (random, 4) == 0 ? 100 : 0;

  return bp_pool_acquire_full (pool, n_elements, BP_ACQUIRE_UNINIT, NULL, timeout_us, NULL, NULL);
}

/* What fails leaves everything as it was. */
static void
change (BpPooled   *pooled,
        TestRandom *random)
{
  gsize length = bp_pooled_get_length (pooled), capacity = bp_pooled_get_capacity (pooled);
  gsize n_elements = test_random_below (random, MOST_BYTES) / 8;

  if (bp_pooled_get_element_size (pooled) == 0)
    return;
  if (bp_pooled_try_resize (pooled, n_elements, NULL))
    {
      g_assert_cmpuint (bp_pooled_get_length (pooled), ==, n_elements);
      return;
    }
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, length);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, capacity);
}

static void
give_up (BpPooled   *pooled,
         TestRandom *random)
{
  if (test_random_below (random, 10) == 0 && bp_pooled_get_element_size (pooled) > 0)
    g_free (bp_pooled_steal_data (pooled, NULL, NULL, NULL));
  else if (test_random_below (random, 2) == 0)
    bp_pooled_release (pooled);
  bp_pooled_unref (pooled);
}

static void
work (guint    index,
      gpointer data)
{
  Shared *shared = data;
  BpPooled *held[N_HELD] = { NULL, };
  TestRandom random;

  test_random_init (&random, shared->seed + index);
  for (guint i = 0; i < shared->n_rounds; i++)
    {
      BpPooled **place = &held[test_random_below (&random, N_HELD)];

      if (*place == NULL)
        *place = acquire (shared, &random);
      else if (test_random_below (&random, 3) > 0)
        change (*place, &random);
      else
        give_up (g_steal_pointer (place), &random);
      check (shared);

      switch (test_random_below (&random, 100))
        {
        case 0:
          bp_pool_drop_idle (shared->small, 1);
          break;

        case 1:
          if (!bp_pool_prefill (shared->small, 2, 500, NULL))
            bp_pool_drop_idle (shared->small, 0);
          break;

        case 2:
          bp_pool_recycle_data (shared->small, g_malloc (300), 300);
          break;

        default:
          break;
        }
      check (shared);
    }
  for (guint i = 0; i < N_HELD; i++)
    {
      if (held[i] != NULL)
        bp_pooled_unref (held[i]);
    }
}

static void
test_never_over (gconstpointer waits)
{
  Shared shared;

  shared_init (&shared, GPOINTER_TO_INT (waits));
  test_run_threads (N_THREADS, work, &shared);
  shared_clear (&shared);
}

/* Frames of one size that all but fill it, from two pools: whoever comes waits as long as it
 * takes, and gets it. */
static void
take_turns (guint    index,
            gpointer data)
{
  Shared *shared = data;

  for (guint i = 0; i < shared->n_rounds; i++)
    {
      gboolean is_wide = (index + i / 16) % 2 == 0;
      g_autoptr (GError) error = NULL;
      BpPooled *pooled;

      pooled = bp_pool_acquire_full (is_wide ? shared->wide : shared->small,
                                     MAX_BYTES / 2 / (is_wide ? 8 : 1), BP_ACQUIRE_UNINIT, NULL,
                                     -1, NULL, &error);
      g_assert_no_error (error);
      *(guint8 *) bp_pooled_get_data (pooled, NULL) = 1;
      check (shared);
      bp_pooled_unref (pooled);
    }
}

static void
test_all_get_it (void)
{
  Shared shared;

  shared_init (&shared, TRUE);
  bp_pool_set_trim_capacity (shared.small, 0);
  test_run_threads (N_THREADS, take_turns, &shared);
  shared_clear (&shared);
}

/* A pool's threads go to sleep with all of the memory in their caches, and one that waits
 * for another pool gets it. */
typedef struct
{
  Shared *shared;
  BpPooled *got;
} Sleepers;

static void
wait_for_all (guint    index G_GNUC_UNUSED,
              gpointer data)
{
  Sleepers *sleepers = data;
  g_autoptr (GError) error = NULL;

  sleepers->got = bp_pool_acquire_full (sleepers->shared->wide, MAX_BYTES / 8, BP_ACQUIRE_UNINIT,
                                        NULL, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
fill_cache (gpointer data)
{
  Shared *shared = data;
  BpPooled *held[10];

  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    held[i] = bp_pool_acquire_uninit (shared->small, 500, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    bp_pooled_unref (held[i]);
}

static void
test_in_others_caches (void)
{
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  Shared shared;
  Sleepers sleepers = { .shared = &shared };

  shared_init (&shared, TRUE);
  test_worker_call (first, fill_cache, &shared);
  test_worker_call (second, fill_cache, &shared);
  g_assert_cmpuint (get_stat (shared.small, idle), >, 0);

  wait_for_all (0, &sleepers);
  g_assert_cmpuint (bp_budget_get_used_bytes (shared.budget), ==, MAX_BYTES);
  g_assert_cmpuint (get_stat (shared.small, idle), ==, 0);
  bp_pooled_unref (sleepers.got);
  shared_clear (&shared);
}

/* The last buffer comes back into the cache of a thread that works for another pool, and
 * while somebody waits already. */
typedef struct
{
  Shared *shared;
  BpPooled *pooled;
} Returned;

static void
take_one (gpointer data)
{
  Returned *returned = data;

  returned->pooled = bp_pool_acquire_uninit (returned->shared->small, MAX_BYTES - 8, NULL);
  g_assert_nonnull (returned->pooled);
}

static void
give_one (gpointer data)
{
  Returned *returned = data;

  bp_pooled_unref (returned->pooled);
}

static void
test_returned_to_another_pool (void)
{
  for (guint i = 0; i < test_scale (300); i++)
    {
      g_autoptr (TestWorker) worker = test_worker_new ();
      Shared shared;
      Sleepers sleepers = { .shared = &shared };
      Returned returned = { .shared = &shared };
      TestThread *waiter;

      shared_init (&shared, TRUE);
      bp_pool_set_trim_capacity (shared.small, 0);
      test_worker_call (worker, take_one, &returned);
      waiter = test_thread_start (wait_for_all, 0, &sleepers);
      test_worker_call (worker, give_one, &returned);
      test_thread_join (waiter);
      bp_pooled_unref (sleepers.got);
      shared_clear (&shared);
    }
}

/* The pool of some who wait ends; those of the other pool go on. */
static void
wait_or_end (guint    index,
             gpointer data)
{
  Shared *shared = data;
  g_autoptr (GError) error = NULL;
  BpPooled *pooled;

  if (index == 0)
    {
      g_object_run_dispose (G_OBJECT (shared->small));
      return;
    }

  pooled = bp_pool_acquire_full (index % 2 == 0 ? shared->wide : shared->small, MAX_BYTES / 16,
                                 BP_ACQUIRE_UNINIT, NULL, index % 2 == 0 ? 1000 : -1, NULL, &error);
  if (pooled != NULL)
    bp_pooled_unref (pooled);
  else if (index % 2 == 0)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  else
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CLOSED);
}

static void
test_disposed (void)
{
  for (guint i = 0; i < test_scale (100); i++)
    {
      Shared shared;
      BpPooled *pooled;

      shared_init (&shared, TRUE);
      pooled = bp_pool_acquire_uninit (shared.small, MAX_BYTES, NULL);
      g_assert_nonnull (pooled);
      test_run_threads (5, wait_or_end, &shared);
      bp_pooled_unref (pooled);
      shared_clear (&shared);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  g_test_add_data_func ("/threads/budget/never-over", GINT_TO_POINTER (FALSE), test_never_over);
  g_test_add_data_func ("/threads/budget/never-over-with-waits", GINT_TO_POINTER (TRUE),
                        test_never_over);
  g_test_add_func ("/threads/budget/all-get-it", test_all_get_it);
  g_test_add_func ("/threads/budget/in-others-caches", test_in_others_caches);
  g_test_add_func ("/threads/budget/returned-to-another-pool", test_returned_to_another_pool);
  g_test_add_func ("/threads/budget/disposed", test_disposed);

  return g_test_run ();
}
