/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "session.h"

#include "reader.h"
#include "source.h"
#include "writer.h"

/* A reader and its thread. */
typedef struct
{
  Reader   reader;
  GThread *thread;
  GError  *error;           /* why the source could not be read to its end */
} Strand;

struct _Session
{
  GPtrArray    *sources;
  FrameMemory  *memory;
  GAsyncQueue  *frames;     /* of all readers, to the writer */

  Strand       *strands;    /* one for each source */
  Writer        writer;
  GThread      *writer_thread;
  GError       *writer_error;

  GCancellable *stopping;   /* ends the reading */
  GCancellable *aborting;   /* ends the writing too */

  GSourceFunc   done;
  gpointer      done_data;
};

static gboolean
open_sources (Session        *self,
              const Options  *options,
              GError        **error)
{
  for (guint i = 0; options->sources != NULL && options->sources[i] != NULL; i++)
    {
      Source *source = source_open (options->sources[i], error);

      if (source == NULL)
        return FALSE;
      g_ptr_array_add (self->sources, source);
    }

  for (int i = 0; i < options->n_test_sources; i++)
    {
      Source *source = source_open_test (i, options->test_bytes, options->test_rate, error);

      if (source == NULL)
        return FALSE;
      g_ptr_array_add (self->sources, source);
    }

  return TRUE;
}

static void
init_readers (Session *self,
              gsize    frame_bytes)
{
  self->strands = g_new0 (Strand, self->sources->len);

  for (guint i = 0; i < self->sources->len; i++)
    {
      Reader *reader = &self->strands[i].reader;

      reader->source = g_ptr_array_index (self->sources, i);
      reader->number = i;
      reader->frame_bytes = frame_bytes;
      reader->memory = self->memory;
      reader->frames = self->frames;
      reader->cancellable = self->stopping;
    }
}

/**
 * session_new:
 * @options: what to record
 * @is_limited: whether the limits hold
 *
 * Opens the sources, and then the file, so that nothing is lost of an older
 * recording if a source is not there.
 *
 * Returns: (nullable): the session, or %NULL with @error set
 */
Session *
session_new (const Options  *options,
             gboolean        is_limited,
             GError        **error)
{
  const Limits no_limits = { NO_BUDGET, 0, WAIT_FOR_EVER };
  g_autoptr (Session) self = g_new0 (Session, 1);

  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) source_free);
  self->frames = g_async_queue_new_full ((GDestroyNotify) frame_free);
  self->stopping = g_cancellable_new ();
  self->aborting = g_cancellable_new ();

  if (!open_sources (self, options, error))
    return NULL;

  self->writer.recording = recording_new (options->output, self->sources, options->frame_bytes,
                                          self->aborting, error);
  if (self->writer.recording == NULL)
    return NULL;

  self->memory = frame_memory_new (is_limited ? &options->limits : &no_limits,
                                   self->sources->len, options->frame_bytes);
  init_readers (self, options->frame_bytes);

  self->writer.frames = self->frames;
  self->writer.n_sources = self->sources->len;
  self->writer.cancellable = self->aborting;
  pace_init (&self->writer.pace, options->writer_rate);

  return g_steal_pointer (&self);
}

static void
join_threads (Session *self)
{
  for (guint i = 0; self->strands != NULL && i < self->sources->len; i++)
    g_clear_pointer (&self->strands[i].thread, g_thread_join);

  g_clear_pointer (&self->writer_thread, g_thread_join);
}

void
session_free (Session *self)
{
  session_abort (self);
  join_threads (self);

  g_clear_pointer (&self->writer.recording, recording_free);
  g_clear_error (&self->writer_error);
  for (guint i = 0; self->strands != NULL && i < self->sources->len; i++)
    g_clear_error (&self->strands[i].error);
  g_free (self->strands);
  g_async_queue_unref (self->frames);
  g_clear_pointer (&self->memory, frame_memory_free);
  g_ptr_array_unref (self->sources);
  g_clear_object (&self->stopping);
  g_clear_object (&self->aborting);
  g_free (self);
}

static gpointer
reader_thread (gpointer data)
{
  Strand *strand = data;

  reader_run (&strand->reader, &strand->error);

  return NULL;
}

static gpointer
writer_thread (gpointer data)
{
  Session *self = data;

  /* Without a writer the readers work for nothing */
  if (!writer_run (&self->writer, &self->writer_error))
    session_stop (self);

  g_idle_add (self->done, self->done_data);

  return NULL;
}

/**
 * session_start:
 * @self: the session
 * @done: called in the main context when all is written, or cannot be
 * @user_data: for @done
 *
 * Returns: %FALSE with @error set if threads cannot be made
 */
gboolean
session_start (Session      *self,
               GSourceFunc   done,
               gpointer      user_data,
               GError      **error)
{
  self->done = done;
  self->done_data = user_data;

  for (guint i = 0; i < self->sources->len; i++)
    {
      Strand *strand = &self->strands[i];

      strand->thread = g_thread_try_new ("reader", reader_thread, strand, error);
      if (strand->thread == NULL)
        return FALSE;
    }

  self->writer_thread = g_thread_try_new ("writer", writer_thread, self, error);

  return self->writer_thread != NULL;
}

/**
 * session_stop:
 * @self: the session
 *
 * Ends the reading, wherever a reader waits: for its source, or for memory. What
 * was read is still written. May be called from any thread.
 */
void
session_stop (Session *self)
{
  if (self->memory != NULL)
    frame_memory_flush (self->memory);
  g_cancellable_cancel (self->stopping);
}

/**
 * session_abort:
 * @self: the session
 *
 * Ends the writing, too. What was read and not written is discarded.
 */
void
session_abort (Session *self)
{
  session_stop (self);
  g_cancellable_cancel (self->aborting);
}

/**
 * session_finish:
 * @self: the session, done
 *
 * Waits for the threads.
 *
 * Returns: %FALSE with @error set if the recording could not be written
 */
gboolean
session_finish (Session  *self,
                GError  **error)
{
  join_threads (self);

  if (self->writer_error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&self->writer_error));

  return FALSE;
}

guint
session_get_sources (Session *self)
{
  return self->sources->len;
}

/**
 * session_get_counts:
 * @self: the session
 * @counts: (out caller-allocates): how it is at the moment
 */
void
session_get_counts (Session       *self,
                    SessionCounts *counts)
{
  *counts = (SessionCounts) {
    .used = frame_memory_get_used (self->memory),
    .peak = frame_memory_get_peak (self->memory),
  };
  counts->n_waits = frame_memory_get_waits (self->memory, &counts->wait_us);

  for (guint i = 0; i < self->sources->len; i++)
    {
      Reader *reader = &self->strands[i].reader;

      counts->bytes_read += atomic_load_explicit (&reader->n_bytes, memory_order_relaxed);
      counts->n_dropped += atomic_load_explicit (&reader->n_dropped, memory_order_relaxed);
      counts->bytes_dropped += atomic_load_explicit (&reader->bytes_dropped,
                                                     memory_order_relaxed);
      if (reader->source->size < 0)
        counts->bytes_total = -1;
      else if (counts->bytes_total >= 0)
        counts->bytes_total += reader->source->size;
    }

  counts->bytes_written = atomic_load_explicit (&self->writer.n_bytes, memory_order_relaxed);
  counts->frames_written = atomic_load_explicit (&self->writer.n_frames, memory_order_relaxed);
  counts->n_discarded = atomic_load_explicit (&self->writer.n_discarded, memory_order_relaxed);
}

/**
 * session_dup_faults:
 * @self: the session, finished
 *
 * Returns: (transfer full) (array zero-terminated=1): a line for each source that
 *   could not be read to its end; what was read of it is in the recording
 */
char **
session_dup_faults (Session *self)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  char **faults;

  for (guint i = 0; i < self->sources->len; i++)
    {
      const Strand *strand = &self->strands[i];
      g_autofree char *name = g_filename_display_name (strand->reader.source->name);
      g_autofree char *fault = NULL;

      if (strand->error == NULL)
        continue;

      fault = g_strdup_printf ("%s: %s", name, strand->error->message);
      g_strv_builder_add (builder, fault);
    }

  faults = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);

  return faults;
}
