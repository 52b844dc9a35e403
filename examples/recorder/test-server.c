/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-server.h"

#include "pace.h"
#include "test-data.h"

#define CHUNK_BYTES (64 * 1024)

struct _TestServer
{
  guint         source;
  guint64       n_bytes;
  guint64       bytes_per_second;

  GSocket      *socket;
  guint16       port;
  GCancellable *cancellable;
  GThread      *thread;
};

/* The reader may go away at any time. That is no error here: the reader knows why. */
static void
send_all (TestServer    *self,
          GOutputStream *stream)
{
  g_autofree guint8 *chunk = g_malloc (CHUNK_BYTES);
  Pace pace;

  pace_init (&pace, self->bytes_per_second);

  for (guint64 sent = 0; sent < self->n_bytes;)
    {
      gsize n = MIN (CHUNK_BYTES, self->n_bytes - sent);

      test_data_fill (self->source, sent, chunk, n);
      if (!g_output_stream_write_all (stream, chunk, n, NULL, self->cancellable, NULL)
          || !pace_wait (&pace, n, self->cancellable))
        return;
      sent += n;
    }
}

static gpointer
server_thread (gpointer data)
{
  TestServer *self = data;
  g_autoptr (GSocket) socket = g_socket_accept (self->socket, self->cancellable, NULL);
  g_autoptr (GSocketConnection) connection = NULL;

  if (socket == NULL)
    return NULL;

  connection = g_socket_connection_factory_create_connection (socket);
  send_all (self, g_io_stream_get_output_stream (G_IO_STREAM (connection)));

  return NULL;
}

static gboolean
listen_on_loopback (TestServer  *self,
                    GError     **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;

  self->socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                               error);
  if (self->socket == NULL
      || !g_socket_bind (self->socket, any_port, FALSE, error)
      || !g_socket_listen (self->socket, error))
    return FALSE;

  address = g_socket_get_local_address (self->socket, error);
  if (address == NULL)
    return FALSE;

  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));

  return TRUE;
}

/**
 * test_server_new:
 * @source: the number of the test source, from which its data follow
 * @n_bytes: how much to send
 * @bytes_per_second: how fast; 0 for as fast as it goes
 *
 * Returns: (nullable): a server that waits for its one connection, or %NULL with
 *   @error set
 */
TestServer *
test_server_new (guint     source,
                 guint64   n_bytes,
                 guint64   bytes_per_second,
                 GError  **error)
{
  g_autoptr (TestServer) self = g_new0 (TestServer, 1);

  self->source = source;
  self->n_bytes = n_bytes;
  self->bytes_per_second = bytes_per_second;
  self->cancellable = g_cancellable_new ();

  if (!listen_on_loopback (self, error))
    return NULL;

  self->thread = g_thread_try_new ("test-server", server_thread, self, error);
  if (self->thread == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

void
test_server_free (TestServer *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->thread, g_thread_join);
  g_clear_object (&self->socket);
  g_clear_object (&self->cancellable);
  g_free (self);
}

guint16
test_server_get_port (TestServer *self)
{
  return self->port;
}
