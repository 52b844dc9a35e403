/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (BUFPOOL_INSIDE) && !defined (BUFPOOL_COMPILATION)
# error "Only <bufpool.h> can be included directly."
#endif

#include "bp-types.h"

G_BEGIN_DECLS

#define BP_TYPE_REUSABLE (bp_reusable_get_type ())

BP_AVAILABLE_IN_0_9
G_DECLARE_INTERFACE (BpReusable, bp_reusable, BP, REUSABLE, GObject)

struct _BpReusableInterface
{
  GTypeInterface parent_iface;

  gboolean (*reuse)         (BpReusable *self,
                             gsize       trim);
  gsize    (*get_byte_size) (BpReusable *self);

  /*< private >*/
  gpointer padding[4];
};

BP_AVAILABLE_IN_0_9
gboolean bp_reusable_reuse         (BpReusable *self,
                                    gsize       trim);
BP_AVAILABLE_IN_0_9
gsize    bp_reusable_get_byte_size (BpReusable *self);

G_END_DECLS
