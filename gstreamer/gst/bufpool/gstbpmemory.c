/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpmemory.h"

static void
unref_view (gpointer data)
{
  bp_pooled_view_unref (data);
}

static gboolean
check_range (gsize    length,
             gsize    offset,
             gssize   size,
             GError **error)
{
  if (size < -1)
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "A size of %" G_GSSIZE_FORMAT " bytes is neither a size nor -1 for the rest", size);
  else if (offset > length)
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "An offset of %" G_GSIZE_FORMAT " bytes is beyond the %" G_GSIZE_FORMAT
                 " valid bytes of the buffer", offset, length);
  else if (size >= 0 && (gsize) size > length - offset)
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "%" G_GSSIZE_FORMAT " bytes at an offset of %" G_GSIZE_FORMAT
                 " reach beyond the %" G_GSIZE_FORMAT " valid bytes of the buffer",
                 size, offset, length);
  else
    return TRUE;

  return FALSE;
}

/**
 * gst_bp_memory_new_wrapped:
 * @pooled: (transfer full): a handle of a pool of element buffers
 * @offset: where the memory's data begins in the buffer, in bytes
 * @size: how many bytes the memory holds; -1 for all from @offset on that are
 *   valid
 * @error: return location for a #GError
 *
 * Makes memory of what has been put into a pooled buffer, for an appsrc for
 * example, without a copy. The buffer goes back to its pool when the memory is
 * freed.
 *
 * The memory is that of the system allocator, readable and writable, and can be
 * resized over all valid elements of the buffer, before and behind. It pins the
 * buffer as a view does: a [method@Bufpool.Pooled.release] meanwhile takes effect
 * when the memory is freed.
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE when @offset or @size is beyond the
 * valid elements, and with %BP_POOL_ERROR_RELEASED or %BP_POOL_ERROR_BUSY. The
 * handle is taken even so: its buffer goes back to the pool.
 *
 * Returns: (transfer full): memory
 *
 * Since: 0.2
 */
GstMemory *
gst_bp_memory_new_wrapped (BpPooled  *pooled,
                           gsize      offset,
                           gssize     size,
                           GError   **error)
{
  g_autoptr (BpPooled) handle = pooled;
  g_autoptr (BpPooledView) view = NULL;
  gpointer data;
  gsize length;

  g_return_val_if_fail (pooled != NULL, NULL);
  g_return_val_if_fail (bp_pooled_get_element_size (pooled) > 0, NULL);

  view = bp_pooled_get_view (handle, error);
  if (view == NULL)
    return NULL;

  length = bp_pooled_view_get_length_bytes (view);
  if (!check_range (length, offset, size, error))
    return NULL;

  data = (gpointer) bp_pooled_view_get_address (view);
  if (size == -1)
    size = (gssize) (length - offset);

  return gst_memory_new_wrapped (0, data, length, offset, (gsize) size,
                                 g_steal_pointer (&view), unref_view);
}
