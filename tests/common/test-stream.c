/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-stream.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (TestStream, test_stream, G_TYPE_INPUT_STREAM)

static gssize
test_stream_read (GInputStream  *stream,
                  void          *buffer,
                  gsize          count,
                  GCancellable  *cancellable,
                  GError       **error)
{
  TestStream *self = TEST_STREAM (stream);
  gsize n_read;

  self->buffer = buffer;
  self->count = count;
  self->n_reads++;
  if (self->on_read != NULL)
    self->on_read (self, self->on_read_data);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return -1;
  if (self->error != NULL && self->n_before_error == 0)
    {
      g_propagate_error (error, g_error_copy (self->error));
      if (self->fails_once)
        g_clear_error (&self->error);
      return -1;
    }

  if (self->lie != 0)
    return self->lie;

  n_read = MIN (count, self->n_left);
  if (self->max_read > 0)
    n_read = MIN (n_read, self->max_read);
  if (self->error != NULL)
    {
      n_read = MIN (n_read, self->n_before_error);
      self->n_before_error -= n_read;
    }
  memcpy (buffer, self->data, n_read);
  self->data += n_read;
  self->n_left -= n_read;

  return (gssize) n_read;
}

typedef struct
{
  gpointer buffer;
  gsize count;
} Request;

static void
test_stream_read_async (GInputStream        *stream,
                        void                *buffer,
                        gsize                count,
                        int                  io_priority,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  TestStream *self = TEST_STREAM (stream);
  Request *request = g_new (Request, 1);

  g_assert_null (self->pending);

  request->buffer = buffer;
  request->count = count;
  self->pending = g_task_new (self, cancellable, callback, user_data);
  /* As GIO's own streams: what has been read is given, cancelled or not. */
  g_task_set_check_cancellable (self->pending, FALSE);
  g_task_set_task_data (self->pending, request, g_free);
  g_task_set_priority (self->pending, io_priority);
  if (!self->is_held)
    test_stream_finish (self);
}

void
test_stream_finish (TestStream *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->pending);
  Request *request;
  GError *error = NULL;
  gssize n_read;

  g_assert_nonnull (task);
  request = g_task_get_task_data (task);
  n_read = test_stream_read (G_INPUT_STREAM (self), request->buffer, request->count,
                             g_task_get_cancellable (task), &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, n_read);
}

static gssize
test_stream_read_finish (GInputStream  *stream,
                         GAsyncResult  *result,
                         GError       **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}

static void
test_stream_finalize (GObject *object)
{
  TestStream *self = TEST_STREAM (object);

  g_assert_null (self->pending);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (test_stream_parent_class)->finalize (object);
}

static void
test_stream_class_init (TestStreamClass *klass)
{
  GInputStreamClass *stream_class = G_INPUT_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_stream_finalize;
  stream_class->read_fn = test_stream_read;
  stream_class->read_async = test_stream_read_async;
  stream_class->read_finish = test_stream_read_finish;
}

static void
test_stream_init (TestStream *self)
{
}

TestStream *
test_stream_new (gconstpointer data,
                 gsize         n_bytes)
{
  TestStream *self = g_object_new (TEST_TYPE_STREAM, NULL);

  self->data = data;
  self->n_left = n_bytes;

  return self;
}
