/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "runner.h"

#include <unistd.h>

#include "bench-child.h"

/* The calibration goes round more than once. */
#define READY_FACTOR 3

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  const double *first = a, *second = b;

  return (*first > *second) - (*first < *second);
}

static double
get_ranked (const Result *self,
            Figure        figure,
            double        rank)
{
  g_autoptr (GArray) sorted = g_array_copy (self->figures[figure]);

  g_return_val_if_fail (sorted->len > 0, 0);
  g_array_sort (sorted, compare_doubles);

  return g_array_index (sorted, double, (guint) (rank * (sorted->len - 1)));
}

double
result_get_median (const Result *self,
                   Figure        figure)
{
  return get_ranked (self, figure, 0.5);
}

double
result_get_least (const Result *self,
                  Figure        figure)
{
  return get_ranked (self, figure, 0);
}

double
result_get_most (const Result *self,
                 Figure        figure)
{
  return get_ranked (self, figure, 1);
}

gboolean
result_is_beside (const Result *self,
                  const Result *other)
{
  return self->workload == other->workload && self->size == other->size &&
         self->n_threads == other->n_threads;
}

static Result *
result_new (const Workload *workload,
            const Subject  *subject,
            gsize           size,
            guint           n_threads)
{
  Result *self = g_new0 (Result, 1);

  self->workload = workload;
  self->subject = subject;
  self->size = size;
  self->n_threads = n_threads;
  for (guint i = 0; i < N_FIGURES; i++)
    self->figures[i] = g_array_new (FALSE, FALSE, sizeof (double));

  return self;
}

void
result_free (Result *self)
{
  for (guint i = 0; i < N_FIGURES; i++)
    g_array_unref (self->figures[i]);
  g_free (self->note);
  g_free (self);
}

typedef struct
{
  Result *result;
  BenchChild *child;
} Entry;

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->child, bench_child_free);
}

/* It has no figures, for this reason. */
static void
entry_end (Entry        *entry,
           double        seconds,
           const GError *error)
{
  Result *result = entry->result;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      result->status = STATUS_GAVE_UP;
      result->note = g_strdup_printf ("not done after %g s", seconds);
    }
  else
    {
      result->status = STATUS_FAILED;
      result->note = g_strdup (error->message);
    }
  for (guint i = 0; i < N_FIGURES; i++)
    g_array_set_size (result->figures[i], 0);
  entry_clear (entry);
}

static void
entry_start (Entry         *entry,
             const Options *options)
{
  Result *result = entry->result;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *workload = g_strconcat ("--workload=", result->workload->name, NULL);
  g_autofree char *subject = g_strconcat ("--subject=", result->subject->name, NULL);
  g_autofree char *size = g_strdup_printf ("--size=%" G_GSIZE_FORMAT, result->size);
  g_autofree char *threads = g_strdup_printf ("--threads=%u", result->n_threads);
  g_autofree char *run_ms = g_strconcat ("--run-ms=", g_ascii_dtostr (number, sizeof number,
                                                                     options->run_ms), NULL);
  const char *const arguments[] = { "--worker", workload, subject, size, threads, run_ms, NULL };
  g_autoptr (JsonObject) ready = NULL;
  g_autoptr (GError) error = NULL;

  entry->child = bench_child_new (NULL, arguments, NULL, NULL, &error);
  if (entry->child != NULL)
    ready = bench_child_read (entry->child, options->give_up_s * READY_FACTOR, &error);
  if (ready == NULL)
    entry_end (entry, options->give_up_s * READY_FACTOR, error);
}

static void
entry_run (Entry         *entry,
           const Options *options)
{
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (GError) error = NULL;

  if (bench_child_ask (entry->child, &error))
    answer = bench_child_read (entry->child, options->give_up_s, &error);
  if (answer == NULL)
    {
      entry_end (entry, options->give_up_s, error);
      return;
    }

  for (guint i = 0; i < N_FIGURES; i++)
    {
      double figure = json_object_get_double_member (answer, figure_names[i]);

      g_array_append_val (entry->result->figures[i], figure);
    }
}

static void
entry_finish (Entry         *entry,
              const Options *options)
{
  g_autoptr (GError) error = NULL;

  if (!bench_child_finish (entry->child, options->give_up_s, &error))
    entry_end (entry, options->give_up_s, error);
  entry_clear (entry);
}

static void
show_progress (const Result *result,
               guint         run,
               guint         n_runs)
{
  if (!isatty (STDERR_FILENO))
    return;

  g_printerr ("\r\033[K");
  if (result != NULL)
    g_printerr ("%s, %" G_GSIZE_FORMAT " bytes, %u threads: run %u of %u", result->workload->name,
                result->size, result->n_threads, run, n_runs);
}

/* All subjects, in turns */
static void
run_cell (GPtrArray      *results,
          const Options  *options,
          const Workload *workload,
          gsize           size,
          guint           n_threads)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (Entry));

  g_array_set_clear_func (entries, entry_clear);
  for (guint i = 0; i < options->subjects->len; i++)
    {
      const Subject *subject = g_ptr_array_index (options->subjects, i);
      Entry entry = { 0 };

      if (workload->needs_pool && subject->kind == SOURCE_NO_POOL)
        continue;

      entry.result = result_new (workload, subject, size, n_threads);
      g_ptr_array_add (results, entry.result);
      show_progress (entry.result, 0, options->n_runs);
      entry_start (&entry, options);
      g_array_append_val (entries, entry);
    }

  for (guint run = 1; run <= options->n_runs; run++)
    {
      for (guint i = 0; i < entries->len; i++)
        {
          Entry *entry = &g_array_index (entries, Entry, i);

          show_progress (entry->result, run, options->n_runs);
          if (entry->child != NULL)
            entry_run (entry, options);
        }
    }
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);

      if (entry->child != NULL)
        entry_finish (entry, options);
    }
}

static void
run_size (GPtrArray      *results,
          const Options  *options,
          const Workload *workload,
          gsize           size)
{
  if (workload->threads == workload_one_thread || options->threads->len == 0)
    {
      for (guint i = 0; workload->threads[i] != 0 && (i == 0 || !options->is_smoke); i++)
        run_cell (results, options, workload, size, workload->threads[i]);
      return;
    }

  for (guint i = 0; i < options->threads->len; i++)
    run_cell (results, options, workload, size,
              (guint) g_array_index (options->threads, guint64, i));
}

static void
run_workload (GPtrArray      *results,
              const Options  *options,
              const Workload *workload)
{
  if (workload->sizes != workload_all_sizes || options->sizes->len == 0)
    {
      for (guint i = 0; workload->sizes[i] != 0 && (i == 0 || !options->is_smoke); i++)
        run_size (results, options, workload, workload->sizes[i]);
      return;
    }

  for (guint i = 0; i < options->sizes->len; i++)
    run_size (results, options, workload, (gsize) g_array_index (options->sizes, guint64, i));
}

GPtrArray *
runner_run (const Options *options)
{
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify) result_free);

  for (guint i = 0; i < options->workloads->len; i++)
    run_workload (results, options, g_ptr_array_index (options->workloads, i));
  show_progress (NULL, 0, 0);

  return results;
}
