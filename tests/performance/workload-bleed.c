/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-workload.h"

/* Objects freed by threads that did not make them, as in Larson and Krishnan's
 * server benchmark: batches of buffers wander from thread to thread, and the thread
 * that has one replaces every buffer in it.
 */

typedef struct
{
  BenchRun *run;
  BenchTable table;
  gpointer **batches;
} Bleed;

/* One batch for each thread, and one more than that in the table */
static guint
count_batches (guint n_threads)
{
  return 2 * n_threads + 1;
}

static guint
count_buffers (guint n_threads)
{
  return count_batches (n_threads) * BENCH_BATCH_BUFFERS;
}

static gpointer *
batch_new (BenchRun *run)
{
  const BenchOps *ops = run->driver->ops;
  gpointer *batch = g_new (gpointer, BENCH_BATCH_BUFFERS);

  for (guint i = 0; i < BENCH_BATCH_BUFFERS; i++)
    {
      batch[i] = ops->acquire (run->pool);
      ops->touch (batch[i]);
    }

  return batch;
}

static void
batch_free (BenchRun *run,
            gpointer *batch)
{
  for (guint i = 0; i < BENCH_BATCH_BUFFERS; i++)
    run->driver->ops->release (run->pool, batch[i]);
  g_free (batch);
}

static void
warm_up (guint    index,
         gpointer data)
{
  Bleed *self = data;

  self->batches[index] = batch_new (self->run);
}

static void
work (guint    index,
      gpointer data)
{
  Bleed *self = data;

  self->batches[index] = self->run->loops->bleed (self->run->pool, &self->table,
                                                         self->batches[index], index,
                                                         self->run->iterations);
}

static void
run_bleed (BenchRun *run)
{
  guint n_table = count_batches (run->n_threads) - run->n_threads;
  g_autofree gpointer **batches = g_new0 (gpointer *, run->n_threads);
  Bleed self = { .run = run, .batches = batches };

  bench_table_init (&self.table, n_table);
  for (guint i = 0; i < n_table; i++)
    bench_table_exchange (&self.table, i, batch_new (run));

  run->time = bench_team_run (run->n_threads, warm_up, work, &self);
  run->n_operations = run->iterations * run->n_threads * BENCH_BATCH_BUFFERS;
  run->n_untimed = count_buffers (run->n_threads);

  for (guint i = 0; i < n_table; i++)
    batch_free (run, bench_table_exchange (&self.table, i, NULL));
  for (guint i = 0; i < run->n_threads; i++)
    batch_free (run, batches[i]);
  bench_table_clear (&self.table);
}

const BenchWorkload bench_workload_bleed = {
  .name = "bleed",
  .about = "batches of 256 wander between threads that release and acquire each buffer anew",
  .operation = "release and acquire, over all threads",
  .kinds = BENCH_KINDS_ALL,
  .any_size = TRUE,
  .any_threads = TRUE,
  .sizes = { 4096 },
  .threads = { 2, 8 },
  .count_buffers = count_buffers,
  .run = run_bleed,
};
