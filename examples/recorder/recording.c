/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "format.h"
#include "source.h"

struct _Recording
{
  char          *path;
  int            fd;            /* -1 where nothing is kept */
  GOutputStream *stream;
  gboolean       is_regular;
  GCancellable  *cancellable;
};

static gboolean
set_error (Recording  *self,
           int         code,
           const char *message,
           GError    **error)
{
  g_autofree char *display_name = g_filename_display_name (self->path);

  g_set_error (error, G_IO_ERROR, code, "cannot write %s: %s", display_name, message);

  return FALSE;
}

static gboolean
set_error_from_errno (Recording *self,
                      int        code,
                      GError   **error)
{
  return set_error (self, g_io_error_from_errno (code), g_strerror (code), error);
}

static gboolean
write_part (Recording      *self,
            gconstpointer   data,
            gsize           n_bytes,
            GError        **error)
{
  g_autoptr (GError) local_error = NULL;

  if (self->stream == NULL
      || g_output_stream_write_all (self->stream, data, n_bytes, NULL, self->cancellable,
                                    &local_error))
    return TRUE;

  return set_error (self, local_error->code, local_error->message, error);
}

/* An older recording in the file is lost only now, and not if the file is one of the
 * sources. */
static gboolean
replace_content (Recording *self,
                 GPtrArray *sources,
                 GError   **error)
{
  struct stat file;

  if (fstat (self->fd, &file) != 0)
    return set_error_from_errno (self, errno, error);

  for (guint i = 0; i < sources->len; i++)
    {
      if (source_is_file (g_ptr_array_index (sources, i), &file))
        return set_error (self, G_IO_ERROR_EXISTS, "it is one of the sources", error);
    }

  self->is_regular = S_ISREG (file.st_mode);
  if (self->is_regular && ftruncate (self->fd, 0) != 0)
    return set_error_from_errno (self, errno, error);

  return TRUE;
}

static gboolean
write_header (Recording *self,
              GPtrArray *sources,
              gsize      frame_bytes,
              GError   **error)
{
  FormatHeader header = {
    .version = GUINT32_TO_LE (FORMAT_VERSION),
    .n_sources = GUINT32_TO_LE (sources->len),
    .frame_bytes = GUINT64_TO_LE (frame_bytes),
  };

  memcpy (header.magic, FORMAT_MAGIC, sizeof header.magic);
  if (!write_part (self, &header, sizeof header, error))
    return FALSE;

  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = g_ptr_array_index (sources, i);
      gsize name_bytes = strlen (source->name);
      FormatSource entry = {
        .kind = GUINT32_TO_LE (source->kind),
        .name_bytes = GUINT32_TO_LE (name_bytes),
        .size = GUINT64_TO_LE (source->size < 0 ? FORMAT_UNKNOWN : (guint64) source->size),
      };

      if (!write_part (self, &entry, sizeof entry, error)
          || !write_part (self, source->name, name_bytes, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * recording_new:
 * @path: (nullable): the file, or %NULL to keep nothing of what is recorded
 * @sources: (element-type Source): what is recorded
 * @frame_bytes: the size of a frame
 * @cancellable: ends a wait for the reader of a pipe
 *
 * Returns: (nullable): the recording, or %NULL with @error set
 */
Recording *
recording_new (const char    *path,
               GPtrArray     *sources,
               gsize          frame_bytes,
               GCancellable  *cancellable,
               GError       **error)
{
  g_autoptr (Recording) self = g_new0 (Recording, 1);

  self->path = g_strdup (path);
  self->fd = -1;
  if (path == NULL)
    return g_steal_pointer (&self);

  self->fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  if (self->fd < 0)
    {
      set_error_from_errno (self, errno, error);
      return NULL;
    }

  if (!replace_content (self, sources, error))
    return NULL;

  self->stream = g_unix_output_stream_new (self->fd, FALSE);
  /* Writing to a file never takes long, so it is not cancelled, and the file gets its ends */
  if (!self->is_regular)
    {
      self->cancellable = g_object_ref (cancellable);
      if (!g_unix_set_fd_nonblocking (self->fd, TRUE, error))
        return NULL;
    }

  if (!write_header (self, sources, frame_bytes, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
recording_free (Recording *self)
{
  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  if (self->fd >= 0)
    g_close (self->fd, NULL);
  g_free (self->path);
  g_free (self);
}

/**
 * recording_add:
 * @self: the recording
 * @frame: a frame, or the end of a source
 */
gboolean
recording_add (Recording    *self,
               const Frame  *frame,
               GError      **error)
{
  gboolean is_end = frame->bytes == NULL;
  gsize n_bytes = 0;
  gconstpointer bytes = is_end ? NULL : bp_pooled_slice_get_data (frame->bytes, &n_bytes);
  FormatRecord record = {
    .type = GUINT32_TO_LE (is_end ? FORMAT_END : FORMAT_FRAME),
    .source = GUINT32_TO_LE (frame->source),
    .sequence = GUINT64_TO_LE (frame->sequence),
    .n_bytes = GUINT64_TO_LE (n_bytes),
    .reason = GUINT32_TO_LE (frame->reason),
    .n_dropped = GUINT64_TO_LE (frame->n_dropped),
  };

  return write_part (self, &record, sizeof record, error)
      && (is_end || write_part (self, bytes, n_bytes, error));
}

/**
 * recording_close:
 * @self: the recording, with all ends
 *
 * Makes sure that it is on the disk.
 */
gboolean
recording_close (Recording  *self,
                 GError    **error)
{
  int fd = self->fd;

  if (fd < 0)
    return TRUE;

  if (self->is_regular && fsync (fd) != 0)
    return set_error_from_errno (self, errno, error);

  self->fd = -1;
  if (close (fd) != 0)
    return set_error_from_errno (self, errno, error);

  return TRUE;
}
