/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "buffers.h"
#include "decoder.h"
#include "meter.h"
#include "options.h"

G_BEGIN_DECLS

typedef struct _Pipeline Pipeline;

Pipeline       *pipeline_new          (const Options   *options,
                                       GError         **error);
void            pipeline_free         (Pipeline        *self);
gboolean        pipeline_start        (Pipeline        *self,
                                       GSourceFunc      done,
                                       gpointer         user_data,
                                       GError         **error);
void            pipeline_cancel       (Pipeline        *self);
gboolean        pipeline_finish       (Pipeline        *self,
                                       GError         **error);

const SF_INFO  *pipeline_get_info     (Pipeline        *self);
char           *pipeline_dup_format   (Pipeline        *self);
double          pipeline_get_duration (Pipeline        *self);
double          pipeline_get_fraction (Pipeline        *self);
const Meter    *pipeline_get_meter    (Pipeline        *self);
void            pipeline_get_counts   (Pipeline        *self,
                                       BufferCounts    *counts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pipeline, pipeline_free)

G_END_DECLS
