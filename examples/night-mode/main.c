/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <bufpool.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "interrupts.h"
#include "memory-log.h"
#include "message.h"
#include "options.h"
#include "pipeline.h"
#include "process-memory.h"
#include "progress-bar.h"
#include "summary.h"

#define PROGRESS_INTERVAL_MS 100
#define LOG_INTERVAL_MS 5

typedef struct
{
  GMainLoop *loop;
  Pipeline  *pipeline;
  MemoryLog *log;           /* (nullable) */
  GError    *log_error;
  gint64     started;       /* in microseconds */
  gboolean   is_done;
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

  program->is_done = TRUE;
  g_main_loop_quit (program->loop);

  return G_SOURCE_REMOVE;
}

static gboolean
on_stayed (gpointer data)
{
  Program *program = data;

  g_main_loop_quit (program->loop);

  return G_SOURCE_REMOVE;
}

static gboolean
on_progress (gpointer data)
{
  Program *program = data;
  PipelineCounts counts;

  pipeline_get_counts (program->pipeline, &counts);
  progress_bar_draw (counts.total > 0 ? counts.frames / (double) counts.total : -1,
                     "%" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT " pictures",
                     counts.frames, counts.pictures);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_log (gpointer data)
{
  Program *program = data;

  if (memory_log_add (program->log, program->pipeline, program->is_done, &program->log_error))
    return G_SOURCE_CONTINUE;

  pipeline_cancel (program->pipeline);
  if (program->is_done)
    g_main_loop_quit (program->loop);

  return G_SOURCE_REMOVE;
}

static void
on_interrupt (int      signal_number,
              gpointer data)
{
  Program *program = data;

  program->signal_number = signal_number;
  pipeline_cancel (program->pipeline);
  if (program->is_done)
    g_main_loop_quit (program->loop);
}

/* The main thread only watches; the others work. */
static gboolean
work (Program        *program,
      const Options  *options,
      GError        **error)
{
  gboolean watched = progress_bar_is_wanted ();
  guint progress = 0;

  if (!pipeline_start (program->pipeline, on_done, program, error))
    return FALSE;

  if (watched)
    progress = g_timeout_add (PROGRESS_INTERVAL_MS, on_progress, program);
  if (program->log != NULL)
    g_timeout_add (LOG_INTERVAL_MS, on_log, program);

  g_main_loop_run (program->loop);

  if (watched)
    {
      g_source_remove (progress);
      progress_bar_clear ();
    }

  return pipeline_finish (program->pipeline, error);
}

/* What lies idle in the pool goes back to the system in the meantime. */
static void
stay (Program *program,
      double   seconds)
{
  g_timeout_add (seconds * 1000, on_stayed, program);
  g_main_loop_run (program->loop);
}

static gboolean
run (Program        *program,
     const Options  *options,
     GError        **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (MemoryLog) log = NULL;
  g_autoptr (Pipeline) pipeline = NULL;
  Cost cost;

  if (options->log != NULL && (log = memory_log_new (options->log, error)) == NULL)
    return FALSE;

  program->started = g_get_monotonic_time ();
  pipeline = pipeline_new (options, error);
  if (pipeline == NULL)
    return FALSE;

  program->loop = loop;
  program->log = log;
  program->pipeline = pipeline;
  interrupts_watch (on_interrupt, program);

  if (!work (program, options, error))
    return FALSE;

  cost_take (&cost, get_seconds (program));
  if (options->stay > 0 && program->log_error == NULL)
    stay (program, options->stay);
  cost.left = process_memory_get_now ();

  if (program->log_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&program->log_error));
      return FALSE;
    }

  summary_print (options, pipeline, &cost);

  return TRUE;
}

int
main (int    argc,
      char **argv)
{
  Program program = { 0 };
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

  is_fine = run (&program, options, &error);
  if (!is_fine)
    message_print_file (options->input, error->message);

  interrupts_end_by (program.signal_number);

  if (is_fine && (fflush (stdout) != 0 || ferror (stdout)))
    {
      message_print (g_strerror (errno));
      is_fine = FALSE;
    }

  return is_fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
