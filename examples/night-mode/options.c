/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "options.h"

#include "burst.h"
#include "args.h"
#include "size.h"

#define DEFAULT_BURST 16
#define DEFAULT_WORKERS 4
#define MAX_WORKERS 64
#define DEFAULT_AHEAD 4
#define MAX_AHEAD 64
#define MAX_TIMES 1000000
#define MAX_STAY 3600

static const char summary[] =
  "Makes one picture of each burst of frames of a clip: the mean of the frames, which\n"
  "has less noise than any of them, without the frame that fits least. Threads take turns\n"
  "to read a burst; each averages its own, and gives the buffers back to a pool.";

static const char description[] =
  "The clip is in the format YUV4MPEG2, with samples of 8 bits. GStreamer makes one of\n"
  "anything that it plays:\n"
  "\n"
  "  gst-launch-1.0 filesrc location=IN.webm ! decodebin ! videoconvert ! y4menc ! filesink location=OUT.y4m\n"
  "\n"
  "A SIZE is a number of bytes, such as 65536, 64KiB, 64MiB or 1GiB. A burst must fit\n"
  "the budget. The last burst of a clip may have fewer frames. Pictures are PPM files,\n"
  "or PGM files if the clip is grey.\n"
  "\n"
  "Examples:\n"
  "  night-mode --output=pictures clip.y4m\n"
  "  night-mode --burst=8 --budget=32MiB --output=pictures clip.y4m\n"
  "  night-mode --loop=4 --no-pool clip.y4m";

Options *
options_new (void)
{
  Options *self = g_new0 (Options, 1);

  self->burst = DEFAULT_BURST;
  self->workers = DEFAULT_WORKERS;
  self->ahead = DEFAULT_AHEAD;
  self->n_times = 1;

  return self;
}

void
options_free (Options *self)
{
  g_free (self->input);
  g_free (self->output);
  g_free (self->log);
  g_free (self);
}

static gboolean
check (Options     *self,
       const char  *budget,
       char       **files,
       GError     **error)
{
  if (!args_check_number ("burst", self->burst, 1, BURST_MAX_FRAMES, error)
      || !args_check_number ("workers", self->workers, 1, MAX_WORKERS, error)
      || !args_check_number ("ahead", self->ahead, 1, MAX_AHEAD, error)
      || !args_check_number ("loop", self->n_times, 1, MAX_TIMES, error))
    return FALSE;

  if (!(self->stay >= 0 && self->stay <= MAX_STAY))
    return args_refuse (error, "--stay=%g: must be from 0 to %d", self->stay, MAX_STAY);

  if (budget != NULL && (!size_parse (budget, &self->budget) || self->budget == 0))
    return args_refuse_size ("budget", budget, error);

  if (budget != NULL && self->no_pool)
    return args_refuse (error, "--budget=%s: malloc() has no budget: leave it or "
                        "--no-pool out", budget);

  if (files == NULL || g_strv_length (files) != 1)
    return args_refuse (error, "%s: give one clip, or --help to see how",
                        files == NULL ? "no clip given" : "more than one clip given");

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
  g_autofree char *budget = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output,
      "Write the pictures into this folder (default: measure only)", "FOLDER" },
    { "burst", 'b', 0, G_OPTION_ARG_INT, &self->burst,
      "Make a picture of so many frames (default: 16)", "N" },
    { "workers", 'w', 0, G_OPTION_ARG_INT, &self->workers,
      "Have so many threads, each with a burst of its own (default: 4)", "N" },
    { "hand-over", 0, 0, G_OPTION_ARG_NONE, &self->hand_over,
      "Have two threads instead: one reads, the other averages", NULL },
    { "ahead", 'a', 0, G_OPTION_ARG_INT, &self->ahead,
      "With --hand-over: read so many bursts ahead (default: 4)", "N" },
    { "budget", 0, 0, G_OPTION_ARG_STRING, &budget,
      "Let all frames take so much memory, and wait where they would take more", "SIZE" },
    { "loop", 'l', 0, G_OPTION_ARG_INT, &self->n_times,
      "Read the clip this many times, one after the other (default: 1)", "N" },
    { "no-pool", 0, 0, G_OPTION_ARG_NONE, &self->no_pool,
      "Allocate and free every frame by malloc() and free(), to compare", NULL },
    { "stay", 0, 0, G_OPTION_ARG_DOUBLE, &self->stay,
      "Stay for so long when the work is done, and say what memory is left", "SECONDS" },
    { "log", 0, 0, G_OPTION_ARG_FILENAME, &self->log,
      "Write memory over time into this CSV file", "FILE" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->show_version,
      "Show the version and exit", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, "CLIP" },
    G_OPTION_ENTRY_NULL
  };

  if (!args_parse (summary, description, entries, argc, argv, error))
    return FALSE;

  return self->show_version || check (self, budget, files, error);
}
