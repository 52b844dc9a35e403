/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbpallocator.h>

G_BEGIN_DECLS

#define GST_TYPE_BP_BUFFER_POOL (gst_bp_buffer_pool_get_type ())

GST_BUFPOOL_API
G_DECLARE_DERIVABLE_TYPE (GstBpBufferPool, gst_bp_buffer_pool, GST, BP_BUFFER_POOL, GstBufferPool)

/**
 * GstBpBufferPoolClass:
 * @parent_class: the class of the stock pool
 *
 * The class of a [class@BufferPool]. A subclass may implement `alloc_buffer` and
 * `free_buffer` of the stock pool's class, to add metas for example, and chain up
 * in what else it overrides.
 *
 * Since: 0.2
 */
struct _GstBpBufferPoolClass
{
  GstBufferPoolClass parent_class;

  /*< private >*/
  gpointer padding[GST_PADDING];
};

GST_BUFPOOL_API
GstBufferPool  *gst_bp_buffer_pool_new           (GstBpAllocator  *allocator);

GST_BUFPOOL_API
GstBpAllocator *gst_bp_buffer_pool_get_allocator (GstBpBufferPool *self);
GST_BUFPOOL_API
GstStructure   *gst_bp_buffer_pool_get_stats     (GstBpBufferPool *self);

G_END_DECLS
