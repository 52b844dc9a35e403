/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-calls.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* Threads that have used a pool and sleep now cost the others nothing: neither the
 * places that their caches hide, nor a slow path for ever. */

#define N_HELD 64
#define N_ROUNDS 3
/* A small buffer is not looked for in others' caches at every miss or drop. */
#define LENGTH 16

typedef struct
{
  BpPool *pool;
  TestWorker *worker;
  BpPooled *held[N_HELD];
} Sleeper;

typedef struct
{
  BpPool *pool;
  guint n_sleepers;
  Sleeper *sleepers;
} Dormitory;

static void
hold (BpPool    *pool,
      BpPooled **held,
      guint      n_held)
{
  for (guint i = 0; i < n_held; i++)
    {
      held[i] = bp_pool_acquire_uninit (pool, LENGTH, NULL);
      g_assert_nonnull (held[i]);
    }
}

static void
take_and_give_back (gpointer data)
{
  Sleeper *sleeper = data;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      hold (sleeper->pool, sleeper->held, N_HELD);
      test_unref_many (sleeper->held, N_HELD);
    }
}

static void
take_again (gpointer data)
{
  Sleeper *sleeper = data;

  hold (sleeper->pool, sleeper->held, N_HELD);
}

static void
give_back (gpointer data)
{
  Sleeper *sleeper = data;

  test_unref_many (sleeper->held, N_HELD);
}

static void
call_all (Dormitory *dormitory,
          void     (*func) (gpointer data))
{
  for (guint i = 0; i < dormitory->n_sleepers; i++)
    test_worker_call (dormitory->sleepers[i].worker, func, &dormitory->sleepers[i]);
}

static void
open_dormitory (Dormitory *dormitory,
                guint      n_sleepers,
                guint      max_buffers)
{
  dormitory->n_sleepers = n_sleepers;
  dormitory->sleepers = g_new0 (Sleeper, n_sleepers);
  dormitory->pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, max_buffers, 0);
  for (guint i = 0; i < dormitory->n_sleepers; i++)
    {
      dormitory->sleepers[i].pool = dormitory->pool;
      dormitory->sleepers[i].worker = test_worker_new ();
    }
}

static void
close_dormitory (Dormitory *dormitory)
{
  assert_valid (dormitory->pool);
  for (guint i = 0; i < dormitory->n_sleepers; i++)
    test_worker_free (dormitory->sleepers[i].worker);
  g_free (dormitory->sleepers);
  g_object_unref (dormitory->pool);
}

/* The sleepers' caches are empty, but for the vacant places that they have. Then one
 * thread gives so many back as fit in, to the last place or nearly. */
static void
check_kept (Dormitory *dormitory,
            guint      n_returned,
            guint      n_lost)
{
  g_autofree BpPooled **returned = g_new (BpPooled *, n_returned);

  hold (dormitory->pool, returned, n_returned);
  call_all (dormitory, take_and_give_back);
  call_all (dormitory, take_again);
  bp_pool_drop_idle (dormitory->pool, 0);
  g_assert_cmpuint (get_stat (dormitory->pool, idle), ==, 0);

  test_unref_many (returned, n_returned);
  g_test_message ("%" G_GUINT64_FORMAT " of %u are kept", get_stat (dormitory->pool, idle),
                  n_returned);
  g_assert_cmpuint (get_stat (dormitory->pool, idle), >=, n_returned - n_lost);
  assert_valid (dormitory->pool);

  call_all (dormitory, give_back);
  g_assert_cmpuint (get_stat (dormitory->pool, idle), <=,
                    bp_pool_get_max_buffers (dormitory->pool));
}

typedef struct
{
  const char *name;
  guint n_sleepers;
  guint max_buffers;
  guint n_returned;
} Size;

static const Size sizes[] = {
  { "1000-of-1024", 32, 1024, 1000 },
  { "1024-of-1024", 32, 1024, 1024 },
  { "2000-of-2048", 60, 2048, 2000 },
  { "6000-of-8192", 200, 8192, 6000 },
};

static void
test_all_are_kept (gconstpointer data)
{
  const Size *size = data;
  Dormitory dormitory;

  open_dormitory (&dormitory, size->n_sleepers, size->max_buffers);
  check_kept (&dormitory, size->n_returned, 0);
  close_dormitory (&dormitory);
}

/* A thread that has looked in vain for places looks less often, for a while. But
 * many vacant places are worth a look in any case, which is found out by every eighth
 * return that would drop: so fewer than that are lost. */
#define N_LOST_AT_MOST 8

static void
run_fight (guint    index,
           gpointer pool)
{
  BpPooled *held[N_HELD];
  guint n_rounds = test_scale (3000);

  for (guint i = 0; i < n_rounds; i++)
    {
      hold (pool, held, N_HELD);
      test_unref_many (held, N_HELD);
    }
}

static void
test_kept_after_a_fight (void)
{
  Dormitory dormitory;
  TestThread *other;

  open_dormitory (&dormitory, 32, 32);
  other = test_thread_start (run_fight, 0, dormitory.pool);
  run_fight (0, dormitory.pool);
  test_thread_join (other);
  bp_pool_set_max_buffers (dormitory.pool, 1024);
  check_kept (&dormitory, 1000, N_LOST_AT_MOST);
  close_dormitory (&dormitory);
}

/* What a thread pays: a slow path locks something, the fast one nothing. */

#define N_CYCLES 2000

static guint64
count_locks (BpPool *pool,
             guint   n_held,
             guint   n_cycles)
{
  BpPooled *held[N_HELD];
  guint64 n_locks = test_calls_n_locks ();

  for (guint i = 0; i < n_cycles; i++)
    {
      hold (pool, held, n_held);
      test_unref_many (held, n_held);
    }

  return test_calls_n_locks () - n_locks;
}

/* The counter works. */
static void
test_locks_are_counted (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 256, 0);

  bp_pool_set_thread_cache (pool, 0);
  g_assert_cmpuint (count_locks (pool, 1, N_CYCLES), >=, 2 * N_CYCLES);
}

/* At the default max-buffers: eight have filled their caches and sleep, the ninth thread
 * works from its own all the same. */
static void
test_next_thread_has_a_cache (void)
{
  static const guint n_held[] = { 1, 4, 8 };
  Dormitory dormitory;

  open_dormitory (&dormitory, 8, 256);
  call_all (&dormitory, take_and_give_back);
  for (guint i = 0; i < G_N_ELEMENTS (n_held); i++)
    {
      guint64 n_locks;

      count_locks (dormitory.pool, n_held[i], N_CYCLES / 4);
      n_locks = count_locks (dormitory.pool, n_held[i], N_CYCLES);
      g_test_message ("%u at a time: %" G_GUINT64_FORMAT " locks in %u cycles", n_held[i],
                      n_locks, N_CYCLES);
      g_assert_cmpuint (n_locks, <=, N_CYCLES / 100);
    }
  close_dormitory (&dormitory);
}

#define N_ACTIVE 32

typedef struct
{
  BpPool *pool;
  TestBarrier barrier;
  guint64 n_locks[N_ACTIVE];
} Active;

static void
run_active (guint    index,
            gpointer data)
{
  Active *active = data;

  count_locks (active->pool, 1, N_CYCLES / 4);
  test_barrier_wait (&active->barrier);
  active->n_locks[index] = count_locks (active->pool, 1, N_CYCLES);
  test_barrier_wait (&active->barrier);
}

/* And so do 32 that are all at work. */
static void
test_many_threads_have_caches (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 256, 0);
  Active active = { .pool = pool };

  test_barrier_init (&active.barrier, N_ACTIVE);
  test_run_threads (N_ACTIVE, run_active, &active);
  test_barrier_clear (&active.barrier);
  for (guint i = 0; i < N_ACTIVE; i++)
    g_assert_cmpuint (active.n_locks[i], <=, N_CYCLES / 100);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *path = g_strconcat ("/threads/sleepers/all-are-kept/", sizes[i].name, NULL);

      g_test_add_data_func (path, &sizes[i], test_all_are_kept);
    }
  g_test_add_func ("/threads/sleepers/kept-after-a-fight", test_kept_after_a_fight);
  g_test_add_func ("/threads/sleepers/locks-are-counted", test_locks_are_counted);
  g_test_add_func ("/threads/sleepers/next-thread-has-a-cache", test_next_thread_has_a_cache);
  g_test_add_func ("/threads/sleepers/many-threads-have-caches", test_many_threads_have_caches);

  return g_test_run ();
}
