/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "log.h"

#include <errno.h>
#include <stdio.h>

static const char heading[] =
  "limits,milliseconds,buffer_bytes,process_bytes,waits,drops,read_bytes,written_bytes\n";

struct _Log
{
  char     *path;
  FILE     *file;
  gboolean  is_limited;
};

static gboolean
set_error (Log     *self,
           int      code,
           GError **error)
{
  g_autofree char *name = g_filename_display_name (self->path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "cannot write %s: %s",
               name, g_strerror (code));

  return FALSE;
}

/**
 * log_new:
 * @path: the file
 * @is_limited: which of two runs it is about
 * @is_continued: whether to go on after what another run has written
 *
 * Returns: (nullable): the log, or %NULL with @error set
 */
Log *
log_new (const char  *path,
         gboolean     is_limited,
         gboolean     is_continued,
         GError     **error)
{
  g_autoptr (Log) self = g_new0 (Log, 1);

  self->path = g_strdup (path);
  self->is_limited = is_limited;
  self->file = fopen (path, is_continued ? "ae" : "we");

  if (self->file == NULL || (!is_continued && fputs (heading, self->file) == EOF))
    {
      set_error (self, errno, error);
      return NULL;
    }

  return g_steal_pointer (&self);
}

void
log_free (Log *self)
{
  g_clear_pointer (&self->file, fclose);
  g_free (self->path);
  g_free (self);
}

/**
 * log_add:
 * @self: the log
 * @counts: how it is
 * @time_us: since the beginning
 * @process_bytes: the memory of the process
 *
 * Adds a line, which can be read at once.
 */
gboolean
log_add (Log                  *self,
         const SessionCounts  *counts,
         gint64                time_us,
         guint64               process_bytes,
         GError              **error)
{
  int n = fprintf (self->file,
                   "%s,%" G_GINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%"
                   G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%"
                   G_GUINT64_FORMAT "\n",
                   self->is_limited ? "yes" : "no", time_us / G_TIME_SPAN_MILLISECOND,
                   counts->used, process_bytes, counts->n_waits, counts->n_dropped,
                   counts->bytes_read, counts->bytes_written);

  return (n > 0 && fflush (self->file) == 0) || set_error (self, errno, error);
}
