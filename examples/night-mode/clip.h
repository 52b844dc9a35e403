/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The most rows, and the most columns */
#define CLIP_MAX_SIDE 16384

/* What the header of a clip says. A frame is its planes, one after the other: one of
 * grey, and two of colour that may have fewer samples. */
typedef struct
{
  guint width;
  guint height;
  guint n_planes;       /* 1 or 3 */
  guint shift_x;        /* a plane of colour has as many columns, shifted right by this */
  guint shift_y;        /* and rows */
  gsize frame_bytes;
  char *header;         /* the line itself */
} ClipFormat;

typedef struct _Clip Clip;

Clip              *clip_new          (const char     *path,
                                      GCancellable   *cancellable,
                                      GError        **error);
void               clip_free         (Clip           *self);
const ClipFormat  *clip_get_format   (Clip           *self);
guint64            clip_count_frames (Clip           *self);
gboolean           clip_read_frame   (Clip           *self,
                                      guint8         *data,
                                      gboolean       *is_end,
                                      GCancellable   *cancellable,
                                      GError        **error);
gboolean           clip_rewind       (Clip           *self,
                                      GError        **error);

gsize              clip_format_get_plane_width  (const ClipFormat *self,
                                                 guint             plane);
gsize              clip_format_get_plane_height (const ClipFormat *self,
                                                 guint             plane);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Clip, clip_free)

G_END_DECLS
