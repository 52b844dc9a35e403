/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (BUFPOOL_INSIDE) && !defined (BUFPOOL_COMPILATION)
# error "Only <bufpool.h> can be included directly."
#endif

#include "bp-pool.h"

G_BEGIN_DECLS

BP_AVAILABLE_IN_0_9
gboolean   bp_pool_acquire_many  (BpPool     *self,
                                  gsize       n_elements,
                                  BpPooled  **pooled,
                                  guint       n,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
BP_AVAILABLE_IN_0_9
GPtrArray *bp_pool_acquire_array (BpPool     *self,
                                  gsize       n_elements,
                                  guint       n,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
BP_AVAILABLE_IN_0_9
void       bp_pooled_unref_many  (BpPooled  **pooled,
                                  guint       n);

G_END_DECLS
