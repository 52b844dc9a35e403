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

#define BP_TYPE_BUDGET (bp_budget_get_type ())

BP_AVAILABLE_IN_0_9
G_DECLARE_FINAL_TYPE (BpBudget, bp_budget, BP, BUDGET, GObject)

BP_AVAILABLE_IN_0_9
BpBudget *bp_budget_new            (guint64   max_bytes);
BP_AVAILABLE_IN_0_9
guint64   bp_budget_get_max_bytes  (BpBudget *self);
BP_AVAILABLE_IN_0_9
void      bp_budget_set_max_bytes  (BpBudget *self,
                                    guint64   max_bytes);
BP_AVAILABLE_IN_0_9
guint64   bp_budget_get_used_bytes (BpBudget *self);
BP_AVAILABLE_IN_0_9
guint64   bp_budget_get_peak_bytes (BpBudget *self);

G_END_DECLS
