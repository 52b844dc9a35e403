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

#define BP_TYPE_POOL (bp_pool_get_type ())

BP_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (BpPool, bp_pool, BP, POOL, GObject)

BP_AVAILABLE_IN_1_0
BpPool        *bp_pool_new               (BpElementType         element_type,
                                          guint                 shards,
                                          guint                 max_buffers,
                                          gsize                 trim_capacity);
BP_AVAILABLE_IN_1_0
BpPool        *bp_pool_new_sized         (gsize                 element_size,
                                          guint                 shards,
                                          guint                 max_buffers,
                                          gsize                 trim_capacity);
BP_AVAILABLE_IN_1_0
BpPool        *bp_pool_new_for_type      (GType                 item_type,
                                          guint                 shards,
                                          guint                 max_buffers,
                                          gsize                 trim_capacity);
BP_AVAILABLE_IN_1_0
BpPool        *bp_pool_new_with_funcs    (const BpItemFuncs    *funcs,
                                          gpointer              user_data,
                                          GDestroyNotify        destroy,
                                          guint                 shards,
                                          guint                 max_buffers,
                                          gsize                 trim_capacity);

BP_AVAILABLE_IN_1_0
const char    *bp_pool_get_name          (BpPool               *self);
BP_AVAILABLE_IN_1_0
BpElementType  bp_pool_get_element_type  (BpPool               *self);
BP_AVAILABLE_IN_1_0
gsize          bp_pool_get_element_size  (BpPool               *self);
BP_AVAILABLE_IN_1_0
GType          bp_pool_get_item_type     (BpPool               *self);
BP_AVAILABLE_IN_1_0
gsize          bp_pool_get_alignment     (BpPool               *self);
BP_AVAILABLE_IN_1_0
guint          bp_pool_get_shards        (BpPool               *self);

BP_AVAILABLE_IN_1_0
guint          bp_pool_get_max_buffers   (BpPool               *self);
BP_AVAILABLE_IN_1_0
void           bp_pool_set_max_buffers   (BpPool               *self,
                                          guint                 max_buffers);
BP_AVAILABLE_IN_1_0
gsize          bp_pool_get_trim_capacity (BpPool               *self);
BP_AVAILABLE_IN_1_0
void           bp_pool_set_trim_capacity (BpPool               *self,
                                          gsize                 trim_capacity);
BP_AVAILABLE_IN_1_0
int            bp_pool_get_thread_cache  (BpPool               *self);
BP_AVAILABLE_IN_1_0
void           bp_pool_set_thread_cache  (BpPool               *self,
                                          int                   thread_cache);

BP_AVAILABLE_IN_1_0
BpPooled      *bp_pool_acquire           (BpPool               *self);
BP_AVAILABLE_IN_1_0
BpPooled      *bp_pool_try_acquire       (BpPool               *self,
                                          GError              **error);
BP_AVAILABLE_IN_1_0
BpPooled      *bp_pool_acquire_with      (BpPool               *self,
                                          BpInitFunc            init,
                                          gpointer              user_data);
BP_AVAILABLE_IN_1_0
BpPooled      *bp_pool_acquire_sized     (BpPool               *self,
                                          gsize                 n_elements,
                                          GError              **error);
BP_AVAILABLE_IN_1_0
BpPooled      *bp_pool_acquire_uninit    (BpPool               *self,
                                          gsize                 n_elements,
                                          GError              **error);

BP_AVAILABLE_IN_1_0
void           bp_pool_recycle_data      (BpPool               *self,
                                          gpointer              data,
                                          gsize                 capacity);
BP_AVAILABLE_IN_1_0
void           bp_pool_recycle_item      (BpPool               *self,
                                          gpointer              item);
BP_AVAILABLE_IN_1_0
void           bp_pool_recycle_object    (BpPool               *self,
                                          GObject              *object);
BP_AVAILABLE_IN_1_0
BpPooled      *bp_pool_attach_data       (BpPool               *self,
                                          gpointer              data,
                                          gsize                 length,
                                          gsize                 capacity,
                                          GError              **error);
BP_AVAILABLE_IN_1_0
BpPooled      *bp_pool_attach_item       (BpPool               *self,
                                          gpointer              item,
                                          GError              **error);

BP_AVAILABLE_IN_1_0
gboolean       bp_pool_prefill           (BpPool               *self,
                                          guint                 n_buffers,
                                          gsize                 n_elements,
                                          GError              **error);
BP_AVAILABLE_IN_1_0
void           bp_pool_drop_idle         (BpPool               *self,
                                          guint                 max_idle);

BP_AVAILABLE_IN_1_0
BpPoolStats   *bp_pool_get_stats         (BpPool               *self);
BP_AVAILABLE_IN_1_0
BpPoolStats   *bp_pool_get_shard_stats   (BpPool               *self,
                                          guint                 shard);

BP_AVAILABLE_IN_1_0
BpPooledSlice *bp_pool_read              (BpPool               *self,
                                          GInputStream         *stream,
                                          gsize                 count,
                                          GCancellable         *cancellable,
                                          GError              **error);
BP_AVAILABLE_IN_1_0
void           bp_pool_read_async        (BpPool               *self,
                                          GInputStream         *stream,
                                          gsize                 count,
                                          int                   io_priority,
                                          GCancellable         *cancellable,
                                          GAsyncReadyCallback   callback,
                                          gpointer              user_data);
BP_AVAILABLE_IN_1_0
BpPooledSlice *bp_pool_read_finish       (BpPool               *self,
                                          GAsyncResult         *result,
                                          GError              **error);

G_END_DECLS
