/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pooled-note.h"

#include "bp-holder-private.h"

/* What is known about the holder of a buffer. */

/**
 * bp_pooled_is_sampled:
 * @self: a handle
 *
 * Whether the acquire of this buffer was recorded, because `BUFPOOL_DEBUG` has the word
 * `backtrace`: see [method@Pool.dump_outstanding]. A note is of use only then.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it was
 *
 * Since: 0.9
 */
gboolean
bp_pooled_is_sampled (BpPooled *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return bp_holder_is_sample (self);
}

/**
 * bp_pooled_set_note:
 * @self: a handle
 * @note: (nullable): what to show, in one line or in several; %NULL for nothing
 *
 * Adds a note to what [method@Pool.dump_outstanding] shows for this buffer. It does
 * nothing unless [method@Pooled.is_sampled]. Buffers with the same note are shown as one
 * place, wherever they were acquired, and buffers with different notes as different ones.
 *
 * The bindings for Python and JavaScript note the script's file and line, which native
 * calls do not tell. In C a note may say what the buffer is for. The note ends when the
 * buffer goes back.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it was noted
 *
 * Since: 0.9
 */
gboolean
bp_pooled_set_note (BpPooled   *self,
                    const char *note)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return bp_holder_set_note (self, note);
}
