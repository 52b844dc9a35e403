/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pool-operations.h"
#include "test-team.h"

/* Several threads take turns: the thread that has the turn does a few random
 * operations, on the pool and on buffers that any of them has acquired, and after each
 * of them everything is as the model says, to the last number. */

#define N_THREADS 4
#define MOST_HELD 40
#define MOST_STEPS 6
#define TURNS_PER_GAME 400
#define STEPS_BETWEEN_VALIDATIONS 32

typedef struct
{
  Model *model;
  TestRandom random;
  /* Of Buffer. */
  GPtrArray *buffers;
  TestWorker *workers[N_THREADS];
  guint n_steps;
} Game;

/* Of all games of a test. */
typedef struct
{
  guint64 n_games;
  guint64 n_steps;
  guint64 n_acquired;
  guint64 n_missed;
  guint64 n_needless;
  guint64 n_dropped;
  guint64 n_early;
  guint64 n_refused;
  guint64 n_reclaimed;
} Total;

static void
check (Game         *game,
       const Effect *effect)
{
  if (game->model->pool == NULL)
    {
      ledger_check_orphans (game->model);
      return;
    }

  model_check (game->model, effect);
  if (game->n_steps % STEPS_BETWEEN_VALIDATIONS == 0)
    assert_valid (game->model->pool);
}

static void
work_on_buffer (Game     *game,
                gboolean  at_end)
{
  guint index = test_random_below (&game->random, game->buffers->len);
  Buffer *buffer = g_ptr_array_index (game->buffers, index);
  Effect effect = { 0 };

  if (at_end)
    buffer_end (buffer, &game->random, &effect);
  else
    buffer_operate (buffer, &game->random, &effect);
  check (game, &effect);

  if (buffer_is_done (buffer))
    {
      g_ptr_array_remove_index_fast (game->buffers, index);
      buffer_free (buffer);
    }
}

static void
work_on_pool (Game  *game,
              guint  choice)
{
  Model *model = game->model;
  Effect effect = { 0 };

  if (choice < 4)
    pool_recycle (model, &game->random, &effect);
  else if (choice < 6)
    pool_prefill (model, &game->random, &effect);
  else if (choice < 7 && test_random_below (&game->random, 4) == 0)
    pool_grow_old (model, &effect);
  else if (choice < 7)
    pool_drop_idle (model, &game->random, &effect);
  else if (choice < 9)
    pool_set (model, &game->random, &effect);
  else
    pool_read_stats (model);
  check (game, &effect);
}

static void
work_on_limits (Game *game)
{
  Effect effect = { 0 };

  if (test_random_below (&game->random, 3) == 0)
    ledger_set (game->model, &game->random, &effect);
  else
    ledger_work_on_rival (game->model, &game->random, &effect);
  check (game, &effect);
}

static void
take (Game *game)
{
  Effect effect = { 0 };
  Buffer *buffer = pool_take (game->model, &game->random, &effect);

  if (buffer != NULL)
    g_ptr_array_add (game->buffers, buffer);
  check (game, &effect);
}

static void
do_step (Game *game)
{
  guint choice = test_random_below (&game->random, 100);

  game->n_steps++;
  if (game->model->ledger.has_limits && test_random_below (&game->random, 8) == 0)
    work_on_limits (game);
  else if (choice < 10)
    work_on_pool (game, choice);
  else if (game->buffers->len == 0 || (choice < 40 && game->buffers->len < MOST_HELD))
    take (game);
  else
    work_on_buffer (game, choice > 90 || game->buffers->len >= MOST_HELD);
}

static void
do_turn (gpointer data)
{
  Game *game = data;
  guint n_steps = 1 + test_random_below (&game->random, MOST_STEPS);

  for (guint i = 0; i < n_steps; i++)
    do_step (game);
}

static void
do_turn_at_end (gpointer data)
{
  Game *game = data;

  game->n_steps++;
  if (game->buffers->len > 0)
    work_on_buffer (game, TRUE);
}

static void
do_dispose (gpointer data)
{
  Game *game = data;
  Effect effect = { 0 };

  pool_dispose (game->model, &effect);
  check (game, &effect);
}

/* The turn goes to a thread, which may be a new one. */
static void
give_turn (Game  *game,
           void (*turn) (gpointer data))
{
  TestWorker **worker = &game->workers[test_random_below (&game->random, N_THREADS)];

  if (test_random_below (&game->random, 30) == 0)
    {
      test_worker_free (*worker);
      *worker = test_worker_new ();
    }
  test_worker_call (*worker, turn, game);
}

static void
play (const TestKind *kind,
      guint64         seed,
      Total          *total)
{
  Game game = { 0 };

  test_random_init (&game.random, seed);
  game.model = model_new (kind, &game.random);
  if (g_test_verbose ())
    g_test_message ("%u shards, max-buffers %u, trim-capacity %" G_GSIZE_FORMAT ", thread-cache %d",
                    bp_pool_get_shards (game.model->pool), game.model->max_buffers,
                    game.model->trim_capacity, game.model->thread_cache);
  game.buffers = g_ptr_array_new ();
  for (guint i = 0; i < N_THREADS; i++)
    game.workers[i] = test_worker_new ();

  for (guint i = 0; i < TURNS_PER_GAME; i++)
    give_turn (&game, do_turn);

  /* One in two goes on with a pool that is disposed already. */
  if (test_random_below (&game.random, 2) == 0)
    {
      give_turn (&game, do_dispose);
      for (guint i = 0; i < TURNS_PER_GAME / 4; i++)
        give_turn (&game, do_turn);
    }

  /* Some buffers outlive the pool. */
  for (guint n_left = test_random_below (&game.random, MOST_HELD); game.buffers->len > 0;)
    {
      if (game.buffers->len <= n_left)
        g_clear_object (&game.model->pool);
      give_turn (&game, do_turn_at_end);
    }

  total->n_games++;
  total->n_steps += game.n_steps;
  total->n_acquired += game.model->expected.acquired;
  total->n_missed += game.model->expected.misses;
  total->n_needless += game.model->n_needless_misses;
  total->n_dropped += game.model->expected.dropped;
  total->n_early += game.model->n_early_drops;
  total->n_refused += game.model->ledger.n_refused;
  total->n_reclaimed += game.model->ledger.n_reclaimed;

  for (guint i = 0; i < N_THREADS; i++)
    test_worker_free (game.workers[i]);
  g_ptr_array_unref (game.buffers);
  model_free (game.model);
}

static void
test_turns (gconstpointer data)
{
  TestEffort effort;
  TestRandom random;
  Total total = { 0 };

  test_random_init (&random, test_get_seed ());
  test_effort_init (&effort, 40, TEST_N_KINDS);
  while (test_effort_goes_on (&effort))
    play (data, test_random_next (&random), &total);

  g_test_message ("%" G_GUINT64_FORMAT " games of %" G_GUINT64_FORMAT " steps: %"
                  G_GUINT64_FORMAT " acquired, %" G_GUINT64_FORMAT " of them new and %"
                  G_GUINT64_FORMAT " needlessly so; %" G_GUINT64_FORMAT " dropped, %"
                  G_GUINT64_FORMAT " of them early; %" G_GUINT64_FORMAT " refused by limits, and %"
                  G_GUINT64_FORMAT " given up for a budget", total.n_games, total.n_steps,
                  total.n_acquired, total.n_missed, total.n_needless, total.n_dropped,
                  total.n_early, total.n_refused, total.n_reclaimed);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/property/turns/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_turns);
    }

  return g_test_run ();
}
