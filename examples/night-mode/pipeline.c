/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pipeline.h"

#include <errno.h>
#include <stdatomic.h>

#include "burst.h"
#include "picture.h"
#include "queue.h"
#include "size.h"

/* A worker has a burst of its own: it reads the frames when it is its turn, averages them
 * while another one reads, and gives all of them back.
 *
 * With --hand-over it is the reader that takes all turns, and the averager that averages:
 *
 *   reader --frames--> averager                                                        */
struct _Pipeline
{
  const Options   *options;
  Clip            *clip;
  FrameSource     *source;
  GPtrArray       *threads;
  Queue           *frames;        /* only with --hand-over */

  GMutex           turn;          /* guards what follows, and the clip */
  int              n_times_read;
  guint64          n_bursts;
  gboolean         is_at_end;

  _Atomic guint64  n_frames;
  _Atomic guint64  n_pictures;
  _Atomic guint64  n_left_out;
  _Atomic guint    n_running;     /* threads that make pictures */

  GSourceFunc      done;
  gpointer         done_data;

  GCancellable    *cancellable;
  GMutex           mutex;
  GError          *error;         /* the first thing that went wrong, under the mutex */
};

typedef struct
{
  Frame   frames[BURST_MAX_FRAMES];
  guint   n_frames;
  guint64 number;                 /* of the picture, from 1 */
} FrameBurst;

/* Ends all threads, wherever they wait. The first error is the cause; what other threads
 * say after it is only its consequence. Takes @error. */
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
  queue_cancel (self->frames);
}

/* Reads the next frame, with the clip's turn taken. Where the budget is used up, this waits
 * for a thread that has a burst to average. */
static gboolean
read_frame (Pipeline  *self,
            Frame     *frame,
            GError   **error)
{
  gboolean is_end;

  if (!frame_source_take (self->source, frame, self->cancellable, error)
      || !clip_read_frame (self->clip, frame->data, &is_end, self->cancellable, error))
    return FALSE;

  if (is_end && ++self->n_times_read < self->options->n_times
      && (!clip_rewind (self->clip, error)
          || !clip_read_frame (self->clip, frame->data, &is_end, self->cancellable, error)))
    return FALSE;

  self->is_at_end = is_end;
  if (is_end)
    frame_clear (frame);

  return TRUE;
}

/* As many frames as a burst has, fewer at the end of the clip, and then none. */
static gboolean
read_burst (Pipeline    *self,
            FrameBurst  *burst,
            GError     **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->turn);

  burst->number = ++self->n_bursts;

  while (!self->is_at_end && burst->n_frames < (guint) self->options->burst)
    {
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error)
          || !read_frame (self, &burst->frames[burst->n_frames], error))
        {
          /* The next one whose turn it is does not read on from here */
          self->is_at_end = TRUE;
          return FALSE;
        }

      if (!self->is_at_end)
        burst->n_frames++;
    }

  return TRUE;
}

static gboolean
pop_burst (Pipeline    *self,
           FrameBurst  *burst,
           GError     **error)
{
  burst->number++;

  while (burst->n_frames < (guint) self->options->burst
         && queue_pop (self->frames, &burst->frames[burst->n_frames]))
    burst->n_frames++;

  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

static gboolean
make_picture (Pipeline          *self,
              Burst             *work,
              const FrameBurst  *burst,
              GError           **error)
{
  int left_out;
  const guint8 *picture = burst_average (work, burst->frames, burst->n_frames, &left_out);

  if (self->options->output != NULL
      && !picture_write (self->options->output, burst->number, clip_get_format (self->clip),
                         picture, error))
    return FALSE;

  if (left_out != BURST_NONE_LEFT_OUT)
    atomic_fetch_add_explicit (&self->n_left_out, 1, memory_order_relaxed);
  atomic_fetch_add_explicit (&self->n_frames, burst->n_frames, memory_order_relaxed);
  atomic_fetch_add_explicit (&self->n_pictures, 1, memory_order_relaxed);

  return TRUE;
}

static void
give_back (FrameBurst *burst)
{
  for (guint i = 0; i < G_N_ELEMENTS (burst->frames); i++)
    frame_clear (&burst->frames[i]);
  burst->n_frames = 0;
}

static gboolean
make_pictures (Pipeline  *self,
               GError   **error)
{
  g_autoptr (Burst) work = burst_new (clip_get_format (self->clip)->frame_bytes, error);
  FrameBurst burst = { 0 };
  gboolean is_fine = work != NULL;

  while (is_fine)
    {
      is_fine = self->options->hand_over ? pop_burst (self, &burst, error)
                                         : read_burst (self, &burst, error);
      if (is_fine && burst.n_frames == 0)
        break;

      is_fine = is_fine && make_picture (self, work, &burst, error);
      give_back (&burst);
    }

  return is_fine;
}

static gpointer
worker_thread (gpointer data)
{
  Pipeline *self = data;
  g_autoptr (GError) error = NULL;

  if (!make_pictures (self, &error))
    stop (self, g_steal_pointer (&error));

  if (atomic_fetch_sub (&self->n_running, 1) == 1)
    g_idle_add (self->done, self->done_data);

  return NULL;
}

/* The queue holds the bursts that are read ahead. Where it is full, this waits. */
static gpointer
reader_thread (gpointer data)
{
  Pipeline *self = data;
  g_autoptr (GError) error = NULL;
  gboolean is_fine = TRUE;

  while (is_fine && !self->is_at_end)
    {
      g_auto (Frame) frame = { 0 };

      is_fine = read_frame (self, &frame, &error)
             && (self->is_at_end || queue_push (self->frames, &frame));
    }

  if (is_fine)
    queue_finish (self->frames);
  else
    stop (self, g_steal_pointer (&error));

  return NULL;
}

static gboolean
start_thread (Pipeline     *self,
              const char   *name,
              GThreadFunc   func,
              GError      **error)
{
  GThread *thread = g_thread_try_new (name, func, self, error);

  if (thread != NULL)
    g_ptr_array_add (self->threads, thread);

  return thread != NULL;
}

static void
join_thread (gpointer thread)
{
  g_thread_join (thread);
}

static FrameKind
get_kind (const Options *options)
{
  if (options->no_pool)
    return FRAME_KIND_PLAIN;

  return options->budget > 0 ? FRAME_KIND_BUDGET : FRAME_KIND_POOL;
}

static gboolean
check_budget (Pipeline  *self,
              GError   **error)
{
  const Options *options = self->options;
  gsize frame_bytes = clip_get_format (self->clip)->frame_bytes;
  guint64 needed = (guint64) frame_bytes * options->burst;
  g_autofree char *budget = size_format (options->budget);

  if (options->budget == 0 || options->budget >= needed)
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "a budget of %s is too small: a burst of %d frames takes %" G_GUINT64_FORMAT
               " bytes", budget, options->burst, needed);

  return FALSE;
}

/**
 * pipeline_new:
 * @options: what to do; it must outlive the pipeline
 *
 * Opens the clip and reads its header.
 *
 * Returns: (nullable): the pipeline, or %NULL with @error set
 */
Pipeline *
pipeline_new (const Options  *options,
              GError        **error)
{
  g_autoptr (Pipeline) self = g_new0 (Pipeline, 1);

  self->options = options;
  self->threads = g_ptr_array_new_with_free_func (join_thread);
  self->frames = queue_new (options->burst * options->ahead, sizeof (Frame),
                            (GDestroyNotify) frame_clear);
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->turn);
  g_mutex_init (&self->mutex);

  self->clip = clip_new (options->input, self->cancellable, error);
  if (self->clip == NULL || !check_budget (self, error))
    return NULL;

  self->source = frame_source_new (get_kind (options), clip_get_format (self->clip)->frame_bytes,
                                   options->budget);

  return g_steal_pointer (&self);
}

void
pipeline_free (Pipeline *self)
{
  stop (self, NULL);

  g_ptr_array_unref (self->threads);
  queue_free (self->frames);
  g_clear_pointer (&self->source, frame_source_free);
  g_clear_pointer (&self->clip, clip_free);
  g_clear_error (&self->error);
  g_clear_object (&self->cancellable);
  g_mutex_clear (&self->mutex);
  g_mutex_clear (&self->turn);
  g_free (self);
}

static gboolean
make_folder (const char  *path,
             GError     **error)
{
  int code;

  if (path == NULL || g_mkdir_with_parents (path, 0777) == 0)
    return TRUE;

  code = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "cannot make the folder %s: %s",
               path, g_strerror (code));

  return FALSE;
}

/**
 * pipeline_start:
 * @self: the pipeline
 * @done: called in the main context when it has ended, well or not
 * @user_data: for @done
 *
 * Returns: %FALSE with @error set if there is no folder for the pictures, or no thread
 */
gboolean
pipeline_start (Pipeline     *self,
                GSourceFunc   done,
                gpointer      user_data,
                GError      **error)
{
  int n_workers;

  self->done = done;
  self->done_data = user_data;

  if (!make_folder (self->options->output, error))
    return FALSE;

  n_workers = self->options->hand_over ? 1 : self->options->workers;
  self->n_running = n_workers;
  for (int i = 0; i < n_workers; i++)
    if (!start_thread (self, "worker", worker_thread, error))
      return FALSE;

  return !self->options->hand_over || start_thread (self, "reader", reader_thread, error);
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
 * Waits for the threads.
 *
 * Returns: %FALSE with @error set to the first thing that went wrong
 */
gboolean
pipeline_finish (Pipeline  *self,
                 GError   **error)
{
  g_ptr_array_set_size (self->threads, 0);

  if (self->error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&self->error));

  return FALSE;
}

const ClipFormat *
pipeline_get_format (Pipeline *self)
{
  return clip_get_format (self->clip);
}

/**
 * pipeline_get_counts:
 * @self: the pipeline
 * @counts: (out caller-allocates): how far it is
 */
void
pipeline_get_counts (Pipeline       *self,
                     PipelineCounts *counts)
{
  *counts = (PipelineCounts) {
    .frames = atomic_load_explicit (&self->n_frames, memory_order_relaxed),
    .pictures = atomic_load_explicit (&self->n_pictures, memory_order_relaxed),
    .left_out = atomic_load_explicit (&self->n_left_out, memory_order_relaxed),
    .total = clip_count_frames (self->clip) * self->options->n_times,
  };
}

/**
 * pipeline_get_memory:
 * @self: the pipeline
 * @counts: (out caller-allocates): what its frames take, and took
 */
void
pipeline_get_memory (Pipeline    *self,
                     FrameCounts *counts)
{
  frame_source_get_counts (self->source, counts);
}
