/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-stream.h"
#include "test-utils.h"

#include <string.h>

/* bp_pool_read_async() and bp_pool_read_all_async(), each with its finish. What several
 * reads are needed for is in read-all.c. */

typedef void (*Start) (BpPool              *self,
                       GInputStream        *stream,
                       gsize                count,
                       int                  io_priority,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data);
typedef BpPooledSlice *(*Finish) (BpPool        *self,
                                  GAsyncResult  *result,
                                  GError       **error);

typedef struct
{
  const char *name;
  Start start;
  Finish finish;
  /* Of the other function. */
  Finish wrong_finish;
} Call;

static const Call once = {
  "read-async", bp_pool_read_async, bp_pool_read_finish, bp_pool_read_all_finish
};
static const Call all = {
  "read-all-async", bp_pool_read_all_async, bp_pool_read_all_finish, bp_pool_read_finish
};

static const char text[] = "the quick brown fox jumps over the lazy dog";
#define TEXT_LENGTH (sizeof text - 1)

typedef struct
{
  const Call *call;
  BpPool *pool;
  TestStream *stream;
  GCancellable *cancellable;
  guint n_calls;
  BpPooledSlice *slice;
  GError *error;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->call = data;
  fixture->pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
  fixture->stream = test_stream_new (text, TEXT_LENGTH);
  fixture->cancellable = g_cancellable_new ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_pointer (&fixture->slice, bp_pooled_slice_unref);
  g_clear_error (&fixture->error);
  g_clear_object (&fixture->cancellable);
  assert_valid (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
  g_assert_finalize_object (fixture->stream);
  g_assert_finalize_object (fixture->pool);
}

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (source == G_OBJECT (fixture->pool));
  g_assert_null (fixture->slice);
  g_clear_error (&fixture->error);
  fixture->slice = fixture->call->finish (fixture->pool, result, &fixture->error);
  g_assert_true ((fixture->slice == NULL) == (fixture->error != NULL));
  fixture->n_calls++;
}

static void
start (Fixture *fixture,
       gsize    count)
{
  fixture->call->start (fixture->pool, G_INPUT_STREAM (fixture->stream), count,
                        G_PRIORITY_DEFAULT, fixture->cancellable, on_done, fixture);
}

static void
wait_for (Fixture *fixture,
          guint    n_calls)
{
  while (fixture->n_calls < n_calls)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->n_calls, ==, n_calls);
}

/* For a result to be looked at later. */
static void
on_result (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_assert_true (g_set_object ((GAsyncResult **) user_data, result));
}

/* What has come, of the whole text from there on. */
static void
assert_slice (Fixture *fixture,
              gsize    offset,
              gsize    length)
{
  gsize n_elements;
  gconstpointer data = bp_pooled_slice_get_data (fixture->slice, &n_elements);

  g_assert_cmpmem (data, n_elements, text + offset, length);
}

static void
test_whole_stream (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GString) got = g_string_new (NULL);
  gboolean at_end = FALSE;

  fixture->stream->max_read = 10;
  for (guint i = 1; !at_end; i++)
    {
      start (fixture, 16);
      /* Never from inside the call. */
      g_assert_cmpuint (fixture->n_calls, ==, i - 1);
      wait_for (fixture, i);
      g_assert_no_error (fixture->error);
      g_assert_cmpuint (fixture->stream->count, ==, 16);
      at_end = bp_pooled_slice_is_empty (fixture->slice);
      g_string_append_len (got, bp_pooled_slice_get_data (fixture->slice, NULL),
                           (gssize) bp_pooled_slice_get_length (fixture->slice));
      g_clear_pointer (&fixture->slice, bp_pooled_slice_unref);
      assert_valid (fixture->pool);
      g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
    }
  g_assert_cmpstr (got->str, ==, text);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, 1);
}

static void
test_count_zero (Fixture       *fixture,
                 gconstpointer  data)
{
  start (fixture, 0);
  wait_for (fixture, 1);
  g_assert_no_error (fixture->error);
  g_assert_true (bp_pooled_slice_is_empty (fixture->slice));
}

static void
test_stream_error (Fixture       *fixture,
                   gconstpointer  data)
{
  fixture->stream->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "of a test");
  start (fixture, 50);
  wait_for (fixture, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpstr (fixture->error->message, ==, "of a test");
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 1);
}

static void
test_lies (Fixture       *fixture,
           gconstpointer  data)
{
  fixture->stream->lie = 51;
  start (fixture, 50);
  wait_for (fixture, 1);
  g_assert_error (fixture->error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);

  fixture->stream->lie = -1;
  start (fixture, 50);
  wait_for (fixture, 2);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

static void
test_sizes (Fixture       *fixture,
            gconstpointer  data)
{
  start (fixture, G_MAXSIZE);
  g_assert_cmpuint (fixture->n_calls, ==, 0);
  wait_for (fixture, 1);
  g_assert_error (fixture->error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
  start (fixture, G_MAXSSIZE / 2);
  wait_for (fixture, 2);
  g_assert_error (fixture->error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
  g_assert_cmpuint (fixture->stream->n_reads, ==, 0);
}

static void
test_cancelled_before (Fixture       *fixture,
                       gconstpointer  data)
{
  g_cancellable_cancel (fixture->cancellable);
  start (fixture, 50);
  g_assert_cmpuint (fixture->n_calls, ==, 0);
  wait_for (fixture, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (fixture->stream->n_reads, ==, 0);
}

/* The buffer is the stream's until the stream is done with it: a cancelled read
 * may still be writing. */
static void
test_cancelled_during (Fixture       *fixture,
                       gconstpointer  data)
{
  fixture->stream->is_held = TRUE;
  start (fixture, 50);
  g_cancellable_cancel (fixture->cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 1);

  test_stream_finish (fixture->stream);
  wait_for (fixture, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 1);
}

/* Bytes that have come are given, since the stream does not have them any more. */
static void
test_cancelled_after (Fixture       *fixture,
                      gconstpointer  data)
{
  start (fixture, 50);
  g_assert_cmpuint (fixture->stream->n_left, ==, 0);
  g_cancellable_cancel (fixture->cancellable);
  wait_for (fixture, 1);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (bp_pooled_slice_get_length (fixture->slice), ==, TEXT_LENGTH);
}

/* The request keeps the pool. */
static void
test_keeps_the_pool (Fixture       *fixture,
                     gconstpointer  data)
{
  BpPool *pool = fixture->pool;

  fixture->stream->is_held = TRUE;
  start (fixture, 50);
  g_object_ref (pool);
  g_object_run_dispose (G_OBJECT (pool));
  g_object_unref (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  fixture->stream->is_held = FALSE;
  test_stream_finish (fixture->stream);
  wait_for (fixture, 1);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (bp_pooled_slice_get_length (fixture->slice), ==, TEXT_LENGTH);
}

/* A result that is not taken is freed with the task. */
static void
on_done_without_finish (GObject      *source,
                        GAsyncResult *result,
                        gpointer      user_data)
{
  ((Fixture *) user_data)->n_calls++;
}

static void
test_without_finish (Fixture       *fixture,
                     gconstpointer  data)
{
  fixture->call->start (fixture->pool, G_INPUT_STREAM (fixture->stream), 50,
                        G_PRIORITY_DEFAULT, NULL, on_done_without_finish, fixture);
  wait_for (fixture, 1);
}

static void
test_without_callback (Fixture       *fixture,
                       gconstpointer  data)
{
  fixture->call->start (fixture->pool, G_INPUT_STREAM (fixture->stream), 50,
                        G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  while (get_stat (fixture->pool, outstanding) > 0)
    g_main_context_iteration (NULL, TRUE);
}

typedef struct
{
  Finish finish;
  GString *order;
} Many;

static void
on_many (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Many *many = user_data;
  g_autoptr (BpPooledSlice) slice = many->finish (BP_POOL (source), result, NULL);

  g_string_append_c (many->order, *(const char *) bp_pooled_slice_get_data (slice, NULL));
}

/* Requests on several streams at once end in the order in which they were begun,
 * each with a buffer of its own. */
static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  const char *letters = "abcdefgh";
  g_autoptr (GString) order = g_string_new (NULL);
  Many many = { fixture->call->finish, order };

  for (guint i = 0; i < strlen (letters); i++)
    {
      g_autoptr (TestStream) stream = test_stream_new (letters + i, 1);

      fixture->call->start (fixture->pool, G_INPUT_STREAM (stream), 10, G_PRIORITY_DEFAULT,
                            NULL, on_many, &many);
    }
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 8);
  while (order->len < strlen (letters))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (order->str, ==, letters);
}

/* In a thread with a main context of its own, the callback runs there. */
static gpointer
read_in_thread (gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  start (fixture, 50);
  while (fixture->n_calls == 0)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_own_context (Fixture       *fixture,
                  gconstpointer  data)
{
  g_thread_join (g_thread_new ("read", read_in_thread, fixture));
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (bp_pooled_slice_get_length (fixture->slice), ==, TEXT_LENGTH);
}

/* The caller's reference to the pool is gone before the bytes come, and the slice outlives
 * the request, which had the last one. */
static void
test_without_the_pool (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BpPooledSlice) slice = NULL;
  BpPool *pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  gpointer alive = pool;

  g_object_add_weak_pointer (G_OBJECT (pool), &alive);
  fixture->stream->is_held = TRUE;
  fixture->call->start (pool, G_INPUT_STREAM (fixture->stream), TEXT_LENGTH,
                        G_PRIORITY_DEFAULT, NULL, on_result, &result);
  g_object_unref (pool);
  g_assert_nonnull (alive);
  test_stream_finish (fixture->stream);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  slice = fixture->call->finish (pool, result, NULL);
  g_clear_object (&result);
  while (alive != NULL)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpmem (bp_pooled_slice_get_data (slice, NULL), bp_pooled_slice_get_length (slice),
                   text, TEXT_LENGTH);
}

/* A file is read in a thread of GIO's. */
static void
test_file (Fixture       *fixture,
           gconstpointer  data)
{
#ifdef TEST_WITH_TSAN
  g_test_skip ("ThreadSanitizer does not see how GIO hands a task to its threads");
#else
  g_autoptr (GFileIOStream) both = NULL;
  g_autoptr (GFile) file = g_file_new_tmp (NULL, &both, &fixture->error);
  g_autoptr (GFileInputStream) stream = NULL;

  g_assert_no_error (fixture->error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (both)), text,
                             TEXT_LENGTH, NULL, NULL, &fixture->error);
  g_assert_no_error (fixture->error);
  stream = g_file_read (file, NULL, &fixture->error);
  g_assert_no_error (fixture->error);
  fixture->call->start (fixture->pool, G_INPUT_STREAM (stream), 100, G_PRIORITY_DEFAULT, NULL,
                        on_done, fixture);
  wait_for (fixture, 1);
  g_assert_no_error (fixture->error);
  assert_slice (fixture, 0, TEXT_LENGTH);
  g_file_delete (file, NULL, NULL);
#endif
}

/* A stream does one thing at a time. The second request fails, and the first gets its bytes. */
static void
test_pending_stream (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;

  fixture->stream->is_held = TRUE;
  fixture->call->start (fixture->pool, G_INPUT_STREAM (fixture->stream), TEXT_LENGTH,
                        G_PRIORITY_DEFAULT, NULL, on_result, &result);
  start (fixture, 10);
  wait_for (fixture, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 1);
  test_stream_finish (fixture->stream);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  fixture->slice = fixture->call->finish (fixture->pool, result, NULL);
  assert_slice (fixture, 0, TEXT_LENGTH);
}

static void
test_closed_stream (Fixture       *fixture,
                    gconstpointer  data)
{
  g_assert_true (g_input_stream_close (G_INPUT_STREAM (fixture->stream), NULL, NULL));
  start (fixture, 10);
  wait_for (fixture, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* The result must be one of the same function, and of this pool. */
static void
test_wrong_result (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GTask) task = g_task_new (fixture->pool, NULL, NULL, NULL);
  g_autoptr (GTask) other = g_task_new (fixture->stream, NULL, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  g_task_return_pointer (task, NULL, NULL);
  g_task_return_pointer (other, NULL, NULL);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*g_async_result_is_tagged*");
  g_assert_null (fixture->call->finish (fixture->pool, G_ASYNC_RESULT (task), NULL));
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*g_task_is_valid*");
  g_assert_null (fixture->call->finish (fixture->pool, G_ASYNC_RESULT (other), NULL));
  g_test_assert_expected_messages ();

  /* One of the other function is refused, and still there for the right one. */
  fixture->call->start (fixture->pool, G_INPUT_STREAM (fixture->stream), 50,
                        G_PRIORITY_DEFAULT, NULL, on_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*g_async_result_is_tagged*");
  g_assert_null (fixture->call->wrong_finish (fixture->pool, result, NULL));
  g_test_assert_expected_messages ();
  fixture->slice = fixture->call->finish (fixture->pool, result, NULL);
  assert_slice (fixture, 0, TEXT_LENGTH);
}

/* While the second of its reads is under way: the buffer is held until the stream is done
 * with it, and what the first has brought is given. */
static void
test_cancelled_in_the_middle (Fixture       *fixture,
                              gconstpointer  data)
{
  fixture->stream->max_read = 10;
  fixture->stream->is_held = TRUE;
  start (fixture, 20);
  test_stream_finish (fixture->stream);
  while (fixture->stream->pending == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (fixture->cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->n_calls, ==, 0);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 1);

  test_stream_finish (fixture->stream);
  wait_for (fixture, 1);
  g_assert_no_error (fixture->error);
  assert_slice (fixture, 0, 10);
  g_clear_pointer (&fixture->slice, bp_pooled_slice_unref);

  start (fixture, 20);
  wait_for (fixture, 2);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (fixture->stream->n_reads, ==, 2);
}

static void
add (const Call *call,
     const char *name,
     void      (*test) (Fixture       *fixture,
                        gconstpointer  data))
{
  g_autofree char *path = g_strdup_printf ("/pool/%s/%s", call->name, name);

  g_test_add (path, Fixture, call, set_up, test, tear_down);
}

static void
add_common (const Call *call)
{
  add (call, "count-zero", test_count_zero);
  add (call, "stream-error", test_stream_error);
  add (call, "lies", test_lies);
  add (call, "closed-stream", test_closed_stream);
  add (call, "pending-stream", test_pending_stream);
  add (call, "sizes", test_sizes);
  add (call, "cancelled-before", test_cancelled_before);
  add (call, "cancelled-during", test_cancelled_during);
  add (call, "cancelled-after", test_cancelled_after);
  add (call, "keeps-the-pool", test_keeps_the_pool);
  add (call, "without-the-pool", test_without_the_pool);
  add (call, "without-finish", test_without_finish);
  add (call, "without-callback", test_without_callback);
  add (call, "order", test_order);
  add (call, "own-context", test_own_context);
  add (call, "file", test_file);
  add (call, "wrong-result", test_wrong_result);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_have_no_huge_memory ();

  add (&once, "whole-stream", test_whole_stream);
  add_common (&once);

  add (&all, "cancelled-in-the-middle", test_cancelled_in_the_middle);
  add_common (&all);

  return g_test_run ();
}
