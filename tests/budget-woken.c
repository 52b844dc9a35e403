/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-child.h"
#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"
#include "test-ways.h"

/* Waiting for bytes of a budget: items, both limits at once, without a thread, and in a
 * process that forks. */

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

/* An item that comes back, or ends, lets another one be. */
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

/* Who waits for a permit has no bytes, and who waits for bytes has a permit, which he gives
 * back when he goes. */
static void
test_both_limits (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  g_autoptr (BpPool) other = make_bytes (budget);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  TestWaiter for_bytes = TEST_WAITER_INIT (pool, 600);
  TestWaiter for_permit = TEST_WAITER_INIT (pool, 100);
  BpPooled *out, *first, *second;

  bp_pool_set_max_outstanding (pool, 2);
  first = bp_pool_acquire_sized (pool, 100, NULL);
  out = bp_pool_acquire_sized (other, 500, NULL);

  for (guint i = 0; i < 2; i++)
    {
      for_bytes.cancellable = i == 0 ? cancellable : NULL;
      test_waiter_begin_for_bytes (&for_bytes);
      test_waiter_begin (&for_permit);
      /* Idle buffers go after it has joined the queue. */
      while (bp_budget_get_used_bytes (budget) != 600)
        g_thread_yield ();
      if (i == 0)
        {
          /* The permit goes to the other, who needs fewer bytes. */
          g_cancellable_cancel (cancellable);
          test_waiter_fail (&for_bytes, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          second = test_waiter_end (&for_permit);
          g_assert_cmpuint (get_stat (pool, outstanding), ==, 2);
          assert_charged (budget, 700, pool, other, NULL);
          bp_pooled_unref (second);
        }
    }

  /* Bytes come, then a permit. */
  bp_pooled_unref (out);
  second = test_waiter_end (&for_bytes);
  g_assert_cmpuint (test_n_waiters (pool), ==, 1);
  bp_pooled_unref (first);
  first = test_waiter_end (&for_permit);
  assert_charged (budget, 700, pool, other, NULL);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
  bp_pooled_unref (first);
  bp_pooled_unref (second);
  assert_charged (budget, 0, pool, other, NULL);
}

/* A budget that has room, and a buffer that comes back for a permit alone. */
static void
test_flushing_is_the_pool_s_own (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  g_autoptr (BpPool) other = make_bytes (budget);
  TestWaiter waiters[] = { TEST_WAITER_INIT (pool, 900), TEST_WAITER_INIT (other, 800),
                           TEST_WAITER_INIT (pool, 700) };
  g_autoptr (BpPooled) out = bp_pool_acquire_sized (other, MAX_BYTES, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (waiters); i++)
    test_waiter_begin_for_bytes (&waiters[i]);
  bp_pool_set_flushing (pool, TRUE);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
  test_waiter_fail (&waiters[0], BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  test_waiter_fail (&waiters[2], BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  g_clear_pointer (&out, bp_pooled_unref);
  out = test_waiter_end (&waiters[1]);
  bp_pool_set_flushing (pool, FALSE);
  assert_charged (budget, bp_pooled_get_capacity (out), pool, other, NULL);
}

/* The same queue for tasks. */
static void
test_async (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  TestOutcome outcomes[3] = { TEST_OUTCOME_INIT };
  TestWaiter waiter = TEST_WAITER_INIT (pool, 900);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, MAX_BYTES, NULL);
  guint8 *memory = bp_pooled_get_data (pooled, NULL);

  memset (memory, 1, MAX_BYTES);
  bp_pool_acquire_async (pool, 900, NULL, test_outcome_take, &outcomes[0]);
  test_waiter_begin_for_bytes (&waiter);
  bp_pool_acquire_async (pool, 1000, NULL, test_outcome_take, &outcomes[1]);
  bp_pool_acquire_async (pool, MAX_BYTES + 1, NULL, test_outcome_take, &outcomes[2]);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 3);
  test_outcome_fail (&outcomes[2], BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);

  /* From hand to hand it is the same memory, and zeroes. */
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = test_outcome_end (&outcomes[0]);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == memory);
  g_assert_cmpuint (memory[899], ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = test_waiter_end (&waiter);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == memory);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = test_outcome_end (&outcomes[1]);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == memory);
  expect_charged (pool, MAX_BYTES);
}

/* Served, be it with bytes or with a buffer, and cancelled before it knows: the next one has
 * its turn. */
static void
test_cancelled_after_its_turn (void)
{
  const gsize wanted[] = { MAX_BYTES, 100 };

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
      g_autoptr (BpPool) pool = make_bytes (budget);
      g_autoptr (BpPool) other = make_bytes (budget);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      TestOutcome first = TEST_OUTCOME_INIT;
      TestOutcome second = TEST_OUTCOME_INIT;
      /* The own buffer is handed over, another pool's is freed. */
      BpPooled *pooled = bp_pool_acquire_sized (i == 0 ? pool : other, MAX_BYTES, NULL);

      bp_pool_acquire_async (pool, wanted[i], cancellable, test_outcome_take, &first);
      bp_pool_acquire_async (other, MAX_BYTES, NULL, test_outcome_take, &second);
      bp_pooled_unref (pooled);
      g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
      g_cancellable_cancel (cancellable);
      test_outcome_fail (&first, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      pooled = test_outcome_end (&second);
      assert_charged (budget, MAX_BYTES, pool, other, NULL);
      bp_pooled_unref (pooled);
    }
}

/* Pool and budget are kept by what waits in them. */
static void
test_unreffed (void)
{
  BpBudget *budget = bp_budget_new (MAX_BYTES);
  BpPool *pool = make_bytes (budget);
  BpPooled *pooled = bp_pool_acquire_sized (pool, MAX_BYTES, NULL);
  TestOutcome outcome = TEST_OUTCOME_INIT;

  bp_pool_acquire_async (pool, 100, NULL, test_outcome_take, &outcome);
  g_object_unref (budget);
  g_object_add_weak_pointer (G_OBJECT (pool), (gpointer *) &pool);
  g_object_unref (pool);
  bp_pooled_unref (pooled);
  pooled = test_outcome_end (&outcome);
  test_run_all ();
  g_assert_null (pool);
  bp_pooled_unref (pooled);
}

/* A pool that is made while somebody waits has its caches off, and gets no bytes. */
static void
test_pool_is_made_meanwhile (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  g_autoptr (BpPool) late = NULL;
  TestWaiter waiter = TEST_WAITER_INIT (pool, 600);
  g_autoptr (BpPooled) out = bp_pool_acquire_sized (pool, 500, NULL);
  g_autoptr (BpPooled) empty = NULL;

  test_waiter_begin_for_bytes (&waiter);
  late = make_bytes (budget);
  g_assert_null (bp_pool_acquire_sized (late, 1, NULL));
  empty = bp_pool_acquire (late);
  g_assert_nonnull (empty);
  g_assert_false (bp_pooled_try_resize (empty, 1, NULL));
  g_clear_pointer (&out, bp_pooled_unref);
  out = test_waiter_end (&waiter);
  g_assert_true (bp_pooled_try_resize (empty, 400, NULL));
  assert_charged (budget, MAX_BYTES, pool, late, NULL);
}

/* In a child of fork() nobody waits. */

typedef struct
{
  BpPool *pool;
  BpPooled *out;
} Parent;

static void
work_in_child (gpointer data)
{
  Parent *parent = data;
  BpBudget *budget = bp_pool_get_budget (parent->pool);
  BpPooled *pooled;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (test_n_budget_waiters (parent->pool), ==, 0);
  expect_charged (parent->pool, 600);
  pooled = bp_pool_acquire_sized (parent->pool, 400, NULL);
  g_assert_nonnull (pooled);
  expect_charged (parent->pool, MAX_BYTES);
  g_assert_null (bp_pool_acquire_wait (parent->pool, 1, 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  bp_pooled_unref (parent->out);
  expect_charged (parent->pool, 400);
  bp_budget_set_max_bytes (budget, 400);
  expect_charged (parent->pool, 400);
  bp_pooled_unref (pooled);
  bp_pool_set_flushing (parent->pool, TRUE);
  g_object_run_dispose (G_OBJECT (parent->pool));
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
}

static void
test_forked (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) pool = make_bytes (budget);
  TestWaiter waiter = TEST_WAITER_INIT (pool, 500);
  Parent parent = { pool, bp_pool_acquire_sized (pool, 600, NULL) };

  test_waiter_begin_for_bytes (&waiter);
  test_run_child (work_in_child, &parent);
  g_assert_cmpuint (test_n_budget_waiters (pool), ==, 1);
  bp_pooled_unref (parent.out);
  bp_pooled_unref (test_waiter_end (&waiter));
  expect_charged (pool, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 2; i < TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i];
      g_autofree char *items = g_strconcat ("/budget/woken/items/", kind->name, NULL);

      g_test_add_data_func (items, kind, test_items);
    }
  g_test_add_func ("/budget/woken/create-fails-after-a-wait", test_create_fails_after_a_wait);
  g_test_add_func ("/budget/woken/larger-at-the-next-try", test_larger_at_the_next_try);
  g_test_add_func ("/budget/woken/both-limits", test_both_limits);
  g_test_add_func ("/budget/woken/flushing-is-the-pool-s-own", test_flushing_is_the_pool_s_own);
  g_test_add_func ("/budget/woken/async", test_async);
  g_test_add_func ("/budget/woken/cancelled-after-its-turn", test_cancelled_after_its_turn);
  g_test_add_func ("/budget/woken/unreffed", test_unreffed);
  g_test_add_func ("/budget/woken/pool-is-made-meanwhile", test_pool_is_made_meanwhile);
  g_test_add_func ("/budget/woken/forked", test_forked);
  g_test_add_func ("/budget/woken/refused-at-acquire-waits", test_refused_at_acquire_waits);

  return g_test_run ();
}
