/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

G_BEGIN_DECLS

GST_BUFPOOL_API
BpPooledView *gst_bp_buffer_view           (GstBuffer       *buffer,
                                            GstMapFlags      flags,
                                            GError         **error);

GST_BUFPOOL_API
GstMemory    *gst_bp_memory_new_with_owner (guintptr         address,
                                            gsize            n_bytes,
                                            GstMemoryFlags   flags,
                                            const GValue    *owner);

G_END_DECLS
