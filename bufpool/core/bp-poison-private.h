/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-item-private.h"

/*
 * Poison: a pattern in idle buffers of elements, where BUFPOOL_DEBUG has poison. Caches are
 * off then, so that every buffer passes here.
 */

/* When a buffer becomes idle, by the thread that gives it back. */
void bp_poison_fill (BpPooled *pooled) BP_COLD;
/* When a buffer that was idle is taken or freed: a critical if somebody has written to it. */
void bp_poison_check (const BpItemConfig *config, BpPooled *pooled) BP_COLD;
