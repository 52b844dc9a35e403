/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-team.h"
#include "test-utils.h"

/* One thread does anything with a realtime pool, against a model that knows every buffer,
 * handle and slice. After each step all numbers are what the model says. */

#define MAX_BUFFERS 5
#define N_LINES (5 * MAX_BUFFERS)
#define N_GAMES 200
#define N_STEPS 400

static const gsize capacities[] = { 10, 21, 50 };

typedef struct
{
  /* A handle, or slices of one buffer. */
  BpPooled *pooled;
  BpPooledSlice *slice;
  gsize capacity;
  gboolean has_home;
  /* The handle was released: early, with no line for another handle, or by a steal. */
  gboolean is_husk;
  gboolean has_buffer;
} Held;

typedef struct
{
  BpPool *pool;
  TestRandom random;
  /* Handles and slices that the thread has. A slice has its buffer for itself. */
  Held held[N_LINES];
  guint n_held;
  guint idle[G_N_ELEMENTS (capacities)];
  /* Homes of those that are out. */
  guint n_homes;
  guint n_out;
  guint n_dropped_now;
  gsize trim;
  guint64 n_hits;
  guint64 n_dropped;
} Game;

static guint
below (Game  *game,
       guint  end)
{
  return test_random_below (&game->random, end);
}

static guint
index_of (gsize capacity)
{
  for (guint i = 0; i < G_N_ELEMENTS (capacities); i++)
    {
      if (capacities[i] == capacity)
        return i;
    }
  g_assert_not_reached ();
}

static guint
count_idle (Game *game)
{
  return game->idle[0] + game->idle[1] + game->idle[2];
}

static guint
count_homes (Game *game)
{
  return count_idle (game) + game->n_homes;
}

/* A slice takes one line besides its buffer's handle. */
static guint
count_free_lines (Game *game)
{
  guint n_used = count_idle (game) + game->n_dropped_now;

  for (guint i = 0; i < game->n_held; i++)
    n_used += game->held[i].slice != NULL && game->held[i].has_buffer ? 2 : 1;
  g_assert_cmpuint (n_used, <=, N_LINES);

  return N_LINES - n_used;
}

static void
check (Game *game)
{
  guint64 n_bytes = 0;

  for (guint i = 0; i < G_N_ELEMENTS (capacities); i++)
    n_bytes += game->idle[i] * capacities[i];

  g_assert_cmpuint (get_stat (game->pool, idle), ==, count_idle (game));
  g_assert_cmpuint (get_stat (game->pool, idle_bytes), ==, n_bytes);
  g_assert_cmpuint (get_stat (game->pool, outstanding), ==, game->n_out);
  g_assert_cmpuint (get_stat (game->pool, hits), ==, game->n_hits);
  g_assert_cmpuint (get_stat (game->pool, misses), ==, 0);
  g_assert_cmpuint (get_stat (game->pool, dropped), ==, game->n_dropped);
  assert_valid (game->pool);
}

/* A buffer came back. */
static void
note_back (Game *game,
           Held *held)
{
  gboolean is_kept = held->has_home && (game->trim == 0 || held->capacity <= 2 * game->trim);

  game->n_out--;
  game->n_homes -= held->has_home;
  if (is_kept)
    {
      game->idle[index_of (held->capacity)]++;
      return;
    }
  game->n_dropped++;
  game->n_dropped_now++;
}

static Held *
add (Game     *game,
     BpPooled *pooled,
     gsize     capacity,
     gboolean  has_home)
{
  Held *held = &game->held[game->n_held++];

  *held = (Held) { .pooled = pooled, .capacity = capacity, .has_home = has_home,
                   .has_buffer = TRUE };
  game->n_out++;
  game->n_homes += has_home;

  return held;
}

static void
remove_held (Game *game,
             Held *held)
{
  *held = game->held[--game->n_held];
}

static void
acquire (Game *game)
{
  BpPooled *pooled = bp_pool_acquire (game->pool);
  gsize capacity;

  g_assert_true ((pooled != NULL) == (count_idle (game) > 0));
  if (pooled == NULL)
    return;

  capacity = bp_pooled_get_capacity (pooled);
  g_assert_cmpuint (game->idle[index_of (capacity)], >, 0);
  game->idle[index_of (capacity)]--;
  game->n_hits++;
  memset (bp_pooled_resize (pooled, capacity), 1, capacity);
  add (game, pooled, capacity, TRUE);
}

static void
attach (Game *game)
{
  gboolean can = count_free_lines (game) > 0, has_home = count_homes (game) < MAX_BUFFERS;
  gsize capacity = capacities[below (game, G_N_ELEMENTS (capacities))];
  gpointer data = g_malloc (capacity);
  BpPooled *pooled = bp_pool_attach_data (game->pool, data, capacity, capacity, NULL);

  g_assert_true ((pooled != NULL) == can);
  if (can)
    add (game, pooled, capacity, has_home);
  else
    g_free (data);
}

static void
recycle (Game *game)
{
  gsize capacity = capacities[below (game, G_N_ELEMENTS (capacities))];
  gboolean can = count_free_lines (game) > 0, has_home = count_homes (game) < MAX_BUFFERS;
  Held held = { .capacity = capacity, .has_home = has_home };

  bp_pool_recycle_data (game->pool, g_malloc (capacity), capacity);
  if (!can)
    return;
  game->n_out++;
  game->n_homes += has_home;
  note_back (game, &held);
}

static void
prefill (Game *game)
{
  guint n = 1 + below (game, 3), i = below (game, G_N_ELEMENTS (capacities));
  gboolean can = count_homes (game) + n <= MAX_BUFFERS && count_free_lines (game) >= n;

  g_assert_true (bp_pool_prefill (game->pool, n, capacities[i], NULL) == can);
  if (can)
    game->idle[i] += n;
}

/* Drops all idle buffers or none: otherwise any of them may go. */
static void
drop_idle (Game *game)
{
  guint n_idle = count_idle (game), n_kept = below (game, 2) * n_idle;

  bp_pool_drop_idle (game->pool, n_kept);
  game->n_dropped_now = 0;
  if (n_kept > 0)
    return;
  game->n_dropped += n_idle;
  memset (game->idle, 0, sizeof (game->idle));
}

static void
unref (Game *game,
       Held *held)
{
  if (held->slice != NULL)
    bp_pooled_slice_unref (held->slice);
  else
    bp_pooled_unref (held->pooled);
  if (held->has_buffer)
    note_back (game, held);
  remove_held (game, held);
}

static void
release (Game *game,
         Held *held)
{
  gboolean has_line = held->slice != NULL || count_free_lines (game) > 0;

  if (held->slice != NULL)
    g_assert_true (bp_pooled_slice_release (held->slice) == !held->is_husk);
  else
    g_assert_true (bp_pooled_release (held->pooled) == !held->is_husk);
  if (held->is_husk)
    return;

  held->is_husk = TRUE;
  if (has_line)
    {
      held->has_buffer = FALSE;
      note_back (game, held);
    }
}

static void
steal (Game *game,
       Held *held)
{
  g_autofree gpointer data = NULL;

  if (held->slice != NULL)
    return;
  data = bp_pooled_steal_data (held->pooled, NULL, NULL, NULL);
  g_assert_true ((data != NULL) == !held->is_husk);
  if (data == NULL)
    return;

  held->is_husk = TRUE;
  held->has_buffer = FALSE;
  game->n_out--;
  game->n_homes -= held->has_home;
}

static void
make_slice (Game *game,
            Held *held)
{
  gboolean can = !held->is_husk && count_free_lines (game) > 0;

  if (held->slice != NULL)
    return;
  held->slice = bp_pooled_slice_new_take (g_steal_pointer (&held->pooled), 1, NULL);
  g_assert_true ((held->slice != NULL) == can);
  if (can)
    return;
  if (held->has_buffer)
    note_back (game, held);
  remove_held (game, held);
}

/* The buffer has no slices: a slice has its buffer for itself here. */
static void
steal_pooled (Game *game,
              Held *held)
{
  BpPooled *pooled;

  if (held->slice == NULL)
    return;
  pooled = bp_pooled_slice_steal_pooled (held->slice, NULL);
  g_assert_true ((pooled != NULL) == !held->is_husk);
  if (pooled == NULL)
    return;
  bp_pooled_slice_unref (g_steal_pointer (&held->slice));
  held->pooled = pooled;
}

static void
set_trim (Game *game)
{
  game->trim = below (game, 3) * 10;
  bp_pool_set_trim_capacity (game->pool, game->trim);
}

static void
step (Game *game)
{
  static void (*const calls[]) (Game *game) = {
    acquire, acquire, acquire, attach, recycle, prefill, drop_idle, set_trim,
  };
  static void (*const changes[]) (Game *game, Held *held) = {
    unref, unref, release, steal, make_slice, steal_pooled,
  };
  guint n_calls = G_N_ELEMENTS (calls);
  guint which = below (game, n_calls + (game->n_held > 0 ? G_N_ELEMENTS (changes) : 0));

  if (which < n_calls)
    calls[which] (game);
  else
    changes[which - n_calls] (game, &game->held[below (game, game->n_held)]);
}

static void
test_anything (void)
{
  TestRandom seeds;
  TestEffort effort;

  test_random_init (&seeds, test_get_seed ());
  test_effort_init (&effort, N_GAMES, 1);
  while (test_effort_goes_on (&effort))
    {
      Game game = { 0, };

      test_random_init (&game.random, test_random_next (&seeds));
      game.pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", MAX_BUFFERS, NULL);
      for (guint i = 0; i < N_STEPS; i++)
        {
          step (&game);
          check (&game);
        }
      while (game.n_held > 0)
        {
          unref (&game, &game.held[0]);
          check (&game);
        }
      g_object_unref (game.pool);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/property-realtime/anything", test_anything);

  return g_test_run ();
}
