/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>
#include <gio/gunixconnection.h>
#include <sysprof-capture.h>

/*
 * Runs a program as Sysprof does, with the data source for applications and no other: that
 * needs neither D-Bus nor rights. Writes the capture, reads it back, and prints bufpool's
 * marks and counters, a JSON object a line. GLib may have some of its own.
 *
 *   capture FILE COMMAND [ARGUMENT...]
 *
 * A thread of the program that has something to say asks at the descriptor in
 * SYSPROF_CONTROL_FD for a ring in shared memory, and gets its descriptor.
 */

/* Of the static library, which has no header for them. */
typedef struct _MappedRingBuffer MappedRingBuffer;
typedef bool (*MappedRingBufferCallback) (const void *data, size_t *length, void *user_data);
MappedRingBuffer *mapped_ring_buffer_new_reader (size_t buffer_size);
int mapped_ring_buffer_get_fd (MappedRingBuffer *self);
bool mapped_ring_buffer_drain (MappedRingBuffer *self, MappedRingBufferCallback callback, void *user_data);
void mapped_ring_buffer_unref (MappedRingBuffer *self);
bool _sysprof_capture_writer_add_raw (SysprofCaptureWriter *self, const SysprofCaptureFrame *frame);

#define REQUEST "CreatRing"
#define RING_BYTES (4 * 1024 * 1024)
#define DRAIN_MILLISECONDS 5

typedef struct
{
  SysprofCaptureWriter *writer;
  GPtrArray *rings;
  GSocketConnection *connection;
  GMainLoop *loop;
  char request[sizeof REQUEST];
  int status;
} Capture;

static bool
on_frame (const void *data,
          size_t     *length,
          void       *user_data)
{
  const SysprofCaptureFrame *frame = data;
  Capture *self = user_data;

  if (*length < sizeof *frame || *length < frame->len || frame->len < sizeof *frame)
    return FALSE;
  /* A thread that ends says so by a frame of a type that is none. */
  if (frame->type < SYSPROF_CAPTURE_FRAME_LAST)
    _sysprof_capture_writer_add_raw (self->writer, frame);
  *length = frame->len;

  return TRUE;
}

static gboolean
drain (gpointer data)
{
  Capture *self = data;

  for (guint i = 0; i < self->rings->len; i++)
    mapped_ring_buffer_drain (self->rings->pdata[i], on_frame, self);

  return G_SOURCE_CONTINUE;
}

static void ask (Capture *self);

static void
on_request (GObject      *stream,
            GAsyncResult *result,
            gpointer      data)
{
  Capture *self = data;
  MappedRingBuffer *ring;
  gsize n_read;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (stream), result, &n_read, NULL) ||
      n_read < sizeof self->request)
    return;
  if (memcmp (self->request, REQUEST, sizeof REQUEST) != 0)
    g_error ("The program asked for something else than a ring");

  ring = mapped_ring_buffer_new_reader (RING_BYTES);
  g_ptr_array_add (self->rings, ring);
  g_unix_connection_send_fd (G_UNIX_CONNECTION (self->connection), mapped_ring_buffer_get_fd (ring),
                             NULL, NULL);
  ask (self);
}

static void
ask (Capture *self)
{
  g_input_stream_read_all_async (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)),
                                 self->request, sizeof self->request, G_PRIORITY_DEFAULT, NULL,
                                 on_request, self);
}

static void
on_ended (GPid     pid G_GNUC_UNUSED,
          int      status,
          gpointer data)
{
  Capture *self = data;

  self->status = status;
  g_main_loop_quit (self->loop);
}

static int
run (const char  *file,
     char       **command)
{
  Capture self = { .rings = g_ptr_array_new_with_free_func ((GDestroyNotify) mapped_ring_buffer_unref) };
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = NULL;
  int fds[2], theirs = 3;
  GPid pid;

  self.writer = sysprof_capture_writer_new (file, 0);
  if (self.writer == NULL || socketpair (AF_LOCAL, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    g_error ("%s: %s", file, g_strerror (errno));
  socket = g_socket_new_from_fd (fds[0], NULL);
  self.connection = g_socket_connection_factory_create_connection (socket);
  self.loop = g_main_loop_new (NULL, FALSE);

  environment = g_environ_setenv (environment, "SYSPROF_CONTROL_FD", "3", TRUE);
  if (!g_spawn_async_with_pipes_and_fds (NULL, (const char *const *) command,
                                         (const char *const *) environment,
                                         G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH_FROM_ENVP,
                                         NULL, NULL, -1, STDERR_FILENO, STDERR_FILENO, &fds[1],
                                         &theirs, 1, &pid, NULL, NULL, NULL, &error))
    g_error ("%s", error->message);
  close (fds[1]);

  g_child_watch_add (pid, on_ended, &self);
  g_timeout_add (DRAIN_MILLISECONDS, drain, &self);
  ask (&self);
  g_main_loop_run (self.loop);
  drain (&self);
  sysprof_capture_writer_flush (self.writer);
  sysprof_capture_writer_unref (self.writer);

  return self.status;
}

static void
print_mark (SysprofCaptureReader *reader)
{
  const SysprofCaptureMark *mark = sysprof_capture_reader_read_mark (reader);
  g_autofree char *message = NULL;

  if (!g_str_equal (mark->group, "bufpool"))
    return;

  message = g_strescape (mark->message, NULL);
  g_print ("{\"mark\": \"%s\", \"group\": \"%s\", \"time\": %" G_GINT64_FORMAT ", \"duration\": %"
           G_GINT64_FORMAT ", \"message\": \"%s\"}\n", mark->name, mark->group, mark->frame.time,
           mark->duration, message);
}

static void
print_definitions (SysprofCaptureReader *reader)
{
  const SysprofCaptureCounterDefine *define = sysprof_capture_reader_read_counter_define (reader);

  for (guint i = 0; i < define->n_counters; i++)
    {
      if (!g_str_has_prefix (define->counters[i].category, "bufpool "))
        continue;
      g_print ("{\"counter\": %u, \"category\": \"%s\", \"name\": \"%s\"}\n",
               define->counters[i].id, define->counters[i].category, define->counters[i].name);
    }
}

static void
print_values (SysprofCaptureReader *reader)
{
  const SysprofCaptureCounterSet *set = sysprof_capture_reader_read_counter_set (reader);

  for (guint i = 0; i < set->n_values; i++)
    {
      for (guint k = 0; k < G_N_ELEMENTS (set->values[i].ids); k++)
        {
          if (set->values[i].ids[k] != 0)
            g_print ("{\"set\": %u, \"time\": %" G_GINT64_FORMAT ", \"value\": %" G_GINT64_FORMAT "}\n",
                     set->values[i].ids[k], set->frame.time, set->values[i].values[k].v64);
        }
    }
}

static void
print (const char *file)
{
  SysprofCaptureReader *reader = sysprof_capture_reader_new (file);
  SysprofCaptureFrameType type;

  if (reader == NULL)
    g_error ("%s is no capture", file);

  while (sysprof_capture_reader_peek_type (reader, &type))
    {
      if (type == SYSPROF_CAPTURE_FRAME_MARK)
        print_mark (reader);
      else if (type == SYSPROF_CAPTURE_FRAME_CTRDEF)
        print_definitions (reader);
      else if (type == SYSPROF_CAPTURE_FRAME_CTRSET)
        print_values (reader);
      else if (!sysprof_capture_reader_skip (reader))
        break;
    }
  sysprof_capture_reader_unref (reader);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc < 3)
    {
      g_printerr ("Usage: %s FILE COMMAND [ARGUMENT...]\n", argv[0]);
      return 2;
    }
  if (!g_spawn_check_wait_status (run (argv[1], argv + 2), &error))
    {
      g_printerr ("%s: %s: %s\n", argv[0], argv[2], error->message);
      return 1;
    }
  print (argv[1]);

  return 0;
}
