/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

G_BEGIN_DECLS

/* Why nothing more comes from a source. The numbers stand in recordings. */
typedef enum
{
  END_COMPLETE = 1,     /* it had no more */
  END_STOPPED,          /* the operator stopped the recorder */
  END_FAILED            /* it could not be read */
} EndReason;

/* What a reader hands to the writer: a piece of a source, or its end. */
typedef struct
{
  guint          source;
  guint64        sequence;    /* dropped frames have a number too */
  BpPooledSlice *bytes;       /* NULL at the end */

  EndReason      reason;      /* at the end, when sequence is the number of frames */
  guint64        n_dropped;
} Frame;

Frame *frame_new     (guint           source,
                      guint64         sequence,
                      BpPooledSlice  *bytes);
Frame *frame_new_end (guint           source,
                      guint64         n_frames,
                      guint64         n_dropped,
                      EndReason       reason);
void   frame_free    (Frame          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Frame, frame_free)

G_END_DECLS
