/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

G_BEGIN_DECLS

GST_BUFPOOL_API
BpPool *gst_bp_new_pool        (guint       max_buffers);
GST_BUFPOOL_API
BpPool *gst_bp_get_shared_pool (const char *name,
                                guint       max_buffers);

G_END_DECLS
