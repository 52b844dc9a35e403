/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "compare.h"
#include "switch.h"

#include <stdlib.h>

/* gst-replay: the same application on GStreamer's own buffer pool and on bufpool; and one
 * whose picture changes its size. */

#define DEFAULT_FRAMES 600
#define DEFAULT_WIDTH 1920
#define DEFAULT_HEIGHT 1080
#define DEFAULT_KEPT 30
#define DEFAULT_RUNS 5
#define DEFAULT_PHASE 8
#define DEFAULT_WRITTEN 60

static ReplayTask task = {
  .n_frames = DEFAULT_FRAMES,
  .width = DEFAULT_WIDTH,
  .height = DEFAULT_HEIGHT,
  .n_kept = DEFAULT_KEPT,
};
static int n_runs = DEFAULT_RUNS;
static char *pool_name;
static gboolean is_switching;
static SwitchTask switch_task = {
  .phase_seconds = DEFAULT_PHASE,
  .written_mb = DEFAULT_WRITTEN,
};

static const GOptionEntry options[] = {
  { "frames", 'n', 0, G_OPTION_ARG_INT, &task.n_frames, "How many frames", "N" },
  { "width", 0, 0, G_OPTION_ARG_INT, &task.width, "Width of a frame", "PIXELS" },
  { "height", 0, 0, G_OPTION_ARG_INT, &task.height, "Height of a frame", "PIXELS" },
  { "keep", 'k', 0, G_OPTION_ARG_INT, &task.n_kept, "How many frames the replay holds", "N" },
  { "balance", 'b', 0, G_OPTION_ARG_NONE, &task.with_balance,
    "Change the picture in the branch that is shown", NULL },
  { "runs", 'r', 0, G_OPTION_ARG_INT, &n_runs, "How many runs to take the median of", "N" },
  { "pool", 'p', 0, G_OPTION_ARG_STRING, &pool_name,
    "Run on one pool only, and print its figures for a program to read", "stock|bufpool" },
  { "switch", 's', 0, G_OPTION_ARG_NONE, &is_switching,
    "Switch between a large and a small picture, and print memory over time as JSON", NULL },
  { "phase", 0, 0, G_OPTION_ARG_DOUBLE, &switch_task.phase_seconds,
    "With --switch: how long each of the four phases takes", "SECONDS" },
  { "writer", 0, 0, G_OPTION_ARG_DOUBLE, &switch_task.written_mb,
    "With --switch: what the branch that writes gets done in a second", "MB" },
  { "limit", 'l', 0, G_OPTION_ARG_DOUBLE, &switch_task.limit_mb,
    "With --switch, on bufpool: the most memory for frames; 0 for no limit", "MB" },
  G_OPTION_ENTRY_NULL
};

static gboolean
check_options (GError **error)
{
  if (task.n_frames < 1 || task.width < 1 || task.height < 1 || n_runs < 1 || task.n_kept < 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "frames, width, height and runs have to be at least 1, and keep at least 0");
  else if (pool_name != NULL && !g_str_equal (pool_name, "stock") &&
           !g_str_equal (pool_name, "bufpool"))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "there is no pool \"%s\": it is stock or bufpool", pool_name);
  else if (is_switching && pool_name == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--switch runs on one pool: give --pool=stock or --pool=bufpool");
  else if (!(switch_task.phase_seconds > 0 && switch_task.written_mb > 0 &&
             switch_task.limit_mb >= 0))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "phase and writer have to be more than 0, and limit at least 0");
  else if (switch_task.limit_mb > 0 && g_strcmp0 (pool_name, "bufpool") != 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "a stock pool has no limit in bytes: --limit needs --pool=bufpool");
  else
    return TRUE;

  return FALSE;
}

static gboolean
run_switch (GError **error)
{
  switch_task.width = task.width;
  switch_task.height = task.height;
  switch_task.n_kept = task.n_kept;
  switch_task.with_bufpool = g_str_equal (pool_name, "bufpool");

  return switch_run (&switch_task, error);
}

/* In a process of its own. */
static gboolean
run_here (GError **error)
{
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *text = NULL;
  ReplayResult result;

  task.with_bufpool = g_str_equal (pool_name, "bufpool");
  if (!replay_run (&task, &result, error))
    return FALSE;

  variant = g_variant_ref_sink (g_variant_new (REPLAY_RESULT_TYPE, result.n_frames, result.seconds,
                                               result.n_page_faults, result.peak_kib));
  text = g_variant_print (variant, TRUE);
  g_print ("%s\n", text);

  return TRUE;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- an instant replay on two pools");
  g_autoptr (GError) error = NULL;
  gboolean is_done;

  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  is_done = g_option_context_parse (context, &argc, &argv, &error) &&
            check_options (&error) &&
            (is_switching ? run_switch (&error) :
             pool_name != NULL ? run_here (&error) :
             replay_compare (argv[0], &task, n_runs, &error));
  g_free (pool_name);

  if (is_done)
    return EXIT_SUCCESS;

  g_printerr ("gst-replay: %s\n", error->message);

  return EXIT_FAILURE;
}
