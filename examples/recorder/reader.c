/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "reader.h"

/* Sends what was read, also if an error came after it. */
static gboolean
read_frame (Reader    *self,
            BpPooled  *pooled,
            guint64    sequence,
            gsize     *n_read,
            GError   **error)
{
  gboolean is_fine;

  is_fine = g_input_stream_read_all (self->source->stream, bp_pooled_get_data (pooled, NULL),
                                     self->frame_bytes, n_read, self->cancellable, error);

  if (*n_read > 0)
    g_async_queue_push (self->frames,
                        frame_new (self->number, sequence,
                                   bp_pooled_slice_new_take (pooled, *n_read, NULL)));
  else
    bp_pooled_unref (pooled);

  return is_fine;
}

/* A live source goes on, whether there is memory or not. */
static gboolean
drop_frame (Reader  *self,
            gsize   *n_read,
            GError **error)
{
  gssize n_skipped = g_input_stream_skip (self->source->stream, self->frame_bytes,
                                          self->cancellable, error);

  *n_read = MAX (n_skipped, 0);
  if (n_skipped > 0)
    atomic_fetch_add_explicit (&self->n_dropped, 1, memory_order_relaxed);
  atomic_fetch_add_explicit (&self->bytes_dropped, *n_read, memory_order_relaxed);

  return n_skipped >= 0;
}

static gboolean
next_frame (Reader    *self,
            guint64    sequence,
            gsize     *n_read,
            GError   **error)
{
  g_autoptr (GError) local_error = NULL;
  BpPooled *pooled;

  *n_read = 0;

  pooled = frame_memory_take (self->memory, self->number, self->cancellable, &local_error);
  if (pooled != NULL)
    return read_frame (self, pooled, sequence, n_read, error);
  if (frame_memory_is_short (local_error))
    return drop_frame (self, n_read, error);

  g_propagate_error (error, g_steal_pointer (&local_error));

  return FALSE;
}

static EndReason
get_reason (const GError *error)
{
  if (error == NULL)
    return END_COMPLETE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING))
    return END_STOPPED;

  return END_FAILED;
}

/**
 * reader_run:
 * @self: the reader
 *
 * Sends the source in frames, and then its end.
 *
 * Returns: %FALSE with @error set if the source cannot be read; to be stopped is no
 *   error
 */
gboolean
reader_run (Reader  *self,
            GError **error)
{
  g_autoptr (GError) local_error = NULL;
  EndReason reason;
  guint64 sequence = 0;
  gboolean is_fine;
  gsize n_read;

  do
    {
      is_fine = next_frame (self, sequence, &n_read, &local_error);
      if (n_read > 0)
        sequence++;
      atomic_fetch_add_explicit (&self->n_bytes, n_read, memory_order_relaxed);
    }
  while (is_fine && n_read > 0);

  reason = get_reason (local_error);
  g_async_queue_push (self->frames,
                      frame_new_end (self->number, sequence,
                                     atomic_load_explicit (&self->n_dropped,
                                                           memory_order_relaxed),
                                     reason));

  if (reason != END_FAILED)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local_error));

  return FALSE;
}
