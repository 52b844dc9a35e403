/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <signal.h>
#include <unistd.h>

#include "bench-child.h"
#include "bench-report.h"
#include "bench-worker.h"

#define EXIT_BAD 1

/* Turns into the same program in the environment that the subject needs; returns
 * when that cannot be, or is so already
 */
static void
become (const BenchSubject  *subject,
        char               **argv)
{
  g_autofree char *version = bench_subject_dup_version (subject, NULL);
  g_autofree char *program = bench_child_dup_program ();
  const char *preload = NULL;

  if ((subject->preloads == NULL && subject->tunables == NULL) || version != NULL)
    return;
  if (!bench_find_subject (subject, NULL, &preload, &version) || program == NULL)
    return;

  if (preload != NULL)
    g_setenv ("LD_PRELOAD", preload, TRUE);
  if (subject->tunables != NULL)
    g_setenv (BENCH_TUNABLES, subject->tunables, TRUE);
  execv (program, argv);
}

static gboolean
print (const BenchOptions  *options,
       const BenchReport   *report,
       GError             **error)
{
  g_autofree char *json = bench_report_dup_json (report);

  if (options->format == BENCH_FORMAT_JSON)
    g_print ("%s", json);
  else
    bench_report_print_text (report);

  if (options->check)
    {
      g_autofree char *bars = bench_report_check (report);

      /* JSON stays JSON. */
      if (options->format == BENCH_FORMAT_JSON)
        g_printerr ("%s", bars);
      else
        g_print ("\n%s", bars);
    }

  return options->json_file == NULL || g_file_set_contents (options->json_file, json, -1, error);
}

int
main (int    argc,
      char **argv)
{
  g_auto (GStrv) arguments = g_strdupv (argv);
  g_autoptr (GError) error = NULL;
  g_autoptr (BenchOptions) options = bench_options_new (&argc, &argv, &error);
  g_autoptr (BenchReport) report = NULL;

  if (options == NULL)
    {
      g_printerr ("bufpool-bench: %s\n", error->message);
      return EXIT_BAD;
    }

  if (options->probe)
    return bench_worker_probe (options);
  if (options->worker)
    return bench_worker_main (options);
  if (options->iterations > 0)
    {
      become (g_ptr_array_index (options->subjects, 0), arguments);
      return bench_worker_iterations (options);
    }

  /* A child that ends early is found by reading from it. */
  signal (SIGPIPE, SIG_IGN);

  report = bench_runner_run (options, &error);
  if (report == NULL)
    {
      g_printerr ("bufpool-bench: %s\n", error->message);
      return EXIT_BAD;
    }

  if (!print (options, report, &error))
    {
      g_printerr ("bufpool-bench: %s\n", error->message);
      return EXIT_BAD;
    }

  return bench_report_has_failed (report) ? EXIT_BAD : EXIT_SUCCESS;
}
