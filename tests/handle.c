/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* A handle: references, and what is left of it after a release. */

typedef struct
{
  TestCounters counters;
  BpPool *pool;
  const TestKind *kind;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->kind = data;
  fixture->pool = test_kind_pool_new (fixture->kind, &fixture->counters, 2, 16, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  assert_valid (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
  g_assert_finalize_object (fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

static BpPooled *
acquire (Fixture *fixture)
{
  BpPooled *pooled = bp_pool_acquire (fixture->pool);

  g_assert_nonnull (pooled);
  test_touch (pooled);

  return pooled;
}

static void
assert_alive (Fixture  *fixture,
              BpPooled *pooled)
{
  g_assert_false (bp_pooled_is_released (pooled));
  if (fixture->kind->is_elements)
    {
      g_assert_nonnull (bp_pooled_get_data (pooled, NULL));
      g_assert_null (bp_pooled_get_item (pooled));
    }
  else
    {
      g_assert_null (bp_pooled_get_data (pooled, NULL));
      g_assert_nonnull (bp_pooled_get_item (pooled));
    }
}

/* No function on a released handle touches a buffer that has another handle by now. */
static void
assert_released (Fixture  *fixture,
                 BpPooled *pooled)
{
  gsize n_elements = 99;

  g_assert_true (bp_pooled_is_released (pooled));
  g_assert_false (bp_pooled_release (pooled));
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 0);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 0);
  g_assert_cmpuint (bp_pooled_get_element_size (pooled), ==,
                    bp_pool_get_element_size (fixture->pool));
  g_assert_cmpuint (bp_pooled_get_element_type (pooled), ==,
                    bp_pool_get_element_type (fixture->pool));
  g_assert_null (bp_pooled_get_data (pooled, &n_elements));
  g_assert_cmpuint (n_elements, ==, 0);
  g_assert_null (bp_pooled_get_item (pooled));
  g_assert_null (bp_pooled_dup_object (pooled));

  if (fixture->kind->is_elements)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bp_pooled_resize (pooled, 1));
      g_assert_false (bp_pooled_try_resize (pooled, 1, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_clear_error (&error);
      g_assert_false (bp_pooled_reserve (pooled, 1, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_clear_error (&error);
      g_assert_false (bp_pooled_set_length (pooled, 0, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_clear_error (&error);
      g_assert_false (bp_pooled_append (pooled, "", 0, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_clear_error (&error);
      g_assert_false (bp_pooled_write (pooled, 0, "", 0, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_clear_error (&error);
      g_assert_null (bp_pooled_get_bytes (pooled, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_clear_error (&error);
      g_assert_null (bp_pooled_get_view (pooled, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_clear_error (&error);
      g_assert_null (bp_pooled_steal_data (pooled, NULL, NULL, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_clear_error (&error);
      g_assert_null (bp_pooled_slice_new_take (bp_pooled_ref (pooled), 0, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_clear_error (&error);
      g_assert_null (bp_pooled_unref_to_bytes (bp_pooled_ref (pooled), &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      g_assert_nonnull (strstr (error->message, "released"));
    }
  else
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bp_pooled_steal_item (pooled, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
    }
}

static void
test_unref_gives_back (Fixture       *fixture,
                       gconstpointer  data)
{
  BpPooled *pooled = acquire (fixture);

  assert_alive (fixture, pooled);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 1);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 1);
  g_assert_cmpuint (get_stat (fixture->pool, returned), ==, 1);
}

static void
test_ref_keeps (Fixture       *fixture,
                gconstpointer  data)
{
  BpPooled *pooled = acquire (fixture);

  for (guint i = 0; i < 3; i++)
    g_assert_true (bp_pooled_ref (pooled) == pooled);
  for (guint i = 0; i < 3; i++)
    {
      bp_pooled_unref (pooled);
      assert_alive (fixture, pooled);
      g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
    }
  bp_pooled_unref (pooled);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 1);
}

/* At once, although references remain; only the first call counts. */
static void
test_release_gives_back (Fixture       *fixture,
                         gconstpointer  data)
{
  for (guint n_refs = 0; n_refs < 3; n_refs++)
    {
      BpPooled *pooled = acquire (fixture);

      for (guint i = 0; i < n_refs; i++)
        bp_pooled_ref (pooled);
      g_assert_true (bp_pooled_release (pooled));
      assert_valid (fixture->pool);
      g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
      g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 1);
      assert_released (fixture, pooled);
      for (guint i = 0; i < n_refs; i++)
        {
          bp_pooled_unref (pooled);
          assert_released (fixture, pooled);
        }
      bp_pooled_unref (pooled);
      assert_valid (fixture->pool);
      g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 1);
    }
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, 1);
}

/* The buffer is with its next user while the old handle is still referred to. */
static void
test_released_handle_is_another (Fixture       *fixture,
                                 gconstpointer  data)
{
  BpPooled *first = acquire (fixture);
  gpointer buffer = fixture->kind->is_elements ? bp_pooled_get_data (first, NULL)
                                               : bp_pooled_get_item (first);
  BpPooled *second;

  bp_pooled_release (first);
  second = bp_pool_acquire (fixture->pool);
  g_assert_true (first != second);
  g_assert_true (buffer == (fixture->kind->is_elements ? bp_pooled_get_data (second, NULL)
                                                       : bp_pooled_get_item (second)));
  assert_alive (fixture, second);
  assert_released (fixture, first);
  assert_valid (fixture->pool);

  bp_pooled_unref (first);
  assert_alive (fixture, second);
  bp_pooled_release (second);
  bp_pooled_unref (second);
}

static void
test_many_husks (Fixture       *fixture,
                 gconstpointer  data)
{
  BpPooled *husks[50];

  for (guint i = 0; i < G_N_ELEMENTS (husks); i++)
    {
      husks[i] = acquire (fixture);
      g_assert_true (bp_pooled_release (husks[i]));
    }
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, 1);
  assert_valid (fixture->pool);
  for (guint i = 0; i < G_N_ELEMENTS (husks); i++)
    {
      assert_released (fixture, husks[i]);
      bp_pooled_unref (husks[i]);
      assert_valid (fixture->pool);
    }
}

/* Handles outlive the last reference to their pool. */
static void
test_outlives_the_pool (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (BpPool) pool = fixture->kind->make (&fixture->counters, 3, 8, 0);
  BpPooled *handles[5];
  BpPooled *husk;

  test_acquire_many (pool, handles, 5);
  for (guint i = 0; i < 5; i++)
    test_touch (handles[i]);
  husk = bp_pooled_ref (handles[4]);
  bp_pooled_release (husk);
  g_assert_finalize_object (g_steal_pointer (&pool));

  for (guint i = 0; i < 4; i++)
    assert_alive (fixture, handles[i]);
  bp_pooled_ref (handles[0]);
  bp_pooled_release (handles[0]);
  assert_released (fixture, husk);
  assert_released (fixture, handles[0]);
  bp_pooled_unref (handles[0]);
  test_unref_many (handles, 5);
  bp_pooled_unref (husk);
}

/* Boxed types, as bindings and GValue use them. */
static void
test_boxed (Fixture       *fixture,
            gconstpointer  data)
{
  BpPooled *pooled = acquire (fixture);
  GValue value = G_VALUE_INIT;
  BpPooled *copy;

  g_value_init (&value, BP_TYPE_POOLED);
  g_value_take_boxed (&value, pooled);
  copy = g_value_dup_boxed (&value);
  g_assert_true (copy == pooled);
  g_value_unset (&value);
  assert_alive (fixture, copy);
  g_boxed_free (BP_TYPE_POOLED, copy);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 1);
}

static void
add (const char *name,
     void      (*test) (Fixture       *fixture,
                        gconstpointer  data))
{
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/handle/%s/%s", name, test_kinds[i].name);

      g_test_add (path, Fixture, &test_kinds[i], set_up, test, tear_down);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("unref-gives-back", test_unref_gives_back);
  add ("ref-keeps", test_ref_keeps);
  add ("release-gives-back", test_release_gives_back);
  add ("released-handle-is-another", test_released_handle_is_another);
  add ("many-husks", test_many_husks);
  add ("outlives-the-pool", test_outlives_the_pool);
  add ("boxed", test_boxed);

  return g_test_run ();
}
