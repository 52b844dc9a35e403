/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-return-private.h"
#include "bp-state-private.h"

/*
 * A handle that is out: its states, and what becomes of its buffer.
 *
 * The buffer of a released handle that still has references leaves on another handle, and
 * this one stays behind without a buffer, a husk. Without memory for another handle the
 * buffer stays, out of reach, and goes back with the last reference.
 */

void bp_handle_unref_slow (BpPooled *pooled);
gboolean bp_handle_release (BpPooled *pooled);
/* Gives up a pin, or the exclusive section. */
void bp_handle_drop_hold (BpPooled *pooled, guint64 hold);
/* The buffer for good; the caller keeps its reference to the husk. */
gpointer bp_handle_steal (BpPooled *pooled, gsize *length, gsize *capacity, GError **error);

BP_INLINE void
bp_handle_unref (BpPooled *pooled)
{
  /* The only reference and nothing else: no other thread can change that. */
  if (BP_RARELY (atomic_load_explicit (&pooled->word, memory_order_acquire) != BP_WORD_REF))
    bp_handle_unref_slow (pooled);
  else
    bp_core_return (pooled, FALSE);
}

static inline void
bp_handle_unpin (BpPooled *pooled)
{
  if (G_LIKELY (atomic_load_explicit (&pooled->word, memory_order_acquire) ==
                BP_WORD_PIN + BP_WORD_REF))
    bp_core_return (pooled, FALSE);
  else
    bp_handle_drop_hold (pooled, BP_WORD_PIN);
}

static inline void
bp_handle_end_exclusive (BpPooled *pooled)
{
  bp_handle_drop_hold (pooled, BP_WORD_EXCLUSIVE);
}
