/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-report.h"

#include "bench-machine.h"

/* Tables for people, one for each workload, size and number of threads. */

#define MEASURE "bufpool"
#define KIB_PER_MIB 1024
#define BUSY 0.5

static void
print_header (const BenchReport *report)
{
  g_autofree char *cpu = bench_machine_dup_cpu ();
  g_autofree char *date = bench_machine_dup_date ();
  const char *last = NULL;

  g_print ("%s, %u cores, %s\n", cpu, g_get_num_processors (), date);
  if (report->load > BUSY)
    g_print ("The machine was busy before this (load %.2f): the figures may be disturbed.\n", report->load);
  for (guint i = 0; i < bench_n_subjects; i++)
    {
      const char *version = report->versions->pdata[i];

      if (version == NULL || g_strcmp0 (last, bench_subjects[i].library) == 0 ||
          bench_subjects[i].kind == BENCH_KIND_BASELINE)
        continue;
      g_print ("%s%s %s", last != NULL ? ", " : "", bench_subjects[i].library, version);
      last = bench_subjects[i].library;
    }
  g_print ("\n");
  if (report->that_version != NULL)
    g_print ("That is bufpool %s.\n", report->that_version);
}

static void
print_cell_header (const BenchResult *result)
{
  g_print ("\n%s, %" G_GSIZE_FORMAT " bytes, %u thread%s: ns per %s\n",
           result->workload->name, result->size,
           result->n_threads, result->n_threads == 1 ? "" : "s", result->workload->operation);
  g_print ("  %-21s %9s %9s %9s %9s %11s %9s\n",
           "", "median", "min", "max", "x " MEASURE, "faults/op", "peak MiB");
}

/* How many times as long as bufpool; nothing where there is no bufpool to hold it against */
static char *
dup_ratio (const BenchReport *report,
           const BenchResult *result)
{
  const BenchResult *measure = bench_report_find (report, result->workload->name, MEASURE,
                                                  result->size, result->n_threads);

  if (measure == NULL || measure->samples->len == 0)
    return g_strdup ("");

  return g_strdup_printf ("%.2f", bench_median (result->samples) / bench_median (measure->samples));
}

static char *
dup_name (const BenchResult *result)
{
  return g_strconcat (result->subject->name, result->is_that ? " (that)" : NULL, NULL);
}

static void
print_result (const BenchReport *report,
              const BenchResult *result)
{
  g_autofree char *name = dup_name (result);
  g_autofree char *ratio = NULL;

  if (result->samples->len == 0)
    {
      g_print ("  %-21s %s: %s\n", name, bench_result_get_status (result), result->note);
      return;
    }

  ratio = dup_ratio (report, result);
  g_print ("  %-21s %9.2f %9.2f %9.2f %9s %11.4f %9.1f", name,
           bench_median (result->samples), bench_minimum (result->samples),
           bench_maximum (result->samples), ratio,
           bench_median (result->page_faults), result->peak_kib / KIB_PER_MIB);
  if (result->misses > 0)
    g_print ("  %.0f misses", result->misses);
  g_print ("\n");
}

void
bench_report_print_text (const BenchReport *report)
{
  const BenchResult *before = NULL;

  print_header (report);
  for (guint i = 0; i < report->results->len; i++)
    {
      const BenchResult *result = g_ptr_array_index (report->results, i);

      if (before == NULL || !bench_result_shares_cell (before, result))
        print_cell_header (result);
      print_result (report, result);
      before = result;
    }
}
