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
BpPool *bp_pool_new            (BpElementType      element_type);
BP_AVAILABLE_IN_0_9
BpPool *bp_pool_new_full       (BpElementType      element_type,
                                guint              shards,
                                guint              max_buffers,
                                gsize              trim_capacity);
BP_AVAILABLE_IN_0_9
BpPool *bp_pool_new_for_size   (gsize              element_size);
BP_AVAILABLE_IN_0_9
BpPool *bp_pool_new_for_type   (GType              item_type);
BP_AVAILABLE_IN_0_9
BpPool *bp_pool_new_with_funcs (const BpItemFuncs *funcs,
                                gpointer           user_data,
                                GDestroyNotify     destroy);

G_END_DECLS
