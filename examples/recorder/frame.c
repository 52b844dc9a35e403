/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "frame.h"

/**
 * frame_new:
 * @source: the number of the source
 * @sequence: the number of the frame in its source, from 0
 * @bytes: (transfer full): its bytes, at least one
 */
Frame *
frame_new (guint          source,
           guint64        sequence,
           BpPooledSlice *bytes)
{
  Frame *self = g_new0 (Frame, 1);

  self->source = source;
  self->sequence = sequence;
  self->bytes = bytes;

  return self;
}

Frame *
frame_new_end (guint     source,
               guint64   n_frames,
               guint64   n_dropped,
               EndReason reason)
{
  Frame *self = frame_new (source, n_frames, NULL);

  self->n_dropped = n_dropped;
  self->reason = reason;

  return self;
}

/**
 * frame_free:
 * @self: the frame
 *
 * Gives its buffer back to the pool of its source, which may wake up a reader.
 */
void
frame_free (Frame *self)
{
  g_clear_pointer (&self->bytes, bp_pooled_slice_unref);
  g_free (self);
}
