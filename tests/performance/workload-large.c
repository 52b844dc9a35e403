/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-workload.h"

/* Video frames: here not the allocator's own work counts but whether the pages
 * that it gives are there already.
 */

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

  run->driver->loops.frames (run->pool, run->size, run->iterations);
}

static void
run_large (BenchRun *run)
{
  run->time = bench_team_run (run->n_threads, NULL, work, run);
  run->n_operations = run->iterations * run->n_threads;
}

const BenchWorkload bench_workload_large = {
  .name = "large",
  .about = "one thread: video frames of 3 MB, one to eight under way, every page touched",
  .operation = "frame",
  .kinds = BENCH_KINDS_SWELLING,
  .sizes = { FRAME_BYTES },
  .threads = { 1 },
  .count_buffers = count_buffers,
  .run = run_large,
};
