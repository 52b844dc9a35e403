/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpallocator-private.h"
#include "gstbpnames-private.h"

static GstBpNames allocators;

static gpointer
make_allocator (const char *name,
                gpointer    max_buffers)
{
  return gst_bp_allocator_new_named (name, GPOINTER_TO_UINT (max_buffers));
}

/**
 * gst_bp_allocator_get_shared:
 * @name: a name, of any form
 * @max_buffers: the most idle blocks to keep of each size
 *
 * Gets the allocator that everybody in the process who asks for @name has in common. It is
 * made when the first one asks and lives as long as somebody holds it.
 *
 * It keeps as many idle blocks as the most that anybody asked for.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the allocator
 *
 * Since: 0.2
 */
GstAllocator *
gst_bp_allocator_get_shared (const char *name,
                             guint       max_buffers)
{
  GstAllocator *allocator;
  GstBpAllocator *self;

  g_return_val_if_fail (name != NULL, NULL);

  allocator = gst_bp_names_get (&allocators, name, make_allocator, GUINT_TO_POINTER (max_buffers));
  self = GST_BP_ALLOCATOR (allocator);
  if (gst_bp_allocator_get_max_buffers (self) < max_buffers)
    gst_bp_allocator_set_max_buffers (self, max_buffers);

  return allocator;
}
