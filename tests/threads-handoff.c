/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-debug-private.h"
#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* Buffers that one thread takes and another gives back. */

#define QUEUE_CAPACITY 12
#define MAX_BUFFERS 200
#define LENGTH 50

typedef struct
{
  BpPool *pool;
  TestQueue *queue;
  guint n_producers;
  guint n_consumers;
  guint n_each;
  gboolean is_elements;
  atomic_uint n_consumed;
} Handoff;

/* Elements say which thread filled them, and with what. */
static void
fill (BpPooled *pooled,
      guint     value)
{
  guint8 *data = bp_pooled_resize (pooled, LENGTH * 12 / bp_pooled_get_element_size (pooled));

  memset (data, (int) (value % 251), LENGTH * 12);
}

static void
check_filled (BpPooled *pooled)
{
  const guint8 *data = bp_pooled_get_data (pooled, NULL);

  for (guint i = 1; i < LENGTH * 12; i++)
    g_assert_cmpuint (data[i], ==, data[0]);
}

static void
produce (Handoff *handoff,
         guint    index)
{
  for (guint i = 0; i < handoff->n_each; i++)
    {
      BpPooled *pooled = bp_pool_acquire (handoff->pool);

      if (handoff->is_elements)
        fill (pooled, index * 83 + i);
      test_queue_push (handoff->queue, pooled);
    }
}

static void
consume (Handoff *handoff)
{
  guint n_all = handoff->n_producers * handoff->n_each;

  while (handoff->n_consumed++ < n_all)
    {
      BpPooled *pooled = test_queue_pop (handoff->queue);

      if (handoff->is_elements)
        check_filled (pooled);
      else
        g_assert_nonnull (bp_pooled_get_item (pooled));
      bp_pooled_unref (pooled);
    }
}

static void
run_handoff (guint    index,
             gpointer data)
{
  Handoff *handoff = data;

  if (index < handoff->n_producers)
    produce (handoff, index);
  else
    consume (handoff);
}

static void
check_handoff (const TestKind *kind,
               guint           n_shards,
               int             thread_cache,
               guint           n_producers,
               guint           n_consumers)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (TestQueue) queue = test_queue_new (QUEUE_CAPACITY);
  Handoff handoff = {
    .queue = queue,
    .n_producers = n_producers,
    .n_consumers = n_consumers,
    .n_each = test_scale (1000),
    .is_elements = kind->is_elements,
  };

  test_counters_reset (&counters);
  pool = kind->make (&counters, n_shards, MAX_BUFFERS, 0);
  bp_pool_set_thread_cache (pool, thread_cache);
  handoff.pool = pool;
  test_run_threads (n_producers + n_consumers, run_handoff, &handoff);

  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, acquired), ==, n_producers * handoff.n_each);
  g_assert_cmpuint (get_stat (pool, idle) + get_stat (pool, dropped), ==, get_stat (pool, misses));

  /* What consumers give back comes round to the producers. */
  if (handoff.n_each >= 1000)
    g_assert_cmpuint (get_stat (pool, misses), <, get_stat (pool, acquired) / 2);
}

static void
test_handoff (gconstpointer data)
{
  static const struct
  {
    guint n_producers, n_consumers;
  } teams[] = { { 1, 1 }, { 3, 1 }, { 1, 3 }, { 4, 4 } };
  static const guint shard_counts[] = { 1, 2, 32 };
  static const int cache_sizes[] = { -1, 0, 3 };
  const TestKind *kind = data;

  for (guint i = 0; i < G_N_ELEMENTS (teams); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (shard_counts); j++)
        {
          for (guint k = 0; k < G_N_ELEMENTS (cache_sizes); k++)
            check_handoff (kind, shard_counts[j], cache_sizes[k],
                           teams[i].n_producers, teams[i].n_consumers);
        }
    }
}

/* Every thread hands on to any other, and keeps nothing for long: buffers
 * come from everywhere, and caches fill and empty. */

#define N_THREADS 4
#define MOST_KEPT 20

typedef struct
{
  BpPool *pool;
  TestQueue *queues[N_THREADS];
  guint n_rounds;
  guint64 seed;
} Exchange;

static void
run_exchange (guint    index,
              gpointer data)
{
  Exchange *exchange = data;
  BpPooled *pooled;
  TestRandom random;

  test_random_init (&random, exchange->seed + index);
  for (guint i = 0; i < exchange->n_rounds; i++)
    {
      guint n_taken = 1 + test_random_below (&random, MOST_KEPT);

      for (guint j = 0; j < n_taken; j++)
        {
          pooled = bp_pool_acquire (exchange->pool);
          fill (pooled, i + j);
          test_queue_push (exchange->queues[test_random_below (&random, N_THREADS)], pooled);
        }

      while ((pooled = test_queue_try_pop (exchange->queues[index])) != NULL)
        {
          check_filled (pooled);
          if (test_random_below (&random, 8) == 0)
            g_assert_true (bp_pooled_release (pooled));
          bp_pooled_unref (pooled);
        }
    }
}

static void
test_handoff_everywhere (void)
{
  static const guint shard_counts[] = { 1, 4, 64 };
  guint64 seed = test_get_seed ();

  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, shard_counts[i],
                                                  MAX_BUFFERS, 0);
      Exchange exchange = { .pool = pool, .n_rounds = test_scale (800), .seed = seed };

      for (guint j = 0; j < N_THREADS; j++)
        exchange.queues[j] = test_queue_new (0);
      test_run_threads (N_THREADS, run_exchange, &exchange);

      for (guint j = 0; j < N_THREADS; j++)
        {
          BpPooled *pooled;

          while ((pooled = test_queue_try_pop (exchange.queues[j])) != NULL)
            bp_pooled_unref (pooled);
          test_queue_free (exchange.queues[j]);
        }
      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
    }
}

/* One pool for the process, made by whichever thread is first. */

static BP_DEFINE_GLOBAL_POOL (global_pool, BP_ELEMENT_TYPE_F32, 8, 100, 1000)

static void
run_global (guint    index,
            gpointer data)
{
  BpPool **pools = data;
  guint n_rounds = test_scale (3000);

  pools[index] = global_pool ();
  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire (global_pool ());
      float *data_of_pooled = bp_pooled_resize (pooled, 100);

      data_of_pooled[i % 100] = (float) i;
    }
}

static void
test_handoff_global (void)
{
  BpPool *pools[N_THREADS] = { NULL };

#ifdef BP_TSAN
  /* It does not see how g_once_init_leave() hands on what it waited for. */
  global_pool ();
#endif
  test_run_threads (N_THREADS, run_global, pools);
  for (guint i = 0; i < N_THREADS; i++)
    g_assert_true (pools[i] == global_pool ());
  assert_valid (global_pool ());
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/threads/handoff/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_handoff);
    }
  g_test_add_func ("/threads/handoff/everywhere", test_handoff_everywhere);
  g_test_add_func ("/threads/handoff/global", test_handoff_global);

  return g_test_run ();
}
