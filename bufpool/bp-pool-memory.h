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
guint           bp_pool_get_idle_timeout   (BpPool         *self);
BP_AVAILABLE_IN_0_9
void            bp_pool_set_idle_timeout   (BpPool         *self,
                                            guint           timeout_ms);
BP_AVAILABLE_IN_0_9
GMemoryMonitor *bp_pool_dup_memory_monitor (BpPool         *self);
BP_AVAILABLE_IN_0_9
void            bp_pool_set_memory_monitor (BpPool         *self,
                                            GMemoryMonitor *monitor);

G_END_DECLS
