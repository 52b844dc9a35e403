/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

G_BEGIN_DECLS

GST_BUFPOOL_API
GstMemory *gst_bp_memory_new_wrapped (BpPooled  *pooled,
                                      gsize      offset,
                                      gssize     size,
                                      GError   **error);

GST_BUFPOOL_API
gboolean   gst_bp_memory_is_overflow (GstMemory *mem);

G_END_DECLS
