/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-workload.h"

/* A pipeline of two threads: one acquires, the other releases. */

typedef struct
{
  BenchRun *run;
  BenchRing ring;
} Handoff;

static guint
count_buffers (guint n_threads G_GNUC_UNUSED)
{
  return BENCH_RING_SLOTS + 2;
}

static void
work (guint    index,
      gpointer data)
{
  Handoff *self = data;
  const BenchLoops *loops = &self->run->driver->loops;

  if (index == 0)
    loops->produce (self->run->pool, &self->ring, self->run->iterations);
  else
    loops->consume (self->run->pool, &self->ring, self->run->iterations);
}

static void
run_handoff (BenchRun *run)
{
  Handoff *self = g_aligned_alloc0 (1, sizeof (Handoff), BENCH_RING_LINES);

  self->run = run;
  run->time = bench_team_run (run->n_threads, NULL, work, self);
  run->n_operations = run->iterations;
  g_aligned_free (self);
}

const BenchWorkload bench_workload_handoff = {
  .name = "handoff",
  .about = "two threads and a ring between them: one acquires and touches a byte, the other releases",
  .operation = "buffer handed over",
  .kinds = BENCH_KINDS_STEADY | BENCH_KIND_BASELINE,
  .any_size = TRUE,
  .sizes = { 256, 4096, 65536, 1048576 },
  .threads = { 2 },
  .count_buffers = count_buffers,
  .run = run_handoff,
};
