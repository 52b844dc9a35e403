/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-workload.h"

/* Every thread by itself: take and give back at once (cycle), or take many before
 * any goes back (hold); with pools as they come, and with some that are too small.
 */

#define FRAME_BYTES (1920 * 1080 * 3 / 2)
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

  run->loops->cycle (run->pool, WARM_UP_CYCLES);
}

static void
work_cycle (guint    index G_GNUC_UNUSED,
            gpointer data)
{
  BenchRun *run = data;

  run->loops->cycle (run->pool, run->iterations);
}

void
bench_run_cycle (BenchRun *run)
{
  run->time = bench_team_run (run->n_threads, warm_up_cycle, work_cycle, run);
  run->n_operations = run->iterations * run->n_threads;
  run->n_untimed = WARM_UP_CYCLES * run->n_threads;
}

static void
warm_up_early (guint    index G_GNUC_UNUSED,
               gpointer data)
{
  BenchRun *run = data;

  run->loops->early (run->pool, WARM_UP_CYCLES);
}

static void
work_early (guint    index G_GNUC_UNUSED,
            gpointer data)
{
  BenchRun *run = data;

  run->loops->early (run->pool, run->iterations);
}

static void
run_early (BenchRun *run)
{
  run->time = bench_team_run (run->n_threads, warm_up_early, work_early, run);
  run->n_operations = run->iterations * run->n_threads;
  run->n_untimed = WARM_UP_CYCLES * run->n_threads;
}

static void
warm_up_hold (guint    index G_GNUC_UNUSED,
              gpointer data)
{
  BenchRun *run = data;

  run->loops->hold (run->pool, WARM_UP_ROUNDS);
}

static void
work_hold (guint    index G_GNUC_UNUSED,
           gpointer data)
{
  BenchRun *run = data;

  run->loops->hold (run->pool, run->iterations);
}

void
bench_run_hold (BenchRun *run)
{
  run->time = bench_team_run (run->n_threads, warm_up_hold, work_hold, run);
  run->n_operations = run->iterations * run->n_threads * BENCH_HOLD_BUFFERS;
  run->n_untimed = WARM_UP_ROUNDS * run->n_threads * BENCH_HOLD_BUFFERS;
}

static guint
count_bulk_buffers (guint n_threads)
{
  return n_threads * BENCH_BULK_BUFFERS;
}

static void
warm_up_bulk (guint    index G_GNUC_UNUSED,
              gpointer data)
{
  BenchRun *run = data;

  run->loops->bulk (run->pool, run->workload->under_way, WARM_UP_ROUNDS);
}

static void
work_bulk (guint    index G_GNUC_UNUSED,
           gpointer data)
{
  BenchRun *run = data;

  run->loops->bulk (run->pool, run->workload->under_way, run->iterations);
}

static void
run_bulk (BenchRun *run)
{
  guint n = run->n_threads * run->workload->under_way;

  run->time = bench_team_run (run->n_threads, warm_up_bulk, work_bulk, run);
  run->n_operations = run->iterations * n;
  run->n_untimed = WARM_UP_ROUNDS * n;
}

const BenchWorkload bench_workload_cycle = {
  .name = "cycle",
  .about = "one thread: acquire, touch one byte, release",
  .operation = "acquire and release",
  .kinds = BENCH_KINDS_ALL | BENCH_KIND_BUFPOOL_SIZED | BENCH_KIND_BUFPOOL_REALTIME,
  .any_size = TRUE,
  .steady = TRUE,
  .sizes = { 256, 4096, 65536, 1048576, FRAME_BYTES },
  .threads = { 1 },
  .count_buffers = count_cycle_buffers,
  .run = bench_run_cycle,
};

const BenchWorkload bench_workload_hold = {
  .name = "hold",
  .about = "one thread: acquire 64 and touch a byte of each, then release all 64",
  .operation = "buffer",
  .kinds = BENCH_KINDS_ALL | BENCH_KIND_BUFPOOL_SIZED | BENCH_KIND_BUFPOOL_REALTIME,
  .any_size = TRUE,
  .steady = TRUE,
  .sizes = { 256, 4096, 65536, 1048576 },
  .threads = { 1 },
  .count_buffers = count_hold_buffers,
  .run = bench_run_hold,
};

const BenchWorkload bench_workload_threads = {
  .name = "threads",
  .about = "cycle in several threads at once, on one pool",
  .operation = "acquire and release, over all threads",
  .kinds = BENCH_KINDS_ALL | BENCH_KIND_BUFPOOL_REALTIME,
  .any_size = TRUE,
  .any_threads = TRUE,
  .sizes = { 4096 },
  .threads = { 1, 2, 8, 32 },
  .count_buffers = count_cycle_buffers,
  .run = bench_run_cycle,
};

const BenchWorkload bench_workload_threads_one_shard = {
  .name = "threads-one-shard",
  .about = "the same on a bufpool of one shard",
  .operation = "acquire and release, over all threads",
  .kinds = BENCH_KIND_BUFPOOL,
  .any_size = TRUE,
  .any_threads = TRUE,
  .one_shard = TRUE,
  .sizes = { 4096 },
  .threads = { 1, 2, 8, 32 },
  .count_buffers = count_cycle_buffers,
  .run = bench_run_cycle,
};

const BenchWorkload bench_workload_threads_hold = {
  .name = "threads-hold",
  .about = "hold in several threads at once, on one pool",
  .operation = "buffer, over all threads",
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,
  .any_size = TRUE,
  .any_threads = TRUE,
  .sizes = { 4096 },
  .threads = { 1, 2, 8, 32 },
  .count_buffers = count_hold_buffers,
  .run = bench_run_hold,
};

const BenchWorkload bench_workload_early = {
  .name = "early",
  .about = "cycle by bp_pooled_release(), then bp_pooled_unref() of the empty handle",
  .operation = "acquire and release",
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS | BENCH_KIND_BUFPOOL_REALTIME,
  .any_size = TRUE,
  .any_threads = TRUE,
  .sizes = { 4096 },
  .threads = { 1 },
  .count_buffers = count_cycle_buffers,
  .run = run_early,
};

const BenchWorkload bench_workload_too_small = {
  .name = "too-small",
  .about = "hold, on a bufpool with max-buffers 32",
  .operation = "buffer, over all threads",
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,
  .any_size = TRUE,
  .any_threads = TRUE,
  .bounded = TRUE,
  .max_buffers = BENCH_HOLD_BUFFERS / 2,
  .sizes = { 256, 4096 },
  .threads = { 1, 2, 8 },
  .count_buffers = count_hold_buffers,
  .run = bench_run_hold,
};

const BenchWorkload bench_workload_keeps_nothing = {
  .name = "keeps-nothing",
  .about = "hold, on a bufpool with max-buffers 0",
  .operation = "buffer, over all threads",
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,
  .any_size = TRUE,
  .any_threads = TRUE,
  .bounded = TRUE,
  .max_buffers = 0,
  .sizes = { 256, 4096 },
  .threads = { 1, 2 },
  .count_buffers = count_hold_buffers,
  .run = bench_run_hold,
};

const BenchWorkload bench_workload_keeps_nothing_cycle = {
  .name = "keeps-nothing-cycle",
  .about = "cycle, on a bufpool with max-buffers 0",
  .operation = "acquire and release, over all threads",
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,
  .any_size = TRUE,
  .any_threads = TRUE,
  .bounded = TRUE,
  .max_buffers = 0,
  .sizes = { 256, 4096 },
  .threads = { 1 },
  .count_buffers = count_cycle_buffers,
  .run = bench_run_cycle,
};

#define DEFINE_BULK(number)                                                                   \
const BenchWorkload bench_workload_bulk_##number = {                                          \
  .name = "bulk-" #number,                                                                    \
  .about = "one thread: acquire " #number " at once, touch one byte of each, release them at once", \
  .operation = "acquire and release",                                                         \
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS | BENCH_KIND_BUFPOOL_BULK,                        \
  .any_size = TRUE,                                                                           \
  .steady = TRUE,                                                                             \
  .under_way = number,                                                                        \
  .sizes = { 4096 },                                                                          \
  .threads = { 1 },                                                                           \
  .count_buffers = count_bulk_buffers,                                                        \
  .run = run_bulk,                                                                            \
};

DEFINE_BULK (16)
DEFINE_BULK (32)
DEFINE_BULK (64)
