/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbufpool.h>

/*
 * What bpalloc does about limits: its properties for them, an allocator that has them, and
 * what becomes of the buffers that pass.
 *
 * A thread that waits for memory is woken by memory that goes back to the allocator. A
 * stock pool would keep it instead, in buffers that lie idle where only that waiting
 * thread could take them. So every buffer that passes is marked so that its pool throws
 * it away when it comes back.
 *
 * With leaky=upstream no thread waits. What upstream makes at the limit is of plain memory, and
 * is dropped when it gets here. So at most one buffer of each thread upstream is beyond the
 * limit, for as long as it is being made.
 */

/**
 * GstBpAllocLeaky:
 * @GST_BP_ALLOC_LEAKY_NO: upstream waits
 * @GST_BP_ALLOC_LEAKY_UPSTREAM: new buffers are dropped
 *
 * What bpalloc does at a limit; the words are those of the element queue.
 *
 * Since: 0.2
 */
typedef enum
{
  GST_BP_ALLOC_LEAKY_NO,
  GST_BP_ALLOC_LEAKY_UPSTREAM
} GstBpAllocLeaky;

#define GST_TYPE_BP_ALLOC_LEAKY (gst_bp_alloc_leaky_get_type ())
GType gst_bp_alloc_leaky_get_type (void);

typedef struct
{
  /* The properties, under the object lock of the element. */
  char *budget_name;
  guint64 max_bytes;
  guint max_outstanding;
  gint64 wait_timeout;
  GstBpAllocLeaky leaky;

  /* Atomic: whether this run has had its warning. */
  int has_warned;
  /* Of the streaming thread: buffers of a list were dropped since the last that passed. */
  gboolean is_discont;
} GstBpLimiter;

void          gst_bp_limiter_init               (GstBpLimiter *self);
void          gst_bp_limiter_clear              (GstBpLimiter *self);

void          gst_bp_limiter_install_properties (GObjectClass *object_class);
/* FALSE if it is not one of its properties. With the object lock; setting one returns
 * without effect on an allocator, see gst_bp_limiter_apply(). */
gboolean      gst_bp_limiter_get_property       (GstBpLimiter *self,
                                                 guint         prop_id,
                                                 GValue       *value);
gboolean      gst_bp_limiter_set_property       (GstBpLimiter *self,
                                                 guint         prop_id,
                                                 const GValue *value);

/* The allocator of a run of the element. A budget of another size is a warning. */
GstAllocator *gst_bp_limiter_make_allocator     (GstBpLimiter *self,
                                                 GstElement   *element,
                                                 const char   *pool_name,
                                                 guint         max_buffers);
/* What can be changed while the element runs, and has been. */
void          gst_bp_limiter_apply              (GstBpLimiter *self,
                                                 GstElement   *element,
                                                 GstAllocator *allocator);

/* For each buffer that passes, which may become another one. FALSE if it is to be
 * dropped. */
gboolean      gst_bp_limiter_pass               (GstBpLimiter *self,
                                                 GstAllocator *allocator,
                                                 GstBuffer   **buffer);
/* For a list: what is left of it, or NULL. */
GstBufferList *gst_bp_limiter_pass_list         (GstBpLimiter  *self,
                                                 GstAllocator  *allocator,
                                                 GstBufferList *list);
