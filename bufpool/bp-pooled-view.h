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

#define BP_TYPE_POOLED_VIEW (bp_pooled_view_get_type ())

BP_AVAILABLE_IN_0_9
GType         bp_pooled_view_get_type           (void) G_GNUC_CONST;

BP_AVAILABLE_IN_0_9
BpPooledView *bp_pooled_get_view                (BpPooled       *self,
                                                 GError        **error);
BP_AVAILABLE_IN_0_9
BpPooledView *bp_pooled_view_new_with_free_func (gconstpointer   data,
                                                 gsize           n_bytes,
                                                 gboolean        is_writable,
                                                 GDestroyNotify  free_func,
                                                 gpointer        user_data);

BP_AVAILABLE_IN_0_9
BpPooledView *bp_pooled_view_ref                (BpPooledView   *self);
BP_AVAILABLE_IN_0_9
void          bp_pooled_view_unref              (BpPooledView   *self);
BP_AVAILABLE_IN_0_9
gboolean      bp_pooled_view_is_writable        (BpPooledView   *self);
BP_AVAILABLE_IN_0_9
guintptr      bp_pooled_view_get_address        (BpPooledView   *self);
BP_AVAILABLE_IN_0_9
gsize         bp_pooled_view_get_size_bytes     (BpPooledView   *self);
BP_AVAILABLE_IN_0_9
gsize         bp_pooled_view_get_length_bytes   (BpPooledView   *self);
BP_AVAILABLE_IN_0_9
guintptr      bp_pooled_view_get_extent         (BpPooledView   *self,
                                                 gsize          *size_bytes,
                                                 gsize          *length_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BpPooledView, bp_pooled_view_unref)

G_END_DECLS
