/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-private.h"
#include "test-child.h"
#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* Forks at moments that only a thread inside can choose, and a thread that has looked for
 * vacant places in vain for so long that it would not look again soon. */

#define MAX_BUFFERS 64

/* A thread that is in the middle of a fast operation, and does not go on: to the
 * child it is as if it had never begun. */

static void
enter_cache (gpointer pool)
{
  BpCache *cache = bp_core_get_own_cache (((BpPool *) pool)->core);

  g_assert_true (bp_core_enter (((BpPool *) pool)->core, cache));
}

static void
leave_cache (gpointer pool)
{
  bp_cache_leave (&bp_cells[bp_slot]);
}

static void
test_fork_frozen_owner (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, MAX_BUFFERS, 0);
  g_autoptr (TestWorker) owner = test_worker_new ();

  test_worker_call (owner, test_fill_cache, pool);
  test_worker_call (owner, enter_cache, pool);
  test_run_child (test_take_all_in_child, pool);
  test_worker_call (owner, leave_cache, pool);

  assert_valid (pool);
  test_worker_call (owner, test_fill_cache, pool);
  g_assert_cmpuint (get_stat (pool, misses), ==, TEST_N_IN_CACHE);
}

/* A thread that holds a lock when the fork begins: it is waited for. */

typedef struct
{
  BpPool *pool;
  TestGate locked;
} Holder;

static void
hold_lock (guint    index,
           gpointer data)
{
  Holder *holder = data;
  BpShard *shard = &holder->pool->core->shards[index];

  bp_mutex_lock (&shard->mutex);
  test_gate_open (&holder->locked);
  for (guint i = 0; i < 1000; i++)
    g_thread_yield ();
  bp_shard_unlock (shard);
}

static void
test_fork_locked_shard (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, MAX_BUFFERS, 0);
  Holder holder = { .pool = pool };
  guint n_rounds = test_scale (40);

  if (test_skip_busy_child ())
    return;

  test_fill_cache (pool);
  test_gate_init (&holder.locked);
  for (guint i = 0; i < n_rounds; i++)
    {
      TestThread *thread;

      test_gate_shut (&holder.locked);
      thread = test_thread_start (hold_lock, i % 2, &holder);
      test_gate_wait (&holder.locked);
      test_run_child (test_take_all_in_child, pool);
      test_thread_join (thread);
    }
  test_gate_clear (&holder.locked);
}

/* Many vacant places are worth a look in any case, which every eighth drop finds out. */

#define N_HIDERS 8
#define N_HIDDEN 64
#define N_RETURNED 1000
#define GLANCE_EVERY 8

typedef struct
{
  BpPool *pool;
  BpPooled *held[N_HIDDEN];
} Hider;

static void
hold (BpPool    *pool,
      BpPooled **held,
      guint      n_held)
{
  test_acquire_many (pool, held, n_held);
  for (guint i = 0; i < n_held; i++)
    test_touch (held[i]);
}

static void
hide_places (gpointer data)
{
  Hider *hider = data;

  for (guint i = 0; i < 4; i++)
    {
      hold (hider->pool, hider->held, N_HIDDEN);
      test_unref_many (hider->held, N_HIDDEN);
    }
  hold (hider->pool, hider->held, N_HIDDEN);
}

static void
give_back_hidden (gpointer data)
{
  Hider *hider = data;

  test_unref_many (hider->held, N_HIDDEN);
}

static void
test_many_vacant_places (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 1024, 0);
  g_autofree BpPooled **held = g_new (BpPooled *, N_RETURNED);
  TestWorker *workers[N_HIDERS];
  Hider hiders[N_HIDERS];
  BpCache *cache;

  hold (pool, held, N_RETURNED);
  for (guint i = 0; i < N_HIDERS; i++)
    {
      workers[i] = test_worker_new ();
      hiders[i].pool = pool;
      test_worker_call (workers[i], hide_places, &hiders[i]);
    }
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpint (bp_peek (pool->core->free), <, N_RETURNED);

  cache = bp_core_get_own_cache (pool->core);
  cache->rations[BP_WANT_PLACES].credit = 0;
  cache->rations[BP_WANT_PLACES].cost = 16 * BP_LOOK_COST;
  test_unref_many (held, N_RETURNED);
  g_assert_cmpuint (get_stat (pool, idle), >, N_RETURNED - GLANCE_EVERY);
  assert_valid (pool);

  for (guint i = 0; i < N_HIDERS; i++)
    {
      test_worker_call (workers[i], give_back_hidden, &hiders[i]);
      test_worker_free (workers[i]);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/inside/fork-frozen-owner", test_fork_frozen_owner);
  g_test_add_func ("/threads/inside/fork-locked-shard", test_fork_locked_shard);

  g_test_add_func ("/threads/inside/many-vacant-places", test_many_vacant_places);

  return g_test_run ();
}
