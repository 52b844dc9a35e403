/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-calls.h"
#include "test-hand.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

#include "bp-pool-private.h"

/* What one thread has in its cache another finds before it makes a new buffer, and before
 * it drops one, if a look pays for itself. One thing happens after the other here. */

#define MOST TEST_MOST_HELD

/* How many small buffers a look costs, about. */
#define LEAST_COST 64
#define MOST_COST 256

static void
take_and_give_back (gpointer data)
{
  test_hand_take (data);
  test_hand_give_back (data);
}

/* A look is a barrier, in the form of the fence that has them. */
static void
assert_looks (guint64 n_before,
              guint   n_looks)
{
  g_assert_cmpuint (test_calls_n_barriers () - n_before, ==,
                    test_calls_has_barriers () ? n_looks : 0);
}

/* Buffers that are out, and at the end what the calling thread found instead of making it. */
typedef struct
{
  BpPooled *held[16 * MOST_COST];
  guint n_held;
} Maker;

/* How many were made until one was found. */
static guint
make_until_found (Maker  *maker,
                  BpPool *pool)
{
  guint64 n_missed = get_stat (pool, misses);

  for (guint n_made = 0;; n_made++)
    {
      g_assert_cmpuint (maker->n_held, <, G_N_ELEMENTS (maker->held));
      test_acquire_many (pool, &maker->held[maker->n_held++], 1);
      if (get_stat (pool, misses) == n_missed + n_made)
        return n_made;
    }
}

static void
maker_clear (Maker *maker)
{
  for (guint i = 0; i < maker->n_held; i++)
    test_touch (maker->held[i]);
  test_unref_many (maker->held, maker->n_held);
}

/* What lies in another thread's cache is to be had by one that has made so many that it
 * may look: half of it, or all of what is little. */
static void
test_search_finds_cached (void)
{
  for (guint n_idle = 1; n_idle <= 32; n_idle++)
    {
      const guint n_found = MAX (n_idle / 2, MIN (n_idle, 8));
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 2 * MOST, 0);
      g_autoptr (TestWorker) other = test_worker_new ();
      g_autofree Maker *maker = g_new0 (Maker, 1);
      TestHand theirs = { .pool = pool, .n_held = n_idle };
      TestHand ours = { .pool = pool, .n_held = n_found - 1 };
      guint n_made;
      guint64 n_looks;

      test_worker_call (other, test_hand_fill_cache, &theirs);
      g_assert_cmpuint (theirs.n_cached, ==, n_idle);

      n_made = make_until_found (maker, pool);
      g_assert_cmpuint (n_made, >=, LEAST_COST);
      g_assert_cmpuint (n_made, <=, MOST_COST);
      g_assert_cmpuint (get_stat (pool, idle), ==, n_idle - 1);

      n_looks = test_calls_n_barriers ();
      test_hand_take (&ours);
      assert_looks (n_looks, 0);
      g_assert_cmpuint (get_stat (pool, misses), ==, n_idle + n_made);
      g_assert_cmpuint (get_stat (pool, idle), ==, n_idle - n_found);
      assert_valid (pool);
      test_hand_give_back (&ours);
      maker_clear (maker);
    }
}

/* Where nothing can be made, all of it, and at any time. */
static void
test_search_before_failing (void)
{
  for (guint n_idle = 1; n_idle <= 32; n_idle++)
    {
      g_autoptr (TestWorker) other = test_worker_new ();
      g_autoptr (BpPool) pool = NULL;
      g_autoptr (GError) error = NULL;
      TestCounters counters;
      TestHand theirs = { .n_held = n_idle };
      TestHand ours = { .n_held = n_idle };

      test_counters_reset (&counters);
      pool = test_item_pool_new (&counters, 1, 2 * MOST, 0);
      theirs.pool = ours.pool = pool;
      test_worker_call (other, test_hand_fill_cache, &theirs);
      g_assert_cmpuint (theirs.n_cached, ==, n_idle);

      counters.fail_after = n_idle;
      test_hand_take (&ours);
      g_assert_cmpuint (get_stat (pool, idle), ==, 0);
      g_assert_null (bp_pool_try_acquire (pool, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
      assert_valid (pool);
      test_hand_give_back (&ours);
    }
}

/* What a thread that has ended left in its cache costs nothing, so nothing is made. */
static void
test_search_ended (void)
{
  for (guint n_idle = 1; n_idle <= 32; n_idle++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 2 * MOST, 0);
      TestWorker *other = test_worker_new ();
      TestHand theirs = { .pool = pool, .n_held = n_idle };
      TestHand ours = { .pool = pool, .n_held = n_idle };
      guint64 n_looks;

      test_worker_call (other, test_hand_fill_cache, &theirs);
      g_assert_cmpuint (theirs.n_cached, ==, n_idle);
      test_worker_free (other);

      n_looks = test_calls_n_barriers ();
      test_hand_take (&ours);
      assert_looks (n_looks, 0);
      g_assert_cmpuint (get_stat (pool, misses), ==, n_idle);
      assert_valid (pool);
      test_hand_give_back (&ours);
    }
}

/* What another thread's cache had too much of lies in the ring of its shard, and is found
 * without a look; whatever the shard of the thread that needs it. */
static void
test_search_finds_other_rings (void)
{
  const guint n_shards = 4;
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, n_shards, 4 * MOST, 0);
  TestWorker *others[4];
  TestHand hands[4];
  TestHand ours = { .pool = pool, .n_held = MOST };
  guint n_rings = 0, n_found = 0;
  guint64 n_looks;

  /* All are out at the same time, so that each makes its own. */
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      others[i] = test_worker_new ();
      hands[i] = (TestHand) { .pool = pool, .n_held = 40 };
      test_worker_call (others[i], test_hand_take, &hands[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    test_worker_call (others[i], test_hand_give_back, &hands[i]);
  for (guint i = 0; i < n_shards; i++)
    {
      guint n_here = bp_peek (pool->core->shards[i].n);

      n_rings += n_here > 0;
      n_found += n_here;
    }
  g_assert_cmpuint (n_rings, >=, n_shards - 1);
  g_assert_cmpuint (n_found, >=, MOST);

  n_looks = test_calls_n_barriers ();
  test_hand_take (&ours);
  assert_looks (n_looks, 0);
  g_assert_cmpuint (get_stat (pool, misses), ==, 4 * 40);
  g_assert_cmpuint (get_stat (pool, hits), ==, MOST);
  test_hand_give_back (&ours);
  assert_valid (pool);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    test_worker_free (others[i]);
}

/* What a thread has in its own cache, and in the ring, is nearer than what others have,
 * and leaves them that. */
static void
test_search_own_first (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 4, 256, 0);
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  TestHand kept = { .pool = pool, .n_held = 6 };
  TestHand moved = { .pool = pool, .n_held = 6 };
  guint64 n_looks, n_missed;

  test_worker_call (first, test_hand_take, &kept);
  test_worker_call (second, test_hand_fill_cache, &moved);
  test_worker_call (first, test_hand_give_back, &kept);
  test_worker_call (first, test_hand_fill_cache, &kept);
  g_assert_cmpuint (kept.n_cached, ==, 6);
  g_assert_cmpuint (moved.n_cached, ==, 6);
  n_missed = get_stat (pool, misses);
  g_assert_cmpuint (n_missed, ==, 12);

  n_looks = test_calls_n_barriers ();
  test_worker_call (second, test_hand_take, &moved);
  test_worker_call (first, test_hand_take, &kept);
  assert_looks (n_looks, 0);
  g_assert_cmpuint (get_stat (pool, misses), ==, n_missed);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (bp_peek (pool->core->shards[i].hits), <=, 6);

  test_worker_call (second, test_hand_give_back, &moved);
  test_worker_call (first, test_hand_give_back, &kept);
  assert_valid (pool);
}

/* A look leaves the other thread something to go on with. */
static void
test_search_leaves_half (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 2 * MOST, 0);
  g_autoptr (TestWorker) other = test_worker_new ();
  g_autofree Maker *maker = g_new0 (Maker, 1);
  TestHand theirs = { .pool = pool, .n_held = 32 };
  guint64 n_looks, n_ring_hits, n_missed;

  test_worker_call (other, test_hand_fill_cache, &theirs);
  g_assert_cmpuint (theirs.n_cached, ==, 32);
  make_until_found (maker, pool);

  n_missed = get_stat (pool, misses);
  n_looks = test_calls_n_barriers ();
  n_ring_hits = bp_peek (pool->core->shards[0].hits);
  theirs.n_held = 16;
  test_worker_call (other, test_hand_take, &theirs);
  assert_looks (n_looks, 0);
  g_assert_cmpuint (bp_peek (pool->core->shards[0].hits), ==, n_ring_hits);
  g_assert_cmpuint (get_stat (pool, misses), ==, n_missed);
  test_worker_call (other, test_hand_give_back, &theirs);
  assert_valid (pool);
  maker_clear (maker);
}

/* Two threads that take turns with one buffer make a second, and never look. */
static void
test_search_no_ping_pong (gconstpointer data)
{
  const TestKind *kind = data;
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  g_autoptr (BpPool) pool = NULL;
  TestCounters counters;
  TestHand hand = { .n_held = 1 };
  guint64 n_looks;

  test_counters_reset (&counters);
  pool = kind->make (&counters, 1, MOST, 0);
  hand.pool = pool;

  n_looks = test_calls_n_barriers ();
  for (guint i = 0; i < 200; i++)
    {
      test_worker_call (first, take_and_give_back, &hand);
      test_worker_call (second, take_and_give_back, &hand);
    }
  assert_looks (n_looks, 0);
  g_assert_cmpuint (get_stat (pool, misses), <=, 2);
  assert_valid (pool);
}

/* A look that finds too little makes the next one dearer. */
static void
test_search_in_vain (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 2 * MOST, 0);
  g_autoptr (TestWorker) other = test_worker_new ();
  g_autofree Maker *maker = g_new0 (Maker, 1);
  TestHand theirs = { .pool = pool, .n_held = 32 };
  const guint n_found[] = { 16, 8, 8 };
  guint n_before = LEAST_COST;
  guint n_idle = 32;

  test_worker_call (other, test_hand_fill_cache, &theirs);
  g_assert_cmpuint (theirs.n_cached, ==, n_idle);

  for (guint i = 0; i < G_N_ELEMENTS (n_found); i++)
    {
      guint n_made = make_until_found (maker, pool);
      guint64 n_looks;

      g_assert_cmpuint (n_made, >=, i == 0 ? n_before : n_before * 3 / 2);
      n_before = n_made;

      n_looks = test_calls_n_barriers ();
      test_acquire_many (pool, maker->held + maker->n_held, n_found[i] - 1);
      assert_looks (n_looks, 0);
      maker->n_held += n_found[i] - 1;
      n_idle -= n_found[i];
      g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);
    }
  assert_valid (pool);
  maker_clear (maker);
}

/* What costs much is looked for sooner, and a look that pays for itself pays for the next
 * one, too. */
static void
test_search_items_are_dear (void)
{
  g_autoptr (TestWorker) other = test_worker_new ();
  g_autoptr (BpPool) pool = NULL;
  g_autofree Maker *maker = g_new0 (Maker, 1);
  TestCounters counters;
  TestHand theirs = { .n_held = 32 };
  guint n_made;
  guint64 n_missed;

  test_counters_reset (&counters);
  pool = test_item_pool_new (&counters, 1, 2 * MOST, 0);
  theirs.pool = pool;
  test_worker_call (other, test_hand_fill_cache, &theirs);
  g_assert_cmpuint (theirs.n_cached, ==, 32);

  n_made = make_until_found (maker, pool);
  g_assert_cmpuint (n_made, >=, LEAST_COST / 8);
  g_assert_cmpuint (n_made, <=, MOST_COST / 8);

  /* Half of what there was, and half of the rest. */
  n_missed = get_stat (pool, misses);
  test_acquire_many (pool, maker->held + maker->n_held, 16 + 8 - 1);
  maker->n_held += 16 + 8 - 1;
  g_assert_cmpuint (get_stat (pool, misses), ==, n_missed);
  assert_valid (pool);
  maker_clear (maker);
}

/* A thread that takes what another gives back goes on doing so without a look: one that
 * only returns hides little. */
static void
test_search_handed_over (gconstpointer data)
{
  const guint n_rounds = 200;
  const TestKind *kind = data;
  g_autoptr (TestWorker) other = test_worker_new ();
  g_autoptr (BpPool) pool = NULL;
  TestCounters counters;
  TestHand hand = { .n_held = 4 };
  guint64 n_missed = 0, n_looks = 0;

  test_counters_reset (&counters);
  pool = kind->make (&counters, 1, MOST, 0);
  hand.pool = pool;
  for (guint i = 0; i < n_rounds; i++)
    {
      if (i == n_rounds / 4)
        {
          n_missed = get_stat (pool, misses);
          n_looks = test_calls_n_barriers ();
        }
      test_hand_take (&hand);
      test_worker_call (other, test_hand_give_back, &hand);
    }
  assert_looks (n_looks, 0);
  g_assert_cmpuint (get_stat (pool, misses), ==, n_missed);
  g_assert_cmpuint (n_missed, <=, 2 * MOST / 4);
  assert_valid (pool);
}

/* Full caches have somewhere to put what an empty one needs, though together they could
 * hold all that the pool may keep: one thread that takes and several that give back come
 * to terms without looking for ever, making or dropping buffers. */
static void
test_search_ring_has_room (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MOST, 0);
  TestWorker *givers[] = { test_worker_new (), test_worker_new (), test_worker_new () };
  TestHand hand = { .pool = pool, .n_held = 4 };
  guint64 n_missed = 0, n_dropped = 0, n_looks = 0;

  for (guint i = 0; i < 300; i++)
    {
      if (i == 200)
        {
          n_missed = get_stat (pool, misses);
          n_dropped = get_stat (pool, dropped);
          n_looks = test_calls_n_barriers ();
        }
      test_hand_take (&hand);
      test_worker_call (givers[i % 3], test_hand_give_back, &hand);
    }

  assert_looks (n_looks, 0);
  g_assert_cmpuint (get_stat (pool, misses), ==, n_missed);
  g_assert_cmpuint (get_stat (pool, dropped), ==, n_dropped);
  assert_valid (pool);
  for (guint i = 0; i < G_N_ELEMENTS (givers); i++)
    test_worker_free (givers[i]);
}

/* With thread-cache 0 there is nothing to look for: the next thread finds it in a ring. */
static void
test_search_strict (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 4, MOST, 0);
  g_autoptr (TestWorker) other = test_worker_new ();
  TestHand hand = { .pool = pool, .n_held = MOST };
  guint64 n_looks;

  bp_pool_set_thread_cache (pool, 0);
  n_looks = test_calls_n_barriers ();
  test_worker_call (other, take_and_give_back, &hand);
  take_and_give_back (&hand);
  assert_looks (n_looks, 0);
  g_assert_cmpuint (get_stat (pool, hits), ==, MOST);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/search/finds-cached", test_search_finds_cached);
  g_test_add_func ("/threads/search/before-failing", test_search_before_failing);
  g_test_add_func ("/threads/search/ended", test_search_ended);
  g_test_add_func ("/threads/search/finds-other-rings", test_search_finds_other_rings);
  g_test_add_func ("/threads/search/own-first", test_search_own_first);
  g_test_add_func ("/threads/search/leaves-half", test_search_leaves_half);
  g_test_add_func ("/threads/search/in-vain", test_search_in_vain);
  g_test_add_func ("/threads/search/items-are-dear", test_search_items_are_dear);
  g_test_add_func ("/threads/search/ring-has-room", test_search_ring_has_room);
  g_test_add_func ("/threads/search/strict", test_search_strict);
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i];
      g_autofree char *no_ping_pong = g_strconcat ("/threads/search/no-ping-pong/", kind->name, NULL);
      g_autofree char *handed_over = g_strconcat ("/threads/search/handed-over/", kind->name, NULL);

      g_test_add_data_func (no_ping_pong, kind, test_search_no_ping_pong);
      g_test_add_data_func (handed_over, kind, test_search_handed_over);
    }

  return g_test_run ();
}
