/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "interrupts.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "pipeline.h"
#include "progress-bar.h"
#include "summary.h"
#include "watch.h"

typedef struct
{
  const Watch *watch;
  Pipeline    *pipeline;
} Progress;

static gboolean
draw_progress (gpointer data)
{
  const Progress *progress = data;
  double seconds = watch_get_seconds (progress->watch);

  progress_bar_draw (pipeline_get_fraction (progress->pipeline), "%.0f times real time",
                     pipeline_get_duration (progress->pipeline) / seconds);

  return G_SOURCE_CONTINUE;
}

static void
cancel (gpointer pipeline)
{
  pipeline_cancel (pipeline);
}

/* The main thread only watches; the three others work. */
static gboolean
run (Watch          *watch,
     const Options  *options,
     GError        **error)
{
  g_autoptr (Pipeline) pipeline = pipeline_new (options, error);
  Progress progress = { watch, pipeline };

  if (pipeline == NULL)
    return FALSE;

  watch_set_work (watch, cancel, pipeline);
  if (!pipeline_start (pipeline, watch_end, watch, error))
    return FALSE;

  watch_run (watch, draw_progress, &progress);

  if (!pipeline_finish (pipeline, error))
    return FALSE;

  summary_print (options, pipeline, watch_get_seconds (watch));

  return TRUE;
}

int
main (int    argc,
      char **argv)
{
  g_auto (Watch) watch = { 0 };
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

  watch_init (&watch);
  if (!run (&watch, options, &error))
    {
      message_print_file (options->input, error->message);
      interrupts_end_by (watch.signal_number);

      return EXIT_FAILURE;
    }

  return output_flush ("the summary") ? EXIT_SUCCESS : EXIT_FAILURE;
}
