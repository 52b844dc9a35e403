/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "replay.h"

#include <sys/resource.h>

#include <gst/app/gstappsink.h>

/*
 * The pipeline: a source, and a tee with two branches. One shows the picture. The
 * other moves the time stamps to a clock of its own and keeps the last frames, as
 * an instant replay does, and now and then lets go of all of them.
 *
 * To move the time stamps it needs a buffer of its own around the memory, which
 * then belongs to two. A stock pool cannot use such a buffer again.
 *
 * With bufpool there is one more element, right behind the source.
 */

#define FRAMES_PER_SECOND 30

/* The replay is cleared whenever it has been full for this many frames. */
#define CLEAR_AFTER 100

typedef struct
{
  GQueue samples;
  guint n_kept;
  guint n_frames;
  guint n_since_clear;
} Replay;

static GstElement *
make_pipeline (const ReplayTask  *task,
               GError           **error)
{
  g_autofree char *description = NULL;
  GstElement *pipeline;

  description = g_strdup_printf (
    "videotestsrc num-buffers=%d pattern=blue ! "
    "video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1 ! "
    "%s "
    "tee name=tee "
    "tee. ! queue max-size-buffers=4 max-size-bytes=0 ! %s fakesink "
    "tee. ! queue max-size-buffers=4 max-size-bytes=0 ! identity ts-offset=1000000 ! "
    "appsink name=replay sync=false max-buffers=4",
    task->n_frames, task->width, task->height, FRAMES_PER_SECOND,
    task->with_bufpool ? "bpalloc mode=pool !" : "",
    task->with_balance ? "videobalance hue=0.2 !" : "");

  pipeline = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (pipeline == NULL)
    g_prefix_error (error, "bpalloc is found where it is installed, or inside `meson devenv`: ");

  return pipeline;
}

static void
clear (Replay *replay)
{
  g_queue_clear_full (&replay->samples, (GDestroyNotify) gst_sample_unref);
  replay->n_since_clear = 0;
}

/* On the thread of the branch. */
static GstFlowReturn
on_new_sample (GstAppSink *sink,
               gpointer    data)
{
  Replay *replay = data;
  GstSample *sample = gst_app_sink_pull_sample (sink);

  if (sample == NULL)
    return GST_FLOW_EOS;

  replay->n_frames++;
  g_queue_push_tail (&replay->samples, sample);
  if (g_queue_get_length (&replay->samples) > replay->n_kept)
    gst_sample_unref (g_queue_pop_head (&replay->samples));
  if (++replay->n_since_clear > replay->n_kept + CLEAR_AFTER)
    clear (replay);

  return GST_FLOW_OK;
}

static gboolean
wait_for_end (GstElement  *pipeline,
              GError     **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
                                        GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;

  gst_message_parse_error (message, error, NULL);

  return FALSE;
}

gboolean
replay_run (const ReplayTask  *task,
            ReplayResult      *result,
            GError           **error)
{
  g_autoptr (GstElement) pipeline = make_pipeline (task, error);
  g_autoptr (GstElement) sink = NULL;
  GstAppSinkCallbacks callbacks = { .new_sample = on_new_sample };
  Replay replay = { .samples = G_QUEUE_INIT, .n_kept = (guint) task->n_kept };
  struct rusage before, after;
  gint64 begin, end;
  gboolean is_done;

  if (pipeline == NULL)
    return FALSE;

  sink = gst_bin_get_by_name (GST_BIN (pipeline), "replay");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, &replay, NULL);

  getrusage (RUSAGE_SELF, &before);
  begin = g_get_monotonic_time ();
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  is_done = wait_for_end (pipeline, error);
  end = g_get_monotonic_time ();
  getrusage (RUSAGE_SELF, &after);

  gst_element_set_state (pipeline, GST_STATE_NULL);
  clear (&replay);

  *result = (ReplayResult) {
    .n_frames = replay.n_frames,
    .seconds = (double) (end - begin) / G_USEC_PER_SEC,
    .n_page_faults = (guint64) (after.ru_minflt - before.ru_minflt),
    .peak_kib = (guint64) after.ru_maxrss,
  };

  return is_done;
}
