/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pooled-view-private.h"

#include "bp-pooled-private.h"
#include "bp-pooled.h"

/**
 * BpPooledView:
 *
 * A window onto memory that stays where it is as long as the view exists. It is
 * what language bindings and adapters build on.
 *
 * A view of a buffer is writable and covers the whole capacity; one of a slice is
 * to be read, and covers the elements. Such a view pins its buffer: the memory
 * goes back to the pool only after the view is gone, whatever becomes of the
 * handle and the pool. Several views of a buffer may exist at once. In C,
 * [method@Pooled.get_data] does without one.
 *
 * A view that an adapter has made by bp_pooled_view_new_with_free_func() is of
 * memory that belongs to no pool.
 *
 * Since: 0.9
 */
struct _BpPooledView
{
  gatomicrefcount ref_count;
  gboolean is_writable;
  /* Pinned; NULL for memory of others. */
  BpPooled *pooled;
  gconstpointer data;
  gsize n_bytes;
  gsize n_valid_bytes;
  /* For memory of others. */
  GDestroyNotify free_func;
  gpointer user_data;
};

G_STATIC_ASSERT (sizeof (struct _BpPooledView) <= BP_CACHE_LINE);

G_DEFINE_BOXED_TYPE (BpPooledView, bp_pooled_view, bp_pooled_view_ref, bp_pooled_view_unref)

static void
set_up (BpPooledView  *self,
        gconstpointer  data,
        gsize          n_bytes,
        gsize          n_valid_bytes,
        gboolean       is_writable)
{
  *self = (BpPooledView) {
    .is_writable = is_writable,
    .data = data,
    .n_bytes = n_bytes,
    .n_valid_bytes = n_valid_bytes,
  };
  g_atomic_ref_count_init (&self->ref_count);
}

/* Takes a pin, which is given up if this fails. */
BpPooledView *
bp_pooled_view_new (BpPooled      *pinned,
                    gconstpointer  data,
                    gsize          n_bytes,
                    gsize          n_valid_bytes,
                    gboolean       is_writable,
                    GError       **error)
{
  BpPooledView *self = bp_stock_new_record (pinned->core->config.stock, sizeof (BpPooledView), "view",
                                           error);

  if (self == NULL)
    {
      bp_handle_unpin (pinned);
      return NULL;
    }

  set_up (self, data, n_bytes, n_valid_bytes, is_writable);
  self->pooled = pinned;

  return self;
}

/**
 * bp_pooled_view_new_with_free_func: (skip)
 * @data: (nullable): where the memory is; %NULL only if @n_bytes is 0
 * @n_bytes: how much of it there is, in bytes
 * @is_writable: whether it may be written through the view
 * @free_func: (nullable): what is called when the view is gone
 * @user_data: an argument for @free_func
 *
 * Makes a view of memory that belongs to no pool, for adapters: scripts then use
 * it as they use a view of a buffer. All of the memory is valid.
 *
 * The memory must stay where it is until @free_func is called. That is once, on
 * the thread that drops the last reference, which may be any, and with whatever
 * locks this thread holds.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): a view
 *
 * Since: 0.9
 */
BpPooledView *
bp_pooled_view_new_with_free_func (gconstpointer  data,
                                   gsize          n_bytes,
                                   gboolean       is_writable,
                                   GDestroyNotify free_func,
                                   gpointer       user_data)
{
  static const guint8 empty;
  BpPooledView *self;

  g_return_val_if_fail (data != NULL || n_bytes == 0, NULL);

  self = g_new (BpPooledView, 1);
  set_up (self, data != NULL ? data : &empty, n_bytes, n_bytes, !!is_writable);
  self->free_func = free_func;
  self->user_data = user_data;

  return self;
}

/**
 * bp_pooled_get_view:
 * @self: a handle of a pool of element buffers
 * @error: return location for a #GError
 *
 * Makes a view of the buffer.
 *
 * Fails with %BP_POOL_ERROR_RELEASED, %BP_POOL_ERROR_NO_MEMORY, and with
 * %BP_POOL_ERROR_BUSY if another thread is changing the buffer; in a pool that is
 * [property@Pool:realtime] with %BP_POOL_ERROR_LIMIT.
 *
 * Returns: (transfer full): a view
 *
 * Since: 0.9
 */
BpPooledView *
bp_pooled_get_view (BpPooled  *self,
                    GError   **error)
{
  gsize element_size;

  g_return_val_if_fail (self != NULL, NULL);
  bp_require_elements (self->core, NULL);

  if (!bp_state_pin (self, error))
    return NULL;

  element_size = self->core->config.element_size;

  return bp_pooled_view_new (self, bp_peek (self->data),
                             bp_peek (self->capacity) * element_size,
                             bp_peek (self->length) * element_size, TRUE, error);
}

/**
 * bp_pooled_view_ref:
 * @self: a view
 *
 * Adds a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.9
 */
BpPooledView *
bp_pooled_view_ref (BpPooledView *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

static void
free_view (BpPooledView *self)
{
  GDestroyNotify free_func = self->free_func;
  gpointer user_data = self->user_data;

  g_free (self);
  if (free_func != NULL)
    free_func (user_data);
}

/**
 * bp_pooled_view_unref:
 * @self: (transfer full): a view
 *
 * Drops a reference; the last one gives up the pin, or the memory. May be called
 * from any thread.
 *
 * Since: 0.9
 */
void
bp_pooled_view_unref (BpPooledView *self)
{
  g_return_if_fail (self != NULL);

  if (g_atomic_ref_count_dec (&self->ref_count))
    {
      BpPooled *pooled = self->pooled;

      if (pooled == NULL)
        {
          free_view (self);
          return;
        }

      bp_stock_free_record (pooled->core->config.stock, self);
      bp_handle_unpin (pooled);
    }
}

/**
 * bp_pooled_view_is_writable:
 * @self: a view
 *
 * Whether the memory may be written: that of a buffer may, that of a slice may
 * not, since others may be reading it.
 *
 * Returns: whether it is writable
 *
 * Since: 0.9
 */
gboolean
bp_pooled_view_is_writable (BpPooledView *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->is_writable;
}

/**
 * bp_pooled_view_get_address:
 * @self: a view
 *
 * Where the memory is, valid as long as the view.
 *
 * Returns: an address, never 0; nothing may be read or written there when the
 *   size is 0
 *
 * Since: 0.9
 */
guintptr
bp_pooled_view_get_address (BpPooledView *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (guintptr) self->data;
}

/**
 * bp_pooled_view_get_size_bytes:
 * @self: a view
 *
 * How much memory there is: the buffer's whole capacity, the slice, or what the
 * view was made of.
 *
 * Returns: a number of bytes
 *
 * Since: 0.9
 */
gsize
bp_pooled_view_get_size_bytes (BpPooledView *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_bytes;
}

/**
 * bp_pooled_view_get_length_bytes:
 * @self: a view
 *
 * How much of the memory was valid elements when the view was made. It cannot
 * change while the view exists.
 *
 * Returns: a number of bytes
 *
 * Since: 0.9
 */
gsize
bp_pooled_view_get_length_bytes (BpPooledView *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_valid_bytes;
}

/**
 * bp_pooled_view_get_extent:
 * @self: a view
 * @size_bytes: (out) (optional): where to store the size, see
 *   [method@PooledView.get_size_bytes]
 * @length_bytes: (out) (optional): where to store the valid part, see
 *   [method@PooledView.get_length_bytes]
 *
 * All about a view in one call, since a call is what costs a binding most.
 *
 * Returns: the address, as from [method@PooledView.get_address]
 *
 * Since: 0.9
 */
guintptr
bp_pooled_view_get_extent (BpPooledView *self,
                           gsize        *size_bytes,
                           gsize        *length_bytes)
{
  if (size_bytes != NULL)
    *size_bytes = 0;
  if (length_bytes != NULL)
    *length_bytes = 0;

  g_return_val_if_fail (self != NULL, 0);

  if (size_bytes != NULL)
    *size_bytes = self->n_bytes;
  if (length_bytes != NULL)
    *length_bytes = self->n_valid_bytes;

  return (guintptr) self->data;
}
