/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-workload.h"

/* The command line. */

typedef enum
{
  BENCH_FORMAT_TEXT,
  BENCH_FORMAT_JSON
} BenchFormat;

typedef struct
{
  BenchFormat format;
  gboolean check;
  gboolean smallest;           /* only the first size of each workload */
  gboolean worker;             /* this process measures one cell, see bench-worker.c */
  gboolean probe;              /* this process only says which version it has */
  guint rounds;                /* processes, one after another, for each figure */
  guint runs;                  /* of each process */
  double run_ms;               /* how long a run should take */
  double give_up_s;            /* how long a run may take */
  guint max_buffers;           /* of bufpools whose workload does not say */
  char *json_file;             /* where the JSON goes as well; or NULL */
  char *that;                  /* another build of this program, to compare with; or NULL */
  guint64 iterations;          /* 0, or how many cycles to do without timing */
  GPtrArray *workloads;        /* of BenchWorkload */
  GPtrArray *subjects;         /* of BenchSubject */
  GArray *sizes;               /* of gsize; empty: each workload's own */
  GArray *threads;             /* of guint; empty: each workload's own */
} BenchOptions;

BenchOptions *bench_options_new  (int           *argc,
                                  char        ***argv,
                                  GError       **error);
void          bench_options_free (BenchOptions  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchOptions, bench_options_free)
