/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"

/* What functions of items, and handlers of signals, may do to a pool with limits: all of
 * it, since nothing is locked when they are called. */

#define ITEM_BYTES 100

typedef struct _World World;

struct _World
{
  BpPool *pool;
  BpBudget *budget;
  /* What to do in each of the functions; not again within one of them. */
  void (*on_create) (World *world);
  void (*on_reuse) (World *world);
  void (*on_free) (World *world);
  void (*on_get_byte_size) (World *world);
  guint depth;
  guint n_calls;
  guint n_live;
  BpPooled *held[4];
};

static void
call (World *world,
      void (*func) (World *world))
{
  if (func == NULL || world->depth > 0)
    return;

  world->depth++;
  world->n_calls++;
  func (world);
  world->depth--;
}

static gpointer
create (gpointer   acquire_data,
        gpointer   user_data,
        GError   **error)
{
  World *world = user_data;

  call (world, world->on_create);
  world->n_live++;

  return g_new0 (int, 1);
}

static gboolean
reuse (gpointer item,
       gsize    trim,
       gpointer user_data)
{
  World *world = user_data;

  call (world, world->on_reuse);

  return TRUE;
}

static void
free_item (gpointer item,
           gpointer user_data)
{
  World *world = user_data;

  g_free (item);
  world->n_live--;
  call (world, world->on_free);
}

static gsize
get_byte_size (gpointer item,
               gpointer user_data)
{
  World *world = user_data;

  call (world, world->on_get_byte_size);

  return ITEM_BYTES;
}

static void
set_up (World         *world,
        gconstpointer  data)
{
  BpItemFuncs funcs = {
    .create = create,
    .reuse = reuse,
    .free = free_item,
    .get_byte_size = get_byte_size,
    .user_data = world,
  };

  memset (world, 0, sizeof (World));
  world->budget = bp_budget_new (10 * ITEM_BYTES);
  world->pool = g_object_new (BP_TYPE_POOL,
                              "item-funcs", &funcs,
                              "budget", world->budget,
                              "max-outstanding", 4,
                              NULL);
}

static void
tear_down (World         *world,
           gconstpointer  data)
{
  world->on_create = world->on_reuse = world->on_free = world->on_get_byte_size = NULL;
  test_unref_many (world->held, G_N_ELEMENTS (world->held));
  assert_charged (world->budget, 0, world->pool, NULL);
  g_assert_cmpuint (get_stat (world->pool, outstanding), ==, 0);
  g_assert_finalize_object (world->pool);
  g_assert_cmpuint (world->n_live, ==, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (world->budget), ==, 0);
  g_assert_finalize_object (world->budget);
}

/* The one that is being made has its permit already. */
static void
acquire_all (World *world)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i < 4; i++)
    {
      world->held[i] = bp_pool_try_acquire (world->pool, &error);
      g_assert_no_error (error);
    }
  g_assert_null (bp_pool_try_acquire (world->pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
}

static void
test_create_acquires (World         *world,
                      gconstpointer  data)
{
  world->on_create = acquire_all;
  world->held[0] = bp_pool_acquire (world->pool);
  g_assert_nonnull (world->held[0]);
  g_assert_cmpuint (world->n_calls, ==, 1);
  g_assert_cmpuint (get_stat (world->pool, outstanding), ==, 4);
  assert_charged (world->budget, 4 * ITEM_BYTES, world->pool, NULL);
  world->on_create = NULL;
  g_assert_null (bp_pool_acquire (world->pool));
}

/* The one that is on its way back is still out. */
static void
check_limit (World *world)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (get_stat (world->pool, outstanding), ==, 4);
  g_assert_null (bp_pool_try_acquire (world->pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
}

static void
test_reuse_acquires (World         *world,
                     gconstpointer  data)
{
  test_acquire_many (world->pool, world->held, 4);
  world->on_reuse = check_limit;
  test_unref_many (world->held, 1);
  g_assert_cmpuint (world->n_calls, ==, 1);
  world->held[0] = bp_pool_acquire (world->pool);
  g_assert_nonnull (world->held[0]);
}

static void
set_limits (World *world)
{
  bp_pool_set_max_outstanding (world->pool, 0);
  bp_pool_set_max_idle_bytes (world->pool, 10 * ITEM_BYTES);
  bp_pool_set_flushing (world->pool, TRUE);
  bp_pool_set_flushing (world->pool, FALSE);
  bp_budget_set_max_bytes (world->budget, 7 * ITEM_BYTES);
  bp_pool_set_max_idle_bytes (world->pool, 0);
  bp_budget_set_max_bytes (world->budget, 10 * ITEM_BYTES);
  bp_pool_set_max_outstanding (world->pool, 4);
}

static void
test_functions_set_limits (World         *world,
                           gconstpointer  data)
{
  world->on_create = set_limits;
  world->on_reuse = set_limits;
  world->on_free = set_limits;
  world->on_get_byte_size = set_limits;
  for (guint i = 0; i < 3; i++)
    {
      test_acquire_many (world->pool, world->held, 4);
      g_assert_null (bp_pool_acquire (world->pool));
      test_unref_many (world->held, 4);
      bp_pool_set_max_idle_bytes (world->pool, 2 * ITEM_BYTES);
      bp_pool_set_max_idle_bytes (world->pool, 0);
      bp_pool_drop_idle (world->pool, 1);
      bp_budget_set_max_bytes (world->budget, 0);
      bp_budget_set_max_bytes (world->budget, 10 * ITEM_BYTES);
      assert_charged (world->budget, 0, world->pool, NULL);
    }
  g_assert_cmpuint (world->n_calls, >, 30);
}

/* A function gives back what a waiter waits for. */
static void
give_one_back (World *world)
{
  test_unref_many (&world->held[3], 1);
}

static void
test_function_serves_a_waiter (World         *world,
                               gconstpointer  data)
{
  TestOutcome outcomes[2] = { TEST_OUTCOME_INIT };

  test_acquire_many (world->pool, world->held, 4);
  bp_pool_set_max_buffers (world->pool, 0);
  for (guint i = 0; i < 2; i++)
    bp_pool_acquire_async (world->pool, 0, NULL, test_outcome_take, &outcomes[i]);
  world->on_free = give_one_back;
  test_unref_many (world->held, 1);
  world->held[0] = test_outcome_end (&outcomes[0]);
  world->held[3] = test_outcome_end (&outcomes[1]);
  world->on_free = NULL;
  g_assert_cmpuint (get_stat (world->pool, outstanding), ==, 4);
}

static void
dispose (World *world)
{
  g_object_run_dispose (G_OBJECT (world->pool));
}

static void
test_function_disposes (World         *world,
                        gconstpointer  data)
{
  TestOutcome outcome = TEST_OUTCOME_INIT;

  test_acquire_many (world->pool, world->held, 4);
  bp_pool_acquire_async (world->pool, 0, NULL, test_outcome_take, &outcome);
  world->on_reuse = dispose;
  test_unref_many (world->held, 1);
  g_assert_cmpuint (world->n_live, ==, 3);
  test_outcome_fail (&outcome, BP_POOL_ERROR, BP_POOL_ERROR_CLOSED);
}

/* Handlers of notify. */

static void
change_again (GObject    *object,
              GParamSpec *pspec,
              gpointer    user_data)
{
  World *world = user_data;

  if (bp_pool_get_max_outstanding (world->pool) == 2)
    bp_pool_set_max_outstanding (world->pool, 3);
  world->held[2] = bp_pool_acquire (world->pool);
  g_clear_pointer (&world->held[2], bp_pooled_unref);
  world->n_calls++;
}

static void
test_notified (World         *world,
               gconstpointer  data)
{
  g_signal_connect (world->pool, "notify", G_CALLBACK (change_again), world);
  bp_pool_set_max_outstanding (world->pool, 2);
  bp_pool_set_max_idle_bytes (world->pool, ITEM_BYTES);
  bp_pool_set_flushing (world->pool, TRUE);
  bp_pool_set_flushing (world->pool, FALSE);
  g_assert_cmpuint (world->n_calls, ==, 5);
  g_assert_cmpuint (bp_pool_get_max_outstanding (world->pool), ==, 3);
}

/* A callback of an acquire drops the last reference to the pool. */

static void
unref_pool (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  BpPooled **pooled = user_data;

  *pooled = bp_pool_acquire_finish (BP_POOL (source), result, NULL);
  g_assert_nonnull (*pooled);
  g_object_unref (source);
}

static void
test_callback_unrefs (void)
{
  BpPool *pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  BpPooled *pooled = NULL, *out;
  gpointer weak = pool;

  bp_pool_set_max_outstanding (pool, 1);
  g_object_add_weak_pointer (weak, &weak);
  out = bp_pool_acquire_sized (pool, 10, NULL);
  bp_pool_acquire_async (pool, 10, NULL, unref_pool, &pooled);
  bp_pooled_unref (out);
  while (pooled == NULL)
    g_main_context_iteration (NULL, TRUE);
  test_run_all ();
  g_assert_null (weak);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 10);
  bp_pooled_unref (pooled);
}

int
main (int    argc,
      char **argv)
{
  const struct
  {
    const char *path;
    void (*func) (World *world, gconstpointer data);
  } tests[] = {
    { "/limit/callbacks/create-acquires", test_create_acquires },
    { "/limit/callbacks/reuse-acquires", test_reuse_acquires },
    { "/limit/callbacks/functions-set-limits", test_functions_set_limits },
    { "/limit/callbacks/function-serves-a-waiter", test_function_serves_a_waiter },
    { "/limit/callbacks/function-disposes", test_function_disposes },
    { "/limit/callbacks/notified", test_notified },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, World, NULL, set_up, tests[i].func, tear_down);
  g_test_add_func ("/limit/callbacks/callback-unrefs", test_callback_unrefs);

  return g_test_run ();
}
