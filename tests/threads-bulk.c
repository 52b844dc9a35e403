/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* bp_pool_acquire_many() and bp_pooled_unref_many() in several threads, while another one
 * changes all that they depend on. No buffer has two users, and the numbers add up. */

#define N_THREADS 4
#define LENGTH 48
#define MOST 100
#define N_ROUNDS 20000
#define N_BATCHES 5000
#define LIMIT 60

typedef struct
{
  BpPool *pool;
  guint n_rounds;
  TestRandom randoms[N_THREADS + 1];
  atomic_uint n_running;
  atomic_uint n_out;
  TestQueue *queue;
} Crowd;

typedef struct
{
  BpPooled *pooled[MOST];
  guint n;
  guint8 stamp;
} Batch;

static void
crowd_init (Crowd  *crowd,
            BpPool *pool,
            guint   n_rounds)
{
  memset (crowd, 0, sizeof (Crowd));
  test_randoms_init (crowd->randoms, G_N_ELEMENTS (crowd->randoms));
  crowd->pool = pool;
  crowd->n_rounds = test_scale (n_rounds);
  crowd->n_running = N_THREADS;
}

static void
stamp (BpPooled **pooled,
       guint      n,
       guint8     value)
{
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (bp_pooled_get_length (pooled[i]), ==, LENGTH);
      memset (bp_pooled_get_data (pooled[i], NULL), value, LENGTH);
    }
}

static void
assert_stamped (BpPooled **pooled,
                guint      n,
                guint8     value)
{
  for (guint i = 0; i < n; i++)
    {
      const guint8 *data = bp_pooled_get_data (pooled[i], NULL);

      for (guint k = 0; k < LENGTH; k++)
        g_assert_cmpuint (data[k], ==, value);
    }
}

static void
acquire (BpPool    *pool,
         BpPooled **pooled,
         guint      n)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = bp_pool_acquire_many (pool, LENGTH, pooled, n, &error);

  g_assert_no_error (error);
  g_assert_true (is_done);
}

static void
assert_at_rest (BpPool *pool)
{
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, idle), <=, bp_pool_get_max_buffers (pool));
  assert_valid (pool);
  test_assert_sums (pool);
}

/* Some go back one by one, as a mixed program has it. */
static void
use_many (guint index,
          Crowd *crowd)
{
  TestRandom *random = &crowd->randoms[index];

  for (guint round = 0; round < crowd->n_rounds; round++)
    {
      BpPooled *pooled[MOST];
      guint n = 1 + test_random_below (random, MOST);
      guint n_single = test_random_below (random, 4) == 0 ? test_random_below (random, n) : 0;
      guint8 value = (guint8) (round * N_THREADS + index);

      acquire (crowd->pool, pooled, n);
      stamp (pooled, n, value);
      assert_stamped (pooled, n, value);
      for (guint i = 0; i < n_single; i++)
        bp_pooled_unref (pooled[i]);
      bp_pooled_unref_many (pooled + n_single, n - n_single);
    }
  crowd->n_running--;
}

static void
disturb (Crowd *crowd)
{
  TestRandom *random = &crowd->randoms[N_THREADS];

  while (crowd->n_running > 0)
    {
      guint max;

      switch (test_random_below (random, 4))
        {
        case 0:
          bp_pool_drop_idle (crowd->pool, test_random_below (random, MOST));
          break;

        case 1:
          max = test_random_below (random, 5 * MOST);
          bp_pool_set_max_buffers (crowd->pool, max);
          g_assert_cmpuint (get_stat (crowd->pool, idle), <=, max);
          break;

        case 2:
          bp_pool_set_thread_cache (crowd->pool, (int) test_random_below (random, 66) - 1);
          break;

        default:
          bp_pool_set_trim_capacity (crowd->pool, test_random_below (random, 2) * (LENGTH / 2));
        }
    }
}

static void
run_disturbed (guint    index,
               gpointer data)
{
  if (index < N_THREADS)
    use_many (index, data);
  else
    disturb (data);
}

/* Undisturbed. */
static void
run_together (guint    index,
              gpointer data)
{
  use_many (index, data);
}

static void
test_together (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  Crowd crowd;

  crowd_init (&crowd, pool, N_ROUNDS);
  test_run_threads (N_THREADS, run_together, &crowd);
  assert_at_rest (pool);
}

static void
test_disturbed (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 3 * MOST, 0);
  Crowd crowd;

  crowd_init (&crowd, pool, N_ROUNDS);
  test_run_threads (N_THREADS + 1, run_disturbed, &crowd);
  assert_at_rest (pool);
}

/* Limits come and go. */
static void
limit (Crowd *crowd)
{
  TestRandom *random = &crowd->randoms[N_THREADS];

  while (crowd->n_running > 0)
    {
      bp_pool_set_max_outstanding (crowd->pool, (N_THREADS + test_random_below (random, 2)) * MOST);
      bp_pool_drop_idle (crowd->pool, test_random_below (random, MOST));
      bp_pool_set_max_idle_bytes (crowd->pool, test_random_below (random, MOST * LENGTH));
      bp_pool_set_max_outstanding (crowd->pool, 0);
      bp_pool_set_max_idle_bytes (crowd->pool, 0);
    }
}

static void
run_limited (guint    index,
             gpointer data)
{
  if (index < N_THREADS)
    use_many (index, data);
  else
    limit (data);
}

/* The limit is never below what can be out at a time. So no acquire may be refused: a
 * permit that was lost would be missed here. */
static void
test_limits_come_and_go (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 3 * MOST, 0);
  BpPooled *pooled[N_THREADS * MOST + 1];
  g_autoptr (GError) error = NULL;
  Crowd crowd;

  crowd_init (&crowd, pool, N_ROUNDS / 4);
  test_run_threads (N_THREADS + 1, run_limited, &crowd);
  assert_at_rest (pool);

  bp_pool_set_max_outstanding (pool, N_THREADS * MOST);
  g_assert_false (bp_pool_acquire_many (pool, LENGTH, pooled, N_THREADS * MOST + 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
  acquire (pool, pooled, N_THREADS * MOST);
  bp_pooled_unref_many (pooled, N_THREADS * MOST);
  assert_at_rest (pool);
}

/* Whole arrays or nothing, never more out than the limit says. */
static void
run_all_or_nothing (guint    index,
                    gpointer data)
{
  Crowd *crowd = data;

  for (guint round = 0; round < crowd->n_rounds; round++)
    {
      BpPooled *pooled[LIMIT];
      guint n = 1 + test_random_below (&crowd->randoms[index], LIMIT);
      g_autoptr (GError) error = NULL;

      memset (pooled, 0xff, sizeof pooled);
      if (bp_pool_acquire_many (crowd->pool, LENGTH, pooled, n, &error))
        {
          g_assert_cmpuint (atomic_fetch_add (&crowd->n_out, n) + n, <=, LIMIT);
          stamp (pooled, n, (guint8) index);
          assert_stamped (pooled, n, (guint8) index);
          crowd->n_out -= n;
          bp_pooled_unref_many (pooled, n);
        }
      else
        {
          g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
          for (guint i = 0; i < n; i++)
            g_assert_null (pooled[i]);
        }
    }
}

static void
test_all_or_nothing (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "shards", 2,
                                          "max-outstanding", LIMIT, NULL);
  BpPooled *pooled[LIMIT];
  Crowd crowd;

  crowd_init (&crowd, pool, N_ROUNDS);
  test_run_threads (N_THREADS, run_all_or_nothing, &crowd);
  assert_at_rest (pool);

  acquire (pool, pooled, LIMIT);
  bp_pooled_unref_many (pooled, LIMIT);
  assert_at_rest (pool);
}

/* One half acquires, the other half gives back. */
static void
produce (guint  index,
         Crowd *crowd)
{
  for (guint round = 0; round < crowd->n_rounds; round++)
    {
      Batch *batch = g_new (Batch, 1);

      batch->n = 1 + test_random_below (&crowd->randoms[index], MOST);
      batch->stamp = (guint8) (round + index);
      acquire (crowd->pool, batch->pooled, batch->n);
      stamp (batch->pooled, batch->n, batch->stamp);
      test_queue_push (crowd->queue, batch);
    }
  if (atomic_fetch_sub (&crowd->n_running, 2) == 2)
    test_queue_close (crowd->queue);
}

static void
run_handed_over (guint    index,
                 gpointer data)
{
  Crowd *crowd = data;
  Batch *batch;

  if (index % 2 == 0)
    {
      produce (index, crowd);
      return;
    }

  while ((batch = test_queue_pop (crowd->queue)) != NULL)
    {
      assert_stamped (batch->pooled, batch->n, batch->stamp);
      bp_pooled_unref_many (batch->pooled, batch->n);
      g_free (batch);
    }
}

static void
test_handed_over (void)
{
  /* All that can be out at a time fits, so nothing is dropped. */
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 20 * MOST, 0);
  g_autoptr (TestQueue) queue = test_queue_new (4);
  Crowd crowd;

  crowd_init (&crowd, pool, N_BATCHES);
  crowd.queue = queue;
  test_run_threads (N_THREADS, run_handed_over, &crowd);
  assert_at_rest (pool);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
  g_assert_cmpuint (get_stat (pool, returned), ==, get_stat (pool, acquired));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  g_test_add_func ("/threads/bulk/together", test_together);
  g_test_add_func ("/threads/bulk/disturbed", test_disturbed);
  g_test_add_func ("/threads/bulk/limits-come-and-go", test_limits_come_and_go);
  g_test_add_func ("/threads/bulk/all-or-nothing", test_all_or_nothing);
  g_test_add_func ("/threads/bulk/handed-over", test_handed_over);

  return g_test_run ();
}
