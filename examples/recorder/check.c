/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "check.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "playback.h"
#include "size.h"
#include "test-data.h"

/* What the name of a test source begins with, before its number. */
#define TEST_PREFIX "test:"

/* What a source of the recording is compared with. */
typedef struct
{
  Source  *file;          /* NULL: with test data, or with nothing */
  guint    test_number;
  goffset  size;          /* or -1 where that is not known */
} Original;

typedef struct
{
  const char *name;       /* of the recording, to be shown */
  Playback   *playback;
  GArray     *originals;
  guint8     *buffer;     /* for one frame of an original */
} Check;

static void
clear_original (gpointer data)
{
  Original *original = data;

  g_clear_pointer (&original->file, source_free);
}

static gboolean
set_error (Check       *self,
           guint        number,
           const char  *what,
           GError     **error)
{
  PlaybackSource *source = playback_get_source (self->playback, number);
  g_autofree char *name = g_filename_display_name (source->name);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: source %u (%s) %s", self->name,
               number, name, what);

  return FALSE;
}

static gboolean
open_originals (Check    *self,
                char    **files,
                GError  **error)
{
  guint n_files = files != NULL ? g_strv_length (files) : 0;
  guint n_used = 0;

  for (guint i = 0; i < playback_get_n_sources (self->playback); i++)
    {
      const PlaybackSource *source = playback_get_source (self->playback, i);
      Original original = { .size = -1 };

      if (source->kind == SOURCE_TEST)
        {
          guint64 number;

          if (!g_str_has_prefix (source->name, TEST_PREFIX)
              || !g_ascii_string_to_unsigned (source->name + strlen (TEST_PREFIX), 10,
                                              0, G_MAXUINT, &number, NULL))
            return set_error (self, i, "is a test source without a number", error);
          original.test_number = (guint) number;
          original.size = source->size;
        }
      else if (n_used < n_files)
        {
          original.file = source_open (files[n_used++], error);
          if (original.file == NULL)
            return FALSE;
          original.size = original.file->size;
        }

      g_array_append_val (self->originals, original);
      if (original.file != NULL && original.size < 0)
        return set_error (self, i, "can only be compared with a file", error);
    }

  if (n_files == 0 || n_used == n_files)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "%s: %u files to compare with, and it has %u sources that are no test sources",
               self->name, n_files, n_used);

  return FALSE;
}

/* What the original has at that place, in the buffer. */
static gsize
read_original (Check          *self,
               const Original *original,
               guint64         offset,
               gsize           n_bytes)
{
  gsize n_done = 0;

  if (original->file == NULL)
    {
      test_data_fill (original->test_number, offset, self->buffer, n_bytes);
      return n_bytes;
    }

  while (n_done < n_bytes)
    {
      int fd = g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (original->file->stream));
      ssize_t n = pread (fd, self->buffer + n_done, n_bytes - n_done, offset + n_done);

      if (n == 0 || (n < 0 && errno != EINTR))
        break;
      n_done += MAX (n, 0);
    }

  return n_done;
}

static gboolean
is_compared (const PlaybackSource *source,
             const Original       *original)
{
  return original->file != NULL || source->kind == SOURCE_TEST;
}

static gboolean
check_frame (Check        *self,
             const Frame  *frame,
             GError      **error)
{
  const PlaybackSource *source = playback_get_source (self->playback, frame->source);
  const Original *original = &g_array_index (self->originals, Original, frame->source);
  guint64 offset = frame->sequence * playback_get_frame_bytes (self->playback);
  g_autofree char *what = NULL;
  gconstpointer bytes;
  gsize n_bytes;

  if (!is_compared (source, original))
    return TRUE;

  bytes = bp_pooled_slice_get_data (frame->bytes, &n_bytes);
  if (read_original (self, original, offset, n_bytes) == n_bytes
      && memcmp (bytes, self->buffer, n_bytes) == 0)
    return TRUE;

  what = g_strdup_printf ("differs from the original in frame %" G_GUINT64_FORMAT
                          ", at byte %" G_GUINT64_FORMAT " or after", frame->sequence, offset);

  return set_error (self, frame->source, what, error);
}

/* A source that was read to its end must be there to its end. */
static gboolean
check_end (Check        *self,
           const Frame  *frame,
           GError      **error)
{
  const PlaybackSource *source = playback_get_source (self->playback, frame->source);
  const Original *original = &g_array_index (self->originals, Original, frame->source);
  guint64 frame_bytes = playback_get_frame_bytes (self->playback);
  g_autofree char *what = NULL;
  guint64 n_expected;

  if (original->size < 0 || frame->reason != END_COMPLETE)
    return TRUE;

  n_expected = original->size / frame_bytes + (original->size % frame_bytes != 0);
  if (frame->sequence == n_expected
      && (frame->n_dropped > 0 || source->n_bytes == (guint64) original->size))
    return TRUE;

  what = g_strdup_printf ("has %" G_GUINT64_FORMAT " frames with %" G_GUINT64_FORMAT " bytes, "
                          "and the original %" G_GUINT64_FORMAT " with %" G_GOFFSET_FORMAT,
                          frame->sequence, source->n_bytes, n_expected, original->size);

  return set_error (self, frame->source, what, error);
}

static gboolean
check_all (Check   *self,
           GError **error)
{
  for (;;)
    {
      g_autoptr (Frame) frame = NULL;

      if (!playback_next (self->playback, &frame, error))
        return FALSE;
      if (frame == NULL)
        return TRUE;
      if (!(frame->bytes != NULL ? check_frame : check_end) (self, frame, error))
        return FALSE;
    }
}

static const char *
get_end (EndReason reason)
{
  switch (reason)
    {
    case END_STOPPED:
      return ", interrupted";
    case END_FAILED:
      return ", could not be read on";
    case END_COMPLETE:
    default:
      return "";
    }
}

static void
print (Check *self)
{
  guint n_sources = playback_get_n_sources (self->playback);
  g_autofree char *frame = size_format (playback_get_frame_bytes (self->playback));

  printf ("%s: %u source%s, frames of %s\n", self->name, n_sources, n_sources == 1 ? "" : "s",
          frame);

  for (guint i = 0; i < n_sources; i++)
    {
      const PlaybackSource *source = playback_get_source (self->playback, i);
      const Original *original = &g_array_index (self->originals, Original, i);
      g_autofree char *name = g_filename_display_name (source->name);
      g_autofree char *bytes = size_format (source->n_bytes);

      printf ("  %s: %s, %" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT " dropped%s%s\n", name,
              bytes, source->n_frames, source->n_skipped, get_end (source->end),
              is_compared (source, original) ? ", equal to the original" : "");
    }
}

/**
 * check_recording_file:
 * @options: which recording, and what it is to be compared with
 *
 * Reads a recording to its end and prints what it has.
 *
 * Returns: %FALSE with @error set if it is not whole or differs from an original
 */
gboolean
check_recording_file (const Options  *options,
                      GError        **error)
{
  g_autofree char *name = g_filename_display_name (options->check);
  g_autoptr (Playback) playback = playback_new (options->check, error);
  g_autoptr (GArray) originals = g_array_new (FALSE, FALSE, sizeof (Original));
  g_autofree guint8 *buffer = NULL;
  Check self = { .name = name, .playback = playback, .originals = originals };

  g_array_set_clear_func (originals, clear_original);
  if (playback == NULL)
    return FALSE;

  buffer = g_try_malloc (playback_get_frame_bytes (playback));
  if (buffer == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: no memory for one of its frames",
                   name);
      return FALSE;
    }

  self.buffer = buffer;
  if (!open_originals (&self, options->sources, error) || !check_all (&self, error))
    return FALSE;

  if (!options->quiet)
    print (&self);

  return TRUE;
}
