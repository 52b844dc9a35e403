/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/bufpool/gstbufpool.h>

G_BEGIN_DECLS

/**
 * GstBpAllocMode:
 * @GST_BP_ALLOC_MODE_ALLOCATOR: an allocator, for any pool that upstream makes
 * @GST_BP_ALLOC_MODE_POOL: a buffer pool too, for raw video
 *
 * What bpalloc offers to the element upstream.
 *
 * Since: 0.2
 */
typedef enum
{
  GST_BP_ALLOC_MODE_ALLOCATOR,
  GST_BP_ALLOC_MODE_POOL
} GstBpAllocMode;

#define GST_TYPE_BP_ALLOC_MODE (gst_bp_alloc_mode_get_type ())
GType gst_bp_alloc_mode_get_type (void);

#define GST_TYPE_BP_ALLOC (gst_bp_alloc_get_type ())
G_DECLARE_FINAL_TYPE (GstBpAlloc, gst_bp_alloc, GST, BP_ALLOC, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (bpalloc)

G_END_DECLS
