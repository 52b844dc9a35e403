/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "summary.h"

#include <stdio.h>
#include <sys/resource.h>

static char *
dup_duration (double seconds)
{
  int hours = seconds / 3600;
  int minutes = (seconds - hours * 3600) / 60;
  double rest = seconds - hours * 3600 - minutes * 60;

  if (hours > 0)
    return g_strdup_printf ("%d h %d min %.0f s", hours, minutes, rest);
  if (minutes > 0)
    return g_strdup_printf ("%d min %.1f s", minutes, rest);

  return g_strdup_printf ("%.2f s", rest);
}

static char *
dup_channels (int channels)
{
  if (channels == 1)
    return g_strdup ("mono");
  if (channels == 2)
    return g_strdup ("stereo");

  return g_strdup_printf ("%d channels", channels);
}

static void
print_audio (const Options *options,
             Pipeline      *pipeline)
{
  const SF_INFO *info = pipeline_get_info (pipeline);
  const Meter *meter = pipeline_get_meter (pipeline);
  double peak = meter_get_peak_db (meter);
  double rms = meter_get_rms_db (meter);
  double duration = pipeline_get_duration (pipeline);
  g_autofree char *name = g_filename_display_basename (options->input);
  g_autofree char *format = pipeline_dup_format (pipeline);
  g_autofree char *channels = dup_channels (info->channels);
  g_autofree char *time = dup_duration (duration);

  printf ("%s: %s, %s, %d Hz\n", name, format, channels, info->samplerate);

  if (options->n_times > 1)
    {
      g_autofree char *once = dup_duration (duration / options->n_times);

      printf ("  Duration     %s (%d times %s)\n", time, options->n_times, once);
    }
  else
    {
      printf ("  Duration     %s\n", time);
    }

  printf ("  Loudness     peak %.2f dBFS, RMS %.2f dBFS\n", peak, rms);

  if (options->gain != 0)
    printf ("  With gain    peak %.2f dBFS, RMS %.2f dBFS\n",
            peak + options->gain, rms + options->gain);

  if (options->output != NULL)
    {
      g_autofree char *output = g_filename_display_name (options->output);

      printf ("  Written      %s (WAV, 32 bit float%s)\n", output,
              peak + options->gain > 0 ? "; players that use integers will clip its peaks" : "");
    }
}

static void
print_buffers (Pipeline *pipeline,
               gboolean  pooled)
{
  BufferCounts counts;
  g_autofree char *share = NULL;

  pipeline_get_counts (pipeline, &counts);
  if (pooled)
    share = g_strdup_printf ("%.2f %%", 100.0 * counts.reused / MAX (counts.handed_out, 1));
  else
    share = g_strdup ("no pool");

  printf ("  Buffers      %" G_GUINT64_FORMAT " handed out, %" G_GUINT64_FORMAT " reused (%s)\n",
          counts.handed_out, counts.reused, share);
  printf ("  Allocations  %" G_GUINT64_FORMAT " made, %" G_GUINT64_FORMAT " avoided\n",
          counts.handed_out - counts.reused, counts.reused);
}

static double
get_seconds (const struct timeval *time)
{
  return time->tv_sec + time->tv_usec / (double) G_USEC_PER_SEC;
}

static void
print_usage (void)
{
  struct rusage usage;

  if (getrusage (RUSAGE_SELF, &usage) != 0)
    return;

  printf ("  Processor    %.3f s, %ld page faults\n",
          get_seconds (&usage.ru_utime) + get_seconds (&usage.ru_stime),
          usage.ru_minflt + usage.ru_majflt);
  printf ("  Peak memory  %.1f MiB\n", usage.ru_maxrss / 1024.0);
}

/**
 * summary_print:
 * @options: what was asked for
 * @pipeline: finished
 * @seconds: how long it took
 */
void
summary_print (const Options *options,
               Pipeline      *pipeline,
               double         seconds)
{
  print_audio (options, pipeline);
  printf ("  Took         %.3f s: %.1f times real time\n",
          seconds, pipeline_get_duration (pipeline) / seconds);
  print_buffers (pipeline, !options->no_pool);
  print_usage ();
}
