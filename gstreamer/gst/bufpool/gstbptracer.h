/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

G_BEGIN_DECLS

#define GST_TYPE_BP_TRACER (gst_bp_tracer_get_type ())

GST_BUFPOOL_API
G_DECLARE_FINAL_TYPE (GstBpTracer, gst_bp_tracer, GST, BP_TRACER, GstTracer)

G_END_DECLS
