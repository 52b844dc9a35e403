/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-read.h"

#include "bp-pooled-private.h"
#include "bp-pool-acquire.h"
#include "bp-pool-properties.h"
#include "bp-pooled-slice-private.h"
#include "bp-pooled.h"

/* Reading from streams into pooled buffers. What a stream has given is never lost: all
 * that can fail for want of memory comes before it is asked, and what has been read is
 * passed on even if the request has been cancelled meanwhile. */

/* Tells the tasks made here from others. */
static const char read_tag;

/* The slice to read into, of as many bytes as may come. */
static BpPooledSlice *
begin (BpPool        *self,
       gsize          count,
       GCancellable  *cancellable,
       GError       **error)
{
  BpPooled *pooled;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  pooled = bp_pool_acquire_uninit (self, count, error);
  if (pooled == NULL)
    return NULL;

  return bp_pooled_slice_new_take (pooled, count, error);
}

static gpointer
get_room (BpPooledSlice *slice)
{
  return (gpointer) bp_pooled_slice_get_data (slice, NULL);
}

/* Takes the slice and the stream's error. Streams may be written in a script, so what
 * they say is checked. */
static BpPooledSlice *
end (BpPooledSlice  *slice,
     gssize          n_read,
     GError         *failure,
     GError        **error)
{
  g_autoptr (BpPooledSlice) taken = slice;
  gsize count = bp_pooled_slice_get_length (taken);

  if (n_read < 0 && failure == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                         "The stream has failed and does not say why");
  else if (n_read < 0)
    g_propagate_error (error, failure);
  else if ((gsize) n_read > count)
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "The stream says that it has read %" G_GSSIZE_FORMAT " bytes, but there "
                 "was room for %" G_GSIZE_FORMAT, n_read, count);
  else
    bp_pooled_slice_shorten (taken, (gsize) n_read);

  return n_read >= 0 && (gsize) n_read <= count ? g_steal_pointer (&taken) : NULL;
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
 * What can fail but the stream comes first, so that no byte is read and then lost.
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
  BpPooledSlice *slice;
  GError *failure = NULL;
  gssize n_read;

  g_return_val_if_fail (BP_IS_POOL (self), NULL);
  bp_require (bp_pool_get_element_size (self) == 1, NULL,
              "A stream is read into a pool of bytes, such as of BP_ELEMENT_TYPE_U8");
  g_return_val_if_fail (G_IS_INPUT_STREAM (stream), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  slice = begin (self, count, cancellable, error);
  if (slice == NULL)
    return NULL;

  n_read = g_input_stream_read (stream, get_room (slice), count, cancellable, &failure);

  return end (slice, n_read, failure, error);
}

/* With a garbage collector the task may live for long; the slice is taken out of it. */
static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *failure = NULL;
  GError *error = NULL;
  BpPooledSlice *slice;
  gssize n_read;

  n_read = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &failure);
  slice = end (bp_pooled_slice_ref (g_task_get_task_data (task)), n_read, failure, &error);
  g_task_set_task_data (task, NULL, NULL);
  if (slice == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, slice, (GDestroyNotify) bp_pooled_slice_unref);
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
 * cancelled. A request that is cancelled when the bytes have come already gives
 * the bytes.
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
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;
  BpPooledSlice *slice;

  g_return_if_fail (BP_IS_POOL (self));
  bp_require (bp_pool_get_element_size (self) == 1, ,
              "A stream is read into a pool of bytes, such as of BP_ELEMENT_TYPE_U8");
  g_return_if_fail (G_IS_INPUT_STREAM (stream));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, (gpointer) &read_tag);
  g_task_set_priority (task, io_priority);
  /* Cancelled in time, the read fails. Later there are bytes that nobody else has. */
  g_task_set_check_cancellable (task, FALSE);

  slice = begin (self, count, cancellable, &error);
  if (slice == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_task_set_task_data (task, slice, (GDestroyNotify) bp_pooled_slice_unref);
  g_input_stream_read_async (stream, get_room (slice), count, io_priority, cancellable, on_read,
                             g_steal_pointer (&task));
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
