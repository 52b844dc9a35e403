/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-acquire-private.h"
#include "bp-pool-private.h"
#include "bp-trim-private.h"
#include "test-validate.h"
#include "test-child.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* A fork while other threads are in the middle of everything.
 *
 * GObject's own locks are not for the children of such. So neither side makes objects,
 * ends them or notifies of their properties: the core of a pool can do the same
 * without.
 *
 * What the threads were carrying at that moment is lost to the child, and so to the
 * sums, but nothing else is. */

#define N_OWNERS 3
#define MOST_HELD 24
#define MAX_BUFFERS 30

/* Whole elements of each size. */
#define SLOW_BYTES 48

typedef struct
{
  BpPool *pool;
  gboolean is_elements;
  atomic_bool stop;
  atomic_uint n_busy;
} Busy;

static void
run_owner (guint    index,
           gpointer data)
{
  Busy *busy = data;
  BpPooled *held[MOST_HELD];
  TestRandom random;

  test_random_init (&random, index);
  busy->n_busy++;
  while (!busy->stop)
    {
      guint n_held = 1 + test_random_below (&random, MOST_HELD);

      test_acquire_many (busy->pool, held, n_held);
      for (guint i = 0; i < n_held; i++)
        test_touch (held[i]);
      test_unref_many (held, n_held);
    }
}

static void
run_meddler (guint    index,
             gpointer data)
{
  Busy *busy = data;

  for (guint round = 0; !busy->stop; round++)
    {
      if (round % 3 == 0)
        bp_trim_run (busy->pool->core, BP_TRIM_DEFAULT, 3);
      else if (round % 3 == 1)
        bp_trim_set_max_buffers (busy->pool->core, MAX_BUFFERS - round % 7);
      else
        bp_trim_set_thread_cache (busy->pool->core, (int) (round % 9));
      g_thread_yield ();
    }
}

static void
use_core (BpCore *core)
{
  BpPooled *held[TEST_N_IN_CACHE];

  for (guint i = 0; i < TEST_N_IN_CACHE; i++)
    held[i] = bp_core_acquire_slow (core, NULL, NULL);
  for (guint i = 0; i < TEST_N_IN_CACHE; i++)
    test_touch (held[i]);
  test_unref_many (held, TEST_N_IN_CACHE);
}

static void
use_once (guint    index,
          gpointer core)
{
  use_core (core);
}

static BpCore *
make_core (void)
{
  const BpCoreConfig config = {
    .item = { .kind = BP_KIND_ELEMENTS, .element_size = 1 },
    .n_shards = 2,
    .max_buffers = MAX_BUFFERS,
    .thread_cache = -1,
  };

  return bp_core_new (&config);
}

static void
free_core (BpCore *core)
{
  bp_trim_close (core);
  bp_core_unref (core);
}

/* Threads and pools that come and go: their lists may be in use at the fork, too. */
static void
run_churner (guint    index,
             gpointer data)
{
  Busy *busy = data;

  while (!busy->stop)
    {
      BpCore *passing = make_core ();

      test_run_threads (2, use_once, passing);
      test_thread_join (test_thread_start (use_once, 0, busy->pool->core));
      free_core (passing);
    }
}

/* A setter of the parent's may have lowered the bound, and not come to what is beyond it.
 * It does not return here, but the next slow return pays. */
static void
return_slowly (Busy *busy)
{
  BpPool *pool = busy->pool;

  if (busy->is_elements)
    bp_pool_recycle_data (pool, g_malloc (SLOW_BYTES), SLOW_BYTES / bp_pool_get_element_size (pool));
  else
    bp_pooled_unref (bp_pool_acquire (pool));
}

static void
use_everything (gpointer data)
{
  Busy *busy = data;
  BpPool *pool = busy->pool;
  BpCore *another = make_core ();

  return_slowly (busy);
  test_assert_structure (pool);
  test_fill_cache (pool);
  test_assert_structure (pool);
  test_take_all (pool);
  test_assert_structure (pool);

  bp_trim_set_thread_cache (pool->core, 0);
  bp_trim_set_max_buffers (pool->core, 2);
  g_assert_cmpuint (get_stat (pool, idle), ==, 2);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  test_assert_structure (pool);
  bp_trim_close (pool->core);
  test_assert_structure (pool);

  use_core (another);
  g_assert_null (test_validate_core (another));
  free_core (another);
}

static void
run_forker (guint    index,
            gpointer data)
{
  Busy *busy = data;
  guint n_children = test_scale (60);

  while (busy->n_busy < N_OWNERS)
    g_thread_yield ();
  for (guint i = 0; i < n_children; i++)
    test_run_child (use_everything, busy);
  busy->stop = TRUE;
}

static void
run_busy (guint    index,
          gpointer data)
{
  if (index < N_OWNERS)
    run_owner (index, data);
  else if (index == N_OWNERS)
    run_meddler (index, data);
  else if (index == N_OWNERS + 1)
    run_churner (index, data);
  else
    run_forker (index, data);
}

static void
test_fork_busy (gconstpointer data)
{
  const TestKind *kind = data;
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  Busy busy = { 0 };

  if (test_skip_busy_child ())
    return;

  test_counters_reset (&counters);
  pool = kind->make (&counters, 3, MAX_BUFFERS, 0);
  busy.pool = pool;
  busy.is_elements = kind->is_elements;
  test_run_threads (N_OWNERS + 3, run_busy, &busy);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/threads/fork-busy/", test_kinds[i].name, NULL);

      /* Acquires of objects take GObject's locks. */
      if (!g_str_equal (test_kinds[i].name, "object"))
        g_test_add_data_func (path, &test_kinds[i], test_fork_busy);
    }

  return g_test_run ();
}
