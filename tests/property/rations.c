/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "rations.h"

#define LOOK_COST 128
#define MOST_COST (16 * LOOK_COST)
#define ITEM_WORTH 8
#define PAGE_BYTES 4096
#define GLANCE_EVERY 8

/* Glances are not in the accounts: an acquire pays for one only where it has credit, a drop
 * for every eighth, which is up to half of what eight small buffers earn. */
static guint
get_ceiling (Ration *self,
             Want    want)
{
  guint cost = MAX (self->cost, LOOK_COST);

  return want == WANT_PLACES ? 2 * cost : cost + cost / 4;
}

void
ration_do_without (Ration *self,
                   Want    want,
                   guint   worth,
                   guint   n_vacant)
{
  g_assert_cmpuint (self->earned, <, get_ceiling (self, want));
  self->earned += worth;

  if (want == WANT_PLACES && worth * n_vacant >= LOOK_COST)
    self->n_obvious++;
  else
    self->n_obvious = 0;
  g_assert_cmpuint (self->n_obvious, <=, GLANCE_EVERY);
}

void
ration_forget (Ration *self)
{
  self->n_obvious = 0;
}

void
ration_lose_track (Ration *self)
{
  self->earned = 0;
  self->n_obvious = 0;
  self->cost = MOST_COST;
}

void
ration_find (Ration *self,
             guint   worth,
             guint   n_found)
{
  if (worth * n_found >= LOOK_COST)
    self->cost = LOOK_COST;
  else
    self->cost = MIN (2 * MAX (self->cost, LOOK_COST), MOST_COST);
  self->earned = 0;
  self->n_obvious = 0;
}

guint
ration_get_worth (gboolean of_items,
                  gsize    n_bytes)
{
  return of_items ? ITEM_WORTH : (guint) MIN (1 + n_bytes / PAGE_BYTES, LOOK_COST);
}
