/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-item-private.h"
#include "bp-stack-private.h"

/*
 * Holders: who has a buffer. It is a record of the acquire, made where BUFPOOL_DEBUG has
 * backtrace, for every acquire or for one of so many: a SAMPLE.
 *
 * WHICH. The fast path counts nothing for it. A cache counts what comes back to it; that
 * counter begins so far below 0 as samples are apart, and when it comes to 0 the buffer
 * that has just come back is marked, by a flag in its word. Whoever acquires it leaves the
 * fast path then, since the word is not 0. Acquires that take the slow path anyway are
 * counted there. Where every acquire is a sample the caches are off.
 *
 * HOW IT ENDS. The same flag is set while the buffer is out, so that whatever gives it back
 * leaves the fast path as well, and forgets the record before the buffer is anybody
 * else's. A record that is read says so, and its end waits, so a handle that is listed is
 * alive.
 *
 * Records are never freed: one that a handle points at may be another handle's by now, and
 * says so. A thread keeps a record that it has ended for its next sample. Then neither of
 * them takes the lock, unless that record is being read.
 */

/* What thread names have, with the 0 behind it. */
#define BP_THREAD_NAME 16

/* One sample, as of the moment in which it was listed. */
typedef struct
{
  gpointer handle;
  /* NULL where it is not known. */
  const BpStack *stack;
  /* A reference; NULL without one. */
  GRefString *note;
  gsize n_bytes;
  gsize length;
  guint n_refs;
  guint n_pins;
  gboolean is_released;
  /* In microseconds. */
  gint64 age;
  gint thread_id;
  char thread_name[BP_THREAD_NAME];
} BpHolding;

/* Whether an acquire on the slow path is to be a sample: it counts. */
gboolean bp_holder_is_due (void) BP_COLD;
/* Of a buffer that has just been handed out. */
void bp_holder_note (BpPooled *pooled);
/* By whoever takes the buffer away, before he does. */
void bp_holder_forget (BpPooled *pooled);
/* What is known about it besides; FALSE if it is no sample. By the holder of a reference. */
gboolean bp_holder_set_note (BpPooled *pooled, const char *note);

/* An array of BpHolding: the samples of one core; with only_own without those that a child
 * has from its parent. */
GArray *bp_holder_list (BpCore *core, const BpItemConfig *config, gboolean only_own);

/* For fork(). */
void bp_holder_lock (void);
void bp_holder_unlock (gboolean is_child);

static inline gboolean
bp_holder_is_sample (BpPooled *pooled)
{
  return (bp_peek (pooled->word) & BP_WORD_SAMPLE) != 0;
}

/* For slow paths, where the buffer goes back. */
static inline void
bp_holder_end (BpPooled *pooled)
{
  if (G_UNLIKELY (bp_holder_is_sample (pooled)))
    bp_holder_forget (pooled);
}
