/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pooled.h"

#include "bp-boxed-private.h"
#include "bp-handle-private.h"

/**
 * BpPooled:
 *
 * A buffer or an item that has been acquired from a pool.
 *
 * The handle gives its buffer back by itself when the last reference goes away,
 * from whichever thread that is, even if the pool is gone by then:
 *
 * ```c
 * g_autoptr (BpPooled) buffer = bp_pool_acquire (pool);
 * float *pcm = bp_pooled_resize (buffer, 4096);
 * ```
 *
 * Where a garbage collector would be late, [method@Pooled.release] gives the
 * buffer back at once. Afterwards the handle is still valid and stays so until
 * its last reference is gone, but has no buffer: plain getters return %NULL or 0,
 * and functions with an error report %BP_POOL_ERROR_RELEASED.
 *
 * `GBytes`, views and slices of a buffer pin it. While there is one, functions
 * that could move or change the memory under it fail with %BP_POOL_ERROR_BUSY,
 * and a release takes effect with the last of them.
 *
 * References, [method@Pooled.release] and [method@Pooled.is_released] may be used
 * from any thread. Other calls on one handle need an order of the caller's own:
 * a handle belongs to one thread at a time, like the memory that it stands for.
 *
 * Since: 1.0
 */

BP_DEFINE_BOXED_TYPE (BpPooled, bp_pooled, bp_pooled_ref, bp_pooled_unref)

#define IS_ELEMENTS(self) ((self)->core->config.kind == BP_KIND_ELEMENTS)

/* Functions that come in two forms: bindings can call from two threads without
 * an order, and theirs take the exclusive section. */
typedef enum
{
  CALLER_ORDERED,
  CALLER_ANY
} Caller;

/* Where only one reference is left and the caller keeps order, nobody can be
 * beside it. */
static gboolean
begin_change (BpPooled  *self,
              Caller     caller,
              gboolean  *is_exclusive,
              GError   **error)
{
  *is_exclusive = caller == CALLER_ANY || bp_peek (self->word) != BP_WORD_REF;

  return !*is_exclusive || bp_handle_begin_exclusive (self, error);
}

static void
end_change (BpPooled *self,
            gboolean  is_exclusive)
{
  if (is_exclusive)
    bp_handle_end_exclusive (self);
}

/**
 * bp_pooled_ref:
 * @self: a handle
 *
 * Adds a reference.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
BpPooled *
bp_pooled_ref (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return bp_handle_ref (self);
}

/**
 * bp_pooled_unref:
 * @self: (transfer full): a handle
 *
 * Drops a reference. With the last one the buffer goes back to its pool, or is
 * freed when the pool has been disposed.
 *
 * May be called from any thread; it runs no code of an object item's class.
 *
 * Since: 1.0
 */
void
bp_pooled_unref (BpPooled *self)
{
  g_return_if_fail (self != NULL);

  bp_handle_unref (self);
}

/**
 * bp_pooled_release:
 * @self: a handle
 *
 * Gives the buffer back now, although references to the handle remain.
 *
 * Only the first call counts. While `GBytes`, views or slices of the buffer
 * exist, it goes back with the last of them.
 *
 * This drops no reference: [method@Pooled.unref] is still to be called.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if this call released the buffer, %FALSE if it was released or
 *   stolen before
 *
 * Since: 1.0
 */
gboolean
bp_pooled_release (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return bp_handle_release (self);
}

/**
 * bp_pooled_is_released:
 * @self: a handle
 *
 * Whether the buffer has been released or stolen.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the handle has no buffer any more
 *
 * Since: 1.0
 */
gboolean
bp_pooled_is_released (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return bp_handle_is_released (self);
}

/**
 * bp_pooled_get_length:
 * @self: a handle
 *
 * How many valid elements the buffer holds. A buffer that has just been acquired
 * by [method@Pool.acquire] holds none.
 *
 * Returns: a number of elements; 0 for items and released handles
 *
 * Since: 1.0
 */
gsize
bp_pooled_get_length (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return bp_handle_is_released (self) ? 0 : bp_peek (self->length);
}

/**
 * bp_pooled_get_capacity:
 * @self: a handle
 *
 * How many elements there is room for without allocating.
 *
 * Returns: a number of elements; 0 for items and released handles
 *
 * Since: 1.0
 */
gsize
bp_pooled_get_capacity (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return bp_handle_is_released (self) ? 0 : bp_peek (self->capacity);
}

/**
 * bp_pooled_get_element_size:
 * @self: a handle
 *
 * The size of one element, also of a released handle.
 *
 * Returns: a number of bytes; 0 for items
 *
 * Since: 1.0
 */
gsize
bp_pooled_get_element_size (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->core->config.element_size;
}

/**
 * bp_pooled_get_element_type:
 * @self: a handle
 *
 * What the elements are, also of a released handle.
 *
 * Returns: the type, %BP_ELEMENT_TYPE_NONE for items and elements of a size of
 *   the user's own
 *
 * Since: 1.0
 */
BpElementType
bp_pooled_get_element_type (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, BP_ELEMENT_TYPE_NONE);

  return self->core->config.element_type;
}

/**
 * bp_pooled_get_data: (skip)
 * @self: a handle
 * @n_elements: (out) (optional): where to store the number of valid elements
 *
 * The buffer's memory, to read and to write.
 *
 * It is aligned as `malloc()` aligns, or as the pool's
 * [property@Pool:alignment] says, and stays where it is until the buffer is
 * resized, released or the last reference is gone. Elements from the length up
 * to the capacity may be written too, before [method@Pooled.set_length].
 *
 * Returns: (transfer none) (nullable): the memory, never %NULL for a live
 *   buffer; %NULL for items and released handles
 *
 * Since: 1.0
 */
gpointer
bp_pooled_get_data (BpPooled *self,
                    gsize    *n_elements)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (n_elements != NULL)
    *n_elements = 0;

  if (bp_handle_is_released (self) || !IS_ELEMENTS (self))
    return NULL;

  if (n_elements != NULL)
    *n_elements = bp_peek (self->length);

  return bp_peek (self->data);
}

/**
 * bp_pooled_get_data_checked: (skip)
 * @self: a handle
 * @element_size: the size of the elements the caller expects, in bytes
 * @n_elements: (out) (optional): where to store the number of valid elements
 *
 * The same as [method@Pooled.get_data], if the elements are of that size;
 * otherwise that is a programming error. It serves the macro bp_pooled_data().
 *
 * Returns: (transfer none) (nullable): the memory
 *
 * Since: 1.0
 */
gpointer
bp_pooled_get_data_checked (BpPooled *self,
                            gsize     element_size,
                            gsize    *n_elements)
{
  if (n_elements != NULL)
    *n_elements = 0;

  g_return_val_if_fail (self != NULL, NULL);

  if (G_UNLIKELY (element_size != self->core->config.element_size))
    {
      g_critical ("A buffer's elements are of %" G_GSIZE_FORMAT " bytes, but the type "
                  "asked for is of %" G_GSIZE_FORMAT,
                  self->core->config.element_size, element_size);
      return NULL;
    }

  return bp_pooled_get_data (self, n_elements);
}

/**
 * bp_pooled_get_item: (skip)
 * @self: a handle
 *
 * The item of a pool of items.
 *
 * Returns: (transfer none) (nullable): the item; %NULL for element buffers and
 *   released handles
 *
 * Since: 1.0
 */
gpointer
bp_pooled_get_item (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (bp_handle_is_released (self) || IS_ELEMENTS (self))
    return NULL;

  return bp_peek (self->data);
}

/**
 * bp_pooled_dup_object:
 * @self: a handle
 *
 * A reference to the item of a pool of objects.
 *
 * Whoever keeps it longer than the handle shares the object with its next user.
 *
 * Returns: (transfer full) (nullable): the object; %NULL for other items, for
 *   element buffers and for released handles
 *
 * Since: 1.0
 */
GObject *
bp_pooled_dup_object (BpPooled *self)
{
  GObject *object;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->core->config.kind != BP_KIND_OBJECT || !bp_handle_pin (self, NULL))
    return NULL;

  object = g_object_ref (bp_peek (self->data));
  bp_handle_unpin (self);

  return object;
}

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
 * The valid elements as immutable bytes, without a copy.
 *
 * The bytes pin the buffer: it goes back to the pool only after they are gone,
 * and is not to be written while they exist.
 *
 * Fails with %BP_POOL_ERROR_RELEASED, and with %BP_POOL_ERROR_BUSY if another
 * thread is changing the buffer.
 *
 * Returns: (transfer full): the bytes, of length times element size bytes
 *
 * Since: 1.0
 */
GBytes *
bp_pooled_get_bytes (BpPooled  *self,
                     GError   **error)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (IS_ELEMENTS (self), NULL);

  if (!bp_handle_pin (self, error))
    return NULL;

  return make_bytes (self);
}

/**
 * bp_pooled_unref_to_bytes:
 * @self: (transfer full): a handle of a pool of element buffers
 * @error: return location for a #GError
 *
 * Turns a handle into bytes whose end gives the buffer back: the usual way for a
 * buffer into GIO or GStreamer.
 *
 * The reference is taken even if the call fails, as
 * [method@Pooled.get_bytes] does.
 *
 * Returns: (transfer full): the bytes, of length times element size bytes
 *
 * Since: 1.0
 */
GBytes *
bp_pooled_unref_to_bytes (BpPooled  *self,
                          GError   **error)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (IS_ELEMENTS (self), NULL);

  if (!bp_handle_pin_reference (self, error))
    {
      bp_handle_unref (self);
      return NULL;
    }

  return make_bytes (self);
}

static gboolean
grow (BpPooled  *self,
      gsize      capacity,
      gboolean   zeroed,
      GError   **error)
{
  return capacity <= bp_peek (self->capacity) ||
         bp_items_reallocate (self, capacity, bp_peek (self->length), zeroed, error);
}

/**
 * bp_pooled_reserve:
 * @self: a handle of a pool of element buffers
 * @n_elements: the capacity needed, in elements
 * @error: return location for a #GError
 *
 * Makes room for at least @n_elements elements. Valid elements stay, the length
 * too.
 *
 * Fails with %BP_POOL_ERROR_RELEASED, %BP_POOL_ERROR_BUSY,
 * %BP_POOL_ERROR_TOO_LARGE or %BP_POOL_ERROR_NO_MEMORY and changes nothing then.
 *
 * Returns: %TRUE if there is room
 *
 * Since: 1.0
 */
gboolean
bp_pooled_reserve (BpPooled  *self,
                   gsize      n_elements,
                   GError   **error)
{
  gboolean is_done;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (IS_ELEMENTS (self), FALSE);

  if (!bp_handle_begin_exclusive (self, error))
    return FALSE;

  is_done = grow (self, n_elements, FALSE, error);
  bp_handle_end_exclusive (self);

  return is_done;
}

/**
 * bp_pooled_set_length:
 * @self: a handle of a pool of element buffers
 * @n_elements: the number of valid elements
 * @error: return location for a #GError
 *
 * Says how many elements are valid, within the capacity. Nothing is filled:
 * elements that nobody has written are what the last user left.
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE beyond the capacity,
 * %BP_POOL_ERROR_RELEASED or %BP_POOL_ERROR_BUSY and changes nothing then.
 *
 * Returns: %TRUE if the length is set
 *
 * Since: 1.0
 */
gboolean
bp_pooled_set_length (BpPooled  *self,
                      gsize      n_elements,
                      GError   **error)
{
  gsize capacity;
  gboolean is_done;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (IS_ELEMENTS (self), FALSE);

  if (!bp_handle_begin_exclusive (self, error))
    return FALSE;

  capacity = bp_peek (self->capacity);
  is_done = n_elements <= capacity;
  if (is_done)
    bp_poke (self->length, n_elements);
  else
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "A length of %" G_GSIZE_FORMAT " elements is more than the buffer's "
                 "capacity of %" G_GSIZE_FORMAT, n_elements, capacity);
  bp_handle_end_exclusive (self);

  return is_done;
}

static gboolean
resize (BpPooled  *self,
        gsize      n_elements,
        Caller     caller,
        GError   **error)
{
  gsize length, element_size;
  gboolean is_exclusive, is_done;

  if (!begin_change (self, caller, &is_exclusive, error))
    return FALSE;

  length = bp_peek (self->length);
  element_size = self->core->config.element_size;
  if (n_elements > bp_peek (self->capacity))
    {
      is_done = bp_items_reallocate (self, n_elements, length, TRUE, error);
    }
  else
    {
      is_done = TRUE;
      if (n_elements > length)
        memset ((guint8 *) bp_peek (self->data) + length * element_size, 0,
                (n_elements - length) * element_size);
    }
  if (is_done)
    bp_poke (self->length, n_elements);
  end_change (self, is_exclusive);

  return is_done;
}

/**
 * bp_pooled_resize: (skip)
 * @self: a handle of a pool of element buffers
 * @n_elements: the number of valid elements
 *
 * Makes the buffer hold @n_elements valid elements: the ones it has, then
 * zeroes.
 *
 * Like `g_malloc()` this ends the program when there is no memory, or when the
 * size does not fit the address space. [method@Pooled.try_resize] reports it
 * instead.
 *
 * Returns: (transfer none) (nullable): the memory, as from
 *   [method@Pooled.get_data]; %NULL when the handle is released or pinned
 *
 * Since: 1.0
 */
gpointer
bp_pooled_resize (BpPooled *self,
                  gsize     n_elements)
{
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (IS_ELEMENTS (self), NULL);

  if (G_LIKELY (resize (self, n_elements, CALLER_ORDERED, &error)))
    return bp_peek (self->data);

  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE) ||
      g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY))
    g_error ("bp_pooled_resize(): %s", error->message);

  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY))
    g_critical ("bp_pooled_resize(): %s", error->message);

  return NULL;
}

/**
 * bp_pooled_try_resize: (rename-to bp_pooled_resize)
 * @self: a handle of a pool of element buffers
 * @n_elements: the number of valid elements
 * @error: return location for a #GError
 *
 * Makes the buffer hold @n_elements valid elements: the ones it has, then
 * zeroes.
 *
 * Fails with %BP_POOL_ERROR_RELEASED, %BP_POOL_ERROR_BUSY,
 * %BP_POOL_ERROR_TOO_LARGE or %BP_POOL_ERROR_NO_MEMORY and changes nothing then.
 *
 * Returns: %TRUE if the buffer has that length
 *
 * Since: 1.0
 */
gboolean
bp_pooled_try_resize (BpPooled  *self,
                      gsize      n_elements,
                      GError   **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (IS_ELEMENTS (self), FALSE);

  return resize (self, n_elements, CALLER_ANY, error);
}

static gboolean
append (BpPooled       *self,
        gconstpointer   data,
        gsize           n_elements,
        Caller          caller,
        GError        **error)
{
  gsize length, capacity, needed, element_size;
  gboolean is_exclusive, is_done;

  if (!begin_change (self, caller, &is_exclusive, error))
    return FALSE;

  length = bp_peek (self->length);
  capacity = bp_peek (self->capacity);
  element_size = self->core->config.element_size;
  if (!g_size_checked_add (&needed, length, n_elements))
    needed = G_MAXSIZE;

  is_done = needed <= capacity;
  /* Half as much again, so that appending often copies seldom. */
  if (!is_done && capacity < G_MAXSIZE / 2)
    is_done = grow (self, MAX (needed, capacity + capacity / 2), FALSE, NULL);
  if (!is_done)
    is_done = grow (self, needed, FALSE, error);

  if (is_done && n_elements > 0)
    {
      memcpy ((guint8 *) bp_peek (self->data) + length * element_size, data,
              n_elements * element_size);
      bp_poke (self->length, needed);
    }
  end_change (self, is_exclusive);

  return is_done;
}

/* Bytes that are elements; what there is too much of is said. */
static gboolean
get_n_elements (BpPooled  *self,
                gsize      n_bytes,
                gsize     *n_elements,
                GError   **error)
{
  gsize element_size = self->core->config.element_size;

  *n_elements = n_bytes / element_size;
  if (n_bytes % element_size == 0)
    return TRUE;

  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
               "%" G_GSIZE_FORMAT " bytes are not a whole number of elements of %"
               G_GSIZE_FORMAT " bytes", n_bytes, element_size);

  return FALSE;
}

/**
 * bp_pooled_append: (skip)
 * @self: a handle of a pool of element buffers
 * @data: (nullable): @n_elements elements, not from this buffer
 * @n_elements: how many
 * @error: return location for a #GError
 *
 * Copies elements behind the valid ones; the capacity grows as needed.
 *
 * Fails with %BP_POOL_ERROR_RELEASED, %BP_POOL_ERROR_BUSY,
 * %BP_POOL_ERROR_TOO_LARGE or %BP_POOL_ERROR_NO_MEMORY and changes nothing then.
 *
 * Returns: %TRUE if they were appended
 *
 * Since: 1.0
 */
gboolean
bp_pooled_append (BpPooled       *self,
                  gconstpointer   data,
                  gsize           n_elements,
                  GError        **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (IS_ELEMENTS (self), FALSE);
  g_return_val_if_fail (data != NULL || n_elements == 0, FALSE);

  return append (self, data, n_elements, CALLER_ORDERED, error);
}

/**
 * bp_pooled_append_bytes: (rename-to bp_pooled_append)
 * @self: a handle of a pool of element buffers
 * @data: (array length=n_bytes) (element-type guint8) (nullable): elements, as
 *   bytes
 * @n_bytes: the size of @data in bytes, a multiple of the element size
 * @error: return location for a #GError
 *
 * Copies elements behind the valid ones; the capacity grows as needed.
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE if @n_bytes is no multiple of the
 * element size, and as [method@Pooled.append] does.
 *
 * Returns: %TRUE if they were appended
 *
 * Since: 1.0
 */
gboolean
bp_pooled_append_bytes (BpPooled      *self,
                        const guint8  *data,
                        gsize          n_bytes,
                        GError       **error)
{
  gsize n_elements;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (IS_ELEMENTS (self), FALSE);
  g_return_val_if_fail (data != NULL || n_bytes == 0, FALSE);

  return get_n_elements (self, n_bytes, &n_elements, error) &&
         append (self, data, n_elements, CALLER_ANY, error);
}

static gboolean
overwrite (BpPooled       *self,
           gsize           offset,
           gconstpointer   data,
           gsize           n_elements,
           Caller          caller,
           GError        **error)
{
  gsize length, element_size;
  gboolean is_exclusive, is_done;

  if (!begin_change (self, caller, &is_exclusive, error))
    return FALSE;

  length = bp_peek (self->length);
  element_size = self->core->config.element_size;
  is_done = offset <= length && n_elements <= length - offset;
  if (!is_done)
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "%" G_GSIZE_FORMAT " elements at offset %" G_GSIZE_FORMAT
                 " reach beyond the buffer's length of %" G_GSIZE_FORMAT,
                 n_elements, offset, length);
  else if (n_elements > 0)
    memcpy ((guint8 *) bp_peek (self->data) + offset * element_size, data,
            n_elements * element_size);
  end_change (self, is_exclusive);

  return is_done;
}

/**
 * bp_pooled_write: (skip)
 * @self: a handle of a pool of element buffers
 * @offset: the first element to overwrite
 * @data: (nullable): @n_elements elements, not from this buffer
 * @n_elements: how many
 * @error: return location for a #GError
 *
 * Overwrites valid elements; the length stays.
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE beyond the length,
 * %BP_POOL_ERROR_RELEASED or %BP_POOL_ERROR_BUSY and changes nothing then.
 *
 * Returns: %TRUE if they were written
 *
 * Since: 1.0
 */
gboolean
bp_pooled_write (BpPooled       *self,
                 gsize           offset,
                 gconstpointer   data,
                 gsize           n_elements,
                 GError        **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (IS_ELEMENTS (self), FALSE);
  g_return_val_if_fail (data != NULL || n_elements == 0, FALSE);

  return overwrite (self, offset, data, n_elements, CALLER_ORDERED, error);
}

/**
 * bp_pooled_write_bytes: (rename-to bp_pooled_write)
 * @self: a handle of a pool of element buffers
 * @offset_bytes: where to begin, in bytes, a multiple of the element size
 * @data: (array length=n_bytes) (element-type guint8) (nullable): elements, as
 *   bytes
 * @n_bytes: the size of @data in bytes, a multiple of the element size
 * @error: return location for a #GError
 *
 * Overwrites valid elements; the length stays.
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE beyond the length, or if a size is no
 * multiple of the element size, and as [method@Pooled.write] does.
 *
 * Returns: %TRUE if they were written
 *
 * Since: 1.0
 */
gboolean
bp_pooled_write_bytes (BpPooled      *self,
                       gsize          offset_bytes,
                       const guint8  *data,
                       gsize          n_bytes,
                       GError       **error)
{
  gsize offset, n_elements;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (IS_ELEMENTS (self), FALSE);
  g_return_val_if_fail (data != NULL || n_bytes == 0, FALSE);

  return get_n_elements (self, offset_bytes, &offset, error) &&
         get_n_elements (self, n_bytes, &n_elements, error) &&
         overwrite (self, offset, data, n_elements, CALLER_ANY, error);
}

/**
 * bp_pooled_steal_data: (skip)
 * @self: a handle of a pool of element buffers; taken if the call succeeds
 * @length: (out) (optional): where to store the number of valid elements
 * @capacity: (out) (optional): where to store the number of elements there is
 *   room for
 * @error: return location for a #GError
 *
 * Takes the memory away from the pool for good.
 *
 * It works whatever references there are: they are left with a released handle.
 * The caller's own reference is taken when the call succeeds, and only then.
 *
 * Fails with %BP_POOL_ERROR_RELEASED or %BP_POOL_ERROR_BUSY and changes nothing
 * then. In a pool with an [property@Pool:alignment] of its own this is a
 * programming error, since `g_free()` could not free the memory.
 *
 * Returns: (transfer full): the memory, to be freed with g_free(); %NULL on
 *   failure
 *
 * Since: 1.0
 */
gpointer
bp_pooled_steal_data (BpPooled  *self,
                      gsize     *length,
                      gsize     *capacity,
                      GError   **error)
{
  gsize n_length, n_capacity;
  gpointer data;

  if (length != NULL)
    *length = 0;
  if (capacity != NULL)
    *capacity = 0;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (IS_ELEMENTS (self), NULL);
  g_return_val_if_fail (self->core->config.alignment == 0, NULL);

  /* What is stolen is memory, even of a buffer that never had any. */
  if (!bp_handle_begin_exclusive (self, error))
    return NULL;
  if (bp_peek (self->capacity) == 0 && !bp_items_reallocate (self, 1, 0, FALSE, error))
    {
      bp_handle_end_exclusive (self);
      return NULL;
    }
  n_length = bp_peek (self->length);
  n_capacity = bp_peek (self->capacity);
  bp_handle_end_exclusive (self);

  data = bp_handle_steal (self, error);
  if (data == NULL)
    return NULL;

  bp_handle_unref (self);

  if (length != NULL)
    *length = n_length;
  if (capacity != NULL)
    *capacity = n_capacity;

  return data;
}

/**
 * bp_pooled_steal_item: (skip)
 * @self: a handle of a pool of items; taken if the call succeeds
 * @error: return location for a #GError
 *
 * Takes the item away from the pool for good, as [method@Pooled.steal_data] does
 * with memory. The item is destroyed by the caller, with what the pool's
 * functions would have used, or g_object_unref().
 *
 * Returns: (transfer full): the item; %NULL on failure
 *
 * Since: 1.0
 */
gpointer
bp_pooled_steal_item (BpPooled  *self,
                      GError   **error)
{
  gpointer item;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (!IS_ELEMENTS (self), NULL);

  item = bp_handle_steal (self, error);
  if (item != NULL)
    bp_handle_unref (self);

  return item;
}
