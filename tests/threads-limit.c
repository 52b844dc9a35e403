/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-team.h"
#include "test-utils.h"

/* More threads than buffers: nobody sleeps for ever, never more buffers are out than the
 * limit says, and in the end nothing is left of those who waited. A wake-up that is lost
 * ends the test by its time-out. */

#define N_THREADS 8
#define N_ROUNDS 40000
#define N_BYTES 512
/* Of those that may fail: microseconds. */
#define SHORT 50

typedef struct
{
  BpPool *pool;
  guint limit;
  atomic_uint n_out;
  atomic_uint n_got;
  atomic_uint n_failed;
  atomic_uint n_at_work;
  guint n_rounds;
  guint64 seed;
} Shared;

/* Counted before it goes back, so that the number here is never too low. */
static void
hold (Shared   *shared,
      BpPooled *pooled)
{
  guint n_out = atomic_fetch_add (&shared->n_out, 1) + 1;

  if (shared->limit > 0)
    g_assert_cmpuint (n_out, <=, shared->limit);
  shared->n_got++;
  *(guint8 *) bp_pooled_get_data (pooled, NULL) = (guint8) n_out;
}

static void
give_back (Shared   *shared,
           BpPooled *pooled,
           guint     how)
{
  atomic_fetch_sub (&shared->n_out, 1);
  switch (how % 4)
    {
    case 0:
      bp_pooled_release (pooled);
      bp_pooled_unref (pooled);
      break;

    case 1:
      g_bytes_unref (bp_pooled_unref_to_bytes (pooled, NULL));
      break;

    case 2:
      g_free (bp_pooled_steal_data (pooled, NULL, NULL, NULL));
      bp_pooled_unref (pooled);
      break;

    default:
      bp_pooled_unref (pooled);
      break;
    }
}

static void
shared_init (Shared *shared,
             guint   limit,
             guint   n_rounds)
{
  *shared = (Shared) { .limit = limit, .n_rounds = n_rounds, .seed = test_get_seed () };
  shared->pool = g_object_new (BP_TYPE_POOL, "max-outstanding", limit, NULL);
}

static void
shared_clear (Shared *shared)
{
  g_assert_cmpuint (shared->n_out, ==, 0);
  g_assert_cmpuint (get_stat (shared->pool, outstanding), ==, 0);
  assert_valid (shared->pool);
  g_object_unref (shared->pool);
}

static BpPooled *
wait_for_one (Shared       *shared,
              GCancellable *cancellable,
              gint64        timeout_us)
{
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = bp_pool_acquire_full (shared->pool, N_BYTES, BP_ACQUIRE_UNINIT, NULL,
                                           timeout_us, cancellable, &error);

  if (pooled == NULL)
    {
      shared->n_failed++;
      g_assert_true (timeout_us >= 0 || cancellable != NULL ||
                     g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING));
    }

  return pooled;
}

static void
take_turns (guint    index,
            gpointer data)
{
  Shared *shared = data;

  for (guint i = 0; i < shared->n_rounds; i++)
    {
      BpPooled *pooled = wait_for_one (shared, NULL, -1);

      hold (shared, pooled);
      give_back (shared, pooled, index + i);
    }
}

static void
test_more_threads_than_buffers (gconstpointer limit)
{
  Shared shared;

  shared_init (&shared, GPOINTER_TO_UINT (limit), test_scale (N_ROUNDS));
  test_run_threads (N_THREADS, take_turns, &shared);
  g_assert_cmpuint (shared.n_got, ==, N_THREADS * shared.n_rounds);
  g_assert_cmpuint (shared.n_failed, ==, 0);
  shared_clear (&shared);
}

/* One that has none to give asks for as many as it gets, and lets the others wait. */
static void
mix (guint    index,
     gpointer data)
{
  Shared *shared = data;
  TestRandom random;

  test_random_init (&random, shared->seed + index);
  for (guint i = 0; i < shared->n_rounds; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      BpPooled *pooled = NULL;

      switch (test_random_below (&random, 5))
        {
        case 0:
          pooled = bp_pool_acquire_uninit (shared->pool, N_BYTES, NULL);
          break;

        case 1:
          pooled = wait_for_one (shared, NULL, test_random_below (&random, SHORT));
          break;

        case 2:
          g_cancellable_cancel (cancellable);
          g_assert_null (wait_for_one (shared, cancellable, -1));
          break;

        default:
          pooled = wait_for_one (shared, NULL, -1);
          break;
        }
      if (pooled == NULL)
        continue;
      hold (shared, pooled);
      give_back (shared, pooled, (guint) test_random_next (&random));
    }
}

static void
test_some_leave (void)
{
  Shared shared;

  shared_init (&shared, 2, test_scale (N_ROUNDS));
  test_run_threads (N_THREADS, mix, &shared);
  shared_clear (&shared);
}

/* Cancelled by others, at any moment. */
typedef struct
{
  Shared shared;
  GCancellable *cancellables[N_THREADS];
} Cancelled;

static void
wait_or_cancel (guint    index,
                gpointer data)
{
  Cancelled *cancelled = data;
  Shared *shared = &cancelled->shared;

  if (index == 0)
    {
      for (guint i = 0; atomic_load (&shared->n_at_work) > 0; i++)
        g_cancellable_cancel (cancelled->cancellables[1 + i % (N_THREADS - 1)]);
      return;
    }

  for (guint i = 0; i < shared->n_rounds; i++)
    {
      GCancellable *cancellable = cancelled->cancellables[index];
      BpPooled *pooled = wait_for_one (shared, cancellable, -1);

      if (pooled != NULL)
        {
          hold (shared, pooled);
          give_back (shared, pooled, i);
        }
      else
        {
          g_cancellable_reset (cancellable);
        }
    }
  atomic_fetch_sub (&shared->n_at_work, 1);
}

static void
test_cancelled (void)
{
  Cancelled cancelled;

  shared_init (&cancelled.shared, 2, test_scale (N_ROUNDS));
  cancelled.shared.n_at_work = N_THREADS - 1;
  for (guint i = 0; i < N_THREADS; i++)
    cancelled.cancellables[i] = g_cancellable_new ();
  test_run_threads (N_THREADS, wait_or_cancel, &cancelled);
  for (guint i = 0; i < N_THREADS; i++)
    g_object_unref (cancelled.cancellables[i]);
  shared_clear (&cancelled.shared);
}

/* The limit is changed, taken away and set again, and the pool flushed, while all others
 * are at work. */
static void
change (Shared *shared,
        guint   i)
{
  switch (i % 6)
    {
    case 0:
      bp_pool_set_max_outstanding (shared->pool, 1);
      break;

    case 1:
      bp_pool_set_max_outstanding (shared->pool, 0);
      break;

    case 2:
      bp_pool_set_max_outstanding (shared->pool, 3);
      break;

    case 3:
      bp_pool_set_flushing (shared->pool, TRUE);
      bp_pool_set_flushing (shared->pool, FALSE);
      break;

    case 4:
      bp_pool_set_max_idle_bytes (shared->pool, i % 4 * N_BYTES);
      break;

    default:
      bp_pool_drop_idle (shared->pool, 0);
      break;
    }
}

static void
work_or_change (guint    index,
                gpointer data)
{
  Shared *shared = data;

  if (index == 0)
    {
      for (guint i = 0; atomic_load (&shared->n_at_work) > 0; i++)
        change (shared, i);
      return;
    }

  for (guint i = 0; i < shared->n_rounds; i++)
    {
      BpPooled *pooled = wait_for_one (shared, NULL, -1);

      if (pooled != NULL)
        {
          hold (shared, pooled);
          give_back (shared, pooled, index + i);
        }
    }
  atomic_fetch_sub (&shared->n_at_work, 1);
}

static void
test_changed (void)
{
  Shared shared;

  shared_init (&shared, 0, test_scale (N_ROUNDS));
  shared.n_at_work = N_THREADS - 1;
  test_run_threads (N_THREADS, work_or_change, &shared);
  bp_pool_set_max_outstanding (shared.pool, 1);
  take_turns (0, &shared);
  shared_clear (&shared);
}

/* The pool ends under those who wait. */
static void
wait_for_end (guint    index,
              gpointer data)
{
  Shared *shared = data;
  g_autoptr (GError) error = NULL;

  if (index == 0)
    {
      g_object_run_dispose (G_OBJECT (shared->pool));
      return;
    }
  g_assert_null (bp_pool_acquire_wait (shared->pool, N_BYTES, -1, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CLOSED);
}

static void
test_disposed (void)
{
  for (guint i = 0; i < test_scale (200); i++)
    {
      g_autoptr (BpPooled) pooled = NULL;
      Shared shared;

      shared_init (&shared, 1, 0);
      pooled = bp_pool_acquire (shared.pool);
      test_run_threads (3, wait_for_end, &shared);
      g_object_unref (shared.pool);
    }
}

/* Without blocking: each thread has a main context of its own, and as many under way as
 * there are permits. */
typedef struct
{
  Shared *shared;
  guint n_left;
} Loop;

static void
on_acquired (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  Loop *loop = data;
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = bp_pool_acquire_finish (BP_POOL (source), result, &error);

  g_assert_no_error (error);
  hold (loop->shared, pooled);
  give_back (loop->shared, pooled, loop->n_left);
  if (--loop->n_left > 0)
    bp_pool_acquire_async (BP_POOL (source), N_BYTES, NULL, on_acquired, loop);
}

static void
wait_in_loop (guint    index,
              gpointer data)
{
  Shared *shared = data;
  g_autoptr (GMainContext) context = NULL;
  Loop loop = { shared, shared->n_rounds / 4 + 1 };

  if (index % 2 == 0)
    {
      take_turns (index, data);
      return;
    }

  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  bp_pool_acquire_async (shared->pool, N_BYTES, NULL, on_acquired, &loop);
  while (loop.n_left > 0)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
}

static void
test_with_loops (void)
{
  Shared shared;

  shared_init (&shared, 2, test_scale (N_ROUNDS / 2));
  test_run_threads (6, wait_in_loop, &shared);
  shared_clear (&shared);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  g_test_add_data_func ("/threads/limit/one-buffer", GUINT_TO_POINTER (1),
                        test_more_threads_than_buffers);
  g_test_add_data_func ("/threads/limit/three-buffers", GUINT_TO_POINTER (3),
                        test_more_threads_than_buffers);
  g_test_add_func ("/threads/limit/some-leave", test_some_leave);
  g_test_add_func ("/threads/limit/cancelled", test_cancelled);
  g_test_add_func ("/threads/limit/changed", test_changed);
  g_test_add_func ("/threads/limit/disposed", test_disposed);
  g_test_add_func ("/threads/limit/with-loops", test_with_loops);

  return g_test_run ();
}
