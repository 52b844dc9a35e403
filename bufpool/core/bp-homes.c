/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-homes-private.h"

#include <stdlib.h>

/* Stands in the place of the list when the homes are closed. */
static BpPooled closed_mark;

BpHomes *
bp_homes_new (guint n_homes)
{
  gsize size = sizeof (BpHomes) + n_homes * sizeof (BpHome);
  BpHomes *self;

  size = (size + BP_CACHE_PAIR - 1) & ~(gsize) (BP_CACHE_PAIR - 1);
  self = aligned_alloc (BP_CACHE_PAIR, size);
  if (self == NULL)
    return NULL;

  memset (self, 0, size);
  self->n_homes = n_homes;
  self->cells = bp_cells_new (n_homes);
  if (self->cells == NULL)
    g_clear_pointer (&self, bp_homes_free);

  return self;
}

void
bp_homes_free (BpHomes *self)
{
  bp_cells_free (self->cells);
  free (self);
}

/* Values that are there already are not written again: other threads can then read them
 * from their own processor's cache. */
gboolean
bp_homes_put (BpHomes *self, BpPooled *pooled)
{
  gsize cell = pooled->home - 1;
  BpHome *home;

  if (G_UNLIKELY (pooled->home == 0))
    return FALSE;

  home = &self->homes[cell];
  if (G_UNLIKELY (bp_peek (home->pooled) != pooled))
    bp_poke (home->pooled, pooled);
  if (G_UNLIKELY (bp_peek (home->bytes) != pooled->bytes))
    bp_poke (home->bytes, pooled->bytes);

  return bp_cells_put (self->cells, (guint) cell);
}

BpPooled *
bp_homes_take (BpHomes *self)
{
  guint cell = bp_cells_take (self->cells);

  return G_LIKELY (cell != BP_NO_CELL) ? bp_peek (self->homes[cell].pooled) : NULL;
}

gboolean
bp_homes_drop (BpHomes *self, BpPooled *pooled)
{
  BpPooled *first = bp_peek (self->dropped);

  bp_homes_forget (self, pooled);
  do
    {
      if (first == &closed_mark)
        return FALSE;
      pooled->next = first;
    }
  while (!atomic_compare_exchange_weak_explicit (&self->dropped, &first, pooled,
                                                 memory_order_release, memory_order_relaxed));

  return TRUE;
}

BpPooled *
bp_homes_take_dropped (BpHomes *self, gboolean closes)
{
  if (bp_peek (self->dropped) == &closed_mark)
    return NULL;

  return atomic_exchange (&self->dropped, closes ? &closed_mark : NULL);
}

void
bp_homes_close (BpHomes *self)
{
  bp_cells_close (self->cells);
}

gboolean
bp_homes_reserve (BpHomes *self, guint n_wanted, guint *n_vacant)
{
  guint n_taken = bp_peek (self->n_taken);

  do
    {
      *n_vacant = self->n_homes - n_taken;
      if (n_wanted > *n_vacant)
        return FALSE;
    }
  while (!atomic_compare_exchange_weak (&self->n_taken, &n_taken, n_taken + n_wanted));

  return TRUE;
}

void
bp_homes_unreserve (BpHomes *self, guint n_reserved)
{
  atomic_fetch_sub (&self->n_taken, n_reserved);
}

/* The search ends: vacant homes can only become more meanwhile, so there is one for
 * each reserved. */
void
bp_homes_give (BpHomes *self, BpPooled *pooled)
{
  guint i = self->next;

  while (atomic_load_explicit (&self->homes[i].pooled, memory_order_acquire) != NULL)
    i = i + 1 < self->n_homes ? i + 1 : 0;

  bp_poke (self->homes[i].pooled, pooled);
  pooled->home = i + 1;
  self->next = i;
}

void
bp_homes_forget (BpHomes *self, BpPooled *pooled)
{
  if (pooled->home == 0)
    return;

  atomic_store_explicit (&self->homes[pooled->home - 1].pooled, NULL, memory_order_release);
  pooled->home = 0;
  bp_homes_unreserve (self, 1);
}

void
bp_homes_count (BpHomes *self, BpCellCounts *counts, guint64 *n_bytes)
{
  bp_cells_count (self->cells, counts);
  for (guint i = 0; i < self->n_homes; i++)
    {
      if (bp_cells_is_full (self->cells, i))
        *n_bytes += bp_peek (self->homes[i].bytes);
    }
}

void
bp_homes_recount (BpHomes *self)
{
  guint n_taken = 0;

  for (guint i = 0; i < self->n_homes; i++)
    n_taken += bp_peek (self->homes[i].pooled) != NULL;
  bp_poke (self->n_taken, n_taken);
}
