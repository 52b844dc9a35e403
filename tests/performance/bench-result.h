/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-workload.h"

/* What one subject did in one workload, at one size, with so many threads. */

typedef enum
{
  BENCH_STATUS_OK,
  BENCH_STATUS_ABSENT,     /* not installed, or not built in */
  BENCH_STATUS_GAVE_UP,    /* did not finish in time */
  BENCH_STATUS_FAILED      /* did not work, and that is an error */
} BenchStatus;

typedef struct
{
  const BenchWorkload *workload;
  const BenchSubject *subject;
  gsize size;
  guint n_threads;
  gboolean is_that;        /* the other build's bufpool, see --that */
  const char *version;     /* owned by the runner; NULL when absent */

  BenchStatus status;
  char *note;              /* why it has no figures */

  GArray *samples;         /* of double: ns per operation, run by run */
  GArray *page_faults;     /* of double: per operation */
  double acquires;         /* over all runs, warming up included */
  double misses;           /* of bufpool, the same; negative: not counted */
  double peak_kib;
} BenchResult;

BenchResult *bench_result_new         (const BenchWorkload *workload,
                                       const BenchSubject  *subject,
                                       gsize                size,
                                       guint                n_threads,
                                       gboolean             is_that);
void         bench_result_free        (BenchResult         *self);
void         bench_result_end         (BenchResult         *self,
                                       BenchStatus          status,
                                       const char          *note);
const char  *bench_result_get_status  (const BenchResult   *self);
gboolean     bench_result_shares_cell (const BenchResult   *self,
                                       const BenchResult   *other);

double       bench_median             (const GArray        *samples);
double       bench_minimum            (const GArray        *samples);
double       bench_maximum            (const GArray        *samples);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchResult, bench_result_free)
