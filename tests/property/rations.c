/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "rations.h"

#define LOOK_COST 128
#define MOST_COST (16 * LOOK_COST)
#define ITEM_WORTH 8
#define GLANCE_EVERY 8

/* Glances cost what is not counted here, and drops have one in eight. */
#define SLACK 8

static guint
get_worth (gboolean of_items,
           guint    n)
{
  return of_items ? n * ITEM_WORTH : n;
}

static guint
get_cost (Ration *self)
{
  return MAX (self->cost, LOOK_COST);
}

void
ration_do_without (Ration   *self,
                   Want      want,
                   gboolean  of_items,
                   guint     n_vacant)
{
  guint most = get_cost (self) / get_worth (of_items, 1);

  self->n_without++;
  g_assert_cmpuint (self->n_without, <=, (want == WANT_PLACES ? 2 * most : most) + SLACK);

  if (want == WANT_PLACES && get_worth (of_items, n_vacant) >= LOOK_COST)
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
ration_find (Ration   *self,
             gboolean  of_items,
             guint     n_found)
{
  if (get_worth (of_items, n_found) >= LOOK_COST)
    self->cost = LOOK_COST;
  else
    self->cost = MIN (2 * get_cost (self), MOST_COST);
  self->n_without = 0;
  self->n_obvious = 0;
}
