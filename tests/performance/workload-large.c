/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-workload.h"

/* Video frames: here not the allocator's own work counts but whether the pages that it
 * gives are there already. To fill a frame takes so long that this shows only where they
 * are not; touched, with one byte a page, shows it alone. */

#define FRAME_BYTES (1920 * 1080 * 3 / 2)

static guint
count_buffers (guint n_threads G_GNUC_UNUSED)
{
  return BENCH_FRAMES;
}

static void
work (guint    index G_GNUC_UNUSED,
      gpointer data)
{
  BenchRun *run = data;

  run->loops->frames (run->pool, run->size, run->iterations);
}

static void
run_large (BenchRun *run)
{
  run->time = bench_team_run (run->n_threads, NULL, work, run);
  run->n_operations = run->iterations * run->n_threads;
}

static void
work_touched (guint    index G_GNUC_UNUSED,
              gpointer data)
{
  BenchRun *run = data;

  run->loops->frames_touched (run->pool, run->size, run->iterations);
}

static void
run_large_touched (BenchRun *run)
{
  run->time = bench_team_run (run->n_threads, NULL, work_touched, run);
  run->n_operations = run->iterations * run->n_threads;
}

const BenchWorkload bench_workload_large = {
  .name = "large",
  .about = "one thread: video frames of 3 MB, one to eight under way, each written completely",
  .operation = "frame",
  .kinds = BENCH_KINDS_ALL,
  .sizes = { FRAME_BYTES },
  .threads = { 1 },
  .count_buffers = count_buffers,
  .run = run_large,
};

const BenchWorkload bench_workload_large_touched = {
  .name = "large-touched",
  .about = "the same, with one byte written in each page of a frame and no more",
  .operation = "frame",
  .kinds = BENCH_KINDS_ALL,
  .sizes = { FRAME_BYTES },
  .threads = { 1 },
  .count_buffers = count_buffers,
  .run = run_large_touched,
};
