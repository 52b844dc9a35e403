/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

G_BEGIN_DECLS

GST_BUFPOOL_API
BpBudget *gst_bp_get_shared_budget (const char *name,
                                    guint64     max_bytes);

G_END_DECLS
