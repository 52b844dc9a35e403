/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-workload.h"

/* A pipeline of two threads: one acquires, the other releases. As much as the
 * ring takes may be under way, or only a few.
 */

#define FEW_OF_MAX 8

typedef struct
{
  BenchRun *run;
  BenchRing ring;
} Handoff;

static guint
count_ring_buffers (guint n_threads G_GNUC_UNUSED)
{
  return BENCH_RING_SLOTS + 2;
}

/* Never more than 8 are under way, in any workload. */
static guint
count_few_buffers (guint n_threads G_GNUC_UNUSED)
{
  return FEW_OF_MAX;
}

static void
work (guint    index,
      gpointer data)
{
  Handoff *self = data;
  const BenchRun *run = self->run;

  if (index == 0)
    run->loops->produce (run->pool, &self->ring, run->iterations);
  else
    run->loops->consume (run->pool, &self->ring, run->iterations);
}

static void
work_few (guint    index,
          gpointer data)
{
  Handoff *self = data;
  const BenchRun *run = self->run;

  if (index == 0)
    run->loops->produce_few (run->pool, &self->ring, run->workload->under_way, run->iterations);
  else
    run->loops->consume_few (run->pool, &self->ring, run->iterations);
}

static void
run_handoff (BenchRun *run)
{
  Handoff *self = g_aligned_alloc0 (1, sizeof (Handoff), BENCH_RING_LINES);

  self->run = run;
  run->time = bench_team_run (run->n_threads, NULL, run->workload->under_way > 0 ? work_few : work,
                              self);
  run->n_operations = run->iterations;
  g_aligned_free (self);
}

const BenchWorkload bench_workload_handoff = {
  .name = "handoff",
  .about = "two threads and a ring of 64 between them: one acquires and touches a byte, the other releases",
  .operation = "buffer handed over",
  .kinds = BENCH_KINDS_ALL | BENCH_KIND_BASELINE | BENCH_KIND_BUFPOOL_REALTIME,
  .any_size = TRUE,
  .sizes = { 256, 4096, 65536, 1048576 },
  .threads = { 2 },
  .count_buffers = count_ring_buffers,
  .run = run_handoff,
};

/* An item's size is its own and the same everywhere. */
#define ITEM_SIZE 256

#define FEW(number)                                     \
  .under_way = number,                                  \
  .threads = { 2 },                                     \
  .count_buffers = count_few_buffers,                   \
  .run = run_handoff

#define DEFINE_FEW(number)                                                              \
const BenchWorkload bench_workload_handoff_##number = {                                 \
  .name = "handoff-" #number,                                                           \
  .about = "handoff with " #number " under way: the next is acquired when one was released", \
  .operation = "buffer handed over",                                                    \
  .kinds = BENCH_KINDS_ALL | BENCH_KIND_BASELINE,                                       \
  .any_size = TRUE,                                                                     \
  .sizes = { 4096 },                                                                    \
  FEW (number),                                                                         \
};                                                                                      \
const BenchWorkload bench_workload_handoff_##number##_max8 = {                          \
  .name = "handoff-" #number "-max8",                                                   \
  .about = "handoff-" #number " on a bufpool with max-buffers 8",                         \
  .operation = "buffer handed over",                                                    \
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS | BENCH_KIND_BASELINE,                      \
  .any_size = TRUE,                                                                     \
  .bounded = TRUE,                                                                      \
  .max_buffers = FEW_OF_MAX,                                                            \
  .sizes = { 4096 },                                                                    \
  FEW (number),                                                                         \
};                                                                                      \
const BenchWorkload bench_workload_objects_##number = {                                 \
  .name = "objects-" #number,                                                           \
  .about = "handoff-" #number " of GObjects: from a pool, or made and freed each time",  \
  .operation = "object handed over",                                                    \
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,                                            \
  .thing = BENCH_THING_OBJECT,                                                          \
  .sizes = { ITEM_SIZE },                                                               \
  FEW (number),                                                                         \
};                                                                                      \
const BenchWorkload bench_workload_items_##number = {                                   \
  .name = "items-" #number,                                                             \
  .about = "handoff-" #number " of structures: from a pool, or made and freed each time",  \
  .operation = "item handed over",                                                      \
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,                                            \
  .thing = BENCH_THING_ITEM,                                                            \
  .sizes = { ITEM_SIZE },                                                               \
  FEW (number),                                                                         \
};                                                                                      \
const BenchWorkload bench_workload_costly_##number = {                                  \
  .name = "costly-" #number,                                                            \
  .about = "items-" #number " with structures that take 1000 ns to make",                  \
  .operation = "item handed over",                                                      \
  .kinds = BENCH_KINDS_POOLS_AND_ALLOCATORS,                                            \
  .thing = BENCH_THING_COSTLY_ITEM,                                                     \
  .sizes = { ITEM_SIZE },                                                               \
  FEW (number),                                                                         \
};

DEFINE_FEW (1)
DEFINE_FEW (2)
DEFINE_FEW (4)
DEFINE_FEW (8)
