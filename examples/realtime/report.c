/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "report.h"

#include <stdio.h>

static const char *const memory_texts[] = {
  "a real-time pool", "a plain pool", "malloc()",
};

static double
to_us (gint64 ns)
{
  return ns / 1000.0;
}

static void
print_head (const Options *options)
{
  g_autofree char *name = g_strdup ("nothing kept");

  if (options->output != NULL)
    {
      g_free (name);
      name = g_filename_display_basename (options->output);
    }
  printf ("%s: %.2f s, %d channels, %d Hz, periods of %d frames, %.0f us\n", name,
          (double) options_get_n_periods (options) * options->period / options->rate,
          CHANNELS, options->rate, options->period,
          1e6 * options->period / options->rate);
}

static void
print_thread (const Options  *options,
              const Callback *callback,
              int             lock_error)
{
  if (options->priority > 0 && callback->policy_error == 0)
    printf ("  Thread       SCHED_FIFO, priority %d\n", options->priority);
  else
    printf ("  Thread       plain: %s\n",
            options->priority == 0 ? "as was asked for" : g_strerror (callback->policy_error));
  printf ("  Memory       %s\n",
          lock_error == 0 ? "locked" : g_strerror (lock_error));
}

static void
print_pool (const Options *options,
            Callback      *callback,
            Writer        *writer)
{
  MemoryCounts counts;

  memory_get_counts (callback->memory, &counts);
  printf ("  Buffers      from %s: %" G_GUINT64_FORMAT " taken, %" G_GUINT64_FORMAT
          " made meanwhile, %" G_GUINT64_FORMAT " times none\n",
          memory_texts[options->memory], counts.acquired, counts.made, callback->n_without);
  printf ("  Under way    %u at most\n", writer->most_waiting);
  if (options->memory != MEMORY_MALLOC)
    printf ("  Pool         %" G_GUINT64_FORMAT " idle now, %" G_GUINT64_FORMAT " in use\n",
            counts.idle, counts.outstanding);
}

/**
 * report_print:
 * @options: what was asked for
 * @callback: of the real-time thread, which has ended
 * @writer: of the other one, which has ended
 * @lock_error: why the memory is not locked, or 0
 */
void
report_print (const Options *options,
              Callback      *callback,
              Writer        *writer,
              int            lock_error)
{
  guint64 n_callbacks = MAX (callback->n_callbacks, 1);

  print_head (options);
  print_thread (options, callback, lock_error);
  printf ("  Callbacks    %" G_GUINT64_FORMAT ": %.1f us on average, %.1f us the worst\n",
          callback->n_callbacks, to_us (callback->sum_ns) / (double) n_callbacks,
          to_us (callback->worst_ns));
  printf ("  Wake-ups     %.1f us late at the worst\n", to_us (callback->worst_wake_ns));
  printf ("  Xruns        %" G_GUINT64_FORMAT " callbacks too long, %" G_GUINT64_FORMAT
          " not begun in time\n", callback->n_late, callback->n_lost);
  printf ("  Page faults  %ld in the callback's thread\n", callback->n_faults);
  print_pool (options, callback, writer);
  printf ("  Written      %" G_GUINT64_FORMAT " periods, and %" G_GUINT64_FORMAT " of silence\n",
          writer->n_written, writer->n_silent);
}
