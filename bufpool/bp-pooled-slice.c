/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pooled-slice-private.h"

#include "bp-pooled.h"

/**
 * BpPooledSlice:
 *
 * Some of a buffer's valid elements, to be read: what a reader got, or a part of
 * that.
 *
 * A slice is one share of its buffer. The buffer goes back to its pool with the
 * last of its slices, [struct@GLib.Bytes] and views; until then it does not change.
 *
 * ```c
 * g_autoptr (BpPooledSlice) packet = bp_pool_read (pool, stream, 1500, NULL, &error);
 * g_autoptr (BpPooledSlice) payload = bp_pooled_slice_sub (packet, 12, 1000, &error);
 *
 * g_clear_pointer (&packet, bp_pooled_slice_unref);    // the buffer stays
 * ```
 *
 * References, [method@PooledSlice.release] and
 * [method@PooledSlice.is_released] may be used from any thread. A slice's
 * elements may be read by several threads at once.
 *
 * Since: 0.9
 */

G_STATIC_ASSERT (sizeof (struct _BpPooledSlice) <= BP_CACHE_LINE);

G_DEFINE_BOXED_TYPE (BpPooledSlice, bp_pooled_slice, bp_pooled_slice_ref, bp_pooled_slice_unref)

/* Takes a pin, which is given up if this fails. */
static BpPooledSlice *
slice_new (BpPooled  *pinned,
           gsize      offset,
           gsize      length,
           GError   **error)
{
  BpPooledSlice *self = bp_stock_new_record (pinned->core->config.stock, sizeof (BpPooledSlice),
                                            "slice", error);

  if (self == NULL)
    {
      bp_handle_unpin (pinned);
      return NULL;
    }

  bp_poke (self->word, BP_WORD_REF);
  self->pooled = pinned;
  self->core = NULL;
  self->offset = offset;
  self->length = length;

  return self;
}

/* Takes the share out of the slice, which stays behind. */
static BpPooled *
take_share (BpPooledSlice *self)
{
  BpPooled *pooled = g_steal_pointer (&self->pooled);

  if (pooled != NULL && bp_core_is_realtime (pooled->core))
    self->core = bp_core_ref (pooled->core);

  return pooled;
}

static void
drop_share (BpPooledSlice *self)
{
  BpPooled *pooled = take_share (self);

  if (pooled != NULL)
    bp_handle_unpin (pooled);
}

/* Drops the share too, if it is still there. */
static void
slice_free (BpPooledSlice *self)
{
  BpPooled *pooled = self->pooled;
  BpCore *core = self->core;

  if (pooled != NULL)
    {
      bp_stock_free_record (pooled->core->config.stock, self);
      bp_handle_unpin (pooled);
    }
  else if (core != NULL)
    {
      bp_stock_free_record (core->config.stock, self);
      bp_core_unref (core);
    }
  else
    {
      g_free (self);
    }
}

gboolean
bp_pooled_slice_hold (BpPooledSlice  *self,
                      guint64         kind,
                      GError        **error)
{
  guint64 word = atomic_load_explicit (&self->word, memory_order_acquire);
  guint64 excluded = kind == BP_WORD_EXCLUSIVE ? BP_WORD_EXCLUSIVE | BP_WORD_PINS
                                               : BP_WORD_EXCLUSIVE;

  do
    {
      if (word & BP_WORD_RELEASED)
        {
          g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED,
                               "The slice has been released: take another one");
          return FALSE;
        }
      if (word & excluded)
        {
          g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY,
                               "The slice is in use by another thread at this moment: try again");
          return FALSE;
        }
    }
  while (!atomic_compare_exchange_weak_explicit (&self->word, &word, word + kind,
                                                 memory_order_acq_rel,
                                                 memory_order_acquire));

  return TRUE;
}

void
bp_pooled_slice_unhold (BpPooledSlice *self,
                        guint64        kind)
{
  guint64 word = atomic_fetch_sub_explicit (&self->word, kind, memory_order_acq_rel) - kind;

  if ((word & BP_WORD_RELEASED) && (word & (BP_WORD_PINS | BP_WORD_EXCLUSIVE)) == 0)
    drop_share (self);
}

/**
 * bp_pooled_slice_new_take: (constructor)
 * @pooled: (transfer full): a handle of a pool of element buffers
 * @length: how many of its elements the slice has
 * @error: return location for a #GError
 *
 * Makes a slice of the first @length elements of a buffer.
 *
 * The handle is taken even if the call fails, which it does with
 * %BP_POOL_ERROR_OUT_OF_RANGE when @length is more than the buffer's length,
 * %BP_POOL_ERROR_RELEASED, %BP_POOL_ERROR_BUSY if another thread is changing the
 * buffer, %BP_POOL_ERROR_NO_MEMORY, or, in a pool that is [property@Pool:realtime],
 * %BP_POOL_ERROR_LIMIT, see [method@Pooled.release].
 *
 * Returns: (transfer full): a slice
 *
 * Since: 0.9
 */
BpPooledSlice *
bp_pooled_slice_new_take (BpPooled  *pooled,
                          gsize      length,
                          GError   **error)
{
  gsize buffer_length;

  g_return_val_if_fail (pooled != NULL, NULL);
  bp_require_elements (pooled->core, NULL);

  if (!bp_state_pin_reference (pooled, error))
    {
      bp_handle_unref (pooled);
      return NULL;
    }

  buffer_length = bp_peek (pooled->length);
  if (length > buffer_length)
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                   "A slice of %" G_GSIZE_FORMAT " elements is longer than the buffer, "
                   "which has %" G_GSIZE_FORMAT, length, buffer_length);
      bp_handle_unpin (pooled);
      return NULL;
    }

  return slice_new (pooled, 0, length, error);
}

void
bp_pooled_slice_shorten (BpPooledSlice *self,
                         gsize          length)
{
  bp_poke (self->pooled->length, length);
  self->length = length;
}

/**
 * bp_pooled_slice_ref:
 * @self: a slice
 *
 * Adds a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.9
 */
BpPooledSlice *
bp_pooled_slice_ref (BpPooledSlice *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  bp_word_ref (&self->word);

  return self;
}

/**
 * bp_pooled_slice_unref:
 * @self: (transfer full): a slice
 *
 * Drops a reference; with the last one the slice gives up its share of the
 * buffer. May be called from any thread.
 *
 * Since: 0.9
 */
void
bp_pooled_slice_unref (BpPooledSlice *self)
{
  guint64 word;

  g_return_if_fail (self != NULL);

  word = atomic_fetch_sub_explicit (&self->word, BP_WORD_REF, memory_order_acq_rel) -
         BP_WORD_REF;
  if ((word & BP_WORD_REFS) == 0)
    slice_free (self);
}

/**
 * bp_pooled_slice_release:
 * @self: a slice
 *
 * Gives up the slice's share of the buffer now, although references to the slice
 * remain. Other slices, `GBytes` and views of the buffer keep theirs.
 *
 * Only the first call counts. May be called from any thread.
 *
 * Returns: %TRUE if this call released the slice
 *
 * Since: 0.9
 */
gboolean
bp_pooled_slice_release (BpPooledSlice *self)
{
  guint64 word;

  g_return_val_if_fail (self != NULL, FALSE);

  word = atomic_fetch_or_explicit (&self->word, BP_WORD_RELEASED, memory_order_acq_rel);
  if (word & BP_WORD_RELEASED)
    return FALSE;

  if ((word & (BP_WORD_PINS | BP_WORD_EXCLUSIVE)) == 0)
    drop_share (self);

  return TRUE;
}

/**
 * bp_pooled_slice_is_released:
 * @self: a slice
 *
 * Whether the slice has given up its share. May be called from any thread.
 *
 * Returns: %TRUE if it has
 *
 * Since: 0.9
 */
gboolean
bp_pooled_slice_is_released (BpPooledSlice *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return (bp_peek (self->word) & BP_WORD_RELEASED) != 0;
}

/**
 * bp_pooled_slice_get_length:
 * @self: a slice
 *
 * How many elements the slice has.
 *
 * Returns: a number of elements; 0 for a released slice
 *
 * Since: 0.9
 */
gsize
bp_pooled_slice_get_length (BpPooledSlice *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return bp_pooled_slice_is_released (self) ? 0 : self->length;
}

/**
 * bp_pooled_slice_is_empty:
 * @self: a slice
 *
 * Whether the slice has no elements, as at the end of a stream.
 *
 * Returns: %TRUE if the length is 0
 *
 * Since: 0.9
 */
gboolean
bp_pooled_slice_is_empty (BpPooledSlice *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return bp_pooled_slice_get_length (self) == 0;
}

/**
 * bp_pooled_slice_get_element_size:
 * @self: a slice
 *
 * The size of one element.
 *
 * Returns: a number of bytes; 0 for a released slice
 *
 * Since: 0.9
 */
gsize
bp_pooled_slice_get_element_size (BpPooledSlice *self)
{
  gsize element_size;

  g_return_val_if_fail (self != NULL, 0);

  if (!bp_pooled_slice_hold (self, BP_WORD_PIN, NULL))
    return 0;
  element_size = self->pooled->core->config.element_size;
  bp_pooled_slice_unhold (self, BP_WORD_PIN);

  return element_size;
}

/**
 * bp_pooled_slice_get_element_type:
 * @self: a slice
 *
 * What the elements are.
 *
 * Returns: the type; %BP_ELEMENT_TYPE_NONE for elements of a size of the user's
 *   own and for a released slice
 *
 * Since: 0.9
 */
BpElementType
bp_pooled_slice_get_element_type (BpPooledSlice *self)
{
  BpElementType element_type;

  g_return_val_if_fail (self != NULL, BP_ELEMENT_TYPE_NONE);

  if (!bp_pooled_slice_hold (self, BP_WORD_PIN, NULL))
    return BP_ELEMENT_TYPE_NONE;
  element_type = self->pooled->core->config.element_type;
  bp_pooled_slice_unhold (self, BP_WORD_PIN);

  return element_type;
}

/**
 * bp_pooled_slice_get_data: (skip)
 * @self: a slice
 * @n_elements: (out) (optional): where to store the number of elements
 *
 * The elements, valid until the slice is released or its last reference is gone.
 *
 * Returns: (transfer none) (nullable): the memory, never %NULL for a live slice;
 *   %NULL for a released one
 *
 * Since: 0.9
 */
gconstpointer
bp_pooled_slice_get_data (BpPooledSlice *self,
                          gsize         *n_elements)
{
  gboolean is_released;

  g_return_val_if_fail (self != NULL, NULL);

  is_released = bp_pooled_slice_is_released (self);
  if (n_elements != NULL)
    *n_elements = is_released ? 0 : self->length;

  return is_released ? NULL : bp_pooled_slice_peek_data (self);
}

/**
 * bp_pooled_slice_sub:
 * @self: a slice
 * @offset: the first element, counted from the start of @self
 * @length: how many elements
 * @error: return location for a #GError
 *
 * Makes a slice of a part of this one, a share of the buffer of its own.
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE if the part reaches beyond this slice,
 * %BP_POOL_ERROR_RELEASED or %BP_POOL_ERROR_NO_MEMORY; in a pool that is
 * [property@Pool:realtime] with %BP_POOL_ERROR_LIMIT.
 *
 * Returns: (transfer full): a slice
 *
 * Since: 0.9
 */
BpPooledSlice *
bp_pooled_slice_sub (BpPooledSlice  *self,
                     gsize           offset,
                     gsize           length,
                     GError        **error)
{
  BpPooledSlice *sub = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  if (!bp_pooled_slice_hold (self, BP_WORD_PIN, error))
    return NULL;

  if (offset <= self->length && length <= self->length - offset)
    {
      bp_state_pin_again (self->pooled);
      sub = slice_new (self->pooled, self->offset + offset, length, error);
    }
  else
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                   "%" G_GSIZE_FORMAT " elements at offset %" G_GSIZE_FORMAT
                   " reach beyond the slice, which has %" G_GSIZE_FORMAT,
                   length, offset, self->length);
    }
  bp_pooled_slice_unhold (self, BP_WORD_PIN);

  return sub;
}

/**
 * bp_pooled_slice_steal_pooled:
 * @self: a slice
 * @error: return location for a #GError
 *
 * Turns a slice that is its buffer's only share back into the handle.
 *
 * The slice is released afterwards, and every reference to it, the caller's too,
 * is still to be dropped.
 *
 * Fails with %BP_POOL_ERROR_BUSY if there are other slices, `GBytes` or views of
 * the buffer, or with %BP_POOL_ERROR_RELEASED, and changes nothing then. A call on
 * the slice in another thread meanwhile fails with %BP_POOL_ERROR_BUSY.
 *
 * Returns: (transfer full): the handle, with a reference of its own
 *
 * Since: 0.9
 */
BpPooled *
bp_pooled_slice_steal_pooled (BpPooledSlice  *self,
                              GError        **error)
{
  BpPooled *pooled;

  g_return_val_if_fail (self != NULL, NULL);

  if (!bp_pooled_slice_hold (self, BP_WORD_EXCLUSIVE, error))
    return NULL;

  pooled = self->pooled;
  if (!bp_state_unpin_reference (pooled, error))
    {
      bp_pooled_slice_unhold (self, BP_WORD_EXCLUSIVE);
      return NULL;
    }

  take_share (self);
  atomic_fetch_or_explicit (&self->word, BP_WORD_RELEASED, memory_order_acq_rel);
  bp_pooled_slice_unhold (self, BP_WORD_EXCLUSIVE);

  return pooled;
}
