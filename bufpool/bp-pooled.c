/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pooled.h"

#include "bp-holder-private.h"
#include "bp-pooled-private.h"

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
 * [struct@GLib.Bytes], views and slices of a buffer pin it. While there is one, functions
 * that could move or change the memory under it fail with %BP_POOL_ERROR_BUSY,
 * and a release takes effect with the last of them.
 *
 * References, [method@Pooled.release] and [method@Pooled.is_released] may be used
 * from any thread. Other calls on one handle need an order of the caller's own:
 * a handle belongs to one thread at a time, like the memory that it stands for.
 *
 * Since: 0.9
 */

G_DEFINE_BOXED_TYPE (BpPooled, bp_pooled, bp_pooled_ref, bp_pooled_unref)

/* Sends the buffer back on another handle; the calling thread is alone with it. The
 * buffer's reference to the core goes along, and the husk gets one of its own. */
static void
detach (BpPooled *pooled, gboolean may_call)
{
  BpCore *core = pooled->core;
  BpPooled *fresh = bp_item_new_handle (&core->config, core, NULL);

  if (fresh == NULL)
    return;

  bp_holder_end (pooled);
  bp_poke (fresh->data, bp_peek (pooled->data));
  bp_poke (fresh->capacity, bp_peek (pooled->capacity));
  fresh->bytes = pooled->bytes;
  fresh->home = pooled->home;

  bp_item_empty_handle (pooled);
  bp_core_ref (core);
  bp_core_return (fresh, may_call);
}

static void
act (BpPooled *pooled, BpOutcome outcome)
{
  /* With references of others left, the handle may be gone already. */
  if (outcome == BP_OUTCOME_RETURN)
    {
      bp_holder_end (pooled);
      bp_core_return (pooled, FALSE);
    }
  else if (outcome == BP_OUTCOME_HUSK)
    {
      BpCore *core = pooled->core;

      bp_item_free_handle (&core->config, pooled);
      bp_core_unref (core);
    }
}

void
bp_handle_unref_slow (BpPooled *pooled)
{
  /* The last reference to a sample. */
  if (bp_peek (pooled->word) == (BP_WORD_SAMPLE | BP_WORD_REF))
    {
      bp_holder_forget (pooled);
      bp_core_return (pooled, FALSE);
      return;
    }

  act (pooled, bp_state_unref (pooled));
}

gboolean
bp_handle_release (BpPooled *pooled)
{
  BpOutcome outcome;
  gboolean is_first = bp_state_release (pooled, &outcome);

  if (outcome == BP_OUTCOME_DETACH)
    detach (pooled, TRUE);

  return is_first;
}

void
bp_handle_drop_hold (BpPooled *pooled, guint64 hold)
{
  BpOutcome outcome = bp_state_drop_hold (pooled, hold);

  if (outcome == BP_OUTCOME_DETACH)
    {
      detach (pooled, FALSE);
      outcome = bp_state_drop (pooled, hold + BP_WORD_REF);
    }
  act (pooled, outcome);
}

gpointer
bp_handle_steal (BpPooled *pooled, gsize *length, gsize *capacity, GError **error)
{
  gpointer data = bp_state_steal (pooled, error);
  BpCore *core = pooled->core;
  gsize n_bytes;

  if (data == NULL)
    return NULL;

  *length = bp_peek (pooled->length);
  *capacity = bp_peek (pooled->capacity);
  n_bytes = pooled->bytes;
  /* The buffer's reference to the core is the husk's from now on. */
  bp_count (core->n_stolen, 1);
  bp_holder_end (pooled);
  if (bp_core_is_realtime (core))
    bp_homes_forget (core->homes, pooled);
  bp_item_empty_handle (pooled);
  bp_core_count_gone (core, FALSE);
  bp_item_discharge (&core->config, n_bytes);

  return data;
}

/* What g_return_if_fail() does, out of line. */
static BP_COLD void
fail_no_handle (const char *func)
{
  g_return_if_fail_warning (G_LOG_DOMAIN, func, "self != NULL");
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
 * Since: 0.9
 */
BpPooled *
bp_pooled_ref (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return bp_state_ref (self);
}

/**
 * bp_pooled_unref:
 * @self: (transfer full): a handle
 *
 * Drops a reference. With the last one the buffer goes back to its pool, or is
 * freed when the pool has been disposed.
 *
 * May be called from any thread. It never asks an object whether it can be reused. Where
 * the pool has no place, or has been disposed, an object is freed here. So is any buffer of
 * a disposed pool that is [property@Pool:realtime]: this pool must outlive the buffers that
 * are out in threads that must not wait.
 *
 * Since: 0.9
 */
void
bp_pooled_unref (BpPooled *self)
{
  if (BP_RARELY (self == NULL))
    fail_no_handle (G_STRFUNC);
  else
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
 * This drops no reference: [method@Pooled.unref] is still to be called. In a pool that is
 * [property@Pool:realtime] the empty handle takes one line of the stock. There are five
 * lines for each of [property@Pool:max-buffers], for handles, slices and views together. If
 * none is left, the buffer goes back with the last reference.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if this call released the buffer, %FALSE if it was released or
 *   stolen before
 *
 * Since: 0.9
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
 * Since: 0.9
 */
gboolean
bp_pooled_is_released (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return bp_state_is_released (self);
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
 * Since: 0.9
 */
gsize
bp_pooled_get_length (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return bp_state_is_released (self) ? 0 : bp_peek (self->length);
}

/**
 * bp_pooled_get_capacity:
 * @self: a handle
 *
 * How many elements there is room for without allocating.
 *
 * Returns: a number of elements; 0 for items and released handles
 *
 * Since: 0.9
 */
gsize
bp_pooled_get_capacity (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return bp_state_is_released (self) ? 0 : bp_peek (self->capacity);
}

/**
 * bp_pooled_get_element_size:
 * @self: a handle
 *
 * The size of one element, also of a released handle.
 *
 * Returns: a number of bytes; 0 for items
 *
 * Since: 0.9
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
 * Since: 0.9
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
 * Since: 0.9
 */
gpointer
bp_pooled_get_data (BpPooled *self,
                    gsize    *n_elements)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (bp_state_is_released (self) || !bp_core_is_of_elements (self->core))
    {
      if (n_elements != NULL)
        *n_elements = 0;
      return NULL;
    }

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
 * Since: 0.9
 */
gpointer
bp_pooled_get_data_checked (BpPooled *self,
                            gsize     element_size,
                            gsize    *n_elements)
{
  if (n_elements != NULL)
    *n_elements = 0;

  g_return_val_if_fail (self != NULL, NULL);

  bp_require_element_size (self->core, element_size, NULL);

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
 * Since: 0.9
 */
gpointer
bp_pooled_get_item (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (bp_state_is_released (self) || bp_core_is_of_elements (self->core))
    return NULL;

  return bp_peek (self->data);
}

/**
 * bp_pooled_dup_object:
 * @self: a handle
 *
 * A reference to the item of a pool of objects.
 *
 * A caller that keeps it longer than the handle shares the object with its next user.
 *
 * Returns: (transfer full) (nullable): the object; %NULL for other items, for
 *   element buffers and for released handles
 *
 * Since: 0.9
 */
GObject *
bp_pooled_dup_object (BpPooled *self)
{
  GObject *object;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->core->config.kind != BP_KIND_OBJECT || !bp_state_pin (self, NULL))
    return NULL;

  object = g_object_ref (bp_peek (self->data));
  bp_handle_unpin (self);

  return object;
}
