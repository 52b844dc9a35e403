/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpview.h"

/* Memory that is kept without a copy: of a buffer by a script, and of a script by a
 * buffer. */

typedef struct
{
  GstBuffer *buffer;
  GstMapInfo info;
} Mapping;

static void
unmap (gpointer data)
{
  Mapping *mapping = data;

  gst_buffer_unmap (mapping->buffer, &mapping->info);
  gst_buffer_unref (mapping->buffer);
  g_free (mapping);
}

/* What the buffer's memory is, for a message. */
static const char *
get_memory_type (GstBuffer *buffer)
{
  GstMemory *mem = gst_buffer_n_memory (buffer) > 0 ? gst_buffer_peek_memory (buffer, 0) : NULL;

  return mem != NULL && mem->allocator != NULL ? mem->allocator->mem_type : "no type";
}

/**
 * gst_bp_buffer_view:
 * @buffer: (transfer none): a buffer, of any allocator
 * @flags: how to map it: %GST_MAP_READ, %GST_MAP_WRITE or both
 * @error: return location for a #GError
 *
 * Makes a view of a buffer that can be kept as long as you like. It has a
 * reference to the buffer, which it maps, and gives both up with its last
 * reference, which any thread may drop: also when the pipeline that the
 * buffer came from is gone.
 *
 * No byte is copied where the buffer has one memory. The mapping of several
 * merges them, as gst_buffer_map() does: that is a copy of all of them. It stays in
 * @buffer if that is writable; otherwise each view has one of its own. Memory that is
 * mapped elsewhere for writing, or for writing here and is not writable, is copied too.
 *
 * While there is the view, the buffer does not go back to its pool. A pool that has a
 * maximum is empty when that many buffers are kept, and the element that takes
 * buffers from it waits: keep fewer, or copy.
 *
 * The buffer is not writable either, since it has one reference more; and its
 * memory is locked. Elsewhere a mapping for writing with gst_buffer_map() is of a
 * copy, so that what is kept does not change; gst_memory_map() for writing fails.
 * With %GST_MAP_WRITE alone this holds of mappings for reading too, so use both
 * flags unless the memory is slow to read.
 *
 * Fails with %BP_POOL_ERROR_BUSY if @flags have %GST_MAP_WRITE and @buffer has more
 * than one reference, and with %GST_RESOURCE_ERROR_READ or
 * %GST_RESOURCE_ERROR_WRITE if the buffer cannot be mapped.
 *
 * May be called from any thread. With %GST_MAP_WRITE, or if the buffer has several
 * memories, no other thread may use the buffer meanwhile.
 *
 * Returns: (transfer full): a view, whose length is the buffer's size; 0 bytes if
 *   there is no memory
 *
 * Since: 0.2
 */
BpPooledView *
gst_bp_buffer_view (GstBuffer    *buffer,
                    GstMapFlags   flags,
                    GError      **error)
{
  gboolean is_writable = (flags & GST_MAP_WRITE) != 0;
  Mapping *mapping;

  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);
  g_return_val_if_fail ((flags & GST_MAP_READWRITE) != 0, NULL);

  if (is_writable && !gst_buffer_is_writable (buffer))
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY,
                   "A buffer with %d references cannot be viewed for writing, since others may be "
                   "reading it: drop them, or have gst_buffer_make_writable() or gst_buffer_copy_deep() "
                   "make one of your own", GST_MINI_OBJECT_REFCOUNT_VALUE (buffer));
      return NULL;
    }

  mapping = g_new (Mapping, 1);
  if (!gst_buffer_map (buffer, &mapping->info, flags))
    {
      g_set_error (error, GST_RESOURCE_ERROR,
                   is_writable ? GST_RESOURCE_ERROR_WRITE : GST_RESOURCE_ERROR_READ,
                   "A buffer of %s cannot be mapped for %s: an element such as gldownload or videoconvert has "
                   "to make one of system memory", get_memory_type (buffer),
                   is_writable ? "writing" : "reading");
      g_free (mapping);
      return NULL;
    }
  /* Now, since a reference more would not let it be mapped for writing. */
  mapping->buffer = gst_buffer_ref (buffer);

  return bp_pooled_view_new_with_free_func (mapping->info.data, mapping->info.size, is_writable,
                                            unmap, mapping);
}

static void
free_owner (gpointer data)
{
  GValue *owner = data;

  g_value_unset (owner);
  g_free (owner);
}

/**
 * gst_bp_memory_new_with_owner:
 * @address: where the data is; never 0
 * @n_bytes: how much of it there is, in bytes
 * @flags: %GST_MEMORY_FLAG_READONLY, if nothing may write to the data
 * @owner: what keeps the data where it is
 *
 * Makes memory of data that a language binding knows how to keep, without a copy:
 * the memory has a copy of the value, which is unset when the memory is freed, in
 * any thread. A value of a Python object is a reference to it.
 *
 * It is for bindings, since only they can tell whether @owner keeps what is at
 * @address. In Python use buffer_from_array().
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): memory of the system allocator
 *
 * Since: 0.2
 */
GstMemory *
gst_bp_memory_new_with_owner (guintptr        address,
                              gsize           n_bytes,
                              GstMemoryFlags  flags,
                              const GValue   *owner)
{
  GValue *kept;

  g_return_val_if_fail (address != 0, NULL);
  g_return_val_if_fail (G_IS_VALUE (owner), NULL);

  kept = g_new0 (GValue, 1);
  g_value_init (kept, G_VALUE_TYPE (owner));
  g_value_copy (owner, kept);

  return gst_memory_new_wrapped (flags, (gpointer) address, n_bytes, 0, n_bytes, kept, free_owner);
}
