/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gstbpflush-private.h"

/*
 * The limits of an allocator: bytes of a budget, which its pools belong to, and a number of
 * blocks that may be out.
 *
 * The blocks are of several pools, one for each range of sizes. So what counts them is a
 * pool of permits: an item is taken before each block, and holds the block's handle while
 * both are out. A thread that waits for either one waits in the queues of the core.
 *
 * A permit comes first, then the bytes. A thread that waits for bytes holds a permit, and
 * no thread that has bytes waits for one.
 */

/* A memory whose handle is that of a permit. */
#define GST_BP_MEMORY_FLAG_PERMIT ((GstMemoryFlags) (GST_MEMORY_FLAG_LAST << 0))
/* A memory beyond the limits. */
#define GST_BP_MEMORY_FLAG_OVERFLOW ((GstMemoryFlags) (GST_MEMORY_FLAG_LAST << 1))
#define GST_BP_MEMORY_FLAGS (GST_BP_MEMORY_FLAG_PERMIT | GST_BP_MEMORY_FLAG_OVERFLOW)

typedef enum
{
  /* As the allocator is set: wait, or go beyond the limit. */
  GST_BP_DEMAND_NORMAL,
  /* Wait never, but fail. */
  GST_BP_DEMAND_DONT_WAIT,
  /* Neither wait nor fail. */
  GST_BP_DEMAND_GO_BEYOND
} GstBpDemandKind;

/* How a block is asked for. */
typedef struct
{
  GstBpDemandKind kind;
  /* The flushing of the buffer pool that asks, or NULL. */
  GstBpFlush *pool_flush;
} GstBpDemand;

typedef enum
{
  GST_BP_VERDICT_GRANTED,
  /* Plain memory is to be used. */
  GST_BP_VERDICT_BEYOND,
  GST_BP_VERDICT_FLUSHING,
  /* At the limit, and waiting was not allowed. */
  GST_BP_VERDICT_BUSY,
  /* The time is over, or there will never be room for it. */
  GST_BP_VERDICT_REFUSED
} GstBpVerdict;

typedef struct
{
  BpBudget *budget;
  /* Made with the first limit, and kept from then on. */
  BpPool *permits;
  /* Whether there is one of both. */
  int are_set;

  GstBpFlush flush;

  /* Of the two that follow, and of making the permits. */
  GMutex lock;
  gint64 wait_timeout;
  gboolean overflow;

  /* All atomic, and all rare. */
  gsize n_waits;
  gsize n_timeouts;
  gsize n_overflows;
} GstBpLimits;

void         gst_bp_limits_init                (GstBpLimits        *self);
void         gst_bp_limits_clear               (GstBpLimits        *self);

/* Before the first block is taken. */
void         gst_bp_limits_set_budget          (GstBpLimits        *self,
                                                BpBudget           *budget);
void         gst_bp_limits_set_max_outstanding (GstBpLimits        *self,
                                                guint               max_outstanding);
guint        gst_bp_limits_get_max_outstanding (GstBpLimits        *self);

static inline gboolean
gst_bp_limits_are_set (GstBpLimits *self)
{
  return g_atomic_int_get (&self->are_set);
}

/* Takes a block of a pool. The handle is that of the block or, as the flags tell, of a
 * permit, to be given back by gst_bp_limits_give_permit(). Else the error says why. */
GstBpVerdict gst_bp_limits_take                (GstBpLimits        *self,
                                                BpPool             *pool,
                                                gsize               n_bytes,
                                                const GstBpDemand  *demand,
                                                gpointer           *block,
                                                BpPooled          **handle,
                                                GstMemoryFlags     *flags,
                                                GError            **error);
/* What a buffer pool says of it. */
GstFlowReturn gst_bp_verdict_to_flow           (GstBpVerdict        verdict);
/* With its block; the limits may be gone. */
void         gst_bp_limits_give_permit         (BpPooled           *permit);

void         gst_bp_limits_add_stats           (GstBpLimits        *self,
                                                GstStructure       *stats);
