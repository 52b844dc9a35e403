/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "message.h"
#include "output.h"
#include "report.h"

/* Enough for a callback; what is locked should be little. */
#define STACK_SIZE (256 * 1024)

static int
start_callback (Callback  *callback,
                pthread_t *thread)
{
  pthread_attr_t attr;
  int code;

  pthread_attr_init (&attr);
  pthread_attr_setstacksize (&attr, STACK_SIZE);
  code = pthread_create (thread, &attr, callback_run, callback);
  pthread_attr_destroy (&attr);

  return code;
}

/* Locks all memory that there is by now, the stacks of the threads too: it is there, and
 * stays. Memory that is allocated later is not locked. */
static int
lock_memory (void)
{
  return mlockall (MCL_CURRENT) == 0 ? 0 : errno;
}

static gboolean
run_threads (Callback  *callback,
             Writer    *writer,
             int       *lock_error,
             GError   **error)
{
  pthread_t callback_thread;
  GThread *writer_thread;
  int code;

  pthread_barrier_init (&callback->gate, NULL, 2);
  code = start_callback (callback, &callback_thread);
  if (code != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   "cannot start a thread: %s", g_strerror (code));
      pthread_barrier_destroy (&callback->gate);
      return FALSE;
    }
  pthread_barrier_wait (&callback->gate);

  writer_thread = g_thread_new ("writer", writer_run, writer);
  *lock_error = lock_memory ();
  callback->begin_ns = callback_get_time ();
  pthread_barrier_wait (&callback->gate);

  pthread_join (callback_thread, NULL);
  g_thread_join (writer_thread);
  pthread_barrier_destroy (&callback->gate);

  return TRUE;
}

static gboolean
run (const Options  *options,
     GError        **error)
{
  g_autoptr (Memory) memory = NULL;
  g_autoptr (WavWriter) file = NULL;
  Ring ring = { 0 };
  Callback callback = { .options = options, .ring = &ring };
  Writer writer = { .options = options, .callback = &callback };
  int lock_error;
  gboolean has_run;

  memory = memory_new (options->memory, (guint) options->n_buffers,
                       (gsize) options->period * CHANNELS, error);
  if (memory == NULL)
    return FALSE;
  if (options->output != NULL)
    {
      file = wav_writer_new (options->output, options->rate, CHANNELS, error);
      if (file == NULL)
        return FALSE;
    }

  callback.memory = memory;
  writer.file = file;
  ring_init (&ring, (guint) options->n_buffers);
  has_run = run_threads (&callback, &writer, &lock_error, error);
  ring_clear (&ring);
  if (writer.error != NULL)
    {
      g_propagate_error (error, writer.error);
      return FALSE;
    }
  if (has_run)
    report_print (options, &callback, &writer, lock_error);

  return has_run;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (Options) options = NULL;
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");

  /* Files that may not grow and pipes without a reader are errors to report */
  signal (SIGXFSZ, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);

  options = options_new_parsed (&argc, &argv, &error);
  if (options == NULL)
    {
      message_print (error->message);
      return EXIT_FAILURE;
    }
  if (options->show_version)
    {
      printf ("realtime %s\n", BP_VERSION_S);
      return EXIT_SUCCESS;
    }
  if (!run (options, &error))
    {
      message_print (error->message);
      return EXIT_FAILURE;
    }

  return output_flush ("the report") ? EXIT_SUCCESS : EXIT_FAILURE;
}
