/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-thread-private.h"
#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/valgrind.h>
#else
# define RUNNING_ON_VALGRIND 0
#endif

/* What threads leave behind when they end is used by others. */

#define N_ITEMS 8
#define MAX_BUFFERS 100

/* Into the cache of the calling thread: twice, since one that has not yet taken anything
 * from its cache hides less. */
#define N_TURNS 2

static void
fill_cache (gpointer pool)
{
  BpPooled *held[N_ITEMS];

  for (guint turn = 0; turn < N_TURNS; turn++)
    {
      test_acquire_many (pool, held, N_ITEMS);
      for (guint i = 0; i < N_ITEMS; i++)
        test_touch (held[i]);
      test_unref_many (held, N_ITEMS);
    }
}

static void
run_fill_cache (guint    index,
                gpointer pool)
{
  fill_cache (pool);
}

/* The next thread that gets a slot goes on with the caches of the last. */
static void
test_slots_inherit (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MAX_BUFFERS, 0);
  guint end;

  test_thread_join (test_thread_start (run_fill_cache, 0, pool));
  g_assert_cmpuint (get_stat (pool, misses), ==, N_ITEMS);
  end = bp_peek (bp_slots_end);

  for (guint i = 0; i < 200; i++)
    test_thread_join (test_thread_start (run_fill_cache, 0, pool));

  g_assert_cmpuint (bp_peek (bp_slots_end), ==, end);
  g_assert_cmpuint (get_stat (pool, misses), ==, N_ITEMS);
  g_assert_cmpuint (get_stat (pool, hits), ==, (201 * N_TURNS - 1) * N_ITEMS);
  assert_valid (pool);
}

/* And no other thread needs to: what an ended thread had in its cache is found by all. */
static void
test_slots_found (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MAX_BUFFERS, 0);

  /* This thread has a slot of its own. */
  g_assert_cmpuint (bp_slots_get (), !=, 0);
  test_thread_join (test_thread_start (run_fill_cache, 0, pool));
  fill_cache (pool);
  g_assert_cmpuint (get_stat (pool, misses), ==, N_ITEMS);
  assert_valid (pool);

  test_thread_join (test_thread_start (run_fill_cache, 0, pool));
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  assert_valid (pool);
}

typedef struct
{
  BpPool *pool;
  TestQueue *queue;
} Survivors;

static void
run_die (guint    index,
         gpointer data)
{
  Survivors *survivors = data;

  for (guint i = 0; i < N_ITEMS; i++)
    {
      BpPooled *pooled = bp_pool_acquire (survivors->pool);

      test_touch (pooled);
      test_queue_push (survivors->queue, pooled);
    }
}

/* Buffers live on when the thread that took them dies, and may outlive the pool. */
static void
test_slots_survivors (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;
  g_autoptr (TestQueue) queue = test_queue_new (0);
  Survivors survivors = { .queue = queue };
  guint n_generations = test_scale (100);
  BpPooled *pooled;

  test_counters_reset (&counters);
  survivors.pool = kind->make (&counters, 4, MAX_BUFFERS, 0);
  for (guint i = 0; i < n_generations; i++)
    {
      test_run_threads (3, run_die, &survivors);
      for (guint j = 0; j < 2 * N_ITEMS; j++)
        bp_pooled_unref (test_queue_pop (queue));
    }
  assert_valid (survivors.pool);
  g_assert_cmpuint (get_stat (survivors.pool, outstanding), ==, n_generations * N_ITEMS);

  g_object_unref (survivors.pool);
  while ((pooled = test_queue_try_pop (queue)) != NULL)
    bp_pooled_unref (pooled);
  g_assert_cmpuint (test_counters_live (&counters), ==, 0);
}

/* More threads at once than there are slots. */

#define N_CROWD (BP_MAX_SLOTS + 76)

typedef struct
{
  BpPool *pool;
  TestBarrier barrier;
  guint n_slots;
  atomic_uint n_with;
} Crowd;

static void
run_crowd (guint    index,
           gpointer data)
{
  Crowd *crowd = data;

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire (crowd->pool);
      guint8 *bytes = bp_pooled_resize (pooled, 4);

      memcpy (bytes, &index, 4);
      test_barrier_wait (&crowd->barrier);
      g_assert_cmpmem (bytes, 4, &index, 4);
    }
  /* No thread waits for a slot, so it may not have got one at first. */
  while (bp_slot == 0 && crowd->n_with < crowd->n_slots)
    {
      bp_pooled_unref (bp_pool_acquire (crowd->pool));
      g_thread_yield ();
    }
  if (bp_slot != 0)
    crowd->n_with++;
  test_barrier_wait (&crowd->barrier);
}

static void
test_slots_crowd (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 8, 2 * N_CROWD, 0);
  /* Slot 0 is no thread's, and this thread may have one. */
  Crowd crowd = { .pool = pool, .n_slots = BP_MAX_SLOTS - 1 - (bp_slot != 0) };

  if (RUNNING_ON_VALGRIND)
    {
      g_test_skip ("valgrind runs 500 threads at most");
      return;
    }

  test_barrier_init (&crowd.barrier, N_CROWD);
  test_run_threads (N_CROWD, run_crowd, &crowd);
  test_barrier_clear (&crowd.barrier);

  g_assert_cmpuint (crowd.n_with, ==, crowd.n_slots);
  g_assert_cmpuint (bp_peek (bp_slots_end), ==, BP_MAX_SLOTS);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);

  /* All of them are free again, and what lies there is still found. */
  fill_cache (pool);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  assert_valid (pool);
}

/* Destructors of thread-local variables run in any order, and may use pools after
 * the library's own has given the slot back. */

typedef struct
{
  pthread_key_t key;
  BpPool *pool;
  BpPooled *kept;
  guint n_calls;
  gboolean use_early;
  guint slot_at_last;
} Late;

static void
use_late (gpointer data)
{
  Late *late = data;

  fill_cache (late->pool);

  /* It is called again, after all that are called for the first time. */
  if (++late->n_calls < 3)
    {
      pthread_setspecific (late->key, late);
      return;
    }

  late->slot_at_last = bp_slot;
  g_clear_pointer (&late->kept, bp_pooled_unref);
}

static void
run_late (guint    index,
          gpointer data)
{
  Late *late = data;

  if (late->use_early)
    {
      fill_cache (late->pool);
      late->kept = bp_pool_acquire (late->pool);
    }
  pthread_setspecific (late->key, late);
}

static void
check_late (gboolean use_early)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 4, MAX_BUFFERS, 0);
  guint end = 0;

  for (guint i = 0; i < 20; i++)
    {
      Late late = { .pool = pool, .use_early = use_early };

      g_assert_cmpint (pthread_key_create (&late.key, use_late), ==, 0);
      test_thread_join (test_thread_start (run_late, 0, &late));
      pthread_key_delete (late.key);

      g_assert_cmpuint (late.n_calls, ==, 3);
      g_assert_cmpuint (late.slot_at_last, ==, 0);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
      assert_valid (pool);

      /* No slot is lost. */
      if (i == 0)
        end = bp_peek (bp_slots_end);
      g_assert_cmpuint (bp_peek (bp_slots_end), ==, end);
    }
}

static void
test_slots_late_destructor (void)
{
  check_late (TRUE);
}

/* The thread's first use of any pool is in a destructor. */
static void
test_slots_first_in_destructor (void)
{
  check_late (FALSE);
}

/* Caches of many pools and of many threads. */

typedef struct
{
  BpPool *pools[70];
} Many;

static void
run_many (guint    index,
          gpointer data)
{
  Many *many = data;
  guint n_rounds = test_scale (40);

  for (guint round = 0; round < n_rounds; round++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (many->pools); i++)
        fill_cache (many->pools[(i + index) % G_N_ELEMENTS (many->pools)]);
    }
}

static void
test_slots_many_pools (void)
{
  Many many;

  for (guint i = 0; i < G_N_ELEMENTS (many.pools); i++)
    many.pools[i] = bp_pool_new_full (BP_ELEMENT_TYPE_U16, 1 + i % 5, MAX_BUFFERS, 0);
  test_run_threads (4, run_many, &many);
  for (guint i = 0; i < G_N_ELEMENTS (many.pools); i++)
    {
      assert_valid (many.pools[i]);
      g_object_unref (many.pools[i]);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/slots/inherit", test_slots_inherit);
  g_test_add_func ("/threads/slots/found", test_slots_found);
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/threads/slots/survivors/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_slots_survivors);
    }
  g_test_add_func ("/threads/slots/late-destructor", test_slots_late_destructor);
  g_test_add_func ("/threads/slots/first-in-destructor", test_slots_first_in_destructor);
  g_test_add_func ("/threads/slots/many-pools", test_slots_many_pools);
  g_test_add_func ("/threads/slots/crowd", test_slots_crowd);
  /* With more caches than the first chunk holds. */
  g_test_add_func ("/threads/slots/many-pools-again", test_slots_many_pools);

  return g_test_run ();
}
