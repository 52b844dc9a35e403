/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-options.h"
#include "bench-result.h"

typedef struct
{
  GPtrArray *results;    /* of BenchResult, in the order of workload, size, threads, subject */
  GPtrArray *versions;   /* of char *, by the index in bench_subjects; NULL where absent */
  GPtrArray *absent;     /* of char *, the same: why it is absent */
  GPtrArray *preloads;   /* of const char *, the same: what it needs preloaded */
  char *that_version;    /* of the other build's bufpool; NULL without another */
  guint max_buffers;     /* of bufpools whose workload does not say */
  double load;           /* of the machine before; negative: not known */
} BenchReport;

BenchReport       *bench_runner_run         (const BenchOptions  *options,
                                             GError             **error);
void               bench_report_free        (BenchReport         *self);
gboolean           bench_report_has_failed  (const BenchReport   *self);
const BenchResult *bench_report_find        (const BenchReport   *self,
                                             const char          *workload,
                                             const char          *subject,
                                             gsize                size,
                                             guint                n_threads);
gboolean           bench_find_subject       (const BenchSubject  *subject,
                                             const char          *program,
                                             const char         **preload,
                                             char               **version);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchReport, bench_report_free)
