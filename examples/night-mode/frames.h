/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _FrameSource FrameSource;

/* A frame on its way. It is a small value: it is moved into a queue and out of it, and its
 * last owner clears it. */
typedef struct
{
  guint8      *data;
  gpointer     owner;       /* what keeps @data alive */
  FrameSource *source;      /* where it goes back to */
} Frame;

void frame_clear (Frame *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Frame, frame_clear)

/* Where frames get their memory. */
typedef enum
{
  FRAME_KIND_POOL,          /* a pool with the settings that it has by itself */
  FRAME_KIND_BUDGET,        /* a pool that waits where its budget is used up */
  FRAME_KIND_PLAIN          /* malloc() and free() */
} FrameKind;

typedef struct
{
  guint64 handed_out;       /* frames asked for */
  guint64 reused;           /* of these, how many had been used before */
  guint64 waits;            /* how many had to wait for the budget */
  guint64 now;              /* bytes of the frames that are out */
  guint64 peak;             /* the most that they ever were */
  guint64 budget_peak;      /* the most that frames ever took, out and idle; only with a budget */
} FrameCounts;

FrameSource *frame_source_new        (FrameKind      kind,
                                      gsize          frame_bytes,
                                      guint64        budget);
void         frame_source_free       (FrameSource   *self);
gboolean     frame_source_take       (FrameSource   *self,
                                      Frame         *frame,
                                      GCancellable  *cancellable,
                                      GError       **error);
void         frame_source_get_counts (FrameSource   *self,
                                      FrameCounts   *counts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FrameSource, frame_source_free)

G_END_DECLS
