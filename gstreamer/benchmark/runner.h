/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "options.h"

typedef enum
{
  STATUS_OK,
  STATUS_GAVE_UP,
  STATUS_FAILED
} Status;

/* What one subject did in one workload, at one size, with so many threads. */
typedef struct
{
  const Workload *workload;
  const Subject *subject;
  gsize size;
  guint n_threads;

  Status status;
  /* Why it has no figures. */
  char *note;
  /* Of double, one for each run. */
  GArray *figures[N_FIGURES];
} Result;

void       result_free       (Result        *self);
gboolean   result_is_beside  (const Result  *self,
                              const Result  *other);
double     result_get_median (const Result  *self,
                              Figure         figure);
double     result_get_least  (const Result  *self,
                              Figure         figure);
double     result_get_most   (const Result  *self,
                              Figure         figure);

/* Of Result, in the order in which they are to be shown; those of one workload, size
 * and number of threads next to one another. */
GPtrArray *runner_run        (const Options *options);
