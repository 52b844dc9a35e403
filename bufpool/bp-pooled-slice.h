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

#define BP_TYPE_POOLED_SLICE (bp_pooled_slice_get_type ())

BP_AVAILABLE_IN_0_9
GType          bp_pooled_slice_get_type         (void) G_GNUC_CONST;

BP_AVAILABLE_IN_0_9
BpPooledSlice *bp_pooled_slice_new_take         (BpPooled       *pooled,
                                                 gsize           length,
                                                 GError        **error);

BP_AVAILABLE_IN_0_9
BpPooledSlice *bp_pooled_slice_ref              (BpPooledSlice  *self);
BP_AVAILABLE_IN_0_9
void           bp_pooled_slice_unref            (BpPooledSlice  *self);
BP_AVAILABLE_IN_0_9
gboolean       bp_pooled_slice_release          (BpPooledSlice  *self);
BP_AVAILABLE_IN_0_9
gboolean       bp_pooled_slice_is_released      (BpPooledSlice  *self);

BP_AVAILABLE_IN_0_9
gsize          bp_pooled_slice_get_length       (BpPooledSlice  *self);
BP_AVAILABLE_IN_0_9
gboolean       bp_pooled_slice_is_empty         (BpPooledSlice  *self);
BP_AVAILABLE_IN_0_9
gsize          bp_pooled_slice_get_element_size (BpPooledSlice  *self);
BP_AVAILABLE_IN_0_9
BpElementType  bp_pooled_slice_get_element_type (BpPooledSlice  *self);
BP_AVAILABLE_IN_0_9
gconstpointer  bp_pooled_slice_get_data         (BpPooledSlice  *self,
                                                 gsize          *n_elements);

BP_AVAILABLE_IN_0_9
BpPooledSlice *bp_pooled_slice_sub              (BpPooledSlice  *self,
                                                 gsize           offset,
                                                 gsize           length,
                                                 GError        **error);
BP_AVAILABLE_IN_0_9
BpPooled      *bp_pooled_slice_steal_pooled     (BpPooledSlice  *self,
                                                 GError        **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BpPooledSlice, bp_pooled_slice_unref)

G_END_DECLS
