/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "compare.h"
#include "interrupts.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "run.h"
#include "summary.h"

static gboolean
record (const Options *options,
        RunResult     *results,
        guint         *n_results)
{
  g_autoptr (GError) error = NULL;

  if (!options->compare)
    {
      *n_results = 1;
      if (run_session (options, !options->no_limits, FALSE, results, &error))
        return TRUE;

      message_print (error->message);
      return FALSE;
    }

  for (*n_results = 0; *n_results < 2; ++*n_results)
    {
      gboolean is_second = *n_results == 1;

      if (is_second && results[0].signal_number != 0)
        break;
      if (!compare_run (options, is_second, is_second, &results[*n_results]))
        return FALSE;
    }

  return TRUE;
}

static int
end_as (const RunResult *results,
        guint            n_results)
{
  guint n_faults = 0;

  for (guint i = 0; i < n_results; i++)
    {
      n_faults += results[i].n_faults;
      interrupts_end_by (results[i].signal_number);
    }

  return n_faults == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
run (const Options *options)
{
  RunResult results[2];
  guint n_results;

  if (!record (options, results, &n_results))
    return EXIT_FAILURE;

  if (!options->quiet)
    summary_print (options, results, n_results);

  return output_flush ("the summary") ? end_as (results, n_results) : EXIT_FAILURE;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (Options) options = NULL;
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");

  /* Files that may not grow and pipes without a reader are errors to report */
  signal (SIGXFSZ, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);

  options = options_new_parsed (&argc, &argv, &error);
  if (options == NULL)
    {
      message_print (error->message);
      return EXIT_FAILURE;
    }

  if (options->show_version)
    {
      printf ("recorder %s\n", BP_VERSION_S);
      return EXIT_SUCCESS;
    }

  if (options->check == NULL)
    return run (options);

  if (!check_recording_file (options, &error))
    {
      message_print (error->message);
      return EXIT_FAILURE;
    }

  return output_flush ("the summary") ? EXIT_SUCCESS : EXIT_FAILURE;
}
