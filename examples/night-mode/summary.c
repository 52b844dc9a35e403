/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "summary.h"

#include <stdio.h>
#include <sys/resource.h>

#include "process-memory.h"
#include "size.h"

static double
get_seconds (const struct timeval *time)
{
  return time->tv_sec + time->tv_usec / (double) G_USEC_PER_SEC;
}

/**
 * cost_take:
 * @self: (out caller-allocates): what the process has cost so far
 * @seconds: how long it took
 */
void
cost_take (Cost   *self,
           double  seconds)
{
  struct rusage usage = { 0 };

  getrusage (RUSAGE_SELF, &usage);
  *self = (Cost) {
    .seconds = seconds,
    .processor = get_seconds (&usage.ru_utime) + get_seconds (&usage.ru_stime),
    .page_faults = usage.ru_minflt + usage.ru_majflt,
    .peak = process_memory_get_peak (),
  };
}

static const char *
get_kind (const Options *options)
{
  if (options->no_pool)
    return "malloc() and free()";

  return options->budget > 0 ? "a pool, within a budget" : "a pool";
}

static void
print_frames (const Options *options,
              Pipeline      *pipeline)
{
  FrameCounts memory;
  g_autofree char *peak = NULL;

  pipeline_get_memory (pipeline, &memory);

  printf ("  Buffers      %s; %" G_GUINT64_FORMAT " handed out, %" G_GUINT64_FORMAT " reused\n",
          get_kind (options), memory.handed_out, memory.reused);

  if (options->budget > 0)
    {
      g_autofree char *budget = size_format (options->budget);

      peak = size_format (memory.budget_peak);
      printf ("  Frames took  %s of %s; %" G_GUINT64_FORMAT " had to wait\n", peak, budget,
              memory.waits);
    }
  else
    {
      peak = size_format (memory.peak);
      printf ("  Frames took  %s\n", peak);
    }
}

/**
 * summary_print:
 * @options: what was asked for
 * @pipeline: finished
 * @cost: what it cost
 */
void
summary_print (const Options *options,
               Pipeline      *pipeline,
               const Cost    *cost)
{
  const ClipFormat *format = pipeline_get_format (pipeline);
  g_autofree char *name = g_filename_display_basename (options->input);
  PipelineCounts counts;

  pipeline_get_counts (pipeline, &counts);

  printf ("%s: %" G_GUINT64_FORMAT " frames of %u × %u, bursts of %d\n", name, counts.frames,
          format->width, format->height, options->burst);
  printf ("  Pictures     %" G_GUINT64_FORMAT ", without %" G_GUINT64_FORMAT " frames%s\n",
          counts.pictures, counts.left_out,
          counts.left_out > 0 ? " that did not fit" : "");
  print_frames (options, pipeline);
  printf ("  Took         %.3f s\n", cost->seconds);
  printf ("  Processor    %.3f s, %ld page faults\n", cost->processor, cost->page_faults);
  printf ("  Peak memory  %.1f MiB\n", cost->peak / (double) MIB);
  if (options->stay > 0)
    printf ("  Left         %.1f MiB after %g s\n", cost->left / (double) MIB, options->stay);
}
