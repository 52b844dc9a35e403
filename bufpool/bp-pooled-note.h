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

BP_AVAILABLE_IN_0_9
gboolean bp_pooled_is_sampled (BpPooled   *self);
BP_AVAILABLE_IN_0_9
gboolean bp_pooled_set_note   (BpPooled   *self,
                               const char *note);

G_END_DECLS
