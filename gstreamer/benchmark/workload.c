/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "workload.h"

#include <time.h>

#include "bench-machine.h"
#include "bench-team.h"

const char *const figure_names[N_FIGURES] = {
  "ns_per_op", "cpu_ns_per_op", "page_faults", "peak_kib", "rss_kib", "descriptors",
};

const Workload *const workloads[] = {
  &workload_cycle,
  &workload_pairs,
  &workload_crowd,
  &workload_tee,
  &workload_renegotiate,
  &workload_burst,
  &workload_exhaustion,
};
const guint n_workloads = G_N_ELEMENTS (workloads);

/* A packet, a picture of 320 x 240, one of 1920 x 1080. */
const gsize workload_all_sizes[] = { 1400, 115200, 3110400, 0 };
const gsize workload_one_packet[] = { 1400, 0 };
const guint workload_one_thread[] = { 1, 0 };

const Workload *
workload_find (const char *name)
{
  for (guint i = 0; i < n_workloads; i++)
    {
      if (g_str_equal (workloads[i]->name, name))
        return workloads[i];
    }

  return NULL;
}

static guint64
get_cpu_ns (void)
{
  struct timespec used;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used);

  return (guint64) used.tv_sec * G_GUINT64_CONSTANT (1000000000) + (guint64) used.tv_nsec;
}

void
run_begin (Run *run)
{
  run->page_faults = bench_machine_get_faults ();
  run->cpu_ns = get_cpu_ns ();
  run->ns = bench_team_now ();
}

void
run_end (Run     *run,
         guint64  n_operations)
{
  run->ns = bench_team_now () - run->ns;
  run->cpu_ns = get_cpu_ns () - run->cpu_ns;
  run->page_faults = bench_machine_get_faults () - run->page_faults;
  run->n_operations = n_operations;
}
