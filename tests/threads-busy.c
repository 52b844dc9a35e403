/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* Whatever changes, empties or counts a pool, while other threads are in the
 * middle of using it. */

#define N_OWNERS 3
#define MOST_HELD 24
#define MAX_BUFFERS 30
#define PLENTY 2000
/* Of any kind of buffer, as test_touch() makes it. */
#define MOST_BYTES 200

typedef struct
{
  BpPool *pool;
  atomic_bool stop;
  atomic_uint n_busy;
  void (*meddle) (BpPool *pool,
                  guint   round);
  guint n_rounds;
  guint most_held;
} Busy;

/* Takes and gives back, each time another number, so that the thread's cache is
 * filled, emptied, refilled from the ring and flushed to it. */
static void
own (Busy *busy,
     guint index)
{
  BpPooled *held[MOST_HELD];
  TestRandom random;

  test_random_init (&random, index);
  busy->n_busy++;
  while (!busy->stop)
    {
      guint n_held = 1 + test_random_below (&random, busy->most_held);

      test_acquire_many (busy->pool, held, n_held);
      for (guint i = 0; i < n_held; i++)
        test_touch (held[i]);
      test_unref_many (held, n_held);
    }
}

static void
run_busy (guint    index,
          gpointer data)
{
  Busy *busy = data;

  if (index < N_OWNERS)
    {
      own (busy, index);
      return;
    }

  while (busy->n_busy < N_OWNERS)
    g_thread_yield ();
  for (guint round = 0; round < busy->n_rounds; round++)
    busy->meddle (busy->pool, round);
  busy->stop = TRUE;
}

static void
meddle_with (Busy   *busy,
             guint   n_rounds,
             void  (*meddle) (BpPool *pool,
                              guint   round))
{
  busy->stop = FALSE;
  busy->n_busy = 0;
  busy->n_rounds = test_scale (n_rounds);
  busy->meddle = meddle;
  if (busy->most_held == 0)
    busy->most_held = MOST_HELD;
  test_run_threads (N_OWNERS + 1, run_busy, busy);

  assert_valid (busy->pool);
  g_assert_cmpuint (get_stat (busy->pool, outstanding), ==, 0);
}

static const guint shard_counts[] = { 1, 3, 16 };

static void
meddle_with_kinds (guint   n_rounds,
                   void  (*meddle) (BpPool *pool,
                                    guint   round))
{
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (shard_counts); j++)
        {
          TestCounters counters;
          g_autoptr (BpPool) pool = NULL;
          Busy busy = { 0 };

          test_counters_reset (&counters);
          pool = test_kinds[i].make (&counters, shard_counts[j], MAX_BUFFERS, 0);
          busy.pool = pool;
          meddle_with (&busy, n_rounds, meddle);
        }
    }
}

static void
read_stats (BpPool *pool,
            guint   round)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  g_assert_cmpuint (bp_pool_stats_get_idle (stats), <=, MAX_BUFFERS);
  g_assert_cmpuint (bp_pool_stats_get_idle_bytes (stats), <=, MAX_BUFFERS * MOST_BYTES);
}

/* Never more idle than max-buffers nor more out than there are, at any moment. */
static void
test_busy_stats (void)
{
  meddle_with_kinds (3000, read_stats);
}

static void
drop_none (BpPool *pool,
           guint   round)
{
  bp_pool_drop_idle (pool, PLENTY);
}

/* There are never so many idle buffers that this may drop one. */
static void
test_busy_drop_none (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, shard_counts[i], PLENTY, 0);
      Busy busy = { .pool = pool };

      meddle_with (&busy, 5000, drop_none);
      g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
    }
}

static void
drop_all (BpPool *pool,
          guint   round)
{
  bp_pool_drop_idle (pool, round % 3 == 0 ? 5 : 0);
}

static void
test_busy_drop_all (void)
{
  meddle_with_kinds (400, drop_all);
}

static void
change_max_buffers (BpPool *pool,
                    guint   round)
{
  static const guint sizes[] = { 0, 7, MAX_BUFFERS, 1, 40, 2, MAX_BUFFERS / 2 };
  guint size = sizes[round % G_N_ELEMENTS (sizes)];

  bp_pool_set_max_buffers (pool, size);
  g_assert_cmpuint (get_stat (pool, idle), <=, size);
}

/* The bound holds from the moment that the call returns. */
static void
test_busy_max_buffers (void)
{
  meddle_with_kinds (400, change_max_buffers);
}

static void
change_thread_cache (BpPool *pool,
                     guint   round)
{
  static const int sizes[] = { 0, 1, -1, 64, 5 };

  bp_pool_set_thread_cache (pool, sizes[round % G_N_ELEMENTS (sizes)]);
}

static void
test_busy_thread_cache (void)
{
  meddle_with_kinds (400, change_thread_cache);
}

static void
change_trim (BpPool *pool,
             guint   round)
{
  bp_pool_set_trim_capacity (pool, round % 3 * 4);
}

static void
test_busy_trim_capacity (void)
{
  meddle_with_kinds (2000, change_trim);
}

static void
prefill (BpPool *pool,
         guint   round)
{
  g_autoptr (GError) error = NULL;

  if (bp_pool_prefill (pool, 1 + round % 32, 16, &error))
    g_assert_no_error (error);
  else
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  if (round % 4 == 0)
    bp_pool_drop_idle (pool, 0);
}

static void
test_busy_prefill (void)
{
  meddle_with_kinds (400, prefill);
}

static void
do_all (BpPool *pool,
        guint   round)
{
  static void (*const all[]) (BpPool *pool,
                              guint   round) = {
    drop_all, change_max_buffers, change_thread_cache, change_trim, prefill,
  };

  all[round % G_N_ELEMENTS (all)] (pool, round / G_N_ELEMENTS (all));
}

static void
test_busy_everything (void)
{
  meddle_with_kinds (1000, do_all);
}

typedef struct
{
  BpPool *pool;
  guint n_rounds;
  TestBarrier barrier;
} Setters;

static void
run_setters (guint    index,
             gpointer data)
{
  Setters *setters = data;

  for (guint round = 0; round < setters->n_rounds; round++)
    {
      test_barrier_wait (&setters->barrier);
      bp_pool_set_trim_capacity (setters->pool, index == 0 ? 10 : 1000);
      bp_pool_set_max_buffers (setters->pool, index == 0 ? 4 : 9);
      bp_pool_set_thread_cache (setters->pool, index == 0 ? 0 : -1);
      test_barrier_wait (&setters->barrier);

      if (index == 0)
        {
          gsize trim_capacity = bp_pool_get_trim_capacity (setters->pool);
          guint max_buffers = bp_pool_get_max_buffers (setters->pool);
          BpPooled *held[16];

          test_acquire_many (setters->pool, held, G_N_ELEMENTS (held));
          for (guint i = 0; i < G_N_ELEMENTS (held); i++)
            bp_pooled_resize (held[i], 3 * trim_capacity);
          test_unref_many (held, G_N_ELEMENTS (held));

          g_assert_cmpuint (get_stat (setters->pool, idle), ==, max_buffers);
          g_assert_cmpuint (get_stat (setters->pool, idle_bytes), ==, max_buffers * trim_capacity);
          assert_valid (setters->pool);
        }
    }
}

/* Of two threads that set something at once, one has the last word in all of it. */
static void
test_busy_two_setters (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 4, 10);
  Setters setters = { .pool = pool, .n_rounds = test_scale (3000) };

  test_barrier_init (&setters.barrier, 2);
  test_run_threads (2, run_setters, &setters);
  test_barrier_clear (&setters.barrier);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/busy/stats", test_busy_stats);
  g_test_add_func ("/threads/busy/drop-none", test_busy_drop_none);
  g_test_add_func ("/threads/busy/drop-all", test_busy_drop_all);
  g_test_add_func ("/threads/busy/max-buffers", test_busy_max_buffers);
  g_test_add_func ("/threads/busy/thread-cache", test_busy_thread_cache);
  g_test_add_func ("/threads/busy/trim-capacity", test_busy_trim_capacity);
  g_test_add_func ("/threads/busy/prefill", test_busy_prefill);
  g_test_add_func ("/threads/busy/everything", test_busy_everything);

  g_test_add_func ("/threads/busy/two-setters", test_busy_two_setters);

  return g_test_run ();
}
