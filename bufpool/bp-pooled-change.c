/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pooled-change.h"

#include "bp-pooled-private.h"

/* What changes a buffer. */

/* Functions that come in two forms: bindings can call from two threads without
 * an order, and theirs take the exclusive section. */
typedef enum
{
  CALLER_ORDERED,
  CALLER_ANY
} Caller;

/* With only one reference left, and a caller that keeps order, no other call can be at
 * work. */
static gboolean
begin_change (BpPooled  *self,
              Caller     caller,
              gboolean  *is_exclusive,
              GError   **error)
{
  *is_exclusive = caller == CALLER_ANY || bp_peek (self->word) != BP_WORD_REF;

  return !*is_exclusive || bp_state_begin_exclusive (self, error);
}

static void
end_change (BpPooled *self,
            gboolean  is_exclusive)
{
  if (is_exclusive)
    bp_handle_end_exclusive (self);
}

static gboolean
grow (BpPooled  *self,
      gsize      capacity,
      gboolean   zeroed,
      GError   **error)
{
  return capacity <= bp_peek (self->capacity) ||
         bp_item_reallocate (&self->core->config, self, capacity, bp_peek (self->length), zeroed, error);
}

/**
 * bp_pooled_reserve:
 * @self: a handle of a pool of element buffers
 * @n_elements: the capacity needed, in elements
 * @error: return location for a #GError
 *
 * Makes room for at least @n_elements elements. Valid elements stay, the length
 * too. A buffer of a pool that is [property@Pool:realtime] does not grow: what needs more
 * than its capacity fails with %BP_POOL_ERROR_OUT_OF_RANGE, here and elsewhere.
 *
 * Fails with %BP_POOL_ERROR_RELEASED, %BP_POOL_ERROR_BUSY,
 * %BP_POOL_ERROR_TOO_LARGE or %BP_POOL_ERROR_NO_MEMORY and changes nothing then.
 *
 * Returns: %TRUE if there is room
 *
 * Since: 0.9
 */
gboolean
bp_pooled_reserve (BpPooled  *self,
                   gsize      n_elements,
                   GError   **error)
{
  gboolean is_done;

  g_return_val_if_fail (self != NULL, FALSE);
  bp_require_elements (self->core, FALSE);

  if (!bp_state_begin_exclusive (self, error))
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
 * elements that have not been written are what the last user left.
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE beyond the capacity,
 * %BP_POOL_ERROR_RELEASED or %BP_POOL_ERROR_BUSY and changes nothing then.
 *
 * Returns: %TRUE if the length is set
 *
 * Since: 0.9
 */
gboolean
bp_pooled_set_length (BpPooled  *self,
                      gsize      n_elements,
                      GError   **error)
{
  gsize capacity;
  gboolean is_done;

  g_return_val_if_fail (self != NULL, FALSE);
  bp_require_elements (self->core, FALSE);

  if (!bp_state_begin_exclusive (self, error))
    return FALSE;

  capacity = bp_peek (self->capacity);
  is_done = n_elements <= capacity;
  if (is_done)
    bp_poke (self->length, n_elements);
  else
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "A length of %" G_GSIZE_FORMAT " elements is more than the buffer's "
                 "capacity of %" G_GSIZE_FORMAT ": reserve it first", n_elements, capacity);
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
      is_done = bp_item_reallocate (&self->core->config, self, n_elements, length, TRUE, error);
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
 *   [method@Pooled.get_data]; %NULL when the handle is released, or pinned, which is a
 *   programming error here, and where a pool that is [property@Pool:realtime] would
 *   have to grow the buffer
 *
 * Since: 0.9
 */
gpointer
bp_pooled_resize (BpPooled *self,
                  gsize     n_elements)
{
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  bp_require_elements (self->core, NULL);

  /* Without an error, which would be allocated. */
  if (bp_core_is_realtime (self->core))
    return resize (self, n_elements, CALLER_ORDERED, NULL) ? bp_peek (self->data) : NULL;

  if (G_LIKELY (resize (self, n_elements, CALLER_ORDERED, &error)))
    return bp_peek (self->data);

  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE) ||
      g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY))
    g_error ("bp_pooled_resize(): %s (bp_pooled_try_resize() returns such an error)",
             error->message);

  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY))
    g_critical ("bp_pooled_resize(): %s", error->message);

  return NULL;
}

/**
 * bp_pooled_resize_checked: (skip)
 * @self: a handle of a pool of element buffers
 * @element_size: the size of the elements the caller expects, in bytes
 * @n_elements: the number of valid elements
 *
 * The same as [method@Pooled.resize], if the elements are of that size; otherwise
 * that is a programming error, and nothing changes. It serves the macro
 * bp_pooled_resize_data().
 *
 * Returns: (transfer none) (nullable): the memory
 *
 * Since: 0.9
 */
gpointer
bp_pooled_resize_checked (BpPooled *self,
                          gsize     element_size,
                          gsize     n_elements)
{
  g_return_val_if_fail (self != NULL, NULL);
  bp_require_element_size (self->core, element_size, NULL);

  return bp_pooled_resize (self, n_elements);
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
 * Since: 0.9
 */
gboolean
bp_pooled_try_resize (BpPooled  *self,
                      gsize      n_elements,
                      GError   **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  bp_require_elements (self->core, FALSE);

  return resize (self, n_elements, CALLER_ANY, error);
}

/* Memory that copying might move or overwrite while it is read. */
static gboolean
is_own_memory (BpPooled      *self,
               gconstpointer  data,
               gsize          n_elements)
{
  gsize element_size = self->core->config.element_size;
  guintptr own = (guintptr) bp_peek (self->data);
  guintptr start = (guintptr) data;

  /* What is too large for any memory has an error of its own. */
  if (n_elements == 0 || n_elements > G_MAXSSIZE / element_size)
    return FALSE;

  return start < own + bp_peek (self->capacity) * element_size &&
         own < start + n_elements * element_size;
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
get_n_elements (BpPooled    *self,
                const char  *what,
                gsize        n_bytes,
                gsize       *n_elements,
                GError     **error)
{
  gsize element_size = self->core->config.element_size;

  *n_elements = n_bytes / element_size;
  if (n_bytes % element_size == 0)
    return TRUE;

  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
               "%s of %" G_GSIZE_FORMAT " bytes is no multiple of an element's %"
               G_GSIZE_FORMAT " bytes: give whole elements", what, n_bytes, element_size);

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
 * Since: 0.9
 */
gboolean
bp_pooled_append (BpPooled       *self,
                  gconstpointer   data,
                  gsize           n_elements,
                  GError        **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  bp_require_elements (self->core, FALSE);
  g_return_val_if_fail (data != NULL || n_elements == 0, FALSE);
  bp_require (!is_own_memory (self, data, n_elements), FALSE,
              "The data lie in the buffer itself, whose memory may move: copy them first");

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
 * Since: 0.9
 */
gboolean
bp_pooled_append_bytes (BpPooled      *self,
                        const guint8  *data,
                        gsize          n_bytes,
                        GError       **error)
{
  gsize n_elements;

  g_return_val_if_fail (self != NULL, FALSE);
  bp_require_elements (self->core, FALSE);
  g_return_val_if_fail (data != NULL || n_bytes == 0, FALSE);

  return get_n_elements (self, "A length", n_bytes, &n_elements, error) &&
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
                 " reach beyond the buffer's length of %" G_GSIZE_FORMAT ": resize it first, or "
                 "append", n_elements, offset, length);
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
 * Since: 0.9
 */
gboolean
bp_pooled_write (BpPooled       *self,
                 gsize           offset,
                 gconstpointer   data,
                 gsize           n_elements,
                 GError        **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  bp_require_elements (self->core, FALSE);
  g_return_val_if_fail (data != NULL || n_elements == 0, FALSE);
  bp_require (!is_own_memory (self, data, n_elements), FALSE,
              "The data lie in the buffer itself, whose memory may move: copy them first");

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
 * Since: 0.9
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
  bp_require_elements (self->core, FALSE);
  g_return_val_if_fail (data != NULL || n_bytes == 0, FALSE);

  return get_n_elements (self, "An offset", offset_bytes, &offset, error) &&
         get_n_elements (self, "A length", n_bytes, &n_elements, error) &&
         overwrite (self, offset, data, n_elements, CALLER_ANY, error);
}
