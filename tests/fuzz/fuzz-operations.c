/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fuzz.h"
#include "game.h"

/* The input is a program for pools, see game.h. */

int
LLVMFuzzerInitialize (int    *argc,
                      char ***argv)
{
  game_set_up ();

  return 0;
}

/* Until the turn goes to another thread, or the input ends. */
static void
take_turn (gpointer data)
{
  Game *game = data;
  guint thread = game->thread;
  Step step;

  while (game->thread == thread && game_read_step (game, &step))
    game_do_step (game, &step);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  Game game;

  game_begin (&game, data, size);
  while (game.n_left >= sizeof (Step))
    game_run_in (game.thread, take_turn, &game);
  game_end (&game);

  return 0;
}
