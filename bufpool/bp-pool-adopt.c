/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-adopt.h"

#include "bp-acquire-private.h"
#include "bp-limit-private.h"
#include "bp-pool-private.h"
#include "bp-realtime-private.h"
#include "bp-return-private.h"
#include "bp-wipe-private.h"

/* What comes into a pool from outside. */

static gboolean
check_size (BpCore  *core,
            gsize    length,
            gsize    capacity,
            GError **error)
{
  gsize n_bytes;

  if (!bp_item_check_size (&core->config, capacity, &n_bytes, error))
    return FALSE;

  if (length > capacity)
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                   "A length of %" G_GSIZE_FORMAT " elements is more than the capacity of %"
                   G_GSIZE_FORMAT ": the capacity is what the memory has room for, in elements",
                   length, capacity);
      return FALSE;
    }

  return TRUE;
}

/* What a buffer from outside needs of the limits. */
static gboolean
admit (BpCore     *core,
       BpRequest  *request,
       GError    **error)
{
  return !bp_peek (core->is_limited) || bp_limit_admit (core, request, error);
}

static BpPooled *
hand_out_attached (BpPooled  *pooled,
                   BpRequest *request,
                   gsize      length)
{
  BpCore *core = pooled->core;

  if (bp_core_count_made (core) && !request->has_permit)
    bp_quota_add (&core->out, 1);
  request->has_permit = FALSE;
  bp_count (core->n_attached, 1);
  if (bp_core_is_realtime (core))
    bp_realtime_adopt (pooled);
  bp_core_hand_out_slow (pooled);
  bp_poke (pooled->length, length);

  return pooled;
}

static void
recycle (BpPooled *pooled)
{
  BpCore *core = pooled->core;

  pooled->is_uncounted = bp_core_count_made (core);
  bp_count (core->n_added, 1);
  if (bp_core_is_realtime (core))
    bp_realtime_adopt (pooled);
  bp_core_return_slow (pooled, TRUE);
}

/**
 * bp_pool_recycle_data: (skip)
 * @self: a pool of element buffers without an alignment of its own
 * @data: (transfer full) (nullable): memory from g_malloc()
 * @capacity: how many elements it has room for
 *
 * Gives memory, such as [func@GLib.malloc] returns, to the pool, as an idle
 * buffer. It is trimmed as a buffer that comes back, and freed if the pool does
 * not keep it, or its [property@Pool:budget] has no room for it.
 *
 * Since: 0.9
 */
void
bp_pool_recycle_data (BpPool   *self,
                      gpointer  data,
                      gsize     capacity)
{
  g_autoptr (GError) error = NULL;
  BpPooled *pooled;
  BpCore *core;

  g_return_if_fail (bp_pool_check (self));
  core = self->core;
  bp_require_elements (core, );
  bp_require_no_alignment (core, );
  g_return_if_fail (data != NULL || capacity == 0);

  if (!check_size (core, 0, capacity, &error))
    {
      g_critical ("bp_pool_recycle_data(): %s", error->message);
      return;
    }

  pooled = capacity > 0 ? bp_item_new_handle (&core->config, core, NULL) : NULL;
  if (pooled != NULL && core->config.budget != NULL &&
      !bp_budget_core_try_charge (core->config.budget, capacity * core->config.element_size))
    {
      bp_item_free_handle (&core->config, pooled);
      pooled = NULL;
    }
  if (pooled == NULL)
    {
      if (bp_peek (core->config.clears) && capacity > 0)
        bp_wipe (data, capacity * core->config.element_size);
      g_free (data);
      return;
    }

  bp_item_adopt (&core->config, pooled, data, capacity);
  recycle (pooled);
}

/**
 * bp_pool_recycle_item: (skip)
 * @self: a pool of items
 * @item: (transfer full) (not nullable): an item such as the pool makes
 *
 * Gives an item to the pool, as if it came back from use: it is asked whether it
 * can be reused, and destroyed if the pool does not keep it.
 *
 * Since: 0.9
 */
void
bp_pool_recycle_item (BpPool   *self,
                      gpointer  item)
{
  BpPooled *pooled;
  BpCore *core;

  g_return_if_fail (bp_pool_check (self));
  g_return_if_fail (item != NULL);
  core = self->core;
  bp_require_items (core, );
  bp_require_type_of_item (core, item, );

  if (core->config.kind == BP_KIND_OBJECT && g_object_is_floating (item))
    g_object_ref_sink (item);

  pooled = bp_item_new_handle (&core->config, core, NULL);
  if (pooled == NULL)
    {
      if (core->config.kind == BP_KIND_OBJECT)
        g_object_unref (item);
      else
        core->config.funcs.free (item, core->config.funcs.user_data);
      return;
    }

  bp_poke (pooled->data, item);
  recycle (pooled);
}

/**
 * bp_pool_recycle_object: (rename-to bp_pool_recycle_item)
 * @self: a pool of objects
 * @object: (transfer full): an object of the pool's [property@Pool:item-type]
 *
 * Gives an object to the pool, as [method@Pool.recycle_item] does: one that was
 * made with properties, say, or by a language binding.
 *
 * Since: 0.9
 */
void
bp_pool_recycle_object (BpPool  *self,
                        GObject *object)
{
  g_return_if_fail (BP_IS_POOL (self));
  g_return_if_fail (G_IS_OBJECT (object));
  bp_require_objects (self->core, );

  bp_pool_recycle_item (self, object);
}

/**
 * bp_pool_attach_data: (skip)
 * @self: a pool of element buffers without an alignment of its own
 * @data: (transfer full) (nullable): memory from g_malloc()
 * @length: how many valid elements it holds
 * @capacity: how many elements it has room for
 * @error: return location for a #GError
 *
 * Makes a handle around memory from outside, which goes to the pool when the
 * handle is released.
 *
 * ```c
 * g_autofree float *samples = g_new0 (float, 4096);
 * g_autoptr (BpPooled) handle = NULL;
 *
 * handle = bp_pool_attach_data (pool, samples, 4096, 4096, &error);
 *
 * if (handle != NULL)
 *   g_steal_pointer (&samples);    // the pool's now
 * ```
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE if @length is more than @capacity,
 * %BP_POOL_ERROR_TOO_LARGE, %BP_POOL_ERROR_NO_MEMORY, %BP_POOL_ERROR_LIMIT,
 * %BP_POOL_ERROR_BUDGET or %BP_POOL_ERROR_FLUSHING; @data is still the caller's then. A
 * pool that is [property@Pool:realtime] keeps it afterwards if it is one of no more than
 * [property@Pool:max-buffers].
 *
 * Returns: (transfer full): a handle
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_attach_data (BpPool    *self,
                     gpointer   data,
                     gsize      length,
                     gsize      capacity,
                     GError   **error)
{
  BpRequest request = { 0 };
  BpPooled *pooled;
  BpCore *core;

  g_return_val_if_fail (bp_pool_check (self), NULL);
  core = self->core;
  bp_require_elements (core, NULL);
  bp_require_no_alignment (core, NULL);
  g_return_val_if_fail (data != NULL || capacity == 0, NULL);

  if (!check_size (core, length, capacity, error))
    return NULL;

  if (!admit (core, &request, error))
    return NULL;
  pooled = bp_item_new_handle (&core->config, core, error);
  if (pooled != NULL && core->config.budget != NULL &&
      !bp_budget_core_charge (core->config.budget, capacity * core->config.element_size, error))
    {
      bp_item_free_handle (&core->config, pooled);
      pooled = NULL;
    }
  if (pooled == NULL)
    {
      bp_limit_end_request (core, &request);
      return NULL;
    }

  if (capacity > 0)
    bp_item_adopt (&core->config, pooled, data, capacity);
  else
    g_free (data);

  return hand_out_attached (pooled, &request, length);
}

/**
 * bp_pool_attach_item: (skip)
 * @self: a pool of items
 * @item: (transfer full) (not nullable): an item such as the pool makes
 * @error: return location for a #GError
 *
 * Makes a handle around an item from outside, which goes to the pool when the
 * handle is released.
 *
 * Fails with %BP_POOL_ERROR_NO_MEMORY, %BP_POOL_ERROR_LIMIT, %BP_POOL_ERROR_BUDGET or
 * %BP_POOL_ERROR_FLUSHING; @item is still the caller's then.
 *
 * Returns: (transfer full): a handle
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_attach_item (BpPool    *self,
                     gpointer   item,
                     GError   **error)
{
  BpRequest request = { 0 };
  BpPooled *pooled;
  BpCore *core;

  g_return_val_if_fail (bp_pool_check (self), NULL);
  g_return_val_if_fail (item != NULL, NULL);
  core = self->core;
  bp_require_items (core, NULL);
  bp_require_type_of_item (core, item, NULL);

  if (!admit (core, &request, error))
    return NULL;
  pooled = bp_item_new_handle (&core->config, core, error);
  if (pooled != NULL)
    {
      bp_poke (pooled->data, item);
      if (!bp_item_measure_new (&core->config, pooled, &request, error))
        {
          bp_item_free_handle (&core->config, pooled);
          pooled = NULL;
        }
    }
  if (pooled == NULL)
    {
      bp_limit_end_request (core, &request);
      return NULL;
    }

  if (core->config.kind == BP_KIND_OBJECT && g_object_is_floating (item))
    g_object_ref_sink (item);

  return hand_out_attached (pooled, &request, 0);
}
