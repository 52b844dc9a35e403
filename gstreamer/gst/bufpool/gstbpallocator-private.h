/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbpallocator.h>

#include "gstbplimits-private.h"
#include "gstbpsizes-private.h"

enum
{
  GST_BP_ALLOCATOR_PROP_0,
  GST_BP_ALLOCATOR_PROP_POOL,
  GST_BP_ALLOCATOR_PROP_SOURCE,
  GST_BP_ALLOCATOR_PROP_MAX_BUFFERS,
  /* Those of the limits. */
  GST_BP_ALLOCATOR_PROP_BUDGET,
  GST_BP_ALLOCATOR_PROP_MAX_OUTSTANDING,
  GST_BP_ALLOCATOR_PROP_WAIT_TIMEOUT,
  GST_BP_ALLOCATOR_PROP_OVERFLOW,
  GST_BP_ALLOCATOR_N_PROPS
};

struct _GstBpAllocator
{
  GstAllocator parent_instance;

  /* Another one, to which the pools belong, or NULL. */
  GstBpAllocator *source;

  /* A pool that was given, or else pools of our own. */
  BpPool *pool;
  GstBpSizes *sizes;

  GstBpLimits limits;
  /* Whether blocks are charged to accounts. */
  gboolean is_counting;

  /* Both rare, and atomic. */
  gsize n_fallbacks;
  gsize n_discards;
};

/* Memory, or NULL and what a buffer pool says then. */
GstMemory *gst_bp_allocator_alloc_on_demand (GstBpAllocator             *self,
                                             gsize                       size,
                                             const GstAllocationParams  *params,
                                             const GstBpDemand          *demand,
                                             GstFlowReturn              *flow);

/* The properties of the limits; FALSE if it is none of them. */
void     gst_bp_allocator_make_limit_specs (GParamSpec     **specs);
gboolean gst_bp_allocator_get_limit        (GstBpAllocator  *self,
                                            guint            prop_id,
                                            GValue          *value);
gboolean gst_bp_allocator_set_limit        (GstBpAllocator  *self,
                                            guint            prop_id,
                                            const GValue    *value);

static inline gboolean
gst_bp_allocator_is_limited (GstBpAllocator *self)
{
  return gst_bp_limits_are_set (&self->limits);
}

/* Its pools share the budget, and what it allocates is charged to the accounts of
 * gst_bp_activity_get_account(). */
GstAllocator *gst_bp_allocator_new_counting (const char *name,
                                             guint       max_buffers,
                                             BpBudget   *budget);

/* Counts a buffer that a pool on this allocator had to throw away. */
void gst_bp_allocator_count_discard (GstBpAllocator *self);
