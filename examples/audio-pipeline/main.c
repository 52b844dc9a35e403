/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "interrupts.h"
#include "message.h"
#include "options.h"
#include "pipeline.h"
#include "progress-bar.h"
#include "summary.h"

#define PROGRESS_INTERVAL_MS 100

typedef struct
{
  GMainLoop *loop;
  Pipeline  *pipeline;
  gint64     started;       /* in microseconds */
  int        signal_number; /* that ended the work, or 0 */
} Program;

static double
get_seconds (const Program *program)
{
  return (g_get_monotonic_time () - program->started) / (double) G_USEC_PER_SEC;
}

static gboolean
on_done (gpointer data)
{
  Program *program = data;

  g_main_loop_quit (program->loop);

  return G_SOURCE_REMOVE;
}

static gboolean
on_progress (gpointer data)
{
  Program *program = data;

  progress_bar_draw (pipeline_get_fraction (program->pipeline), "%.0f times real time",
                     pipeline_get_duration (program->pipeline) / get_seconds (program));

  return G_SOURCE_CONTINUE;
}

static void
on_interrupt (int      signal_number,
              gpointer data)
{
  Program *program = data;

  program->signal_number = signal_number;
  pipeline_cancel (program->pipeline);
}

/* The main thread only watches; the three others work. */
static gboolean
run (Program        *program,
     const Options  *options,
     GError        **error)
{
  gboolean watched = progress_bar_is_wanted ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (Pipeline) pipeline = NULL;

  program->started = g_get_monotonic_time ();

  pipeline = pipeline_new (options, error);
  if (pipeline == NULL)
    return FALSE;

  program->loop = loop;
  program->pipeline = pipeline;
  interrupts_watch (on_interrupt, program);

  if (!pipeline_start (pipeline, on_done, program, error))
    return FALSE;

  if (watched)
    {
      on_progress (program);
      g_timeout_add (PROGRESS_INTERVAL_MS, on_progress, program);
    }

  g_main_loop_run (loop);

  if (watched)
    progress_bar_clear ();

  if (!pipeline_finish (pipeline, error))
    return FALSE;

  summary_print (options, pipeline, get_seconds (program));

  return TRUE;
}

int
main (int    argc,
      char **argv)
{
  Program program = { 0 };
  g_autoptr (Options) options = options_new ();
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");

  /* A file that may not grow is an error to report, like a full disk */
  signal (SIGXFSZ, SIG_IGN);

  if (!options_parse (options, &argc, &argv, &error))
    {
      message_print (error->message);
      return EXIT_FAILURE;
    }

  if (options->show_version)
    {
      printf ("audio-pipeline %s\n", BP_VERSION_S);
      return EXIT_SUCCESS;
    }

  if (!run (&program, options, &error))
    {
      message_print_file (options->input, error->message);
      interrupts_end_by (program.signal_number);

      return EXIT_FAILURE;
    }

  if (fflush (stdout) != 0 || ferror (stdout))
    {
      g_printerr ("audio-pipeline: cannot write the summary: %s\n", g_strerror (errno));
      return EXIT_FAILURE;
    }

  return EXIT_SUCCESS;
}
