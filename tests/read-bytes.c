/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-stream.h"
#include "test-utils.h"

#include <string.h>

/* bp_pool_read_bytes(): what g_input_stream_read_bytes() gives, on a buffer of the pool. */

static const char text[] = "the quick brown fox jumps over the lazy dog";
#define TEXT_LENGTH (sizeof text - 1)

static BpPool *
new_pool (void)
{
  return bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
}

static void
assert_at_rest (BpPool *pool)
{
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
}

/* Two streams that are alike, read by either function: the same bytes, or the same error. */
static void
test_drop_in (void)
{
  static const gsize counts[] = { 5, 16, 10, 11, 1, 100, 100, 7 };
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (TestStream) other = test_stream_new (text, TEXT_LENGTH);

  stream->max_read = other->max_read = 10;
  stream->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "of a test");
  stream->n_before_error = other->n_before_error = 20;
  stream->fails_once = other->fails_once = TRUE;
  other->error = g_error_copy (stream->error);

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) expected_error = NULL;
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GBytes) expected = NULL;

      bytes = bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), counts[i], NULL, &error);
      expected = g_input_stream_read_bytes (G_INPUT_STREAM (other), counts[i], NULL,
                                            &expected_error);
      g_assert_cmpint (bytes == NULL, ==, expected == NULL);
      if (expected != NULL)
        g_assert_true (g_bytes_equal (bytes, expected));
      else
        g_assert_error (error, expected_error->domain, expected_error->code);
    }
  g_assert_cmpuint (stream->n_left, ==, 0);
  assert_at_rest (pool);
  g_assert_cmpuint (get_stat (pool, misses), ==, 1);
}

/* The buffer is the bytes' until the last of them is gone. */
static void
test_pin (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  GBytes *bytes = bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), 100, NULL, NULL);
  GBytes *part = g_bytes_new_from_bytes (bytes, 4, 5);

  g_assert_true (g_bytes_get_data (bytes, NULL) == stream->buffer);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, TEXT_LENGTH);
  g_bytes_unref (bytes);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 1);
  g_assert_cmpmem (g_bytes_get_data (part, NULL), g_bytes_get_size (part), "quick", 5);
  g_bytes_unref (part);
  assert_at_rest (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
}

/* At the end there is nothing to keep a buffer for. */
static void
test_end (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), 100, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 0);
  assert_at_rest (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 1);
}

static void
test_outlives_the_pool (void)
{
  BpPool *pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GBytes) bytes = bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), 100, NULL, NULL);

  g_assert_finalize_object (pool);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text, TEXT_LENGTH);
}

static void
test_errors (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), G_MAXSIZE, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_null (bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), 50, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (g_input_stream_set_pending (G_INPUT_STREAM (stream), NULL));
  g_assert_null (bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_clear_error (&error);
  g_input_stream_clear_pending (G_INPUT_STREAM (stream));
  g_assert_true (g_input_stream_close (G_INPUT_STREAM (stream), NULL, NULL));
  g_assert_null (bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), 50, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (stream->n_reads, ==, 0);
  assert_at_rest (pool);
}

static void
test_misuse (void)
{
  g_autoptr (BpPool) pool = new_pool ();
  g_autoptr (BpPool) words = bp_pool_new_full (BP_ELEMENT_TYPE_U16, 0, 8, 0);
  g_autoptr (BpPool) objects = test_type_pool_new (TEST_TYPE_OBJECT, 0, 8, 0);
  g_autoptr (TestStream) stream = test_stream_new (text, TEXT_LENGTH);
  BpPool *wrong[] = { words, objects };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "bp_pool_read_bytes*pool of bytes*");
      g_assert_null (bp_pool_read_bytes (wrong[i], G_INPUT_STREAM (stream), 10, NULL, NULL));
      g_test_assert_expected_messages ();
    }
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*G_IS_INPUT_STREAM*");
  g_assert_null (bp_pool_read_bytes (pool, NULL, 10, NULL, NULL));
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*G_IS_CANCELLABLE*");
  g_assert_null (bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), 10, (GCancellable *) pool,
                                     NULL));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (stream->n_reads, ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pool/read-bytes/drop-in", test_drop_in);
  g_test_add_func ("/pool/read-bytes/pin", test_pin);
  g_test_add_func ("/pool/read-bytes/end", test_end);
  g_test_add_func ("/pool/read-bytes/outlives-the-pool", test_outlives_the_pool);
  g_test_add_func ("/pool/read-bytes/errors", test_errors);
  g_test_add_func ("/pool/read-bytes/misuse", test_misuse);

  return g_test_run ();
}
