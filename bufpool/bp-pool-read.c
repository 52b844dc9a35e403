/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-read.h"

#include "bp-pooled-private.h"
#include "bp-pool-acquire.h"
#include "bp-pool-properties.h"
#include "bp-pooled-slice-export.h"
#include "bp-pooled-slice-private.h"
#include "bp-pooled.h"

/*
 * Reading from streams into pooled buffers.
 *
 * What a stream has given is never lost. All that can fail for want of memory comes before
 * the stream is asked. What has come is passed on, even if the request has been cancelled
 * since, or if the stream failed afterwards. The stream's error is kept then, and the next
 * request fails with it: a socket says only once that the connection was reset, and looks
 * as if it had ended in order from then on.
 */

#define require_bytes(self, value)                                   \
  bp_require (bp_pool_get_element_size (self) == 1, value,           \
              "A stream is read into a pool of bytes, such as of BP_ELEMENT_TYPE_U8")

typedef enum
{
  READ_ONCE,
  /* Until the room is full or the stream ends. */
  READ_ALL
} Extent;

/* Not G_DEFINE_QUARK(): several threads would read and write a plain variable. */
static GQuark
kept_error_quark (void)
{
  static atomic_uint quark;

  if (G_UNLIKELY (bp_peek (quark) == 0))
    bp_poke (quark, g_quark_from_static_string ("bp-pool-read-error-quark"));

  return bp_peek (quark);
}

/* Takes the error. Some errors are of the moment, and not of the stream. */
static void
keep_error (GInputStream *stream,
            GError       *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PENDING) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    g_error_free (error);
  else
    g_object_set_qdata_full (G_OBJECT (stream), kept_error_quark (), error,
                             (GDestroyNotify) g_error_free);
}

static gboolean
take_kept_error (GInputStream  *stream,
                 GError       **error)
{
  GError *kept = g_object_steal_qdata (G_OBJECT (stream), kept_error_quark ());

  if (kept == NULL)
    return FALSE;

  g_propagate_error (error, kept);

  return TRUE;
}

/* The slice to read into, of as many bytes as may come. */
static BpPooledSlice *
begin (BpPool        *self,
       GInputStream  *stream,
       gsize          count,
       GCancellable  *cancellable,
       GError       **error)
{
  g_autoptr (BpPooledSlice) slice = NULL;
  BpPooled *pooled;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  pooled = bp_pool_acquire_uninit (self, count, error);
  if (pooled == NULL)
    return NULL;

  slice = bp_pooled_slice_new_take (pooled, count, error);
  /* A read of 0 bytes does not touch the stream. */
  if (slice == NULL || (count > 0 && take_kept_error (stream, error)))
    return NULL;

  return g_steal_pointer (&slice);
}

static guint8 *
get_room (BpPooledSlice *slice,
          gsize          n_read)
{
  return (guint8 *) bp_pooled_slice_get_data (slice, NULL) + n_read;
}

/* Counts what a stream says that it has read. Streams may be written in a script, and say
 * anything. Returns whether there is more to be read. */
static gboolean
count_read (Extent   extent,
            gsize    count,
            gssize   n_more,
            gsize   *n_read,
            GError **failure)
{
  if (n_more < 0)
    {
      if (*failure == NULL)
        g_set_error_literal (failure, G_IO_ERROR, G_IO_ERROR_FAILED,
                             "The stream has failed and does not say why");
      return FALSE;
    }

  *n_read += (gsize) n_more;

  return extent == READ_ALL && n_more > 0 && *n_read < count;
}

/* Takes the slice and the stream's error. */
static BpPooledSlice *
end (BpPooledSlice  *slice,
     GInputStream   *stream,
     gsize           n_read,
     GError         *failure,
     GError        **error)
{
  g_autoptr (BpPooledSlice) taken = slice;
  gsize count = bp_pooled_slice_get_length (taken);

  if (n_read > count)
    {
      g_clear_error (&failure);
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                   "The stream says that it has read %" G_GSIZE_FORMAT " bytes, but there "
                   "was room for %" G_GSIZE_FORMAT, n_read, count);
      return NULL;
    }
  if (failure != NULL && n_read == 0)
    {
      g_propagate_error (error, failure);
      return NULL;
    }

  if (failure != NULL)
    keep_error (stream, failure);
  bp_pooled_slice_shorten (taken, n_read);

  return g_steal_pointer (&taken);
}

static BpPooledSlice *
read_now (BpPool        *self,
          GInputStream  *stream,
          gsize          count,
          Extent         extent,
          GCancellable  *cancellable,
          GError       **error)
{
  BpPooledSlice *slice = begin (self, stream, count, cancellable, error);
  GError *failure = NULL;
  gsize n_read = 0;
  gssize n_more;

  if (slice == NULL)
    return NULL;

  do
    n_more = g_input_stream_read (stream, get_room (slice, n_read), count - n_read, cancellable,
                                  &failure);
  while (count_read (extent, count, n_more, &n_read, &failure));

  return end (slice, stream, n_read, failure, error);
}

/**
 * bp_pool_read:
 * @self: a pool whose elements are of 1 byte
 * @stream: a stream
 * @count: the most bytes to read
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Reads from a stream into a buffer of the pool, once, and waits for it.
 *
 * Like [method@Gio.InputStream.read] this may read fewer bytes than asked for;
 * at the end of the stream the slice is empty. The buffer is not cleared first.
 * If the stream fails the buffer goes back to the pool.
 *
 * Everything else that can fail comes before the read, so no byte is lost.
 *
 * May be called from any thread, as far as the stream may be.
 *
 * Fails with the stream's errors, %G_IO_ERROR_CANCELLED, and those of
 * [method@Pool.acquire_uninit].
 *
 * Returns: (transfer full): the bytes that were read
 *
 * Since: 0.9
 */
BpPooledSlice *
bp_pool_read (BpPool        *self,
              GInputStream  *stream,
              gsize          count,
              GCancellable  *cancellable,
              GError       **error)
{
  g_return_val_if_fail (BP_IS_POOL (self), NULL);
  require_bytes (self, NULL);
  g_return_val_if_fail (G_IS_INPUT_STREAM (stream), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return read_now (self, stream, count, READ_ONCE, cancellable, error);
}

/**
 * bp_pool_read_all:
 * @self: a pool whose elements are of 1 byte
 * @stream: a stream
 * @count: how many bytes to read
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Reads @count bytes from a stream into a buffer of the pool, in as many reads as
 * it takes, and waits for them. The buffer is not cleared first.
 *
 * The slice has fewer bytes only if the stream ends before, and none at its end.
 *
 * If the stream fails, or the call is cancelled, when some bytes have come, these
 * are not lost: the slice has them, and is shorter. The error comes with the next
 * call that reads from this stream into any pool. It is kept for that call,
 * because not every stream reports an error twice. With no byte read the call fails
 * at once, and the buffer goes back to the pool.
 *
 * So another read tells the end of a stream from an error. For example where a
 * part of a record is of no use:
 *
 * ```c
 * static BpPooledSlice *
 * read_record (BpPool        *pool,
 *              GInputStream  *stream,
 *              gsize          size,
 *              GError       **error)
 * {
 *   g_autoptr (BpPooledSlice) record = NULL;
 *
 *   record = bp_pool_read_all (pool, stream, size, NULL, error);
 *   if (record == NULL || bp_pooled_slice_get_length (record) == size)
 *     return g_steal_pointer (&record);
 *
 *   g_clear_pointer (&record, bp_pooled_slice_unref);
 *   record = bp_pool_read (pool, stream, 1, NULL, error);
 *   if (record != NULL)
 *     g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
 *                  "the last record is cut off");
 *
 *   return NULL;
 * }
 * ```
 *
 * May be called from any thread, as far as the stream may be.
 *
 * Fails as [method@Pool.read] does.
 *
 * Returns: (transfer full): the bytes that were read
 *
 * Since: 0.9
 */
BpPooledSlice *
bp_pool_read_all (BpPool        *self,
                  GInputStream  *stream,
                  gsize          count,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_return_val_if_fail (BP_IS_POOL (self), NULL);
  require_bytes (self, NULL);
  g_return_val_if_fail (G_IS_INPUT_STREAM (stream), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  return read_now (self, stream, count, READ_ALL, cancellable, error);
}

/**
 * bp_pool_read_bytes:
 * @self: a pool whose elements are of 1 byte
 * @stream: a stream
 * @count: the most bytes to read
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Reads from a stream, once, as [method@Gio.InputStream.read_bytes] does, into a
 * buffer of the pool: to be put in its place.
 *
 * The bytes pin the buffer, all of it even if they are few, and give it back when
 * they are gone. At the end of the stream they are empty, and pin nothing.
 *
 * May be called from any thread, as far as the stream may be.
 *
 * Fails as [method@Pool.read] does.
 *
 * Returns: (transfer full): the bytes that were read
 *
 * Since: 0.9
 */
GBytes *
bp_pool_read_bytes (BpPool        *self,
                    GInputStream  *stream,
                    gsize          count,
                    GCancellable  *cancellable,
                    GError       **error)
{
  g_autoptr (BpPooledSlice) slice = NULL;

  g_return_val_if_fail (BP_IS_POOL (self), NULL);
  require_bytes (self, NULL);
  g_return_val_if_fail (G_IS_INPUT_STREAM (stream), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  slice = read_now (self, stream, count, READ_ONCE, cancellable, error);
  if (slice == NULL)
    return NULL;
  if (bp_pooled_slice_is_empty (slice))
    return g_bytes_new_static ("", 0);

  return bp_pooled_slice_get_bytes (slice, error);
}

/* One or more reads that are under way. */
typedef struct
{
  /* NULL when it has ended: with a garbage collector the task may live for long. */
  BpPooledSlice *slice;
  gsize n_read;
  Extent extent;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_clear_pointer (&request->slice, bp_pooled_slice_unref);
  g_free (request);
}

static void on_read (GObject      *source,
                     GAsyncResult *result,
                     gpointer      user_data);

/* Takes the task. */
static void
read_more (GTask        *task,
           GInputStream *stream)
{
  Request *request = g_task_get_task_data (task);
  gsize n_left = bp_pooled_slice_get_length (request->slice) - request->n_read;

  g_input_stream_read_async (stream, get_room (request->slice, request->n_read), n_left,
                             g_task_get_priority (task), g_task_get_cancellable (task),
                             on_read, task);
}

static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GInputStream *stream = G_INPUT_STREAM (source);
  Request *request = g_task_get_task_data (task);
  GError *failure = NULL;
  GError *error = NULL;
  BpPooledSlice *slice;
  gssize n_more;

  n_more = g_input_stream_read_finish (stream, result, &failure);
  if (count_read (request->extent, bp_pooled_slice_get_length (request->slice), n_more,
                  &request->n_read, &failure))
    {
      read_more (g_steal_pointer (&task), stream);
      return;
    }

  slice = end (g_steal_pointer (&request->slice), stream, request->n_read, failure, &error);
  if (slice == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, slice, (GDestroyNotify) bp_pooled_slice_unref);
}

/* The tags tell the tasks of the two functions from each other and from others. */
static const char read_tag;
static const char read_all_tag;

static void
read_later (BpPool              *self,
            GInputStream        *stream,
            gsize                count,
            Extent               extent,
            int                  io_priority,
            GCancellable        *cancellable,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  Request *request;
  BpPooledSlice *slice;

  g_task_set_source_tag (task, (gpointer) (extent == READ_ALL ? &read_all_tag : &read_tag));
  g_task_set_name (task, extent == READ_ALL ? "bp_pool_read_all_async" : "bp_pool_read_async");
  g_task_set_priority (task, io_priority);
  /* The stream fails if it is cancelled in time. Later there are bytes to be passed on. */
  g_task_set_check_cancellable (task, FALSE);

  slice = begin (self, stream, count, cancellable, &error);
  if (slice == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  request = g_new (Request, 1);
  *request = (Request) { .slice = slice, .extent = extent };
  g_task_set_task_data (task, request, request_free);
  read_more (g_steal_pointer (&task), stream);
}

/**
 * bp_pool_read_async:
 * @self: a pool whose elements are of 1 byte
 * @stream: a stream
 * @count: the most bytes to read
 * @io_priority: the priority of the request, such as %G_PRIORITY_DEFAULT
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Reads from a stream into a buffer of the pool, as [method@Pool.read] does,
 * without waiting. @callback runs in the thread-default main context of the
 * calling thread and gets the slice by [method@Pool.read_finish].
 *
 * The buffer is held until the stream is done with it, also when the request is
 * cancelled. A request that is cancelled after the bytes have come gives the bytes.
 *
 * Since: 0.9
 */
void
bp_pool_read_async (BpPool              *self,
                    GInputStream        *stream,
                    gsize                count,
                    int                  io_priority,
                    GCancellable        *cancellable,
                    GAsyncReadyCallback  callback,
                    gpointer             user_data)
{
  g_return_if_fail (BP_IS_POOL (self));
  require_bytes (self, );
  g_return_if_fail (G_IS_INPUT_STREAM (stream));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  read_later (self, stream, count, READ_ONCE, io_priority, cancellable, callback, user_data);
}

/**
 * bp_pool_read_finish:
 * @self: the pool
 * @result: the #GAsyncResult that the callback got
 * @error: return location for a #GError
 *
 * Ends what [method@Pool.read_async] began.
 *
 * Returns: (transfer full): the bytes that were read; none at the end of the
 *   stream
 *
 * Since: 0.9
 */
BpPooledSlice *
bp_pool_read_finish (BpPool        *self,
                     GAsyncResult  *result,
                     GError       **error)
{
  g_return_val_if_fail (BP_IS_POOL (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, (gpointer) &read_tag), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * bp_pool_read_all_async:
 * @self: a pool whose elements are of 1 byte
 * @stream: a stream
 * @count: how many bytes to read
 * @io_priority: the priority of the request, such as %G_PRIORITY_DEFAULT
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Reads @count bytes from a stream into a buffer of the pool, as
 * [method@Pool.read_all] does, without waiting. @callback runs in the thread-default
 * main context of the calling thread and gets the slice by
 * [method@Pool.read_all_finish].
 *
 * The buffer is held until the stream is done with it, also when the request is
 * cancelled. The bytes that have come by then are given, as by
 * [method@Pool.read_all]. Nothing else may read from the stream meanwhile.
 *
 * Since: 0.9
 */
void
bp_pool_read_all_async (BpPool              *self,
                        GInputStream        *stream,
                        gsize                count,
                        int                  io_priority,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (BP_IS_POOL (self));
  require_bytes (self, );
  g_return_if_fail (G_IS_INPUT_STREAM (stream));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  read_later (self, stream, count, READ_ALL, io_priority, cancellable, callback, user_data);
}

/**
 * bp_pool_read_all_finish:
 * @self: the pool
 * @result: the #GAsyncResult that the callback got
 * @error: return location for a #GError
 *
 * Ends what [method@Pool.read_all_async] began.
 *
 * Returns: (transfer full): the bytes that were read; fewer if the stream has ended
 *   or failed, or the request was cancelled
 *
 * Since: 0.9
 */
BpPooledSlice *
bp_pool_read_all_finish (BpPool        *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (BP_IS_POOL (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, (gpointer) &read_all_tag), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
