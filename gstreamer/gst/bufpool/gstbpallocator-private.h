/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbpallocator.h>

/* Its pools are called after the name. */
GstAllocator *gst_bp_allocator_new_named (const char *name,
                                          guint       max_buffers);

/* Its pools share the budget, and what it allocates is charged to the accounts of
 * gst_bp_activity_get_account(). */
GstAllocator *gst_bp_allocator_new_counting (const char *name,
                                             guint       max_buffers,
                                             BpBudget   *budget);

/* Counts a buffer that a pool on this allocator had to throw away. */
void gst_bp_allocator_count_discard (GstBpAllocator *self);
