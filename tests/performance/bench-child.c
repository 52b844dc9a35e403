/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>

#include "bench-subject.h"

#define CHUNK 512

struct _BenchChild
{
  GPid pid;
  int to;
  int from;
  GString *heard;    /* what has come, beyond the last whole line */
};

/* The file this program was started from; asked for by name, which valgrind answers too */
char *
bench_child_dup_program (void)
{
  return g_file_read_link ("/proc/self/exe", NULL);
}

static char **
make_environment (const char *preload,
                  const char *tunables)
{
  char **environment = g_get_environ ();
  const char *others = g_environ_getenv (environment, "LD_PRELOAD");
  g_autofree char *list = NULL;

  if (tunables != NULL)
    environment = g_environ_setenv (environment, BENCH_TUNABLES, tunables, TRUE);
  if (preload == NULL)
    return environment;

  list = others != NULL && *others != '\0' ? g_strconcat (preload, ":", others, NULL)
                                           : g_strdup (preload);

  return g_environ_setenv (environment, "LD_PRELOAD", list, TRUE);
}

/* Starts a program, or this one if that is NULL, with other arguments. With a
 * preload, the dynamic linker's complaint about a missing one is not shown, nor is
 * anything else.
 */
BenchChild *
bench_child_new (const char         *other_program,
                 const char *const  *arguments,
                 const char         *preload,
                 const char         *tunables,
                 GError            **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_auto (GStrv) environment = make_environment (preload, tunables);
  g_autofree char *program = other_program != NULL ? g_strdup (other_program)
                                                   : bench_child_dup_program ();
  g_autofree BenchChild *self = g_new0 (BenchChild, 1);
  GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD;

  if (preload != NULL)
    flags |= G_SPAWN_STDERR_TO_DEV_NULL;

  if (program == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "/proc/self/exe cannot be read");
      return NULL;
    }

  g_ptr_array_add (argv, program);
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);

  if (!g_spawn_async_with_pipes (NULL, (char **) argv->pdata, environment, flags, NULL, NULL,
                                 &self->pid, &self->to, &self->from, NULL, error))
    return NULL;

  self->heard = g_string_new (NULL);

  return g_steal_pointer (&self);
}

static JsonObject *
take_line (BenchChild  *self,
           gsize        length,
           GError     **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gboolean parsed = json_parser_load_from_data (parser, self->heard->str, (gssize) length, error);
  JsonNode *root;

  g_string_erase (self->heard, 0, (gssize) length + 1);
  if (!parsed)
    return NULL;

  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the child said no JSON object");
      return NULL;
    }

  return json_object_ref (json_node_get_object (root));
}

/* TRUE when something came; a G_IO_ERROR_TIMED_OUT when nothing did in time */
static gboolean
wait_for_more (BenchChild  *self,
               gint64       deadline,
               GError     **error)
{
  struct pollfd poll_fd = { .fd = self->from, .events = POLLIN };
  int n;

  do
    {
      gint64 left = MAX (deadline - g_get_monotonic_time (), 0);

      n = poll (&poll_fd, 1, (int) ((left + 999) / 1000));
    }
  while (n < 0 && errno == EINTR);

  if (n == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "it took too long");
  else if (n < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "poll(): %s", g_strerror (errno));

  return n > 0;
}

/* The next line; fails when the child ends before it, or does not say one in time */
JsonObject *
bench_child_read (BenchChild  *self,
                  double       seconds,
                  GError     **error)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);

  for (;;)
    {
      const char *end = strchr (self->heard->str, '\n');
      char chunk[CHUNK];
      ssize_t n;

      if (end != NULL)
        return take_line (self, (gsize) (end - self->heard->str), error);
      if (!wait_for_more (self, deadline, error))
        return NULL;

      n = read (self->from, chunk, sizeof chunk);
      if (n > 0)
        {
          g_string_append_len (self->heard, chunk, n);
        }
      else if (n == 0 || errno != EINTR)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "it ended before it was done");
          return NULL;
        }
    }
}

gboolean
bench_child_ask (BenchChild  *self,
                 GError     **error)
{
  ssize_t n;

  do
    n = write (self->to, "\n", 1);
  while (n < 0 && errno == EINTR);

  if (n == 1)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "it ended before it was done");

  return FALSE;
}

static void
close_pipe (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static int
reap (BenchChild *self)
{
  int status = 0;

  while (waitpid (self->pid, &status, 0) < 0 && errno == EINTR)
    ;
  self->pid = 0;

  return status;
}

/* Nothing more will be asked; fails when the child does not end well for that */
gboolean
bench_child_finish (BenchChild  *self,
                    double       seconds,
                    GError     **error)
{
  g_autoptr (GError) end = NULL;
  g_autoptr (JsonObject) more = NULL;

  close_pipe (&self->to);
  more = bench_child_read (self, seconds, &end);

  if (more != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it said more than it was asked");
      return FALSE;
    }
  if (!g_error_matches (end, G_IO_ERROR, G_IO_ERROR_CLOSED))
    {
      g_propagate_error (error, g_steal_pointer (&end));
      return FALSE;
    }

  return g_spawn_check_wait_status (reap (self), error);
}

/* One that has not finished is not asked to. */
void
bench_child_free (BenchChild *self)
{
  close_pipe (&self->to);
  close_pipe (&self->from);
  if (self->pid != 0)
    {
      kill (self->pid, SIGKILL);
      reap (self);
    }
  g_string_free (self->heard, TRUE);
  g_free (self);
}
