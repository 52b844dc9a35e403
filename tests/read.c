/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-stream.h"
#include "test-utils.h"

#include <string.h>

/* bp_pool_read(): one read from a stream into a pooled slice; and what is the same for
 * bp_pool_read_all(). */

typedef BpPooledSlice *(*Read) (BpPool        *self,
                                GInputStream  *stream,
                                gsize          count,
                                GCancellable  *cancellable,
                                GError       **error);

typedef struct
{
  const char *name;
  Read read;
} Call;

static const Call calls[] = {
  { "read", bp_pool_read },
  { "read-all", bp_pool_read_all },
};

static const char text[] = "the quick brown fox jumps over the lazy dog";
#define TEXT_LENGTH (sizeof text - 1)

static BpPool *
new_pool (void)
{
  return bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
}

static void
assert_slice (BpPooledSlice *slice,
              const char    *expected)
{
  gsize n_elements;
  gconstpointer data = bp_pooled_slice_get_data (slice, &n_elements);

  g_assert_cmpmem (data, n_elements, expected, strlen (expected));
}

static void
assert_at_rest (BpPool *pool)
{
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
}

/* Short reads are as long as they are, and the end is an empty slice. */
static void
test_short_reads (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GString) got = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  stream->max_read = 10;
  for (;;)
    {
      g_autoptr (BpPooledSlice) slice = bp_pool_read (pool, G_INPUT_STREAM (stream), 16,
                                                      NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (stream->count, ==, 16);
      if (bp_pooled_slice_is_empty (slice))
        break;
      g_assert_cmpuint (bp_pooled_slice_get_length (slice), <=, 10);
      g_string_append_len (got, bp_pooled_slice_get_data (slice, NULL),
                           (gssize) bp_pooled_slice_get_length (slice));
    }
  g_assert_cmpstr (got->str, ==, text);
  assert_at_rest (pool);

  /* One buffer did it all. */
  g_assert_cmpuint (get_stat (pool, misses), ==, 1);
  g_assert_cmpuint (stream->n_reads, ==, 6);
}

/* More than one read at once is not tried, and the buffer is not cleared first. */
static void
test_into_the_buffer (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 100, NULL);
  g_autoptr (BpPooledSlice) slice = NULL;
  gpointer data = bp_pooled_get_data (pooled, NULL);

  memset (data, 'x', 100);
  g_clear_pointer (&pooled, bp_pooled_unref);
  slice = bp_pool_read (pool, G_INPUT_STREAM (stream), 100, NULL, NULL);
  assert_slice (slice, text);
  g_assert_true (stream->buffer == data);
  g_assert_cmpuint (stream->n_reads, ==, 1);

  /* The slice is the buffer's only share; behind it is what was there. */
  pooled = bp_pooled_slice_steal_pooled (slice, NULL);
  g_assert_nonnull (pooled);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, TEXT_LENGTH);
  g_assert_cmpint (((char *) data)[TEXT_LENGTH], ==, 'x');
}

static void
test_count_zero (gconstpointer data)
{
  const Call *call = data;
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GError) error = NULL;
  g_autoptr (BpPooledSlice) slice = call->read (pool, G_INPUT_STREAM (stream), 0, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (bp_pooled_slice_is_empty (slice));
  g_clear_pointer (&slice, bp_pooled_slice_unref);
  g_assert_cmpuint (stream->n_reads, ==, 0);

  /* As in GIO, where a read of 0 bytes does not read. */
  g_assert_true (g_input_stream_close (G_INPUT_STREAM (stream), NULL, NULL));
  slice = call->read (pool, G_INPUT_STREAM (stream), 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (bp_pooled_slice_is_empty (slice));
  g_clear_pointer (&slice, bp_pooled_slice_unref);
  assert_at_rest (pool);
}

/* The stream's own error, and the buffer is back. */
static void
test_stream_error (gconstpointer data)
{
  const Call *call = data;
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GError) error = NULL;

  stream->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "of a test");
  g_assert_null (call->read (pool, G_INPUT_STREAM (stream), 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpstr (error->message, ==, "of a test");
  assert_at_rest (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
  g_assert_null (call->read (pool, G_INPUT_STREAM (stream), 50, NULL, NULL));
  assert_at_rest (pool);
}

/* Streams may be written in a script: what they say is checked. */
static void
test_lies (gconstpointer data)
{
  const Call *call = data;
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GError) error = NULL;

  stream->lie = 51;
  g_assert_null (call->read (pool, G_INPUT_STREAM (stream), 50, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_nonnull (strstr (error->message, " 51 "));
  g_clear_error (&error);

  stream->lie = -1;
  g_assert_null (call->read (pool, G_INPUT_STREAM (stream), 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  assert_at_rest (pool);
}

static void
test_closed_stream (gconstpointer data)
{
  const Call *call = data;
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_input_stream_close (G_INPUT_STREAM (stream), NULL, NULL));
  g_assert_null (call->read (pool, G_INPUT_STREAM (stream), 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  assert_at_rest (pool);
}

/* A stream that is in use by another call. */
static void
test_pending_stream (gconstpointer data)
{
  const Call *call = data;
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_input_stream_set_pending (G_INPUT_STREAM (stream), NULL));
  g_assert_null (call->read (pool, G_INPUT_STREAM (stream), 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_assert_cmpuint (stream->n_reads, ==, 0);
  g_input_stream_clear_pending (G_INPUT_STREAM (stream));
  assert_at_rest (pool);
}

static void
test_cancelled (gconstpointer data)
{
  const Call *call = data;
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (call->read (pool, G_INPUT_STREAM (stream), 50, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (stream->n_reads, ==, 0);
  assert_at_rest (pool);
}

/* A wrong size fails before the stream is read. */
static void
test_sizes (gconstpointer data)
{
  const Call *call = data;
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GError) error = NULL;

  g_assert_null (call->read (pool, G_INPUT_STREAM (stream), G_MAXSIZE, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (call->read (pool, G_INPUT_STREAM (stream), G_MAXSSIZE / 2, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
  g_assert_cmpuint (stream->n_reads, ==, 0);
  assert_at_rest (pool);
}

/* Bytes of either sign, and elements of the user's own of one byte. */
static void
test_element_types (gconstpointer data)
{
  const Call *call = data;
  g_autoptr (BpPool) signed_pool = bp_pool_new_full (BP_ELEMENT_TYPE_I8, 0, 8, 0);
  g_autoptr (BpPool) sized_pool = test_sized_pool_new (1, 0, 8, 0);
  g_autoptr (BpPool) aligned = g_object_new (BP_TYPE_POOL, "alignment", 512, NULL);
  BpPool *pools[] = { signed_pool, sized_pool, aligned };

  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    {
      g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
      g_autoptr (BpPooledSlice) slice = call->read (pools[i], G_INPUT_STREAM (stream), 100,
                                                      NULL, NULL);

      assert_slice (slice, text);
    }
}

static void
test_misuse (gconstpointer data)
{
  const Call *call = data;
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPool) words = bp_pool_new_full (BP_ELEMENT_TYPE_U16, 0, 8, 0);
  g_autoptr (BpPool) objects = test_type_pool_new (TEST_TYPE_OBJECT, 0, 8, 0);
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  BpPool *wrong[] = { words, objects };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*pool of bytes*");
      g_assert_null (call->read (wrong[i], G_INPUT_STREAM (stream), 10, NULL, NULL));
      g_test_assert_expected_messages ();
    }
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*G_IS_INPUT_STREAM*");
  g_assert_null (call->read (pool, NULL, 10, NULL, NULL));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (stream->n_reads, ==, 0);
}

static void
add (const char *name,
     void      (*test) (gconstpointer data))
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autofree char *path = g_strdup_printf ("/pool/%s/%s", calls[i].name, name);

      g_test_add_data_func (path, &calls[i], test);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_have_no_huge_memory ();

  g_test_add_func ("/pool/read/short-reads", test_short_reads);
  g_test_add_func ("/pool/read/into-the-buffer", test_into_the_buffer);
  add ("count-zero", test_count_zero);
  add ("stream-error", test_stream_error);
  add ("lies", test_lies);
  add ("closed-stream", test_closed_stream);
  add ("pending-stream", test_pending_stream);
  add ("cancelled", test_cancelled);
  add ("sizes", test_sizes);
  add ("element-types", test_element_types);
  add ("misuse", test_misuse);

  return g_test_run ();
}
