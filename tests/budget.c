/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-items.h"
#include "test-utils.h"
#include "test-ways.h"

/* A budget has charged the capacity of every buffer of its pools, to the byte, at every
 * moment; and what does not fit in changes nothing. */

#define MAX_BYTES 10000

typedef struct
{
  BpBudget *budget;
  BpPool *pool;
} Fixture;

static void
set_up (Fixture *fixture,
        guint    element_size,
        guint64  max_bytes)
{
  fixture->budget = bp_budget_new (max_bytes);
  fixture->pool = g_object_new (BP_TYPE_POOL,
                                "element-size", element_size,
                                "budget", fixture->budget,
                                "shards", 2,
                                "max-buffers", 16,
                                NULL);
  assert_charged (fixture->budget, 0, fixture->pool, NULL);
}

/* A pool that ends leaves nothing behind. */
static void
tear_down (Fixture *fixture)
{
  assert_charged (fixture->budget, 0, fixture->pool, NULL);
  g_assert_finalize_object (fixture->pool);
  g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, 0);
  g_assert_finalize_object (fixture->budget);
}

static void
expect_charged (Fixture *fixture,
                guint64  n_out)
{
  assert_charged (fixture->budget, n_out, fixture->pool, NULL);
}

static void
expect_used (Fixture *fixture,
             guint64  n_used)
{
  g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, n_used);
}

static void
give_back (BpPooled *pooled)
{
  bp_pooled_unref (pooled);
}

static void
test_acquire (void)
{
  const guint sizes[] = { 1, 3, 4, 100 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gsize size = sizes[i];
      BpPooled *held[3];
      Fixture fixture;

      set_up (&fixture, sizes[i], MAX_BYTES);
      held[0] = bp_pool_acquire (fixture.pool);
      expect_charged (&fixture, 0);
      held[1] = bp_pool_acquire_sized (fixture.pool, 10, NULL);
      expect_charged (&fixture, 10 * size);
      held[2] = bp_pool_acquire_uninit (fixture.pool, 33, NULL);
      expect_charged (&fixture, 43 * size);
      test_unref_many (held, 3);
      expect_charged (&fixture, 0);
      expect_used (&fixture, 43 * size);

      /* What lay idle is charged already; what it grows by comes to that. */
      held[0] = bp_pool_acquire_sized (fixture.pool, 33, NULL);
      expect_charged (&fixture, 33 * size);
      held[1] = bp_pool_acquire_sized (fixture.pool, 25, NULL);
      expect_charged (&fixture, 58 * size);
      test_unref_many (held, 2);
      expect_used (&fixture, 58 * size);
      tear_down (&fixture);
    }
}

static void
check_refused (Fixture *fixture,
               gsize    n_elements)
{
  guint64 n_used = bp_budget_get_used_bytes (fixture->budget);
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_acquire_sized (fixture->pool, n_elements, NULL));
  g_assert_null (bp_pool_acquire_sized (fixture->pool, n_elements, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_uninit (fixture->pool, n_elements, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_full (fixture->pool, n_elements, BP_ACQUIRE_NONE, NULL, 0, NULL,
                                       &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  expect_used (fixture, n_used);
}

/* Not by a byte more, and not by a byte less. */
static void
test_exact (void)
{
  BpPooled *held[3];
  Fixture fixture;

  set_up (&fixture, 1, MAX_BYTES);
  check_refused (&fixture, MAX_BYTES + 1);
  held[0] = bp_pool_acquire_sized (fixture.pool, MAX_BYTES, NULL);
  expect_charged (&fixture, MAX_BYTES);
  check_refused (&fixture, 1);
  give_back (held[0]);

  held[0] = bp_pool_acquire_sized (fixture.pool, MAX_BYTES - 1, NULL);
  check_refused (&fixture, 2);
  held[1] = bp_pool_acquire_sized (fixture.pool, 1, NULL);
  expect_charged (&fixture, MAX_BYTES);
  check_refused (&fixture, 1);
  held[2] = bp_pool_acquire_sized (fixture.pool, 0, NULL);
  g_assert_nonnull (held[2]);
  test_unref_many (held, 3);
  g_assert_cmpuint (bp_budget_get_peak_bytes (fixture.budget), ==, MAX_BYTES);
  tear_down (&fixture);
}

/* What the message says. */
static void
test_message (void)
{
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;
  Fixture fixture;

  set_up (&fixture, 4, 1000);
  g_assert_null (bp_pool_acquire_sized (fixture.pool, 251, &error));
  g_assert_cmpstr (error->message, ==, "1004 bytes were asked for, and the budget has 1000 in all: "
                                       "ask for less, or raise max-bytes");
  g_clear_error (&error);
  pooled = bp_pool_acquire_sized (fixture.pool, 150, NULL);
  g_assert_null (bp_pool_acquire_sized (fixture.pool, 101, &error));
  g_assert_nonnull (strstr (error->message, "404 bytes were asked for"));
  g_assert_nonnull (strstr (error->message, "of the budget's 1000 there are 600 in use"));
  g_clear_pointer (&pooled, bp_pooled_unref);
  tear_down (&fixture);
}

/* The smallest budget and the largest. */
static void
test_extremes (void)
{
  Fixture fixture;
  BpPooled *pooled;

  set_up (&fixture, 1, 0);
  pooled = bp_pool_acquire (fixture.pool);
  g_assert_nonnull (pooled);
  check_refused (&fixture, 1);
  give_back (pooled);
  tear_down (&fixture);

  set_up (&fixture, 8, G_MAXUINT64);
  pooled = bp_pool_acquire_sized (fixture.pool, 1000, NULL);
  expect_charged (&fixture, 8000);
  give_back (pooled);
  tear_down (&fixture);
}

/* Ways to grow a buffer of 100 elements to 200, with contents. */

typedef gboolean (*GrowFunc) (BpPooled *pooled,
                              GError  **error);

static gboolean
try_resize (BpPooled *pooled,
            GError  **error)
{
  return bp_pooled_try_resize (pooled, 200, error);
}

static gboolean
reserve (BpPooled *pooled,
         GError  **error)
{
  return bp_pooled_reserve (pooled, 200, error);
}

static gboolean
append (BpPooled *pooled,
        GError  **error)
{
  static const guint32 more[100];

  return bp_pooled_append (pooled, more, 100, error);
}

static gboolean
append_bytes (BpPooled *pooled,
              GError  **error)
{
  static const guint8 more[400];

  return bp_pooled_append_bytes (pooled, more, 400, error);
}

static const GrowFunc grow_funcs[] = { try_resize, reserve, append, append_bytes };

static BpPool *
make_aligned (BpBudget *budget,
              gsize     alignment)
{
  return g_object_new (BP_TYPE_POOL,
                       "element-type", BP_ELEMENT_TYPE_U32,
                       "budget", budget,
                       "alignment", (guint) alignment,
                       NULL);
}

static void
expect_contents (BpPooled *pooled)
{
  const guint32 *data = bp_pooled_get_data (pooled, NULL);

  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint (data[i], ==, i);
}

/* Growing with contents has both memories for a moment: 400 bytes and 800. One byte less
 * and it fails, and has changed nothing. */
static void
test_grow (gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (grow_funcs); i++)
    {
      g_autoptr (BpBudget) budget = bp_budget_new (1199);
      g_autoptr (BpPool) pool = make_aligned (budget, GPOINTER_TO_SIZE (data));
      g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 100, NULL);
      guint32 *elements = bp_pooled_get_data (pooled, NULL);
      g_autoptr (GError) error = NULL;

      for (guint k = 0; k < 100; k++)
        elements[k] = k;

      g_assert_false (grow_funcs[i] (pooled, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      g_clear_error (&error);
      g_assert_true (bp_pooled_get_data (pooled, NULL) == elements);
      g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 100);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 100);
      expect_contents (pooled);
      assert_charged (budget, 400, pool, NULL);
      g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 400);

      bp_budget_set_max_bytes (budget, 1200);
      g_assert_true (grow_funcs[i] (pooled, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 200);
      expect_contents (pooled);
      assert_charged (budget, 800, pool, NULL);
      g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 1200);
    }
}

/* An append takes half as much again where it may, and what it needs where it must. */
static void
test_append_without_spare (void)
{
  static const guint8 more[10];
  g_autoptr (BpPooled) pooled = NULL;
  Fixture fixture;

  set_up (&fixture, 1, 1000 + 1500);
  pooled = bp_pool_acquire_sized (fixture.pool, 1000, NULL);
  g_assert_true (bp_pooled_append (pooled, more, 10, NULL));
  expect_charged (&fixture, 1500);
  g_clear_pointer (&pooled, bp_pooled_unref);
  bp_pool_drop_idle (fixture.pool, 0);

  bp_budget_set_max_bytes (fixture.budget, 1000 + 1499);
  pooled = bp_pool_acquire_sized (fixture.pool, 1000, NULL);
  g_assert_true (bp_pooled_append (pooled, more, 10, NULL));
  expect_charged (&fixture, 1010);
  g_clear_pointer (&pooled, bp_pooled_unref);
  tear_down (&fixture);
}

/* Where the contents are not needed the old memory goes first, so the whole budget can be
 * one buffer; also if that has to be aligned. */
static void
test_grow_without_contents (void)
{
  const gsize alignments[] = { 0, 64 };

  for (guint i = 0; i < G_N_ELEMENTS (alignments); i++)
    {
      g_autoptr (BpBudget) budget = bp_budget_new (1000);
      g_autoptr (BpPool) pool = make_aligned (budget, alignments[i]);
      g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 150, NULL);
      g_autoptr (GError) error = NULL;

      g_clear_pointer (&pooled, bp_pooled_unref);
      pooled = bp_pool_acquire_sized (pool, 250, &error);
      g_assert_no_error (error);
      for (guint k = 0; k < 250; k++)
        g_assert_cmpuint (bp_pooled_data (guint32, pooled, NULL)[k], ==, 0);
      assert_charged (budget, 1000, pool, NULL);
      g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 1000);
      g_clear_pointer (&pooled, bp_pooled_unref);
      assert_charged (budget, 0, pool, NULL);

      /* A request that fails drops nothing. */
      g_assert_null (bp_pool_acquire_sized (pool, 251, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 1000);
    }
}

/* Within the capacity nothing is charged. */
static void
test_within_capacity (void)
{
  g_autoptr (BpPooled) pooled = NULL;
  Fixture fixture;

  set_up (&fixture, 1, 1000);
  pooled = bp_pool_acquire_sized (fixture.pool, 1000, NULL);
  g_assert_true (bp_pooled_try_resize (pooled, 10, NULL));
  g_assert_true (bp_pooled_append (pooled, "abc", 3, NULL));
  g_assert_true (bp_pooled_write (pooled, 0, "abc", 3, NULL));
  g_assert_true (bp_pooled_reserve (pooled, 1000, NULL));
  g_assert_true (bp_pooled_set_length (pooled, 1000, NULL));
  expect_charged (&fixture, 1000);
  g_clear_pointer (&pooled, bp_pooled_unref);
  tear_down (&fixture);
}

/* The charge goes with the buffer, whichever way that comes back or leaves. */
static void
test_every_way_back (void)
{
  const guint max_buffers[] = { 16, 0 };

  for (guint i = 0; i < test_n_ways_back * G_N_ELEMENTS (max_buffers); i++)
    {
      const TestWayBack *way = &test_ways_back[i % test_n_ways_back];
      gboolean is_stolen = g_str_has_prefix (way->name, "steal");
      Fixture fixture;
      gpointer thing;

      if (!way->for_elements)
        continue;
      set_up (&fixture, 3, MAX_BYTES);
      bp_pool_set_max_buffers (fixture.pool, max_buffers[i / test_n_ways_back]);
      thing = way->begin (bp_pool_acquire_sized (fixture.pool, 100, NULL));
      expect_charged (&fixture, 300);
      way->end (thing);
      expect_charged (&fixture, 0);
      expect_used (&fixture, i >= test_n_ways_back || is_stolen ? 0 : 300);
      if (way->clear != NULL)
        way->clear (thing);
      expect_charged (&fixture, 0);
      tear_down (&fixture);
    }
}

/* A return that shrinks the buffer gives back what that comes to. It needs no room for the
 * smaller memory. */
static void
test_trim (void)
{
  const gsize alignments[] = { 0, 64 };

  for (guint i = 0; i < G_N_ELEMENTS (alignments); i++)
    {
      g_autoptr (BpBudget) budget = bp_budget_new (4000);
      g_autoptr (BpPool) pool = make_aligned (budget, alignments[i]);
      g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 1000, NULL);

      bp_pool_set_trim_capacity (pool, 100);
      assert_charged (budget, 4000, pool, NULL);
      g_clear_pointer (&pooled, bp_pooled_unref);
      g_assert_cmpuint (get_stat (pool, idle), ==, 1);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 400);
      assert_charged (budget, 0, pool, NULL);
      pooled = bp_pool_acquire (pool);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 100);
    }
}

/* What the pool drops, for each reason. */
static void
test_drop (void)
{
  BpPooled *held[10];
  Fixture fixture;

  set_up (&fixture, 1, MAX_BYTES);
  for (guint i = 0; i < 10; i++)
    held[i] = bp_pool_acquire_sized (fixture.pool, 100, NULL);
  test_unref_many (held, 10);
  expect_used (&fixture, 1000);
  bp_pool_drop_idle (fixture.pool, 7);
  expect_used (&fixture, 700);
  bp_pool_set_max_buffers (fixture.pool, 4);
  expect_used (&fixture, 400);
  expect_charged (&fixture, 0);

  for (guint i = 0; i < 10; i++)
    held[i] = bp_pool_acquire_sized (fixture.pool, 100, NULL);
  expect_charged (&fixture, 1000);
  test_unref_many (held, 10);
  expect_used (&fixture, 400);
  bp_pool_set_max_idle_bytes (fixture.pool, 250);
  expect_used (&fixture, 200);
  bp_pool_drop_idle (fixture.pool, 0);
  expect_used (&fixture, 0);
  tear_down (&fixture);
}

/* Budgets are in a list, for fork(): one in the middle goes first. */
static void
test_end_in_any_order (void)
{
  BpBudget *budgets[3];

  for (guint i = 0; i < G_N_ELEMENTS (budgets); i++)
    budgets[i] = bp_budget_new (100 + i);

  g_assert_finalize_object (budgets[1]);
  for (guint i = 0; i < G_N_ELEMENTS (budgets); i += 2)
    {
      g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "budget", budgets[i], NULL);
      g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 100, NULL);

      g_assert_nonnull (pooled);
      g_assert_cmpuint (bp_budget_get_used_bytes (budgets[i]), >=, 100);
    }
  g_assert_finalize_object (budgets[0]);
  g_assert_finalize_object (budgets[2]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/budget/acquire", test_acquire);
  g_test_add_func ("/budget/exact", test_exact);
  g_test_add_func ("/budget/message", test_message);
  g_test_add_func ("/budget/extremes", test_extremes);
  g_test_add_data_func ("/budget/grow", GSIZE_TO_POINTER (0), test_grow);
  g_test_add_data_func ("/budget/grow-aligned", GSIZE_TO_POINTER (64), test_grow);
  g_test_add_func ("/budget/append-without-spare", test_append_without_spare);
  g_test_add_func ("/budget/grow-without-contents", test_grow_without_contents);
  g_test_add_func ("/budget/within-capacity", test_within_capacity);
  g_test_add_func ("/budget/every-way-back", test_every_way_back);
  g_test_add_func ("/budget/trim", test_trim);
  g_test_add_func ("/budget/drop", test_drop);
  g_test_add_func ("/budget/end-in-any-order", test_end_in_any_order);

  return g_test_run ();
}
