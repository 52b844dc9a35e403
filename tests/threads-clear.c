/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "bp-pool-private.h"
#include "bp-return-private.h"
#include "bp-trim-private.h"
#include "test-freed.h"
#include "test-race.h"
#include "test-secret.h"
#include "test-sync.h"
#include "test-utils.h"

/* clear-on-release, set while other threads give secrets back. When all is done no idle
 * buffer has a secret, whichever came first. */

#define N_BYTES 200
#define N_HELD 20

static void
take_secrets (BpPool    *pool,
              BpPooled **held,
              guint      n_held)
{
  g_assert_true (bp_pool_acquire_many (pool, N_BYTES, held, n_held, NULL));
  for (guint i = 0; i < n_held; i++)
    test_write_secret (held[i]);
}

/* With the caches off this thread finds all idle buffers. */
static void
assert_clean (BpPool *pool)
{
  g_autoptr (GPtrArray) idle = g_ptr_array_new_with_free_func ((GDestroyNotify) bp_pooled_unref);
  guint64 n_idle = get_stat (pool, idle);

  assert_valid (pool);
  bp_pool_set_thread_cache (pool, 0);
  for (guint64 i = 0; i < n_idle; i++)
    {
      BpPooled *pooled = bp_pool_acquire (pool);

      g_ptr_array_add (idle, pooled);
      g_assert_true (test_is_zero (bp_pooled_get_data (pooled, NULL),
                                   bp_pooled_get_capacity (pooled)));
    }
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  bp_pool_set_thread_cache (pool, -1);
}

/* In the cache of a thread that does nothing, and of one that has ended. */
static void
fill_cache (gpointer pool)
{
  BpPooled *held[N_HELD];

  for (guint i = 0; i < 2; i++)
    {
      take_secrets (pool, held, N_HELD);
      test_unref_many (held, N_HELD);
    }
}

static void
test_other_caches (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 1024, 0);
  g_autoptr (TestWorker) sleeper = test_worker_new ();
  TestWorker *ended = test_worker_new ();

  test_worker_call (sleeper, fill_cache, pool);
  test_worker_call (ended, fill_cache, pool);
  test_worker_free (ended);

  bp_pool_set_clear_on_release (pool, TRUE);
  assert_clean (pool);
  test_worker_call (sleeper, fill_cache, pool);
  assert_clean (pool);
}

typedef struct
{
  TestRound round;
  BpPool *pool;
  BpPooled *held[2][N_HELD];
} Round;

static void
begin (gpointer data)
{
  Round *round = data;
  guint n = round->round.n;

  round->pool = g_object_new (BP_TYPE_POOL, "shards", 1 + n % 2, "max-buffers", n % 3 == 0 ? 8 : 64,
                              "thread-cache", n % 5 == 0 ? 0 : -1, "max-idle-bytes",
                              (guint64) (n % 7 == 0 ? 5 * N_BYTES : 0), NULL);
  for (guint i = 0; i < 2; i++)
    take_secrets (round->pool, round->held[i], N_HELD);
  test_unref_many (round->held[0], N_HELD);
  take_secrets (round->pool, round->held[0], N_HELD);
}

static void
set (gpointer data)
{
  Round *round = data;

  bp_pool_set_clear_on_release (round->pool, TRUE);
}

static void
set_thrice (gpointer data)
{
  Round *round = data;

  bp_pool_set_clear_on_release (round->pool, TRUE);
  bp_pool_set_clear_on_release (round->pool, FALSE);
  bp_pool_set_clear_on_release (round->pool, TRUE);
}

static void
give_back (gpointer data)
{
  Round *round = data;

  for (guint i = 0; i < N_HELD; i++)
    {
      if (i % 3 == 2)
        bp_pooled_release (round->held[0][i]);
      bp_pooled_unref (round->held[0][i]);
    }
}

static void
give_back_many (gpointer data)
{
  Round *round = data;

  bp_pooled_unref_many (round->held[1], N_HELD);
}

/* Takes idle secrets into its hands, and to rings. */
static void
trim (gpointer data)
{
  Round *round = data;

  for (guint i = 0; i < 3; i++)
    bp_pool_set_thread_cache (round->pool, -1);
}

static void
use (gpointer data)
{
  Round *round = data;

  for (guint i = 0; i < N_HELD; i++)
    {
      BpPooled *pooled = bp_pool_acquire_uninit (round->pool, N_BYTES, NULL);

      test_write_secret (pooled);
      bp_pooled_unref (pooled);
    }
}

static void
end (gpointer data)
{
  Round *round = data;

  assert_clean (round->pool);
  g_object_unref (round->pool);
}

static void
give_back_rest (gpointer data)
{
  Round *round = data;

  test_unref_many (round->held[1], N_HELD);
  end (round);
}

static const TestRaceKind kinds[] = {
  { "return", begin, { set, give_back }, give_back_rest },
  { "return-many", begin, { set, give_back, give_back_many }, end },
  { "set-thrice", begin, { set_thrice, give_back, give_back_many }, end },
  { "two-set", begin, { set, set, give_back, give_back_many }, end },
  { "trim", begin, { set, trim, give_back, give_back_many }, end },
  { "use", begin, { set, use, give_back, give_back_many }, end },
};

static void
test_race (gconstpointer data)
{
  Round round = { .round.seed = test_get_seed () };

  test_race_run (data, test_scale (200), &round.round);
}

/* A thread waits for a shard, and has not seen that it must wipe. */

typedef enum
{
  LATE_PUT,
  LATE_REPLACE,
  LATE_PUBLISH
} LateHow;

typedef struct
{
  BpPool *pool;
  BpPooled *pooled;
  TestGate known;
  TestGate locked;
  /* Of the thread, and the one that it will wait for. */
  guint own_shard;
  BpShard *shard;
} Late;

/* Makes the buffer idle. It is the pool's only one. */
static void
publish (BpPool   *pool,
         guint     shard,
         BpPooled *pooled)
{
  g_assert_cmpuint (bp_core_take_places (pool->core, 1), ==, 1);
  pooled->next = NULL;
  bp_item_poison (pooled);
  bp_poke (pooled->word, 0);
  bp_trim_publish (pool->core, shard, pooled);
}

static void
return_late (guint    index,
             gpointer data)
{
  Late *late = data;
  BpPooled *first;

  late->own_shard = bp_core_get_own_shard (late->pool->core, NULL);
  if (index == LATE_REPLACE)
    {
      take_secrets (late->pool, &first, 1);
      publish (late->pool, 1 - late->own_shard, first);
    }
  late->shard = &late->pool->core->shards[index == LATE_REPLACE ? 1 - late->own_shard
                                                                : late->own_shard];
  test_gate_open (&late->known);
  test_gate_wait (&late->locked);
  if (index == LATE_PUBLISH)
    publish (late->pool, late->own_shard, late->pooled);
  else
    bp_pooled_unref (late->pooled);
}

/* GLib says in the mutex's word that a thread waits for it. */
static void
wait_for_waiter (GMutex *mutex)
{
  while (g_atomic_int_get ((gint *) mutex) != 2)
    g_thread_yield ();
}

static void
check_late (LateHow how)
{
  Late late = { .pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 1, 0) };
  BpCore *core = late.pool->core;
  TestThread *thread;

  bp_pool_set_thread_cache (late.pool, 0);
  test_gate_init (&late.known);
  test_gate_init (&late.locked);
  take_secrets (late.pool, &late.pooled, 1);

  thread = test_thread_start (return_late, how, &late);
  test_gate_wait (&late.known);
  bp_mutex_lock (&late.shard->mutex);
  test_gate_open (&late.locked);
  wait_for_waiter (&late.shard->mutex);
  /* What the setter does: itself it would wait for the shard, too. */
  bp_poke (core->config.clears, TRUE);
  bp_poke (core->is_controlled, TRUE);
  for (guint i = 0; i < bp_peek (late.shard->n); i++)
    bp_item_wipe (late.shard->ring[late.shard->first + i]);
  bp_shard_unlock (late.shard);
  test_thread_join (thread);

  g_assert_cmpuint (get_stat (late.pool, idle), ==, 1);
  assert_clean (late.pool);
  test_gate_clear (&late.known);
  test_gate_clear (&late.locked);
  g_object_unref (late.pool);
}

static void
test_late (void)
{
  check_late (LATE_PUT);
  check_late (LATE_REPLACE);
  check_late (LATE_PUBLISH);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();
  g_test_add_func ("/threads-clear/other-caches", test_other_caches);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/threads-clear/", kinds[i].name, NULL);

      g_test_add_data_func (path, &kinds[i], test_race);
    }
  g_test_add_func ("/threads-clear/late", test_late);

  return g_test_run ();
}
