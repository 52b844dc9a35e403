/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-item-private.h"

/*
 * Poison: a pattern in idle buffers of elements, where BUFPOOL_DEBUG has poison; and the
 * marks that say to AddressSanitizer and valgrind that they are idle. Caches are off with
 * poison and with memcheck, so that every buffer passes here.
 */

/* On slow paths, when a buffer becomes idle. Called by the thread that gives it back. */
void bp_poison_mark_idle (BpPooled *pooled) BP_COLD;
void bp_poison_mark_used_slow (const BpItemConfig *config, BpPooled *pooled) BP_COLD;

/* When an idle buffer is taken or freed. A critical says if it has been written to. */
static inline void
bp_poison_mark_used (const BpItemConfig *config, BpPooled *pooled)
{
  bp_item_unpoison (pooled);
  if (G_UNLIKELY (bp_debug_flags & (BP_DEBUG_MEMCHECK | BP_DEBUG_POISON)))
    bp_poison_mark_used_slow (config, pooled);
}
