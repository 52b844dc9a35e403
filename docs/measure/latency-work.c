/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "latency-work.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bufpool.h>

#include "test-calls.h"

/* A period of 1024 frames of stereo, as floats. */
#define BLOCK_BYTES 8192
#define PAGE_BYTES 4096
#define N_BLOCKS 64
#define N_HELD 8
#define N_USERS 2
#define SMALL_BYTES 512

/* The thread wakes up so often, and takes so many buffers then, one after the other. */
#define PERIOD_NS 1000000
#define OPERATIONS_PER_PERIOD 100
#define PRIORITY 70
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

#define DISTURB_US 500
/* Shorter gaps are the loop itself. */
#define LEAST_GAP_NS 300
#define SPIN_NS (PERIOD_NS / 2)

typedef struct
{
  Subject subject;
  BpPool *pool;       /* NULL for malloc() */
  BpPool *other;      /* a plain pool, of which caches are revoked */
  atomic_bool is_over;
  guint64 n_disturbed;
} Work;

static gboolean
take_priority (void)
{
  struct sched_param param = { .sched_priority = PRIORITY };

  return pthread_setschedparam (pthread_self (), SCHED_FIFO, &param) == 0;
}

static void
give_up_priority (void)
{
  struct sched_param param = { .sched_priority = 0 };

  pthread_setschedparam (pthread_self (), SCHED_OTHER, &param);
}

static gint64
get_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);

  return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void
wait_until (gint64 ns)
{
  struct timespec time = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
    ;
}

static void
touch (gpointer block)
{
  for (gsize i = 0; i < BLOCK_BYTES; i += PAGE_BYTES)
    ((volatile guint8 *) block)[i] = 1;
}

/* The thread that is measured */

static gboolean
use_pool_once (BpPool *pool)
{
  BpPooled *pooled = bp_pool_acquire_uninit (pool, BLOCK_BYTES, NULL);

  if (pooled == NULL)
    return FALSE;
  touch (bp_pooled_get_data (pooled, NULL));
  bp_pooled_unref (pooled);

  return TRUE;
}

static gboolean
use_malloc_once (void)
{
  gpointer block = malloc (BLOCK_BYTES);

  if (block == NULL)
    return FALSE;
  touch (block);
  free (block);

  return TRUE;
}

static gboolean
use_nothing_once (void)
{
  static guint8 block[BLOCK_BYTES];

  touch (block);

  return TRUE;
}

static gboolean
use_once (Work *work)
{
  if (work->pool != NULL)
    return use_pool_once (work->pool);

  return work->subject == SUBJECT_MALLOC ? use_malloc_once () : use_nothing_once ();
}

static void
measure_once (Work          *work,
              LatencyResult *result)
{
  guint64 begin = test_ticks_now ();
  gboolean is_done = use_once (work);
  guint64 end = test_ticks_now ();

  if (is_done)
    test_latency_record (&result->latency, end - begin);
  else
    result->n_none++;
}

static void
count_usage (LatencyResult *result,
             int            sign)
{
  struct rusage usage;

  if (getrusage (RUSAGE_THREAD, &usage) != 0)
    return;
  result->n_faults += sign * (usage.ru_minflt + usage.ru_majflt);
  result->n_preempted += sign * usage.ru_nivcsw;
}

static void
run_periods (Work          *work,
             double         seconds,
             LatencyResult *result)
{
  gint64 due = get_ns ();
  gint64 end = due + (gint64) (seconds * NS_PER_S);

  count_usage (result, -1);
  for (; due < end; due += PERIOD_NS)
    {
      wait_until (due);
      for (guint i = 0; i < OPERATIONS_PER_PERIOD; i++)
        measure_once (work, result);
      /* Periods that the thread could not begin in time are left out, as by a sound
       * card. */
      while (get_ns () > due + 2 * PERIOD_NS)
        due += PERIOD_NS;
    }
  count_usage (result, 1);
}

/* The other threads */

static gpointer
use_subject (gpointer data)
{
  Work *work = data;

  while (!work->is_over)
    {
      gpointer held[N_HELD];

      for (guint i = 0; i < N_HELD; i++)
        {
          held[i] = work->pool != NULL
                    ? (gpointer) bp_pool_acquire_uninit (work->pool, BLOCK_BYTES, NULL)
                    : malloc (BLOCK_BYTES);
          if (held[i] != NULL)
            touch (work->pool != NULL ? bp_pooled_get_data (held[i], NULL) : held[i]);
        }
      for (guint i = 0; i < N_HELD; i++)
        {
          if (work->pool == NULL)
            free (held[i]);
          else if (held[i] != NULL)
            bp_pooled_unref (held[i]);
        }
    }

  return NULL;
}

static gpointer
use_other (gpointer data)
{
  Work *work = data;

  while (!work->is_over)
    {
      BpPooled *held[N_HELD];

      for (guint i = 0; i < N_HELD; i++)
        held[i] = bp_pool_acquire_uninit (work->other, SMALL_BYTES, NULL);
      for (guint i = 0; i < N_HELD; i++)
        bp_pooled_unref (held[i]);
    }

  return NULL;
}

/* Drops half of the idle buffers. A pool that does not make buffers itself gets new
 * ones. */
static void
drop_half (Work *work)
{
  g_autoptr (BpPoolStats) stats = NULL;

  if (work->pool == NULL)
    {
      malloc_trim (0);
      return;
    }

  bp_pool_drop_idle (work->pool, N_BLOCKS / 2);
  stats = bp_pool_get_stats (work->pool);
  if (work->subject == SUBJECT_REALTIME)
    for (guint i = 0; i < N_BLOCKS; i++)
      if (!bp_pool_prefill (work->pool, 1, BLOCK_BYTES, NULL))
        break;
}

static gpointer
disturb (gpointer data)
{
  Work *work = data;

  for (; !work->is_over; work->n_disturbed++)
    {
      drop_half (work);
      bp_pool_drop_idle (work->other, 0);
      g_usleep (DISTURB_US);
    }

  return NULL;
}

static BpPool *
make_pool (Subject subject)
{
  BpPool *pool;

  if (subject == SUBJECT_MALLOC || subject == SUBJECT_NOTHING)
    return NULL;

  pool = g_object_new (BP_TYPE_POOL,
                       "realtime", subject == SUBJECT_REALTIME,
                       "max-buffers", N_BLOCKS,
                       NULL);
  if (!bp_pool_prefill (pool, N_BLOCKS, BLOCK_BYTES, NULL))
    g_error ("no memory for %d buffers", N_BLOCKS);

  return pool;
}

void
latency_measure (Subject        subject,
                 double         seconds,
                 LatencyResult *result)
{
  g_autoptr (BpPool) pool = make_pool (subject);
  g_autoptr (BpPool) other = bp_pool_new (BP_ELEMENT_TYPE_U8);
  Work work = { .subject = subject, .pool = pool, .other = other };
  GThread *threads[N_USERS + 2];
  guint n_threads = 0;

  for (guint i = 0; i < N_USERS; i++)
    threads[n_threads++] = g_thread_new ("user", use_subject, &work);
  threads[n_threads++] = g_thread_new ("other", use_other, &work);
  threads[n_threads++] = g_thread_new ("disturb", disturb, &work);

  result->has_priority = take_priority ();
  test_ticks_begin (&result->ticks);
  run_periods (&work, seconds, result);
  test_ticks_end (&result->ticks);
  give_up_priority ();

  work.is_over = TRUE;
  for (guint i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);
  result->n_disturbed = work.n_disturbed;
}

/* What a revocation in another pool costs a thread that only computes. The thread reads a
 * clock all the time, and so sees how long it did not run. */

static gpointer
keep_revoking (gpointer data)
{
  Work *work = data;

  while (!work->is_over)
    bp_pool_drop_idle (work->other, 0);

  return NULL;
}

static void
watch_gaps (double       seconds,
            TestLatency *gaps,
            guint64      least)
{
  gint64 due = get_ns ();
  gint64 end = due + (gint64) (seconds * NS_PER_S);

  for (; due < end; due += PERIOD_NS)
    {
      guint64 last, now;

      wait_until (due);
      last = test_ticks_now ();
      /* Reads the system's clock once in a while, and the processor's every time. */
      while (get_ns () < due + SPIN_NS)
        {
          /* The time of get_ns() is not a gap. */
          last = test_ticks_now ();
          for (guint i = 0; i < 200; i++)
            {
              now = test_ticks_now ();
              if (now - last > least)
                test_latency_record (gaps, now - last);
              last = now;
            }
        }
      while (get_ns () > due + 2 * PERIOD_NS)
        due += PERIOD_NS;
    }
}

/* The length of a tick must be known before. */
static guint64
find_least_gap (TestTicks *ticks)
{
  gint64 end = g_get_monotonic_time () + 20000;

  test_ticks_begin (ticks);
  while (g_get_monotonic_time () < end)
    ;
  test_ticks_end (ticks);

  return (guint64) (LEAST_GAP_NS / ticks->ns_per_tick);
}

void
latency_interrupts (double           seconds,
                    InterruptResult *result)
{
  g_autoptr (BpPool) other = bp_pool_new (BP_ELEMENT_TYPE_U8);
  Work work = { .other = other };
  guint64 least = find_least_gap (&result->ticks);
  guint64 n_barriers;
  GThread *user, *revoker;

  result->has_priority = take_priority ();
  watch_gaps (seconds, &result->without, least);
  give_up_priority ();

  user = g_thread_new ("other", use_other, &work);
  revoker = g_thread_new ("revoke", keep_revoking, &work);
  take_priority ();
  n_barriers = test_calls_n_barriers ();
  watch_gaps (seconds, &result->with, least);
  result->n_barriers = test_calls_n_barriers () - n_barriers;
  give_up_priority ();

  work.is_over = TRUE;
  g_thread_join (revoker);
  g_thread_join (user);
}
