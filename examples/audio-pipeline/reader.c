/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "reader.h"

#define BYTES_PER_READ (16 * 1024)

void
chunk_clear (Chunk *self)
{
  buffer_clear (&self->buffer);
}

/**
 * reader_run:
 * @stream: the file, at its beginning; it must be a #GSeekable
 * @source: gives the buffers to read into
 * @requests: from where to read on, as #SeekRequest
 * @chunks: where the bytes go, as #Chunk
 * @cancellable: (nullable): stops a read that takes long
 *
 * The first of the three threads: reads ahead until the queue of chunks is
 * full, and elsewhere when it is asked to. Ends when the queues are cancelled.
 *
 * Returns: %FALSE with @error set if the file could not be read
 */
gboolean
reader_run (GInputStream  *stream,
            BufferSource  *source,
            Queue         *requests,
            Queue         *chunks,
            GCancellable  *cancellable,
            GError       **error)
{
  SeekRequest position = { 0 };
  gboolean at_end = FALSE;

  for (;;)
    {
      g_auto (Chunk) chunk = { 0 };
      gboolean asked;
      gsize n_read;

      /* At the end there is nothing to do but to wait for a seek */
      asked = at_end ? queue_pop (requests, &position)
                     : queue_try_pop (requests, &position);
      if (at_end && !asked)
        return TRUE;

      if (asked && !g_seekable_seek (G_SEEKABLE (stream), position.offset, G_SEEK_SET,
                                     cancellable, error))
        return FALSE;

      if (!buffer_source_read (source, stream, BYTES_PER_READ, &chunk.buffer,
                               cancellable, error))
        return FALSE;

      chunk.offset = position.offset;
      chunk.serial = position.serial;
      n_read = chunk.buffer.length;

      if (!queue_push (chunks, &chunk))
        return TRUE;

      position.offset += n_read;
      at_end = n_read == 0;
    }
}
