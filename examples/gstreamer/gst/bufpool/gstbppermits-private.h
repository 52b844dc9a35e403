/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

/*
 * A bound on how many buffers are in use, and the wait for one to come back.
 *
 * Taking and giving is one atomic operation while nobody waits. A taker that
 * finds nothing announces itself, under the mutex, before it looks again; a giver
 * looks for announced takers after it has given. One of the two sees the other.
 */
typedef struct
{
  gint n_free;
  gint n_waiting;
  GMutex mutex;
  GCond cond;
} GstBpPermits;

void          gst_bp_permits_init     (GstBpPermits  *self);
void          gst_bp_permits_clear    (GstBpPermits  *self);
/* While nobody takes or waits. */
void          gst_bp_permits_reset    (GstBpPermits  *self,
                                       guint          n_free);

gboolean      gst_bp_permits_try_take (GstBpPermits  *self);
/* Waits; GST_FLOW_FLUSHING when the pool is flushing or begins to. */
GstFlowReturn gst_bp_permits_take     (GstBpPermits  *self,
                                       GstBufferPool *pool);
void          gst_bp_permits_give     (GstBpPermits  *self);
/* Makes all waiters look whether the pool is flushing. */
void          gst_bp_permits_wake     (GstBpPermits  *self);
