/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-item-private.h"

/*
 * Poison: a pattern in idle buffers of elements, where BUFPOOL_DEBUG has poison; and what
 * AddressSanitizer and valgrind are told of them. Caches are off with either word, so that
 * every buffer passes here.
 */

/* On slow paths, when a buffer becomes idle, by the thread that gives it back. */
void bp_poison_mark_idle (BpPooled *pooled) BP_COLD;
void bp_poison_mark_used_slow (const BpItemConfig *config, BpPooled *pooled) BP_COLD;

/* When one that was idle is taken or freed: a critical if somebody has written to it. */
static inline void
bp_poison_mark_used (const BpItemConfig *config, BpPooled *pooled)
{
  bp_item_unpoison (pooled);
  if (G_UNLIKELY (bp_debug_flags & (BP_DEBUG_MEMCHECK | BP_DEBUG_POISON)))
    bp_poison_mark_used_slow (config, pooled);
}
