/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pooled-export.h"

#include "bp-pooled-private.h"

/* Buffers on their way out: as bytes, which come back, or for good. */

static void
unpin (gpointer data)
{
  bp_handle_unpin (data);
}

static GBytes *
make_bytes (BpPooled *self)
{
  return g_bytes_new_with_free_func (bp_peek (self->data),
                                     bp_peek (self->length) * self->core->config.element_size,
                                     unpin, self);
}

/**
 * bp_pooled_get_bytes:
 * @self: a handle of a pool of element buffers
 * @error: return location for a #GError
 *
 * The valid elements as immutable [struct@GLib.Bytes], without a copy.
 *
 * The bytes pin the buffer: it goes back to the pool only after they are gone,
 * and is not to be written while they exist.
 *
 * Fails with %BP_POOL_ERROR_RELEASED, and with %BP_POOL_ERROR_BUSY if another
 * thread is changing the buffer.
 *
 * Returns: (transfer full): the bytes, of length times element size bytes
 *
 * Since: 0.9
 */
GBytes *
bp_pooled_get_bytes (BpPooled  *self,
                     GError   **error)
{
  g_return_val_if_fail (self != NULL, NULL);
  bp_require_elements (self->core, NULL);

  if (!bp_state_pin (self, error))
    return NULL;

  return make_bytes (self);
}

/**
 * bp_pooled_dup_data:
 * @self: a handle of a pool of element buffers
 * @n_bytes: (out): where to store the size in bytes
 * @error: return location for a #GError
 *
 * A copy of the valid elements.
 *
 * Unlike `GBytes` it does not pin the buffer, which matters in languages where
 * those live until they are collected.
 *
 * Fails with %BP_POOL_ERROR_RELEASED, %BP_POOL_ERROR_NO_MEMORY, and with
 * %BP_POOL_ERROR_BUSY if another thread is changing the buffer.
 *
 * Returns: (transfer full) (array length=n_bytes) (element-type guint8): the
 *   elements as bytes, to be freed with g_free(); %NULL on failure
 *
 * Since: 0.9
 */
guint8 *
bp_pooled_dup_data (BpPooled  *self,
                    gsize     *n_bytes,
                    GError   **error)
{
  guint8 *copy;
  gsize size;

  if (n_bytes != NULL)
    *n_bytes = 0;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (n_bytes != NULL, NULL);
  bp_require_elements (self->core, NULL);

  if (!bp_state_pin (self, error))
    return NULL;

  size = bp_peek (self->length) * self->core->config.element_size;
  copy = bp_item_copy_data (bp_peek (self->data), size, error);
  bp_handle_unpin (self);

  if (copy != NULL)
    *n_bytes = size;

  return copy;
}

/**
 * bp_pooled_unref_to_bytes:
 * @self: (transfer full): a handle of a pool of element buffers
 * @error: return location for a #GError
 *
 * Turns a handle into [struct@GLib.Bytes] whose end gives the buffer back: the
 * usual way for a buffer into GIO or GStreamer.
 *
 * ```c
 * g_autoptr (GBytes) bytes = NULL;
 *
 * bytes = bp_pooled_unref_to_bytes (g_steal_pointer (&buffer), &error);
 * ```
 *
 * The reference is taken even if the call fails, for the reasons for which
 * [method@Pooled.get_bytes] does.
 *
 * Returns: (transfer full): the bytes, of length times element size bytes
 *
 * Since: 0.9
 */
GBytes *
bp_pooled_unref_to_bytes (BpPooled  *self,
                          GError   **error)
{
  g_return_val_if_fail (self != NULL, NULL);
  bp_require_elements (self->core, NULL);

  if (!bp_state_pin_reference (self, error))
    {
      bp_handle_unref (self);
      return NULL;
    }

  return make_bytes (self);
}

/**
 * bp_pooled_steal_data: (skip)
 * @self: a handle of a pool of element buffers
 * @length: (out) (optional): where to store the number of valid elements
 * @capacity: (out) (optional): where to store the number of elements there is
 *   room for
 * @error: return location for a #GError
 *
 * Takes the memory away from the pool for good.
 *
 * ```c
 * g_autoptr (BpPooled) buffer = bp_pool_acquire_sized (pool, 4096, NULL);
 * g_autofree guint8 *data = bp_pooled_steal_data (buffer, &n, NULL, &error);
 * ```
 *
 * It works whatever references there are. The handle is released afterwards, and
 * every reference to it, the caller's too, is still to be dropped.
 *
 * Fails with %BP_POOL_ERROR_RELEASED or %BP_POOL_ERROR_BUSY and changes nothing
 * then. In a pool with an [property@Pool:alignment] of its own this is a
 * programming error, since [func@GLib.free] could not free the memory.
 *
 * Returns: (transfer full): the memory, to be freed with g_free(); %NULL on
 *   failure
 *
 * Since: 0.9
 */
gpointer
bp_pooled_steal_data (BpPooled  *self,
                      gsize     *length,
                      gsize     *capacity,
                      GError   **error)
{
  gsize n_length, n_capacity;
  gpointer data, spare;

  if (length != NULL)
    *length = 0;
  if (capacity != NULL)
    *capacity = 0;

  g_return_val_if_fail (self != NULL, NULL);
  bp_require_elements (self->core, NULL);
  bp_require_no_alignment (self->core, NULL);

  /* What is stolen is memory, even from a buffer that never had any. */
  spare = g_try_malloc (self->core->config.element_size);
  if (spare == NULL)
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY,
                   "No memory for 1 element of %" G_GSIZE_FORMAT " bytes",
                   self->core->config.element_size);
      return NULL;
    }

  data = bp_handle_steal (self, &n_length, &n_capacity, error);
  if (data == bp_item_get_no_data (&self->core->config))
    {
      data = g_steal_pointer (&spare);
      n_capacity = 1;
    }
  g_free (spare);
  if (data == NULL)
    return NULL;

  if (length != NULL)
    *length = n_length;
  if (capacity != NULL)
    *capacity = n_capacity;

  return data;
}

/**
 * bp_pooled_steal_item: (skip)
 * @self: a handle of a pool of items
 * @error: return location for a #GError
 *
 * Takes the item away from the pool for good, as [method@Pooled.steal_data] does
 * with memory. The item is destroyed by the caller, with what the pool's
 * functions would have used, or g_object_unref().
 *
 * Returns: (transfer full): the item; %NULL on failure
 *
 * Since: 0.9
 */
gpointer
bp_pooled_steal_item (BpPooled  *self,
                      GError   **error)
{
  gsize length, capacity;

  g_return_val_if_fail (self != NULL, NULL);
  bp_require_items (self->core, NULL);

  return bp_handle_steal (self, &length, &capacity, error);
}
