/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

/* Pipelines with bpalloc carry what they carry without it. */

#define VIDEO "video/x-raw,width=320,height=240"
#define SINK "fakesink name=sink signal-handoffs=true"

/* Each makes the same bytes every time: a negative cpu-used keeps vp8enc from
 * choosing its speed by the clock. */
typedef struct
{
  const char *path;
  const char *description;
} Pipeline;

static const Pipeline pipelines[] = {
  { "video", "videotestsrc num-buffers=300 ! " VIDEO " ! BPALLOC ! " SINK },
  { "live-video", "videotestsrc is-live=true num-buffers=10 ! " VIDEO " ! BPALLOC ! " SINK },
  { "audio", "audiotestsrc num-buffers=300 ! BPALLOC ! " SINK },
  { "converted", "videotestsrc num-buffers=100 ! " VIDEO ",format=RGB ! videoconvert ! " VIDEO
    ",format=I420 ! BPALLOC ! videoscale ! video/x-raw,width=160,height=120 ! BPALLOC ! " SINK },
  { "vp8", "videotestsrc num-buffers=30 ! " VIDEO " ! BPALLOC ! "
    "vp8enc deadline=1 cpu-used=-8 threads=1 ! BPALLOC ! vp8dec threads=1 ! BPALLOC ! " SINK },
  { "theora", "videotestsrc num-buffers=30 ! " VIDEO " ! BPALLOC ! theoraenc ! BPALLOC ! "
    "theoradec ! BPALLOC ! " SINK },
  { "opus", "audiotestsrc num-buffers=100 ! audio/x-raw,rate=48000 ! BPALLOC ! opusenc ! "
    "BPALLOC ! opusdec ! BPALLOC ! " SINK },
  { "queued", "videotestsrc num-buffers=200 ! " VIDEO " ! BPALLOC ! queue ! queue ! " SINK },
  { "two-streams", "videotestsrc num-buffers=50 ! " VIDEO " ! BPALLOC ! queue ! " SINK
    " audiotestsrc num-buffers=50 ! BPALLOC ! queue ! fakesink" },
  { "tee", "videotestsrc num-buffers=100 ! " VIDEO " ! BPALLOC ! tee name=t "
    "t. ! queue ! videobalance hue=0.1 ! " SINK
    " t. ! queue ! videobalance hue=0.2 ! fakesink"
    " t. ! queue ! videobalance hue=0.3 ! fakesink"
    " t. ! queue ! videobalance hue=0.4 ! fakesink" },
  { "composed", "videotestsrc num-buffers=60 ! " VIDEO ",framerate=30/1 ! "
    "compositor ! " VIDEO " ! BPALLOC ! " SINK },
};

/* Here downstream offers a pool, which is left as it is. */
static const Pipeline left_alone[] = {
  { "compositor", "compositor name=mix sink_1::xpos=160 ! " VIDEO " ! " SINK
    " videotestsrc num-buffers=60 ! " VIDEO ",framerate=30/1 ! BPALLOC ! mix.sink_0"
    " videotestsrc num-buffers=60 pattern=ball ! " VIDEO ",framerate=30/1 ! BPALLOC ! mix.sink_1" },
};

typedef struct
{
  guint n_buffers;
  gsize n_bytes;
  guint hash;
} Seen;

static void
on_handoff (GstElement *sink,
            GstBuffer  *buffer,
            GstPad     *pad,
            gpointer    data)
{
  Seen *seen = data;
  GstMapInfo info;

  g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_READ));
  seen->n_buffers++;
  seen->n_bytes += info.size;
  for (gsize i = 0; i < info.size; i++)
    seen->hash = seen->hash * 31 + info.data[i];
  gst_buffer_unmap (buffer, &info);
}

static Seen
run (const char *description,
     gboolean    with_bpalloc)
{
  g_autoptr (GstElement) pipeline = test_parse_pipeline (description, with_bpalloc);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  Seen seen = { 0 };

  g_signal_connect (sink, "handoff", G_CALLBACK (on_handoff), &seen);
  test_run_pipeline (pipeline);
  g_assert_cmpuint (seen.n_buffers, >, 0);

  return seen;
}

static guint64
get_acquired (void)
{
  return test_get_shared_stat ("hits") + test_get_shared_stat ("misses");
}

/* How often memory was acquired, with what is offered in that mode. */
static guint64
check_mode (const Pipeline *pipeline,
            const Seen     *without,
            const char     *mode)
{
  guint64 n_before = get_acquired ();
  Seen with;

  test_set_mode (mode);
  with = run (pipeline->description, TRUE);
  g_assert_cmpuint (with.n_buffers, ==, without->n_buffers);
  g_assert_cmpuint (with.n_bytes, ==, without->n_bytes);
  g_assert_cmphex (with.hash, ==, without->hash);
  test_assert_none_out ();

  return get_acquired () - n_before;
}

static void
test_pipeline (gconstpointer data)
{
  const Pipeline *pipeline = data;
  Seen without;

  if (g_getenv ("GST_BUFPOOL_LEAK_CHECKER") != NULL && g_str_equal (pipeline->path, "composed"))
    {
      g_test_skip ("GstVideoAggregator of GStreamer 1.22 leaks any allocator that it is offered");
      return;
    }
  if (!test_has_elements (pipeline->description))
    return;

  without = run (pipeline->description, FALSE);
  for (guint i = 0; i < TEST_N_MODES; i++)
    g_assert_cmpuint (check_mode (pipeline, &without, test_modes[i]), >, 0);
}

static void
test_left_alone (gconstpointer data)
{
  const Pipeline *pipeline = data;
  Seen without = run (pipeline->description, FALSE);

  for (guint i = 0; i < TEST_N_MODES; i++)
    g_assert_cmpuint (check_mode (pipeline, &without, test_modes[i]), ==, 0);
}

static void
add_cases (const Pipeline *cases,
           guint           n_cases,
           GTestDataFunc   func)
{
  for (guint i = 0; i < n_cases; i++)
    {
      g_autofree char *path = g_strdup_printf ("/pipelines/%s", cases[i].path);

      g_test_add_data_func (path, &cases[i], func);
    }
}

void
test_add_cases (void)
{
  add_cases (pipelines, G_N_ELEMENTS (pipelines), test_pipeline);
  add_cases (left_alone, G_N_ELEMENTS (left_alone), test_left_alone);
}
