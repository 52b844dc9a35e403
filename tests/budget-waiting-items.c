/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"
#include "test-ways.h"

/* Waiting for bytes of a budget that are for items and objects: how many they are is known
 * when one has been made. */

#define MAX_BYTES 1000

static TestCounters counters;

/* Items of 100 bytes, objects of 200. */
static BpPool *
make_items (const TestKind *kind,
            BpBudget       *budget)
{
  BpItemFuncs funcs = test_item_funcs;

  test_counters_reset (&counters);
  test_counters_reset (&test_object_counters);
  funcs.user_data = &counters;
  if (g_str_equal (kind->name, "funcs"))
    return g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "budget", budget, NULL);

  return g_object_new (BP_TYPE_POOL, "item-type", TEST_TYPE_OBJECT, "budget", budget, NULL);
}

static BpPool *
make_bytes (BpBudget *budget)
{
  return g_object_new (BP_TYPE_POOL, "budget", budget, NULL);
}

static void
expect_charged (BpPool  *pool,
                guint64  n_out)
{
  assert_charged (bp_pool_get_budget (pool), n_out, pool, NULL);
}

static guint
n_live (void)
{
  return test_counters_live (&counters) + test_counters_live (&test_object_counters);
}

static void
set_size (BpPooled *pooled,
          gsize     n_bytes)
{
  gpointer item = bp_pooled_get_item (pooled);
  g_autoptr (GObject) object = bp_pooled_dup_object (pooled);

  if (object != NULL)
    TEST_OBJECT (object)->byte_size = n_bytes;
  else
    ((TestItem *) item)->byte_size = n_bytes;
}

/* When an item comes back, or ends, another one can be made. */
static void
test_items (gconstpointer data)
{
  for (guint i = 0; i < test_n_ways_back; i++)
    {
      const TestWayBack *way = &test_ways_back[i];
      g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
      g_autoptr (BpPool) pool = make_items (data, budget);
      TestWaiter waiter = TEST_WAITER_INIT (pool, 0);
      g_autoptr (BpPooled) pooled = NULL;
      gpointer thing;
      guint64 n_each;

      if (!test_way_back_is_for (way, pool))
        continue;

      pooled = bp_pool_acquire (pool);
      n_each = bp_budget_get_used_bytes (budget);
      bp_budget_set_max_bytes (budget, 2 * n_each - 1);
      test_waiter_begin_for_bytes (&waiter);
      /* What was made in vain has been destroyed. */
      g_assert_cmpuint (n_live (), ==, 1);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, n_each);
      thing = way->begin (g_steal_pointer (&pooled));
      way->end (thing);
      pooled = test_waiter_end (&waiter);
      if (way->clear != NULL)
        way->clear (thing);
      expect_charged (pool, n_each);
      g_clear_pointer (&pooled, bp_pooled_unref);
      expect_charged (pool, 0);
      g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, n_each);
    }
}

/* A buffer that comes back may be handed over as it is. An object must first be asked whether
 * it can be used again. */
static void
test_object_is_asked (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (BpBudget) budget = bp_budget_new (TEST_OBJECT_BYTES);
      g_autoptr (BpPool) pool = make_items (&test_kinds[3], budget);
      TestWaiter waiter = TEST_WAITER_INIT (pool, 0);
      g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
      TestObject *object = bp_pooled_get_item (pooled);
      guint serial = object->serial;

      test_waiter_begin_for_bytes (&waiter);
      if (i == 0)
        g_assert_true (bp_pooled_release (pooled));
      g_clear_pointer (&pooled, bp_pooled_unref);
      pooled = test_waiter_end (&waiter);
      object = bp_pooled_get_item (pooled);
      g_assert_cmpuint (object->n_reused, ==, object->serial == serial);
      expect_charged (pool, TEST_OBJECT_BYTES);
    }
}

/* An object that is refused when it is to be used again, and no room for a fresh one: then
 * that is waited for. */

typedef struct
{
  BpBudget *budget;
  BpPool *pool;
  BpPool *bytes;
  BpPooled *out;
} Tight;

/* The object says that it has 50 bytes, and lies in this thread's cache; the rest is out. */
static void
tight_init (Tight *tight)
{
  BpPooled *object;

  tight->budget = bp_budget_new (TEST_OBJECT_BYTES + 50);
  tight->pool = make_items (&test_kinds[3], tight->budget);
  tight->bytes = make_bytes (tight->budget);
  object = bp_pool_acquire (tight->pool);
  set_size (object, 50);
  g_assert_true (bp_pooled_release (object));
  bp_pooled_unref (object);
  object = bp_pool_acquire (tight->pool);
  TEST_OBJECT (bp_pooled_get_item (object))->refuse = TRUE;
  tight->out = bp_pool_acquire_sized (tight->bytes, TEST_OBJECT_BYTES, NULL);
  g_assert_nonnull (tight->out);
  bp_pooled_unref (object);
  g_assert_cmpuint (get_stat (tight->pool, idle), ==, 1);
}

static void
tight_clear (Tight *tight)
{
  g_clear_pointer (&tight->out, bp_pooled_unref);
  assert_charged (tight->budget, 0, tight->pool, tight->bytes, NULL);
  g_object_unref (tight->pool);
  g_object_unref (tight->bytes);
  g_object_unref (tight->budget);
  g_assert_cmpuint (n_live (), ==, 0);
}

static void
test_refused_at_acquire_waits (void)
{
  TestOutcome outcome = TEST_OUTCOME_INIT;
  g_autoptr (GError) error = NULL;
  Tight tight;

  tight_init (&tight);
  g_assert_null (bp_pool_acquire_wait (tight.pool, 0, 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpuint (n_live (), ==, 0);
  tight_clear (&tight);

  tight_init (&tight);
  bp_pool_acquire_async (tight.pool, 0, NULL, test_outcome_take, &outcome);
  g_assert_cmpuint (test_n_budget_waiters (tight.pool), ==, 1);
  g_clear_pointer (&tight.out, bp_pooled_unref);
  tight.out = test_outcome_end (&outcome);
  assert_charged (tight.budget, TEST_OBJECT_BYTES, tight.pool, tight.bytes, NULL);
  tight_clear (&tight);
}

/* A create() that fails after all: the bytes are the next one's. */

static gpointer
create_or_fail (gpointer   acquire_data,
                gpointer   user_data,
                GError   **error)
{
  return test_item_funcs.create (NULL, user_data, error);
}

static void
test_create_fails_after_a_wait (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (TEST_ITEM_BYTES);
  BpItemFuncs funcs = test_item_funcs;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPool) bytes = make_bytes (budget);
  g_autoptr (BpPooled) out = NULL;
  TestOutcome first = TEST_OUTCOME_INIT;
  TestOutcome second = TEST_OUTCOME_INIT;

  test_counters_reset (&counters);
  funcs.create = create_or_fail;
  funcs.user_data = &counters;
  pool = g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "budget", budget, NULL);
  out = bp_pool_acquire_sized (bytes, TEST_ITEM_BYTES, NULL);
  bp_pool_acquire_async (pool, 0, NULL, test_outcome_take, &first);
  bp_pool_acquire_async (bytes, 50, NULL, test_outcome_take, &second);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 2);

  counters.fail_after = counters.n_created;
  g_clear_pointer (&out, bp_pooled_unref);
  test_outcome_fail (&first, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
  out = test_outcome_end (&second);
  assert_charged (budget, 50, pool, bytes, NULL);
}

/* An item that is larger than the one that was to be made before the wait: what had been
 * reserved for it is free for others in the next wait. */

static gsize next_size;

static gpointer
create_sized (gpointer   acquire_data,
              gpointer   user_data,
              GError   **error)
{
  TestItem *item = test_item_funcs.create (acquire_data, user_data, error);

  if (item != NULL)
    item->byte_size = next_size;

  return item;
}

static void
test_larger_at_the_next_try (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (300);
  BpItemFuncs funcs = test_item_funcs;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPool) bytes = make_bytes (budget);
  g_autoptr (BpPooled) out = bp_pool_acquire_sized (bytes, 250, NULL);
  g_autoptr (BpPooled) item = NULL;
  TestOutcome outcome = TEST_OUTCOME_INIT;

  test_counters_reset (&counters);
  funcs.create = create_sized;
  funcs.user_data = &counters;
  pool = g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "budget", budget, NULL);

  next_size = 100;
  bp_pool_acquire_async (pool, 0, NULL, test_outcome_take, &outcome);
  g_clear_pointer (&out, bp_pooled_unref);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 100);
  out = bp_pool_acquire_sized (bytes, 150, NULL);
  g_assert_nonnull (out);

  next_size = 200;
  test_run_all ();
  g_assert_false (outcome.is_done);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 150);
  g_clear_pointer (&out, bp_pooled_unref);
  item = test_outcome_end (&outcome);
  assert_charged (budget, 200, pool, bytes, NULL);

  /* One that is smaller then takes what it needs. */
  outcome.is_done = FALSE;
  bp_pool_acquire_async (pool, 0, NULL, test_outcome_take, &outcome);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
  next_size = 10;
  g_free (bp_pooled_steal_item (item, NULL));
  g_clear_pointer (&item, bp_pooled_unref);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 200);
  item = test_outcome_end (&outcome);
  assert_charged (budget, 10, pool, bytes, NULL);
}

/* A result that is kept, as by a garbage collector, keeps nothing else. */

static void
keep_result (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static void
test_result_is_kept (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (100);
  BpItemFuncs funcs = test_item_funcs;
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPool) bytes = make_bytes (budget);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (BpPooled) out = NULL;

  test_counters_reset (&counters);
  funcs.create = create_sized;
  funcs.user_data = &counters;
  pool = g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "budget", budget, NULL);

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (BpPooled) pooled = NULL;

      out = bp_pool_acquire_sized (bytes, 100, NULL);
      next_size = 100;
      counters.fail_after = TEST_NEVER;
      bp_pool_acquire_async (pool, 0, cancellable, keep_result, &result);
      g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
      g_clear_pointer (&out, bp_pooled_unref);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 100);

      /* It needs less than it has got; it fails; it is cancelled. */
      next_size = 10;
      if (i == 1)
        counters.fail_after = counters.n_created;
      if (i == 2)
        g_cancellable_cancel (cancellable);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, i == 0 ? 10 : 0);
      pooled = bp_pool_acquire_finish (pool, result, NULL);
      g_assert_true ((pooled != NULL) == (i == 0));
      g_clear_pointer (&pooled, bp_pooled_unref);
      bp_pool_drop_idle (pool, 0);
      assert_charged (budget, 0, pool, bytes, NULL);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 2; i < TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i];
      g_autofree char *path = g_strconcat ("/budget/waiting/items/", kind->name, NULL);

      g_test_add_data_func (path, kind, test_items);
    }
  g_test_add_func ("/budget/waiting/items/create-fails-after-a-wait",
                   test_create_fails_after_a_wait);
  g_test_add_func ("/budget/waiting/items/larger-at-the-next-try", test_larger_at_the_next_try);
  g_test_add_func ("/budget/waiting/items/result-is-kept", test_result_is_kept);
  g_test_add_func ("/budget/waiting/items/object-is-asked", test_object_is_asked);
  g_test_add_func ("/budget/waiting/items/refused-at-acquire-waits", test_refused_at_acquire_waits);

  return g_test_run ();
}
