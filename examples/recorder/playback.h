/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

#include "frame.h"
#include "source.h"

G_BEGIN_DECLS

/* A source, as a recording has it. */
typedef struct
{
  SourceKind  kind;
  char       *name;
  goffset     size;         /* as it was at the beginning, or -1 */

  guint64     n_frames;     /* that were read of it so far */
  guint64     n_bytes;
  guint64     n_skipped;    /* numbers that no frame had */
  guint64     next;         /* the least number that the next frame may have */
  gboolean    was_short;    /* there was a frame that can only be the last */
  EndReason   end;          /* 0 before it */
} PlaybackSource;

/* Reads a recording, and finds out whether it is whole. */
typedef struct _Playback Playback;

Playback       *playback_new             (const char  *path,
                                          GError     **error);
void            playback_free            (Playback    *self);
gsize           playback_get_frame_bytes (Playback    *self);
guint           playback_get_n_sources   (Playback    *self);
PlaybackSource *playback_get_source      (Playback    *self,
                                          guint        number);
gboolean        playback_next            (Playback    *self,
                                          Frame      **frame,
                                          GError     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Playback, playback_free)

G_END_DECLS
