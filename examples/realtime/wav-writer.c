/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "wav-writer.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#define HEADER_SIZE 58
#define FLOAT_FORMAT 3
#define FACT_AT 46
#define DATA_SIZE_AT 54
#define MAX_DATA_SIZE (G_MAXUINT32 - HEADER_SIZE)

struct _WavWriter
{
  FILE    *file;
  char    *path;
  int      rate;
  int      channels;
  guint64  n_bytes;
};

static gboolean
fail (WavWriter  *self,
      int         code,
      GError    **error)
{
  g_autofree char *name = g_filename_display_name (self->path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "cannot write %s: %s",
               name, g_strerror (code));

  return FALSE;
}

static void
put_16 (guint8 *bytes,
        guint   number)
{
  bytes[0] = number & 0xff;
  bytes[1] = number >> 8 & 0xff;
}

static void
put_32 (guint8  *bytes,
        guint32  number)
{
  put_16 (bytes, number & 0xffff);
  put_16 (bytes + 2, number >> 16);
}

static gboolean
write_header (WavWriter  *self,
              GError    **error)
{
  guint frame_size = self->channels * sizeof (float);
  guint8 header[HEADER_SIZE] = "RIFF....WAVEfmt ";

  put_32 (header + 4, (guint32) (HEADER_SIZE - 8 + self->n_bytes));
  put_32 (header + 16, 18);
  put_16 (header + 20, FLOAT_FORMAT);
  put_16 (header + 22, self->channels);
  put_32 (header + 24, self->rate);
  put_32 (header + 28, self->rate * frame_size);
  put_16 (header + 32, frame_size);
  put_16 (header + 34, 8 * sizeof (float));
  put_16 (header + 36, 0);
  memcpy (header + 38, "fact", 4);
  put_32 (header + 42, 4);
  put_32 (header + FACT_AT, (guint32) (self->n_bytes / frame_size));
  memcpy (header + 50, "data", 4);
  put_32 (header + DATA_SIZE_AT, (guint32) self->n_bytes);

  if (fwrite (header, sizeof header, 1, self->file) == 1)
    return TRUE;

  return fail (self, errno, error);
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

  self->path = g_strdup (path);
  self->rate = rate;
  self->channels = channels;
  self->file = g_fopen (path, "wbe");
  if (self->file == NULL)
    {
      fail (self, errno, error);
      return NULL;
    }
  if (!write_header (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
wav_writer_free (WavWriter *self)
{
  g_clear_pointer (&self->file, fclose);
  g_free (self->path);
  g_free (self);
}

static gboolean
write_swapped (WavWriter   *self,
               const float *samples,
               gsize        n_samples)
{
  for (gsize i = 0; i < n_samples; i++)
    {
      guint32 bits;
      guint8 bytes[4];

      memcpy (&bits, &samples[i], sizeof bits);
      put_32 (bytes, bits);
      if (fwrite (bytes, sizeof bytes, 1, self->file) != 1)
        return FALSE;
    }

  return TRUE;
}

gboolean
wav_writer_write (WavWriter    *self,
                  const float  *samples,
                  gsize         n_samples,
                  GError      **error)
{
  if (self->n_bytes + n_samples * sizeof (float) > MAX_DATA_SIZE)
    return fail (self, EFBIG, error);
  if (G_BYTE_ORDER == G_LITTLE_ENDIAN
      ? fwrite (samples, sizeof (float), n_samples, self->file) != n_samples
      : !write_swapped (self, samples, n_samples))
    return fail (self, errno, error);
  self->n_bytes += n_samples * sizeof (float);

  return TRUE;
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
  FILE *file;

  if (fseek (self->file, 0, SEEK_SET) != 0)
    return fail (self, errno, error);
  if (!write_header (self, error))
    return FALSE;
  file = g_steal_pointer (&self->file);
  if (fclose (file) != 0)
    return fail (self, errno, error);

  return TRUE;
}
