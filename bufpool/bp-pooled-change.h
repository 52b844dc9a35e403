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

/**
 * bp_pooled_resize_data:
 * @type: the C type of one element, such as `float`
 * @pooled: a #BpPooled
 * @n_elements: the number of valid elements
 *
 * Does what [method@Pooled.resize] does, and gives the elements as a `type *`,
 * checked: where `sizeof (type)` is not the pool's element size, that is a
 * programming error, reported by a critical. Nothing changes then, and the result
 * is %NULL.
 *
 * ```c
 * float *pcm = bp_pooled_resize_data (float, buffer, 4096);
 * ```
 *
 * Returns: (transfer none) (nullable): the elements
 *
 * Since: 0.9
 */
#define bp_pooled_resize_data(type, pooled, n_elements) \
  _BP_POINTER_CAST (type, bp_pooled_resize_checked ((pooled), sizeof (type), (n_elements)))

BP_AVAILABLE_IN_0_9
gboolean bp_pooled_reserve        (BpPooled       *self,
                                   gsize           n_elements,
                                   GError        **error);
BP_AVAILABLE_IN_0_9
gboolean bp_pooled_set_length     (BpPooled       *self,
                                   gsize           n_elements,
                                   GError        **error);
BP_AVAILABLE_IN_0_9
gpointer bp_pooled_resize         (BpPooled       *self,
                                   gsize           n_elements);
BP_AVAILABLE_IN_0_9
gpointer bp_pooled_resize_checked (BpPooled       *self,
                                   gsize           element_size,
                                   gsize           n_elements);
BP_AVAILABLE_IN_0_9
gboolean bp_pooled_try_resize     (BpPooled       *self,
                                   gsize           n_elements,
                                   GError        **error);

BP_AVAILABLE_IN_0_9
gboolean bp_pooled_append         (BpPooled       *self,
                                   gconstpointer   data,
                                   gsize           n_elements,
                                   GError        **error);
BP_AVAILABLE_IN_0_9
gboolean bp_pooled_append_bytes   (BpPooled       *self,
                                   const guint8   *data,
                                   gsize           n_bytes,
                                   GError        **error);
BP_AVAILABLE_IN_0_9
gboolean bp_pooled_write          (BpPooled       *self,
                                   gsize           offset,
                                   gconstpointer   data,
                                   gsize           n_elements,
                                   GError        **error);
BP_AVAILABLE_IN_0_9
gboolean bp_pooled_write_bytes    (BpPooled       *self,
                                   gsize           offset_bytes,
                                   const guint8   *data,
                                   gsize           n_bytes,
                                   GError        **error);

G_END_DECLS
