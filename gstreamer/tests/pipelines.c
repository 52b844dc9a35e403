/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

/* Pipelines with bpalloc carry what they carry without it. */

#define VIDEO "video/x-raw,width=320,height=240"

/* Each makes the same bytes every time: a negative cpu-used keeps vp8enc from
 * choosing its speed by the clock. */
typedef struct
{
  const char *path;
  const char *description;
} Pipeline;

static const Pipeline pipelines[] = {
  { "video", "videotestsrc num-buffers=300 ! " VIDEO " ! BPALLOC ! " TEST_SINK },
  { "live-video", "videotestsrc is-live=true num-buffers=10 ! " VIDEO " ! BPALLOC ! " TEST_SINK },
  { "audio", "audiotestsrc num-buffers=300 ! BPALLOC ! " TEST_SINK },
  { "converted", "videotestsrc num-buffers=100 ! " VIDEO ",format=RGB ! videoconvert ! " VIDEO
    ",format=I420 ! BPALLOC ! videoscale ! video/x-raw,width=160,height=120 ! BPALLOC ! " TEST_SINK },
  { "vp8", "videotestsrc num-buffers=30 ! " VIDEO " ! BPALLOC ! "
    "vp8enc deadline=1 cpu-used=-8 threads=1 ! BPALLOC ! vp8dec threads=1 ! BPALLOC ! " TEST_SINK },
  { "theora", "videotestsrc num-buffers=30 ! " VIDEO " ! BPALLOC ! theoraenc ! BPALLOC ! "
    "theoradec ! BPALLOC ! " TEST_SINK },
  { "opus", "audiotestsrc num-buffers=100 ! audio/x-raw,rate=48000 ! BPALLOC ! opusenc ! "
    "BPALLOC ! opusdec ! BPALLOC ! " TEST_SINK },
  { "queued", "videotestsrc num-buffers=200 ! " VIDEO " ! BPALLOC ! queue ! queue ! " TEST_SINK },
  { "two-streams", "videotestsrc num-buffers=50 ! " VIDEO " ! BPALLOC ! queue ! " TEST_SINK
    " audiotestsrc num-buffers=50 ! BPALLOC ! queue ! fakesink" },
  { "tee", "videotestsrc num-buffers=100 ! " VIDEO " ! BPALLOC ! tee name=t "
    "t. ! queue ! videobalance hue=0.1 ! " TEST_SINK
    " t. ! queue ! videobalance hue=0.2 ! fakesink"
    " t. ! queue ! videobalance hue=0.3 ! fakesink"
    " t. ! queue ! videobalance hue=0.4 ! fakesink" },
  { "composed", "videotestsrc num-buffers=60 ! " VIDEO ",framerate=30/1 ! "
    "compositor ! " VIDEO " ! BPALLOC ! " TEST_SINK },
  { "compositor", "compositor name=mix sink_1::xpos=160 ! " VIDEO " ! " TEST_SINK
    " videotestsrc num-buffers=60 ! " VIDEO ",framerate=30/1 ! BPALLOC ! mix.sink_0"
    " videotestsrc num-buffers=60 pattern=ball ! " VIDEO ",framerate=30/1 ! BPALLOC ! mix.sink_1" },
};

static void
test_pipeline (gconstpointer data)
{
  const Pipeline *pipeline = data;
  TestSeen without;

  if (g_getenv ("GST_BUFPOOL_LEAK_CHECKER") != NULL && g_str_equal (pipeline->path, "composed"))
    {
      g_test_skip ("GstVideoAggregator of GStreamer 1.22 leaks any allocator that it is offered");
      return;
    }
  if (!test_has_elements (pipeline->description))
    return;

  without = test_run_and_see (pipeline->description, FALSE);
  for (guint i = 0; i < TEST_N_MODES; i++)
    g_assert_cmpuint (test_check_mode (pipeline->description, &without, test_modes[i]), >, 0);
}

void
test_add_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pipelines); i++)
    {
      g_autofree char *path = g_strdup_printf ("/pipelines/%s", pipelines[i].path);

      g_test_add_data_func (path, &pipelines[i], test_pipeline);
    }
}
