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
BpPooled *bp_pool_acquire_full   (BpPool               *self,
                                  gsize                 n_elements,
                                  BpAcquireFlags        flags,
                                  gpointer              acquire_data,
                                  gint64                timeout_us,
                                  GCancellable         *cancellable,
                                  GError              **error) G_GNUC_WARN_UNUSED_RESULT;
BP_AVAILABLE_IN_0_9
BpPooled *bp_pool_acquire_wait   (BpPool               *self,
                                  gsize                 n_elements,
                                  gint64                timeout_us,
                                  GCancellable         *cancellable,
                                  GError              **error) G_GNUC_WARN_UNUSED_RESULT;
BP_AVAILABLE_IN_0_9
void      bp_pool_acquire_async  (BpPool               *self,
                                  gsize                 n_elements,
                                  GCancellable         *cancellable,
                                  GAsyncReadyCallback   callback,
                                  gpointer              user_data);
BP_AVAILABLE_IN_0_9
BpPooled *bp_pool_acquire_finish (BpPool               *self,
                                  GAsyncResult         *result,
                                  GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
