/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-options.h"

#include <string.h>

#define DEFAULT_ROUNDS 1
#define DEFAULT_RUNS 9
#define DEFAULT_RUN_MS 100.0
#define DEFAULT_GIVE_UP_S 20.0
#define QUICK_RUNS 7
#define QUICK_RUN_MS 30.0
#define QUICK_GIVE_UP_S 1.5
#define SMOKE_RUNS 2
#define SMOKE_RUN_MS 0.5
#define QUICK_SIZE 4096
#define N_QUICK_WORKLOADS 5
#define MAX_SIZE (G_GUINT64_CONSTANT (1) << 30)
#define MAX_THREADS 256
#define MAX_RUNS 1000
#define MAX_ROUNDS 100
#define MAX_MAX_BUFFERS 1000000

typedef struct
{
  char *format;
  char *workload;
  char *subject;
  char *size;
  char *threads;
  gboolean quick;
  gboolean smoke;
  int rounds;
  int runs;
  double run_ms;
  double give_up_s;
  gint64 iterations;
  int max_buffers;
} Arguments;

static void
arguments_clear (Arguments *self)
{
  g_free (self->format);
  g_free (self->workload);
  g_free (self->subject);
  g_free (self->size);
  g_free (self->threads);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arguments, arguments_clear)

static char *
describe (void)
{
  GString *text = g_string_new ("Workloads:\n");

  for (guint i = 0; i < bench_n_workloads; i++)
    g_string_append_printf (text, "  %-20s %s\n", bench_workloads[i]->name, bench_workloads[i]->about);

  g_string_append (text, "\nSubjects:\n");
  for (guint i = 0; i < bench_n_subjects; i++)
    g_string_append_printf (text, "  %-20s %s\n", bench_subjects[i].name, bench_subjects[i].about);

  g_string_append (text,
                   "\n"
                   "ns_per_op is wall time by all operations of all threads together: two threads on\n"
                   "two cores that do not disturb one another show half of what one thread shows.\n"
                   "Threads start together; creating them counts in survivors only. An operation is an\n"
                   "acquire with its release; for hold and burst it is one of the buffers, for\n"
                   "handoff and the like one that was handed over, for large one frame.\n"
                   "\n"
                   "A bufpool has the settings it comes with, except where the workload says others\n"
                   "or --max-buffers does.\n"
                   "\n"
                   "Every subject has a process of its own for each workload, size and number of\n"
                   "threads, and the subjects take turns: run 1 of each, then run 2 of each. Printed\n"
                   "are median, minimum and maximum. What does not finish in time is given up and\n"
                   "listed so; what is not installed is listed as absent.\n");

  return g_string_free (text, FALSE);
}

static char *
list_workloads (void)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < bench_n_workloads; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", bench_workloads[i]->name);

  return g_string_free (list, FALSE);
}

static char *
list_subjects (void)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < bench_n_subjects; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", bench_subjects[i].name);

  return g_string_free (list, FALSE);
}

static gboolean
select_workloads (BenchOptions  *self,
                  const char    *names,
                  gboolean       quick,
                  GError       **error)
{
  g_auto (GStrv) list = NULL;

  if (names == NULL)
    {
      for (guint i = 0; i < (quick ? N_QUICK_WORKLOADS : bench_n_workloads); i++)
        g_ptr_array_add (self->workloads, (gpointer) bench_workloads[i]);
      return TRUE;
    }

  list = g_strsplit (names, ",", -1);
  for (guint i = 0; list[i] != NULL; i++)
    {
      gboolean found = FALSE;

      for (guint j = 0; j < bench_n_workloads; j++)
        {
          const BenchWorkload *workload = bench_workloads[j];

          if (!g_pattern_match_simple (list[i], workload->name))
            continue;
          found = TRUE;
          if (!g_ptr_array_find (self->workloads, workload, NULL))
            g_ptr_array_add (self->workloads, (gpointer) workload);
        }
      if (!found)
        {
          g_autofree char *valid = list_workloads ();

          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "There is no workload \"%s\"; there are: %s", list[i], valid);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
select_subjects (BenchOptions  *self,
                 const char    *names,
                 GError       **error)
{
  g_auto (GStrv) list = NULL;

  if (names == NULL)
    {
      for (guint i = 0; i < bench_n_subjects; i++)
        g_ptr_array_add (self->subjects, (gpointer) &bench_subjects[i]);
      return TRUE;
    }

  list = g_strsplit (names, ",", -1);
  for (guint i = 0; list[i] != NULL; i++)
    {
      const BenchSubject *subject = bench_subject_find (list[i]);

      if (subject == NULL)
        {
          g_autofree char *valid = list_subjects ();

          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "There is no subject \"%s\"; there are: %s", list[i], valid);
          return FALSE;
        }
      if (!g_ptr_array_find (self->subjects, subject, NULL))
        g_ptr_array_add (self->subjects, (gpointer) subject);
    }

  return TRUE;
}

static gboolean
parse_number (const char  *text,
              const char  *option,
              guint64      max,
              guint64     *number,
              GError     **error)
{
  if (g_ascii_string_to_unsigned (text, 10, 1, max, number, NULL))
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "\"%s\" is no value for %s, which takes numbers from 1 to %" G_GUINT64_FORMAT
               ", separated by commas", text, option, max);

  return FALSE;
}

static gboolean
select_sizes (BenchOptions  *self,
              const char    *sizes,
              GError       **error)
{
  g_auto (GStrv) list = sizes != NULL ? g_strsplit (sizes, ",", -1) : NULL;

  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    {
      guint64 number;
      gsize size;

      if (!parse_number (list[i], "--size", MAX_SIZE, &number, error))
        return FALSE;
      size = (gsize) number;
      g_array_append_val (self->sizes, size);
    }

  return TRUE;
}

static gboolean
select_threads (BenchOptions  *self,
                const char    *threads,
                GError       **error)
{
  g_auto (GStrv) list = threads != NULL ? g_strsplit (threads, ",", -1) : NULL;

  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    {
      guint64 number;
      guint n_threads;

      if (!parse_number (list[i], "--threads", MAX_THREADS, &number, error))
        return FALSE;
      n_threads = (guint) number;
      g_array_append_val (self->threads, n_threads);
    }

  return TRUE;
}

static gboolean
bad_value (GError     **error,
           const char  *message)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);

  return FALSE;
}

static gboolean
apply (BenchOptions     *self,
       const Arguments  *arguments,
       GError          **error)
{
  gboolean quick = arguments->quick || arguments->smoke;

  if (arguments->format == NULL || strcmp (arguments->format, "text") == 0)
    self->format = BENCH_FORMAT_TEXT;
  else if (strcmp (arguments->format, "json") == 0)
    self->format = BENCH_FORMAT_JSON;
  else
    return bad_value (error, "--format takes \"text\" or \"json\"");

  if (arguments->runs < 0 || arguments->runs > MAX_RUNS)
    return bad_value (error, "--runs takes a number from 1 to 1000");
  if (arguments->rounds < 0 || arguments->rounds > MAX_ROUNDS)
    return bad_value (error, "--rounds takes a number from 1 to 100");
  if (arguments->max_buffers < 0 || arguments->max_buffers > MAX_MAX_BUFFERS)
    return bad_value (error, "--max-buffers takes a number from 0 to 1000000");
  if (arguments->run_ms < 0 || arguments->give_up_s < 0)
    return bad_value (error, "--run-ms and --give-up take times above 0");
  if (arguments->iterations < 0)
    return bad_value (error, "--iterations takes a number above 0");

  self->rounds = arguments->rounds > 0 ? (guint) arguments->rounds : DEFAULT_ROUNDS;
  self->max_buffers = (guint) arguments->max_buffers;
  self->runs = arguments->runs > 0 ? (guint) arguments->runs
               : arguments->smoke ? SMOKE_RUNS
               : quick ? QUICK_RUNS : DEFAULT_RUNS;
  self->run_ms = arguments->run_ms > 0 ? arguments->run_ms
                 : arguments->smoke ? SMOKE_RUN_MS
                 : quick ? QUICK_RUN_MS : DEFAULT_RUN_MS;
  self->give_up_s = arguments->give_up_s > 0 ? arguments->give_up_s
                    : quick ? QUICK_GIVE_UP_S : DEFAULT_GIVE_UP_S;
  self->iterations = (guint64) arguments->iterations;
  self->smallest = arguments->smoke;

  if (!select_workloads (self, arguments->workload, arguments->quick, error) ||
      !select_subjects (self, arguments->subject, error) ||
      !select_sizes (self, arguments->size, error) ||
      !select_threads (self, arguments->threads, error))
    return FALSE;

  if (arguments->quick && arguments->size == NULL)
    {
      gsize size = QUICK_SIZE;

      g_array_append_val (self->sizes, size);
    }

  if (self->iterations > 0 && self->subjects->len != 1)
    return bad_value (error, "--iterations needs one --subject");
  if (self->iterations > 0 && self->sizes->len > 1)
    return bad_value (error, "--iterations takes one --size at most");
  if (self->worker && (self->workloads->len != 1 || self->subjects->len != 1 ||
                       self->sizes->len != 1 || self->threads->len != 1))
    return bad_value (error, "--worker needs one workload, subject, size and number of threads");
  if (self->probe && self->subjects->len != 1)
    return bad_value (error, "--probe needs one subject");

  return TRUE;
}

BenchOptions *
bench_options_new (int      *argc,
                   char   ***argv,
                   GError  **error)
{
  g_autoptr (BenchOptions) self = g_new0 (BenchOptions, 1);
  g_auto (Arguments) arguments = { .max_buffers = BENCH_DEFAULT_MAX_BUFFERS };
  g_autofree char *description = describe ();
  g_autoptr (GOptionContext) context = NULL;
  const GOptionEntry entries[] = {
    { "format", 0, 0, G_OPTION_ARG_STRING, &arguments.format,
      "How to print: text (the default) or json", "FORMAT" },
    { "json", 0, 0, G_OPTION_ARG_FILENAME, &self->json_file,
      "Write the JSON to this file, whatever is printed", "FILE" },
    { "workload", 0, 0, G_OPTION_ARG_STRING, &arguments.workload,
      "Only these workloads, separated by commas; * stands for anything", "NAMES" },
    { "subject", 0, 0, G_OPTION_ARG_STRING, &arguments.subject,
      "Only these subjects, separated by commas", "NAMES" },
    { "size", 0, 0, G_OPTION_ARG_STRING, &arguments.size,
      "Buffers of these sizes in bytes, separated by commas", "SIZES" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &arguments.threads,
      "Only with these numbers of threads, separated by commas", "NUMBERS" },
    { "quick", 0, 0, G_OPTION_ARG_NONE, &arguments.quick,
      "cycle, hold, handoff and threads at 4096 bytes, in less than 40 s", NULL },
    { "smoke", 0, 0, G_OPTION_ARG_NONE, &arguments.smoke,
      "Every workload at its smallest size, so briefly that the figures mean nothing", NULL },
    { "check", 0, 0, G_OPTION_ARG_NONE, &self->check,
      "Hold the figures against the bars they should clear", NULL },
    { "runs", 0, 0, G_OPTION_ARG_INT, &arguments.runs,
      "How many runs a process makes (9; 7 with --quick)", "N" },
    { "rounds", 0, 0, G_OPTION_ARG_INT, &arguments.rounds,
      "How many processes, one after another, make the runs of a figure (1)", "N" },
    { "run-ms", 0, 0, G_OPTION_ARG_DOUBLE, &arguments.run_ms,
      "How long a run should take (100; 30 with --quick)", "MS" },
    { "give-up", 0, 0, G_OPTION_ARG_DOUBLE, &arguments.give_up_s,
      "How long a run may take before it is given up (20; 1.5 with --quick)", "S" },
    { "max-buffers", 0, 0, G_OPTION_ARG_INT, &arguments.max_buffers,
      "max-buffers of a bufpool, where the workload does not say (256, as it comes)", "N" },
    { "that", 0, 0, G_OPTION_ARG_FILENAME, &self->that,
      "Measure the bufpool of this other build of bufpool-bench too; see compare.sh", "PROGRAM" },
    { "iterations", 0, 0, G_OPTION_ARG_INT64, &arguments.iterations,
      "Do one subject's cycle exactly N times and print nothing", "N" },
    { "worker", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &self->worker, NULL, NULL },
    { "probe", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &self->probe, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  self->workloads = g_ptr_array_new ();
  self->subjects = g_ptr_array_new ();
  self->sizes = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->threads = g_array_new (FALSE, FALSE, sizeof (guint));

  context = g_option_context_new ("- what a buffer costs");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (context, description);
  if (!g_option_context_parse (context, argc, argv, error))
    return NULL;

  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "\"%s\" is no option; see --help", (*argv)[1]);
      return NULL;
    }
  if (!apply (self, &arguments, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
bench_options_free (BenchOptions *self)
{
  g_ptr_array_unref (self->workloads);
  g_ptr_array_unref (self->subjects);
  g_array_unref (self->sizes);
  g_array_unref (self->threads);
  g_free (self->that);
  g_free (self->json_file);
  g_free (self);
}
