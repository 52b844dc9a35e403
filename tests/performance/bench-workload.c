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
  &bench_workload_bleed,
  &bench_workload_survivors,
  &bench_workload_large,
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
