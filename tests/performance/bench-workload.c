/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-workload.h"

#include <string.h>

const BenchWorkload *const bench_workloads[] = {
  &bench_workload_cycle,
  &bench_workload_hold,
  &bench_workload_handoff,
  &bench_workload_threads,
  &bench_workload_threads_one_shard,
  &bench_workload_threads_hold,
  &bench_workload_early,
  &bench_workload_bulk_16,
  &bench_workload_bulk_32,
  &bench_workload_bulk_64,
  &bench_workload_handoff_1,
  &bench_workload_handoff_2,
  &bench_workload_handoff_4,
  &bench_workload_handoff_8,
  &bench_workload_handoff_1_max8,
  &bench_workload_handoff_2_max8,
  &bench_workload_handoff_4_max8,
  &bench_workload_handoff_8_max8,
  &bench_workload_objects_1,
  &bench_workload_objects_2,
  &bench_workload_objects_4,
  &bench_workload_objects_8,
  &bench_workload_items_1,
  &bench_workload_items_2,
  &bench_workload_items_4,
  &bench_workload_items_8,
  &bench_workload_costly_1,
  &bench_workload_costly_2,
  &bench_workload_costly_4,
  &bench_workload_costly_8,
  &bench_workload_too_small,
  &bench_workload_keeps_nothing,
  &bench_workload_keeps_nothing_cycle,
  &bench_workload_sleepers_cycle,
  &bench_workload_sleepers_hold,
  &bench_workload_burst,
  &bench_workload_burst_after_turns,
  &bench_workload_burst_after_crowd,
  &bench_workload_burst_after_others,
  &bench_workload_bleed,
  &bench_workload_survivors,
  &bench_workload_large,
  &bench_workload_large_touched,
};

const guint bench_n_workloads = G_N_ELEMENTS (bench_workloads);

const BenchWorkload *
bench_workload_find (const char *name)
{
  for (guint i = 0; i < bench_n_workloads; i++)
    {
      if (strcmp (bench_workloads[i]->name, name) == 0)
        return bench_workloads[i];
    }

  return NULL;
}

guint
bench_workload_get_max_buffers (const BenchWorkload *self,
                                guint                usual)
{
  return self->bounded ? self->max_buffers : usual;
}

/* A pool for it; one whose max-buffers it does not say itself has the one given. */
gpointer
bench_workload_open (const BenchWorkload  *self,
                     const BenchDriver    *driver,
                     gsize                 size,
                     guint                 n_threads,
                     guint                 max_buffers,
                     GError              **error)
{
  const BenchSetup setup = {
    .thing = self->thing,
    .size = size,
    .n_threads = n_threads,
    .n_buffers = self->count_buffers (n_threads),
    .max_buffers = bench_workload_get_max_buffers (self, max_buffers),
    .steady = self->steady,
    .one_shard = self->one_shard,
  };

  return driver->open (&setup, error);
}
