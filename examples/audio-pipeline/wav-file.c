/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "wav-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sndfile.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The format has 32 bits for its length; the header needs less than the rest */
#define MAX_SIZE (G_GINT64_CONSTANT (0xffffffff) - 4096)

struct _WavFile
{
  char    *path;
  char    *temporary;   /* removed on free, if there is one */
  int      fd;
  SNDFILE *file;
  gint64   size;        /* of the samples, in bytes */
};

static gboolean
check_size (WavFile  *self,
            gint64    size,
            GError  **error)
{
  if (size <= MAX_SIZE)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               "cannot write %s: this is more audio than the 4 GiB that a WAV file can hold",
               self->path);
  return FALSE;
}

static gboolean
set_error_from_errno (WavFile  *self,
                      int       code,
                      GError  **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
               "cannot write %s: %s", self->path, g_strerror (code));
  return FALSE;
}

/* The file behind links, so that those stay. Anything but a plain file is
 * refused: renaming would replace a device by a file. */
static gboolean
resolve_path (WavFile  *self,
              GError  **error)
{
  struct stat info;
  char *resolved;

  if (stat (self->path, &info) != 0)
    return errno == ENOENT ? TRUE : set_error_from_errno (self, errno, error);

  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   "cannot write %s: it exists and is not a regular file", self->path);
      return FALSE;
    }

  resolved = realpath (self->path, NULL);
  if (resolved == NULL)
    return set_error_from_errno (self, errno, error);

  g_free (self->path);
  self->path = g_strdup (resolved);
  free (resolved);

  return TRUE;
}

static gboolean
open_temporary (WavFile  *self,
                GError  **error)
{
  g_autofree char *name = g_strconcat (self->path, ".XXXXXX", NULL);

  self->fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0666);
  if (self->fd < 0)
    return set_error_from_errno (self, errno, error);

  self->temporary = g_steal_pointer (&name);

  return TRUE;
}

/**
 * wav_file_new:
 * @path: the name of the file, replaced if it exists
 * @rate: frames per second
 * @channels: samples per frame
 * @n_frames: how many there will be, or -1 where that is not known
 *
 * Returns: (nullable): the file, or %NULL with @error set
 */
WavFile *
wav_file_new (const char  *path,
              int          rate,
              int          channels,
              gint64       n_frames,
              GError     **error)
{
  g_autoptr (WavFile) self = g_new0 (WavFile, 1);
  SF_INFO info = {
    .samplerate = rate,
    .channels = channels,
    .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT,
  };

  self->path = g_strdup (path);
  self->fd = -1;

  if (!check_size (self, n_frames > 0 ? n_frames * channels * sizeof (float) : 0, error)
      || !resolve_path (self, error)
      || !open_temporary (self, error))
    return NULL;

  self->file = sf_open_fd (self->fd, SFM_WRITE, &info, SF_FALSE);
  if (self->file == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "cannot write %s: %s", self->path, sf_strerror (NULL));
      return NULL;
    }

  /* It would hold the time of writing: the same audio shall be the same file */
  sf_command (self->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);

  return g_steal_pointer (&self);
}

void
wav_file_free (WavFile *self)
{
  g_clear_pointer (&self->file, sf_close);

  if (self->fd >= 0)
    g_close (self->fd, NULL);
  if (self->temporary != NULL)
    g_unlink (self->temporary);

  g_free (self->temporary);
  g_free (self->path);
  g_free (self);
}

gboolean
wav_file_write (WavFile      *self,
                const float  *samples,
                gsize         n_samples,
                GError      **error)
{
  self->size += n_samples * sizeof *samples;
  if (!check_size (self, self->size, error))
    return FALSE;

  errno = 0;
  if (sf_write_float (self->file, samples, n_samples) == (sf_count_t) n_samples)
    return TRUE;

  return set_error_from_errno (self, errno != 0 ? errno : EIO, error);
}

/**
 * wav_file_commit:
 * @self: the file, all written
 *
 * Completes the header and gives the file its name.
 */
gboolean
wav_file_commit (WavFile  *self,
                 GError  **error)
{
  int fd;

  errno = 0;
  if (sf_close (g_steal_pointer (&self->file)) != 0)
    return set_error_from_errno (self, errno != 0 ? errno : EIO, error);

  if (fsync (self->fd) != 0)
    return set_error_from_errno (self, errno, error);

  fd = self->fd;
  self->fd = -1;
  if (close (fd) != 0 || g_rename (self->temporary, self->path) != 0)
    return set_error_from_errno (self, errno, error);

  g_clear_pointer (&self->temporary, g_free);

  return TRUE;
}
