/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <bufpool.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "interrupts.h"
#include "memory-log.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "pipeline.h"
#include "process-memory.h"
#include "progress-bar.h"
#include "summary.h"
#include "watch.h"

#define LOG_INTERVAL_MS 5

typedef struct
{
  Watch     *watch;
  Pipeline  *pipeline;
  MemoryLog *log;           /* (nullable) */
  GError    *log_error;
} Program;

static gboolean
draw_progress (gpointer pipeline)
{
  PipelineCounts counts;

  pipeline_get_counts (pipeline, &counts);
  progress_bar_draw (counts.total > 0 ? counts.frames / (double) counts.total : -1,
                     "%" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT " pictures",
                     counts.frames, counts.pictures);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_log (gpointer data)
{
  Program *program = data;

  if (memory_log_add (program->log, program->pipeline, program->watch->is_done,
                      &program->log_error))
    return G_SOURCE_CONTINUE;

  watch_cancel (program->watch);

  return G_SOURCE_REMOVE;
}

static void
cancel (gpointer pipeline)
{
  pipeline_cancel (pipeline);
}

/* The main thread only watches; the others work. */
static gboolean
work (Program  *program,
      GError  **error)
{
  watch_set_work (program->watch, cancel, program->pipeline);
  if (!pipeline_start (program->pipeline, watch_end, program->watch, error))
    return FALSE;

  if (program->log != NULL)
    g_timeout_add (LOG_INTERVAL_MS, on_log, program);

  watch_run (program->watch, draw_progress, program->pipeline);

  return pipeline_finish (program->pipeline, error);
}

/* What lies idle in the pool goes back to the system in the meantime. */
static void
stay (Watch  *watch,
      double  seconds)
{
  g_timeout_add (seconds * 1000, watch_end, watch);
  g_main_loop_run (watch->loop);
}

static gboolean
run (Watch          *watch,
     const Options  *options,
     GError        **error)
{
  g_autoptr (MemoryLog) log = NULL;
  g_autoptr (Pipeline) pipeline = NULL;
  Program program = { .watch = watch };
  gboolean is_fine;
  Cost cost = { 0 };

  if (options->log != NULL && (log = memory_log_new (options->log, error)) == NULL)
    return FALSE;

  watch_init (watch);
  pipeline = pipeline_new (options, error);
  if (pipeline == NULL)
    return FALSE;

  program.log = log;
  program.pipeline = pipeline;
  is_fine = work (&program, error);

  if (is_fine)
    {
      cost_take (&cost, watch_get_seconds (watch));
      if (options->stay > 0 && program.log_error == NULL)
        stay (watch, options->stay);
      cost.left = process_memory_get_now ();
    }

  /* It has ended the work, or the stay */
  if (program.log_error != NULL)
    {
      g_clear_error (error);
      g_propagate_error (error, program.log_error);
      return FALSE;
    }

  if (is_fine)
    summary_print (options, pipeline, &cost);

  return is_fine;
}

int
main (int    argc,
      char **argv)
{
  g_auto (Watch) watch = { 0 };
  g_autoptr (Options) options = options_new ();
  g_autoptr (GError) error = NULL;
  gboolean is_fine;

  setlocale (LC_ALL, "");

  /* A file that may not grow is an error to report, like a full disk, and so is a log that
   * is not read any more */
  signal (SIGXFSZ, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);

  if (!options_parse (options, &argc, &argv, &error))
    {
      message_print (error->message);
      return EXIT_FAILURE;
    }

  if (options->show_version)
    {
      printf ("night-mode %s\n", BP_VERSION_S);
      return EXIT_SUCCESS;
    }

  is_fine = run (&watch, options, &error);
  if (!is_fine)
    message_print_file (options->input, error->message);

  interrupts_end_by (watch.signal_number);

  return is_fine && output_flush ("the summary") ? EXIT_SUCCESS : EXIT_FAILURE;
}
