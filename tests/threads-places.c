/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-hand.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

#include "bp-pool-private.h"

/* What a thread's cache hides from the others, idle buffers and vacant places. One thing
 * happens after the other here. */

#define MOST TEST_MOST_HELD

/* So many places for small buffers do not pay for a look. */
#define FEW 64

static void
take_and_give_back (TestHand *hand)
{
  test_hand_take (hand);
  test_hand_give_back (hand);
}

static void
fill_cache_and_take (gpointer data)
{
  test_hand_fill_cache (data);
  test_hand_take (data);
  test_hand_look_at_cache (data);
}

/* However a thread takes and gives back, its cache hides no more than it may: thread-cache,
 * half of what the pool keeps, and one single large buffer; and vacant places for as many
 * again. */

typedef struct
{
  guint max_buffers;
  int thread_cache;
  gsize n_bytes;
  guint limit;
} Limit;

static const Limit limits[] = {
  { 2 * MOST, -1, 100, 32 },
  { 40, -1, 100, 20 },
  { 2, -1, 100, 1 },
  { 2 * MOST, -1, 64 * 1024, 4 },
  { 2 * MOST, -1, 300 * 1024, 1 },
  { 2 * MOST, 5, 100, 5 },
  { 2 * MOST, 5, 300 * 1024, 5 },
  { 4 * MOST, 64, 100, 64 },
  { MOST, 64, 100, 32 },
};

static void
test_places_hides_no_more (void)
{
  guint64 seed = test_get_seed ();

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      const Limit *limit = &limits[i];
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, limit->max_buffers, 0);
      TestHand hand = { .pool = pool };
      guint most_cached = 0;
      TestRandom random;

      bp_pool_set_thread_cache (pool, limit->thread_cache);
      test_random_init (&random, seed);
      for (guint round = 0; round < 200; round++)
        {
          hand.n_held = round % 4 == 0 ? MOST : 1 + test_random_below (&random, MOST);
          test_acquire_many (pool, hand.held, hand.n_held);
          for (guint j = 0; j < hand.n_held; j++)
            g_assert_nonnull (bp_pooled_resize (hand.held[j], limit->n_bytes));
          for (guint j = 0; j < hand.n_held; j++)
            {
              test_unref_many (&hand.held[j], 1);
              test_hand_look_at_cache (&hand);
              most_cached = MAX (most_cached, hand.n_cached);
              g_assert_cmpuint (hand.n_cached, <=, limit->limit);
              g_assert_cmpuint (hand.n_cached + hand.n_vacant, <=, 2 * limit->limit);
            }
        }
      g_assert_cmpuint (most_cached, ==, limit->limit);
      assert_valid (pool);
    }
}

/* Before an item is dropped, places that other threads' caches have and do not use are
 * taken back. */
static void
test_places_reclaims_vacant (void)
{
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  g_autoptr (BpPool) pool = NULL;
  TestCounters counters;
  TestHand theirs = { .n_held = 20 };
  TestHand others = { .n_held = 20 };
  TestHand ours = { .n_held = MOST };

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 1, MOST, 0);
  theirs.pool = others.pool = ours.pool = pool;
  test_worker_call (first, test_hand_fill_cache, &theirs);
  test_worker_call (first, test_hand_take, &theirs);
  test_worker_call (second, test_hand_fill_cache, &others);
  test_worker_call (second, test_hand_take, &others);
  g_assert_cmpint (bp_peek (pool->core->free), <, MOST);

  take_and_give_back (&ours);
  g_assert_cmpuint (get_stat (pool, idle), ==, MOST);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
  assert_valid (pool);

  /* No more than that: the next ones push out older ones. */
  test_worker_call (first, test_hand_give_back, &theirs);
  test_worker_call (second, test_hand_give_back, &others);
  g_assert_cmpuint (get_stat (pool, idle), ==, MOST);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 40);
  assert_valid (pool);
}

/* Few places for small buffers do not pay for a look, but for the first. No more are
 * dropped than those, and none once their thread has ended. */
static void
test_places_leaves_few (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MOST, 0);
  TestWorker *other = test_worker_new ();
  TestHand theirs = { .pool = pool, .n_held = 20 };
  TestHand ours = { .pool = pool, .n_held = MOST };
  guint64 n_before, n_dropped;

  test_worker_call (other, fill_cache_and_take, &theirs);
  g_assert_cmpuint (theirs.n_vacant, >=, 16);
  take_and_give_back (&ours);
  g_assert_cmpuint (get_stat (pool, idle), ==, MOST);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);

  test_worker_call (other, test_hand_give_back, &theirs);
  test_worker_call (other, fill_cache_and_take, &theirs);
  g_assert_cmpuint (theirs.n_vacant, >=, 8);
  g_assert_cmpuint (theirs.n_vacant, <, FEW);
  n_before = get_stat (pool, dropped);
  take_and_give_back (&ours);
  n_dropped = get_stat (pool, dropped);
  g_assert_cmpuint (n_dropped, ==, n_before + theirs.n_vacant);
  g_assert_cmpuint (get_stat (pool, idle), ==, MOST - theirs.n_vacant);
  assert_valid (pool);

  test_worker_free (other);
  take_and_give_back (&ours);
  g_assert_cmpuint (get_stat (pool, idle), ==, MOST);
  g_assert_cmpuint (get_stat (pool, dropped), ==, n_dropped);
  test_hand_give_back (&theirs);
  g_assert_cmpuint (get_stat (pool, idle), ==, MOST);
  g_assert_cmpuint (get_stat (pool, dropped), ==, n_dropped + theirs.n_held);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/places/hides-no-more", test_places_hides_no_more);
  g_test_add_func ("/threads/places/reclaims-vacant", test_places_reclaims_vacant);
  g_test_add_func ("/threads/places/leaves-few", test_places_leaves_few);

  return g_test_run ();
}
