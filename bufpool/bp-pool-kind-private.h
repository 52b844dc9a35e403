/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-budget.h"
#include "bp-core-private.h"

/* What a pool holds follows from several construct properties together. */

gboolean bp_pool_kind_is_item_type     (GType          type);
void     bp_pool_kind_resolve          (BpItemConfig  *config,
                                        gboolean       has_item_funcs);
/* The same for a pool that is to be realtime: what does not go with that is reported
 * and unset. */
void     bp_pool_kind_resolve_realtime (BpCoreConfig  *config,
                                        BpBudget     **budget);
