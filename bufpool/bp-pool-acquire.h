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
BpPooled *bp_pool_acquire        (BpPool      *self) G_GNUC_WARN_UNUSED_RESULT;
BP_AVAILABLE_IN_0_9
BpPooled *bp_pool_try_acquire    (BpPool      *self,
                                  GError     **error) G_GNUC_WARN_UNUSED_RESULT;
BP_AVAILABLE_IN_0_9
BpPooled *bp_pool_acquire_with   (BpPool      *self,
                                  BpInitFunc   init,
                                  gpointer     user_data) G_GNUC_WARN_UNUSED_RESULT;
BP_AVAILABLE_IN_0_9
BpPooled *bp_pool_acquire_sized  (BpPool      *self,
                                  gsize        n_elements,
                                  GError     **error) G_GNUC_WARN_UNUSED_RESULT;
BP_AVAILABLE_IN_0_9
BpPooled *bp_pool_acquire_uninit (BpPool      *self,
                                  gsize        n_elements,
                                  GError     **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
