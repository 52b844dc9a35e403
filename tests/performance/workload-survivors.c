/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-machine.h"
#include "bench-workload.h"

/* Threads die and others take their place while their buffers live on, as in
 * mimalloc's stress test. Creating the threads is part of it.
 */

#define OPERATIONS_PER_LIFE 4096
#define TABLE_PER_THREAD 256

typedef struct
{
  BenchRun *run;
  BenchTable *table;
  guint number;
} Life;

static guint
count_buffers (guint n_threads)
{
  return n_threads * (TABLE_PER_THREAD + BENCH_WINDOW_BUFFERS + 1);
}

static gpointer
life_main (gpointer data)
{
  Life *self = data;

  self->run->loops->live (self->run->pool, self->table, self->number, OPERATIONS_PER_LIFE);

  return NULL;
}

/* The table is full from the start, as it will be all the time. */
static gpointer
acquire_survivor (BenchRun *run)
{
  gpointer buffer = run->driver->ops->acquire (run->pool);

  run->driver->ops->touch (buffer);

  return buffer;
}

static void
run_survivors (BenchRun *run)
{
  g_autofree GThread **threads = g_new0 (GThread *, run->n_threads);
  g_autofree Life *lives = g_new0 (Life, run->n_threads);
  guint64 n_lives = run->iterations * run->n_threads;
  BenchTable table;
  guint64 start, page_faults;

  bench_table_init (&table, run->n_threads * TABLE_PER_THREAD);
  for (guint i = 0; i < table.n_cells; i++)
    bench_table_exchange (&table, i, acquire_survivor (run));
  page_faults = bench_machine_get_faults ();
  start = bench_team_now ();

  for (guint64 i = 0; i < n_lives + run->n_threads; i++)
    {
      guint lane = i % run->n_threads;

      if (threads[lane] != NULL)
        g_thread_join (g_steal_pointer (&threads[lane]));
      if (i < n_lives)
        {
          lives[lane] = (Life) { .run = run, .table = &table, .number = (guint) i };
          threads[lane] = g_thread_new ("bench-life", life_main, &lives[lane]);
        }
    }

  run->time.ns = bench_team_now () - start;
  run->time.page_faults = bench_machine_get_faults () - page_faults;
  run->n_operations = n_lives * OPERATIONS_PER_LIFE;
  run->n_untimed = table.n_cells;

  for (guint i = 0; i < table.n_cells; i++)
    {
      gpointer left = bench_table_exchange (&table, i, NULL);

      if (left != NULL)
        run->driver->ops->release (run->pool, left);
    }
  bench_table_clear (&table);
}

const BenchWorkload bench_workload_survivors = {
  .name = "survivors",
  .about = "threads live for 4096 replacements and are replaced themselves, their buffers live on",
  .operation = "release and acquire, over all threads, with creating them",
  .kinds = BENCH_KINDS_ALL,
  .any_size = TRUE,
  .any_threads = TRUE,
  .sizes = { 4096 },
  .threads = { 2, 8 },
  .count_buffers = count_buffers,
  .run = run_survivors,
};
