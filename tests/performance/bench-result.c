/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-result.h"

BenchResult *
bench_result_new (const BenchWorkload *workload,
                  const BenchSubject  *subject,
                  gsize                size,
                  guint                n_threads,
                  gboolean             is_that)
{
  BenchResult *self = g_new0 (BenchResult, 1);

  self->workload = workload;
  self->subject = subject;
  self->size = size;
  self->n_threads = n_threads;
  self->is_that = is_that;
  self->samples = g_array_new (FALSE, FALSE, sizeof (double));
  self->page_faults = g_array_new (FALSE, FALSE, sizeof (double));
  self->misses = -1;

  return self;
}

void
bench_result_free (BenchResult *self)
{
  g_array_unref (self->samples);
  g_array_unref (self->page_faults);
  g_free (self->note);
  g_free (self);
}

/* It has no figures: those of the runs it finished would not compare. */
void
bench_result_end (BenchResult *self,
                  BenchStatus  status,
                  const char  *note)
{
  self->status = status;
  g_free (self->note);
  self->note = g_strdup (note);
  g_array_set_size (self->samples, 0);
  g_array_set_size (self->page_faults, 0);
}

const char *
bench_result_get_status (const BenchResult *self)
{
  static const char *const names[] = {
    [BENCH_STATUS_OK] = "ok",
    [BENCH_STATUS_ABSENT] = "absent",
    [BENCH_STATUS_GAVE_UP] = "gave-up",
    [BENCH_STATUS_FAILED] = "failed",
  };

  return names[self->status];
}

/* Whether the two can be compared */
gboolean
bench_result_shares_cell (const BenchResult *self,
                          const BenchResult *other)
{
  return self->workload == other->workload &&
         self->size == other->size &&
         self->n_threads == other->n_threads;
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
pick (const GArray *samples,
      double        where)
{
  g_autoptr (GArray) sorted = g_array_copy ((GArray *) samples);
  double place = where * (sorted->len - 1);
  guint below = (guint) place;
  guint above = MIN (below + 1, sorted->len - 1);
  double part = place - below;

  g_array_sort (sorted, compare_doubles);

  return g_array_index (sorted, double, below) * (1 - part) +
         g_array_index (sorted, double, above) * part;
}

double
bench_median (const GArray *samples)
{
  return pick (samples, 0.5);
}

double
bench_minimum (const GArray *samples)
{
  return pick (samples, 0);
}

double
bench_maximum (const GArray *samples)
{
  return pick (samples, 1);
}
