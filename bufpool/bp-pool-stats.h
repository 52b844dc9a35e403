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

#define BP_TYPE_POOL_STATS (bp_pool_stats_get_type ())

BP_AVAILABLE_IN_0_9
GType        bp_pool_stats_get_type         (void) G_GNUC_CONST;

BP_AVAILABLE_IN_0_9
BpPoolStats *bp_pool_get_stats              (BpPool      *self);

BP_AVAILABLE_IN_0_9
BpPoolStats *bp_pool_stats_copy             (BpPoolStats *self);
BP_AVAILABLE_IN_0_9
void         bp_pool_stats_free             (BpPoolStats *self);

BP_AVAILABLE_IN_0_9
guint64      bp_pool_stats_get_acquired     (BpPoolStats *self);
BP_AVAILABLE_IN_0_9
guint64      bp_pool_stats_get_hits         (BpPoolStats *self);
BP_AVAILABLE_IN_0_9
guint64      bp_pool_stats_get_misses       (BpPoolStats *self);
BP_AVAILABLE_IN_0_9
guint64      bp_pool_stats_get_returned     (BpPoolStats *self);
BP_AVAILABLE_IN_0_9
guint64      bp_pool_stats_get_dropped      (BpPoolStats *self);
BP_AVAILABLE_IN_0_9
guint64      bp_pool_stats_get_idle         (BpPoolStats *self);
BP_AVAILABLE_IN_0_9
guint64      bp_pool_stats_get_idle_bytes   (BpPoolStats *self);
BP_AVAILABLE_IN_0_9
guint64      bp_pool_stats_get_outstanding  (BpPoolStats *self);
BP_AVAILABLE_IN_0_9
guint64      bp_pool_stats_get_peak_buffers (BpPoolStats *self);

BP_AVAILABLE_IN_0_9
char        *bp_pool_stats_to_string        (BpPoolStats *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BpPoolStats, bp_pool_stats_free)

G_END_DECLS
