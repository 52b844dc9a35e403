/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-item-private.h"

/*
 * The states of a handle that is out.
 *
 * One word holds it all: references, pins, and two flags. Every pin, and the exclusive
 * section, carries a reference of its own.
 *
 *   RELEASED    release or steal has been called. It is set once, and the thread
 *               that set it, or the last pin, or the end of the exclusive section, takes
 *               the buffer away.
 *   pins        readers of the buffer's memory: GBytes, views, slices. The memory does
 *               not move and does not go back while there is one.
 *   EXCLUSIVE   a writer that may move the memory is at work.
 *
 * A pin or an exclusive section cannot begin once RELEASED is set, and neither can begin
 * during an exclusive section; so a thread that finds RELEASED with neither of them left,
 * or is itself the last of them, is alone with the buffer. It detaches the buffer *before*
 * it gives up its own hold: afterwards another thread may free the handle.
 *
 * The functions here change the word and nothing else. The outcome says what the caller
 * must do then; bp-handle.c does it. tests/models/handle.pml is this, every pair of
 * transitions against each other.
 */

/* A count this high can only be a leak. Each pin also holds a reference; the range above
 * the limit leaves room for those. */
#define BP_WORD_MAX_REFS ((guint64) 1 << 31)

typedef enum
{
  BP_OUTCOME_NOTHING,
  /* No reference is left: the buffer goes back, with its handle. */
  BP_OUTCOME_RETURN,
  /* The buffer of a released handle goes back on another one. */
  BP_OUTCOME_DETACH,
  /* No reference is left, and the buffer has gone before. */
  BP_OUTCOME_HUSK
} BpOutcome;

guint64 bp_word_ref (_Atomic guint64 *word);
BpPooled *bp_state_ref (BpPooled *pooled);
BpOutcome bp_state_unref (BpPooled *pooled);
/* Gives up references and holds, in units of the word. */
BpOutcome bp_state_drop (BpPooled *pooled, guint64 change);
/* Whether it was this call that released it. */
gboolean bp_state_release (BpPooled *pooled, BpOutcome *outcome);

gboolean bp_state_pin (BpPooled *pooled, GError **error);
/* By the holder of a pin, which keeps the buffer where it is even after a release. */
void bp_state_pin_again (BpPooled *pooled);
/* Makes the caller's reference a pin, and the only pin a reference. */
gboolean bp_state_pin_reference (BpPooled *pooled, GError **error);
gboolean bp_state_unpin_reference (BpPooled *pooled, GError **error);
/* For writers that may move the memory. */
gboolean bp_state_begin_exclusive (BpPooled *pooled, GError **error);
/* Gives up a pin, or the exclusive section, with its reference. After DETACH it still has
 * both: the caller gives them up by bp_state_drop() when it has detached the buffer. */
BpOutcome bp_state_drop_hold (BpPooled *pooled, guint64 hold);
/* Wins the buffer from all other threads, whatever the references; its data, or NULL. */
gpointer bp_state_steal (BpPooled *pooled, GError **error);

static inline gboolean
bp_state_is_released (BpPooled *pooled)
{
  return (bp_peek (pooled->word) & BP_WORD_RELEASED) != 0;
}
