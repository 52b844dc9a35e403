/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* Objects whose handles simply go away, as those of scripts do: what the pool has no
 * place for is destroyed there and then, and counted. */

#define MAX_BUFFERS 16
#define N_OBJECTS 10000

static void
setup (void)
{
  test_counters_reset (&test_object_counters);
}

static BpPool *
make_pool (int thread_cache)
{
  g_autoptr (BpPool) pool = bp_pool_new_for_type (TEST_TYPE_OBJECT);

  bp_pool_set_max_buffers (pool, MAX_BUFFERS);
  bp_pool_set_thread_cache (pool, thread_cache);

  return g_steal_pointer (&pool);
}

static void
assert_bounded (BpPool *pool,
                guint   n_out)
{
  guint64 n_idle = get_stat (pool, idle);

  g_assert_cmpuint (n_idle, <=, MAX_BUFFERS);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, n_out);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, n_idle + n_out);
  g_assert_cmpuint (get_stat (pool, dropped), ==, test_object_counters.n_freed);
}

/* After each of them there are no more than the bound and those that are still out. */
static void
test_dropped_at_once (gconstpointer cache)
{
  g_autoptr (BpPool) pool = NULL;
  guint n_objects = test_scale (N_OBJECTS);
  g_autofree BpPooled **handles = g_new (BpPooled *, n_objects);

  setup ();
  pool = make_pool (GPOINTER_TO_INT (cache));
  test_acquire_many (pool, handles, n_objects);
  for (guint i = 0; i < n_objects; i++)
    {
      g_clear_pointer (&handles[i], bp_pooled_unref);
      assert_bounded (pool, n_objects - 1 - i);
    }

  g_assert_cmpuint (get_stat (pool, idle), ==, MIN (MAX_BUFFERS, n_objects));
  g_assert_cmpuint (get_stat (pool, returned), ==, n_objects);
  assert_valid (pool);
}

/* One thread takes, another drops: neither does anything else with the pool, so no other call
 * comes by that could clear up. */

typedef struct
{
  BpPooled **handles;
  guint n_handles;
} Hand;

static void
drop_all (gpointer data)
{
  Hand *hand = data;

  test_unref_many (hand->handles, hand->n_handles);
}

static void
test_dropped_by_another (gconstpointer cache)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (TestWorker) other = test_worker_new ();
  guint n_objects = test_scale (N_OBJECTS);
  g_autofree BpPooled **handles = g_new (BpPooled *, n_objects);
  Hand hand = { handles, n_objects };

  setup ();
  pool = make_pool (GPOINTER_TO_INT (cache));
  test_acquire_many (pool, handles, n_objects);
  test_worker_call (other, drop_all, &hand);
  assert_bounded (pool, 0);
  assert_valid (pool);
}

/* The pool is gone before they are. */
static void
test_dropped_after_the_pool (void)
{
  BpPooled *handles[100];
  BpPool *pool;

  setup ();
  pool = make_pool (-1);
  test_acquire_many (pool, handles, G_N_ELEMENTS (handles));
  g_object_unref (pool);
  for (guint i = 0; i < G_N_ELEMENTS (handles); i++)
    {
      g_clear_pointer (&handles[i], bp_pooled_unref);
      g_assert_cmpuint (test_counters_live (&test_object_counters), ==,
                        G_N_ELEMENTS (handles) - 1 - i);
    }
}

/* A pool that keeps nothing keeps no object alive either. */
static void
test_none_kept (void)
{
  g_autoptr (BpPool) pool = NULL;
  BpPooled *handles[100];

  setup ();
  pool = make_pool (-1);
  bp_pool_set_max_buffers (pool, 0);
  test_acquire_many (pool, handles, G_N_ELEMENTS (handles));
  test_unref_many (handles, G_N_ELEMENTS (handles));
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
  g_assert_cmpuint (get_stat (pool, dropped), ==, G_N_ELEMENTS (handles));
  assert_valid (pool);
}

/* Finalizing an object drops another one, of the same pool, and so on. */

typedef struct
{
  BpPooled *next[MAX_BUFFERS];
  guint n_next;
} Chain;

static void
drop_next (TestObject *self,
           gpointer    data)
{
  Chain *chain = data;

  if (chain->n_next > 0)
    bp_pooled_unref (chain->next[--chain->n_next]);
}

static void
test_dropped_in_finalize (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) first = NULL;
  Chain chain = { .n_next = MAX_BUFFERS };

  setup ();
  pool = make_pool (-1);
  bp_pool_set_max_buffers (pool, 0);
  first = bp_pool_acquire (pool);
  test_acquire_many (pool, chain.next, MAX_BUFFERS);
  for (guint i = 0; i <= MAX_BUFFERS; i++)
    {
      TestObject *object = bp_pooled_get_item (i < MAX_BUFFERS ? chain.next[i] : first);

      object->on_finalize = drop_next;
      object->user_data = &chain;
    }

  g_clear_pointer (&first, bp_pooled_unref);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
  g_assert_cmpuint (get_stat (pool, dropped), ==, MAX_BUFFERS + 1);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, cache, func) g_test_add_data_func ("/implicit/" name, GINT_TO_POINTER (cache), func)

  ADD ("dropped-at-once/cached", -1, test_dropped_at_once);
  ADD ("dropped-at-once/strict", 0, test_dropped_at_once);
  ADD ("dropped-by-another/cached", -1, test_dropped_by_another);
  ADD ("dropped-by-another/strict", 0, test_dropped_by_another);
  g_test_add_func ("/implicit/dropped-after-the-pool", test_dropped_after_the_pool);
  g_test_add_func ("/implicit/none-kept", test_none_kept);
  g_test_add_func ("/implicit/dropped-in-finalize", test_dropped_in_finalize);

  return g_test_run ();
}
