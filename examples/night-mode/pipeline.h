/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "clip.h"
#include "frames.h"
#include "options.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 frames;           /* read and averaged */
  guint64 pictures;
  guint64 left_out;         /* frames that are in no picture */
  guint64 total;            /* frames that there are to read; 0 if that is not known */
} PipelineCounts;

typedef struct _Pipeline Pipeline;

Pipeline          *pipeline_new            (const Options   *options,
                                            GError         **error);
void               pipeline_free           (Pipeline        *self);
gboolean           pipeline_start          (Pipeline        *self,
                                            GSourceFunc      done,
                                            gpointer         user_data,
                                            GError         **error);
void               pipeline_cancel         (Pipeline        *self);
gboolean           pipeline_finish         (Pipeline        *self,
                                            GError         **error);

const ClipFormat  *pipeline_get_format     (Pipeline        *self);
void               pipeline_get_counts     (Pipeline        *self,
                                            PipelineCounts  *counts);
void               pipeline_get_memory     (Pipeline        *self,
                                            FrameCounts     *counts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pipeline, pipeline_free)

G_END_DECLS
