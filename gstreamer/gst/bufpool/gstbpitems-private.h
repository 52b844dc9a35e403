/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gstbpflush-private.h"

/*
 * The buffers of a GstBpBufferPool, as items of a BpPool.
 *
 * A buffer is an item from when it is made until it is destroyed. While it is in
 * use it is out, and a meta leads to its handle. Buffers are made and
 * destroyed by alloc_buffer() and free_buffer() of the pool's class.
 *
 * The maximum of the buffer pool is the BpPool's max-outstanding, and so are waiting and
 * flushing the BpPool's.
 */

/* Whether a buffer that came back can be used again. */
typedef gboolean (*GstBpItemsIntact) (GstBufferPool *owner, GstBuffer *buffer);

typedef struct
{
  GstBufferPool *owner;
  BpPool *pool;
  GstBpItemsIntact is_intact;
  gsize buffer_size;
  /* Of those that wait for memory, while a buffer is made. */
  GstBpFlush flush;
  gboolean has_maximum;
  gboolean is_small;
  /* Items without a buffer that are idle, and those that got a new one. */
  gint n_empty;
  gsize n_refills;
} GstBpItems;

/* When the class of the pool is set up. */
void        gst_bp_items_init_once (void);

/* max_buffers is 0 for no limit; then so many idle ones are kept. */
GstBpItems *gst_bp_items_new     (GstBufferPool               *owner,
                                  GstBpItemsIntact             is_intact,
                                  gsize                        buffer_size,
                                  guint                        max_buffers,
                                  guint                        max_idle);
/* Frees the idle buffers; FALSE if others are in use. */
gboolean    gst_bp_items_drain   (GstBpItems                  *self);
/* When it is drained. */
void        gst_bp_items_free    (GstBpItems                  *self);
/* Threads that wait leave, and no thread gets anything until it is unset. */
void        gst_bp_items_set_flushing (GstBpItems             *self,
                                       gboolean                is_flushing);

/* A buffer, idle or new; waits for one at the limit, unless the parameters say not to. */
GstBuffer  *gst_bp_items_take    (GstBpItems                  *self,
                                  GstBufferPoolAcquireParams  *params,
                                  GstFlowReturn               *flow);
/* One that is not intact is destroyed. */
void        gst_bp_items_put     (GstBpItems                  *self,
                                  GstBuffer                   *buffer);

/* Whether a buffer of the pool has metas besides that of its handle. */
gboolean    gst_bp_items_has_metas (GstBuffer                 *buffer);

guint       gst_bp_items_count   (GstBpItems                  *self);
/* How many were taken that had been idle, and how many that were made. */
void        gst_bp_items_get_hits (GstBpItems                 *self,
                                   guint64                    *n_hits,
                                   guint64                    *n_misses);
