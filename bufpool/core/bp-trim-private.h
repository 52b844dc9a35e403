/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * What changes the bound, what empties the pool, and what counts.
 *
 * Each revokes all caches with one barrier. An owner that is preempted in the middle of a
 * fast operation is waited for asleep, with nothing locked. Where there is no barrier any
 * more, the caches of living threads stay revoked until their owners' next calls settle
 * what is due.
 */

#define BP_ANY_NUMBER G_MAXUINT64

typedef enum
{
  BP_TRIM_DEFAULT,
  /* All vacant places go to the pool's number. */
  BP_TRIM_FREES_PLACES,
  /* All buffers in caches go to rings, too. */
  BP_TRIM_EMPTIES_CACHES,
  /* Those in rings, too: all pass through this thread's hands. */
  BP_TRIM_EMPTIES_ALL
} BpTrimExtent;

/* Pays what is owed, and drops idle buffers until there are no more than so many. */
void bp_trim_run (BpCore *core, BpTrimExtent extent, guint64 max_idle);
/* The same as far as it goes without a barrier: in the own cache and in rings. An owner
 * comes here that finds its cache revoked by a barrier that failed. */
void bp_trim_settle (BpCore *core, gboolean may_wait);
/* What a closed pool, or a look for what is old, had to leave in the caches of a thread
 * that has ended. */
void bp_trim_thread_ended (void);

/* The setters return when what they ask for holds. Whether it was a change. */
gboolean bp_trim_set_max_buffers (BpCore *core, guint max_buffers);
gboolean bp_trim_set_thread_cache (BpCore *core, gint thread_cache);
gboolean bp_trim_set_trim_capacity (BpCore *core, gsize trim_capacity);
/* Wipes every idle buffer. Until it is unset, no idle buffer has contents. */
gboolean bp_trim_set_clear_on_release (BpCore *core, gboolean clears);
/* For good: afterwards nothing is kept. */
void bp_trim_close (BpCore *core);

/* Idle buffers with places in hand go to rings, a batch to each shard in turn. They are
 * wiped where contents are. What is owed by then is paid with the last of them, which are
 * destroyed. */
void bp_trim_publish (BpCore *core, guint own_shard, BpPooled *list);

typedef struct
{
  guint64 n_hits;
  guint64 n_idle;
  guint64 n_idle_bytes;
} BpCounts;

/* What lies in caches and rings. A cache whose owner is in it for too long is estimated. */
void bp_trim_count (BpCore *core, BpCounts *counts);
