/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-subject.h"
#include "bench-team.h"

typedef struct _BenchWorkload BenchWorkload;

/* One run of one workload: `iterations` says how much each thread does; how
 * many operations that were, and how long they took, is the answer.
 */
typedef struct
{
  const BenchWorkload *workload;
  const BenchDriver *driver;
  const BenchLoops *loops;
  gpointer pool;
  gsize size;
  guint n_threads;
  guint64 iterations;

  gpointer prepared;           /* by prepare() for finish() */

  guint64 n_operations;
  guint64 n_untimed;           /* acquires before the clock starts */
  BenchTime time;
} BenchRun;

struct _BenchWorkload
{
  const char *name;
  const char *about;
  const char *operation;       /* what ns_per_op counts */
  guint kinds;                 /* of subjects it can be done with */
  gboolean any_size;           /* otherwise only the sizes listed */
  gboolean any_threads;        /* otherwise only the numbers listed */
  gboolean steady;             /* no acquire finds a pool empty that was filled before */
  gboolean one_shard;
  gboolean bounded;            /* max-buffers is what it is about; otherwise the default */
  guint max_buffers;           /* then, how many */
  guint under_way;             /* at once, in a hand-over or in bulk; 0: as many as the ring takes */
  BenchThing thing;
  gsize sizes[6];              /* ended by 0 */
  guint threads[5];            /* ended by 0 */
  guint (*count_buffers) (guint n_threads);
  void  (*prepare)       (BenchRun *run);   /* once, before everything; or NULL */
  void  (*run)           (BenchRun *run);
  void  (*finish)        (BenchRun *run);   /* once, after everything; or NULL */
};

#define BENCH_KINDS_BUFPOOL                                                       \
  (BENCH_KIND_BUFPOOL | BENCH_KIND_BUFPOOL_SIZED | BENCH_KIND_BUFPOOL_BULK |      \
   BENCH_KIND_BUFPOOL_REALTIME)
#define BENCH_KINDS_POOLS_AND_ALLOCATORS (BENCH_KIND_BUFPOOL | BENCH_KIND_ALLOCATOR)
#define BENCH_KINDS_ALL (BENCH_KINDS_POOLS_AND_ALLOCATORS | BENCH_KIND_OTHER)

extern const BenchWorkload *const bench_workloads[];
extern const guint bench_n_workloads;

const BenchWorkload *bench_workload_find            (const char           *name);
guint                bench_workload_get_max_buffers (const BenchWorkload  *self,
                                                     guint                 usual);
gpointer             bench_workload_open            (const BenchWorkload  *self,
                                                     const BenchDriver    *driver,
                                                     gsize                 size,
                                                     guint                 n_threads,
                                                     guint                 max_buffers,
                                                     GError              **error);

/* What several workloads do: every thread by itself */
void                 bench_run_cycle                (BenchRun             *run);
void                 bench_run_hold                 (BenchRun             *run);

extern const BenchWorkload bench_workload_cycle;
extern const BenchWorkload bench_workload_hold;
extern const BenchWorkload bench_workload_handoff;
extern const BenchWorkload bench_workload_threads;
extern const BenchWorkload bench_workload_threads_one_shard;
extern const BenchWorkload bench_workload_threads_hold;
extern const BenchWorkload bench_workload_early;
extern const BenchWorkload bench_workload_bulk_16;
extern const BenchWorkload bench_workload_bulk_32;
extern const BenchWorkload bench_workload_bulk_64;
extern const BenchWorkload bench_workload_handoff_1;
extern const BenchWorkload bench_workload_handoff_2;
extern const BenchWorkload bench_workload_handoff_4;
extern const BenchWorkload bench_workload_handoff_8;
extern const BenchWorkload bench_workload_handoff_1_max8;
extern const BenchWorkload bench_workload_handoff_2_max8;
extern const BenchWorkload bench_workload_handoff_4_max8;
extern const BenchWorkload bench_workload_handoff_8_max8;
extern const BenchWorkload bench_workload_objects_1;
extern const BenchWorkload bench_workload_objects_2;
extern const BenchWorkload bench_workload_objects_4;
extern const BenchWorkload bench_workload_objects_8;
extern const BenchWorkload bench_workload_items_1;
extern const BenchWorkload bench_workload_items_2;
extern const BenchWorkload bench_workload_items_4;
extern const BenchWorkload bench_workload_items_8;
extern const BenchWorkload bench_workload_costly_1;
extern const BenchWorkload bench_workload_costly_2;
extern const BenchWorkload bench_workload_costly_4;
extern const BenchWorkload bench_workload_costly_8;
extern const BenchWorkload bench_workload_too_small;
extern const BenchWorkload bench_workload_keeps_nothing;
extern const BenchWorkload bench_workload_keeps_nothing_cycle;
extern const BenchWorkload bench_workload_sleepers_cycle;
extern const BenchWorkload bench_workload_sleepers_hold;
extern const BenchWorkload bench_workload_burst;
extern const BenchWorkload bench_workload_burst_after_turns;
extern const BenchWorkload bench_workload_burst_after_crowd;
extern const BenchWorkload bench_workload_burst_after_others;
extern const BenchWorkload bench_workload_bleed;
extern const BenchWorkload bench_workload_survivors;
extern const BenchWorkload bench_workload_large;
extern const BenchWorkload bench_workload_large_touched;
