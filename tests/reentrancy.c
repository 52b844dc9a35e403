/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* No lock of the pool is held while code of the user's runs: it may use the pool. */

typedef struct
{
  TestCounters counters;
  BpPool *pool;
  guint depth;
} Context;

/* What a callback might do with the pool it is called by. */
static void
use_pool (Context *context)
{
  BpPool *pool = context->pool;
  guint max_buffers;

  if (pool == NULL || context->depth > 2)
    return;

  context->depth++;
  max_buffers = bp_pool_get_max_buffers (pool);
  {
    g_autoptr (BpPooled) one = bp_pool_acquire (pool);
    g_autoptr (BpPooled) two = bp_pool_acquire (pool);
    g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

    g_assert_nonnull (one);
    g_assert_nonnull (two);
    g_assert_cmpuint (bp_pool_stats_get_outstanding (stats), >=, 2);
    bp_pooled_release (one);
  }
  bp_pool_set_thread_cache (pool, 3);
  bp_pool_set_thread_cache (pool, -1);
  bp_pool_set_max_buffers (pool, max_buffers + 1);
  bp_pool_set_max_buffers (pool, max_buffers);
  bp_pool_set_trim_capacity (pool, context->depth);
  bp_pool_prefill (pool, 1, 0, NULL);
  bp_pool_drop_idle (pool, 2);
  context->depth--;
}

static gpointer
create (gpointer   acquire_data,
        gpointer   user_data,
        GError   **error)
{
  Context *context = user_data;

  use_pool (context);

  return test_item_funcs.create (NULL, &context->counters, error);
}

static gboolean
reuse (gpointer item,
       gsize    trim,
       gpointer user_data)
{
  Context *context = user_data;

  use_pool (context);

  return test_item_funcs.reuse (item, trim, &context->counters);
}

static void
free_item (gpointer item,
           gpointer user_data)
{
  Context *context = user_data;

  use_pool (context);
  test_item_funcs.free (item, &context->counters);
}

static gsize
get_byte_size (gpointer item,
               gpointer user_data)
{
  Context *context = user_data;

  use_pool (context);

  return test_item_funcs.get_byte_size (item, &context->counters);
}

static const BpItemFuncs funcs = {
  .create = create,
  .reuse = reuse,
  .free = free_item,
  .get_byte_size = get_byte_size,
};

static void
run_phases (BpPool *pool)
{
  BpPooled *handles[8];

  for (guint round = 0; round < 3; round++)
    {
      test_acquire_many (pool, handles, 8);
      assert_valid (pool);
      bp_pooled_release (handles[3]);
      test_unref_many (handles, 8);
      assert_valid (pool);
      bp_pool_set_max_buffers (pool, 2);
      bp_pool_set_max_buffers (pool, 4);
      assert_valid (pool);
      bp_pool_drop_idle (pool, 1);
      bp_pool_prefill (pool, 2, 0, NULL);
      bp_pool_drop_idle (pool, 0);
      assert_valid (pool);
    }
}

static void
test_funcs (void)
{
  Context context = { .depth = 0 };
  g_autoptr (BpPool) pool = NULL;

  test_counters_reset (&context.counters);
  pool = test_funcs_pool_new (&funcs, &context, NULL, 2, 4, 0);
  context.pool = pool;
  run_phases (pool);

  g_object_run_dispose (G_OBJECT (pool));
  assert_valid (pool);
  context.pool = NULL;
  g_clear_object (&pool);
  g_assert_cmpuint (test_counters_live (&context.counters), ==, 0);
}

static Context object_context;

static void
on_object (TestObject *object,
           gpointer    user_data)
{
  use_pool (&object_context);
}

static void
equip (BpPooled *pooled)
{
  TestObject *object = bp_pooled_get_item (pooled);

  object->on_finalize = on_object;
  object->on_reuse = on_object;
}

static void
test_objects (void)
{
  g_autoptr (BpPool) pool = test_type_pool_new (TEST_TYPE_OBJECT, 2, 4, 0);
  BpPooled *handles[8];

  test_counters_reset (&test_object_counters);
  object_context.pool = pool;
  for (guint round = 0; round < 3; round++)
    {
      test_acquire_many (pool, handles, 8);
      for (guint i = 0; i < 8; i++)
        equip (handles[i]);
      for (guint i = 0; i < 4; i++)
        bp_pooled_release (handles[i]);
      assert_valid (pool);
      test_unref_many (handles, 8);
      assert_valid (pool);
      run_phases (pool);
    }
  test_acquire_many (pool, handles, 8);
  for (guint i = 0; i < 8; i++)
    equip (handles[i]);
  test_unref_many (handles, 8);
  g_object_run_dispose (G_OBJECT (pool));
  assert_valid (pool);
  object_context.pool = NULL;
  g_clear_object (&pool);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

static void
on_init (BpPooled *pooled,
         gpointer  user_data)
{
  Context *context = user_data;

  use_pool (context);
}

static void
on_notify (GObject    *object,
           GParamSpec *pspec,
           gpointer    user_data)
{
  BpPool *pool = BP_POOL (object);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);

  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 10);
  if (bp_pool_get_max_buffers (pool) < 6)
    bp_pool_set_max_buffers (pool, bp_pool_get_max_buffers (pool) + 1);
}

static void
test_init_and_notify (void)
{
  Context context = { .depth = 0 };
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I16, 2, 4, 0);
  g_autoptr (BpPooled) pooled = NULL;

  context.pool = pool;
  g_signal_connect (pool, "notify", G_CALLBACK (on_notify), NULL);
  bp_pool_set_max_buffers (pool, 3);
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, 6);

  pooled = bp_pool_acquire_with (pool, on_init, &context);
  g_assert_nonnull (pooled);
  assert_valid (pool);
}

/* The functions' data goes last of all, when a free function may still use it. */
static void
test_last_handle (void)
{
  Context context = { .depth = 0 };
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (BpPool) pool = NULL;

  test_counters_reset (&context.counters);
  pool = test_funcs_pool_new (&funcs, &context, NULL, 2, 4, 0);
  pooled = bp_pool_acquire (pool);
  g_clear_object (&pool);
  g_assert_cmpuint (test_counters_live (&context.counters), ==, 1);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (test_counters_live (&context.counters), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pool/reentrancy/funcs", test_funcs);
  g_test_add_func ("/pool/reentrancy/objects", test_objects);
  g_test_add_func ("/pool/reentrancy/init-and-notify", test_init_and_notify);
  g_test_add_func ("/pool/reentrancy/last-handle", test_last_handle);

  return g_test_run ();
}
