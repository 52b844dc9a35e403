/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "subject.h"

/* What is measured of a run; each is a column of the report. */
typedef enum
{
  FIGURE_NS,
  FIGURE_CPU_NS,
  FIGURE_PAGE_FAULTS,
  FIGURE_PEAK_KIB,
  FIGURE_RSS_KIB,
  FIGURE_DESCRIPTORS,
  N_FIGURES
} Figure;

/* By these names in the JSON. */
extern const char *const figure_names[N_FIGURES];

/* One subject at work, in a process of its own. */
typedef struct
{
  const Subject *subject;
  gsize size;
  guint n_threads;
  guint64 n_rounds;

  GstAllocator *allocator;
  Source source;

  /* Of the last run. */
  guint64 n_operations;
  guint64 ns;
  guint64 cpu_ns;
  guint64 page_faults;
} Run;

typedef struct
{
  const char *name;
  const char *about;
  /* What one operation is. */
  const char *operation;
  /* Each ends with 0. */
  const gsize *sizes;
  const guint *threads;
  gboolean needs_pool;
  guint max_buffers;
  /* How long it takes does not depend on the rounds. */
  gboolean is_fixed;
  void (*work) (Run *run);
} Workload;

extern const Workload workload_cycle;
extern const Workload workload_pairs;
extern const Workload workload_crowd;
extern const Workload workload_tee;
extern const Workload workload_renegotiate;
extern const Workload workload_burst;
extern const Workload workload_exhaustion;

extern const Workload *const workloads[];
extern const guint n_workloads;

extern const gsize workload_all_sizes[];
extern const gsize workload_one_packet[];
extern const guint workload_one_thread[];

const Workload *workload_find (const char *name);

/* Around what counts. */
void run_begin (Run     *run);
void run_end   (Run     *run,
                guint64  n_operations);
