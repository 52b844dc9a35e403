/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "wav-writer.h"

#include <errno.h>
#include <sndfile.h>

/* The format has 32 bits for its length; the header needs less than the rest. */
#define MAX_BYTES (G_GUINT64_CONSTANT (0xffffffff) - 4096)

struct _WavWriter
{
  SNDFILE *file;
  char    *path;
  guint64  n_bytes;
};

/* After a call of libsndfile, before which errno was 0. */
static gboolean
fail (WavWriter  *self,
      GError    **error)
{
  int code = errno != 0 ? errno : EIO;
  g_autofree char *name = g_filename_display_name (self->path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "cannot write %s: %s",
               name, g_strerror (code));

  return FALSE;
}

/**
 * wav_writer_new:
 * @path: the name of the file, replaced if it exists
 * @rate: frames a second
 * @channels: samples in a frame
 *
 * Returns: (nullable): the file, or %NULL with @error set
 */
WavWriter *
wav_writer_new (const char  *path,
                int          rate,
                int          channels,
                GError     **error)
{
  g_autoptr (WavWriter) self = g_new0 (WavWriter, 1);
  SF_INFO info = {
    .samplerate = rate,
    .channels = channels,
    .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT,
  };

  self->path = g_strdup (path);
  errno = 0;
  self->file = sf_open (path, SFM_WRITE, &info);
  if (self->file == NULL)
    {
      fail (self, error);
      return NULL;
    }

  /* It would hold the time of writing: the same tone shall be the same file. */
  sf_command (self->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);

  return g_steal_pointer (&self);
}

void
wav_writer_free (WavWriter *self)
{
  g_clear_pointer (&self->file, sf_close);
  g_free (self->path);
  g_free (self);
}

gboolean
wav_writer_write (WavWriter    *self,
                  const float  *samples,
                  gsize         n_samples,
                  GError      **error)
{
  sf_count_t n = (sf_count_t) n_samples;

  self->n_bytes += n_samples * sizeof (float);
  errno = self->n_bytes > MAX_BYTES ? EFBIG : 0;

  return (errno == 0 && sf_write_float (self->file, samples, n) == n) || fail (self, error);
}

/**
 * wav_writer_finish:
 * @self: the file, all written
 *
 * Writes what is left, and completes the header.
 */
gboolean
wav_writer_finish (WavWriter  *self,
                   GError    **error)
{
  errno = 0;
  if (sf_close (g_steal_pointer (&self->file)) != 0)
    return fail (self, error);

  return TRUE;
}
