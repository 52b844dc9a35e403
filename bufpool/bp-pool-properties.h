/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (BUFPOOL_INSIDE) && !defined (BUFPOOL_COMPILATION)
# error "Only <bufpool.h> can be included directly."
#endif

#include "bp-budget.h"
#include "bp-pool.h"

G_BEGIN_DECLS

BP_AVAILABLE_IN_0_9
const char   *bp_pool_get_name          (BpPool     *self);
BP_AVAILABLE_IN_0_9
void          bp_pool_set_name          (BpPool     *self,
                                         const char *name);

BP_AVAILABLE_IN_0_9
BpElementType bp_pool_get_element_type  (BpPool     *self);
BP_AVAILABLE_IN_0_9
gsize         bp_pool_get_element_size  (BpPool     *self);
BP_AVAILABLE_IN_0_9
GType         bp_pool_get_item_type     (BpPool     *self);
BP_AVAILABLE_IN_0_9
gsize         bp_pool_get_alignment     (BpPool     *self);
BP_AVAILABLE_IN_0_9
guint         bp_pool_get_shards        (BpPool     *self);
BP_AVAILABLE_IN_0_9
gboolean      bp_pool_get_realtime      (BpPool     *self);

BP_AVAILABLE_IN_0_9
guint         bp_pool_get_max_buffers   (BpPool     *self);
BP_AVAILABLE_IN_0_9
void          bp_pool_set_max_buffers   (BpPool     *self,
                                         guint       max_buffers);
BP_AVAILABLE_IN_0_9
gsize         bp_pool_get_trim_capacity (BpPool     *self);
BP_AVAILABLE_IN_0_9
void          bp_pool_set_trim_capacity (BpPool     *self,
                                         gsize       trim_capacity);
BP_AVAILABLE_IN_0_9
int           bp_pool_get_thread_cache  (BpPool     *self);
BP_AVAILABLE_IN_0_9
void          bp_pool_set_thread_cache  (BpPool     *self,
                                         int         thread_cache);
BP_AVAILABLE_IN_0_9
BpBudget     *bp_pool_get_budget          (BpPool     *self);
BP_AVAILABLE_IN_0_9
guint         bp_pool_get_max_outstanding (BpPool     *self);
BP_AVAILABLE_IN_0_9
void          bp_pool_set_max_outstanding (BpPool     *self,
                                           guint       max_outstanding);
BP_AVAILABLE_IN_0_9
guint64       bp_pool_get_max_idle_bytes  (BpPool     *self);
BP_AVAILABLE_IN_0_9
void          bp_pool_set_max_idle_bytes  (BpPool     *self,
                                           guint64     max_idle_bytes);
BP_AVAILABLE_IN_0_9
gboolean      bp_pool_get_flushing        (BpPool     *self);
BP_AVAILABLE_IN_0_9
void          bp_pool_set_flushing        (BpPool     *self,
                                           gboolean    flushing);
BP_AVAILABLE_IN_0_9
gboolean      bp_pool_get_clear_on_release (BpPool    *self);
BP_AVAILABLE_IN_0_9
void          bp_pool_set_clear_on_release (BpPool    *self,
                                            gboolean   clears);

G_END_DECLS
