/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-workload.h"

/* Every thread by itself: take and give back at once (cycle, threads), or take
 * many before any goes back (hold).
 */

#define WARM_UP_CYCLES 256
#define WARM_UP_ROUNDS 4

static guint
count_cycle_buffers (guint n_threads)
{
  return n_threads;
}

static guint
count_hold_buffers (guint n_threads)
{
  return n_threads * BENCH_HOLD_BUFFERS;
}

static void
warm_up_cycle (guint    index G_GNUC_UNUSED,
               gpointer data)
{
  BenchRun *run = data;

  run->driver->loops.cycle (run->pool, WARM_UP_CYCLES);
}

static void
work_cycle (guint    index G_GNUC_UNUSED,
            gpointer data)
{
  BenchRun *run = data;

  run->driver->loops.cycle (run->pool, run->iterations);
}

static void
run_cycle (BenchRun *run)
{
  run->time = bench_team_run (run->n_threads, warm_up_cycle, work_cycle, run);
  run->n_operations = run->iterations * run->n_threads;
}

static void
warm_up_hold (guint    index G_GNUC_UNUSED,
              gpointer data)
{
  BenchRun *run = data;

  run->driver->loops.hold (run->pool, WARM_UP_ROUNDS);
}

static void
work_hold (guint    index G_GNUC_UNUSED,
           gpointer data)
{
  BenchRun *run = data;

  run->driver->loops.hold (run->pool, run->iterations);
}

static void
run_hold (BenchRun *run)
{
  run->time = bench_team_run (run->n_threads, warm_up_hold, work_hold, run);
  run->n_operations = run->iterations * run->n_threads * BENCH_HOLD_BUFFERS;
}

const BenchWorkload bench_workload_cycle = {
  .name = "cycle",
  .about = "one thread: acquire, touch one byte, release",
  .operation = "acquire and release",
  .kinds = BENCH_KINDS_STEADY,
  .any_size = TRUE,
  .sizes = { 256, 4096, 65536, 1048576 },
  .threads = { 1 },
  .count_buffers = count_cycle_buffers,
  .run = run_cycle,
};

const BenchWorkload bench_workload_hold = {
  .name = "hold",
  .about = "one thread: acquire 64 and touch a byte of each, then release all 64",
  .operation = "buffer",
  .kinds = BENCH_KINDS_STEADY,
  .any_size = TRUE,
  .sizes = { 256, 4096, 65536, 1048576 },
  .threads = { 1 },
  .count_buffers = count_hold_buffers,
  .run = run_hold,
};

const BenchWorkload bench_workload_threads = {
  .name = "threads",
  .about = "cycle in several threads at once, on one pool",
  .operation = "acquire and release, over all threads",
  .kinds = BENCH_KINDS_STEADY,
  .any_size = TRUE,
  .any_threads = TRUE,
  .sizes = { 4096 },
  .threads = { 1, 2, 8, 32 },
  .count_buffers = count_cycle_buffers,
  .run = run_cycle,
};

const BenchWorkload bench_workload_threads_one_shard = {
  .name = "threads-one-shard",
  .about = "the same on a bufpool of one shard",
  .operation = "acquire and release, over all threads",
  .kinds = BENCH_KINDS_BUFPOOL,
  .any_size = TRUE,
  .any_threads = TRUE,
  .one_shard = TRUE,
  .sizes = { 4096 },
  .threads = { 1, 2, 8, 32 },
  .count_buffers = count_cycle_buffers,
  .run = run_cycle,
};
