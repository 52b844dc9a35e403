/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-team.h"

#include "bp-debug-private.h"
#include "test-sync.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/valgrind.h>
#else
# define RUNNING_ON_VALGRIND 0
#endif

/* Threads of tests do little, and there can be a thousand of them. */
#define STACK_SIZE (256 * 1024)

#define SLOWDOWN_TSAN 8
#define SLOWDOWN_ASAN 2
#define SLOWDOWN_COVERAGE 8
#define SLOWDOWN_VALGRIND 40
#define SPEEDUP_SLOW 20

#define DEFAULT_MINUTES 4

#define SPINS_BEFORE_YIELD 500

struct _TestThread
{
  pthread_t thread;
  TestThreadFunc func;
  guint index;
  gpointer data;
  TestBarrier *start;
};

static gpointer
run (gpointer data)
{
  TestThread *self = data;

  if (self->start != NULL)
    test_barrier_wait (self->start);
  self->func (self->index, self->data);

  return NULL;
}

static void
start (TestThread *self)
{
  pthread_attr_t attr;
  int result;

  pthread_attr_init (&attr);
  pthread_attr_setstacksize (&attr, STACK_SIZE);
  result = pthread_create (&self->thread, &attr, run, self);
  pthread_attr_destroy (&attr);
  g_assert_cmpint (result, ==, 0);
}

void
test_run_threads (guint          n_threads,
                  TestThreadFunc func,
                  gpointer       data)
{
  g_autofree TestThread *threads = g_new0 (TestThread, n_threads);
  TestBarrier barrier;

  test_barrier_init (&barrier, n_threads);
  for (guint i = 0; i < n_threads; i++)
    {
      threads[i].func = func;
      threads[i].index = i;
      threads[i].data = data;
      threads[i].start = &barrier;
      start (&threads[i]);
    }
  for (guint i = 0; i < n_threads; i++)
    pthread_join (threads[i].thread, NULL);
  test_barrier_clear (&barrier);
}

void
test_race_meet (TestRace *race,
                guint     n_threads)
{
  guint round = race->round;

  if (atomic_fetch_add (&race->n_waiting, 1) + 1 == n_threads)
    {
      race->n_waiting = 0;
      race->round++;
      return;
    }

  for (guint i = 0; race->round == round; i++)
    {
      if (i < SPINS_BEFORE_YIELD)
        bp_cpu_relax ();
      else
        g_thread_yield ();
    }
}

TestThread *
test_thread_start (TestThreadFunc func,
                   guint          index,
                   gpointer       data)
{
  TestThread *self = g_new0 (TestThread, 1);

  self->func = func;
  self->index = index;
  self->data = data;
  start (self);

  return self;
}

void
test_thread_join (TestThread *self)
{
  pthread_join (self->thread, NULL);
  g_free (self);
}

struct _TestWorker
{
  TestThread *thread;
  /* Where both meet, before and after each call. */
  TestBarrier barrier;
  void (*func) (gpointer data);
  gpointer data;
};

static void
work (guint    index,
      gpointer data)
{
  TestWorker *self = data;

  for (;;)
    {
      test_barrier_wait (&self->barrier);
      if (self->func == NULL)
        return;
      self->func (self->data);
      test_barrier_wait (&self->barrier);
    }
}

TestWorker *
test_worker_new (void)
{
  TestWorker *self = g_new0 (TestWorker, 1);

  test_barrier_init (&self->barrier, 2);
  self->thread = test_thread_start (work, 0, self);

  return self;
}

void
test_worker_free (TestWorker *self)
{
  self->func = NULL;
  test_barrier_wait (&self->barrier);
  test_thread_join (self->thread);
  test_barrier_clear (&self->barrier);
  g_free (self);
}

void
test_worker_call (TestWorker *self,
                  void      (*func) (gpointer data),
                  gpointer    data)
{
  self->func = func;
  self->data = data;
  test_barrier_wait (&self->barrier);
  test_barrier_wait (&self->barrier);
}

guint
test_scale (guint n)
{
#if defined (BP_TSAN)
  n /= SLOWDOWN_TSAN;
#elif defined (BP_ASAN)
  n /= SLOWDOWN_ASAN;
#elif defined (TEST_WITH_COVERAGE)
  n /= SLOWDOWN_COVERAGE;
#endif
  if (RUNNING_ON_VALGRIND)
    n /= SLOWDOWN_VALGRIND;
  if (g_test_slow ())
    n *= SPEEDUP_SLOW;

  return MAX (n, 1);
}

void
test_effort_init (TestEffort *effort,
                  guint       n_rounds,
                  guint       n_tests)
{
  const char *given = g_getenv ("BUFPOOL_TEST_MINUTES");
  double minutes = given != NULL ? g_ascii_strtod (given, NULL) : DEFAULT_MINUTES;

  effort->n_left = test_scale (n_rounds);
  effort->end = 0;
  if (g_test_slow ())
    effort->end = g_get_monotonic_time () + (gint64) (minutes * 60 * G_USEC_PER_SEC / n_tests);
}

gboolean
test_effort_goes_on (TestEffort *effort)
{
  if (effort->end > 0)
    return g_get_monotonic_time () < effort->end;

  return effort->n_left-- > 0;
}
