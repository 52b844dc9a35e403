/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * The states of a handle that is out.
 *
 * One word holds it all: references, pins, and two flags. Every pin, and the
 * exclusive section, carries a reference of its own.
 *
 *   RELEASED    somebody has called release or steal. It is set once, and the
 *               thread that set it, or the last pin, or the end of the exclusive
 *               section, takes the buffer away.
 *   pins        readers of the buffer's memory: GBytes, views, slices. The
 *               memory does not move and does not go back while there is one.
 *   EXCLUSIVE   a writer that may move the memory is at work.
 *
 * A pin or an exclusive section cannot begin once RELEASED is set, and neither
 * can begin during an exclusive section; so whoever finds RELEASED with neither
 * of them left, or is itself the last of them, is alone with the buffer. It
 * detaches the buffer *before* it gives up its own pin: afterwards another
 * thread may free the handle.
 *
 * The buffer of a released handle that still has references leaves on another
 * handle, and this one stays behind without a buffer, a husk. If there is no
 * memory for another handle the buffer stays, out of everybody's reach, and
 * goes back with the last reference.
 *
 * tests/models/handle.pml is this, every pair of transitions against each other.
 */

BpPooled *bp_handle_ref             (BpPooled  *pooled);
void      bp_handle_unref_slow      (BpPooled  *pooled);
gboolean  bp_handle_release         (BpPooled  *pooled);

gboolean  bp_handle_pin             (BpPooled  *pooled,
                                     GError   **error);
void      bp_handle_pin_again       (BpPooled  *pooled);
gboolean  bp_handle_pin_reference   (BpPooled  *pooled,
                                     GError   **error);
gboolean  bp_handle_unpin_reference (BpPooled  *pooled,
                                     GError   **error);
void      bp_handle_unpin           (BpPooled  *pooled);
gboolean  bp_handle_begin_exclusive (BpPooled  *pooled,
                                     GError   **error);
void      bp_handle_end_exclusive   (BpPooled  *pooled);
gpointer  bp_handle_steal           (BpPooled  *pooled,
                                     gsize     *length,
                                     gsize     *capacity,
                                     GError   **error);

BP_INLINE gboolean
bp_handle_is_released (BpPooled *pooled)
{
  return (bp_peek (pooled->word) & BP_WORD_RELEASED) != 0;
}

static inline gboolean
bp_handle_is_elements (BpPooled *pooled)
{
  return pooled->core->config.kind == BP_KIND_ELEMENTS;
}

/* The buffer of a handle that nobody refers to any more goes back with it. */
BP_INLINE void
bp_handle_return (BpPooled *pooled,
                  gboolean  may_call)
{
  BpCore *core = pooled->core;
  BpFront *front;

  /* Neither empty, nor to be trimmed, nor an item. */
  if (BP_RARELY (bp_peek (pooled->capacity) - 1 >= bp_peek (core->keep_limit)))
    {
      bp_core_return_slow (pooled, may_call);
      return;
    }

  front = bp_core_get_near_front (core);
  bp_record_poison (pooled);
  bp_poke (pooled->word, 0);
  if (BP_RARELY (front == NULL) || BP_RARELY (!bp_front_push (front, pooled, TRUE)))
    bp_core_put_slow (pooled, may_call);
}

BP_INLINE void
bp_handle_unref (BpPooled *pooled)
{
  /* The only reference and nothing else: nobody can change that but us. */
  if (BP_RARELY (atomic_load_explicit (&pooled->word, memory_order_acquire) != BP_WORD_REF))
    bp_handle_unref_slow (pooled);
  else
    bp_handle_return (pooled, FALSE);
}
