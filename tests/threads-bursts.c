/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <time.h>

#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/valgrind.h>
#else
# define RUNNING_ON_VALGRIND 0
#endif

/* What a burst costs, of more buffers than the pool keeps: the same after many threads
 * have come and gone. Nothing counts the steps of a search, so this is time, but the
 * processor's, and the least of many rounds; and what it looks for cost ten times as much
 * and more. */

#define N_THREADS 1000
#define N_BURST 1000
#define MAX_BUFFERS 64
#define LENGTH 64
#define N_ROUNDS 20
#define MOST_TIMES_AS_MUCH 4

static gint64
get_thread_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);

  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The least time that one took. */
static gint64
measure_burst (BpPool *pool)
{
  g_autofree BpPooled **held = g_new (BpPooled *, N_BURST);
  gint64 least = G_MAXINT64;

  for (guint round = 0; round < N_ROUNDS; round++)
    {
      gint64 begin = get_thread_time ();

      for (guint i = 0; i < N_BURST; i++)
        held[i] = bp_pool_acquire_uninit (pool, LENGTH, NULL);
      test_unref_many (held, N_BURST);
      least = MIN (least, get_thread_time () - begin);
    }

  return least;
}

typedef struct
{
  BpPool *pool;
  TestBarrier barrier;
} Crowd;

/* All of them are there at once, so each has a slot of its own. */
static void
run_crowd (guint    index,
           gpointer data)
{
  Crowd *crowd = data;
  g_autoptr (BpPooled) pooled G_GNUC_UNUSED = bp_pool_acquire_uninit (crowd->pool, LENGTH, NULL);

  test_barrier_wait (&crowd->barrier);
}

static void
come_and_go (BpPool *pool)
{
  Crowd crowd = { .pool = pool };

  test_barrier_init (&crowd.barrier, N_THREADS);
  test_run_threads (N_THREADS, run_crowd, &crowd);
  test_barrier_clear (&crowd.barrier);
}

/* First those of another pool, then those of this one. */
static void
test_after_many_threads (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, MAX_BUFFERS, 0);
  g_autoptr (BpPool) other = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, MAX_BUFFERS, 0);
  gint64 before, after_others, after_own;

  if (RUNNING_ON_VALGRIND)
    {
      g_test_skip ("valgrind runs 500 threads at most");
      return;
    }

  before = measure_burst (pool);
  come_and_go (other);
  after_others = measure_burst (pool);
  come_and_go (pool);
  after_own = measure_burst (pool);

  g_test_message ("%.0f ns a buffer; after %u threads of another pool %.0f; of this one %.0f",
                  (double) before / N_BURST, N_THREADS, (double) after_others / N_BURST,
                  (double) after_own / N_BURST);
  g_assert_cmpint (after_others, <, MOST_TIMES_AS_MUCH * before);
  g_assert_cmpint (after_own, <, MOST_TIMES_AS_MUCH * before);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/bursts/after-many-threads", test_after_many_threads);

  return g_test_run ();
}
