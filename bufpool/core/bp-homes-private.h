/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-cells-private.h"
#include "bp-item-private.h"

/*
 * Homes: where the buffers of a realtime pool lie idle, instead of caches and rings.
 *
 * Each buffer has a home of its own for life, with a cell that is full while the buffer is
 * idle. So there is always a place for what comes back, and there are never more idle
 * buffers than homes.
 *
 * DROPPED. What must not be kept may not be freed by a thread that must not wait. It goes to
 * a list that is only pushed to, and emptied whole, by threads that may wait: so nobody can
 * mistake one buffer for another that was there before.
 *
 * CLOSED. Then nothing gets into a cell or into the list any more, and who tries to must free
 * it himself.
 */

typedef struct
{
  /* NULL if no buffer has it. */
  _Atomic (BpPooled *) pooled;
  /* What that counts for while it is idle. */
  _Atomic gsize bytes;
} BpHome;

typedef struct
{
  BpCells *cells;
  /* The list, or the mark of those that are closed. */
  _Alignas (BP_CACHE_PAIR) _Atomic (BpPooled *) dropped;
  /* Homes that a buffer has, or will have. */
  _Alignas (BP_CACHE_PAIR) atomic_uint n_taken;
  /* Where a vacant one is looked for next. */
  guint next;
  guint n_homes;
  BpHome homes[];
} BpHomes;

/* NULL without memory. */
BpHomes *bp_homes_new (guint n_homes);
void bp_homes_free (BpHomes *self);

/* Idle from then on, if its word is that of an idle one; then others may take it at once.
 * FALSE if it has no home, or these are closed. */
gboolean bp_homes_put (BpHomes *self, BpPooled *pooled);
/* One that is idle, or NULL. */
BpPooled *bp_homes_take (BpHomes *self);
/* Onto the list of those that are dropped; FALSE if these are closed. */
gboolean bp_homes_drop (BpHomes *self, BpPooled *pooled);
/* That list, by one thread at a time. */
BpPooled *bp_homes_take_dropped (BpHomes *self, gboolean closes);
void bp_homes_close (BpHomes *self);

/* Homes for buffers that are to come. FALSE if there are not so many; how many there are. */
gboolean bp_homes_reserve (BpHomes *self, guint n_wanted, guint *n_vacant);
void bp_homes_unreserve (BpHomes *self, guint n_reserved);
/* One that was reserved, by one thread at a time. */
void bp_homes_give (BpHomes *self, BpPooled *pooled);
/* The buffer leaves the pool, or is dropped. */
void bp_homes_forget (BpHomes *self, BpPooled *pooled);

/* How many are idle, how many ever were, and what they count for. */
void bp_homes_count (BpHomes *self, BpCellCounts *counts, guint64 *n_bytes);
/* In a child of fork(): what other threads had reserved is not lost. */
void bp_homes_recount (BpHomes *self);
