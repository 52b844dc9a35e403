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
 * idle. So a buffer that comes back always finds its place, and there are never more idle
 * buffers than homes.
 *
 * DROPPED. A thread that must not wait may not free a buffer that must not be kept. It pushes
 * the buffer to a list. Threads that may wait empty that list, always the whole of it. So no
 * thread can mistake one buffer for another that was in the list before.
 *
 * CLOSED. Then no buffer gets into a cell or into the list any more. A thread that tries to
 * put one there must free it itself.
 */

typedef struct
{
  /* NULL if no buffer has this home. */
  _Atomic (BpPooled *) pooled;
  /* What the buffer counts for while it is idle. */
  _Atomic gsize bytes;
} BpHome;

typedef struct
{
  BpCells *cells;
  /* The list, or a mark that the homes are closed. */
  _Alignas (BP_CACHE_PAIR) _Atomic (BpPooled *) dropped;
  /* Homes that have a buffer, or are reserved for one. */
  _Alignas (BP_CACHE_PAIR) atomic_uint n_taken;
  /* Where the next search for a vacant home begins. */
  guint next;
  guint n_homes;
  BpHome homes[];
} BpHomes;

/* NULL without memory. */
BpHomes *bp_homes_new (guint n_homes);
void bp_homes_free (BpHomes *self);

/* Makes the buffer idle; its word must be that of an idle buffer. Other threads may take it
 * at once. FALSE if it has no home, or if the homes are closed. */
gboolean bp_homes_put (BpHomes *self, BpPooled *pooled);
/* Takes an idle buffer; NULL if there is none. */
BpPooled *bp_homes_take (BpHomes *self);
/* Pushes the buffer to the list of dropped ones; FALSE if the homes are closed. */
gboolean bp_homes_drop (BpHomes *self, BpPooled *pooled);
/* Takes that list, all of it. By one thread at a time. */
BpPooled *bp_homes_take_dropped (BpHomes *self, gboolean closes);
void bp_homes_close (BpHomes *self);

/* Reserves homes for buffers that are to come. FALSE if there are not enough; n_vacant is how
 * many there are. */
gboolean bp_homes_reserve (BpHomes *self, guint n_wanted, guint *n_vacant);
void bp_homes_unreserve (BpHomes *self, guint n_reserved);
/* Gives the buffer a home that was reserved. By one thread at a time. */
void bp_homes_give (BpHomes *self, BpPooled *pooled);
/* Takes its home from a buffer that leaves the pool, or is dropped. */
void bp_homes_forget (BpHomes *self, BpPooled *pooled);

/* Counts idle buffers, puts, and the bytes of idle buffers. */
void bp_homes_count (BpHomes *self, BpCellCounts *counts, guint64 *n_bytes);
/* In a child of fork(): homes that other threads had reserved are vacant again. */
void bp_homes_recount (BpHomes *self);
