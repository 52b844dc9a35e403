/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pool-operations.h"
#include "test-team.h"

/* Several threads take turns in what is hardest for caches: some fill theirs and sleep, one
 * needs as many as the pool keeps, or more, and gives them back. So there are needless
 * misses and early drops by the hundreds, and the model has something to count. A pool that
 * never looks into other caches, for buffers or for places, fails here. */

#define N_THREADS 6
#define MOST_IN_CACHE 24
#define N_ROUNDS 15

typedef struct
{
  Model *model;
  TestRandom random;
  TestWorker *workers[N_THREADS];
  /* Of Buffer. */
  GPtrArray *buffers;
  /* What the thread is to do. */
  guint n_taken;
  guint n_repeats;
} Game;

typedef struct
{
  guint64 n_games;
  guint64 n_acquired;
  guint64 n_missed;
  guint64 n_needless;
  guint64 n_dropped;
  guint64 n_early;
} Total;

static void
take (gpointer data)
{
  Game *game = data;

  for (guint i = 0; i < game->n_taken; i++)
    {
      Effect effect = { 0 };

      g_ptr_array_add (game->buffers, pool_acquire (game->model, &game->random, &effect));
      model_check (game->model, &effect);
    }
}

static void
give_back (gpointer data)
{
  Game *game = data;

  while (game->buffers->len > 0)
    {
      guint index = test_random_below (&game->random, game->buffers->len);
      Buffer *buffer = g_ptr_array_index (game->buffers, index);
      Effect effect = { 0 };

      buffer_end (buffer, &game->random, &effect);
      model_check (game->model, &effect);
      if (buffer_is_done (buffer))
        {
          g_ptr_array_remove_index_fast (game->buffers, index);
          buffer_free (buffer);
        }
    }
  assert_valid (game->model->pool);
}

static void
take_and_give_back (gpointer data)
{
  Game *game = data;

  for (guint i = 0; i < game->n_repeats; i++)
    {
      take (game);
      give_back (game);
    }
}

/* It has some of its own at hand, and sleeps. */
static void
settle (Game  *game,
        guint  index)
{
  game->n_taken = 1 + test_random_below (&game->random, MOST_IN_CACHE);
  game->n_repeats = 3;
  test_worker_call (game->workers[index], take_and_give_back, game);
}

/* It needs many; what it gives back itself, or another does. */
static void
burst (Game  *game,
       guint  index)
{
  guint max_buffers = game->model->max_buffers;
  gboolean by_another = test_random_below (&game->random, 4) == 0;

  game->n_taken = max_buffers / 2 + test_random_below (&game->random, max_buffers);
  test_worker_call (game->workers[index], take, game);
  test_worker_call (game->workers[(index + by_another) % N_THREADS], give_back, game);
}

static void
replace (Game  *game,
         guint  index)
{
  test_worker_free (game->workers[index]);
  game->workers[index] = test_worker_new ();
}

static void
play (const TestKind *kind,
      guint64         seed,
      Total          *total)
{
  static const guint sizes[] = { 16, 32, 64, 64, 128, 200 };
  Game game = { 0 };
  guint busy = 0;

  test_random_init (&game.random, seed);
  game.model = model_new_default (kind, &game.random,
                                  sizes[test_random_below (&game.random, G_N_ELEMENTS (sizes))]);
  game.buffers = g_ptr_array_new ();
  for (guint i = 0; i < N_THREADS; i++)
    game.workers[i] = test_worker_new ();

  for (guint round = 0; round < N_ROUNDS; round++)
    {
      if (test_random_below (&game.random, 6) == 0)
        busy = test_random_below (&game.random, N_THREADS);
      for (guint i = 0; i < N_THREADS; i++)
        {
          if (i != busy && test_random_below (&game.random, 3) == 0)
            settle (&game, i);
        }
      burst (&game, busy);
      if (test_random_below (&game.random, 15) == 0)
        replace (&game, test_random_below (&game.random, N_THREADS));
    }

  total->n_games++;
  total->n_acquired += game.model->expected.acquired;
  total->n_missed += game.model->expected.misses;
  total->n_needless += game.model->n_needless_misses;
  total->n_dropped += game.model->expected.dropped;
  total->n_early += game.model->n_early_drops;

  for (guint i = 0; i < N_THREADS; i++)
    test_worker_free (game.workers[i]);
  g_ptr_array_unref (game.buffers);
  model_free (game.model);
}

static void
test_bursts (gconstpointer data)
{
  TestEffort effort;
  TestRandom random;
  Total total = { 0 };

  test_random_init (&random, test_get_seed ());
  test_effort_init (&effort, 10, TEST_N_KINDS);
  while (test_effort_goes_on (&effort))
    play (data, test_random_next (&random), &total);

  g_test_message ("%" G_GUINT64_FORMAT " games: %" G_GUINT64_FORMAT " acquired, %"
                  G_GUINT64_FORMAT " of them new and %" G_GUINT64_FORMAT " needlessly so; %"
                  G_GUINT64_FORMAT " dropped, %" G_GUINT64_FORMAT " of them early",
                  total.n_games, total.n_acquired, total.n_missed, total.n_needless,
                  total.n_dropped, total.n_early);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/property/bursts/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_bursts);
    }

  return g_test_run ();
}
