/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

#include "bp-pool-private.h"

/* What one thread has at hand, another finds before it makes a new buffer, and
 * before it drops one. One thing happens after the other here. */

#define MOST 64

typedef struct
{
  BpPool *pool;
  BpPooled *held[MOST];
  guint n_held;
} Hand;

/* How many acquires found what they got in another shard, or in another thread's
 * front. They are hits. */
static guint64
count_steals (BpPool *pool)
{
  guint64 n_steals = 0;

  for (guint i = 0; i < pool->core->config.n_shards; i++)
    n_steals += bp_peek (pool->core->shards[i].steals);

  return n_steals;
}

static void
take (gpointer data)
{
  Hand *hand = data;

  test_acquire_many (hand->pool, hand->held, hand->n_held);
  for (guint i = 0; i < hand->n_held; i++)
    test_touch (hand->held[i]);
}

static void
give_back (gpointer data)
{
  Hand *hand = data;

  test_unref_many (hand->held, hand->n_held);
}

static void
take_and_give_back (gpointer data)
{
  take (data);
  give_back (data);
}

/* All that lies idle in another thread's front is to be had, without a miss. */
static void
test_sweep_finds_local (void)
{
  for (guint n_idle = 1; n_idle <= 32; n_idle++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 2 * MOST, 0);
      g_autoptr (TestWorker) other = test_worker_new ();
      Hand theirs = { .pool = pool, .n_held = n_idle };
      Hand ours = { .pool = pool, .n_held = n_idle };

      test_worker_call (other, take_and_give_back, &theirs);
      g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);

      take (&ours);
      g_assert_cmpuint (get_stat (pool, misses), ==, n_idle);
      g_assert_cmpuint (count_steals (pool), >=, 1);
      g_assert_cmpuint (get_stat (pool, idle), ==, 0);
      assert_valid (pool);
      give_back (&ours);
    }
}

/* Also what is on its way to another shard. */
static void
test_sweep_finds_outbox (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 4, 256, 0);
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  Hand hand = { .pool = pool, .n_held = 6 };
  Hand own = { .pool = pool, .n_held = 2 };
  Hand ours = { .pool = pool, .n_held = 8 };

  test_worker_call (first, take, &hand);
  test_worker_call (second, take_and_give_back, &own);
  test_worker_call (second, give_back, &hand);
  g_assert_cmpuint (get_stat (pool, idle), ==, 8);

  take (&ours);
  g_assert_cmpuint (get_stat (pool, misses), ==, 8);
  assert_valid (pool);
  give_back (&ours);
}

/* One's own outbox is nearer than what others have at hand, and leaves them that. */
static void
test_sweep_own_outbox_first (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 4, 256, 0);
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  Hand kept = { .pool = pool, .n_held = 6 };
  Hand moved = { .pool = pool, .n_held = 6 };
  Hand own = { .pool = pool, .n_held = 1 };
  guint64 hits, steals;

  test_worker_call (second, take_and_give_back, &own);
  test_worker_call (second, take, &own);
  test_worker_call (first, take, &kept);
  test_worker_call (first, take, &moved);
  test_worker_call (first, give_back, &kept);
  test_worker_call (second, give_back, &moved);
  hits = get_stat (pool, hits);
  steals = count_steals (pool);

  test_worker_call (second, take, &moved);
  g_assert_cmpuint (count_steals (pool), ==, steals + 1);
  g_assert_cmpuint (get_stat (pool, hits), ==, hits + 6);
  test_worker_call (first, take, &kept);
  g_assert_cmpuint (count_steals (pool), ==, steals + 1);
  g_assert_cmpuint (get_stat (pool, hits), ==, hits + 12);

  test_worker_call (second, give_back, &own);
  test_worker_call (second, give_back, &moved);
  test_worker_call (first, give_back, &kept);
  assert_valid (pool);
}

/* A sweep leaves the other thread something to go on with. */
static void
test_sweep_leaves_half (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 2 * MOST, 0);
  g_autoptr (TestWorker) other = test_worker_new ();
  Hand theirs = { .pool = pool, .n_held = 32 };
  Hand ours = { .pool = pool, .n_held = 1 };
  guint64 hits;

  test_worker_call (other, take_and_give_back, &theirs);
  take_and_give_back (&ours);
  g_assert_cmpuint (count_steals (pool), ==, 1);

  hits = get_stat (pool, hits);
  theirs.n_held = 16;
  test_worker_call (other, take_and_give_back, &theirs);
  g_assert_cmpuint (get_stat (pool, hits), ==, hits + 16);
  g_assert_cmpuint (count_steals (pool), ==, 1);
  assert_valid (pool);
}

/* Two threads that take turns with one buffer stop taking it from each other, by
 * making a second. */
static void
test_sweep_no_ping_pong (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MOST, 0);
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  Hand hand = { .pool = pool, .n_held = 1 };
  guint64 steals;

  for (guint i = 0; i < 100; i++)
    {
      test_worker_call (first, take_and_give_back, &hand);
      test_worker_call (second, take_and_give_back, &hand);
    }
  steals = count_steals (pool);
  g_assert_cmpuint (steals, >=, 2);
  g_assert_cmpuint (steals, <=, 64);
  g_assert_cmpuint (get_stat (pool, misses), ==, 2);

  for (guint i = 0; i < 100; i++)
    {
      test_worker_call (first, take_and_give_back, &hand);
      test_worker_call (second, take_and_give_back, &hand);
    }
  g_assert_cmpuint (count_steals (pool), ==, steals);
  g_assert_cmpuint (get_stat (pool, misses), ==, 2);
  assert_valid (pool);
}

/* A thread that has run out of credit earns it back by making buffers, and then
 * sweeps again. */
static void
test_sweep_credit_comes_back (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 8 * MOST, 0);
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  Hand one = { .pool = pool, .n_held = 1 };
  Hand many = { .pool = pool, .n_held = 32 };
  Hand rest = { .pool = pool, .n_held = MOST };
  Hand more = { .pool = pool, .n_held = MOST };
  guint64 steals, misses;

  /* Both run out. */
  for (guint i = 0; i < 100; i++)
    {
      test_worker_call (first, take_and_give_back, &one);
      test_worker_call (second, take_and_give_back, &one);
    }

  test_worker_call (first, take_and_give_back, &many);
  steals = count_steals (pool);
  misses = get_stat (pool, misses);
  test_worker_call (second, take, &rest);
  test_worker_call (second, take, &more);
  g_assert_cmpuint (count_steals (pool), >, steals);
  g_assert_cmpuint (get_stat (pool, misses), <, misses + 2 * MOST - 16);
  test_worker_call (second, give_back, &rest);
  test_worker_call (second, give_back, &more);
  assert_valid (pool);
}

/* Before a buffer is dropped, places that other fronts have and do not use are
 * taken back. */
static void
test_sweep_reclaims_places (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MOST, 0);
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  Hand theirs = { .pool = pool, .n_held = 20 };
  Hand others = { .pool = pool, .n_held = 20 };
  Hand ours = { .pool = pool, .n_held = MOST };

  test_worker_call (first, take_and_give_back, &theirs);
  test_worker_call (first, take, &theirs);
  test_worker_call (second, take_and_give_back, &others);
  test_worker_call (second, take, &others);

  take_and_give_back (&ours);
  g_assert_cmpuint (get_stat (pool, idle), ==, MOST);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
  assert_valid (pool);

  /* No more than that: the next ones push out older ones. */
  test_worker_call (first, give_back, &theirs);
  test_worker_call (second, give_back, &others);
  g_assert_cmpuint (get_stat (pool, idle), ==, MOST);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 40);
  assert_valid (pool);
}

/* Where callbacks make the items, two finds pay for a sweep: a thread that takes
 * what another gives back goes on doing so, and makes none. */
static void
test_sweep_items_are_dear (void)
{
  const guint n_rounds = 100;
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (TestWorker) other = test_worker_new ();
  Hand hand = { .n_held = 4 };

  test_counters_reset (&counters);
  pool = test_kinds[2].make (&counters, 1, MOST, 0);
  hand.pool = pool;
  for (guint i = 0; i < n_rounds; i++)
    {
      test_acquire_many (pool, hand.held, hand.n_held);
      test_worker_call (other, give_back, &hand);
    }
  g_assert_cmpuint (get_stat (pool, misses), ==, hand.n_held);
  g_assert_cmpuint (count_steals (pool), >=, n_rounds - 1);
  assert_valid (pool);
}

/* Full fronts have somewhere to put what an empty one needs, though together they
 * could hold all that the pool may keep: one thread that takes and several that give
 * back come to terms without sweeping for ever, making or dropping buffers. */
static void
test_sweep_ring_has_room (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MOST, 0);
  TestWorker *givers[] = { test_worker_new (), test_worker_new (), test_worker_new () };
  Hand hand = { .pool = pool, .n_held = 4 };
  guint64 misses = 0, drops = 0;

  for (guint i = 0; i < 300; i++)
    {
      take (&hand);
      test_worker_call (givers[i % 3], give_back, &hand);
      if (i == 199)
        {
          misses = get_stat (pool, misses);
          drops = get_stat (pool, dropped);
        }
    }

  g_assert_cmpuint (get_stat (pool, misses), ==, misses);
  g_assert_cmpuint (get_stat (pool, dropped), ==, drops);
  assert_valid (pool);
  for (guint i = 0; i < G_N_ELEMENTS (givers); i++)
    test_worker_free (givers[i]);
}

/* With thread-cache 0 there is nothing to sweep: the next thread finds it at home,
 * or in another shard. */
static void
test_sweep_strict (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MOST, 0);
  g_autoptr (TestWorker) other = test_worker_new ();
  Hand hand = { .pool = pool, .n_held = MOST };

  bp_pool_set_thread_cache (pool, 0);
  test_worker_call (other, take_and_give_back, &hand);
  take_and_give_back (&hand);
  g_assert_cmpuint (get_stat (pool, hits), ==, MOST);
  g_assert_cmpuint (count_steals (pool), ==, 0);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/sweep/finds-local", test_sweep_finds_local);
  g_test_add_func ("/threads/sweep/finds-outbox", test_sweep_finds_outbox);
  g_test_add_func ("/threads/sweep/own-outbox-first", test_sweep_own_outbox_first);
  g_test_add_func ("/threads/sweep/leaves-half", test_sweep_leaves_half);
  g_test_add_func ("/threads/sweep/no-ping-pong", test_sweep_no_ping_pong);
  g_test_add_func ("/threads/sweep/credit-comes-back", test_sweep_credit_comes_back);
  g_test_add_func ("/threads/sweep/reclaims-places", test_sweep_reclaims_places);
  g_test_add_func ("/threads/sweep/items-are-dear", test_sweep_items_are_dear);
  g_test_add_func ("/threads/sweep/ring-has-room", test_sweep_ring_has_room);
  g_test_add_func ("/threads/sweep/strict", test_sweep_strict);

  return g_test_run ();
}
