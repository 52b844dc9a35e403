/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <unistd.h>

#define SOCKET_SCHEME "tcp"
#define NUMBER_OF_FORM "tcp://127.0.0.1:PORT"

/* Every message begins with the source that it is about. */
static gboolean
set_error (GError     **error,
           const char  *name,
           int          code,
           const char  *message)
{
  g_autofree char *display_name = g_filename_display_name (name);

  g_set_error (error, G_IO_ERROR, code, "%s: %s", display_name, message);

  return FALSE;
}

static gboolean
set_error_from_errno (GError     **error,
                      const char  *name,
                      int          code)
{
  return set_error (error, name, g_io_error_from_errno (code), g_strerror (code));
}

static gboolean
has_scheme (const char *argument)
{
  g_autofree char *scheme = g_uri_parse_scheme (argument);

  return scheme != NULL && g_str_has_prefix (argument + strlen (scheme), "://");
}

/* The stream polls what is no regular file, so that a wait for a pipe can be
 * cancelled. */
static gboolean
open_file (Source  *self,
           GError **error)
{
  int fd = open (self->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

  if (fd < 0)
    return set_error_from_errno (error, self->name, errno);

  self->stream = g_unix_input_stream_new (fd, TRUE);
  if (fstat (fd, &self->file) != 0)
    return set_error_from_errno (error, self->name, errno);
  if (S_ISDIR (self->file.st_mode))
    return set_error_from_errno (error, self->name, EISDIR);

  if (S_ISREG (self->file.st_mode))
    self->size = self->file.st_size;

  return TRUE;
}

/* The address is never looked up, so nothing leaves this machine. */
static GSocketConnectable *
parse_address (const char  *name,
               GError     **error)
{
  g_autoptr (GUri) uri = g_uri_parse (name, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GInetAddress) address = NULL;
  const char *host;
  int port;

  if (uri == NULL || !g_str_equal (g_uri_get_scheme (uri), SOCKET_SCHEME)
      || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || g_uri_get_port (uri) < 1
      || g_uri_get_userinfo (uri) != NULL || *g_uri_get_path (uri) != '\0'
      || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    {
      set_error (error, name, G_IO_ERROR_INVALID_ARGUMENT,
                 "no source: use a file or " NUMBER_OF_FORM);
      return NULL;
    }

  host = g_uri_get_host (uri);
  port = g_uri_get_port (uri);
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return g_network_address_new_loopback (port);

  address = g_inet_address_new_from_string (host);
  if (address == NULL || !g_inet_address_get_is_loopback (address))
    {
      set_error (error, name, G_IO_ERROR_PERMISSION_DENIED,
                 "not a loopback address: use 127.0.0.1, [::1] or localhost");
      return NULL;
    }

  return G_SOCKET_CONNECTABLE (g_inet_socket_address_new (address, port));
}

static gboolean
connect_to (Source              *self,
            GSocketConnectable  *address,
            GError             **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) local_error = NULL;
  GSocketConnection *connection;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect (client, address, NULL, &local_error);
  if (connection == NULL)
    return set_error (error, self->name, local_error->code, local_error->message);

  self->connection = G_IO_STREAM (connection);
  self->stream = g_object_ref (g_io_stream_get_input_stream (self->connection));

  return TRUE;
}

static Source *
source_new (SourceKind  kind,
            const char *name)
{
  Source *self = g_new0 (Source, 1);

  self->kind = kind;
  self->name = g_strdup (name);
  self->size = -1;

  return self;
}

/**
 * source_open:
 * @argument: the name of a file, or the address of a socket to connect to
 *
 * Returns: (nullable): the source, or %NULL with @error set
 */
Source *
source_open (const char  *argument,
             GError     **error)
{
  gboolean is_file = !has_scheme (argument);
  g_autoptr (Source) self = source_new (is_file ? SOURCE_FILE : SOURCE_SOCKET, argument);
  g_autoptr (GSocketConnectable) address = NULL;

  if (is_file)
    return open_file (self, error) ? g_steal_pointer (&self) : NULL;

  address = parse_address (argument, error);
  if (address == NULL || !connect_to (self, address, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * source_open_test:
 * @number: which test source
 * @n_bytes: how much it sends
 * @bytes_per_second: how fast; 0 for as fast as it goes
 *
 * Starts a server, and connects to it as to any other.
 *
 * Returns: (nullable): the source, or %NULL with @error set
 */
Source *
source_open_test (guint     number,
                  guint64   n_bytes,
                  guint64   bytes_per_second,
                  GError  **error)
{
  g_autofree char *name = g_strdup_printf ("test:%u", number);
  g_autoptr (Source) self = source_new (SOURCE_TEST, name);
  g_autoptr (GSocketConnectable) address = NULL;

  self->server = test_server_new (number, n_bytes, bytes_per_second, error);
  if (self->server == NULL)
    return NULL;

  self->size = n_bytes;
  address = g_network_address_new ("127.0.0.1", test_server_get_port (self->server));

  return connect_to (self, address, error) ? g_steal_pointer (&self) : NULL;
}

void
source_free (Source *self)
{
  g_clear_object (&self->stream);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->server, test_server_free);
  g_free (self->name);
  g_free (self);
}

/**
 * source_is_file:
 * @self: the source
 * @file: a file
 *
 * Returns: whether @self reads that file
 */
gboolean
source_is_file (const Source      *self,
                const struct stat *file)
{
  return self->kind == SOURCE_FILE && S_ISREG (self->file.st_mode)
      && self->file.st_dev == file->st_dev && self->file.st_ino == file->st_ino;
}

/**
 * source_can_be_reread:
 * @argument: as for source_open()
 *
 * Returns: whether a second reader gets the same bytes again
 */
gboolean
source_can_be_reread (const char *argument)
{
  struct stat file;

  return !has_scheme (argument) && (stat (argument, &file) != 0 || S_ISREG (file.st_mode));
}
