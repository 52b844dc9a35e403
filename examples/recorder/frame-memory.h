/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>
#include <stdatomic.h>

G_BEGIN_DECLS

#define WAIT_FOR_EVER (-1)

/* How much may be under way between the readers and the writer. */
typedef struct
{
  guint64 budget;           /* bytes of all buffers together, or NO_BUDGET */
  guint   max_outstanding;  /* frames of each source, or 0 for any number */
  gint64  max_wait_us;      /* how long a reader waits for memory: WAIT_FOR_EVER,
                               or then it drops a frame */
} Limits;

#define NO_BUDGET G_MAXUINT64

/* Where frames get their memory: one budget, and a pool with a limit for each
 * source. */
typedef struct _FrameMemory FrameMemory;

FrameMemory *frame_memory_new       (const Limits   *limits,
                                     guint           n_sources,
                                     gsize           frame_bytes);
void         frame_memory_free      (FrameMemory    *self);

BpPooled    *frame_memory_take      (FrameMemory    *self,
                                     guint           source,
                                     GCancellable   *cancellable,
                                     GError        **error);
gboolean     frame_memory_is_short  (const GError   *error);
void         frame_memory_flush     (FrameMemory    *self);

guint64      frame_memory_get_used  (FrameMemory    *self);
guint64      frame_memory_get_peak  (FrameMemory    *self);
guint64      frame_memory_get_waits (FrameMemory    *self,
                                     gint64         *wait_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FrameMemory, frame_memory_free)

G_END_DECLS
