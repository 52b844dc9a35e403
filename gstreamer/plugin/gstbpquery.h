/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbufpool.h>

/* Filling what an ALLOCATION query has left empty. */

typedef enum
{
  GST_BP_QUERY_DEFAULT = 0,
  /* A pool too, where there is none and the size of a buffer can be known. */
  GST_BP_QUERY_WITH_POOL = 1 << 0,
  /* The allocator also where downstream offers pools that would take their memory from it:
   * stock and video pools that name none. */
  GST_BP_QUERY_BESIDE_POOLS = 1 << 1
} GstBpQueryFlags;

/* Puts the allocator into the first place, and leaves the parameters there as they are;
 * FALSE if downstream did not leave the choice of memory to us: it offers an allocator or a
 * pool, or the caps are for memory of another kind. pool is the one that was made, or NULL. */
gboolean gst_bp_query_fill (GstQuery         *query,
                            GstBpAllocator   *allocator,
                            GstBpQueryFlags   flags,
                            GstBufferPool   **pool);
