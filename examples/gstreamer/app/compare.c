/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "compare.h"

#include <gio/gio.h>

/*
 * Runs on the two pools take turns. Each is in a process of its own, so that
 * neither page faults nor memory of one are counted for the other.
 */

static char *
format_int (const char *option,
            int         value)
{
  return g_strdup_printf ("--%s=%d", option, value);
}

static gboolean
run_in_process (const char        *program,
                const ReplayTask  *task,
                const char        *pool,
                ReplayResult      *result,
                GError           **error)
{
  g_autofree char *frames = format_int ("frames", task->n_frames);
  g_autofree char *width = format_int ("width", task->width);
  g_autofree char *height = format_int ("height", task->height);
  g_autofree char *keep = format_int ("keep", task->n_kept);
  g_autofree char *pool_option = g_strdup_printf ("--pool=%s", pool);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *text = NULL;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, error,
                              program, frames, width, height, keep, pool_option,
                              task->with_balance ? "--balance" : NULL, NULL);
  if (process == NULL ||
      !g_subprocess_communicate_utf8 (process, NULL, NULL, &text, NULL, error) ||
      !g_spawn_check_wait_status (g_subprocess_get_status (process), error))
    return FALSE;

  variant = g_variant_parse (G_VARIANT_TYPE (REPLAY_RESULT_TYPE), g_strchomp (text),
                             NULL, NULL, error);
  if (variant == NULL)
    return FALSE;

  g_variant_get (variant, REPLAY_RESULT_TYPE, &result->n_frames, &result->seconds,
                 &result->n_page_faults, &result->peak_kib);

  return TRUE;
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  const double *first = a, *second = b;

  return (*first > *second) - (*first < *second);
}

static double
find_median (GArray *figures)
{
  g_array_sort (figures, compare_doubles);

  return g_array_index (figures, double, figures->len / 2);
}

/* The figures of all runs on one pool, each frame by frame. */
typedef struct
{
  const char *pool;
  const char *title;
  GArray *speeds;
  GArray *faults;
  GArray *peaks;
} Column;

static void
add_result (Column             *column,
            const ReplayResult *result)
{
  double n_frames = MAX (result->n_frames, 1);
  double speed = n_frames / result->seconds;
  double faults = (double) result->n_page_faults / n_frames;
  double peak = (double) result->peak_kib / 1024;

  g_array_append_val (column->speeds, speed);
  g_array_append_val (column->faults, faults);
  g_array_append_val (column->peaks, peak);
}

gboolean
replay_compare (const char        *program,
                const ReplayTask  *task,
                int                n_runs,
                GError           **error)
{
  Column columns[] = {
    { .pool = "stock", .title = "stock pool" },
    { .pool = "bufpool", .title = "bufpool" },
  };
  guint major, minor, micro, nano;
  gboolean is_done = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      columns[i].speeds = g_array_new (FALSE, FALSE, sizeof (double));
      columns[i].faults = g_array_new (FALSE, FALSE, sizeof (double));
      columns[i].peaks = g_array_new (FALSE, FALSE, sizeof (double));
    }

  for (guint i = 0; is_done && i < G_N_ELEMENTS (columns) * (guint) n_runs; i++)
    {
      Column *column = &columns[i % G_N_ELEMENTS (columns)];
      ReplayResult result;

      is_done = run_in_process (program, task, column->pool, &result, error);
      if (is_done)
        add_result (column, &result);
    }

  if (is_done)
    {
      gst_version (&major, &minor, &micro, &nano);
      g_print ("GStreamer %u.%u.%u, %d x %d, %d frames, %d of them kept, median of %d runs\n\n",
               major, minor, micro, task->width, task->height, task->n_frames, task->n_kept, n_runs);
      g_print ("%-12s %10s %14s %14s\n", "", "frames/s", "faults/frame", "peak memory");
    }
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      if (is_done)
        g_print ("%-12s %10.1f %14.1f %10.1f MiB\n", columns[i].title,
                 find_median (columns[i].speeds), find_median (columns[i].faults),
                 find_median (columns[i].peaks));
      g_array_unref (columns[i].speeds);
      g_array_unref (columns[i].faults);
      g_array_unref (columns[i].peaks);
    }

  return is_done;
}
