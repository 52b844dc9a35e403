/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "progress.h"

#include <stdio.h>

#include "progress-bar.h"
#include "size.h"

/**
 * progress_is_wanted:
 * @options: what was asked for
 *
 * Returns: whether stderr is a terminal, and --quiet was not given
 */
gboolean
progress_is_wanted (const Options *options)
{
  return !options->quiet && progress_bar_is_wanted ();
}

/**
 * progress_draw:
 * @counts: how it is
 * @budget: the bytes that may be in use, or %NO_BUDGET
 * @is_stopping: whether only what was read is still written
 */
void
progress_draw (const SessionCounts *counts,
               guint64              budget,
               gboolean             is_stopping)
{
  g_autofree char *used = size_format (counts->used);
  g_autofree char *most = budget == NO_BUDGET ? g_strdup ("no limits")
                                              : size_format (budget);
  g_autofree char *written = size_format (counts->bytes_written);

  progress_bar_clear ();
  fprintf (stderr, "%sin use %s (%s), %" G_GUINT64_FORMAT " waits, %"
           G_GUINT64_FORMAT " drops, written %s", is_stopping ? "stopping: " : "", used, most,
           counts->n_waits, counts->n_dropped, written);

  if (counts->bytes_total > 0)
    fprintf (stderr, ", %.0f %% done",
             MIN (100.0, 100.0 * (counts->bytes_written + counts->bytes_dropped)
                         / counts->bytes_total));
}
