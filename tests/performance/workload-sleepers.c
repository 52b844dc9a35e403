/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-workload.h"

/* Threads that used the pool and now sleep, each with what it keeps for itself,
 * and one that works.
 */

#define N_SLEEPERS 8
#define ROUNDS_BEFORE_SLEEP 3

typedef struct
{
  BenchRun *run;
  GMutex mutex;
  GCond changed;
  guint n_asleep;
  gboolean over;
  GThread *threads[N_SLEEPERS];
} Sleepers;

static guint
count_buffers (guint n_threads)
{
  return (N_SLEEPERS + n_threads) * BENCH_HOLD_BUFFERS;
}

static gpointer
sleeper_main (gpointer data)
{
  Sleepers *self = data;

  self->run->loops->hold (self->run->pool, ROUNDS_BEFORE_SLEEP);

  g_mutex_lock (&self->mutex);
  self->n_asleep++;
  g_cond_broadcast (&self->changed);
  while (!self->over)
    g_cond_wait (&self->changed, &self->mutex);
  g_mutex_unlock (&self->mutex);

  return NULL;
}

static void
prepare_sleepers (BenchRun *run)
{
  Sleepers *self = g_new0 (Sleepers, 1);

  self->run = run;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  for (guint i = 0; i < N_SLEEPERS; i++)
    self->threads[i] = g_thread_new ("bench-sleeper", sleeper_main, self);

  g_mutex_lock (&self->mutex);
  while (self->n_asleep < N_SLEEPERS)
    g_cond_wait (&self->changed, &self->mutex);
  g_mutex_unlock (&self->mutex);

  run->prepared = self;
}

static void
finish_sleepers (BenchRun *run)
{
  Sleepers *self = run->prepared;

  g_mutex_lock (&self->mutex);
  self->over = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);

  for (guint i = 0; i < N_SLEEPERS; i++)
    g_thread_join (self->threads[i]);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_free (self);
}

const BenchWorkload bench_workload_sleepers_cycle = {
  .name = "sleepers-cycle",
  .about = "cycle in one thread while 8 that have used the pool sleep",
  .operation = "acquire and release",
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,
  .any_size = TRUE,
  .sizes = { 4096 },
  .threads = { 1 },
  .count_buffers = count_buffers,
  .prepare = prepare_sleepers,
  .run = bench_run_cycle,
  .finish = finish_sleepers,
};

const BenchWorkload bench_workload_sleepers_hold = {
  .name = "sleepers-hold",
  .about = "hold in one thread while 8 that have used the pool sleep",
  .operation = "buffer",
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,
  .any_size = TRUE,
  .sizes = { 4096 },
  .threads = { 1 },
  .count_buffers = count_buffers,
  .prepare = prepare_sleepers,
  .run = bench_run_hold,
  .finish = finish_sleepers,
};
