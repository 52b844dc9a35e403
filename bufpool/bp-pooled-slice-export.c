/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pooled-slice-export.h"

#include "bp-pooled-slice-private.h"
#include "bp-pooled-view-private.h"

/* The elements of a slice in other forms. */

static void
unpin (gpointer data)
{
  bp_handle_unpin (data);
}

/**
 * bp_pooled_slice_get_bytes:
 * @self: a slice
 * @error: return location for a #GError
 *
 * The elements as bytes, without a copy. The bytes are a share of the buffer of
 * their own.
 *
 * Fails with %BP_POOL_ERROR_RELEASED.
 *
 * Returns: (transfer full): the bytes, of length times element size bytes
 *
 * Since: 0.9
 */
GBytes *
bp_pooled_slice_get_bytes (BpPooledSlice  *self,
                           GError        **error)
{
  GBytes *bytes;

  g_return_val_if_fail (self != NULL, NULL);

  if (!bp_pooled_slice_hold (self, BP_WORD_PIN, error))
    return NULL;

  bp_state_pin_again (self->pooled);
  bytes = g_bytes_new_with_free_func (bp_pooled_slice_peek_data (self),
                                      self->length * self->pooled->core->config.element_size,
                                      unpin, self->pooled);
  bp_pooled_slice_unhold (self, BP_WORD_PIN);

  return bytes;
}

/**
 * bp_pooled_slice_dup_data:
 * @self: a slice
 * @n_bytes: (out): where to store the size in bytes
 * @error: return location for a #GError
 *
 * A copy of the elements, which is no share of the buffer.
 *
 * Fails with %BP_POOL_ERROR_RELEASED or %BP_POOL_ERROR_NO_MEMORY.
 *
 * Returns: (transfer full) (array length=n_bytes) (element-type guint8): the
 *   elements as bytes, to be freed with g_free(); %NULL on failure
 *
 * Since: 0.9
 */
guint8 *
bp_pooled_slice_dup_data (BpPooledSlice  *self,
                          gsize          *n_bytes,
                          GError        **error)
{
  guint8 *copy;
  gsize size;

  if (n_bytes != NULL)
    *n_bytes = 0;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (n_bytes != NULL, NULL);

  if (!bp_pooled_slice_hold (self, BP_WORD_PIN, error))
    return NULL;

  size = self->length * self->pooled->core->config.element_size;
  copy = bp_item_copy_data (bp_pooled_slice_peek_data (self), size, error);
  bp_pooled_slice_unhold (self, BP_WORD_PIN);

  if (copy != NULL)
    *n_bytes = size;

  return copy;
}

/**
 * bp_pooled_slice_get_view:
 * @self: a slice
 * @error: return location for a #GError
 *
 * Makes a view of the elements, a share of the buffer of its own. It is to be
 * read only: others may be reading the same elements.
 *
 * Fails with %BP_POOL_ERROR_RELEASED or %BP_POOL_ERROR_NO_MEMORY.
 *
 * Returns: (transfer full): a view, whose size is its length
 *
 * Since: 0.9
 */
BpPooledView *
bp_pooled_slice_get_view (BpPooledSlice  *self,
                          GError        **error)
{
  BpPooledView *view;
  gsize n_bytes;

  g_return_val_if_fail (self != NULL, NULL);

  if (!bp_pooled_slice_hold (self, BP_WORD_PIN, error))
    return NULL;

  bp_state_pin_again (self->pooled);
  n_bytes = self->length * self->pooled->core->config.element_size;
  view = bp_pooled_view_new (self->pooled, bp_pooled_slice_peek_data (self), n_bytes, n_bytes, FALSE,
                             error);
  bp_pooled_slice_unhold (self, BP_WORD_PIN);

  return view;
}
