/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

/* What the library calls, and what that calls in turn: any step, if one is armed. */

void
game_call_back (Game *self)
{
  Step step;

  self->n_callbacks++;
  if (self->n_armed == 0 || self->depth == GAME_MOST_DEPTH)
    return;

  step = self->armed[--self->n_armed];
  self->depth++;
  game_do_step (self, &step);
  self->depth--;
}

static gpointer
item_create (gpointer   acquire_data,
             gpointer   user_data,
             GError   **error)
{
  Member *member = user_data;

  game_call_back (member->game);

  return test_item_funcs.create (acquire_data, &member->model.counters, error);
}

static gboolean
item_reuse (gpointer item,
            gsize    trim,
            gpointer user_data)
{
  Member *member = user_data;

  game_call_back (member->game);

  return test_item_funcs.reuse (item, trim, &member->model.counters);
}

static void
item_free (gpointer item,
           gpointer user_data)
{
  Member *member = user_data;

  game_call_back (member->game);
  test_item_funcs.free (item, &member->model.counters);
}

static gsize
item_get_byte_size (gpointer item,
                    gpointer user_data)
{
  Member *member = user_data;

  return test_item_funcs.get_byte_size (item, &member->model.counters);
}

const BpItemFuncs game_item_funcs = {
  .create = item_create,
  .reuse = item_reuse,
  .free = item_free,
  .get_byte_size = item_get_byte_size,
};

void
game_item_destroy (gpointer data)
{
  Member *member = data;

  g_assert_false (member->is_destroyed);
  member->is_destroyed = TRUE;
}

static void
on_object (TestObject *object,
           gpointer    user_data)
{
  game_call_back (user_data);
}

void
game_watch_object (Member   *member,
                   gpointer  object)
{
  TestObject *self = object;

  self->on_reuse = on_object;
  self->on_finalize = on_object;
  self->user_data = member->game;
}

void
game_on_notify (GObject    *object,
                GParamSpec *pspec,
                gpointer    data)
{
  Member *member = data;

  member->n_notified++;
  game_call_back (member->game);
}

/* What comes next in the input is what the next callback does. */
void
do_arm (Game       *game,
        const Step *step)
{
  if (game->depth > 0 || game->n_waiters > 0 || game->n_armed == GAME_MOST_DEPTH)
    return;
  if (game_read_step (game, &game->armed[game->n_armed]))
    game->n_armed++;
}
