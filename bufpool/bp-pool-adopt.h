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
void      bp_pool_recycle_data   (BpPool    *self,
                                  gpointer   data,
                                  gsize      capacity);
BP_AVAILABLE_IN_0_9
void      bp_pool_recycle_item   (BpPool    *self,
                                  gpointer   item);
BP_AVAILABLE_IN_0_9
void      bp_pool_recycle_object (BpPool    *self,
                                  GObject   *object);

BP_AVAILABLE_IN_0_9
BpPooled *bp_pool_attach_data    (BpPool    *self,
                                  gpointer   data,
                                  gsize      length,
                                  gsize      capacity,
                                  GError   **error);
BP_AVAILABLE_IN_0_9
BpPooled *bp_pool_attach_item    (BpPool    *self,
                                  gpointer   item,
                                  GError   **error);

G_END_DECLS
