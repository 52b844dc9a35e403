/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-calls.h"
#include "test-child.h"
#include "test-clock.h"
#include "test-items.h"
#include "test-signs.h"
#include "test-team.h"
#include "test-utils.h"

#include "bp-pool-private.h"

/* idle-timeout and threads: what those that sleep or have ended have left is freed, no
 * return is missed, and it can be set and unset while all of that goes on. The clock is
 * the test's, see idle-timeout.c. */

#define TIMEOUT 100
#define N_THREADS 4
#define N_SLEEPERS 100
#define N_HELD 40

typedef struct
{
  GMainContext *context;
  TestCounters counters;
  BpPool *pool;
} Fixture;

static guint n_messages;

static void
setup (Fixture       *fixture,
       gconstpointer  data)
{
  test_counters_reset (&fixture->counters);
  fixture->context = g_main_context_new ();
  fixture->pool = test_item_pool_new (&fixture->counters, 2, 2 * N_SLEEPERS * TEST_N_IN_CACHE, 0);
  g_main_context_push_thread_default (fixture->context);
}

static void
teardown (Fixture       *fixture,
          gconstpointer  data)
{
  g_main_context_pop_thread_default (fixture->context);
  g_clear_object (&fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
  g_assert_cmpint (test_context_get_timeout (fixture->context), ==, -1);
  g_main_context_unref (fixture->context);
}

/* The time passes, until the alarm is not set any more. */
static void
ring_out (GMainContext *context)
{
  do
    test_clock_advance (TIMEOUT);
  while (g_main_context_iteration (context, FALSE));
  g_assert_cmpint (test_context_get_timeout (context), ==, -1);
}

static void
assert_asleep (Fixture *fixture)
{
  ring_out (fixture->context);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  assert_valid (fixture->pool);
}

static void
use_once (gpointer pool)
{
  bp_pooled_unref (bp_pool_acquire (pool));
}

/* More than are revoked with one barrier; and each of them wakes the alarm again. */
static void
test_sleeping (Fixture       *fixture,
               gconstpointer  data)
{
  TestWorker *workers[N_SLEEPERS];

  for (guint i = 0; i < N_SLEEPERS; i++)
    {
      workers[i] = test_worker_new ();
      test_worker_call (workers[i], test_fill_cache, fixture->pool);
    }
  g_assert_cmpuint (get_stat (fixture->pool, idle), >=, N_SLEEPERS);
  bp_pool_set_idle_timeout (fixture->pool, TIMEOUT);
  assert_asleep (fixture);

  for (guint i = 0; i < N_SLEEPERS; i += 10)
    {
      test_worker_call (workers[i], use_once, fixture->pool);
      g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 1);
      g_assert_cmpint (test_context_get_timeout (fixture->context), ==, 0);
      assert_asleep (fixture);
    }
  for (guint i = 0; i < N_SLEEPERS; i++)
    test_worker_free (workers[i]);
  assert_asleep (fixture);
}

/* So do those that have ended since, and whose slots are others' now. */
static void
test_ended (Fixture       *fixture,
            gconstpointer  data)
{
  bp_pool_set_idle_timeout (fixture->pool, TIMEOUT);
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_autoptr (TestWorker) worker = test_worker_new ();
      g_autoptr (TestWorker) other = test_worker_new ();

      test_worker_call (worker, test_fill_cache, fixture->pool);
      g_clear_pointer (&worker, test_worker_free);
      g_assert_cmpuint (get_stat (fixture->pool, idle), >, 0);
      worker = test_worker_new ();
      test_worker_call (other, use_once, fixture->pool);
      assert_asleep (fixture);
    }
}

typedef struct
{
  BpPool *pool;
  GMainContext *context;
} Owner;

static void
set_in_own_context (gpointer data)
{
  Owner *owner = data;

  g_main_context_push_thread_default (owner->context);
  bp_pool_set_idle_timeout (owner->pool, TIMEOUT);
  g_main_context_pop_thread_default (owner->context);
}

/* The context is the one that was the default of the thread that set it. */
static void
test_set_by_another (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (TestWorker) worker = test_worker_new ();
  Owner owner = { fixture->pool, g_main_context_new () };

  test_fill_cache (fixture->pool);
  test_worker_call (worker, set_in_own_context, &owner);
  g_assert_false (g_main_context_iteration (fixture->context, FALSE));
  ring_out (owner.context);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);

  test_worker_call (worker, use_once, fixture->pool);
  ring_out (owner.context);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  g_main_context_unref (owner.context);
}

/* Threads of a crowd, and the main thread, which runs the context until they are done. */
typedef struct
{
  Fixture *fixture;
  guint64 seed;
  guint n_times;
  atomic_uint n_done;
  void (*work) (BpPool     *pool,
                TestRandom *random);
} Crowd;

static void
work_in_crowd (guint    index,
               gpointer data)
{
  Crowd *crowd = data;
  TestRandom random;

  test_random_init (&random, crowd->seed + index);
  for (guint i = 0; i < crowd->n_times; i++)
    crowd->work (crowd->fixture->pool, &random);
  atomic_fetch_add (&crowd->n_done, 1);
  g_main_context_wakeup (crowd->fixture->context);
}

static void
run_crowd (Crowd *crowd)
{
  TestThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = test_thread_start (work_in_crowd, i, crowd);
  while (atomic_load (&crowd->n_done) < N_THREADS)
    g_main_context_iteration (crowd->fixture->context, TRUE);
  for (guint i = 0; i < N_THREADS; i++)
    test_thread_join (threads[i]);
}

/* Few, so that often nothing is idle, and the alarm is about to fall asleep. */
static void
take_some (BpPool     *pool,
           TestRandom *random)
{
  BpPooled *held[N_HELD];
  guint n_held = 1 + test_random_below (random, test_random_below (random, 50) == 0 ? N_HELD : 2);

  test_acquire_many (pool, held, n_held);
  if (test_random_below (random, 200) == 0)
    bp_pool_drop_idle (pool, 0);
  test_unref_many (held, n_held);
  if (test_random_below (random, 20) == 0)
    bp_pool_prefill (pool, 1, 1, NULL);
}

/* The context never sleeps while something is idle: a return that was missed would be
 * found here. */
static void
test_none_missed (Fixture       *fixture,
                  gconstpointer  data)
{
  guint n_rounds = test_scale (200);
  guint64 seed = test_get_seed ();

  bp_pool_set_idle_timeout (fixture->pool, TIMEOUT);
  for (guint i = 0; i < n_rounds; i++)
    {
      Crowd crowd = { fixture, seed + i * N_THREADS, 500, 0, take_some };

      bp_pool_set_thread_cache (fixture->pool, (int) (i % 3) - 1);
      run_crowd (&crowd);
      assert_asleep (fixture);
    }
}

/* One buffer that comes back, and an alarm that falls asleep, within nanoseconds of each
 * other, by the fast path and the slow one. */
typedef struct
{
  BpPool *pool;
  TestRace race;
  TestRandom random;
  guint n_rounds;
} Duel;

static void
dawdle (TestRandom *random)
{
  for (volatile guint i = test_random_below (random, 5000); i > 0; i--)
    ;
}

static void
come_back (guint    index,
           gpointer data)
{
  Duel *duel = data;

  for (guint i = 0; i < duel->n_rounds; i++)
    {
      BpPooled *pooled = bp_pool_acquire (duel->pool);

      test_race_meet (&duel->race, 2);
      dawdle (&duel->random);
      bp_pooled_unref (pooled);
      test_race_meet (&duel->race, 2);
      test_race_meet (&duel->race, 2);
    }
}

static void
test_duel (Fixture       *fixture,
           gconstpointer  thread_cache)
{
  Duel duel = { .pool = fixture->pool, .n_rounds = test_scale (5000) };
  guint64 seed = test_get_seed ();
  TestRandom random;
  TestThread *thread;

  test_random_init (&duel.random, seed);
  test_random_init (&random, seed + 1);
  bp_pool_set_thread_cache (fixture->pool, GPOINTER_TO_INT (thread_cache));
  bp_pool_set_idle_timeout (fixture->pool, TIMEOUT);
  thread = test_thread_start (come_back, 0, &duel);
  for (guint i = 0; i < duel.n_rounds; i++)
    {
      test_race_meet (&duel.race, 2);
      dawdle (&random);
      g_main_context_iteration (fixture->context, FALSE);
      test_race_meet (&duel.race, 2);
      g_assert_cmpint (test_context_get_timeout (fixture->context), ==, 0);
      test_race_meet (&duel.race, 2);
    }
  test_thread_join (thread);
  assert_asleep (fixture);
}

/* With everything that can be set, in contexts of their own. */
static void
set_some (BpPool     *pool,
          TestRandom *random)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  gboolean has_own = test_random_below (random, 2) == 0;

  if (has_own)
    g_main_context_push_thread_default (own);
  bp_pool_set_idle_timeout (pool, test_random_below (random, 3) * TIMEOUT);
  take_some (pool, random);
  if (!has_own)
    return;
  g_main_context_iteration (own, FALSE);
  g_main_context_pop_thread_default (own);
}

static gboolean
skip_setting (void)
{
#ifdef BP_TSAN
  g_test_skip ("ThreadSanitizer does not see the locks of GLib's contexts, which all change");
  return TRUE;
#else
  return FALSE;
#endif
}

static void
test_set_by_all (Fixture       *fixture,
                 gconstpointer  data)
{
  Crowd crowd = { fixture, test_get_seed (), test_scale (2000), 0, set_some };

  if (skip_setting ())
    return;

  run_crowd (&crowd);
  assert_valid (fixture->pool);
  bp_pool_set_idle_timeout (fixture->pool, 0);
  bp_pool_set_idle_timeout (fixture->pool, TIMEOUT);
  assert_asleep (fixture);
}

/* As if another thread disposed it. */
static void
set_or_dispose (BpPool     *pool,
                TestRandom *random)
{
  set_some (pool, random);
  if (test_random_below (random, 100) == 0)
    g_object_run_dispose (G_OBJECT (pool));
}

static void
test_disposed (Fixture       *fixture,
               gconstpointer  data)
{
  guint n_rounds = test_scale (50);
  guint64 seed = test_get_seed ();

  if (skip_setting ())
    return;

  for (guint i = 0; i < n_rounds; i++)
    {
      Crowd crowd = { fixture, seed + i * N_THREADS, 200, 0, set_or_dispose };

      run_crowd (&crowd);
      g_clear_object (&fixture->pool);
      g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
      g_assert_cmpint (test_context_get_timeout (fixture->context), ==, -1);
      fixture->counters.n_destroyed = 0;
      fixture->pool = test_item_pool_new (&fixture->counters, 2, 64, 0);
    }
}

/* Where the kernel's barrier fails, what a living thread has stays. That does not keep the
 * alarm awake; the thread's next call wakes it, and so does its end. */
static void
test_no_barrier (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (TestWorker) worker = test_worker_new ();
  g_autoptr (TestWorker) other = test_worker_new ();
  guint64 n_idle;

  if (!test_calls_has_barriers ())
    {
      g_test_skip ("this form of the fence has no barrier that could fail");
      return;
    }

  test_worker_call (worker, test_fill_cache, fixture->pool);
  n_idle = get_stat (fixture->pool, idle);
  test_worker_call (other, test_fill_cache, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), >, n_idle);
  n_idle = get_stat (fixture->pool, idle);
  test_fill_cache (fixture->pool);
  bp_pool_set_idle_timeout (fixture->pool, TIMEOUT);
  test_calls_forbid_barriers (TRUE);

  ring_out (fixture->context);
  g_assert_cmpuint (get_stat (fixture->pool, idle), <=, n_idle);
  g_assert_cmpuint (get_stat (fixture->pool, idle), >, 1);
  n_idle = get_stat (fixture->pool, idle);

  test_worker_call (worker, use_once, fixture->pool);
  g_assert_cmpint (test_context_get_timeout (fixture->context), ==, 0);
  ring_out (fixture->context);
  g_assert_cmpuint (get_stat (fixture->pool, idle), <=, n_idle);
  n_idle = get_stat (fixture->pool, idle);

  g_clear_pointer (&other, test_worker_free);
  g_assert_cmpint (test_context_get_timeout (fixture->context), ==, 0);
  ring_out (fixture->context);
  g_assert_cmpuint (get_stat (fixture->pool, idle), <=, n_idle - TEST_N_IN_CACHE);
  g_clear_pointer (&worker, test_worker_free);
  ring_out (fixture->context);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  g_assert_cmpuint (n_messages, ==, 1);

  test_calls_forbid_barriers (FALSE);
  bp_pool_drop_idle (fixture->pool, 0);
  assert_asleep (fixture);
}

static void
count_message (const char     *domain,
               GLogLevelFlags  level,
               const char     *message,
               gpointer        data)
{
  g_assert_nonnull (strstr (message, "membarrier"));
  n_messages++;
}

/* The child has no alarm until its context is run there. It does not touch the context
 * before, since other threads of the parent may have been using it. */
static void
use_in_child (gpointer data)
{
  Fixture *fixture = data;

  g_assert_null (fixture->pool->core->alarm);
  test_fill_cache (fixture->pool);
  bp_pool_prefill (fixture->pool, 3, 1, NULL);
  g_assert_null (fixture->pool->core->alarm);
  assert_valid (fixture->pool);

  /* Returns look, as where no main loop runs. */
  test_clock_advance (2 * TIMEOUT);
  bp_pool_set_thread_cache (fixture->pool, 0);
  use_once (fixture->pool);
  test_clock_advance (2 * TIMEOUT);
  use_once (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 1);

  assert_asleep (fixture);
  g_assert_nonnull (fixture->pool->core->alarm);
  use_once (fixture->pool);
  g_assert_cmpint (test_context_get_timeout (fixture->context), ==, 0);
  assert_asleep (fixture);
  g_clear_object (&fixture->pool);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
}

/* It can be set there, too. */
static void
set_in_child (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GMainContext) own = g_main_context_new ();

  g_main_context_push_thread_default (own);
  bp_pool_set_idle_timeout (fixture->pool, TIMEOUT);
  test_fill_cache (fixture->pool);
  ring_out (own);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  assert_valid (fixture->pool);
}

static void
test_fork (Fixture       *fixture,
           gconstpointer  data)
{
  bp_pool_set_idle_timeout (fixture->pool, TIMEOUT);
  test_fill_cache (fixture->pool);
  test_run_child (use_in_child, fixture);
  assert_asleep (fixture);

  /* A fork wakes it. */
  test_run_child (use_in_child, fixture);
  g_assert_cmpint (test_context_get_timeout (fixture->context), ==, 0);
  assert_asleep (fixture);
  test_run_child (set_in_child, fixture);
  assert_asleep (fixture);
}

static void
add (const char     *name,
     gconstpointer   data,
     void          (*func) (Fixture       *fixture,
                            gconstpointer  data))
{
  g_autofree char *path = g_strdup_printf ("/threads-idle-timeout/%s", name);

  g_test_add (path, Fixture, data, setup, func, teardown);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_log_set_handler ("Bufpool", G_LOG_LEVEL_WARNING, count_message, NULL);
  test_warm_up ();

  add ("sleeping", NULL, test_sleeping);
  add ("ended", NULL, test_ended);
  add ("set-by-another", NULL, test_set_by_another);
  add ("none-missed", NULL, test_none_missed);
  add ("duel/cached", GINT_TO_POINTER (-1), test_duel);
  add ("duel/strict", GINT_TO_POINTER (0), test_duel);
  add ("set-by-all", NULL, test_set_by_all);
  add ("disposed", NULL, test_disposed);
  add ("fork", NULL, test_fork);
  add ("no-barrier", NULL, test_no_barrier);

  return g_test_run ();
}
