/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "decoder.h"

#define FRAMES_PER_BUFFER 1024

struct _Decoder
{
  ByteStream *stream;
  SNDFILE    *file;
  SF_INFO     info;
};

/**
 * decoder_new:
 * @requests: where to ask the reader for another place of the file
 * @chunks: the bytes that come from the reader
 * @size: the size of the file
 *
 * Reads the header, so the reader must be running.
 */
Decoder *
decoder_new (Queue    *requests,
             Queue    *chunks,
             goffset   size,
             GError  **error)
{
  g_autoptr (Decoder) self = g_new0 (Decoder, 1);

  self->stream = byte_stream_new (requests, chunks, size);
  self->file = byte_stream_open (self->stream, &self->info);

  if (self->file == NULL)
    {
      g_autofree char *reason = g_strdup (sf_strerror (NULL));

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "not an audio file that can be read here: %s",
                   g_strchomp (g_strdelimit (reason, "\n", ' ')));
      return NULL;
    }

  return g_steal_pointer (&self);
}

void
decoder_free (Decoder *self)
{
  g_clear_pointer (&self->file, sf_close);
  g_clear_pointer (&self->stream, byte_stream_free);
  g_free (self);
}

const SF_INFO *
decoder_get_info (Decoder *self)
{
  return &self->info;
}

static const char *
get_format_name (int format)
{
  SF_FORMAT_INFO info = { .format = format };

  if (sf_command (NULL, SFC_GET_FORMAT_INFO, &info, sizeof info) != 0)
    return "unknown";

  return info.name;
}

/**
 * decoder_dup_format:
 * @self: the decoder
 *
 * Returns: (transfer full): container and encoding, for people to read
 */
char *
decoder_dup_format (Decoder *self)
{
  return g_strdup_printf ("%s, %s",
                          get_format_name (self->info.format & SF_FORMAT_TYPEMASK),
                          get_format_name (self->info.format & SF_FORMAT_SUBMASK));
}

/* Decodes from where the file stands to its end. */
static gboolean
decode_once (Decoder       *self,
             BufferSource  *source,
             Queue         *samples,
             gboolean      *stopped,
             sf_count_t    *n_frames,
             GError       **error)
{
  *n_frames = 0;

  for (;;)
    {
      g_auto (Buffer) buffer = { 0 };
      sf_count_t n;

      if (!buffer_source_take_samples (source,
                                       (gsize) FRAMES_PER_BUFFER * self->info.channels,
                                       &buffer, error))
        return FALSE;

      n = sf_readf_float (self->file, buffer.data, FRAMES_PER_BUFFER);
      if (n <= 0)
        return TRUE;

      buffer.length = n * self->info.channels;
      *n_frames += n;

      if (!queue_push (samples, &buffer))
        {
          *stopped = TRUE;
          return TRUE;
        }
    }
}

/* A length of SF_COUNT_MAX means that the header gives none. */
static gboolean
check_complete (Decoder     *self,
                sf_count_t   n_frames,
                GError     **error)
{
  gboolean known = self->info.frames != SF_COUNT_MAX;

  if (known && n_frames < self->info.frames)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
                   "truncated or damaged: its header promises %" G_GINT64_FORMAT
                   " frames, but only %" G_GINT64_FORMAT " can be decoded",
                   (gint64) self->info.frames, (gint64) n_frames);
      return FALSE;
    }

  if (sf_error (self->file) != SF_ERR_NO_ERROR)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "damaged after %" G_GINT64_FORMAT " frames: %s",
                   (gint64) n_frames, sf_strerror (self->file));
      return FALSE;
    }

  return TRUE;
}

/**
 * decoder_run:
 * @self: the decoder
 * @source: gives the buffers to decode into
 * @n_times: how many times to decode the file, at least once
 * @samples: where the samples go, as #Buffer
 *
 * The second of the three threads. Ends early if @samples is cancelled.
 *
 * Returns: %FALSE with @error set if the file is not all there
 */
gboolean
decoder_run (Decoder       *self,
             BufferSource  *source,
             guint          n_times,
             Queue         *samples,
             GError       **error)
{
  gboolean stopped = FALSE;

  for (guint i = 0; i < n_times && !stopped; i++)
    {
      sf_count_t n_frames;

      if (i > 0 && sf_seek (self->file, 0, SEEK_SET) != 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       "cannot go back to its beginning, so --loop does not work with it");
          return FALSE;
        }

      if (!decode_once (self, source, samples, &stopped, &n_frames, error))
        return FALSE;

      if (!stopped && !check_complete (self, n_frames, error))
        return FALSE;

      if (n_frames == 0)
        break;
    }

  return TRUE;
}
