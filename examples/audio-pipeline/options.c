/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "options.h"

#include <math.h>

#include "args.h"

#define MAX_GAIN 120

static const char summary[] =
  "Measures how loud an audio file is and, with --output, writes it as a WAV file\n"
  "of 32 bit floats. Reads WAV, FLAC, Ogg Vorbis, Opus and whatever else libsndfile\n"
  "knows. Three threads read, decode and render, and hand each other buffers that\n"
  "come from a pool.";

static const char description[] =
  "Loudness is in dBFS over all channels: a sine wave of full scale has a peak of\n"
  "0 and an RMS of -3.01. It is measured before the gain. The output appears under\n"
  "its name when it is complete, in place of a file that was there before.\n"
  "\n"
  "Examples:\n"
  "  audio-pipeline song.flac\n"
  "  audio-pipeline --gain=-6 --output=quiet.wav song.ogg\n"
  "  audio-pipeline --loop=500 --no-pool song.ogg";

Options *
options_new (void)
{
  Options *self = g_new0 (Options, 1);

  self->n_times = 1;

  return self;
}

void
options_free (Options *self)
{
  g_free (self->input);
  g_free (self->output);
  g_free (self);
}

static gboolean
check (Options   *self,
       char     **files,
       GError   **error)
{
  if (self->n_times < 1)
    return args_refuse (error, "--loop=%d: must be at least 1", self->n_times);

  if (!isfinite (self->gain) || fabs (self->gain) > MAX_GAIN)
    return args_refuse (error, "--gain=%g: must be between -%d and %d", self->gain,
                        MAX_GAIN, MAX_GAIN);

  if (files == NULL || g_strv_length (files) != 1)
    return args_refuse (error, "%s: give one audio file, or --help to see how",
                        files == NULL ? "no file given" : "more than one file given");

  self->input = g_strdup (files[0]);

  return TRUE;
}

/**
 * options_parse:
 * @self: new options
 * @argc: (inout): of main()
 * @argv: (inout): of main()
 *
 * Returns: %FALSE with @error set if the command line is wrong
 */
gboolean
options_parse (Options   *self,
               int       *argc,
               char    ***argv,
               GError   **error)
{
  g_auto (GStrv) files = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output,
      "Write the audio to this WAV file (default: measure only)", "FILE" },
    { "gain", 'g', 0, G_OPTION_ARG_DOUBLE, &self->gain,
      "Make it louder, or with a negative number less loud (default: 0)", "DB" },
    { "loop", 'l', 0, G_OPTION_ARG_INT, &self->n_times,
      "Read the file this many times, one after the other (default: 1)", "N" },
    { "no-pool", 0, 0, G_OPTION_ARG_NONE, &self->no_pool,
      "Allocate and free every buffer, to compare", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->show_version,
      "Show the version and exit", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, "FILE" },
    G_OPTION_ENTRY_NULL
  };

  if (!args_parse (summary, description, entries, argc, argv, error))
    return FALSE;

  return self->show_version || check (self, files, error);
}
