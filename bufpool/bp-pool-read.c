/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-read.h"

#include "bp-pooled-private.h"
#include "bp-pool-acquire.h"
#include "bp-pool-properties.h"
#include "bp-pooled-slice.h"
#include "bp-pooled.h"

/* Reading from streams into pooled buffers. */

/* Tells the tasks made here from others. */
static const char read_tag;

static BpPooledSlice *
make_slice (BpPooled  *pooled,
            gsize      n_read,
            GError   **error)
{
  bp_poke (pooled->length, n_read);

  return bp_pooled_slice_new_take (pooled, n_read, error);
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
  g_autoptr (BpPooled) pooled = NULL;
  gssize n_read;

  g_return_val_if_fail (BP_IS_POOL (self), NULL);
  bp_require (bp_pool_get_element_size (self) == 1, NULL,
              "A stream is read into a pool of bytes, such as of BP_ELEMENT_TYPE_U8");
  g_return_val_if_fail (G_IS_INPUT_STREAM (stream), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  pooled = bp_pool_acquire_uninit (self, count, error);
  if (pooled == NULL)
    return NULL;

  n_read = g_input_stream_read (stream, bp_pooled_get_data (pooled, NULL), count,
                                cancellable, error);
  if (n_read < 0)
    return NULL;

  return make_slice (g_steal_pointer (&pooled), (gsize) n_read, error);
}

static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  BpPooledSlice *slice;
  gssize n_read;

  n_read = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);
  if (n_read < 0)
    {
      /* A garbage collector may keep the task for long. */
      g_task_set_task_data (task, NULL, NULL);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  slice = make_slice (bp_pooled_ref (g_task_get_task_data (task)), (gsize) n_read, &error);
  g_task_set_task_data (task, NULL, NULL);
  if (slice == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
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
 * cancelled.
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
  g_autoptr (GError) error = NULL;
  BpPooled *pooled;

  g_return_if_fail (BP_IS_POOL (self));
  bp_require (bp_pool_get_element_size (self) == 1, ,
              "A stream is read into a pool of bytes, such as of BP_ELEMENT_TYPE_U8");
  g_return_if_fail (G_IS_INPUT_STREAM (stream));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, (gpointer) &read_tag);
  g_task_set_priority (task, io_priority);

  pooled = bp_pool_acquire_uninit (self, count, &error);
  if (pooled == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  g_task_set_task_data (task, pooled, (GDestroyNotify) bp_pooled_unref);
  g_input_stream_read_async (stream, bp_pooled_get_data (pooled, NULL), count, io_priority,
                             cancellable, on_read, g_steal_pointer (&task));
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
