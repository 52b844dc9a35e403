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

#define BP_TYPE_POOL_STATS (bp_pool_stats_get_type ())

BP_AVAILABLE_IN_1_0
GType        bp_pool_stats_get_type        (void) G_GNUC_CONST;

BP_AVAILABLE_IN_1_0
BpPoolStats *bp_pool_stats_copy            (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
void         bp_pool_stats_free            (BpPoolStats *self);

BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_acquired    (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_hits        (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_steals      (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_misses      (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_recycled    (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_drops       (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_added       (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_attached    (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_stolen      (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_idle        (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_outstanding (BpPoolStats *self);
BP_AVAILABLE_IN_1_0
guint64      bp_pool_stats_get_idle_bytes  (BpPoolStats *self);

BP_AVAILABLE_IN_1_0
char        *bp_pool_stats_to_string       (BpPoolStats *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BpPoolStats, bp_pool_stats_free)

G_END_DECLS
