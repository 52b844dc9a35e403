/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pooled-note.h"

#include "bp-holder-private.h"

/* What is known of who has a buffer. */

/**
 * bp_pooled_is_sampled:
 * @self: a handle
 *
 * Whether it was recorded who acquired the buffer, since `BUFPOOL_DEBUG` has the word
 * `backtrace`: see [method@Pool.dump_outstanding]. Then a note is of use.
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
 * Says what [method@Pool.dump_outstanding] shows for this buffer besides, if
 * [method@Pooled.is_sampled]; otherwise it does nothing. Buffers that are acquired at the
 * same place with different notes are shown as different places.
 *
 * The bindings for Python and JavaScript note the script's file and line, which native
 * calls do not tell. In C it may be what the buffer is for. The note ends when the buffer
 * goes back.
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
