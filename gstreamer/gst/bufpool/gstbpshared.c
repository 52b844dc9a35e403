/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpallocator-private.h"

/* Allocators by name, as weak references; both under the lock. */
static GMutex shared_mutex;
static GHashTable *shared;

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static gboolean
is_dead (gpointer name,
         gpointer weak_ref,
         gpointer user_data)
{
  g_autoptr (GObject) allocator = g_weak_ref_get (weak_ref);

  return allocator == NULL;
}

static GstAllocator *
look_up (const char *name)
{
  GWeakRef *weak_ref = g_hash_table_lookup (shared, name);

  return weak_ref != NULL ? g_weak_ref_get (weak_ref) : NULL;
}

static GstAllocator *
add_shared (const char *name,
            guint       max_buffers)
{
  GstAllocator *allocator = gst_bp_allocator_new_named (name, max_buffers);
  GWeakRef *weak_ref = g_new (GWeakRef, 1);

  g_weak_ref_init (weak_ref, allocator);
  g_hash_table_foreach_remove (shared, is_dead, NULL);
  g_hash_table_replace (shared, g_strdup (name), weak_ref);

  return allocator;
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

  g_mutex_lock (&shared_mutex);
  if (shared == NULL)
    shared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_weak_ref);
  allocator = look_up (name);
  if (allocator == NULL)
    allocator = add_shared (name, max_buffers);
  g_mutex_unlock (&shared_mutex);

  self = GST_BP_ALLOCATOR (allocator);
  if (gst_bp_allocator_get_max_buffers (self) < max_buffers)
    gst_bp_allocator_set_max_buffers (self, max_buffers);

  return allocator;
}
