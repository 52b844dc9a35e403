/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/bufpool/gstbufpool.h>

G_BEGIN_DECLS

#define GST_TYPE_BP_ALLOC (gst_bp_alloc_get_type ())
G_DECLARE_FINAL_TYPE (GstBpAlloc, gst_bp_alloc, GST, BP_ALLOC, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (bpalloc)

G_END_DECLS
