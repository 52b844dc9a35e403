/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-items.h"
#include "test-utils.h"

/* Items and objects in a budget count for what they say of their size: when they have been
 * made, and when they come back. One that does not fit is destroyed. */

#define MAX_BYTES 1000

/* Both kinds, with a size that the test says, before it is made or while it is out. */
typedef struct
{
  const TestKind *kind;
  TestCounters *counters;
  BpBudget *budget;
  BpPool *pool;
} Fixture;

static TestCounters counters;
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

/* Objects are all of TEST_OBJECT_BYTES when they are made. */
static gboolean
is_funcs (Fixture *fixture)
{
  return bp_pool_get_item_type (fixture->pool) == G_TYPE_NONE;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  BpItemFuncs funcs = test_item_funcs;

  test_counters_reset (&counters);
  test_counters_reset (&test_object_counters);
  next_size = TEST_OBJECT_BYTES;
  fixture->kind = data;
  fixture->budget = bp_budget_new (MAX_BYTES);
  funcs.create = create_sized;
  funcs.user_data = &counters;
  if (g_str_equal (fixture->kind->name, "funcs"))
    {
      fixture->counters = &counters;
      fixture->pool = g_object_new (BP_TYPE_POOL,
                                    "item-funcs", &funcs,
                                    "budget", fixture->budget,
                                    NULL);
    }
  else
    {
      fixture->counters = &test_object_counters;
      fixture->pool = g_object_new (BP_TYPE_POOL,
                                    "item-type", TEST_TYPE_OBJECT,
                                    "budget", fixture->budget,
                                    NULL);
    }
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  assert_charged (fixture->budget, 0, fixture->pool, NULL);
  g_assert_finalize_object (fixture->pool);
  g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, 0);
  g_assert_cmpuint (test_counters_live (fixture->counters), ==, 0);
  g_assert_finalize_object (fixture->budget);
}

static void
expect_charged (Fixture *fixture,
                guint64  n_out)
{
  assert_charged (fixture->budget, n_out, fixture->pool, NULL);
}

static void
expect_idle (Fixture *fixture,
             guint64  n_idle,
             guint64  n_bytes)
{
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, n_idle);
  g_assert_cmpuint (get_stat (fixture->pool, idle_bytes), ==, n_bytes);
}

static void
set_item_size (gpointer  item,
               gboolean  is_object,
               gsize     n_bytes)
{
  if (is_object)
    TEST_OBJECT (item)->byte_size = n_bytes;
  else
    ((TestItem *) item)->byte_size = n_bytes;
}

static void
set_size (Fixture  *fixture,
          BpPooled *pooled,
          gsize     n_bytes)
{
  set_item_size (bp_pooled_get_item (pooled), !is_funcs (fixture), n_bytes);
}

static gpointer
make_item (Fixture *fixture,
           gsize    n_bytes)
{
  gpointer item = is_funcs (fixture) ? test_item_funcs.create (NULL, &counters, NULL)
                                     : g_object_new (TEST_TYPE_OBJECT, NULL);

  set_item_size (item, !is_funcs (fixture), n_bytes);

  return item;
}

static void
free_item (Fixture *fixture,
           gpointer item)
{
  if (is_funcs (fixture))
    test_item_funcs.free (item, &counters);
  else
    g_object_unref (item);
}

/* As many as fit, to the byte. */
static void
test_acquire (Fixture       *fixture,
              gconstpointer  data)
{
  BpPooled *held[5];
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 5; i++)
    {
      held[i] = bp_pool_acquire (fixture->pool);
      expect_charged (fixture, (i + 1) * TEST_OBJECT_BYTES);
    }
  g_assert_null (bp_pool_acquire (fixture->pool));
  g_assert_null (bp_pool_try_acquire (fixture->pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);

  /* What was made in vain is destroyed. */
  g_assert_cmpuint (test_counters_live (fixture->counters), ==, 5);
  g_assert_cmpuint (fixture->counters->n_created, ==, 7);
  expect_charged (fixture, 1000);
  test_unref_many (held, 5);
  expect_charged (fixture, 0);
}

static void
test_too_large_at_create (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;

  bp_budget_set_max_bytes (fixture->budget, TEST_OBJECT_BYTES - 1);
  g_assert_null (bp_pool_try_acquire (fixture->pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_wait (fixture->pool, 0, -1, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_assert_cmpuint (fixture->counters->n_created, ==, 2);
  g_assert_cmpuint (test_counters_live (fixture->counters), ==, 0);
  expect_charged (fixture, 0);

  bp_budget_set_max_bytes (fixture->budget, TEST_OBJECT_BYTES);
  pooled = bp_pool_acquire_wait (fixture->pool, 0, -1, NULL, NULL);
  g_assert_nonnull (pooled);
  expect_charged (fixture, TEST_OBJECT_BYTES);
}

/* What has grown is charged when it comes back, what has shrunk gives back. */
static void
test_measured_at_release (Fixture       *fixture,
                          gconstpointer  data)
{
  const gsize sizes[] = { 500, 100, 0, 1000, 1, TEST_OBJECT_BYTES };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire (fixture->pool);

      set_size (fixture, pooled, sizes[i]);
      g_assert_true (bp_pooled_release (pooled));
      expect_idle (fixture, 1, sizes[i]);
      expect_charged (fixture, 0);
      g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, sizes[i]);
    }
  g_assert_cmpuint (fixture->counters->n_created, ==, 1);
}

/* A return makes no room: what does not fit then is destroyed, though others are idle. */
static void
test_too_large_at_release (Fixture       *fixture,
                           gconstpointer  data)
{
  BpPooled *held[3];

  test_acquire_many (fixture->pool, held, 3);
  g_assert_true (bp_pooled_release (held[0]));
  expect_idle (fixture, 1, TEST_OBJECT_BYTES);
  set_size (fixture, held[1], MAX_BYTES - 2 * TEST_OBJECT_BYTES + 1);
  g_assert_true (bp_pooled_release (held[1]));
  expect_idle (fixture, 1, TEST_OBJECT_BYTES);
  g_assert_cmpuint (test_counters_live (fixture->counters), ==, 2);
  expect_charged (fixture, TEST_OBJECT_BYTES);
  g_assert_cmpuint (get_stat (fixture->pool, dropped), ==, 1);

  set_size (fixture, held[2], MAX_BYTES - TEST_OBJECT_BYTES);
  g_assert_true (bp_pooled_release (held[2]));
  expect_idle (fixture, 2, MAX_BYTES);
  expect_charged (fixture, 0);
  test_unref_many (held, 3);
}

/* An object is not asked in an implicit last unref, but when it is to be used again; one
 * that has become too large is destroyed then, and another is made. */
static void
test_measured_at_acquire (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autoptr (BpPooled) pooled = bp_pool_acquire (fixture->pool);

  set_size (fixture, pooled, 700);
  g_clear_pointer (&pooled, bp_pooled_unref);
  expect_charged (fixture, 0);
  pooled = bp_pool_acquire (fixture->pool);
  expect_charged (fixture, 700);
  g_assert_cmpuint (fixture->counters->n_created, ==, 1);

  set_size (fixture, pooled, MAX_BYTES + 1);
  g_clear_pointer (&pooled, bp_pooled_unref);
  expect_charged (fixture, 0);
  pooled = bp_pool_acquire (fixture->pool);
  g_assert_nonnull (pooled);
  expect_charged (fixture, TEST_OBJECT_BYTES);
  g_assert_cmpuint (fixture->counters->n_created, ==, 2);
  g_assert_cmpuint (test_counters_live (fixture->counters), ==, 1);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (BpPooled) pooled = bp_pool_acquire (fixture->pool);

  fixture->counters->refuse_all = TRUE;
  g_assert_true (bp_pooled_release (pooled));
  expect_charged (fixture, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);

  /* At the last unref, or at the next acquire, which makes another. */
  pooled = bp_pool_acquire (fixture->pool);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_acquire (fixture->pool);
  expect_charged (fixture, TEST_OBJECT_BYTES);
  g_assert_cmpuint (test_counters_live (fixture->counters), ==, 1);
}

static void
test_create_fails (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  counters.fail_after = 0;
  g_assert_null (bp_pool_try_acquire (fixture->pool, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
  expect_charged (fixture, 0);
}

/* The charge leaves with the item, and comes with it. */
static void
test_steal (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (BpPooled) pooled = bp_pool_acquire (fixture->pool);

  free_item (fixture, bp_pooled_steal_item (pooled, NULL));
  expect_charged (fixture, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, 0);
}

static void
test_attach (Fixture       *fixture,
             gconstpointer  data)
{
  gpointer item = make_item (fixture, MAX_BYTES + 1);
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_attach_item (fixture->pool, item, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  expect_charged (fixture, 0);
  /* It is still the caller's. */
  g_assert_cmpuint (test_counters_live (fixture->counters), ==, 1);
  set_item_size (item, !is_funcs (fixture), MAX_BYTES);

  /* What is idle goes for it. */
  g_assert_true (bp_pool_prefill (fixture->pool, 3, 0, NULL));
  pooled = bp_pool_attach_item (fixture->pool, item, NULL);
  g_assert_nonnull (pooled);
  expect_charged (fixture, MAX_BYTES);
  expect_idle (fixture, 0, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  expect_charged (fixture, 0);
}

static void
test_recycle (Fixture       *fixture,
              gconstpointer  data)
{
  bp_pool_recycle_item (fixture->pool, make_item (fixture, 600));
  expect_idle (fixture, 1, 600);
  expect_charged (fixture, 0);
  bp_pool_recycle_item (fixture->pool, make_item (fixture, 401));
  expect_idle (fixture, 1, 600);
  bp_pool_recycle_item (fixture->pool, make_item (fixture, 400));
  expect_idle (fixture, 2, 1000);
  bp_pool_recycle_item (fixture->pool, make_item (fixture, 1));
  expect_idle (fixture, 2, 1000);
  g_assert_cmpuint (test_counters_live (fixture->counters), ==, 2);
  expect_charged (fixture, 0);
}

/* Those that were made before one did not fit are destroyed again. */
static void
test_prefill (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (BpPooled) out G_GNUC_UNUSED = bp_pool_acquire (fixture->pool);
  g_autoptr (GError) error = NULL;

  g_assert_false (bp_pool_prefill (fixture->pool, 5, 0, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  expect_charged (fixture, TEST_OBJECT_BYTES);
  expect_idle (fixture, 0, 0);
  g_assert_cmpuint (test_counters_live (fixture->counters), ==, 1);

  g_assert_true (bp_pool_prefill (fixture->pool, 4, 0, &error));
  g_assert_no_error (error);
  expect_charged (fixture, TEST_OBJECT_BYTES);
  expect_idle (fixture, 4, 4 * TEST_OBJECT_BYTES);
}

/* Items that say nothing of their size count for nothing. */
static void
test_without_size (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (0);
  g_autoptr (BpPool) floating = g_object_new (BP_TYPE_POOL,
                                              "item-type", TEST_TYPE_FLOATING,
                                              "budget", budget,
                                              NULL);
  BpItemFuncs funcs = { .create = test_item_funcs.create, .free = test_item_funcs.free };
  g_autoptr (BpPool) items = NULL;
  BpPooled *held[20];

  test_counters_reset (&counters);
  funcs.user_data = &counters;
  items = g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "budget", budget, NULL);
  test_acquire_many (items, held, 10);
  test_acquire_many (floating, held + 10, 10);
  assert_charged (budget, 0, items, floating, NULL);
  test_unref_many (held, 20);
  assert_charged (budget, 0, items, floating, NULL);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 0);
}

/* An object that is floating is still floating when it could not be attached. */
static void
test_floating (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (0);
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL,
                                          "item-type", TEST_TYPE_FLOATING,
                                          "budget", budget,
                                          "max-outstanding", 1,
                                          NULL);
  g_autoptr (BpPooled) pooled G_GNUC_UNUSED = bp_pool_acquire (pool);
  GObject *object = g_object_new (TEST_TYPE_FLOATING, NULL);

  g_assert_true (g_object_is_floating (object));
  g_assert_null (bp_pool_attach_item (pool, object, NULL));
  g_assert_true (g_object_is_floating (object));
  g_assert_cmpuint (object->ref_count, ==, 1);
  g_object_ref_sink (object);
  g_object_unref (object);
}

int
main (int    argc,
      char **argv)
{
  const struct
  {
    const char *name;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "acquire", test_acquire },
    { "too-large-at-create", test_too_large_at_create },
    { "measured-at-release", test_measured_at_release },
    { "too-large-at-release", test_too_large_at_release },
    { "refused", test_refused },
    { "steal", test_steal },
    { "attach", test_attach },
    { "recycle", test_recycle },
    { "prefill", test_prefill },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      for (guint k = 2; k < TEST_N_KINDS; k++)
        {
          g_autofree char *path = g_strdup_printf ("/budget/items/%s/%s", tests[i].name,
                                                   test_kinds[k].name);

          g_test_add (path, Fixture, &test_kinds[k], set_up, tests[i].func, tear_down);
        }
    }
  g_test_add ("/budget/items/create-fails", Fixture, &test_kinds[2], set_up, test_create_fails,
              tear_down);
  g_test_add ("/budget/items/measured-at-acquire", Fixture, &test_kinds[3], set_up,
              test_measured_at_acquire, tear_down);
  g_test_add_func ("/budget/items/without-size", test_without_size);
  g_test_add_func ("/budget/items/floating", test_floating);

  return g_test_run ();
}
