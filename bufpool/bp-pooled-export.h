/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (BUFPOOL_INSIDE) && !defined (BUFPOOL_COMPILATION)
# error "Only <bufpool.h> can be included directly."
#endif

#include "bp-types.h"

G_BEGIN_DECLS

BP_AVAILABLE_IN_0_9
GBytes  *bp_pooled_get_bytes      (BpPooled  *self,
                                   GError   **error);
BP_AVAILABLE_IN_0_9
guint8  *bp_pooled_dup_data       (BpPooled  *self,
                                   gsize     *n_bytes,
                                   GError   **error);
BP_AVAILABLE_IN_0_9
GBytes  *bp_pooled_unref_to_bytes (BpPooled  *self,
                                   GError   **error);

BP_AVAILABLE_IN_0_9
gpointer bp_pooled_steal_data     (BpPooled  *self,
                                   gsize     *length,
                                   gsize     *capacity,
                                   GError   **error) G_GNUC_WARN_UNUSED_RESULT;
BP_AVAILABLE_IN_0_9
gpointer bp_pooled_steal_item     (BpPooled  *self,
                                   GError   **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
