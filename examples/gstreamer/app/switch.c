/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "switch.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gst/app/gstappsink.h>

/*
 * The pipeline: a source in real time whose caps are switched between a large and a small
 * picture while it runs, and a tee with two branches. One holds the last frames, as an
 * instant replay does. The other writes them, to something that is too slow for the large
 * picture and fast enough for the small one; what is not written yet waits in its queue.
 *
 * With bufpool there is one more element, right behind the source.
 */

#define N_PHASES 4

#define SMALL_WIDTH 640
#define SMALL_HEIGHT 480
#define FRAMES_PER_SECOND 30

#define SAMPLE_INTERVAL (50 * GST_MSECOND)

typedef struct
{
  GQueue samples;
  guint n_kept;
} Replay;

typedef struct
{
  double written_mb;
  /* Atomic. */
  gint n_frames;
} Writer;

typedef struct
{
  gint64 begin;
  GString *samples;
  guint64 peak_kib;
} Recorder;

static GstCaps *
make_caps (const SwitchTask *task,
           gboolean          is_large)
{
  return gst_caps_new_simple ("video/x-raw",
    "format", G_TYPE_STRING, "I420",
    "width", G_TYPE_INT, is_large ? task->width : SMALL_WIDTH,
    "height", G_TYPE_INT, is_large ? task->height : SMALL_HEIGHT,
    "framerate", GST_TYPE_FRACTION, FRAMES_PER_SECOND, 1,
    NULL);
}

static GstElement *
make_pipeline (const SwitchTask  *task,
               GError           **error)
{
  g_autofree char *limit = NULL;
  g_autofree char *bpalloc = NULL;
  g_autofree char *description = NULL;
  GstElement *pipeline;

  limit = task->limit_mb > 0 ?
          g_strdup_printf ("max-bytes=%" G_GUINT64_FORMAT, (guint64) (task->limit_mb * 1e6)) :
          g_strdup ("");
  bpalloc = g_strdup_printf ("bpalloc mode=pool %s !", limit);
  description = g_strdup_printf (
    "videotestsrc is-live=true pattern=blue ! capsfilter name=size ! %s tee name=tee "
    "tee. ! queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 ! "
    "appsink name=replay sync=false max-buffers=4 "
    "tee. ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! "
    "appsink name=writer sync=false max-buffers=1",
    task->with_bufpool ? bpalloc : "");

  pipeline = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (pipeline == NULL)
    g_prefix_error (error, "bpalloc is found where it is installed, or inside `meson devenv`: ");

  return pipeline;
}

static void
set_size (GstElement       *pipeline,
          const SwitchTask *task,
          gboolean          is_large)
{
  g_autoptr (GstElement) filter = gst_bin_get_by_name (GST_BIN (pipeline), "size");
  g_autoptr (GstCaps) caps = make_caps (task, is_large);

  g_object_set (filter, "caps", caps, NULL);
}

static GstFlowReturn
on_replay_sample (GstAppSink *sink,
                  gpointer    data)
{
  Replay *replay = data;
  GstSample *sample = gst_app_sink_pull_sample (sink);

  if (sample == NULL)
    return GST_FLOW_EOS;

  g_queue_push_tail (&replay->samples, sample);
  if (g_queue_get_length (&replay->samples) > replay->n_kept)
    gst_sample_unref (g_queue_pop_head (&replay->samples));

  return GST_FLOW_OK;
}

/* Takes as long as something that takes so many bytes in a second. */
static GstFlowReturn
on_writer_sample (GstAppSink *sink,
                  gpointer    data)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  Writer *writer = data;

  if (sample == NULL)
    return GST_FLOW_EOS;

  g_usleep ((gulong) ((double) gst_buffer_get_size (gst_sample_get_buffer (sample)) /
                      writer->written_mb));
  g_atomic_int_inc (&writer->n_frames);

  return GST_FLOW_OK;
}

static void
connect (GstElement           *pipeline,
         const char           *name,
         GstAppSinkCallbacks  *callbacks,
         gpointer              data)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), name);

  gst_app_sink_set_callbacks (GST_APP_SINK (sink), callbacks, data, NULL);
}

static guint64
get_resident_kib (void)
{
  unsigned long n_pages = 0;
  FILE *file = fopen ("/proc/self/statm", "re");

  if (file == NULL)
    return 0;
  if (fscanf (file, "%*u %lu", &n_pages) != 1)
    n_pages = 0;
  fclose (file);

  return (guint64) n_pages * (guint64) sysconf (_SC_PAGESIZE) / 1024;
}

static void
record (Recorder *self)
{
  guint64 n_kib = get_resident_kib ();

  g_string_append_printf (self->samples, "%s[%" G_GINT64_FORMAT ", %" G_GUINT64_FORMAT "]",
                          self->samples->len > 0 ? ", " : "",
                          (g_get_monotonic_time () - self->begin) / 1000, n_kib);
  self->peak_kib = MAX (self->peak_kib, n_kib);
}

/* Records until the time has come; FALSE for an error of the pipeline. */
static gboolean
record_until (Recorder    *self,
              GstBus      *bus,
              gint64       end,
              GError     **error)
{
  while (g_get_monotonic_time () < end)
    {
      g_autoptr (GstMessage) message = NULL;

      record (self);
      message = gst_bus_timed_pop_filtered (bus, SAMPLE_INTERVAL, GST_MESSAGE_ERROR);
      if (message != NULL)
        {
          gst_message_parse_error (message, error, NULL);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
run_phases (GstElement        *pipeline,
            const SwitchTask  *task,
            Recorder          *recorder,
            GError           **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  double phase_us = task->phase_seconds * G_USEC_PER_SEC;
  gboolean is_right = TRUE;

  for (guint i = 0; is_right && i < N_PHASES; i++)
    {
      if (i > 0)
        set_size (pipeline, task, i % 2 == 0);
      is_right = record_until (recorder, bus, recorder->begin + (gint64) ((i + 1) * phase_us),
                               error);
    }

  return is_right;
}

static void
print_result (const SwitchTask *task,
              const Recorder   *recorder,
              gint              n_written,
              glong             n_page_faults)
{
  guint major, minor, micro, nano;

  gst_version (&major, &minor, &micro, &nano);
  g_print ("{\"gstreamer\": \"%u.%u.%u\", \"pool\": \"%s\", \"limit_mb\": %.0f, "
           "\"phase_seconds\": %.3g, \"written_mb\": %.0f, \"kept\": %d, "
           "\"large\": [%d, %d], \"small\": [%d, %d], \"frames_written\": %d, "
           "\"page_faults\": %ld, \"peak_kib\": %" G_GUINT64_FORMAT ", "
           "\"keys\": [\"milliseconds\", \"resident_kib\"], \"samples\": [%s]}\n",
           major, minor, micro, task->with_bufpool ? "bufpool" : "stock", task->limit_mb,
           task->phase_seconds, task->written_mb, task->n_kept,
           task->width, task->height, SMALL_WIDTH, SMALL_HEIGHT, n_written,
           n_page_faults, recorder->peak_kib, recorder->samples->str);
}

gboolean
switch_run (const SwitchTask  *task,
            GError           **error)
{
  g_autoptr (GstElement) pipeline = make_pipeline (task, error);
  g_autoptr (GString) samples = g_string_new (NULL);
  GstAppSinkCallbacks replay_callbacks = { .new_sample = on_replay_sample };
  GstAppSinkCallbacks writer_callbacks = { .new_sample = on_writer_sample };
  Replay replay = { .samples = G_QUEUE_INIT, .n_kept = (guint) task->n_kept };
  Writer writer = { .written_mb = task->written_mb };
  Recorder recorder = { .samples = samples };
  struct rusage before, after;
  gboolean is_done;

  if (pipeline == NULL)
    return FALSE;

  connect (pipeline, "replay", &replay_callbacks, &replay);
  connect (pipeline, "writer", &writer_callbacks, &writer);
  set_size (pipeline, task, TRUE);

  getrusage (RUSAGE_SELF, &before);
  recorder.begin = g_get_monotonic_time ();
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  is_done = run_phases (pipeline, task, &recorder, error);
  getrusage (RUSAGE_SELF, &after);

  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_queue_clear_full (&replay.samples, (GDestroyNotify) gst_sample_unref);
  if (is_done)
    print_result (task, &recorder, g_atomic_int_get (&writer.n_frames),
                  after.ru_minflt - before.ru_minflt);

  return is_done;
}
