/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-runner.h"

#include <unistd.h>

#include <gio/gio.h>

#include "bench-child.h"
#include "bench-machine.h"

/* Makes every figure: for each workload, size and number of threads it starts a
 * process for each subject, lets them get ready one after the other, and then
 * has them take turns, so that whatever the machine does meanwhile hits all alike.
 * With another build of this program, its bufpool takes its turns among them.
 */

#define PROBE_S 20.0
#define READY_FACTOR 1.5

typedef struct
{
  BenchResult *result;
  BenchChild *child;
} Entry;

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->child, bench_child_free);
}

static char *
probe (const BenchSubject *subject,
       const char         *program,
       const char         *preload)
{
  g_autofree char *subject_argument = g_strconcat ("--subject=", subject->name, NULL);
  const char *const arguments[] = { "--probe", subject_argument, NULL };
  g_autoptr (BenchChild) child = bench_child_new (program, arguments, preload, subject->tunables,
                                                  NULL);
  g_autoptr (JsonObject) answer = child != NULL ? bench_child_read (child, PROBE_S, NULL) : NULL;

  if (answer == NULL || !json_object_has_member (answer, "version"))
    return NULL;

  return g_strdup (json_object_get_string_member (answer, "version"));
}

/* A process in which the subject is what it says: the first of its libraries under
 * which it is so, if it needs any, and its version
 */
gboolean
bench_find_subject (const BenchSubject  *subject,
                    const char          *program,
                    const char         **preload,
                    char               **version)
{
  static const char *const none[] = { NULL };
  const char *const *preloads = subject->preloads != NULL ? subject->preloads : none;
  guint i = 0;

  do
    {
      *preload = preloads[i];
      *version = probe (subject, program, preloads[i]);
    }
  while (*version == NULL && preloads[i] != NULL && preloads[++i] != NULL);

  return *version != NULL;
}

static char *
explain_absence (const BenchSubject *subject,
                 const GError       *error)
{
  if (error != NULL)
    return g_strdup (error->message);
  if (subject->tunables != NULL)
    return g_strdup_printf ("%s does not follow " BENCH_TUNABLES, subject->library);

  return g_strdup_printf ("%s is not installed", subject->library);
}

static gboolean
is_bufpool (const BenchSubject *subject)
{
  return (subject->kind & BENCH_KINDS_BUFPOOL) != 0;
}

static gboolean
find_versions (BenchReport         *self,
               const BenchOptions  *options,
               GError             **error)
{
  g_ptr_array_set_size (self->versions, (int) bench_n_subjects);
  g_ptr_array_set_size (self->absent, (int) bench_n_subjects);
  g_ptr_array_set_size (self->preloads, (int) bench_n_subjects);

  for (guint i = 0; i < bench_n_subjects; i++)
    {
      const BenchSubject *subject = &bench_subjects[i];
      g_autoptr (GError) reason = NULL;
      const char *preload = NULL;
      char *version = NULL;

      if (!g_ptr_array_find (options->subjects, subject, NULL))
        continue;

      if (subject->preloads == NULL && subject->tunables == NULL)
        version = bench_subject_dup_version (subject, &reason);
      else
        bench_find_subject (subject, NULL, &preload, &version);

      self->preloads->pdata[i] = (gpointer) preload;
      self->versions->pdata[i] = version;
      if (version == NULL)
        self->absent->pdata[i] = explain_absence (subject, reason);

      if (options->that == NULL || !is_bufpool (subject) || self->that_version != NULL)
        continue;
      if (!bench_find_subject (subject, options->that, &preload, &self->that_version))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                       "%s is no bufpool-bench that can be compared with this one", options->that);
          return FALSE;
        }
    }

  return TRUE;
}

static guint
index_of (const BenchSubject *subject)
{
  return (guint) (subject - bench_subjects);
}

static void
settle (BenchResult  *result,
        double        seconds,
        const GError *error)
{
  g_autofree char *note = NULL;

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      bench_result_end (result, BENCH_STATUS_FAILED, error->message);
      return;
    }

  note = g_strdup_printf ("not done after %g s", seconds);
  bench_result_end (result, BENCH_STATUS_GAVE_UP, note);
}

static void
entry_start (Entry              *entry,
             const BenchReport  *report,
             const BenchOptions *options)
{
  BenchResult *result = entry->result;
  const char *preload = report->preloads->pdata[index_of (result->subject)];
  double patience = options->give_up_s * READY_FACTOR;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *workload = g_strconcat ("--workload=", result->workload->name, NULL);
  g_autofree char *subject = g_strconcat ("--subject=", result->subject->name, NULL);
  g_autofree char *size = g_strdup_printf ("--size=%" G_GSIZE_FORMAT, result->size);
  g_autofree char *threads = g_strdup_printf ("--threads=%u", result->n_threads);
  g_autofree char *max = g_strdup_printf ("--max-buffers=%u", options->max_buffers);
  g_autofree char *run_ms = g_strconcat ("--run-ms=", g_ascii_dtostr (number, sizeof number,
                                                                     options->run_ms), NULL);
  const char *const arguments[] = {
    "--worker", workload, subject, size, threads, max, run_ms, NULL
  };
  g_autoptr (JsonObject) ready = NULL;
  g_autoptr (GError) error = NULL;

  entry->child = bench_child_new (result->is_that ? options->that : NULL, arguments, preload,
                                  result->subject->tunables, &error);
  if (entry->child != NULL)
    ready = bench_child_read (entry->child, patience, &error);

  if (ready == NULL)
    {
      settle (result, patience, error);
      entry_clear (entry);
    }
}

static void
entry_run (Entry              *entry,
           const BenchOptions *options)
{
  BenchResult *result = entry->result;
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (GError) error = NULL;
  double sample, page_faults;

  if (bench_child_ask (entry->child, &error))
    answer = bench_child_read (entry->child, options->give_up_s, &error);

  if (answer == NULL)
    {
      settle (result, options->give_up_s, error);
      entry_clear (entry);
      return;
    }

  sample = json_object_get_double_member (answer, "ns_per_op");
  page_faults = json_object_get_double_member (answer, "page_faults");
  g_array_append_val (result->samples, sample);
  g_array_append_val (result->page_faults, page_faults);
  result->acquires += json_object_get_double_member (answer, "acquires");
  result->peak_kib = json_object_get_double_member (answer, "peak_kib");
  if (json_object_has_member (answer, "misses"))
    result->misses = MAX (result->misses, 0) + json_object_get_double_member (answer, "misses");
}

static void
entry_finish (Entry              *entry,
              const BenchOptions *options)
{
  g_autoptr (GError) error = NULL;

  if (!bench_child_finish (entry->child, options->give_up_s, &error))
    settle (entry->result, options->give_up_s, error);
  entry_clear (entry);
}

static void
show_progress (const BenchResult *result,
               guint              run,
               guint              n_runs)
{
  if (!isatty (STDERR_FILENO))
    return;

  if (result != NULL)
    g_printerr ("\r\033[K%s, %" G_GSIZE_FORMAT " bytes, %u threads: run %u of %u",
                result->workload->name, result->size, result->n_threads, run, n_runs);
  else
    g_printerr ("\r\033[K");
}

static void
add_entry (BenchReport  *self,
           GArray       *entries,
           BenchResult  *result)
{
  const guint index = index_of (result->subject);
  Entry entry = { .result = result };

  result->version = result->is_that ? self->that_version : self->versions->pdata[index];
  if (result->version == NULL)
    bench_result_end (result, BENCH_STATUS_ABSENT, self->absent->pdata[index]);
  g_ptr_array_add (self->results, result);
  g_array_append_val (entries, entry);
}

/* In every other run they go in the reverse order, so that none comes always after
 * the same other.
 */
static void
run_entries (GArray             *entries,
             const BenchOptions *options,
             guint               run)
{
  for (guint i = 0; i < entries->len; i++)
    {
      guint place = run % 2 == 0 ? i : entries->len - 1 - i;
      Entry *entry = &g_array_index (entries, Entry, place);

      show_progress (entry->result, run + 1, options->runs);
      if (entry->child != NULL)
        entry_run (entry, options);
    }
}

/* One round: a process for each, and its runs */
static void
run_round (BenchReport        *self,
           GArray             *entries,
           const BenchOptions *options)
{
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);

      show_progress (entry->result, 0, options->runs);
      if (entry->result->status == BENCH_STATUS_OK)
        entry_start (entry, self, options);
    }

  for (guint run = 0; run < options->runs; run++)
    run_entries (entries, options, run);

  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);

      if (entry->child != NULL)
        entry_finish (entry, options);
    }
}

/* One cell: all subjects by turns */
static void
run_cell (BenchReport         *self,
          const BenchOptions  *options,
          const BenchWorkload *workload,
          gsize                size,
          guint                n_threads)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (Entry));

  g_array_set_clear_func (entries, entry_clear);

  for (guint i = 0; i < options->subjects->len; i++)
    {
      const BenchSubject *subject = g_ptr_array_index (options->subjects, i);

      if ((workload->kinds & subject->kind) == 0)
        continue;

      add_entry (self, entries, bench_result_new (workload, subject, size, n_threads, FALSE));
      if (options->that != NULL && is_bufpool (subject))
        add_entry (self, entries, bench_result_new (workload, subject, size, n_threads, TRUE));
    }

  for (guint i = 0; i < options->rounds; i++)
    run_round (self, entries, options);
}

/* What was chosen, or all that the workload lists by itself */
static gboolean
takes_size (const BenchWorkload *workload,
            gsize                size)
{
  for (guint i = 0; workload->sizes[i] != 0; i++)
    {
      if (workload->sizes[i] == size)
        return TRUE;
    }

  return workload->any_size;
}

static gboolean
takes_threads (const BenchWorkload *workload,
               guint                n_threads)
{
  for (guint i = 0; workload->threads[i] != 0; i++)
    {
      if (workload->threads[i] == n_threads)
        return TRUE;
    }

  return workload->any_threads;
}

static void
run_threads (BenchReport         *self,
             const BenchOptions  *options,
             const BenchWorkload *workload,
             gsize                size)
{
  if (options->threads->len == 0)
    {
      for (guint i = 0; workload->threads[i] != 0; i++)
        run_cell (self, options, workload, size, workload->threads[i]);
      return;
    }

  for (guint i = 0; i < options->threads->len; i++)
    {
      guint n_threads = g_array_index (options->threads, guint, i);

      if (takes_threads (workload, n_threads))
        run_cell (self, options, workload, size, n_threads);
    }
}

static void
run_workload (BenchReport         *self,
              const BenchOptions  *options,
              const BenchWorkload *workload)
{
  if (options->sizes->len == 0)
    {
      for (guint i = 0; workload->sizes[i] != 0 && (i == 0 || !options->smallest); i++)
        run_threads (self, options, workload, workload->sizes[i]);
      return;
    }

  for (guint i = 0; i < options->sizes->len; i++)
    {
      gsize size = g_array_index (options->sizes, gsize, i);

      if (takes_size (workload, size))
        run_threads (self, options, workload, size);
    }
}

BenchReport *
bench_runner_run (const BenchOptions  *options,
                  GError             **error)
{
  g_autoptr (BenchReport) self = g_new0 (BenchReport, 1);

  self->results = g_ptr_array_new_with_free_func ((GDestroyNotify) bench_result_free);
  self->versions = g_ptr_array_new_with_free_func (g_free);
  self->absent = g_ptr_array_new_with_free_func (g_free);
  self->preloads = g_ptr_array_new ();

  self->load = bench_machine_get_load ();
  self->max_buffers = options->max_buffers;
  if (!find_versions (self, options, error))
    return NULL;
  for (guint i = 0; i < options->workloads->len; i++)
    run_workload (self, options, g_ptr_array_index (options->workloads, i));
  show_progress (NULL, 0, 0);

  if (self->results->len == 0)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "Nothing to measure: none of the workloads chosen runs with these subjects, "
                   "sizes and threads; see --help");
      return NULL;
    }

  return g_steal_pointer (&self);
}

void
bench_report_free (BenchReport *self)
{
  g_ptr_array_unref (self->results);
  g_ptr_array_unref (self->versions);
  g_ptr_array_unref (self->absent);
  g_ptr_array_unref (self->preloads);
  g_free (self->that_version);
  g_free (self);
}

gboolean
bench_report_has_failed (const BenchReport *self)
{
  for (guint i = 0; i < self->results->len; i++)
    {
      const BenchResult *result = g_ptr_array_index (self->results, i);

      if (result->status == BENCH_STATUS_FAILED)
        return TRUE;
    }

  return FALSE;
}

/* Only of this build */
const BenchResult *
bench_report_find (const BenchReport *self,
                   const char        *workload,
                   const char        *subject,
                   gsize              size,
                   guint              n_threads)
{
  for (guint i = 0; i < self->results->len; i++)
    {
      const BenchResult *result = g_ptr_array_index (self->results, i);

      if (g_str_equal (result->workload->name, workload) &&
          g_str_equal (result->subject->name, subject) &&
          result->size == size && result->n_threads == n_threads && !result->is_that)
        return result;
    }

  return NULL;
}
