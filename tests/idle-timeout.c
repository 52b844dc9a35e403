/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-clock.h"
#include "test-items.h"
#include "test-signs.h"
#include "test-utils.h"
#include "test-ways.h"

/* With idle-timeout a buffer that was not needed for that time is freed, in a main context
 * of the test's own, whose clock stands still until the test says so. An alarm that is set
 * is always due here; what it frees depends on the clock. */

#define TIMEOUT 100
#define N_HELD 20
#define N_CACHED 8

typedef struct
{
  GMainContext *context;
  TestCounters counters;
} Fixture;

static void
setup (Fixture       *fixture,
       gconstpointer  data)
{
  test_counters_reset (&fixture->counters);
  test_counters_reset (&test_object_counters);
  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
}

static void
teardown (Fixture       *fixture,
          gconstpointer  data)
{
  g_main_context_pop_thread_default (fixture->context);
  g_assert_cmpint (test_context_get_timeout (fixture->context), ==, -1);
  g_main_context_unref (fixture->context);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
}

static gboolean
ring_in (GMainContext *context,
         guint         milliseconds)
{
  test_clock_advance (milliseconds);

  return g_main_context_iteration (context, FALSE);
}

/* The time passes, and the alarm rings. */
static void
pass (Fixture *fixture,
      guint    milliseconds)
{
  g_assert_true (ring_in (fixture->context, milliseconds));
}

static void
assert_idle (BpPool  *pool,
             guint64  n_idle)
{
  g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);
  assert_valid (pool);
}

static void
assert_asleep (Fixture *fixture,
               BpPool  *pool)
{
  assert_idle (pool, 0);
  g_assert_cmpint (test_context_get_timeout (fixture->context), ==, -1);
  g_assert_false (ring_in (fixture->context, 10 * TIMEOUT));
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

/* In the cache of this thread, which has to acquire too. */
static void
fill_cache (BpPool *pool)
{
  for (guint i = 0; i < 4; i++)
    use (pool, N_CACHED);
}

static BpPool *
make_strict (guint n_shards)
{
  BpPool *pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, n_shards, 64, 0);

  bp_pool_set_thread_cache (pool, 0);

  return pool;
}

static void
count_notify (GObject    *pool,
              GParamSpec *pspec,
              guint      *n_notified)
{
  g_assert_cmpstr (pspec->name, ==, "idle-timeout");
  (*n_notified)++;
}

static void
test_property (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autoptr (BpPool) other = g_object_new (BP_TYPE_POOL, "idle-timeout", 5000, NULL);
  guint n_notified = 0, value;

  g_assert_cmpuint (bp_pool_get_idle_timeout (pool), ==, 0);
  g_assert_cmpuint (bp_pool_get_idle_timeout (other), ==, 5000);

  g_signal_connect (pool, "notify", G_CALLBACK (count_notify), &n_notified);
  bp_pool_set_idle_timeout (pool, 0);
  g_assert_cmpuint (n_notified, ==, 0);
  bp_pool_set_idle_timeout (pool, G_MAXUINT);
  bp_pool_set_idle_timeout (pool, G_MAXUINT);
  g_assert_cmpuint (n_notified, ==, 1);
  g_object_get (pool, "idle-timeout", &value, NULL);
  g_assert_cmpuint (value, ==, G_MAXUINT);
  g_object_set (pool, "idle-timeout", 7, NULL);
  g_assert_cmpuint (n_notified, ==, 2);
  g_assert_cmpuint (bp_pool_get_idle_timeout (pool), ==, 7);
  assert_valid (pool);
}

/* All of it, in the cache and in the rings, of every kind. */
static void
test_freed (Fixture       *fixture,
            gconstpointer  data)
{
  const TestKind *kind = data;
  g_autoptr (BpPool) pool = kind->make (&fixture->counters, 3, 64, 0);

  fill_cache (pool);
  use (pool, N_HELD);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  assert_idle (pool, N_HELD);

  pass (fixture, TIMEOUT);
  assert_idle (pool, N_HELD);
  pass (fixture, TIMEOUT);
  assert_asleep (fixture, pool);
  g_assert_cmpuint (get_stat (pool, dropped), ==, N_HELD);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);

  use (pool, N_HELD);
  assert_idle (pool, N_HELD);
}

/* A ring keeps what it did not go below. */
static void
test_needed_stays (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (BpPool) pool = make_strict (1);

  use (pool, N_HELD);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  pass (fixture, TIMEOUT);
  for (guint i = 0; i < 5; i++)
    {
      use (pool, 3);
      pass (fixture, TIMEOUT);
      assert_idle (pool, 3);
    }
  g_assert_cmpuint (get_stat (pool, misses), ==, N_HELD);

  pass (fixture, TIMEOUT);
  assert_asleep (fixture, pool);
}

/* So does a cache whose thread uses it. */
static void
test_cache_in_use (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 64, 0);

  bp_pool_set_thread_cache (pool, N_CACHED);
  fill_cache (pool);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  pass (fixture, TIMEOUT);
  for (guint i = 0; i < 5; i++)
    {
      use (pool, 1);
      pass (fixture, TIMEOUT);
      assert_idle (pool, N_CACHED);
    }

  pass (fixture, TIMEOUT);
  assert_asleep (fixture, pool);
}

/* Not a moment before, however often the alarm rings. */
static void
test_not_before (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 64, 0);

  use (pool, N_HELD);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  for (guint i = 0; i < 2 * TIMEOUT - 1; i++)
    pass (fixture, 1);
  assert_idle (pool, N_HELD);
  pass (fixture, 1);
  assert_asleep (fixture, pool);
}

static void
wake_by_prefill (BpPool *pool)
{
  g_assert_true (bp_pool_prefill (pool, 3, 10, NULL));
}

static void
wake_by_recycling (BpPool *pool)
{
  bp_pool_recycle_data (pool, g_malloc (10), 10);
}

static void
wake_in_bulk (BpPool *pool)
{
  BpPooled *held[N_HELD];

  g_assert_true (bp_pool_acquire_many (pool, 10, held, N_HELD, NULL));
  bp_pooled_unref_many (held, N_HELD);
}

static void
wake_by_reading (BpPool *pool)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("0123456789", 10, NULL);
  g_autoptr (BpPooledSlice) slice = bp_pool_read (pool, stream, 10, NULL, NULL);

  g_assert_nonnull (slice);
}

/* Puts something idle by other means than a return, or in another way. */
static void
test_woken_otherwise (Fixture       *fixture,
                      gconstpointer  data)
{
  static void (*const ways[]) (BpPool *pool) = {
    wake_by_prefill, wake_by_recycling, wake_in_bulk, wake_by_reading,
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);

      bp_pool_set_idle_timeout (pool, TIMEOUT);
      pass (fixture, TIMEOUT);
      assert_asleep (fixture, pool);

      ways[i] (pool);
      g_assert_cmpuint (get_stat (pool, idle), >, 0);
      assert_valid (pool);
      pass (fixture, TIMEOUT);
      pass (fixture, TIMEOUT);
      assert_asleep (fixture, pool);
    }
}

static void
come_back (Fixture           *fixture,
           BpPool            *pool,
           const TestWayBack *way)
{
  BpPooled *pooled = bp_pool_acquire (pool);
  gpointer data;

  test_touch (pooled);
  data = way->begin (pooled);
  way->end (data);
  if (get_stat (pool, idle) > 0)
    {
      assert_valid (pool);
      pass (fixture, TIMEOUT);
      pass (fixture, TIMEOUT);
    }
  assert_asleep (fixture, pool);
  if (way->clear != NULL)
    way->clear (data);
  assert_asleep (fixture, pool);
}

/* Whatever the way back, and whatever lay in the cache before: the alarm is set. */
static void
test_woken (Fixture       *fixture,
            gconstpointer  data)
{
  for (guint i = 0; i < TEST_N_KINDS * 2; i++)
    {
      g_autoptr (BpPool) pool = test_kinds[i / 2].make (&fixture->counters, 2, 64, 0);

      if (i % 2 != 0)
        bp_pool_set_thread_cache (pool, 0);
      fill_cache (pool);
      bp_pool_set_idle_timeout (pool, TIMEOUT);
      pass (fixture, TIMEOUT);
      pass (fixture, TIMEOUT);
      assert_asleep (fixture, pool);

      for (guint k = 0; k < test_n_ways_back; k++)
        {
          if (test_way_back_is_for (&test_ways_back[k], pool))
            come_back (fixture, pool, &test_ways_back[k]);
        }
    }
}

static void
test_changed (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (BpPool) pool = make_strict (2);

  use (pool, N_HELD);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  pass (fixture, TIMEOUT);

  /* From now on it takes as long as that. */
  bp_pool_set_idle_timeout (pool, 2 * TIMEOUT);
  pass (fixture, TIMEOUT);
  assert_idle (pool, N_HELD);
  pass (fixture, TIMEOUT);
  assert_asleep (fixture, pool);

  use (pool, N_HELD);
  bp_pool_set_idle_timeout (pool, 0);
  g_assert_false (ring_in (fixture->context, 10 * TIMEOUT));
  use (pool, 1);
  g_assert_false (ring_in (fixture->context, 10 * TIMEOUT));
  assert_idle (pool, N_HELD);

  bp_pool_set_idle_timeout (pool, TIMEOUT);
  pass (fixture, TIMEOUT);
  pass (fixture, TIMEOUT);
  assert_asleep (fixture, pool);
}

/* The same value again leaves the alarm alone, but in another context it moves there. */
static void
test_moved (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GMainContext) other = g_main_context_new ();
  g_autoptr (BpPool) pool = make_strict (1);

  use (pool, N_HELD);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  pass (fixture, TIMEOUT);
  test_clock_advance (TIMEOUT - 1);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  assert_idle (pool, N_HELD);
  pass (fixture, 1);
  assert_asleep (fixture, pool);

  g_main_context_push_thread_default (other);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  g_main_context_pop_thread_default (other);
  use (pool, N_HELD);
  g_assert_false (ring_in (fixture->context, TIMEOUT));
  g_assert_true (ring_in (other, TIMEOUT));
  g_assert_true (ring_in (other, TIMEOUT));
  assert_asleep (fixture, pool);
  g_assert_cmpint (test_context_get_timeout (other), ==, -1);
}

/* The context is gone, or is not run: returns look, half as often. */
static void
test_context_gone (Fixture       *fixture,
                   gconstpointer  data)
{
  GMainContext *gone = g_main_context_new ();
  g_autoptr (BpPool) pool = make_strict (1);

  use (pool, N_HELD);
  g_main_context_push_thread_default (gone);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  g_main_context_pop_thread_default (gone);
  g_main_context_unref (gone);

  test_clock_advance (2 * TIMEOUT);
  use (pool, 2);
  test_clock_advance (2 * TIMEOUT - 1);
  use (pool, 2);
  assert_idle (pool, N_HELD);
  test_clock_advance (1);
  use (pool, 1);
  assert_idle (pool, 2);

  bp_pool_set_idle_timeout (pool, 0);
  test_clock_advance (10 * TIMEOUT);
  use (pool, N_HELD);
  assert_idle (pool, N_HELD);
}

/* What a return has looked at a moment ago is not old for the alarm. */
static void
test_late_alarm (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (BpPool) pool = make_strict (1);

  use (pool, N_HELD);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  test_clock_advance (2 * TIMEOUT);
  use (pool, 1);
  pass (fixture, TIMEOUT - 1);
  assert_idle (pool, N_HELD);
  pass (fixture, 1);
  assert_idle (pool, 1);
  pass (fixture, TIMEOUT);
  assert_asleep (fixture, pool);
}

/* A pool that ends takes its alarm with it, set or not. */
static void
test_disposed (Fixture       *fixture,
               gconstpointer  data)
{
  for (guint i = 0; i < 3; i++)
    {
      BpPool *pool = test_item_pool_new (&fixture->counters, 1, 64, 0);

      use (pool, N_HELD);
      bp_pool_set_idle_timeout (pool, TIMEOUT);
      for (guint k = 0; k < i; k++)
        pass (fixture, TIMEOUT);
      g_assert_finalize_object (pool);
      g_assert_cmpuint (fixture->counters.n_destroyed, ==, i + 1);
      g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
      g_assert_cmpint (test_context_get_timeout (fixture->context), ==, -1);
    }
}

/* With a buffer out, and a reference. */
static void
test_disposed_early (Fixture       *fixture,
                     gconstpointer  data)
{
  BpPool *pool = test_item_pool_new (&fixture->counters, 1, 64, 0);
  BpPooled *pooled = bp_pool_acquire (pool);

  use (pool, N_HELD);
  bp_pool_set_idle_timeout (pool, TIMEOUT);
  g_object_run_dispose (G_OBJECT (pool));
  g_assert_cmpint (test_context_get_timeout (fixture->context), ==, -1);
  g_assert_cmpuint (bp_pool_get_idle_timeout (pool), ==, TIMEOUT);
  bp_pool_set_idle_timeout (pool, 2 * TIMEOUT);
  g_assert_cmpuint (bp_pool_get_idle_timeout (pool), ==, 2 * TIMEOUT);
  g_assert_cmpint (test_context_get_timeout (fixture->context), ==, -1);

  g_assert_finalize_object (pool);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 0);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
}

/* What a program may do while its objects are freed by the alarm. */
typedef struct
{
  BpPool *pool;
  guint n_calls;
  void (*act) (BpPool *pool);
} Reaction;

static void
react (TestObject *object,
       gpointer    data)
{
  Reaction *reaction = data;

  if (reaction->n_calls++ == 0)
    reaction->act (reaction->pool);
}

static void
unset (BpPool *pool)
{
  bp_pool_set_idle_timeout (pool, 0);
}

static void
set_other (BpPool *pool)
{
  bp_pool_set_idle_timeout (pool, 2 * TIMEOUT);
}

static void
drop (BpPool *pool)
{
  bp_pool_drop_idle (pool, 0);
}

static void
use_again (BpPool *pool)
{
  use (pool, 5);
}

static void
run_main (BpPool *pool)
{
  g_main_context_iteration (NULL, FALSE);
  g_main_context_iteration (g_main_context_get_thread_default (), FALSE);
}

static void
dispose (BpPool *pool)
{
  g_object_run_dispose (G_OBJECT (pool));
}

static void
finish (BpPool *pool)
{
  g_object_unref (pool);
}

static void
test_reentered (Fixture       *fixture,
                gconstpointer  data)
{
  static void (*const acts[]) (BpPool *pool) = {
    unset, set_other, drop, use_again, run_main, dispose, finish,
  };

  for (guint i = 0; i < G_N_ELEMENTS (acts); i++)
    {
      BpPool *pool = test_type_pool_new (TEST_TYPE_OBJECT, 2, 64, 0);
      Reaction reaction = { pool, 0, acts[i] };
      BpPooled *held[N_HELD];

      bp_pool_set_idle_timeout (pool, TIMEOUT);
      test_acquire_many (pool, held, N_HELD);
      for (guint k = 0; k < N_HELD; k++)
        {
          TestObject *object = bp_pooled_get_item (held[k]);

          object->on_finalize = react;
          object->user_data = &reaction;
        }
      test_unref_many (held, N_HELD);

      pass (fixture, TIMEOUT);
      pass (fixture, TIMEOUT);
      g_assert_cmpuint (reaction.n_calls, ==, N_HELD);
      if (acts[i] == finish)
        continue;
      assert_idle (pool, acts[i] == use_again ? 5 : 0);
      g_object_unref (pool);
    }
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

/* With limits in force, too: what is freed is uncounted everywhere. */
static void
test_limits (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000000);
  g_autoptr (BpPool) elements = g_object_new (BP_TYPE_POOL, "budget", budget, "shards", 2,
                                              "max-outstanding", N_HELD,
                                              "max-idle-bytes", G_GUINT64_CONSTANT (100000),
                                              "idle-timeout", TIMEOUT, NULL);
  g_autoptr (BpPool) objects = g_object_new (BP_TYPE_POOL, "budget", budget, "shards", 2,
                                             "item-type", TEST_TYPE_OBJECT,
                                             "idle-timeout", TIMEOUT, NULL);
  BpPooled *held[N_HELD];

  for (guint round = 0; round < 3; round++)
    {
      for (guint i = 0; i < N_HELD; i++)
        held[i] = bp_pool_acquire_sized (elements, 100, NULL);
      g_assert_null (bp_pool_acquire (elements));
      test_unref_many (held, N_HELD);
      use (objects, N_HELD);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==,
                        N_HELD * (100 + TEST_OBJECT_BYTES));

      while (ring_in (fixture->context, TIMEOUT))
        ;
      assert_asleep (fixture, elements);
      assert_asleep (fixture, objects);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
    }
}

/* A pool that keeps nothing sets no alarm. */
static void
test_nothing_kept (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "max-buffers", 0,
                                          "idle-timeout", TIMEOUT, NULL);

  use (pool, N_HELD);
  pass (fixture, TIMEOUT);
  assert_asleep (fixture, pool);
  use (pool, N_HELD);
  assert_asleep (fixture, pool);
}

static void
add (const char     *name,
     gconstpointer   data,
     void          (*func) (Fixture       *fixture,
                            gconstpointer  data))
{
  g_autofree char *path = g_strdup_printf ("/idle-timeout/%s", name);

  g_test_add (path, Fixture, data, setup, func, teardown);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("property", NULL, test_property);
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *name = g_strdup_printf ("freed/%s", test_kinds[i].name);

      add (name, &test_kinds[i], test_freed);
    }
  add ("needed-stays", NULL, test_needed_stays);
  add ("cache-in-use", NULL, test_cache_in_use);
  add ("not-before", NULL, test_not_before);
  add ("woken", NULL, test_woken);
  add ("woken-otherwise", NULL, test_woken_otherwise);
  add ("changed", NULL, test_changed);
  add ("moved", NULL, test_moved);
  add ("context-gone", NULL, test_context_gone);
  add ("late-alarm", NULL, test_late_alarm);
  add ("disposed", NULL, test_disposed);
  add ("disposed-early", NULL, test_disposed_early);
  add ("reentered", NULL, test_reentered);
  add ("limits", NULL, test_limits);
  add ("nothing-kept", NULL, test_nothing_kept);

  return g_test_run ();
}
