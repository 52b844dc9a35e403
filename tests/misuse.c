/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* Everything a caller can get wrong has an answer: a critical that names it, and
 * no harm done. */

static void
expect (const char *pattern)
{
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, pattern);
}

#define EXPECT_NULL(pattern, call)      \
  G_STMT_START {                        \
    expect (pattern);                   \
    g_assert_null (call);               \
    g_test_assert_expected_messages (); \
  } G_STMT_END

#define EXPECT_ZERO(pattern, call)      \
  G_STMT_START {                        \
    expect (pattern);                   \
    g_assert_cmpuint (call, ==, 0);     \
    g_test_assert_expected_messages (); \
  } G_STMT_END

#define EXPECT(pattern, call)           \
  G_STMT_START {                        \
    expect (pattern);                   \
    call;                               \
    g_test_assert_expected_messages (); \
  } G_STMT_END

static void
test_constructors (void)
{
  BpItemFuncs funcs = test_item_funcs;

  EXPECT_NULL ("*bp_pool_new()*0 is no type of elements*", bp_pool_new (BP_ELEMENT_TYPE_NONE));
  EXPECT_NULL ("*99 is no type*", bp_pool_new ((BpElementType) 99));
  EXPECT_NULL ("*bp_pool_new_full()*0 is no type of elements*",
               bp_pool_new_full (BP_ELEMENT_TYPE_NONE, 0, 1, 0));
  EXPECT_NULL ("*1025 shards*1024*", bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1025, 1, 0));
  EXPECT_NULL ("*Elements of 0 bytes*", bp_pool_new_for_size (0));
  EXPECT_NULL ("*Elements of *", bp_pool_new_for_size ((gsize) G_MAXINT + 1));
  EXPECT_NULL ("*Elements of *", bp_pool_new_for_size (G_MAXSIZE));
  EXPECT_NULL ("*GObject is no class*BpReusable*", bp_pool_new_for_type (G_TYPE_OBJECT));
  EXPECT_NULL ("*BpReusable is no class*", bp_pool_new_for_type (BP_TYPE_REUSABLE));
  EXPECT_NULL ("*instantiated*", bp_pool_new_for_type (TEST_TYPE_ABSTRACT));
  EXPECT_NULL ("*G_TYPE_INVALID*", bp_pool_new_for_type (G_TYPE_INVALID));
  EXPECT_NULL ("*funcs != NULL*", bp_pool_new_with_funcs (NULL, NULL, NULL));
  funcs.create = NULL;
  EXPECT_NULL ("*create*", bp_pool_new_with_funcs (&funcs, NULL, NULL));
  funcs = test_item_funcs;
  funcs.free = NULL;
  EXPECT_NULL ("*free*", bp_pool_new_with_funcs (&funcs, NULL, NULL));
}

static void
count_init (BpPooled *pooled,
            gpointer  user_data)
{
  g_assert_not_reached ();
}

/* NULL, and an instance of another class. */
static void
test_pool (void)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new ();
  BpPool *wrong[] = { NULL, (BpPool *) object };
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 1, 0);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      BpPool *self = wrong[i];

      EXPECT_NULL ("*bp_pool_get_name*", bp_pool_get_name (self));
      EXPECT_ZERO ("*bp_pool_get_element_type*", bp_pool_get_element_type (self));
      EXPECT_ZERO ("*bp_pool_get_element_size*", bp_pool_get_element_size (self));
      expect ("*bp_pool_get_item_type*");
      g_assert_true (bp_pool_get_item_type (self) == G_TYPE_NONE);
      EXPECT_ZERO ("*bp_pool_get_alignment*", bp_pool_get_alignment (self));
      EXPECT_ZERO ("*bp_pool_get_shards*", bp_pool_get_shards (self));
      EXPECT_ZERO ("*bp_pool_get_max_buffers*", bp_pool_get_max_buffers (self));
      EXPECT_ZERO ("*bp_pool_get_trim_capacity*", bp_pool_get_trim_capacity (self));
      EXPECT_ZERO ("*bp_pool_get_thread_cache*", bp_pool_get_thread_cache (self));
      EXPECT ("*bp_pool_set_name*", bp_pool_set_name (self, "wrong"));
      EXPECT ("*bp_pool_set_max_buffers*", bp_pool_set_max_buffers (self, 1));
      EXPECT ("*bp_pool_set_trim_capacity*", bp_pool_set_trim_capacity (self, 1));
      EXPECT ("*bp_pool_set_thread_cache*", bp_pool_set_thread_cache (self, 1));
      EXPECT_NULL ("*bp_pool_acquire*", bp_pool_acquire (self));
      EXPECT_NULL ("*bp_pool_try_acquire*", bp_pool_try_acquire (self, NULL));
      EXPECT_NULL ("*bp_pool_acquire_with*", bp_pool_acquire_with (self, count_init, NULL));
      EXPECT_NULL ("*bp_pool_acquire_sized*", bp_pool_acquire_sized (self, 1, NULL));
      EXPECT_NULL ("*bp_pool_acquire_uninit*", bp_pool_acquire_uninit (self, 1, NULL));
      EXPECT ("*bp_pool_recycle_data*", bp_pool_recycle_data (self, NULL, 0));
      EXPECT ("*bp_pool_recycle_item*", bp_pool_recycle_item (self, object));
      EXPECT ("*bp_pool_recycle_object*", bp_pool_recycle_object (self, object));
      EXPECT_NULL ("*bp_pool_attach_data*", bp_pool_attach_data (self, NULL, 0, 0, NULL));
      EXPECT_NULL ("*bp_pool_attach_item*", bp_pool_attach_item (self, object, NULL));
      EXPECT_ZERO ("*bp_pool_prefill*", bp_pool_prefill (self, 1, 1, NULL));
      EXPECT ("*bp_pool_drop_idle*", bp_pool_drop_idle (self, 0));
      EXPECT_NULL ("*bp_pool_get_stats*", bp_pool_get_stats (self));
      EXPECT_NULL ("*bp_pool_read*", bp_pool_read (self, stream, 1, NULL, NULL));
      EXPECT ("*bp_pool_read_async*",
              bp_pool_read_async (self, stream, 1, 0, NULL, NULL, NULL));
      EXPECT_NULL ("*bp_pool_read_finish*", bp_pool_read_finish (self, NULL, NULL));
      EXPECT_NULL ("*bp_pool_read_all*", bp_pool_read_all (self, stream, 1, NULL, NULL));
      EXPECT ("*bp_pool_read_all_async*",
              bp_pool_read_all_async (self, stream, 1, 0, NULL, NULL, NULL));
      EXPECT_NULL ("*bp_pool_read_all_finish*", bp_pool_read_all_finish (self, NULL, NULL));
      EXPECT_NULL ("*bp_pool_read_bytes*", bp_pool_read_bytes (self, stream, 1, NULL, NULL));
    }

  EXPECT_NULL ("*init != NULL*", bp_pool_acquire_with (pool, NULL, NULL));
  EXPECT_NULL ("*attach_data*", bp_pool_attach_data (pool, NULL, 0, 1, NULL));
  EXPECT ("*recycle_data*", bp_pool_recycle_data (pool, NULL, 1));
  EXPECT ("*recycle_data*bytes*",
          bp_pool_recycle_data (pool, GSIZE_TO_POINTER (64), G_MAXSIZE));
  assert_valid (pool);
}

/* The same for limits, and for those that may wait. */
static void
test_limits (void)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  BpPool *wrong[] = { NULL, (BpPool *) object };
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 1, 0);
  GCancellable *not_cancellable = (GCancellable *) object;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      BpPool *self = wrong[i];

      EXPECT_NULL ("*bp_pool_get_budget*", bp_pool_get_budget (self));
      EXPECT_ZERO ("*bp_pool_get_max_outstanding*", bp_pool_get_max_outstanding (self));
      EXPECT_ZERO ("*bp_pool_get_max_idle_bytes*", bp_pool_get_max_idle_bytes (self));
      EXPECT_ZERO ("*bp_pool_get_flushing*", bp_pool_get_flushing (self));
      EXPECT ("*bp_pool_set_max_outstanding*", bp_pool_set_max_outstanding (self, 1));
      EXPECT ("*bp_pool_set_max_idle_bytes*", bp_pool_set_max_idle_bytes (self, 1));
      EXPECT ("*bp_pool_set_flushing*", bp_pool_set_flushing (self, TRUE));
      EXPECT_NULL ("*bp_pool_acquire_full*",
                   bp_pool_acquire_full (self, 1, BP_ACQUIRE_NONE, NULL, 0, NULL, NULL));
      EXPECT_NULL ("*bp_pool_acquire_*", bp_pool_acquire_wait (self, 1, -1, NULL, NULL));
      EXPECT ("*bp_pool_acquire_async*", bp_pool_acquire_async (self, 1, NULL, NULL, NULL));
      EXPECT_NULL ("*bp_pool_acquire_finish*", bp_pool_acquire_finish (self, NULL, NULL));
    }

  EXPECT_NULL ("*timeout of -2 microseconds*-1*",
               bp_pool_acquire_full (pool, 1, BP_ACQUIRE_NONE, NULL, -2, NULL, NULL));
  EXPECT_NULL ("*timeout of -9223372036854775808 microseconds*",
               bp_pool_acquire_wait (pool, 1, G_MININT64, NULL, NULL));
  EXPECT_NULL ("*G_IS_CANCELLABLE*",
               bp_pool_acquire_full (pool, 1, BP_ACQUIRE_NONE, NULL, 0, not_cancellable, NULL));
  EXPECT_NULL ("*G_IS_CANCELLABLE*", bp_pool_acquire_wait (pool, 1, 0, not_cancellable, NULL));
  EXPECT ("*G_IS_CANCELLABLE*", bp_pool_acquire_async (pool, 1, not_cancellable, NULL, NULL));
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
}

static void
test_budget (void)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  BpBudget *wrong[] = { NULL, (BpBudget *) object };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      EXPECT_ZERO ("*bp_budget_get_max_bytes*", bp_budget_get_max_bytes (wrong[i]));
      EXPECT_ZERO ("*bp_budget_get_used_bytes*", bp_budget_get_used_bytes (wrong[i]));
      EXPECT_ZERO ("*bp_budget_get_peak_bytes*", bp_budget_get_peak_bytes (wrong[i]));
      EXPECT ("*bp_budget_set_max_bytes*", bp_budget_set_max_bytes (wrong[i], 1));
    }
}

static void
keep_result (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static GAsyncResult *
wait_for_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

/* A result of another call, of another pool, or of none. */
static void
test_foreign_result (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autoptr (BpPool) other = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("hello", 5, NULL);
  g_autoptr (GAsyncResult) acquired = NULL;
  g_autoptr (GAsyncResult) read = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  bp_pool_acquire_async (pool, 1, NULL, keep_result, &acquired);
  bp_pool_read_async (pool, stream, 5, 0, NULL, keep_result, &read);
  wait_for_result (&acquired);
  wait_for_result (&read);

  EXPECT_NULL ("*g_task_is_valid*", bp_pool_acquire_finish (other, acquired, NULL));
  EXPECT_NULL ("*g_task_is_valid*", bp_pool_acquire_finish (pool, NULL, NULL));
  EXPECT_NULL ("*g_async_result_is_tagged*", bp_pool_acquire_finish (pool, read, NULL));
  EXPECT_NULL ("*g_async_result_is_tagged*", bp_pool_read_finish (pool, acquired, NULL));

  /* Nothing is lost by it. */
  pooled = bp_pool_acquire_finish (pool, acquired, NULL);
  g_assert_nonnull (pooled);
}

/* What is for elements is not for items, and the other way round. */
static void
test_wrong_kind (void)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  TestCounters counters;
  g_autoptr (BpPool) elements = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 4, 0);
  g_autoptr (BpPool) items = NULL;
  g_autoptr (BpPool) objects = test_type_pool_new (TEST_TYPE_OBJECT, 0, 4, 0);
  g_autoptr (BpPooled) buffer = bp_pool_acquire_sized (elements, 4, NULL);
  BpPool *others[2];

  test_counters_reset (&counters);
  items = test_item_pool_new (&counters, 0, 4, 0);
  others[0] = items;
  others[1] = objects;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      BpPool *pool = others[i];
      g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

      EXPECT_NULL ("*acquire_sized()*elements*this pool keeps*", bp_pool_acquire_sized (pool, 1, NULL));
      EXPECT_NULL ("*acquire_uninit()*elements*this pool keeps*", bp_pool_acquire_uninit (pool, 1, NULL));
      EXPECT_NULL ("*acquire_full()*elements*this pool keeps*",
                   bp_pool_acquire_full (pool, 1, BP_ACQUIRE_NONE, NULL, 0, NULL, NULL));
      EXPECT_NULL ("*elements*this pool keeps*", bp_pool_acquire_wait (pool, 1, -1, NULL, NULL));
      EXPECT ("*acquire_async()*elements*this pool keeps*",
              bp_pool_acquire_async (pool, 1, NULL, NULL, NULL));
      EXPECT ("*recycle_data*", bp_pool_recycle_data (pool, NULL, 0));
      EXPECT_NULL ("*attach_data*", bp_pool_attach_data (pool, NULL, 0, 0, NULL));
      EXPECT_NULL ("*resize*elements*", bp_pooled_resize (pooled, 1));
      EXPECT_ZERO ("*try_resize*", bp_pooled_try_resize (pooled, 1, NULL));
      EXPECT_ZERO ("*reserve*", bp_pooled_reserve (pooled, 1, NULL));
      EXPECT_ZERO ("*set_length*", bp_pooled_set_length (pooled, 0, NULL));
      EXPECT_ZERO ("*append*", bp_pooled_append (pooled, "", 1, NULL));
      EXPECT_ZERO ("*append_bytes*", bp_pooled_append_bytes (pooled, (const guint8 *) "", 1, NULL));
      EXPECT_ZERO ("*write*", bp_pooled_write (pooled, 0, "", 1, NULL));
      EXPECT_ZERO ("*write_bytes*", bp_pooled_write_bytes (pooled, 0, (const guint8 *) "", 1, NULL));
      EXPECT_NULL ("*get_bytes*", bp_pooled_get_bytes (pooled, NULL));
      EXPECT_NULL ("*unref_to_bytes*", bp_pooled_unref_to_bytes (pooled, NULL));
      EXPECT_NULL ("*get_view*", bp_pooled_get_view (pooled, NULL));
      EXPECT_NULL ("*steal_data*", bp_pooled_steal_data (pooled, NULL, NULL, NULL));
      EXPECT_NULL ("*slice_new_take*", bp_pooled_slice_new_take (pooled, 0, NULL));
      EXPECT_NULL ("*get_data_checked()*elements*", bp_pooled_data (int, pooled, NULL));
      EXPECT_NULL ("*resize_checked()*elements*", bp_pooled_resize_data (int, pooled, 1));
      g_assert_false (bp_pooled_is_released (pooled));
    }

  EXPECT ("*recycle_item*", bp_pool_recycle_item (elements, object));
  EXPECT_NULL ("*attach_item*", bp_pool_attach_item (elements, object, NULL));
  EXPECT_NULL ("*steal_item*", bp_pooled_steal_item (buffer, NULL));
  EXPECT ("*recycle_item*item != NULL*", bp_pool_recycle_item (items, NULL));
  EXPECT_NULL ("*attach_item*item != NULL*", bp_pool_attach_item (items, NULL, NULL));

  /* An object of another type. */
  EXPECT ("*recycle_item()*objects of type*", bp_pool_recycle_item (objects, object));
  EXPECT ("*recycle_*item*", bp_pool_recycle_object (objects, object));
  EXPECT ("*recycle_object*", bp_pool_recycle_object (items, object));
  EXPECT_NULL ("*attach_item()*objects of type*", bp_pool_attach_item (objects, object, NULL));
  g_assert_cmpuint (object->ref_count, ==, 1);
  assert_valid (elements);
  assert_valid (items);
  assert_valid (objects);
}

static void
test_handle_null (void)
{
  gsize n_elements = 9;

  EXPECT_NULL ("*bp_pooled_ref*", bp_pooled_ref (NULL));
  EXPECT ("*bp_pooled_unref*", bp_pooled_unref (NULL));
  EXPECT_ZERO ("*bp_pooled_release*", bp_pooled_release (NULL));
  EXPECT ("*bp_pooled_is_released*", bp_pooled_is_released (NULL));
  EXPECT_ZERO ("*get_length*", bp_pooled_get_length (NULL));
  EXPECT_ZERO ("*get_capacity*", bp_pooled_get_capacity (NULL));
  EXPECT_ZERO ("*get_element_size*", bp_pooled_get_element_size (NULL));
  EXPECT_ZERO ("*get_element_type*", bp_pooled_get_element_type (NULL));
  EXPECT_NULL ("*get_data*", bp_pooled_get_data (NULL, NULL));
  EXPECT_NULL ("*get_data_checked*", bp_pooled_data (int, NULL, &n_elements));
  g_assert_cmpuint (n_elements, ==, 0);
  EXPECT_NULL ("*get_item*", bp_pooled_get_item (NULL));
  EXPECT_NULL ("*dup_object*", bp_pooled_dup_object (NULL));
  EXPECT_NULL ("*get_bytes*", bp_pooled_get_bytes (NULL, NULL));
  EXPECT_NULL ("*unref_to_bytes*", bp_pooled_unref_to_bytes (NULL, NULL));
  EXPECT_NULL ("*get_view*", bp_pooled_get_view (NULL, NULL));
  EXPECT_ZERO ("*reserve*", bp_pooled_reserve (NULL, 1, NULL));
  EXPECT_ZERO ("*set_length*", bp_pooled_set_length (NULL, 1, NULL));
  EXPECT_NULL ("*resize*", bp_pooled_resize (NULL, 1));
  EXPECT_NULL ("*resize_checked*", bp_pooled_resize_data (int, NULL, 1));
  EXPECT_ZERO ("*try_resize*", bp_pooled_try_resize (NULL, 1, NULL));
  EXPECT_ZERO ("*append*", bp_pooled_append (NULL, "", 1, NULL));
  EXPECT_ZERO ("*append_bytes*", bp_pooled_append_bytes (NULL, (const guint8 *) "", 1, NULL));
  EXPECT_ZERO ("*write*", bp_pooled_write (NULL, 0, "", 1, NULL));
  EXPECT_ZERO ("*write_bytes*", bp_pooled_write_bytes (NULL, 0, (const guint8 *) "", 1, NULL));
  EXPECT_NULL ("*steal_data*", bp_pooled_steal_data (NULL, NULL, NULL, NULL));
  EXPECT_NULL ("*steal_item*", bp_pooled_steal_item (NULL, NULL));
}

static void
test_shares_null (void)
{
  EXPECT_NULL ("*slice_new_take*", bp_pooled_slice_new_take (NULL, 0, NULL));
  EXPECT_NULL ("*slice_ref*", bp_pooled_slice_ref (NULL));
  EXPECT ("*slice_unref*", bp_pooled_slice_unref (NULL));
  EXPECT_ZERO ("*slice_release*", bp_pooled_slice_release (NULL));
  EXPECT ("*slice_is_released*", bp_pooled_slice_is_released (NULL));
  EXPECT_ZERO ("*slice_get_length*", bp_pooled_slice_get_length (NULL));
  EXPECT ("*slice_is_empty*", bp_pooled_slice_is_empty (NULL));
  EXPECT_ZERO ("*slice_get_element_size*", bp_pooled_slice_get_element_size (NULL));
  EXPECT_ZERO ("*slice_get_element_type*", bp_pooled_slice_get_element_type (NULL));
  EXPECT_NULL ("*slice_get_data*", bp_pooled_slice_get_data (NULL, NULL));
  EXPECT_NULL ("*slice_get_bytes*", bp_pooled_slice_get_bytes (NULL, NULL));
  EXPECT_NULL ("*slice_get_view*", bp_pooled_slice_get_view (NULL, NULL));
  EXPECT_NULL ("*slice_sub*", bp_pooled_slice_sub (NULL, 0, 0, NULL));
  EXPECT_NULL ("*slice_steal_pooled*", bp_pooled_slice_steal_pooled (NULL, NULL));
  EXPECT_NULL ("*view_ref*", bp_pooled_view_ref (NULL));
  EXPECT ("*view_unref*", bp_pooled_view_unref (NULL));
  EXPECT_NULL ("*view_new_with_free_func*", bp_pooled_view_new_with_free_func (NULL, 1, TRUE, NULL, NULL));
  EXPECT_ZERO ("*view_is_writable*", bp_pooled_view_is_writable (NULL));
  EXPECT_ZERO ("*view_get_address*", bp_pooled_view_get_address (NULL));
  EXPECT_ZERO ("*view_get_size_bytes*", bp_pooled_view_get_size_bytes (NULL));
  EXPECT_ZERO ("*view_get_length_bytes*", bp_pooled_view_get_length_bytes (NULL));
  EXPECT_NULL ("*stats_copy*", bp_pool_stats_copy (NULL));
  EXPECT ("*stats_free*", bp_pool_stats_free (NULL));
  EXPECT_ZERO ("*stats_get_hits*", bp_pool_stats_get_hits (NULL));
  EXPECT_ZERO ("*stats_get_idle*", bp_pool_stats_get_idle (NULL));
  EXPECT_ZERO ("*stats_get_peak*", bp_pool_stats_get_peak_buffers (NULL));
  EXPECT_NULL ("*stats_to_string*", bp_pool_stats_to_string (NULL));
}

static void
test_reusable (void)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);

  EXPECT_ZERO ("*BP_IS_REUSABLE*", bp_reusable_reuse (NULL, 0));
  EXPECT_ZERO ("*BP_IS_REUSABLE*", bp_reusable_reuse ((BpReusable *) object, 0));
  EXPECT_ZERO ("*BP_IS_REUSABLE*", bp_reusable_get_byte_size (NULL));
  EXPECT_ZERO ("*", bp_element_type_get_size ((BpElementType) 99));
}

static void
test_data_null (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 1, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);

  EXPECT_ZERO ("*append*data != NULL*", bp_pooled_append (pooled, NULL, 1, NULL));
  EXPECT_ZERO ("*append_bytes*data != NULL*", bp_pooled_append_bytes (pooled, NULL, 1, NULL));
  EXPECT_ZERO ("*write*data != NULL*", bp_pooled_write (pooled, 0, NULL, 1, NULL));
  EXPECT_ZERO ("*write_bytes*data != NULL*", bp_pooled_write_bytes (pooled, 0, NULL, 1, NULL));
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 10);
}

/* What is copied into a buffer comes from elsewhere: the memory may move. */
static void
test_own_memory (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U16, 0, 1, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);
  guint16 *data = bp_pooled_get_data (pooled, NULL);
  guint16 around[3] = { 1, 2, 3 };

  EXPECT_ZERO ("*append()*in the buffer itself*", bp_pooled_append (pooled, data, 10, NULL));
  EXPECT_ZERO ("*append()*in the buffer itself*", bp_pooled_append (pooled, data + 9, 1, NULL));
  EXPECT_ZERO ("*append()*in the buffer itself*", bp_pooled_append (pooled, data - 1, 2, NULL));
  EXPECT_ZERO ("*write()*in the buffer itself*", bp_pooled_write (pooled, 0, data + 1, 5, NULL));
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, 10);

  g_assert_true (bp_pooled_append (pooled, data, 0, NULL));
  g_assert_true (bp_pooled_write (pooled, 0, around, 3, NULL));
  g_assert_true (bp_pooled_release (pooled));
  g_assert_false (bp_pooled_append (pooled, around, 3, NULL));
  g_assert_false (bp_pooled_append (pooled, around, G_MAXSIZE / 2, NULL));

  /* What lies beyond the length can be written into the buffer. */
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = bp_pool_attach_data (pool, g_memdup2 (around, sizeof around), 1, 1, NULL);
  data = bp_pooled_get_data (pooled, NULL);
  g_assert_true (bp_pooled_write (pooled, 0, data + 1, 1, NULL));
  g_assert_cmpuint (data[0], ==, 2);
}

/* While the buffer lies idle, a handle without references says so. */
static void
test_unref_too_often (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 4, 0);
  BpPooled *pooled = bp_pool_acquire_sized (pool, 10, NULL);

  bp_pooled_unref (pooled);
  EXPECT ("*more calls of bp_pooled_unref() than references*", bp_pooled_unref (pooled));
  EXPECT_ZERO ("*bp_pooled_release*gone back*", bp_pooled_release (pooled));
  EXPECT_ZERO ("*gone back*", bp_pooled_reserve (pooled, 100, NULL));
  EXPECT_NULL ("*gone back*", bp_pooled_get_bytes (pooled, NULL));
  EXPECT_NULL ("*gone back*", bp_pooled_steal_data (pooled, NULL, NULL, NULL));
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/misuse/constructors", test_constructors);
  g_test_add_func ("/misuse/pool", test_pool);
  g_test_add_func ("/misuse/limits", test_limits);
  g_test_add_func ("/misuse/budget", test_budget);
  g_test_add_func ("/misuse/foreign-result", test_foreign_result);
  g_test_add_func ("/misuse/wrong-kind", test_wrong_kind);
  g_test_add_func ("/misuse/handle-null", test_handle_null);
  g_test_add_func ("/misuse/shares-null", test_shares_null);
  g_test_add_func ("/misuse/reusable", test_reusable);
  g_test_add_func ("/misuse/data-null", test_data_null);
  g_test_add_func ("/misuse/own-memory", test_own_memory);
  g_test_add_func ("/misuse/unref-too-often", test_unref_too_often);

  return g_test_run ();
}
