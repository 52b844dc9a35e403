/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "clip.h"
#include "message.h"
#include "size.h"

#define DEFAULT_LEVEL 16
#define MAX_LEVEL 64
#define DEFAULT_SEED 1

#define FRAME_LINE "FRAME\n"

/* The sum of four bytes of any value, less what it is on average, is near to what noise is.
 * Its standard deviation is the root of 4 * (256 * 256 - 1) / 12. */
#define BYTES_MEAN 510
#define BYTES_DEVIATION 147.8

/* In a whole number there is room for the fraction of a factor */
#define SHIFT 16

static const char summary[] =
  "Adds noise to every sample of a clip in the format YUV4MPEG2, as a camera does at\n"
  "night. The same seed gives the same noise. The result goes to stdout.";

/* SplitMix64 */
static guint64
next_random (guint64 *state)
{
  guint64 z = *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);

  return z ^ (z >> 31);
}

static gint32
sum_bytes (guint32 bytes)
{
  return (bytes & 0xff) + ((bytes >> 8) & 0xff) + ((bytes >> 16) & 0xff) + (bytes >> 24);
}

static guint8
add_to_sample (guint8  sample,
               guint32 bytes,
               gint32  factor)
{
  gint32 noise = ((sum_bytes (bytes) - BYTES_MEAN) * factor) / (1 << SHIFT);

  return CLAMP (sample + noise, 0, G_MAXUINT8);
}

static void
add_noise (guint8  *samples,
           gsize    n_samples,
           gint32   factor,
           guint64 *state)
{
  gsize i;

  for (i = 0; i + 1 < n_samples; i += 2)
    {
      guint64 bytes = next_random (state);

      samples[i] = add_to_sample (samples[i], bytes, factor);
      samples[i + 1] = add_to_sample (samples[i + 1], bytes >> 32, factor);
    }

  if (i < n_samples)
    samples[i] = add_to_sample (samples[i], next_random (state), factor);
}

static gboolean
check_output (gboolean   is_fine,
              GError   **error)
{
  int code = errno;

  if (!is_fine)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "cannot write the result: %s",
                 g_strerror (code));

  return is_fine;
}

/* How many frames fit so many bytes, with the header */
static gboolean
count_frames (const ClipFormat  *format,
              const char        *most,
              guint64           *n_frames,
              GError           **error)
{
  guint64 header_bytes = strlen (format->header) + 1;
  guint64 size;

  *n_frames = G_MAXUINT64;
  if (most == NULL)
    return TRUE;

  if (!size_parse (most, &size))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--most=%s: no size: write it as 65536, 64KiB, 64MiB or 1GiB", most);
      return FALSE;
    }

  *n_frames = (size - MIN (size, header_bytes)) / (format->frame_bytes + strlen (FRAME_LINE));
  if (*n_frames == 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--most=%s: not even one frame fits: it has %" G_GSIZE_FORMAT " bytes", most,
                 format->frame_bytes);

  return *n_frames > 0;
}

static gboolean
copy_noisily (const char  *path,
              int          level,
              guint64      state,
              const char  *most,
              GError     **error)
{
  g_autoptr (Clip) clip = clip_new (path, NULL, error);
  gint32 factor = level * (1 << SHIFT) / BYTES_DEVIATION;
  g_autofree guint8 *frame = NULL;
  const ClipFormat *format;
  guint64 n_frames;
  gboolean is_end;

  if (clip == NULL)
    return FALSE;

  format = clip_get_format (clip);
  if (!count_frames (format, most, &n_frames, error))
    return FALSE;

  frame = g_malloc (format->frame_bytes);
  if (!check_output (printf ("%s\n", format->header) > 0, error))
    return FALSE;

  for (; n_frames > 0; n_frames--)
    {
      if (!clip_read_frame (clip, frame, &is_end, NULL, error))
        return FALSE;
      if (is_end)
        break;

      add_noise (frame, format->frame_bytes, factor, &state);
      if (!check_output (fputs (FRAME_LINE, stdout) >= 0
                         && fwrite (frame, format->frame_bytes, 1, stdout) == 1, error))
        return FALSE;
    }

  return check_output (fflush (stdout) == 0, error);
}

static gboolean
parse_options (int       *argc,
               char    ***argv,
               int       *level,
               gint64    *seed,
               char     **most,
               GError   **error)
{
  const GOptionEntry entries[] = {
    { "level", 0, 0, G_OPTION_ARG_INT, level,
      "The standard deviation of the noise, in steps of 8 bits (default: 16)", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, seed, "Which noise (default: 1)", "N" },
    { "most", 0, 0, G_OPTION_ARG_STRING, most,
      "Stop before the result gets larger than this (default: take the whole clip)", "SIZE" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("CLIP");

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);

  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;

  if (*level < 0 || *level > MAX_LEVEL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--level=%d: must be from 0 to %d", *level, MAX_LEVEL);
  else if (*argc != 2)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                         "give one clip, such as /dev/stdin, or --help to see how");

  return *level >= 0 && *level <= MAX_LEVEL && *argc == 2;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  int level = DEFAULT_LEVEL;
  gint64 seed = DEFAULT_SEED;
  g_autofree char *most = NULL;

  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);

  if (parse_options (&argc, &argv, &level, &seed, &most, &error)
      && copy_noisily (argv[1], level, seed, most, &error))
    return EXIT_SUCCESS;

  message_print (error->message);

  return EXIT_FAILURE;
}
