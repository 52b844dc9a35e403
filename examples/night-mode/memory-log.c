/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "memory-log.h"

#include <errno.h>
#include <stdio.h>

#include "process-memory.h"

struct _MemoryLog
{
  FILE   *file;
  gint64  began;        /* in microseconds */
};

static gboolean
set_error (int      code,
           GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "cannot write the log: %s",
               g_strerror (code));

  return FALSE;
}

/**
 * memory_log_new:
 * @path: a file, which is replaced
 *
 * Returns: (nullable): the log, or %NULL with @error set
 */
MemoryLog *
memory_log_new (const char  *path,
                GError     **error)
{
  g_autoptr (MemoryLog) self = g_new0 (MemoryLog, 1);

  self->began = g_get_monotonic_time ();
  self->file = fopen (path, "we");

  if (self->file == NULL
      || fputs ("milliseconds,is_done,frame_bytes,process_bytes\n", self->file) == EOF)
    {
      set_error (errno, error);
      return NULL;
    }

  return g_steal_pointer (&self);
}

void
memory_log_free (MemoryLog *self)
{
  if (self->file != NULL)
    fclose (self->file);
  g_free (self);
}

/**
 * memory_log_add:
 * @self: the log
 * @pipeline: what it is about
 * @is_done: whether the work is done
 *
 * Adds a line, which can be read at once.
 */
gboolean
memory_log_add (MemoryLog  *self,
                Pipeline   *pipeline,
                gboolean    is_done,
                GError    **error)
{
  gint64 time_us = g_get_monotonic_time () - self->began;
  FrameCounts counts;
  int n;

  pipeline_get_memory (pipeline, &counts);
  n = fprintf (self->file, "%" G_GINT64_FORMAT ",%d,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "\n",
               time_us / G_TIME_SPAN_MILLISECOND, is_done, counts.now, process_memory_get_now ());

  return (n > 0 && fflush (self->file) == 0) || set_error (errno, error);
}
