/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

/* Seeks, new caps, and buffers that outlive what they came from. */

#define VIDEO "video/x-raw,width=320,height=240"
#define VIDEO_BYTES (320 * 240 * 3 / 2)

#define N_SEEKS 100

static void
test_flushing_seeks (void)
{
  g_autoptr (GstElement) pipeline = test_parse_pipeline (
    "videotestsrc ! " VIDEO ",framerate=30/1 ! BPALLOC ! queue ! fakesink", TRUE);
  guint64 n_misses;

  test_set_state (pipeline, GST_STATE_PAUSED);
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PLAYING), !=,
                   GST_STATE_CHANGE_FAILURE);
  n_misses = test_get_shared_stat ("misses");

  for (guint i = 0; i < N_SEEKS; i++)
    {
      g_assert_true (gst_element_seek_simple (pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                              (gint64) (i * 37 % 100) * GST_SECOND));
      g_assert_cmpint (gst_element_get_state (pipeline, NULL, NULL, 60 * GST_SECOND), ==,
                       GST_STATE_CHANGE_SUCCESS);
    }

  /* Seeking makes no new blocks, but for those of a queue that filled up. */
  g_assert_cmpuint (test_get_shared_stat ("misses") - n_misses, <, N_SEEKS);
  test_set_state (pipeline, GST_STATE_NULL);
  test_assert_none_out ();
}

#define BUFFERS_PER_FLIP 5
#define N_FLIPS 40

typedef struct
{
  GstElement *filter;
  guint n_buffers;
  gsize n_bytes;
} Flipper;

static GstPadProbeReturn
flip_caps (GstPad          *pad,
           GstPadProbeInfo *info,
           gpointer         data)
{
  Flipper *flipper = data;
  guint n_flips = ++flipper->n_buffers / BUFFERS_PER_FLIP;

  flipper->n_bytes += gst_buffer_get_size (GST_PAD_PROBE_INFO_BUFFER (info));
  if (flipper->n_buffers % BUFFERS_PER_FLIP == 0)
    {
      g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-raw",
        "format", G_TYPE_STRING, "I420",
        "width", G_TYPE_INT, n_flips % 2 == 0 ? 1280 : 1920,
        "height", G_TYPE_INT, n_flips % 2 == 0 ? 720 : 1080,
        NULL);

      g_object_set (flipper->filter, "caps", caps, NULL);
    }

  return GST_PAD_PROBE_OK;
}

static void
test_caps_flips (void)
{
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;
  Flipper flipper = { 0 };
  guint64 n_misses;

  pipeline = test_parse_pipeline (
    "videotestsrc num-buffers=200 pattern=black ! "
    "capsfilter name=filter caps=video/x-raw,format=I420,width=1280,height=720 ! "
    "BPALLOC ! fakesink name=sink", TRUE);
  flipper.filter = gst_bin_get_by_name (GST_BIN (pipeline), "filter");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, flip_caps, &flipper, NULL);

  n_misses = test_get_shared_stat ("misses");
  test_run_pipeline (pipeline);

  g_assert_cmpuint (flipper.n_buffers, ==, BUFFERS_PER_FLIP * N_FLIPS);
  g_assert_cmpuint (flipper.n_bytes, >, 80 * (1280 * 720 * 3 / 2 + 1920 * 1080 * 3 / 2));
  g_assert_cmpuint (test_get_shared_stat ("misses") - n_misses, <, N_FLIPS / 2);
  test_assert_none_out ();
  gst_object_unref (flipper.filter);
}

static void
check_samples (GPtrArray *samples)
{
  for (guint i = 0; i < samples->len; i++)
    {
      GstBuffer *buffer = gst_sample_get_buffer (g_ptr_array_index (samples, i));
      GstMapInfo info;

      g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_READ));
      g_assert_cmpuint (info.size, ==, VIDEO_BYTES);
      for (gsize j = 0; j < info.size; j++)
        g_assert_cmpuint (info.data[j], ==, j < 320 * 240 ? 235 : 128);
      gst_buffer_unmap (buffer, &info);
    }
}

/* Samples are kept while the pipeline stops and is freed. */
static void
test_samples_past_null (void)
{
  g_autoptr (GPtrArray) samples = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_sample_unref);
  GstElement *pipeline, *sink;
  GstSample *sample;

  pipeline = test_parse_pipeline ("videotestsrc num-buffers=30 pattern=white ! " VIDEO
                                  ",format=I420 ! BPALLOC ! "
                                  "appsink name=sink sync=false max-buffers=40", TRUE);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (g_signal_emit_by_name (sink, "pull-sample", &sample), sample != NULL)
    g_ptr_array_add (samples, sample);

  g_assert_cmpuint (samples->len, ==, 30);
  gst_object_unref (sink);
  test_set_state (pipeline, GST_STATE_NULL);
  test_finalize (pipeline);

  g_assert_cmpuint (test_get_shared_stat ("outstanding"), ==, 30);
  check_samples (samples);
  g_ptr_array_set_size (samples, 0);
  test_assert_none_out ();
}

/* Without a name the pool is the element's own, and ends with it; the buffers
 * that are out do not. */
static void
test_samples_past_own_pool (void)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch ("videotestsrc num-buffers=1 pattern=white ! " VIDEO
                                           ",format=I420 ! bpalloc ! appsink name=sink", &error);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GPtrArray) samples = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_sample_unref);
  GstSample *sample;

  g_assert_no_error (error);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_signal_emit_by_name (sink, "pull-sample", &sample);
  g_ptr_array_add (samples, sample);
  gst_object_unref (sink);
  test_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);

  check_samples (samples);
}

static void
test_state_cycles (void)
{
  g_autoptr (GstElement) pipeline = test_parse_pipeline (
    "videotestsrc num-buffers=5 ! " VIDEO " ! BPALLOC ! fakesink", TRUE);

  for (guint i = 0; i < 20; i++)
    {
      test_run_pipeline (pipeline);
      test_assert_none_out ();
    }
}

/* Stopped in the middle of a stream, with buffers on their way. */
static void
test_stop_in_the_middle (void)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GstElement) pipeline = test_parse_pipeline (
        "videotestsrc ! " VIDEO " ! BPALLOC ! tee name=t t. ! queue ! videobalance hue=0.1 ! fakesink "
        "t. ! queue ! fakesink", TRUE);

      test_set_state (pipeline, GST_STATE_PLAYING);
      test_set_state (pipeline, GST_STATE_NULL);
      test_assert_none_out ();
    }
}

#define N_PUSHED 200

/* Handles of a pool go into the pipeline as buffers, and come back. */
static void
test_appsrc_with_handles (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (
    "appsrc name=src format=time max-buffers=4 block=true "
    "caps=audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=1 ! "
    "audioconvert ! audio/x-raw,format=S16LE ! queue ! fakesink", &error);
  g_autoptr (GstElement) src = NULL;
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_F32, 0, 64, 0);
  g_autoptr (BpPoolStats) stats = NULL;
  GstFlowReturn flow;

  g_assert_no_error (error);
  src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);

  for (guint i = 0; i < N_PUSHED; i++)
    {
      BpPooled *pooled = bp_pool_acquire (pool);
      g_autoptr (GstBuffer) buffer = gst_buffer_new ();
      float *pcm = bp_pooled_resize (pooled, 480);

      for (guint j = 0; j < 480; j++)
        pcm[j] = (float) j / 480;
      gst_buffer_append_memory (buffer, gst_bp_memory_new_wrapped (pooled, 0, -1, NULL));
      GST_BUFFER_PTS (buffer) = i * 10 * GST_MSECOND;
      GST_BUFFER_DURATION (buffer) = 10 * GST_MSECOND;
      g_signal_emit_by_name (src, "push-buffer", buffer, &flow);
      g_assert_cmpint (flow, ==, GST_FLOW_OK);
    }
  g_signal_emit_by_name (src, "end-of-stream", &flow);
  test_wait_for_eos (pipeline);
  test_set_state (pipeline, GST_STATE_NULL);

  stats = bp_pool_get_stats (pool);
  g_assert_cmpuint (bp_pool_stats_get_acquired (stats), ==, N_PUSHED);
  g_assert_cmpuint (bp_pool_stats_get_outstanding (stats), ==, 0);
  g_assert_cmpuint (bp_pool_stats_get_misses (stats), <, N_PUSHED / 2);
}

void
test_add_cases (void)
{
  test_add_in_modes ("lifecycle/flushing-seeks", test_flushing_seeks);
  test_add_in_modes ("lifecycle/caps-flips", test_caps_flips);
  test_add_in_modes ("lifecycle/samples-past-null", test_samples_past_null);
  g_test_add_func ("/lifecycle/samples-past-own-pool", test_samples_past_own_pool);
  test_add_in_modes ("lifecycle/state-cycles", test_state_cycles);
  test_add_in_modes ("lifecycle/stop-in-the-middle", test_stop_in_the_middle);
  g_test_add_func ("/lifecycle/appsrc-with-handles", test_appsrc_with_handles);
}
