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
GBytes       *bp_pooled_slice_get_bytes (BpPooledSlice  *self,
                                         GError        **error);
BP_AVAILABLE_IN_0_9
guint8       *bp_pooled_slice_dup_data  (BpPooledSlice  *self,
                                         gsize          *n_bytes,
                                         GError        **error);
BP_AVAILABLE_IN_0_9
BpPooledView *bp_pooled_slice_get_view  (BpPooledSlice  *self,
                                         GError        **error);

G_END_DECLS
