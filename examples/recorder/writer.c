/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "writer.h"

static gboolean
write_frame (Writer       *self,
             const Frame  *frame,
             GError      **error)
{
  gsize n_bytes = bp_pooled_slice_get_length (frame->bytes);

  if (!recording_add (self->recording, frame, error))
    return FALSE;

  atomic_fetch_add_explicit (&self->n_frames, 1, memory_order_relaxed);
  atomic_fetch_add_explicit (&self->n_bytes, n_bytes, memory_order_relaxed);

  /* The buffer is held meanwhile, as by a disk that takes so long */
  pace_wait (&self->pace, n_bytes, self->cancellable);

  return TRUE;
}

/**
 * writer_run:
 * @self: the writer
 *
 * Writes until every source has ended.
 *
 * Returns: %FALSE with @error set if that is not possible
 */
gboolean
writer_run (Writer  *self,
            GError **error)
{
  g_autofree guint64 *n_discarded = g_new0 (guint64, self->n_sources);

  for (guint n_ends = 0; n_ends < self->n_sources;)
    {
      g_autoptr (Frame) frame = g_async_queue_pop (self->frames);

      if (frame->bytes == NULL)
        {
          frame->n_dropped += n_discarded[frame->source];
          n_ends++;
          if (!recording_add (self->recording, frame, error))
            return FALSE;
        }
      else if (g_cancellable_is_cancelled (self->cancellable))
        {
          n_discarded[frame->source]++;
          atomic_fetch_add_explicit (&self->n_discarded, 1, memory_order_relaxed);
        }
      else if (!write_frame (self, frame, error))
        {
          return FALSE;
        }
    }

  return recording_close (self->recording, error);
}
