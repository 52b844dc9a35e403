/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbptracer.h>

#define GST_BP_TRACER_CAST(object) ((GstBpTracer *) (object))

/* From time to time, which is that of a hook: idle memory goes of sizes that nothing has
 * asked for lately. */
void gst_bp_tracer_tidy         (GstBpTracer  *self,
                                 GstClockTime  time);
/* A pipeline is at NULL: all idle memory goes. */
void gst_bp_tracer_note_stopped (GstBpTracer  *self);
