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
gboolean bp_pool_prefill   (BpPool  *self,
                            guint    n_buffers,
                            gsize    n_elements,
                            GError **error);
BP_AVAILABLE_IN_0_9
void     bp_pool_drop_idle (BpPool  *self,
                            guint    max_idle);

G_END_DECLS
