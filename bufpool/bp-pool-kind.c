/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-kind-private.h"

#include "bp-reusable.h"

/* A bound, because the cells and their lines in the stock are made with the pool. */
#define MAX_REALTIME_BUFFERS 65536

static gboolean
is_power_of_two (gsize value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

gboolean
bp_pool_kind_is_item_type (GType type)
{
  return G_TYPE_IS_OBJECT (type) && g_type_is_a (type, BP_TYPE_REUSABLE) &&
         !G_TYPE_IS_ABSTRACT (type);
}

/* Whether an element type was asked for: U8 is the default. */
static gboolean
has_element_type (BpItemConfig *config)
{
  return config->element_type != BP_ELEMENT_TYPE_U8 &&
         config->element_type != BP_ELEMENT_TYPE_NONE;
}

/* Items have neither a size nor a type of elements. */
static gboolean
check_items (BpItemConfig *config,
             const char   *property)
{
  if (config->element_size != 0)
    {
      g_critical ("A pool holds either items or elements: %s and element-size cannot both "
                  "be set", property);
      return FALSE;
    }
  if (has_element_type (config))
    {
      g_critical ("A pool holds either items or elements: %s and element-type cannot both "
                  "be set", property);
      return FALSE;
    }

  config->element_type = BP_ELEMENT_TYPE_NONE;

  return TRUE;
}

static gboolean
resolve_funcs (BpItemConfig *config)
{
  if (config->funcs.create == NULL || config->funcs.free == NULL)
    {
      g_critical ("A pool cannot make items without functions: item-funcs must have both "
                  "create and free");
      return FALSE;
    }

  config->kind = BP_KIND_FUNCS;

  return check_items (config, "item-funcs");
}

static gboolean
resolve_type (BpItemConfig *config)
{
  if (!bp_pool_kind_is_item_type (config->item_type))
    {
      g_critical ("A pool cannot make items of type %s: item-type must be an object "
                  "type that is not abstract and implements BpReusable",
                  g_type_name (config->item_type));
      return FALSE;
    }

  config->kind = BP_KIND_OBJECT;

  return check_items (config, "item-type");
}

static gboolean
resolve_elements (BpItemConfig *config)
{
  gsize type_size = bp_element_type_get_size (config->element_type);

  config->kind = BP_KIND_ELEMENTS;
  if (config->element_size == 0)
    {
      if (type_size == 0)
        {
          g_critical ("A pool of no element type needs an element-size or an item-type");
          return FALSE;
        }
      config->element_size = type_size;
    }
  else if (config->element_size != type_size)
    {
      if (has_element_type (config))
        {
          g_critical ("An element-size of %" G_GSIZE_FORMAT " bytes is not that of the "
                      "element-type, which is %" G_GSIZE_FORMAT ": set one of them",
                      config->element_size, type_size);
          return FALSE;
        }
      config->element_type = BP_ELEMENT_TYPE_NONE;
    }

  return TRUE;
}

static gboolean
resolve_kind (BpItemConfig *config,
              gboolean      has_item_funcs)
{
  gboolean has_type = config->item_type != G_TYPE_NONE && config->item_type != G_TYPE_INVALID;

  if (has_item_funcs && has_type)
    {
      g_critical ("A pool holds items of one kind: item-funcs and item-type cannot both be set");
      return FALSE;
    }

  if (has_item_funcs)
    return resolve_funcs (config);
  if (has_type)
    return resolve_type (config);

  return resolve_elements (config);
}

static void
check_alignment (BpItemConfig *config)
{
  if (config->alignment == 0)
    return;

  if (config->kind != BP_KIND_ELEMENTS)
    {
      g_critical ("An alignment is for buffers of elements, and a pool of items has none: leave "
                  "it out");
      config->alignment = 0;
    }
  else if (!is_power_of_two (config->alignment))
    {
      g_critical ("An alignment of %" G_GSIZE_FORMAT " bytes is not a power of two, such as 64, "
                  "or 0 for what malloc() gives", config->alignment);
      config->alignment = 0;
    }
}

/* What the construct properties amount to. A conflict is reported, and the pool
 * is then one of bytes, so that it can be used without harm. */
void
bp_pool_kind_resolve (BpItemConfig *config,
                      gboolean      has_item_funcs)
{
  if (!resolve_kind (config, has_item_funcs))
    {
      config->kind = BP_KIND_ELEMENTS;
      config->item_type = G_TYPE_NONE;
      config->element_type = BP_ELEMENT_TYPE_U8;
      config->element_size = 1;
    }

  check_alignment (config);
}

void
bp_pool_kind_resolve_realtime (BpCoreConfig *config,
                               BpBudget    **budget)
{
  if (config->item.kind == BP_KIND_OBJECT)
    {
      g_critical ("A pool cannot have both realtime and item-type: objects may wait when they "
                  "are reused; use item-funcs, or leave realtime out");
      config->is_realtime = FALSE;
      return;
    }

  if (*budget != NULL)
    {
      g_critical ("A pool cannot have both realtime and budget: threads that must not wait "
                  "cannot keep to it; leave one of them out");
      g_clear_object (budget);
    }
  if (config->max_buffers == 0 || config->max_buffers > MAX_REALTIME_BUFFERS)
    {
      g_critical ("A realtime pool has from 1 to %d cells, which are made with it: a max-buffers "
                  "of %u is not possible", MAX_REALTIME_BUFFERS, config->max_buffers);
      config->max_buffers = CLAMP (config->max_buffers, 1, MAX_REALTIME_BUFFERS);
    }
  /* A realtime pool does not use its shard. */
  config->n_shards = 1;

  /* A call that fails names the domain of its error, even if its caller does not want the
   * error. GLib allocates and locks when a domain is named for the first time: so it is
   * named here. */
  bp_pool_error_quark ();
}
