/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <pthread.h>

#include "bench-workload.h"

/* Far more buffers at once than the pool keeps, in a process that has had many
 * threads: what they left must cost no more than what is in use.
 */

#define MAX_BUFFERS 64
#define N_ENDED 1000
#define STACK_BYTES (256u << 10)
#define WARM_UP_ROUNDS 2

typedef struct
{
  BenchRun *run;
  gpointer pool;
  pthread_barrier_t *meeting;   /* of all, while each has its buffer; or NULL */
} Life;

static guint
count_buffers (guint n_threads)
{
  return n_threads * BENCH_BURST_BUFFERS;
}

static gpointer
life_main (gpointer data)
{
  Life *self = data;
  const BenchOps *ops = self->run->driver->ops;
  gpointer buffer = ops->acquire (self->pool);

  ops->touch (buffer);
  if (self->meeting != NULL)
    pthread_barrier_wait (self->meeting);
  ops->release (self->pool, buffer);

  return NULL;
}

static void
start (pthread_t            *thread,
       const pthread_attr_t *attributes,
       Life                 *life)
{
  int problem = pthread_create (thread, attributes, life_main, life);

  if (problem != 0)
    g_error ("pthread_create(): %s", g_strerror (problem));
}

/* A thousand threads use a pool and end: all at the same time, or one after another */
static void
live (BenchRun *run,
      gpointer  pool,
      gboolean  together)
{
  g_autofree pthread_t *threads = g_new0 (pthread_t, N_ENDED);
  pthread_attr_t attributes;
  pthread_barrier_t meeting;
  Life life = { .run = run, .pool = pool, .meeting = together ? &meeting : NULL };

  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, STACK_BYTES);
  pthread_barrier_init (&meeting, NULL, N_ENDED);

  for (guint i = 0; i < N_ENDED; i++)
    {
      start (&threads[i], &attributes, &life);
      if (!together)
        pthread_join (threads[i], NULL);
    }
  for (guint i = 0; together && i < N_ENDED; i++)
    pthread_join (threads[i], NULL);

  pthread_barrier_destroy (&meeting);
  pthread_attr_destroy (&attributes);
}

static void
prepare_turns (BenchRun *run)
{
  live (run, run->pool, FALSE);
}

static void
prepare_crowd (BenchRun *run)
{
  live (run, run->pool, TRUE);
}

static void
prepare_others (BenchRun *run)
{
  g_autoptr (GError) error = NULL;

  run->prepared = bench_workload_open (run->workload, run->driver, run->size, run->n_threads,
                                       MAX_BUFFERS, &error);
  if (run->prepared == NULL)
    g_error ("No second pool: %s", error->message);
  live (run, run->prepared, TRUE);
}

static void
finish_others (BenchRun *run)
{
  run->driver->close (run->prepared);
}

static void
warm_up (guint    index G_GNUC_UNUSED,
         gpointer data)
{
  BenchRun *run = data;

  run->loops->burst (run->pool, WARM_UP_ROUNDS);
}

static void
work (guint    index G_GNUC_UNUSED,
      gpointer data)
{
  BenchRun *run = data;

  run->loops->burst (run->pool, run->iterations);
}

static void
run_burst (BenchRun *run)
{
  run->time = bench_team_run (run->n_threads, warm_up, work, run);
  run->n_operations = run->iterations * run->n_threads * BENCH_BURST_BUFFERS;
  run->n_untimed = WARM_UP_ROUNDS * run->n_threads * BENCH_BURST_BUFFERS;
}

#define BURST(workload_name, words, prepare_function, finish_function)        \
  {                                                                           \
    .name = workload_name,                                                    \
    .about = words,                                                           \
    .operation = "buffer",                                                    \
    .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,                                \
    .any_size = TRUE,                                                         \
    .bounded = TRUE,                                                          \
    .max_buffers = MAX_BUFFERS,                                               \
    .sizes = { 4096 },                                                        \
    .threads = { 1 },                                                         \
    .count_buffers = count_buffers,                                           \
    .prepare = prepare_function,                                              \
    .run = run_burst,                                                         \
    .finish = finish_function,                                                \
  }

const BenchWorkload bench_workload_burst =
  BURST ("burst", "one thread: acquire 1000, then release them, on a bufpool with max-buffers 64",
         NULL, NULL);
const BenchWorkload bench_workload_burst_after_turns =
  BURST ("burst-after-turns", "the same after 1000 threads have used the pool, one after another",
         prepare_turns, NULL);
const BenchWorkload bench_workload_burst_after_crowd =
  BURST ("burst-after-crowd", "the same after 1000 threads have used the pool at the same time",
         prepare_crowd, NULL);
const BenchWorkload bench_workload_burst_after_others =
  BURST ("burst-after-others", "the same after 1000 threads have used another pool at the same time",
         prepare_others, finish_others);
