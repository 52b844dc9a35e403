/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-team.h"
#include "test-utils.h"
#include "test-waiter.h"

/* Threads that wait in a call and threads that wait in a main loop take turns, in one queue
 * for the permits of a pool, and in one for the bytes of a budget, whatever pools they come
 * from. The order is known, since each keeps what it has until all the others wait, and no
 * two have room at the same time. */

#define N_PLAYERS 6
#define N_TURNS 15000
#define MAX_BYTES 4096

typedef struct
{
  BpPool *pools[2];
  gsize n_elements[2];
  void (*await_waiters) (BpPool *pool,
                         guint   n_waiters);
  guint n_turns;
  /* Changed by the thread that has the buffer. */
  guint turn;
  guint players[N_PLAYERS];
} Game;

typedef struct
{
  Game *game;
  guint index;
  BpPool *pool;
  gsize n_elements;
  gboolean is_over;
} Player;

static void
play (Player   *player,
      BpPooled *pooled)
{
  Game *game = player->game;
  guint turn = game->turn++;

  player->is_over = turn >= game->n_turns;
  if (!player->is_over)
    game->await_waiters (player->pool, N_PLAYERS - 1);
  if (turn < N_PLAYERS)
    game->players[turn] = player->index;
  else
    g_assert_cmpuint (game->players[turn % N_PLAYERS], ==, player->index);
  bp_pooled_unref (pooled);
}

static void
on_turn (GObject      *source,
         GAsyncResult *result,
         gpointer      data)
{
  Player *player = data;
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = bp_pool_acquire_finish (BP_POOL (source), result, &error);

  g_assert_no_error (error);
  play (player, pooled);
  if (!player->is_over)
    bp_pool_acquire_async (player->pool, player->n_elements, NULL, on_turn, player);
}

static void
run_in_loop (Player *player)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  bp_pool_acquire_async (player->pool, player->n_elements, NULL, on_turn, player);
  while (!player->is_over)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
}

static void
run_player (guint    index,
            gpointer data)
{
  Game *game = data;
  Player player = {
    .game = game,
    .index = index,
    .pool = game->pools[index / 2 % 2],
    .n_elements = game->n_elements[index / 2 % 2],
  };

  if (index % 2 == 0)
    run_in_loop (&player);
  while (!player.is_over)
    {
      g_autoptr (GError) error = NULL;
      BpPooled *pooled = bp_pool_acquire_wait (player.pool, player.n_elements, -1, NULL, &error);

      g_assert_no_error (error);
      play (&player, pooled);
    }
}

static void
run_game (Game *game)
{
  game->n_turns = test_scale (N_TURNS);
  test_run_threads (N_PLAYERS, run_player, game);
  g_assert_cmpuint (game->turn, ==, game->n_turns + N_PLAYERS);
  assert_valid (game->pools[0]);
  assert_valid (game->pools[1]);
}

static void
test_permits (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  Game game = {
    .pools = { pool, pool },
    .n_elements = { 10, 1000 },
    .await_waiters = test_await_waiters,
  };

  bp_pool_set_max_outstanding (pool, 1);
  run_game (&game);
}

static void
check_bytes (gsize n_narrow,
             gsize n_wide)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) narrow = g_object_new (BP_TYPE_POOL, "budget", budget, NULL);
  g_autoptr (BpPool) wide = g_object_new (BP_TYPE_POOL, "budget", budget,
                                          "element-type", BP_ELEMENT_TYPE_F64, NULL);
  Game game = {
    .pools = { narrow, wide },
    .n_elements = { n_narrow, n_wide },
    .await_waiters = test_await_budget_waiters,
  };

  run_game (&game);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), <=, MAX_BYTES);
}

static void
test_bytes (void)
{
  check_bytes (MAX_BYTES, MAX_BYTES / 8);
}

/* A buffer of one pool is too large for the other's, or too small. */
static void
test_sizes (void)
{
  check_bytes (MAX_BYTES, MAX_BYTES / 2 / 8 + 1);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  g_test_add_func ("/threads/turns/permits", test_permits);
  g_test_add_func ("/threads/turns/bytes", test_bytes);
  g_test_add_func ("/threads/turns/sizes", test_sizes);

  return g_test_run ();
}
