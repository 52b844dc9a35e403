/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "summary.h"

#include <stdio.h>

#include "size.h"

#define COLUMN_WIDTH 26

typedef char *(*Describe) (const Options   *options,
                           const RunResult *result);

static char *
describe_limits (const Options   *options,
                 const RunResult *result)
{
  return g_strdup (result->is_limited ? "with limits" : "without limits");
}

static char *
describe_written (const Options   *options,
                  const RunResult *result)
{
  g_autofree char *bytes = size_format (result->counts.bytes_written);

  return g_strdup_printf ("%s, %" G_GUINT64_FORMAT " frames", bytes,
                          result->counts.frames_written);
}

static char *
describe_time (const Options   *options,
               const RunResult *result)
{
  return g_strdup_printf ("%.2f s", result->seconds);
}

static char *
describe_waits (const Options   *options,
                const RunResult *result)
{
  if (result->counts.n_waits == 0)
    return g_strdup ("none");

  return g_strdup_printf ("%" G_GUINT64_FORMAT ", %.1f s in all", result->counts.n_waits,
                          result->counts.wait_us / (double) G_TIME_SPAN_SECOND);
}

static char *
describe_drops (const Options   *options,
                const RunResult *result)
{
  g_autofree char *bytes = size_format (result->counts.bytes_dropped);

  if (result->counts.n_dropped == 0)
    return g_strdup ("none");

  return g_strdup_printf ("%" G_GUINT64_FORMAT " frames, %s", result->counts.n_dropped, bytes);
}

static char *
describe_buffers (const Options   *options,
                  const RunResult *result)
{
  g_autofree char *peak = size_format (result->counts.peak);
  g_autofree char *budget = size_format (options->limits.budget);

  return result->is_limited ? g_strdup_printf ("%s of %s", peak, budget)
                            : g_steal_pointer (&peak);
}

static char *
describe_process (const Options   *options,
                  const RunResult *result)
{
  return size_format (result->process_peak);
}

static char *
describe_end (const Options   *options,
              const RunResult *result)
{
  if (result->signal_number == 0)
    return g_strdup ("");
  if (result->counts.n_discarded == 0)
    return g_strdup ("all that was read is written");

  return g_strdup_printf ("%" G_GUINT64_FORMAT " frames discarded", result->counts.n_discarded);
}

static const struct
{
  const char *label;
  Describe describe;
  gboolean only_interrupted;
} lines[] = {
  { "", describe_limits, FALSE },
  { "Written", describe_written, FALSE },
  { "Interrupted", describe_end, TRUE },
  { "Took", describe_time, FALSE },
  { "Waits", describe_waits, FALSE },
  { "Drops", describe_drops, FALSE },
  { "Peak of buffers", describe_buffers, FALSE },
  { "Peak of process", describe_process, FALSE },
};

/**
 * summary_print:
 * @options: what was asked for
 * @results: (array length=n_results): what came of it
 * @n_results: how many runs there were, at least one
 *
 * Prints the runs side by side.
 */
void
summary_print (const Options   *options,
               const RunResult *results,
               guint            n_results)
{
  g_autofree char *frame = size_format (options->frame_bytes);
  g_autofree char *output = g_filename_display_name (options->output != NULL ? options->output
                                                                             : "nothing kept");

  printf ("%s: %u source%s, frames of %s\n", output, results->n_sources,
          results->n_sources == 1 ? "" : "s", frame);

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      GString *line;

      if (lines[i].only_interrupted && results[n_results - 1].signal_number == 0)
        continue;

      line = g_string_new (NULL);
      g_string_printf (line, "  %-15s", lines[i].label);
      for (guint j = 0; j < n_results; j++)
        {
          g_autofree char *text = lines[i].describe (options, &results[j]);

          g_string_append_printf (line, "  %-*s", COLUMN_WIDTH, text);
        }

      printf ("%s\n", g_strchomp (line->str));
      g_string_free (line, TRUE);
    }
}
