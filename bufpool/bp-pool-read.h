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
BpPooledSlice *bp_pool_read            (BpPool               *self,
                                        GInputStream         *stream,
                                        gsize                 count,
                                        GCancellable         *cancellable,
                                        GError              **error);
BP_AVAILABLE_IN_0_9
void           bp_pool_read_async      (BpPool               *self,
                                        GInputStream         *stream,
                                        gsize                 count,
                                        int                   io_priority,
                                        GCancellable         *cancellable,
                                        GAsyncReadyCallback   callback,
                                        gpointer              user_data);
BP_AVAILABLE_IN_0_9
BpPooledSlice *bp_pool_read_finish     (BpPool               *self,
                                        GAsyncResult         *result,
                                        GError              **error);

BP_AVAILABLE_IN_0_9
BpPooledSlice *bp_pool_read_all        (BpPool               *self,
                                        GInputStream         *stream,
                                        gsize                 count,
                                        GCancellable         *cancellable,
                                        GError              **error);
BP_AVAILABLE_IN_0_9
void           bp_pool_read_all_async  (BpPool               *self,
                                        GInputStream         *stream,
                                        gsize                 count,
                                        int                   io_priority,
                                        GCancellable         *cancellable,
                                        GAsyncReadyCallback   callback,
                                        gpointer              user_data);
BP_AVAILABLE_IN_0_9
BpPooledSlice *bp_pool_read_all_finish (BpPool               *self,
                                        GAsyncResult         *result,
                                        GError              **error);

BP_AVAILABLE_IN_0_9
GBytes        *bp_pool_read_bytes      (BpPool               *self,
                                        GInputStream         *stream,
                                        gsize                 count,
                                        GCancellable         *cancellable,
                                        GError              **error);

G_END_DECLS
