/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pipeline.h"

#include "container.h"
#include "queue.h"
#include "reader.h"
#include "renderer.h"

/* Enough to keep three threads busy; more would only cost memory */
#define N_CHUNKS_AHEAD  8
#define N_SAMPLES_AHEAD 16
#define N_REQUESTS      1

struct _Pipeline
{
  const Options *options;
  BufferSource  *source;

  GInputStream  *stream;
  goffset        size;

  /* reader --chunks--> decoder --samples--> renderer
   *        <-requests-                                 */
  Queue         *requests;
  Queue         *chunks;
  Queue         *samples;
  GThread       *reader_thread;
  GThread       *decoder_thread;
  GThread       *renderer_thread;

  Decoder       *decoder;
  Renderer       renderer;

  GSourceFunc    done;
  gpointer       done_data;

  GCancellable  *cancellable;
  GMutex         mutex;
  GError        *error;         /* the first thing that went wrong, under the mutex */
};

/* Ends all three threads, wherever they wait. The first error is the cause; what
 * the others say after it is only its consequence. Takes @error. */
static void
stop (Pipeline *self,
      GError   *error)
{
  g_mutex_lock (&self->mutex);
  if (self->error == NULL)
    self->error = g_steal_pointer (&error);
  g_mutex_unlock (&self->mutex);

  g_clear_error (&error);
  g_cancellable_cancel (self->cancellable);
  queue_cancel (self->requests);
  queue_cancel (self->chunks);
  queue_cancel (self->samples);
}

static gpointer
reader_thread (gpointer data)
{
  Pipeline *self = data;
  g_autoptr (GError) error = NULL;

  if (!reader_run (self->stream, self->source, self->requests, self->chunks,
                   self->cancellable, &error))
    stop (self, g_steal_pointer (&error));

  return NULL;
}

static gpointer
decoder_thread (gpointer data)
{
  Pipeline *self = data;
  g_autoptr (GError) error = NULL;

  if (!decoder_run (self->decoder, self->source, self->options->n_times,
                    self->samples, &error))
    {
      stop (self, g_steal_pointer (&error));
      return NULL;
    }

  /* The renderer gets the rest; the reader has nothing more to do */
  queue_finish (self->samples);
  queue_cancel (self->requests);
  queue_cancel (self->chunks);

  return NULL;
}

static gpointer
renderer_thread (gpointer data)
{
  Pipeline *self = data;
  g_autoptr (GError) error = NULL;

  if (!renderer_run (&self->renderer, self->samples, &error))
    stop (self, g_steal_pointer (&error));

  g_idle_add (self->done, self->done_data);

  return NULL;
}

static gboolean
start_thread (GThread      **thread,
              const char    *name,
              GThreadFunc    func,
              Pipeline      *self,
              GError       **error)
{
  *thread = g_thread_try_new (name, func, self, error);

  return *thread != NULL;
}

static void
join_threads (Pipeline *self)
{
  g_clear_pointer (&self->reader_thread, g_thread_join);
  g_clear_pointer (&self->decoder_thread, g_thread_join);
  g_clear_pointer (&self->renderer_thread, g_thread_join);
}

static gboolean
open_input (Pipeline  *self,
            GError   **error)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (self->options->input);
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (GFileInfo) info = NULL;

  stream = g_file_read (file, self->cancellable, error);
  if (stream == NULL)
    return FALSE;

  if (!g_seekable_can_seek (G_SEEKABLE (stream)))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   "a pipe or device, where a file is needed that can be read from any place");
      return FALSE;
    }

  info = g_file_input_stream_query_info (stream, G_FILE_ATTRIBUTE_STANDARD_SIZE,
                                         self->cancellable, error);
  if (info == NULL)
    return FALSE;

  self->size = g_file_info_get_size (info);
  self->stream = G_INPUT_STREAM (g_steal_pointer (&stream));

  return container_check (self->stream, self->size, self->cancellable, error)
      && g_seekable_seek (G_SEEKABLE (self->stream), 0, G_SEEK_SET, self->cancellable, error);
}

/* The header is read through the reader's thread, like all else. */
static gboolean
open_decoder (Pipeline  *self,
              GError   **error)
{
  GError *local_error = NULL;

  if (!start_thread (&self->reader_thread, "reader", reader_thread, self, error))
    return FALSE;

  self->decoder = decoder_new (self->requests, self->chunks, self->size, &local_error);
  if (self->decoder == NULL)
    {
      stop (self, local_error);
      join_threads (self);
      g_propagate_error (error, g_steal_pointer (&self->error));
      return FALSE;
    }

  return TRUE;
}

static gint64
get_total_frames (Pipeline *self)
{
  const SF_INFO *info = decoder_get_info (self->decoder);

  return info->frames == SF_COUNT_MAX ? -1 : info->frames * self->options->n_times;
}

static gboolean
open_output (Pipeline  *self,
             GError   **error)
{
  const SF_INFO *info = decoder_get_info (self->decoder);

  if (self->options->output == NULL)
    return TRUE;

  self->renderer.output = wav_file_new (self->options->output, info->samplerate,
                                        info->channels, get_total_frames (self), error);

  return self->renderer.output != NULL;
}

/**
 * pipeline_new:
 * @options: what to do; it must outlive the pipeline
 *
 * Opens the input and reads its header.
 *
 * Returns: (nullable): the pipeline, or %NULL with @error set
 */
Pipeline *
pipeline_new (const Options  *options,
              GError        **error)
{
  g_autoptr (Pipeline) self = g_new0 (Pipeline, 1);

  self->options = options;
  self->source = buffer_source_new (!options->no_pool);
  self->requests = queue_new (N_REQUESTS, sizeof (SeekRequest), NULL);
  self->chunks = queue_new (N_CHUNKS_AHEAD, sizeof (Chunk), (GDestroyNotify) chunk_clear);
  self->samples = queue_new (N_SAMPLES_AHEAD, sizeof (Buffer), (GDestroyNotify) buffer_clear);
  self->renderer.factor = decibels_to_factor (options->gain);
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->mutex);

  if (!open_input (self, error) || !open_decoder (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
pipeline_free (Pipeline *self)
{
  stop (self, NULL);
  join_threads (self);

  g_clear_error (&self->error);
  g_clear_pointer (&self->renderer.output, wav_file_free);
  g_clear_pointer (&self->decoder, decoder_free);
  queue_free (self->requests);
  queue_free (self->chunks);
  queue_free (self->samples);
  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  buffer_source_free (self->source);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/**
 * pipeline_start:
 * @self: the pipeline
 * @done: called in the main context when it has ended, well or not
 * @user_data: for @done
 *
 * Returns: %FALSE with @error set if the output cannot be opened
 */
gboolean
pipeline_start (Pipeline     *self,
                GSourceFunc   done,
                gpointer      user_data,
                GError      **error)
{
  self->done = done;
  self->done_data = user_data;

  return open_output (self, error)
      && start_thread (&self->decoder_thread, "decoder", decoder_thread, self, error)
      && start_thread (&self->renderer_thread, "renderer", renderer_thread, self, error);
}

/**
 * pipeline_cancel:
 * @self: the pipeline
 *
 * Ends it early. It is done a little later, and pipeline_finish() then fails.
 */
void
pipeline_cancel (Pipeline *self)
{
  stop (self, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "interrupted"));
}

/**
 * pipeline_finish:
 * @self: the pipeline, done
 *
 * Waits for the threads, and gives the output its name if all went well.
 *
 * Returns: %FALSE with @error set to the first thing that went wrong
 */
gboolean
pipeline_finish (Pipeline  *self,
                 GError   **error)
{
  join_threads (self);

  if (self->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return FALSE;
    }

  return self->renderer.output == NULL || wav_file_commit (self->renderer.output, error);
}

const SF_INFO *
pipeline_get_info (Pipeline *self)
{
  return decoder_get_info (self->decoder);
}

char *
pipeline_dup_format (Pipeline *self)
{
  return decoder_dup_format (self->decoder);
}

static gint64
get_frames_done (Pipeline *self)
{
  gint64 n_samples = atomic_load_explicit (&self->renderer.n_samples_done,
                                           memory_order_relaxed);

  return n_samples / decoder_get_info (self->decoder)->channels;
}

/**
 * pipeline_get_duration:
 * @self: the pipeline
 *
 * Returns: the seconds of audio that were rendered so far
 */
double
pipeline_get_duration (Pipeline *self)
{
  return (double) get_frames_done (self) / decoder_get_info (self->decoder)->samplerate;
}

/**
 * pipeline_get_fraction:
 * @self: the pipeline
 *
 * Returns: how much is done, from 0 to 1, or -1 where the length is not known
 */
double
pipeline_get_fraction (Pipeline *self)
{
  gint64 n_frames = get_total_frames (self);

  if (n_frames <= 0)
    return -1;

  return MIN (1.0, (double) get_frames_done (self) / n_frames);
}

/**
 * pipeline_get_meter:
 * @self: the pipeline, finished
 */
const Meter *
pipeline_get_meter (Pipeline *self)
{
  return &self->renderer.meter;
}

/**
 * pipeline_get_counts:
 * @self: the pipeline, finished
 * @counts: (out caller-allocates): what the source of buffers did
 */
void
pipeline_get_counts (Pipeline     *self,
                     BufferCounts *counts)
{
  buffer_source_get_counts (self->source, counts);
}
