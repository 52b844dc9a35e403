/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-calls.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* What one thread has in its cache, another finds before it makes many buffers, and before
 * it drops many. One thing happens after the other here. */

#define MOST 64
/* As much as makes a look worth its price: so many small buffers, or items; one large
 * buffer is enough. See tests/property/rations.h. */
#define MANY_SMALL 128
#define MANY_ITEMS 16
#define LARGE ((gsize) 1 << 20)

typedef struct
{
  BpPool *pool;
  gsize n_elements;
  BpPooled *held[4 * MANY_SMALL];
  guint n_held;
} Hand;

static void
take (gpointer data)
{
  Hand *hand = data;

  for (guint i = 0; i < hand->n_held; i++)
    {
      if (hand->n_elements > 0)
        hand->held[i] = bp_pool_acquire_uninit (hand->pool, hand->n_elements, NULL);
      else
        hand->held[i] = bp_pool_acquire (hand->pool);
      g_assert_nonnull (hand->held[i]);
      test_touch (hand->held[i]);
    }
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

/* So often that the thread is not one that only gives back, which hides nothing. */
static void
fill_cache (gpointer data)
{
  for (guint i = 0; i < 4; i++)
    take_and_give_back (data);
}

/* Another thread has so many idle: how many are made before one of them is found? */
static guint
count_made_before_found (BpPool *pool,
                         gsize   n_elements,
                         guint   n_idle)
{
  g_autoptr (TestWorker) other = test_worker_new ();
  Hand theirs = { .pool = pool, .n_elements = n_elements, .n_held = n_idle };
  Hand ours = { .pool = pool, .n_elements = n_elements };
  guint64 n_missed, n_hit;

  test_worker_call (other, fill_cache, &theirs);
  g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);
  n_hit = get_stat (pool, hits);
  n_missed = get_stat (pool, misses);
  while (get_stat (pool, hits) == n_hit)
    {
      Hand one = { .pool = pool, .n_elements = n_elements, .n_held = 1 };

      g_assert_cmpuint (ours.n_held, <, G_N_ELEMENTS (ours.held));
      take (&one);
      ours.held[ours.n_held++] = one.held[0];
    }
  n_missed = get_stat (pool, misses) - n_missed;
  give_back (&ours);
  assert_valid (pool);

  return (guint) n_missed;
}

static void
test_finds_small (void)
{
  for (guint n_idle = 1; n_idle <= 32; n_idle++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 4 * MOST, 0);

      g_assert_cmpuint (count_made_before_found (pool, 16, n_idle), <=, MANY_SMALL);
    }
}

static void
test_finds_items (void)
{
  for (guint n_idle = 1; n_idle <= 32; n_idle++)
    {
      TestCounters counters;
      g_autoptr (BpPool) pool = NULL;

      test_counters_reset (&counters);
      pool = test_item_pool_new (&counters, 1, 4 * MOST, 0);
      g_assert_cmpuint (count_made_before_found (pool, 0, n_idle), <=, MANY_ITEMS);
    }
}

static void
test_finds_large (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 4 * MOST, 0);

  g_assert_cmpuint (count_made_before_found (pool, LARGE, 1), <=, 1);
}

/* What threads have left that have ended is found at once. */
static void
test_finds_what_ended_threads_left (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  TestWorker *others[3];
  Hand theirs[3], ours;

  test_counters_reset (&counters);
  pool = kind->make (&counters, 2, 4 * MOST, 0);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      others[i] = test_worker_new ();
      theirs[i] = (Hand) { .pool = pool, .n_held = 20 };
      test_worker_call (others[i], take, &theirs[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      test_worker_call (others[i], give_back, &theirs[i]);
      test_worker_free (others[i]);
    }
  g_assert_cmpuint (get_stat (pool, idle), ==, 60);

  ours = (Hand) { .pool = pool, .n_held = 60 };
  take_and_give_back (&ours);
  g_assert_cmpuint (get_stat (pool, misses), ==, 60);
  assert_valid (pool);
}

/* A look leaves the other thread something to go on with. */
static void
test_leaves_half (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 4 * MOST, 0);
  g_autoptr (TestWorker) other = test_worker_new ();
  Hand theirs = { .pool = pool, .n_elements = 16, .n_held = 32 };
  Hand ours = { .pool = pool, .n_elements = 16, .n_held = MANY_SMALL + 1 };
  guint64 n_missed;

  test_worker_call (other, fill_cache, &theirs);
  n_missed = get_stat (pool, misses);
  take (&ours);
  g_assert_cmpuint (get_stat (pool, misses) - n_missed, <=, MANY_SMALL);

  n_missed = get_stat (pool, misses);
  theirs.n_held = 8;
  test_worker_call (other, take_and_give_back, &theirs);
  g_assert_cmpuint (get_stat (pool, misses), ==, n_missed);
  give_back (&ours);
  assert_valid (pool);
}

/* Two threads that take turns with one buffer do not take it from each other for ever: a
 * second one ends the matter. */
static void
test_no_ping_pong (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MOST, 0);
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  Hand hand = { .pool = pool, .n_elements = LARGE, .n_held = 1 };
  guint64 n_barriers = test_calls_n_barriers ();

  for (guint i = 0; i < 200; i++)
    {
      test_worker_call (first, take_and_give_back, &hand);
      test_worker_call (second, take_and_give_back, &hand);
    }
  g_assert_cmpuint (test_calls_n_barriers () - n_barriers, <=, 4);
  g_assert_cmpuint (get_stat (pool, misses), <=, 3);
  assert_valid (pool);
}

/* Before an acquire fails, nothing is spared. */
static void
test_before_it_fails (void)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (TestWorker) other = test_worker_new ();
  Hand theirs = { .n_held = 8 };
  Hand ours = { .n_held = 8 };
  g_autoptr (GError) error = NULL;

  test_counters_reset (&counters);
  pool = theirs.pool = ours.pool = test_item_pool_new (&counters, 4, MOST, 0);
  test_worker_call (other, fill_cache, &theirs);

  counters.fail_after = 0;
  take (&ours);
  g_assert_cmpuint (get_stat (pool, misses), ==, 8);
  g_assert_null (bp_pool_try_acquire (pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
  give_back (&ours);
  assert_valid (pool);
}

/* Before a buffer is dropped, places are taken back that others' caches have and do not
 * use. */
static void
test_takes_vacant_places (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (TestWorker) first = test_worker_new ();
  g_autoptr (TestWorker) second = test_worker_new ();
  Hand theirs = { .n_held = 20 };
  Hand others = { .n_held = 20 };
  Hand ours = { .n_held = MOST };

  test_counters_reset (&counters);
  pool = theirs.pool = others.pool = ours.pool = kind->make (&counters, 1, MOST, 0);
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

/* One thread that takes and several that give back come to terms without looking into
 * each other's caches for ever, making or dropping buffers. */
static void
test_come_to_terms (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  TestWorker *givers[] = { test_worker_new (), test_worker_new (), test_worker_new () };
  Hand hand = { .n_held = 4 };
  guint64 n_missed = 0, n_dropped = 0, n_barriers = 0;

  test_counters_reset (&counters);
  pool = hand.pool = kind->make (&counters, 1, MOST, 0);
  for (guint i = 0; i < 600; i++)
    {
      take (&hand);
      test_worker_call (givers[i % 3], give_back, &hand);
      if (i == 399)
        {
          n_missed = get_stat (pool, misses);
          n_dropped = get_stat (pool, dropped);
          n_barriers = test_calls_n_barriers ();
        }
    }

  g_assert_cmpuint (test_calls_n_barriers (), ==, n_barriers);
  g_assert_cmpuint (get_stat (pool, misses), ==, n_missed);
  g_assert_cmpuint (get_stat (pool, dropped), ==, n_dropped);
  assert_valid (pool);
  for (guint i = 0; i < G_N_ELEMENTS (givers); i++)
    test_worker_free (givers[i]);
}

/* With thread-cache 0 there is nothing to look for: the next thread finds all of it. */
static void
test_strict (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (TestWorker) other = test_worker_new ();
  Hand hand = { .n_held = MOST };

  test_counters_reset (&counters);
  pool = hand.pool = kind->make (&counters, 4, MOST, 0);
  bp_pool_set_thread_cache (pool, 0);
  test_worker_call (other, take_and_give_back, &hand);
  take_and_give_back (&hand);
  g_assert_cmpuint (get_stat (pool, hits), ==, MOST);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
  assert_valid (pool);
}

static void
add_for_kinds (const char    *name,
               GTestDataFunc  func)
{
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/threads/search/", name, "/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], func);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/search/finds-small", test_finds_small);
  g_test_add_func ("/threads/search/finds-items", test_finds_items);
  g_test_add_func ("/threads/search/finds-large", test_finds_large);
  add_for_kinds ("finds-what-ended-threads-left", test_finds_what_ended_threads_left);
  g_test_add_func ("/threads/search/leaves-half", test_leaves_half);
  g_test_add_func ("/threads/search/no-ping-pong", test_no_ping_pong);
  g_test_add_func ("/threads/search/before-it-fails", test_before_it_fails);
  add_for_kinds ("takes-vacant-places", test_takes_vacant_places);
  add_for_kinds ("come-to-terms", test_come_to_terms);
  add_for_kinds ("strict", test_strict);

  return g_test_run ();
}
