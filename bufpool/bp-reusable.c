/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-reusable.h"

/**
 * BpReusable:
 *
 * Objects that a pool can keep and hand out again.
 *
 * A class that implements it can be the item type of a pool, see
 * [ctor@Pool.new_for_type].
 *
 * ```c
 * static gboolean
 * demo_parser_reuse (BpReusable *reusable,
 *                    gsize       trim)
 * {
 *   g_object_set (reusable, "state", 0, NULL);
 *
 *   return TRUE;
 * }
 *
 * static void
 * demo_parser_reusable_init (BpReusableInterface *iface)
 * {
 *   iface->reuse = demo_parser_reuse;
 * }
 * ```
 *
 * Since: 0.9
 */

/**
 * BpReusableInterface:
 * @reuse: makes the object ready for its next use; see [method@Reusable.reuse].
 *   Without one, the next user gets the object as the last one left it
 * @get_byte_size: the bytes of memory the object holds while it is idle; see
 *   [method@Reusable.get_byte_size]. Optional
 *
 * What an implementation provides.
 *
 * Since: 0.9
 */

G_DEFINE_INTERFACE (BpReusable, bp_reusable, G_TYPE_OBJECT)

static gboolean
real_reuse (BpReusable *self,
            gsize       trim)
{
  return TRUE;
}

static gsize
real_get_byte_size (BpReusable *self)
{
  return 0;
}

static void
bp_reusable_default_init (BpReusableInterface *iface)
{
  iface->reuse = real_reuse;
  iface->get_byte_size = real_get_byte_size;
}

/**
 * bp_reusable_reuse: (virtual reuse)
 * @self: an object
 * @trim: the pool's trim-capacity: what the object shrinks to if it has grown
 *   beyond, in units of its own; 0 for not at all
 *
 * Makes the object ready for its next use, as if it were new.
 *
 * A pool calls this once between two uses, after an explicit release or, where
 * the last reference went away by itself, at the next acquire; from whichever
 * thread that is, with no lock held. An implementation in a scripting language
 * may run in a thread that is not the one that made the object.
 *
 * Returns: %TRUE to keep the object, %FALSE to have it dropped
 *
 * Since: 0.9
 */
gboolean
bp_reusable_reuse (BpReusable *self,
                   gsize       trim)
{
  g_return_val_if_fail (BP_IS_REUSABLE (self), FALSE);

  return BP_REUSABLE_GET_IFACE (self)->reuse (self, trim);
}

/**
 * bp_reusable_get_byte_size: (virtual get_byte_size)
 * @self: an object
 *
 * How much memory the object holds, for the pool's statistics. A pool asks when
 * it has made or been given the object, and after [method@Reusable.reuse].
 *
 * Returns: a number of bytes
 *
 * Since: 0.9
 */
gsize
bp_reusable_get_byte_size (BpReusable *self)
{
  g_return_val_if_fail (BP_IS_REUSABLE (self), 0);

  return BP_REUSABLE_GET_IFACE (self)->get_byte_size (self);
}
