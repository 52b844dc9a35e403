/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-stream.h"
#include "test-utils.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* bp_pool_read_all() and bp_pool_read_all_async(): so many bytes, in as many reads as it
 * takes, and what becomes of the bytes if one of these fails. What is the same as for
 * bp_pool_read() and its like is in read.c and read-async.c. */

static const char text[] = "the quick brown fox jumps over the lazy dog";
#define TEXT_LENGTH (sizeof text - 1)

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

typedef struct
{
  Read read;
  BpPool *pool;
  TestStream *stream;
  GCancellable *cancellable;
} Fixture;

static void
on_result (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_assert_true (g_set_object ((GAsyncResult **) user_data, result));
}

/* The asynchronous form, and what its callback would get. */
static BpPooledSlice *
read_later (BpPool        *pool,
            GInputStream  *stream,
            gsize          count,
            GCancellable  *cancellable,
            GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bp_pool_read_all_async (pool, stream, count, G_PRIORITY_DEFAULT, cancellable, on_result,
                          &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return bp_pool_read_all_finish (pool, result, error);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  const Call *call = data;

  fixture->read = call->read;
  fixture->pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 8, 0);
  fixture->stream = test_stream_new (text, TEXT_LENGTH);
  fixture->stream->max_read = 10;
  fixture->cancellable = g_cancellable_new ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  assert_valid (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
  g_assert_finalize_object (fixture->cancellable);
  g_assert_finalize_object (fixture->stream);
  g_assert_finalize_object (fixture->pool);
}

/* What the next call gives, of the whole text from there on. */
static void
assert_read (Fixture *fixture,
             gsize    count,
             gsize    offset,
             gsize    length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BpPooledSlice) slice = NULL;

  slice = fixture->read (fixture->pool, G_INPUT_STREAM (fixture->stream), count,
                         fixture->cancellable, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (bp_pooled_slice_get_data (slice, NULL), bp_pooled_slice_get_length (slice),
                   text + offset, length);
}

static void
assert_failure (Fixture *fixture,
                int      code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (fixture->read (fixture->pool, G_INPUT_STREAM (fixture->stream), 20,
                                fixture->cancellable, &error));
  g_assert_error (error, G_IO_ERROR, code);
  assert_valid (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
}

static void
fail_after (TestStream *stream,
            gsize       n_bytes,
            int         code)
{
  stream->error = g_error_new_literal (G_IO_ERROR, code, "of a test");
  stream->n_before_error = n_bytes;
  stream->fails_once = TRUE;
}

/* Fewer only at the end, and then none. */
static void
test_exactly (Fixture       *fixture,
              gconstpointer  data)
{
  assert_read (fixture, 25, 0, 25);
  g_assert_cmpuint (fixture->stream->n_reads, ==, 3);
  /* No more than is needed. */
  g_assert_cmpuint (fixture->stream->count, ==, 5);
  assert_read (fixture, 10, 25, 10);
  g_assert_cmpuint (fixture->stream->n_reads, ==, 4);
  assert_read (fixture, 100, 35, TEXT_LENGTH - 35);
  assert_read (fixture, 100, 0, 0);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, 1);
}

/* All in one buffer, one read behind the other, and nothing else is written. */
static void
test_into_the_buffer (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (fixture->pool, 100, NULL);
  g_autoptr (BpPooledSlice) slice = NULL;
  char *memory = bp_pooled_get_data (pooled, NULL);

  memset (memory, 'x', 100);
  g_clear_pointer (&pooled, bp_pooled_unref);
  slice = fixture->read (fixture->pool, G_INPUT_STREAM (fixture->stream), 100, NULL, NULL);
  g_assert_true (fixture->stream->buffer == memory + TEXT_LENGTH);
  g_assert_cmpuint (bp_pooled_slice_get_length (slice), ==, TEXT_LENGTH);

  pooled = bp_pooled_slice_steal_pooled (slice, NULL);
  g_assert_nonnull (pooled);
  g_assert_true (bp_pooled_get_data (pooled, NULL) == memory);
  g_assert_cmpuint (bp_pooled_get_length (pooled), ==, TEXT_LENGTH);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, 100);
  for (gsize i = TEXT_LENGTH; i < 100; i++)
    g_assert_cmpint (memory[i], ==, 'x');
}

/* The bytes come first, then the error, which the stream has reported only once, and then
 * what the stream goes on with. */
static void
test_error_after_bytes (Fixture       *fixture,
                        gconstpointer  data)
{
  fail_after (fixture->stream, 13, G_IO_ERROR_CONNECTION_CLOSED);
  assert_read (fixture, 20, 0, 13);
  g_assert_cmpuint (fixture->stream->n_reads, ==, 3);
  assert_failure (fixture, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpuint (fixture->stream->n_reads, ==, 3);
  assert_read (fixture, 100, 13, TEXT_LENGTH - 13);
}

/* An error is no end, not even where nothing comes after it. */
static void
test_error_at_the_end (Fixture       *fixture,
                       gconstpointer  data)
{
  fail_after (fixture->stream, TEXT_LENGTH, G_IO_ERROR_CONNECTION_CLOSED);
  assert_read (fixture, 100, 0, TEXT_LENGTH);
  assert_failure (fixture, G_IO_ERROR_CONNECTION_CLOSED);
  assert_read (fixture, 100, 0, 0);
}

/* Bytes that were all that was asked for leave the error to the next call anyway. */
static void
test_error_behind (Fixture       *fixture,
                   gconstpointer  data)
{
  fail_after (fixture->stream, 20, G_IO_ERROR_CONNECTION_CLOSED);
  assert_read (fixture, 20, 0, 20);
  assert_failure (fixture, G_IO_ERROR_CONNECTION_CLOSED);
  assert_read (fixture, 5, 20, 5);
}

/* An error that the stream reports again is given again. */
static void
test_lasting_error (Fixture       *fixture,
                    gconstpointer  data)
{
  fail_after (fixture->stream, 13, G_IO_ERROR_NO_SPACE);
  fixture->stream->fails_once = FALSE;
  assert_read (fixture, 20, 0, 13);
  for (guint i = 0; i < 3; i++)
    assert_failure (fixture, G_IO_ERROR_NO_SPACE);
  g_assert_cmpuint (fixture->stream->n_reads, ==, 5);
}

/* Whichever function reads next, from whichever pool, has the error. */
static void
test_error_for_others (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr (BpPool) other = bp_pool_new (BP_ELEMENT_TYPE_I8);
  GInputStream *stream = G_INPUT_STREAM (fixture->stream);
  g_autoptr (GError) error = NULL;
  g_autoptr (BpPooledSlice) slice G_GNUC_UNUSED = NULL;

  fail_after (fixture->stream, 13, G_IO_ERROR_CONNECTION_CLOSED);
  assert_read (fixture, 20, 0, 13);
  g_assert_null (bp_pool_read (other, stream, 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_clear_error (&error);

  fail_after (fixture->stream, 13, G_IO_ERROR_CONNECTION_CLOSED);
  assert_read (fixture, 20, 13, 13);
  g_assert_null (bp_pool_read_bytes (other, stream, 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

/* A call that never comes to read leaves the error where it is. */
static void
test_error_is_kept (Fixture       *fixture,
                    gconstpointer  data)
{
  GInputStream *stream = G_INPUT_STREAM (fixture->stream);
  g_autoptr (GError) error = NULL;

  fail_after (fixture->stream, 13, G_IO_ERROR_CONNECTION_CLOSED);
  assert_read (fixture, 20, 0, 13);
  g_assert_null (fixture->read (fixture->pool, stream, G_MAXSIZE, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
  assert_read (fixture, 0, 0, 0);
  g_cancellable_cancel (fixture->cancellable);
  assert_failure (fixture, G_IO_ERROR_CANCELLED);
  g_cancellable_reset (fixture->cancellable);
  assert_failure (fixture, G_IO_ERROR_CONNECTION_CLOSED);
}

/* It is not asked for again: the error is freed with the stream. */
static void
test_error_not_asked_for (Fixture       *fixture,
                          gconstpointer  data)
{
  fail_after (fixture->stream, 13, G_IO_ERROR_CONNECTION_CLOSED);
  assert_read (fixture, 20, 0, 13);
}

/* A real stream of that kind: after the error the socket says that it has ended in order. */
static void
test_socket (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (BpPooledSlice) slice = NULL;
  GInputStream *stream;
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  g_assert_cmpint (write (ends[1], "hello", 5), ==, 5);
  /* What the other end has not read when it closes makes it a reset. */
  g_assert_cmpint (write (ends[0], "x", 1), ==, 1);
  g_assert_cmpint (close (ends[1]), ==, 0);
  socket = g_socket_new_from_fd (ends[0], NULL);
  connection = g_socket_connection_factory_create_connection (socket);
  stream = g_io_stream_get_input_stream (G_IO_STREAM (connection));

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      slice = fixture->read (fixture->pool, stream, 20, NULL, &error);
      if (i == 1)
        {
          g_assert_null (slice);
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpuint (bp_pooled_slice_get_length (slice), ==, i == 0 ? 5 : 0);
      g_clear_pointer (&slice, bp_pooled_slice_unref);
    }
}

/* That there is nothing at this moment is not kept for the next call. */
static void
test_would_block (Fixture       *fixture,
                  gconstpointer  data)
{
  fail_after (fixture->stream, 13, G_IO_ERROR_WOULD_BLOCK);
  assert_read (fixture, 20, 0, 13);
  assert_read (fixture, 20, 13, 20);

  fail_after (fixture->stream, 0, G_IO_ERROR_WOULD_BLOCK);
  assert_failure (fixture, G_IO_ERROR_WOULD_BLOCK);
}

static void
cancel_third (TestStream *stream,
              gpointer    data)
{
  if (stream->n_reads == 3)
    g_cancellable_cancel (data);
}

/* What came before is given; the next call is cancelled from the start. */
static void
test_cancelled_in_the_middle (Fixture       *fixture,
                              gconstpointer  data)
{
  fixture->stream->on_read = cancel_third;
  fixture->stream->on_read_data = fixture->cancellable;
  assert_read (fixture, 30, 0, 20);
  assert_failure (fixture, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (fixture->stream->n_reads, ==, 3);
  g_cancellable_reset (fixture->cancellable);
  assert_read (fixture, 100, 20, TEXT_LENGTH - 20);
}

static void
close_pool (TestStream *stream,
            gpointer    data)
{
  if (stream->n_reads == 2)
    g_object_run_dispose (data);
}

static void
test_pool_closed_in_the_middle (Fixture       *fixture,
                                gconstpointer  data)
{
  fixture->stream->on_read = close_pool;
  fixture->stream->on_read_data = fixture->pool;
  assert_read (fixture, 25, 0, 25);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
}

static void
read_inside (TestStream *stream,
             gpointer    data)
{
  Fixture *fixture = data;
  g_autoptr (GInputStream) other = NULL;
  g_autoptr (BpPooledSlice) slice = NULL;
  g_autoptr (GError) error = NULL;

  /* The stream itself is in use. */
  g_assert_null (bp_pool_read_all (fixture->pool, G_INPUT_STREAM (stream), 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);

  other = g_memory_input_stream_new_from_data ("hello", 5, NULL);
  slice = bp_pool_read_all (fixture->pool, other, 9, NULL, NULL);
  g_assert_cmpmem (bp_pooled_slice_get_data (slice, NULL), bp_pooled_slice_get_length (slice),
                   "hello", 5);
}

static void
test_nested (Fixture       *fixture,
             gconstpointer  data)
{
  fixture->stream->on_read = read_inside;
  fixture->stream->on_read_data = fixture;
  assert_read (fixture, 25, 0, 25);
}

static void
begin_to_lie (TestStream *stream,
              gpointer    data)
{
  if (stream->n_reads == 2)
    stream->lie = *(gssize *) data;
}

/* The first read was right. What else the slice would have is not known. */
static void
test_lie_in_the_middle (Fixture       *fixture,
                        gconstpointer  data)
{
  GInputStream *stream = G_INPUT_STREAM (fixture->stream);
  gssize lies[] = { 16, G_MAXSSIZE };
  gssize failure = -1;
  g_autoptr (GError) error = NULL;

  fixture->stream->on_read = begin_to_lie;
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      fixture->stream->on_read_data = &lies[i];
      fixture->stream->n_reads = 0;
      fixture->stream->lie = 0;
      g_assert_null (fixture->read (fixture->pool, stream, 25, NULL, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      g_clear_error (&error);
    }

  fixture->stream->on_read_data = &failure;
  fixture->stream->n_reads = 0;
  fixture->stream->lie = 0;
  assert_read (fixture, 25, 20, 10);
  assert_failure (fixture, G_IO_ERROR_FAILED);
}

static void
add (const char *name,
     void      (*test) (Fixture       *fixture,
                        gconstpointer  data))
{
  static const Call calls[] = {
    { "read-all", bp_pool_read_all },
    { "read-all-async", read_later },
  };

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autofree char *path = g_strdup_printf ("/pool/%s/%s", calls[i].name, name);

      g_test_add (path, Fixture, &calls[i], set_up, test, tear_down);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("exactly", test_exactly);
  add ("into-the-buffer", test_into_the_buffer);
  add ("error-after-bytes", test_error_after_bytes);
  add ("error-at-the-end", test_error_at_the_end);
  add ("error-behind", test_error_behind);
  add ("lasting-error", test_lasting_error);
  add ("error-for-others", test_error_for_others);
  add ("error-is-kept", test_error_is_kept);
  add ("error-not-asked-for", test_error_not_asked_for);
  add ("socket", test_socket);
  add ("would-block", test_would_block);
  add ("cancelled-in-the-middle", test_cancelled_in_the_middle);
  add ("pool-closed-in-the-middle", test_pool_closed_in_the_middle);
  add ("nested", test_nested);
  add ("lie-in-the-middle", test_lie_in_the_middle);

  return g_test_run ();
}
