/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* Objects: when reuse() is called, and when it must not be. */

static BpPool *
new_pool (guint max_buffers)
{
  test_counters_reset (&test_object_counters);

  return test_type_pool_new (TEST_TYPE_OBJECT, 1, max_buffers, 42);
}

static TestObject *
object_of (BpPooled *pooled)
{
  return TEST_OBJECT (bp_pooled_get_item (pooled));
}

/* An implicit last unref may come from inside a garbage collector: it does not call
 * reuse(). The object lies there as it is, and is asked by the next acquire. */
static void
test_implicit_is_asked_later (void)
{
  g_autoptr (BpPool) pool = new_pool (8);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
  TestObject *object = object_of (pooled);

  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_valid (pool);
  g_assert_cmpuint (test_object_counters.n_reused, ==, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);

  pooled = bp_pool_acquire (pool);
  g_assert_true (object_of (pooled) == object);
  g_assert_cmpuint (object->n_reused, ==, 1);
  g_assert_cmpuint (test_object_counters.last_trim, ==, 42);
  g_assert_cmpuint (get_stat (pool, hits), ==, 1);
  assert_valid (pool);
}

/* An explicit release may ask at once, and then it is not asked again. */
static void
test_explicit_is_asked_at_once (void)
{
  g_autoptr (BpPool) pool = new_pool (8);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

  g_assert_true (bp_pooled_release (pooled));
  g_assert_cmpuint (test_object_counters.n_reused, ==, 1);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_acquire (pool);
  g_assert_cmpuint (test_object_counters.n_reused, ==, 1);
  g_assert_cmpuint (object_of (pooled)->n_reused, ==, 1);
  assert_valid (pool);
}

/* Once between two uses, whichever way it goes back. */
static void
test_once_between_uses (void)
{
  g_autoptr (BpPool) pool = new_pool (8);

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

      g_assert_cmpuint (object_of (pooled)->n_reused, ==, i);
      if (i % 3 == 0)
        bp_pooled_release (pooled);
    }
  g_assert_cmpuint (test_object_counters.n_created, ==, 1);
}

/* The one that refuses is dropped, and the next is taken. */
static void
test_refusal_when_acquired (gconstpointer data)
{
  g_autoptr (BpPool) pool = new_pool (64);
  BpPooled *handles[40];

  bp_pool_set_thread_cache (pool, GPOINTER_TO_INT (data));
  test_acquire_many (pool, handles, 40);
  for (guint i = 0; i < 40; i++)
    object_of (handles[i])->refuse = i % 4 != 0;
  test_unref_many (handles, 40);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 40);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 40);

  for (guint i = 0; i < 10; i++)
    {
      handles[i] = bp_pool_acquire (pool);
      g_assert_cmpuint (object_of (handles[i])->serial, ==, 36 - 4 * i);
      g_assert_false (object_of (handles[i])->refuse);
      assert_valid (pool);
    }
  g_assert_cmpuint (get_stat (pool, hits), ==, 10);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 30);
  g_assert_cmpuint (get_stat (pool, misses), ==, 40);

  /* Only refusing ones are left: a new one is made. */
  handles[10] = bp_pool_acquire (pool);
  g_assert_cmpuint (object_of (handles[10])->serial, ==, 40);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 30);
  test_unref_many (handles, 11);
}

static void
test_refusal_when_released (void)
{
  g_autoptr (BpPool) pool = new_pool (8);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

  object_of (pooled)->refuse = TRUE;
  g_assert_true (bp_pooled_release (pooled));
  assert_valid (pool);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 1);
  g_assert_null (bp_pooled_get_item (pooled));
}

/* What finds no place is destroyed in the very call that gives it back, which does not ask
 * it before. */
static void
test_overflow_is_destroyed_at_once (gconstpointer data)
{
  g_autoptr (BpPool) pool = new_pool (2);
  BpPooled *handles[100];

  bp_pool_set_thread_cache (pool, GPOINTER_TO_INT (data));
  test_acquire_many (pool, handles, 100);
  for (guint i = 0; i < 100; i++)
    {
      g_clear_pointer (&handles[i], bp_pooled_unref);
      g_assert_cmpuint (test_object_counters.n_freed, ==, MAX (i, 1) - 1);
      g_assert_cmpuint (get_stat (pool, dropped), ==, MAX (i, 1) - 1);
    }
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 2);
  g_assert_cmpuint (test_object_counters.n_reused, ==, 0);
}

/* Nothing is locked then: the object's end may use the pool, which may be full or not. */
static void
use_pool (TestObject *object,
          gpointer    pool)
{
  g_autoptr (BpPooled) first G_GNUC_UNUSED = bp_pool_acquire (pool);
  g_autoptr (BpPooled) second = bp_pool_acquire (pool);

  g_assert_true (bp_pooled_release (second));
  bp_pool_drop_idle (pool, 1);
  g_assert_cmpuint (get_stat (pool, idle), <=, 2);
  bp_pool_prefill (pool, 1, 0, NULL);
  bp_pool_set_max_buffers (pool, 3);
  bp_pool_set_max_buffers (pool, 2);
}

static void
test_overflow_uses_the_pool (gconstpointer data)
{
  g_autoptr (BpPool) pool = new_pool (2);
  BpPooled *handles[20];
  guint64 n_dropped;

  bp_pool_set_thread_cache (pool, GPOINTER_TO_INT (data));
  test_acquire_many (pool, handles, 20);
  for (guint i = 0; i < 20; i++)
    {
      object_of (handles[i])->on_finalize = use_pool;
      object_of (handles[i])->user_data = pool;
    }
  test_unref_many (handles, 20);
  assert_valid (pool);
  n_dropped = get_stat (pool, dropped);
  g_assert_cmpuint (n_dropped, >=, 20 - 2);
  g_assert_cmpuint (n_dropped, ==, test_object_counters.n_freed);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, get_stat (pool, idle));
}

/* A pool that keeps nothing: by either way back, the pool gone or not. */
static void
test_nothing_is_kept (void)
{
  g_autoptr (BpPool) pool = new_pool (0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (test_object_counters.n_freed, ==, 1);
  pooled = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_release (pooled));
  g_assert_cmpuint (test_object_counters.n_freed, ==, 2);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_acquire (pool);
  g_assert_finalize_object (g_steal_pointer (&pool));
  g_assert_cmpuint (test_object_counters.n_freed, ==, 2);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (test_object_counters.n_freed, ==, 3);
  g_assert_cmpuint (test_object_counters.n_reused, ==, 0);
}

/* dup_object() is a reference; the handle still gives the object back. */
static void
test_dup_object (void)
{
  g_autoptr (BpPool) pool = new_pool (8);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
  g_autoptr (GObject) object = bp_pooled_dup_object (pooled);

  g_assert_true (object == bp_pooled_get_item (pooled));
  g_assert_cmpuint (object->ref_count, ==, 2);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
  g_assert_finalize_object (g_steal_pointer (&pool));
  g_assert_cmpuint (test_object_counters.n_freed, ==, 0);
  g_clear_object (&object);
  g_assert_cmpuint (test_object_counters.n_freed, ==, 1);
}

static void
test_steal (void)
{
  g_autoptr (BpPool) pool = new_pool (8);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
  g_autoptr (BpPooled) other = bp_pooled_ref (pooled);
  g_autoptr (TestObject) object = bp_pooled_steal_item (pooled, NULL);

  g_assert_nonnull (object);
  g_assert_cmpuint (G_OBJECT (object)->ref_count, ==, 1);
  g_assert_true (bp_pooled_is_released (other));
  g_assert_null (bp_pooled_dup_object (other));
  g_clear_pointer (&other, bp_pooled_unref);
  assert_valid (pool);
  g_assert_cmpuint (test_object_counters.n_reused, ==, 0);
  g_assert_cmpuint (test_object_counters.n_freed, ==, 0);
}

/* Both functions of the interface have a default. */
static void
test_interface_defaults (void)
{
  g_autoptr (BpPool) pool = test_type_pool_new (TEST_TYPE_FLOATING, 1, 8, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
  gpointer object = bp_pooled_get_item (pooled);

  g_assert_true (bp_reusable_reuse (object, 10));
  g_assert_cmpuint (bp_reusable_get_byte_size (object), ==, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_get_item (pooled) == object);
  bp_pooled_release (pooled);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 0);
  assert_valid (pool);
}

static void
test_interface_calls (void)
{
  g_autoptr (TestObject) object = g_object_new (TEST_TYPE_OBJECT, NULL);

  test_counters_reset (&test_object_counters);
  g_assert_true (BP_IS_REUSABLE (object));
  g_assert_true (bp_reusable_reuse (BP_REUSABLE (object), 17));
  g_assert_cmpuint (test_object_counters.last_trim, ==, 17);
  object->refuse = TRUE;
  g_assert_false (bp_reusable_reuse (BP_REUSABLE (object), 0));
  g_assert_cmpuint (bp_reusable_get_byte_size (BP_REUSABLE (object)), ==, TEST_OBJECT_BYTES);
}

/* A pool of objects that are used by another pool's objects' end. */
static void
release_in_finalize (TestObject *object,
                     gpointer    user_data)
{
  bp_pooled_unref (user_data);
}

static void
test_handle_held_by_an_object (void)
{
  g_autoptr (BpPool) pool = new_pool (8);
  g_autoptr (BpPool) bytes = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 8, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);
  TestObject *object = object_of (pooled);

  object->on_finalize = release_in_finalize;
  object->user_data = bp_pool_acquire_sized (bytes, 10, NULL);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_cmpuint (get_stat (bytes, outstanding), ==, 1);
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (bytes, outstanding), ==, 0);
  assert_valid (pool);
  assert_valid (bytes);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/reusable/implicit-is-asked-later", test_implicit_is_asked_later);
  g_test_add_func ("/reusable/explicit-is-asked-at-once", test_explicit_is_asked_at_once);
  g_test_add_func ("/reusable/once-between-uses", test_once_between_uses);
  g_test_add_data_func ("/reusable/refusal-when-acquired/cached", GINT_TO_POINTER (-1),
                        test_refusal_when_acquired);
  g_test_add_data_func ("/reusable/refusal-when-acquired/strict", GINT_TO_POINTER (0),
                        test_refusal_when_acquired);
  g_test_add_func ("/reusable/refusal-when-released", test_refusal_when_released);
  g_test_add_data_func ("/reusable/overflow-is-destroyed-at-once/cached",
                        GINT_TO_POINTER (-1), test_overflow_is_destroyed_at_once);
  g_test_add_data_func ("/reusable/overflow-is-destroyed-at-once/strict",
                        GINT_TO_POINTER (0), test_overflow_is_destroyed_at_once);
  g_test_add_data_func ("/reusable/overflow-uses-the-pool/cached", GINT_TO_POINTER (-1),
                        test_overflow_uses_the_pool);
  g_test_add_data_func ("/reusable/overflow-uses-the-pool/strict", GINT_TO_POINTER (0),
                        test_overflow_uses_the_pool);
  g_test_add_func ("/reusable/nothing-is-kept", test_nothing_is_kept);
  g_test_add_func ("/reusable/dup-object", test_dup_object);
  g_test_add_func ("/reusable/steal", test_steal);
  g_test_add_func ("/reusable/interface-defaults", test_interface_defaults);
  g_test_add_func ("/reusable/interface-calls", test_interface_calls);
  g_test_add_func ("/reusable/handle-held-by-an-object", test_handle_held_by_an_object);

  return g_test_run ();
}
