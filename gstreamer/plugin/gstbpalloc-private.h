/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gstbpalloc.h"

#include "gstbplimiter.h"
#include "gstbpquery.h"

#define GST_BP_ALLOC_DEFAULT_MAX_BUFFERS 64

struct _GstBpAlloc
{
  GstBaseTransform parent_instance;

  /* All below but the weak reference under the object lock. */
  /* What is offered: the properties mode and fill-allocator. */
  GstBpQueryFlags offer;
  char *pool_name;
  guint max_buffers;
  gboolean post_stats;
  GstBpLimiter limiter;

  /* While started; whether others may have it too. */
  GstAllocator *allocator;
  gboolean is_shared;
  /* Of the last run, while stopped. */
  GstStructure *last_stats;

  /* By the streaming thread: buffers since memory was last tidied, and whether caps have
   * changed since the last buffer. */
  guint n_passed;
  gboolean is_changed;

  /* The buffer pool that was offered last. */
  GWeakRef buffer_pool;
};

/* A reference, or NULL while the element is stopped. */
GstAllocator *gst_bp_alloc_ref_allocator      (GstBpAlloc   *self);
/* Those of the last run while it is stopped; NULL if there was none. */
GstStructure *gst_bp_alloc_get_stats          (GstBpAlloc   *self);

/* With the functions that get and set them. */
void          gst_bp_alloc_install_properties (GObjectClass *object_class);
