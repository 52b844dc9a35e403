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

#define BP_TYPE_POOLED (bp_pooled_get_type ())

/**
 * bp_pooled_data:
 * @type: the C type of one element, such as `float`
 * @pooled: (nullable): a #BpPooled
 * @n_elements: (out) (optional): a `gsize *` for the number of valid elements
 *
 * The elements of @pooled as a `type *`, checked: where `sizeof (type)` is not
 * the pool's element size, that is a programming error, reported by a critical,
 * and the result is %NULL.
 *
 * Everything said of [method@Pooled.get_data] holds here too.
 *
 * Returns: (transfer none) (nullable): the elements
 *
 * Since: 0.9
 */
#define bp_pooled_data(type, pooled, n_elements) \
  _BP_POINTER_CAST (type, bp_pooled_get_data_checked ((pooled), sizeof (type), (n_elements)))

BP_AVAILABLE_IN_0_9
GType          bp_pooled_get_type         (void) G_GNUC_CONST;

BP_AVAILABLE_IN_0_9
BpPooled      *bp_pooled_ref              (BpPooled      *self);
BP_AVAILABLE_IN_0_9
void           bp_pooled_unref            (BpPooled      *self);
BP_AVAILABLE_IN_0_9
gboolean       bp_pooled_release          (BpPooled      *self);
BP_AVAILABLE_IN_0_9
gboolean       bp_pooled_is_released      (BpPooled      *self);

BP_AVAILABLE_IN_0_9
gsize          bp_pooled_get_length       (BpPooled      *self);
BP_AVAILABLE_IN_0_9
gsize          bp_pooled_get_capacity     (BpPooled      *self);
BP_AVAILABLE_IN_0_9
gsize          bp_pooled_get_element_size (BpPooled      *self);
BP_AVAILABLE_IN_0_9
BpElementType  bp_pooled_get_element_type (BpPooled      *self);

BP_AVAILABLE_IN_0_9
gpointer       bp_pooled_get_data         (BpPooled      *self,
                                           gsize         *n_elements);
BP_AVAILABLE_IN_0_9
gpointer       bp_pooled_get_data_checked (BpPooled      *self,
                                           gsize          element_size,
                                           gsize         *n_elements);
BP_AVAILABLE_IN_0_9
gpointer       bp_pooled_get_item         (BpPooled      *self);
BP_AVAILABLE_IN_0_9
GObject       *bp_pooled_dup_object       (BpPooled      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BpPooled, bp_pooled_unref)

G_END_DECLS
