/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-item-private.h"
#include "bp-stack-private.h"

/*
 * A holder: the record of an acquire, which tells where the buffer was acquired, when, and
 * by which thread. Records are made if BUFPOOL_DEBUG has backtrace, for every acquire or for
 * one of so many. An acquire that is recorded is a SAMPLE.
 *
 * WHICH. The fast path counts nothing for it. A cache counts what comes back to it anyway.
 * That counter begins below 0, by the number of acquires between samples. When it comes to
 * 0, the buffer that has just come back is marked, by a flag in its word. The acquire that
 * takes a marked buffer leaves the fast path, since the word is not 0. Acquires that take
 * the slow path anyway are counted there. Where every acquire is a sample the caches are
 * off.
 *
 * HOW IT ENDS. The same flag is set while the buffer is out. So the call that gives it back
 * leaves the fast path as well, and forgets the record before another thread can have the
 * buffer. A record says that it is being read, and its end waits for that. So a handle that
 * is listed is alive.
 *
 * Records are never freed. The record that a handle points at may belong to another handle by
 * now; the record says so. A thread keeps a record that it has ended for its next sample.
 * Neither of the two takes the lock then, unless that record is being read.
 */

/* The size of a thread's name, with the 0 behind it. */
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

/* Counts an acquire on the slow path. Whether it is to be a sample. */
gboolean bp_holder_is_due (void) BP_COLD;
/* Makes a record for a buffer that has just been handed out. */
void bp_holder_note (BpPooled *pooled);
/* Called before the buffer is taken away, by the thread that takes it. */
void bp_holder_forget (BpPooled *pooled);
/* Adds a note to the record; FALSE if the buffer is no sample. The caller has a
 * reference. */
gboolean bp_holder_set_note (BpPooled *pooled, const char *note);

/* An array of BpHolding: the samples of one core. With only_own, without those that a child
 * of fork() has from its parent. */
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
