/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-subject.h"
#include "bench-team.h"

/* One run of one workload: `iterations` says how much each thread does; how
 * many operations that were, and how long they took, is the answer.
 */
typedef struct
{
  const BenchDriver *driver;
  gpointer pool;
  gsize size;
  guint n_threads;
  guint64 iterations;

  guint64 n_operations;
  BenchTime time;
} BenchRun;

typedef struct
{
  const char *name;
  const char *about;
  const char *operation;       /* what ns_per_op counts */
  guint kinds;                 /* of subjects it can be done with */
  gboolean any_size;           /* otherwise only the sizes listed */
  gboolean any_threads;        /* otherwise only the numbers listed */
  gboolean one_shard;
  gsize sizes[5];              /* ended by 0 */
  guint threads[5];            /* ended by 0 */
  guint (*count_buffers) (guint n_threads);
  void  (*run)           (BenchRun *run);
} BenchWorkload;

#define BENCH_KINDS_BUFPOOL (BENCH_KIND_BUFPOOL | BENCH_KIND_BUFPOOL_SIZED)
#define BENCH_KINDS_STEADY (BENCH_KINDS_BUFPOOL | BENCH_KIND_OTHER)
#define BENCH_KINDS_SWELLING (BENCH_KIND_BUFPOOL | BENCH_KIND_OTHER)

extern const BenchWorkload *const bench_workloads[];
extern const guint bench_n_workloads;

const BenchWorkload *bench_workload_find (const char *name);

extern const BenchWorkload bench_workload_cycle;
extern const BenchWorkload bench_workload_hold;
extern const BenchWorkload bench_workload_handoff;
extern const BenchWorkload bench_workload_threads;
extern const BenchWorkload bench_workload_threads_one_shard;
extern const BenchWorkload bench_workload_bleed;
extern const BenchWorkload bench_workload_survivors;
extern const BenchWorkload bench_workload_large;
