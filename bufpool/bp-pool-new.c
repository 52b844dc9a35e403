/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-new.h"

#include "bp-pool-kind-private.h"
#include "bp-pool-private.h"

/* Making pools. */

static gboolean
is_element_type (BpElementType element_type)
{
  return element_type > BP_ELEMENT_TYPE_NONE && element_type <= BP_ELEMENT_TYPE_F64;
}

#define NO_ELEMENT_TYPE "%d is no type of elements: BP_ELEMENT_TYPE_U8 is one"

/**
 * bp_pool_new:
 * @element_type: what the elements are, not %BP_ELEMENT_TYPE_NONE
 *
 * Makes a pool of buffers of a numeric type.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 0.9
 */
BpPool *
bp_pool_new (BpElementType element_type)
{
  bp_require (is_element_type (element_type), NULL, NO_ELEMENT_TYPE, element_type);

  return g_object_new (BP_TYPE_POOL, "element-type", element_type, NULL);
}

/**
 * bp_pool_new_full:
 * @element_type: what the elements are, not %BP_ELEMENT_TYPE_NONE
 * @shards: [property@Pool:shards], at most 1024; 0 for automatic
 * @max_buffers: [property@Pool:max-buffers], the most idle buffers to keep, such as
 *   %BP_DEFAULT_MAX_BUFFERS
 * @trim_capacity: [property@Pool:trim-capacity], in elements; 0 for never
 *
 * Makes a pool of buffers of a numeric type, with the properties that matter most.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 0.9
 */
BpPool *
bp_pool_new_full (BpElementType element_type,
                  guint         shards,
                  guint         max_buffers,
                  gsize         trim_capacity)
{
  bp_require (is_element_type (element_type), NULL, NO_ELEMENT_TYPE, element_type);
  bp_require (shards <= BP_MAX_SHARDS, NULL, "%u shards are more than %d: 0 lets the pool choose",
              shards, BP_MAX_SHARDS);

  return g_object_new (BP_TYPE_POOL,
                       "element-type", element_type,
                       "shards", shards,
                       "max-buffers", max_buffers,
                       "trim-capacity", (guint64) trim_capacity,
                       NULL);
}

/**
 * bp_pool_new_for_size:
 * @element_size: the size of one element in bytes, at least 1
 *
 * Makes a pool of buffers whose elements are of any size, such as structures.
 * With a size of 1 they are bytes.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 0.9
 */
BpPool *
bp_pool_new_for_size (gsize element_size)
{
  bp_require (element_size > 0 && element_size <= BP_MAX_ELEMENT_SIZE, NULL,
              "Elements of %" G_GSIZE_FORMAT " bytes: an element has from 1 to %d",
              element_size, BP_MAX_ELEMENT_SIZE);

  return g_object_new (BP_TYPE_POOL, "element-size", (guint) element_size, NULL);
}

/**
 * bp_pool_new_for_type:
 * @item_type: an object type that implements [iface@Reusable] and is not abstract
 *
 * Makes a pool of objects. New ones are made by g_object_new() without
 * properties; floating ones are sunk.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 0.9
 */
BpPool *
bp_pool_new_for_type (GType item_type)
{
  bp_require (bp_pool_kind_is_item_type (item_type), NULL,
              "%s is no class of GObject that implements BpReusable and can be instantiated",
              item_type != G_TYPE_INVALID ? g_type_name (item_type) : "G_TYPE_INVALID");

  return g_object_new (BP_TYPE_POOL, "item-type", item_type, NULL);
}

/**
 * bp_pool_new_with_funcs: (skip)
 * @funcs: what to do with the items; copied. `create` and `free` must be set
 * @user_data: data for the functions, in place of that in @funcs
 * @destroy: (nullable): called for @user_data when neither the pool nor a handle
 *   needs it any more, in place of that in @funcs
 *
 * Makes a pool of C items of any type. It is one with [property@Pool:item-funcs].
 *
 * Returns: (transfer full): a pool
 *
 * Since: 0.9
 */
BpPool *
bp_pool_new_with_funcs (const BpItemFuncs *funcs,
                        gpointer           user_data,
                        GDestroyNotify     destroy)
{
  BpItemFuncs own;

  g_return_val_if_fail (funcs != NULL, NULL);
  g_return_val_if_fail (funcs->create != NULL, NULL);
  g_return_val_if_fail (funcs->free != NULL, NULL);

  own = *funcs;
  own.user_data = user_data;
  own.destroy = destroy;

  return g_object_new (BP_TYPE_POOL, "item-funcs", &own, NULL);
}
