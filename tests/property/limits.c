/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* Three pools share a budget and have limits that change. Threads take turns, and after
 * each operation the bytes in use are the sum of all capacities, out and idle; what failed
 * had to fail, and changed nothing. */

#define N_POOLS 3
#define N_THREADS 3
#define N_TURNS 600
#define MOST_STEPS 5
#define MOST_HELD 24
#define MOST_BYTES 3000
#define ITEMS 2

typedef struct
{
  BpPool *pool;
  BpPooled *pooled;
  gsize bytes;
  gsize length;
  guint8 stamp;
} Held;

typedef struct
{
  BpBudget *budget;
  BpPool *pools[N_POOLS];
  guint64 max_bytes;
  guint64 peak;
  TestCounters counters;
  TestRandom random;
  GArray *held;
  TestWorker *workers[N_THREADS];
  guint n_refused;
  guint n_steps;
} Game;

static guint64
sum_out (Game *game)
{
  guint64 sum = 0;

  for (guint i = 0; i < game->held->len; i++)
    sum += g_array_index (game->held, Held, i).bytes;

  return sum;
}

static guint
count_out (Game   *game,
           BpPool *pool)
{
  guint n = 0;

  for (guint i = 0; i < game->held->len; i++)
    n += g_array_index (game->held, Held, i).pool == pool;

  return n;
}

static void
check (Game *game)
{
  guint64 used = bp_budget_get_used_bytes (game->budget);
  guint64 n_idle = 0;

  for (guint i = 0; i < N_POOLS; i++)
    {
      BpPool *pool = game->pools[i];
      guint64 max_idle = bp_pool_get_max_idle_bytes (pool), idle = get_stat (pool, idle_bytes);

      n_idle += idle;
      g_assert_cmpuint (idle, <=, max_idle > 0 ? max_idle : G_MAXUINT64);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, count_out (game, pool));
    }
  g_assert_cmpuint (used, ==, sum_out (game) + n_idle);
  /* What is too much since the limit was lowered is all out. */
  g_assert_true (used <= game->max_bytes || n_idle == 0);
  g_assert_cmpuint (bp_budget_get_peak_bytes (game->budget), >=, game->peak);
  game->peak = bp_budget_get_peak_bytes (game->budget);
  g_assert_cmpuint (game->peak, >=, used);

  if (game->n_steps++ % 16 == 0)
    assert_valid (game->pools[game->n_steps / 16 % N_POOLS]);
}

/* All that lies idle goes first, so these bytes are to be had unless what is out is in the
 * way. */
static gboolean
fits (Game    *game,
      guint64  bytes)
{
  return bytes <= game->max_bytes && sum_out (game) <= game->max_bytes - bytes;
}

/* Nothing but the limits can be the reason. */
static void
check_refused (Game    *game,
               BpPool  *pool,
               guint64  bytes,
               GError  *error)
{
  guint limit = bp_pool_get_max_outstanding (pool);

  game->n_refused++;
  if (bp_pool_get_flushing (pool))
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  else if (limit > 0 && count_out (game, pool) >= limit)
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  else
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      g_assert_false (fits (game, bytes));
    }
}

static void
check_allowed (Game   *game,
               BpPool *pool)
{
  guint limit = bp_pool_get_max_outstanding (pool);

  g_assert_false (bp_pool_get_flushing (pool));
  g_assert_true (limit == 0 || count_out (game, pool) < limit);
}

static void
write_stamp (Game *game,
             Held *held)
{
  held->stamp = (guint8) test_random_next (&game->random);
  if (held->pool != game->pools[ITEMS])
    memset (bp_pooled_get_data (held->pooled, NULL), held->stamp,
            held->length * bp_pool_get_element_size (held->pool));
}

static void
hold (Game     *game,
      BpPool   *pool,
      BpPooled *pooled)
{
  Held held = { .pool = pool, .pooled = pooled };

  held.length = bp_pooled_get_length (pooled);
  if (pool == game->pools[ITEMS])
    held.bytes = ((TestItem *) bp_pooled_get_item (pooled))->byte_size;
  else
    held.bytes = bp_pooled_get_capacity (pooled) * bp_pool_get_element_size (pool);
  write_stamp (game, &held);
  g_array_append_val (game->held, held);
}

static gsize
choose_length (Game   *game,
               BpPool *pool)
{
  gsize element_size = bp_pool_get_element_size (pool);

  return element_size > 0 ? test_random_below (&game->random, MOST_BYTES) / element_size : 0;
}

static void
acquire (Game   *game,
         BpPool *pool)
{
  gsize n = choose_length (game, pool);
  guint64 bytes = pool == game->pools[ITEMS] ? TEST_ITEM_BYTES : n * bp_pool_get_element_size (pool);
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = NULL;

  switch (test_random_below (&game->random, 4))
    {
    case 0:
      pooled = bp_pool_acquire_full (pool, n, BP_ACQUIRE_NONE, NULL, 0, NULL, &error);
      break;

    case 1:
      if (!bp_pool_acquire_many (pool, n, &pooled, 1, &error))
        g_assert_null (pooled);
      break;

    case 2:
      pooled = bp_pool_acquire_wait (pool, n, 0, NULL, &error);
      break;

    default:
      pooled = n > 0 ? bp_pool_acquire_uninit (pool, n, &error) : bp_pool_try_acquire (pool, &error);
      break;
    }

  if (pooled == NULL)
    {
      check_refused (game, pool, bytes, error);
      return;
    }
  check_allowed (game, pool);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, n);
  hold (game, pool, pooled);
}

static void
attach (Game   *game,
        BpPool *pool)
{
  gsize n = choose_length (game, pool), bytes = n * bp_pool_get_element_size (pool);
  g_autoptr (GError) error = NULL;
  gpointer data = g_malloc (bytes + 1);
  BpPooled *pooled = bp_pool_attach_data (pool, data, n, n, &error);

  if (pooled != NULL)
    {
      check_allowed (game, pool);
      hold (game, pool, pooled);
      return;
    }
  g_free (data);
  check_refused (game, pool, bytes, error);
}

/* What fails leaves contents, length and capacity. */
static void
resize (Game *game,
        Held *held)
{
  gsize element_size = bp_pool_get_element_size (held->pool), n = choose_length (game, held->pool);
  gsize n_kept = MIN (n, held->length) * element_size;
  g_autoptr (GError) error = NULL;
  guint8 *data;

  if (held->pool == game->pools[ITEMS])
    return;
  if (!bp_pooled_try_resize (held->pooled, n, &error))
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      g_assert_false (fits (game, n * element_size));
      g_assert_cmpuint (bp_pooled_get_length (held->pooled), ==, held->length);
      g_assert_cmpuint (bp_pooled_get_capacity (held->pooled) * element_size, ==, held->bytes);
      n_kept = held->length * element_size;
      game->n_refused++;
    }
  data = bp_pooled_get_data (held->pooled, NULL);
  for (gsize i = 0; i < n_kept; i++)
    g_assert_cmpuint (data[i], ==, held->stamp);

  held->length = bp_pooled_get_length (held->pooled);
  held->bytes = bp_pooled_get_capacity (held->pooled) * element_size;
  write_stamp (game, held);
}

/* An item that has grown is kept only if the budget has room for that. */
static void
end (Game  *game,
     guint  index)
{
  Held held = g_array_index (game->held, Held, index);

  g_array_remove_index_fast (game->held, index);
  if (held.pool == game->pools[ITEMS])
    ((TestItem *) bp_pooled_get_item (held.pooled))->byte_size =
      test_random_below (&game->random, MOST_BYTES / 4);
  switch (test_random_below (&game->random, 4))
    {
    case 0:
      bp_pooled_release (held.pooled);
      bp_pooled_unref (held.pooled);
      break;

    case 1:
      if (held.pool != game->pools[ITEMS])
        g_free (bp_pooled_steal_data (held.pooled, NULL, NULL, NULL));
      bp_pooled_unref (held.pooled);
      break;

    default:
      bp_pooled_unref_many (&held.pooled, 1);
      break;
    }
}

static void
prefill (Game   *game,
         BpPool *pool)
{
  guint n_buffers = 1 + test_random_below (&game->random, 4);
  gsize n = choose_length (game, pool) / 4 + 1;
  guint64 bytes = n_buffers * (pool == game->pools[ITEMS] ? TEST_ITEM_BYTES
                                                          : n * bp_pool_get_element_size (pool));
  g_autoptr (GError) error = NULL;

  if (bp_pool_prefill (pool, n_buffers, n, &error) ||
      g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE))
    return;
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_assert_false (fits (game, bytes));
  game->n_refused++;
}

static void
set (Game   *game,
     BpPool *pool)
{
  static const int caches[] = { -1, -1, 0, 4 };

  switch (test_random_below (&game->random, 8))
    {
    case 0:
      game->max_bytes = test_random_below (&game->random, 8 * MOST_BYTES);
      bp_budget_set_max_bytes (game->budget, game->max_bytes);
      break;

    case 1:
      bp_pool_set_max_outstanding (pool, test_random_below (&game->random, MOST_HELD / 3));
      break;

    case 2:
      bp_pool_set_max_idle_bytes (pool, test_random_below (&game->random, 2) *
                                        test_random_below (&game->random, 4 * MOST_BYTES));
      break;

    case 3:
      bp_pool_set_flushing (pool, TRUE);
      check (game);
      acquire (game, pool);
      bp_pool_set_flushing (pool, FALSE);
      break;

    case 4:
      bp_pool_set_thread_cache (pool, caches[test_random_below (&game->random, 4)]);
      break;

    case 5:
      bp_pool_set_max_buffers (pool, test_random_below (&game->random, 30));
      break;

    case 6:
      if (pool != game->pools[ITEMS])
        bp_pool_set_clear_on_release (pool, test_random_below (&game->random, 3) > 0);
      break;

    default:
      bp_pool_set_max_outstanding (pool, 0);
      bp_pool_set_max_idle_bytes (pool, 0);
      break;
    }
}

static void
do_step (Game *game)
{
  BpPool *pool = game->pools[test_random_below (&game->random, N_POOLS)];
  guint choice = test_random_below (&game->random, 100);

  if (choice < 6)
    set (game, pool);
  else if (choice < 10)
    prefill (game, pool);
  else if (choice < 12)
    bp_pool_drop_idle (pool, test_random_below (&game->random, 3));
  else if (choice < 16 && pool != game->pools[ITEMS])
    bp_pool_recycle_data (pool, g_malloc (800), 800 / bp_pool_get_element_size (pool));
  else if (choice < 22 && pool != game->pools[ITEMS] && game->held->len < MOST_HELD)
    attach (game, pool);
  else if (game->held->len == 0 || (choice < 60 && game->held->len < MOST_HELD))
    acquire (game, pool);
  else if (choice < 75)
    resize (game, &g_array_index (game->held, Held,
                                  test_random_below (&game->random, game->held->len)));
  else
    end (game, test_random_below (&game->random, game->held->len));
  check (game);
}

static void
do_turn (gpointer data)
{
  Game *game = data;

  for (guint i = test_random_below (&game->random, MOST_STEPS); i < MOST_STEPS; i++)
    do_step (game);
}

static void
end_all (gpointer data)
{
  Game *game = data;

  while (game->held->len > 0)
    end (game, game->held->len - 1);
}

static guint
play (guint64 seed)
{
  Game game = { .max_bytes = 6 * MOST_BYTES };
  BpItemFuncs funcs = test_item_funcs;

  test_random_init (&game.random, seed);
  test_counters_reset (&game.counters);
  funcs.user_data = &game.counters;
  funcs.destroy = NULL;
  game.held = g_array_new (FALSE, FALSE, sizeof (Held));
  game.budget = bp_budget_new (game.max_bytes);
  game.pools[0] = g_object_new (BP_TYPE_POOL, "budget", game.budget, "trim-capacity",
                                (guint64) MOST_BYTES / 3, NULL);
  game.pools[1] = g_object_new (BP_TYPE_POOL, "budget", game.budget, "element-type",
                                BP_ELEMENT_TYPE_F64, "shards", 2, NULL);
  game.pools[ITEMS] = g_object_new (BP_TYPE_POOL, "budget", game.budget, "item-funcs", &funcs,
                                    "max-buffers", 10, NULL);
  for (guint i = 0; i < N_THREADS; i++)
    game.workers[i] = test_worker_new ();

  for (guint i = 0; i < N_TURNS; i++)
    test_worker_call (game.workers[test_random_below (&game.random, N_THREADS)], do_turn, &game);

  /* One in two ends with buffers that outlive their pools. */
  if (test_random_below (&game.random, 2) == 0)
    test_worker_call (game.workers[0], end_all, &game);
  for (guint i = 0; i < N_POOLS; i++)
    g_object_run_dispose (G_OBJECT (game.pools[i]));
  g_assert_cmpuint (bp_budget_get_used_bytes (game.budget), ==, sum_out (&game));
  test_worker_call (game.workers[1], end_all, &game);
  for (guint i = 0; i < N_POOLS; i++)
    g_object_unref (game.pools[i]);
  g_assert_cmpuint (bp_budget_get_used_bytes (game.budget), ==, 0);
  g_assert_cmpuint (test_counters_live (&game.counters), ==, 0);

  for (guint i = 0; i < N_THREADS; i++)
    test_worker_free (game.workers[i]);
  g_object_unref (game.budget);
  g_array_unref (game.held);

  return game.n_refused;
}

static void
test_limits (void)
{
  TestEffort effort;
  TestRandom random;
  guint64 n_refused = 0;
  guint n_games = 0;

  test_random_init (&random, test_get_seed ());
  test_effort_init (&effort, 30, 1);
  for (; test_effort_goes_on (&effort); n_games++)
    n_refused += play (test_random_next (&random));

  g_test_message ("%u games, and %" G_GUINT64_FORMAT " calls that were refused", n_games, n_refused);
  g_assert_cmpuint (n_refused, >, n_games);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/property/limits", test_limits);

  return g_test_run ();
}
