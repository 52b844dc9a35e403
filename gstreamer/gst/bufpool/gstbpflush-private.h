/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

/* Whether an allocator or a buffer pool is flushing. It ends the waits of that one, and not
 * those of others that have the same pools and the same budget, so it is a cancellable and
 * not the pools' own flushing. */
typedef struct
{
  GMutex lock;
  /* Cancelled while flushing; afterwards there is a new one. */
  GCancellable *cancellable;
} GstBpFlush;

void          gst_bp_flush_init  (GstBpFlush *self);
void          gst_bp_flush_clear (GstBpFlush *self);

/* All waits have been woken when it returns, but not ended. */
void          gst_bp_flush_set   (GstBpFlush *self,
                                  gboolean    is_flushing);
/* What ends a wait that begins now; a reference. */
GCancellable *gst_bp_flush_ref   (GstBpFlush *self);
