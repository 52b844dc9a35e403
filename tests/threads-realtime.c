/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-child.h"
#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* Pools that are realtime in several threads, while others reduce them, fill them and look at
 * them. No buffer has two users, and the numbers add up. */

#define N_THREADS 4
#define LENGTH 48
#define N_ROUNDS 50000
#define N_DISPOSALS 300

typedef struct
{
  BpPool *pool;
  guint n_rounds;
  guint max_held;
  TestRandom randoms[N_THREADS + 1];
  atomic_uint n_running;
  _Atomic guint64 n_acquired;
  atomic_uint n_prefilled;
} Crowd;

static BpPool *
make_pool (guint max_buffers)
{
  BpPool *pool = g_object_new (BP_TYPE_POOL,
                               "element-type", BP_ELEMENT_TYPE_U8,
                               "max-buffers", max_buffers,
                               "realtime", TRUE,
                               NULL);

  g_assert_true (bp_pool_prefill (pool, max_buffers, LENGTH, NULL));

  return pool;
}

static void
crowd_init (Crowd  *crowd,
            BpPool *pool,
            guint   max_held,
            guint   n_rounds)
{
  memset (crowd, 0, sizeof (Crowd));
  test_randoms_init (crowd->randoms, G_N_ELEMENTS (crowd->randoms));
  crowd->pool = pool;
  crowd->max_held = max_held;
  crowd->n_rounds = test_scale (n_rounds);
  crowd->n_running = N_THREADS;
}

static void
assert_at_rest (Crowd *crowd)
{
  BpPool *pool = crowd->pool;

  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (pool, hits), ==, crowd->n_acquired);
  g_assert_cmpuint (get_stat (pool, misses), ==, 0);
  assert_valid (pool);
  test_assert_sums (pool);
}

static void
stamp (BpPooled *pooled,
       guint8    value)
{
  guint8 *data = bp_pooled_resize (pooled, LENGTH);

  g_assert_nonnull (data);
  memset (data, value, LENGTH);
}

static void
assert_stamped (gconstpointer data,
                guint8        value)
{
  for (guint i = 0; i < LENGTH; i++)
    g_assert_cmpuint (((const guint8 *) data)[i], ==, value);
}

/* Gives back by a slice, of which other slices are parts. */
static void
give_back_sliced (BpPooled   *pooled,
                  TestRandom *random,
                  guint8      value)
{
  g_autoptr (BpPooledSlice) slice = bp_pooled_slice_new_take (pooled, LENGTH, NULL);
  g_autoptr (BpPooledSlice) sub = NULL;

  if (slice == NULL)
    return;
  sub = bp_pooled_slice_sub (slice, 1, LENGTH - 1, NULL);
  if (sub != NULL && test_random_below (random, 2) == 0)
    bp_pooled_slice_release (slice);
  else
    assert_stamped (bp_pooled_slice_get_data (slice, NULL), value);
  if (sub != NULL && bp_pooled_slice_is_released (slice) && test_random_below (random, 2) == 0)
    bp_pooled_unref (bp_pooled_slice_steal_pooled (sub, NULL));
}

static void
give_back (BpPooled   *pooled,
           TestRandom *random,
           guint8      value)
{
  assert_stamped (bp_pooled_get_data (pooled, NULL), value);

  switch (test_random_below (random, 4))
    {
    case 0:
      bp_pooled_unref (bp_pooled_ref (pooled));
      bp_pooled_release (pooled);
      bp_pooled_unref (pooled);
      break;

    case 1:
      give_back_sliced (pooled, random, value);
      break;

    case 2:
      bp_pooled_unref_many (&pooled, 1);
      break;

    default:
      bp_pooled_unref (pooled);
    }
}

/* Returns how many buffers there were. */
static guint
use_some (Crowd *crowd,
          guint  index,
          guint  round)
{
  TestRandom *random = &crowd->randoms[index];
  guint8 value = (guint8) (round * N_THREADS + index);
  BpPooled *handles[N_THREADS];
  guint n;

  for (n = 0; n < crowd->max_held; n++)
    {
      handles[n] = bp_pool_acquire (crowd->pool);
      if (handles[n] == NULL)
        break;
      stamp (handles[n], value);
    }
  for (guint i = 0; i < n; i++)
    give_back (handles[i], random, value);
  crowd->n_acquired += n;

  return n;
}

/* There are as many buffers as all threads may hold. So at every moment there is one for each
 * thread, whatever the other threads are in the middle of. */
static void
use_what_is_there (guint    index,
                   gpointer data)
{
  Crowd *crowd = data;

  for (guint round = 0; round < crowd->n_rounds; round++)
    g_assert_cmpuint (use_some (crowd, index, round), ==, crowd->max_held);
}

static void
test_always_there (void)
{
  for (guint max_held = 1; max_held <= 3; max_held++)
    {
      g_autoptr (BpPool) pool = make_pool (N_THREADS * max_held);
      Crowd crowd;

      crowd_init (&crowd, pool, max_held, N_ROUNDS / 2);
      test_run_threads (N_THREADS, use_what_is_there, &crowd);
      assert_at_rest (&crowd);
      g_assert_cmpuint (get_stat (pool, idle), ==, N_THREADS * max_held);
      g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
    }
}

static void
use_or_not (guint    index,
            gpointer data)
{
  Crowd *crowd = data;

  for (guint round = 0; round < crowd->n_rounds; round++)
    use_some (crowd, index, round);
  crowd->n_running--;
}

/* The idle buffers, and the peak, are never more than there can be. */
static void
look (Crowd *crowd)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (crowd->pool);
  guint64 n_idle = bp_pool_stats_get_idle (stats);

  g_assert_cmpuint (n_idle, <=, bp_pool_get_max_buffers (crowd->pool));
  g_assert_cmpuint (bp_pool_stats_get_misses (stats), ==, 0);
  g_assert_cmpuint (bp_pool_stats_get_peak_buffers (stats), <=,
                    bp_pool_get_max_buffers (crowd->pool) + 1);
}

static void
disturb (Crowd *crowd)
{
  TestRandom *random = &crowd->randoms[N_THREADS];
  BpPool *pool = crowd->pool;
  guint max = bp_pool_get_max_buffers (pool);

  while (crowd->n_running > 0)
    {
      switch (test_random_below (random, 5))
        {
        case 0:
          bp_pool_drop_idle (pool, test_random_below (random, max));
          break;

        case 1:
          bp_pool_set_trim_capacity (pool, test_random_below (random, 2) * (LENGTH / 2 - 1));
          break;

        case 2:
          bp_pool_recycle_data (pool, g_malloc (LENGTH), LENGTH);
          break;

        case 3:
          look (crowd);
          break;

        default:
          bp_pool_prefill (pool, 1 + test_random_below (random, max), LENGTH, NULL);
        }
    }
}

static void
run_disturbed (guint    index,
               gpointer data)
{
  if (index < N_THREADS)
    use_or_not (index, data);
  else
    disturb (data);
}

static void
test_disturbed (void)
{
  static const guint sizes[] = { 2, 9, 40 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (BpPool) pool = make_pool (sizes[i]);
      guint64 n_prefilled;
      Crowd crowd;

      crowd_init (&crowd, pool, 1 + i, N_ROUNDS / 2);
      test_run_threads (N_THREADS + 1, run_disturbed, &crowd);
      assert_at_rest (&crowd);

      /* All that exists is idle, and there is room for the rest. */
      bp_pool_drop_idle (pool, sizes[i]);
      n_prefilled = sizes[i] - get_stat (pool, idle);
      g_assert_true (bp_pool_prefill (pool, (guint) n_prefilled, LENGTH, NULL));
      g_assert_cmpuint (get_stat (pool, idle), ==, sizes[i]);
      assert_at_rest (&crowd);
    }
}

typedef struct
{
  BpPool *pool;
  TestRace race;
  guint n_rounds;
} Reducers;

/* One of the threads fills the pool again. */
static void
reduce_together (guint    index,
                 gpointer data)
{
  Reducers *reducers = data;

  for (guint i = 0; i < reducers->n_rounds; i++)
    {
      test_race_meet (&reducers->race, 2);
      bp_pool_drop_idle (reducers->pool, 10);
      test_race_meet (&reducers->race, 2);
      if (index > 0)
        continue;
      g_assert_cmpuint (get_stat (reducers->pool, idle), ==, 10);
      g_assert_true (bp_pool_prefill (reducers->pool, 10, LENGTH, NULL));
    }
}

static void
test_reduce_together (void)
{
  g_autoptr (BpPool) pool = make_pool (20);
  Reducers reducers = { .pool = pool, .n_rounds = test_scale (2000) };

  test_run_threads (2, reduce_together, &reducers);
  assert_valid (pool);
}

typedef struct
{
  BpPool *pool;
  BpPooled *handles[2 * N_THREADS];
  TestRace race;
} Ending;

static void
run_ending (guint    index,
            gpointer data)
{
  Ending *ending = data;

  test_race_meet (&ending->race, N_THREADS + 1);
  if (index == N_THREADS)
    {
      g_clear_object (&ending->pool);
      return;
    }
  bp_pooled_release (ending->handles[2 * index]);
  bp_pooled_unref (ending->handles[2 * index + 1]);
  bp_pooled_unref (ending->handles[2 * index]);
}

/* The pool is disposed and finalized while its buffers come back: each is freed once. */
static void
test_dispose (void)
{
  TestCounters counters;
  BpItemFuncs funcs = test_item_funcs;

  test_counters_reset (&counters);
  funcs.user_data = &counters;
  funcs.destroy = test_item_destroy_notify;

  for (guint i = 0, n = test_scale (N_DISPOSALS); i < n; i++)
    {
      Ending ending = { 0, };

      ending.pool = g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "realtime", TRUE,
                                  "max-buffers", 2 * N_THREADS + 3, NULL);
      g_assert_true (bp_pool_prefill (ending.pool, 2 * N_THREADS + 3, 0, NULL));
      test_acquire_many (ending.pool, ending.handles, 2 * N_THREADS);
      for (guint k = 0; k < 2 * N_THREADS; k += 3)
        ((TestItem *) bp_pooled_get_item (ending.handles[k]))->refuse = TRUE;
      test_run_threads (N_THREADS + 1, run_ending, &ending);
      g_assert_cmpuint (test_counters_live (&counters), ==, 0);
      g_assert_cmpuint (counters.n_destroyed, ==, i + 1);
    }
}

/* Prefills as many buffers as fit, and takes all that are there. */
static void
use_in_child (gpointer data)
{
  BpPool *pool = data;
  guint max = bp_pool_get_max_buffers (pool), n = 0;
  guint n_idle = (guint) get_stat (pool, idle), n_out = (guint) get_stat (pool, outstanding);
  g_autofree BpPooled **handles = g_new0 (BpPooled *, max);

  test_assert_structure (pool);
  bp_pool_prefill (pool, max - n_idle - n_out, LENGTH, NULL);
  while ((handles[n] = bp_pool_acquire (pool)) != NULL && ++n < max)
    stamp (handles[n - 1], 1);
  g_assert_cmpuint (n, ==, max - n_out);
  test_unref_many (handles, n);
  g_assert_cmpuint (get_stat (pool, idle), ==, n);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  test_assert_structure (pool);
}

static void
test_fork (void)
{
  g_autoptr (BpPool) pool = make_pool (40);

  bp_pool_drop_idle (pool, 30);
  test_run_child (use_in_child, pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 30);
  assert_valid (pool);
}

static void
run_forking (guint    index,
             gpointer data)
{
  Crowd *crowd = data;

  if (index < N_THREADS)
    {
      use_or_not (index, data);
      return;
    }
  for (guint i = 0, n = test_scale (20); i < n; i++)
    test_run_child (use_in_child, crowd->pool);
}

static void
test_fork_busy (void)
{
  g_autoptr (BpPool) pool = make_pool (40);
  Crowd crowd;

  if (test_skip_busy_child ())
    return;

  crowd_init (&crowd, pool, 3, N_ROUNDS);
  test_run_threads (N_THREADS + 1, run_forking, &crowd);
  assert_at_rest (&crowd);
  g_assert_cmpuint (get_stat (pool, idle), ==, 40);
}

typedef struct
{
  BpPool *pool;
  gboolean is_in_child;
  TestGate begun;
  TestGate go_on;
} Slow;

static gpointer
create_slowly (gpointer   acquire_data G_GNUC_UNUSED,
               gpointer   user_data,
               GError   **error G_GNUC_UNUSED)
{
  Slow *slow = user_data;

  if (!slow->is_in_child)
    {
      test_gate_open (&slow->begun);
      test_gate_wait (&slow->go_on);
    }

  return g_malloc (1);
}

static void
free_item (gpointer item,
           gpointer user_data G_GNUC_UNUSED)
{
  g_free (item);
}

static void
prefill_slowly (guint    index G_GNUC_UNUSED,
                gpointer data)
{
  Slow *slow = data;

  g_assert_true (bp_pool_prefill (slow->pool, 3, 0, NULL));
}

/* The child does not have the thread that is about to fill the pool: the homes that it had
 * reserved are vacant. */
static void
prefill_in_child (gpointer data)
{
  Slow *slow = data;

  slow->is_in_child = TRUE;
  g_assert_true (bp_pool_prefill (slow->pool, 4, 0, NULL));
  g_assert_cmpuint (get_stat (slow->pool, idle), ==, 4);
  assert_valid (slow->pool);
}

static void
test_fork_prefill (void)
{
  BpItemFuncs funcs = { .create = create_slowly, .free = free_item };
  g_autoptr (BpPool) pool = NULL;
  Slow slow = { 0, };
  TestThread *thread;

  if (test_skip_busy_child ())
    return;

  test_gate_init (&slow.begun);
  test_gate_init (&slow.go_on);
  funcs.user_data = &slow;
  pool = slow.pool = g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "max-buffers", 4,
                                   "realtime", TRUE, NULL);
  thread = test_thread_start (prefill_slowly, 0, &slow);
  test_gate_wait (&slow.begun);
  test_run_child (prefill_in_child, &slow);
  test_gate_open (&slow.go_on);
  test_thread_join (thread);
  g_assert_cmpuint (get_stat (pool, idle), ==, 3);
  assert_valid (pool);
  test_gate_clear (&slow.begun);
  test_gate_clear (&slow.go_on);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  g_test_add_func ("/threads-realtime/always-there", test_always_there);
  g_test_add_func ("/threads-realtime/disturbed", test_disturbed);
  g_test_add_func ("/threads-realtime/reduce-together", test_reduce_together);
  g_test_add_func ("/threads-realtime/dispose", test_dispose);
  g_test_add_func ("/threads-realtime/fork", test_fork);
  g_test_add_func ("/threads-realtime/fork-busy", test_fork_busy);
  g_test_add_func ("/threads-realtime/fork-prefill", test_fork_prefill);

  return g_test_run ();
}
