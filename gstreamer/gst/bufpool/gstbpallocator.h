/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

G_BEGIN_DECLS

/**
 * GST_BP_MEMORY_TYPE:
 *
 * The type of the memory that a [class@Allocator] makes, for
 * gst_memory_is_type().
 *
 * Since: 0.2
 */
#define GST_BP_MEMORY_TYPE "BpMemory"

#define GST_TYPE_BP_ALLOCATOR (gst_bp_allocator_get_type ())

GST_BUFPOOL_API
G_DECLARE_FINAL_TYPE (GstBpAllocator, gst_bp_allocator, GST, BP_ALLOCATOR, GstAllocator)

GST_BUFPOOL_API
GstAllocator *gst_bp_allocator_new             (BpPool         *pool);
GST_BUFPOOL_API
GstAllocator *gst_bp_allocator_get_shared      (const char     *name,
                                                guint           max_buffers);

GST_BUFPOOL_API
BpPool       *gst_bp_allocator_get_pool        (GstBpAllocator *self);
GST_BUFPOOL_API
GPtrArray    *gst_bp_allocator_get_pools       (GstBpAllocator *self);
GST_BUFPOOL_API
guint         gst_bp_allocator_get_max_buffers (GstBpAllocator *self);
GST_BUFPOOL_API
void          gst_bp_allocator_set_max_buffers (GstBpAllocator *self,
                                                guint           max_buffers);
GST_BUFPOOL_API
GstStructure *gst_bp_allocator_get_stats       (GstBpAllocator *self);

GST_BUFPOOL_API
void          gst_bp_allocator_drop_idle       (GstBpAllocator *self,
                                                gsize           max_bytes);
GST_BUFPOOL_API
void          gst_bp_allocator_drop_unused     (GstBpAllocator *self,
                                                guint           n_calls);

GST_BUFPOOL_API
GstAllocator   *gst_bp_allocator_new_limited         (BpBudget       *budget,
                                                      guint           max_outstanding);
GST_BUFPOOL_API
GstAllocator   *gst_bp_allocator_new_sharing         (GstBpAllocator *source);
GST_BUFPOOL_API
GstAllocator   *gst_bp_allocator_get_shared_within   (const char     *name,
                                                      guint           max_buffers,
                                                      BpBudget       *budget);

GST_BUFPOOL_API
GstBpAllocator *gst_bp_allocator_get_source          (GstBpAllocator *self);
GST_BUFPOOL_API
BpBudget       *gst_bp_allocator_get_budget          (GstBpAllocator *self);
GST_BUFPOOL_API
guint           gst_bp_allocator_get_max_outstanding (GstBpAllocator *self);
GST_BUFPOOL_API
void            gst_bp_allocator_set_max_outstanding (GstBpAllocator *self,
                                                      guint           max_outstanding);
GST_BUFPOOL_API
gint64          gst_bp_allocator_get_wait_timeout    (GstBpAllocator *self);
GST_BUFPOOL_API
void            gst_bp_allocator_set_wait_timeout    (GstBpAllocator *self,
                                                      gint64          timeout_us);
GST_BUFPOOL_API
gboolean        gst_bp_allocator_get_overflow        (GstBpAllocator *self);
GST_BUFPOOL_API
void            gst_bp_allocator_set_overflow        (GstBpAllocator *self,
                                                      gboolean        overflow);
GST_BUFPOOL_API
void            gst_bp_allocator_set_flushing        (GstBpAllocator *self,
                                                      gboolean        is_flushing);

G_END_DECLS
