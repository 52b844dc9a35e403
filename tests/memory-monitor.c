/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-signs.h"
#include "test-team.h"
#include "test-utils.h"

/* With memory-monitor a warning that the system is short of memory makes a pool give up
 * half of what is idle, three quarters or all. The monitor is the test's. */

#define N_HELD 16
#define N_SLEEPERS 6

typedef struct
{
  GMemoryMonitor *monitor;
  TestCounters counters;
} Fixture;

static void
setup (Fixture       *fixture,
       gconstpointer  data)
{
  test_counters_reset (&fixture->counters);
  test_counters_reset (&test_object_counters);
  fixture->monitor = test_monitor_new ();
}

static void
teardown (Fixture       *fixture,
          gconstpointer  data)
{
  g_assert_false (test_monitor_is_heard (fixture->monitor));
  g_assert_finalize_object (fixture->monitor);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
}

static void
use (BpPool *pool,
     guint   n_buffers)
{
  BpPooled *held[N_HELD];

  test_acquire_many (pool, held, n_buffers);
  for (guint i = 0; i < n_buffers; i++)
    test_touch (held[i]);
  test_unref_many (held, n_buffers);
}

static void
assert_idle (BpPool  *pool,
             guint64  n_idle)
{
  g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);
  assert_valid (pool);
}

/* Each level, of every kind of pool, twice: what is left goes by the same share. */
static void
test_levels (Fixture       *fixture,
             gconstpointer  data)
{
  const TestKind *kind = data;
  const struct
  {
    int level;
    guint64 n_left;
    guint64 n_left_then;
  } levels[] = {
    { G_MEMORY_MONITOR_WARNING_LEVEL_LOW, N_HELD / 2, N_HELD / 4 },
    { G_MEMORY_MONITOR_WARNING_LEVEL_MEDIUM, N_HELD / 4, N_HELD / 16 },
    { G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL, 0, 0 },
    /* Levels that a later GIO may have. */
    { G_MEMORY_MONITOR_WARNING_LEVEL_LOW - 1, N_HELD / 2, N_HELD / 4 },
    { G_MEMORY_MONITOR_WARNING_LEVEL_MEDIUM + 1, N_HELD / 4, N_HELD / 16 },
  };
  g_autoptr (BpPool) pool = kind->make (&fixture->counters, 3, 64, 0);

  bp_pool_set_memory_monitor (pool, fixture->monitor);
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      use (pool, N_HELD);
      assert_idle (pool, N_HELD);
      test_monitor_warn (fixture->monitor, levels[i].level);
      assert_idle (pool, levels[i].n_left);
      test_monitor_warn (fixture->monitor, levels[i].level);
      assert_idle (pool, levels[i].n_left_then);
    }
}

/* What is out stays as it is. */
static void
test_out (Fixture       *fixture,
          gconstpointer  data)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 1000, NULL);

  bp_pool_set_memory_monitor (pool, fixture->monitor);
  test_monitor_warn (fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 1000);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_idle (pool, 1);
}

static void
count_notify (GObject    *pool,
              GParamSpec *pspec,
              guint      *n_notified)
{
  g_assert_cmpstr (pspec->name, ==, "memory-monitor");
  (*n_notified)++;
}

static void
test_property (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (GMemoryMonitor) other = test_monitor_new ();
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "memory-monitor", fixture->monitor, NULL);
  g_autoptr (GMemoryMonitor) got = bp_pool_dup_memory_monitor (pool);
  guint n_notified = 0;

  g_assert_true (got == fixture->monitor);
  g_assert_true (test_monitor_is_heard (fixture->monitor));
  g_clear_object (&got);

  g_signal_connect (pool, "notify", G_CALLBACK (count_notify), &n_notified);
  bp_pool_set_memory_monitor (pool, fixture->monitor);
  g_assert_cmpuint (n_notified, ==, 0);
  g_object_set (pool, "memory-monitor", other, NULL);
  g_assert_cmpuint (n_notified, ==, 1);
  g_assert_false (test_monitor_is_heard (fixture->monitor));
  g_assert_true (test_monitor_is_heard (other));
  g_object_get (pool, "memory-monitor", &got, NULL);
  g_assert_true (got == other);
  g_clear_object (&got);

  bp_pool_set_memory_monitor (pool, NULL);
  bp_pool_set_memory_monitor (pool, NULL);
  g_assert_cmpuint (n_notified, ==, 2);
  g_assert_null (bp_pool_dup_memory_monitor (pool));
  g_assert_false (test_monitor_is_heard (other));
}

/* Only the one that is set, and it once, though it was set twice. */
static void
test_changed (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GMemoryMonitor) other = test_monitor_new ();
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);

  use (pool, N_HELD);
  bp_pool_set_memory_monitor (pool, other);
  bp_pool_set_memory_monitor (pool, fixture->monitor);
  bp_pool_set_memory_monitor (pool, fixture->monitor);
  test_monitor_warn (other, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
  assert_idle (pool, N_HELD);
  test_monitor_warn (fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_LOW);
  assert_idle (pool, N_HELD / 2);
  bp_pool_set_memory_monitor (pool, NULL);
  test_monitor_warn (fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
  assert_idle (pool, N_HELD / 2);
}

/* The pool keeps its monitor, and lets go of it when it ends, whichever ends first. */
static void
test_disposed (Fixture       *fixture,
               gconstpointer  data)
{
  BpPool *pool = test_item_pool_new (&fixture->counters, 2, 64, 0);
  GMemoryMonitor *monitor = test_monitor_new ();
  gpointer left = monitor;

  g_object_add_weak_pointer (G_OBJECT (monitor), &left);
  bp_pool_set_memory_monitor (pool, monitor);
  g_object_unref (monitor);
  g_assert_nonnull (left);
  use (pool, N_HELD);
  test_monitor_warn (monitor, G_MEMORY_MONITOR_WARNING_LEVEL_LOW);
  assert_idle (pool, N_HELD / 2);

  g_object_run_dispose (G_OBJECT (pool));
  g_assert_null (left);
  g_assert_null (bp_pool_dup_memory_monitor (pool));
  bp_pool_set_memory_monitor (pool, fixture->monitor);
  g_assert_false (test_monitor_is_heard (fixture->monitor));
  g_assert_finalize_object (pool);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
}

/* Buffers that are out keep neither the monitor nor a handler. */
static void
test_outlived (Fixture       *fixture,
               gconstpointer  data)
{
  BpPool *pool = test_item_pool_new (&fixture->counters, 2, 64, 0);
  BpPooled *pooled = bp_pool_acquire (pool);

  bp_pool_set_memory_monitor (pool, fixture->monitor);
  g_assert_finalize_object (pool);
  g_assert_false (test_monitor_is_heard (fixture->monitor));
  test_monitor_warn (fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 0);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
}

/* What a program may do while its objects are freed by a warning. */
typedef struct
{
  Fixture *fixture;
  BpPool *pool;
  guint n_calls;
} Reaction;

static void
unset (TestObject *object,
       gpointer    data)
{
  Reaction *reaction = data;

  reaction->n_calls++;
  bp_pool_set_memory_monitor (reaction->pool, NULL);
}

static void
warn_again (TestObject *object,
            gpointer    data)
{
  Reaction *reaction = data;

  if (reaction->n_calls++ == 0)
    test_monitor_warn (reaction->fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
}

static void
finish (TestObject *object,
        gpointer    data)
{
  Reaction *reaction = data;

  if (reaction->n_calls++ == 0)
    g_object_unref (reaction->pool);
}

static void
test_reentered (Fixture       *fixture,
                gconstpointer  data)
{
  static void (*const acts[]) (TestObject *object, gpointer data) = { unset, warn_again, finish };

  for (guint i = 0; i < G_N_ELEMENTS (acts); i++)
    {
      BpPool *pool = test_type_pool_new (TEST_TYPE_OBJECT, 2, 64, 0);
      Reaction reaction = { fixture, pool, 0 };
      BpPooled *held[N_HELD];

      bp_pool_set_memory_monitor (pool, fixture->monitor);
      test_acquire_many (pool, held, N_HELD);
      for (guint k = 0; k < N_HELD; k++)
        {
          TestObject *object = bp_pooled_get_item (held[k]);

          object->on_finalize = acts[i];
          object->user_data = &reaction;
        }
      test_unref_many (held, N_HELD);

      test_monitor_warn (fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_LOW);
      if (acts[i] == finish)
        {
          g_assert_cmpuint (reaction.n_calls, ==, N_HELD);
          continue;
        }
      assert_idle (pool, acts[i] == unset ? N_HELD / 2 : 0);
      g_object_unref (pool);
      g_assert_cmpuint (reaction.n_calls, ==, N_HELD);
    }
}

/* The bytes go back to the budget, and several pools listen to one monitor. */
static void
test_budget (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000000);
  BpPool *pools[4];

  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    {
      pools[i] = g_object_new (BP_TYPE_POOL, "budget", budget, "shards", i + 1,
                               "memory-monitor", fixture->monitor,
                               "max-outstanding", i % 2 * N_HELD, NULL);
      g_assert_true (bp_pool_prefill (pools[i], N_HELD, 100, NULL));
    }
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 4 * N_HELD * 100);
  test_monitor_warn (fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_MEDIUM);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, N_HELD * 100);
  test_monitor_warn (fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    {
      assert_idle (pools[i], 0);
      g_object_unref (pools[i]);
    }
}

static void
fill_cache (gpointer pool)
{
  for (guint i = 0; i < 4; i++)
    use (pool, N_HELD);
}

/* What sleeping threads have goes too, whichever thread gets the warning. */
static void
test_sleepers (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 1024, 0);
  TestWorker *workers[N_SLEEPERS];
  guint64 n_idle;

  bp_pool_set_memory_monitor (pool, fixture->monitor);
  for (guint i = 0; i < N_SLEEPERS; i++)
    {
      workers[i] = test_worker_new ();
      test_worker_call (workers[i], fill_cache, pool);
    }
  n_idle = get_stat (pool, idle);
  g_assert_cmpuint (n_idle, >, N_HELD);
  test_monitor_warn (fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_LOW);
  assert_idle (pool, n_idle / 2);
  test_monitor_warn (fixture->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
  assert_idle (pool, 0);
  for (guint i = 0; i < N_SLEEPERS; i++)
    test_worker_free (workers[i]);
}

/* Setting, warning, using and asking at once. */
typedef struct
{
  BpPool *pool;
  GMemoryMonitor *monitors[2];
  guint64 seed;
} Crowd;

static void
work_in_crowd (guint    index,
               gpointer data)
{
  const int levels[] = { G_MEMORY_MONITOR_WARNING_LEVEL_LOW, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL };
  Crowd *crowd = data;
  guint n_rounds = test_scale (300);
  TestRandom random;

  test_random_init (&random, crowd->seed + index);
  for (guint i = 0; i < n_rounds; i++)
    {
      GMemoryMonitor *monitor = crowd->monitors[test_random_below (&random, 2)];
      g_autoptr (GMemoryMonitor) got = NULL;

      switch (test_random_below (&random, 4))
        {
        case 0:
          bp_pool_set_memory_monitor (crowd->pool,
                                      test_random_below (&random, 4) == 0 ? NULL : monitor);
          break;

        case 1:
          test_monitor_warn (monitor, levels[test_random_below (&random, 2)]);
          break;

        case 2:
          got = bp_pool_dup_memory_monitor (crowd->pool);
          g_assert_true (got == NULL || TEST_IS_MONITOR (got));
          break;

        default:
          use (crowd->pool, N_HELD);
        }
    }
}

static void
test_crowd (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 64, 0);
  g_autoptr (GMemoryMonitor) other = test_monitor_new ();
  Crowd crowd = { pool, { fixture->monitor, other }, test_get_seed () };

  test_run_threads (4, work_in_crowd, &crowd);
  assert_valid (pool);
  bp_pool_set_memory_monitor (pool, NULL);
  g_assert_false (test_monitor_is_heard (other));
  g_assert_false (test_monitor_is_heard (fixture->monitor));
}

static void
add (const char     *name,
     gconstpointer   data,
     void          (*func) (Fixture       *fixture,
                            gconstpointer  data))
{
  g_autofree char *path = g_strdup_printf ("/memory-monitor/%s", name);

  g_test_add (path, Fixture, data, setup, func, teardown);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *name = g_strdup_printf ("levels/%s", test_kinds[i].name);

      add (name, &test_kinds[i], test_levels);
    }
  add ("out", NULL, test_out);
  add ("property", NULL, test_property);
  add ("changed", NULL, test_changed);
  add ("disposed", NULL, test_disposed);
  add ("outlived", NULL, test_outlived);
  add ("reentered", NULL, test_reentered);
  add ("budget", NULL, test_budget);
  add ("sleepers", NULL, test_sleepers);
  add ("crowd", NULL, test_crowd);

  return g_test_run ();
}
