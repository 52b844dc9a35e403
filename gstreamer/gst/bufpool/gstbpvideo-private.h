/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>
#include <gst/video/video.h>

/*
 * What a buffer pool does for frames, as GstVideoBufferPool does it: where the configuration
 * asks for it, buffers have a GstVideoMeta, and lines and planes are aligned and padded, so
 * that a decoder can write straight into them.
 */

typedef struct
{
  /* Whether buffers get a meta; the rest is only set then. */
  gboolean adds_meta;
  GstVideoInfo info;
} GstBpVideo;

/* The options of a configuration that are understood. */
const char **gst_bp_video_get_options (void);

/* Reads the configuration and writes into it what has to be more: the size of a buffer, and
 * the alignment. FALSE if it asks for a meta and cannot have one; then a size that was too
 * small is the least that is possible. */
gboolean     gst_bp_video_configure   (GstBpVideo    *self,
                                       GstBufferPool *pool,
                                       GstStructure  *config);

/* If the configuration asked for one. */
void         gst_bp_video_add_meta    (GstBpVideo    *self,
                                       GstBuffer     *buffer);
