/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbufpool.h>

/* Filling what an ALLOCATION query has left empty. */

/* Whether downstream left the choice of memory to us: the caps are for plain
 * memory, and nobody offers a pool or an allocator. */
gboolean       gst_bp_query_is_open        (GstQuery       *query);

/* Puts the allocator into the first place, and leaves the parameters there as they
 * are. The query must be open. */
void           gst_bp_query_fill_allocator (GstQuery       *query,
                                            GstBpAllocator *allocator);

/* Puts a new buffer pool on the allocator into the first place for pools, and
 * leaves the numbers there as they are, if the size of a buffer can be known.
 * The query must be open. Returns the pool, or NULL. */
GstBufferPool *gst_bp_query_fill_pool      (GstQuery       *query,
                                            GstBpAllocator *allocator);
