/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

/*
 * The buffers of a GstBpBufferPool, as items of a BpPool.
 *
 * A buffer is an item from when it is made until it is destroyed. While it is in
 * use it is out, and its handle is kept as its qdata. Buffers are made and
 * destroyed by alloc_buffer() and free_buffer() of the pool's class.
 */
typedef struct
{
  GstBufferPool *owner;
  BpPool *idle;
  gsize buffer_size;
  /* The most buffers there may be; 0 for no limit. */
  guint max_buffers;
  /* Buffers there are, idle or in use. */
  gint n_live;
} GstBpItems;

/* When the class of the pool is set up. */
void        gst_bp_items_init_once (void);

GstBpItems *gst_bp_items_new     (GstBufferPool               *owner,
                                  gsize                        buffer_size,
                                  guint                        max_buffers,
                                  guint                        max_idle);
/* Frees the idle buffers; FALSE if others are in use. */
gboolean    gst_bp_items_drain   (GstBpItems                  *self);
/* When it is drained. */
void        gst_bp_items_free    (GstBpItems                  *self);

/* A buffer, idle or new. Where there is a limit, the caller knows that not all buffers
 * are in use: then it does not fail for want of one. */
GstBuffer  *gst_bp_items_take    (GstBpItems                  *self,
                                  GstBufferPoolAcquireParams  *params,
                                  GstFlowReturn               *flow);
void        gst_bp_items_put     (GstBpItems                  *self,
                                  GstBuffer                   *buffer);
/* Destroys a buffer that is in use. */
void        gst_bp_items_discard (GstBpItems                  *self,
                                  GstBuffer                   *buffer);

guint       gst_bp_items_count   (GstBpItems                  *self);
/* How many were taken that had been idle, and how many that were made. */
void        gst_bp_items_get_hits (GstBpItems                 *self,
                                   guint64                    *n_hits,
                                   guint64                    *n_misses);
