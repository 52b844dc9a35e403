/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "ring.h"

void
ring_init (Ring  *self,
           guint  least_size)
{
  for (self->size = 1; self->size < least_size;)
    self->size *= 2;
  self->periods = g_new0 (Period, self->size);
  atomic_init (&self->n_pushed, 0);
  atomic_init (&self->n_popped, 0);
}

void
ring_clear (Ring *self)
{
  g_clear_pointer (&self->periods, g_free);
}

/**
 * ring_push:
 * @self: a ring
 * @period: what is put into it
 *
 * Returns: whether there was room
 */
gboolean
ring_push (Ring         *self,
           const Period *period)
{
  guint n_pushed = atomic_load_explicit (&self->n_pushed, memory_order_relaxed);
  guint n_popped = atomic_load_explicit (&self->n_popped, memory_order_acquire);

  if (n_pushed - n_popped == self->size)
    return FALSE;

  self->periods[n_pushed % self->size] = *period;
  atomic_store_explicit (&self->n_pushed, n_pushed + 1, memory_order_release);

  return TRUE;
}

/**
 * ring_pop:
 * @self: a ring
 * @period: (out): the oldest
 *
 * Returns: whether there was any
 */
gboolean
ring_pop (Ring   *self,
          Period *period)
{
  guint n_popped = atomic_load_explicit (&self->n_popped, memory_order_relaxed);
  guint n_pushed = atomic_load_explicit (&self->n_pushed, memory_order_acquire);

  if (n_pushed == n_popped)
    return FALSE;

  *period = self->periods[n_popped % self->size];
  atomic_store_explicit (&self->n_popped, n_popped + 1, memory_order_release);

  return TRUE;
}
