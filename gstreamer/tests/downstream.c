/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

/* In front of elements that offer a pool, bpalloc changes where the memory comes from and
 * nothing else. */

/* Frames whose lines and planes are no round numbers; what is compared has no bytes between
 * lines, which are never written. */
#define VIDEO "video/x-raw,width=166,height=122,framerate=30/1"
#define I420 VIDEO ",format=I420"
#define SOURCE "videotestsrc num-buffers=20 pattern=ball ! " I420
/* The JPEG encoder reads whole blocks, and so bytes that are never written if a line has them. */
#define BLOCKS "videotestsrc num-buffers=20 pattern=ball ! video/x-raw,width=176,height=122," \
               "framerate=30/1,format=I420"
#define RGBA " ! videoconvert ! video/x-raw,format=RGBA ! " TEST_SINK
#define H264 " ! video/x-h264,profile=constrained-baseline ! h264parse"

typedef struct
{
  const char *path;
  const char *description;
} Case;

static const Case cases[] = {
  { "videoconvert", SOURCE " ! BPALLOC" RGBA },
  { "videoscale", SOURCE " ! BPALLOC ! videoscale ! video/x-raw,width=80,height=60 ! " TEST_SINK },
  { "videocrop", SOURCE " ! BPALLOC ! videocrop left=7 top=3" RGBA },
  { "videoflip", SOURCE " ! BPALLOC ! videoflip method=clockwise" RGBA },
  { "videobox", SOURCE " ! BPALLOC ! videobox left=-7" RGBA },
  { "alpha", SOURCE " ! BPALLOC ! alpha method=green ! video/x-raw,format=AYUV ! " TEST_SINK },
  { "deinterlace", SOURCE " ! BPALLOC ! deinterlace mode=interlaced" RGBA },
  { "compositor", SOURCE " ! BPALLOC ! compositor background=black ! " I420 RGBA },
  { "vp8enc", SOURCE " ! BPALLOC ! vp8enc deadline=1 cpu-used=-8 threads=1 ! " TEST_SINK },
  { "theoraenc", SOURCE " ! BPALLOC ! theoraenc ! " TEST_SINK },
  { "jpegenc", BLOCKS " ! BPALLOC ! jpegenc ! " TEST_SINK },
  { "openh264enc", SOURCE " ! BPALLOC ! openh264enc multi-thread=1 ! " TEST_SINK },
  { "x264enc", SOURCE " ! BPALLOC ! x264enc threads=1 ! " TEST_SINK },
  { "transform", SOURCE " ! videobalance hue=0.1 ! BPALLOC" RGBA },
  { "converter", "videotestsrc num-buffers=20 ! " VIDEO ",format=RGB ! videoconvert ! " I420
    " ! BPALLOC ! theoraenc ! " TEST_SINK },
  { "vp8dec", SOURCE " ! vp8enc deadline=1 cpu-used=-8 threads=1 ! vp8dec threads=1 ! BPALLOC" RGBA },
  { "theoradec", SOURCE " ! theoraenc ! theoradec ! BPALLOC" RGBA },
  { "jpegdec", BLOCKS " ! jpegenc ! jpegdec ! BPALLOC" RGBA },
  { "avdec_h264", SOURCE " ! x264enc threads=1" H264 " ! avdec_h264 max-threads=1 ! BPALLOC" RGBA },
  { "openh264dec", SOURCE " ! x264enc threads=1" H264 " ! openh264dec ! BPALLOC" RGBA },
};

/* Behind a tee whose branches take a video meta a pool is wanted, and there is none; here
 * decoders write straight into frames of ours. */
#define BRANCHES " ! BPALLOC ! tee name=t ! queue" RGBA \
                 " t. ! queue ! videoconvert ! video/x-raw,format=RGBA ! fakesink"
#define LONG_SOURCE "videotestsrc num-buffers=40 pattern=ball ! " I420
#define LONG_BLOCKS "videotestsrc num-buffers=40 pattern=ball ! video/x-raw,width=176,height=122," \
                    "framerate=30/1,format=I420"

static const Case direct[] = {
  { "vp8dec", LONG_SOURCE " ! vp8enc deadline=1 cpu-used=-8 threads=1 ! vp8dec threads=1" BRANCHES },
  { "theoradec", LONG_SOURCE " ! theoraenc ! theoradec" BRANCHES },
  { "jpegdec", LONG_BLOCKS " ! jpegenc ! jpegdec" BRANCHES },
  { "avdec_h264", LONG_SOURCE " ! x264enc threads=1" H264 " ! avdec_h264 max-threads=1" BRANCHES },
  { "openh264dec", LONG_SOURCE " ! x264enc threads=1" H264 " ! openh264dec" BRANCHES },
};

/* What comes out of bpalloc is memory of ours. */
static GstPadProbeReturn
check_memory (GstPad          *pad,
              GstPadProbeInfo *info,
              gpointer         n_checked)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  for (guint i = 0; i < gst_buffer_n_memory (buffer); i++)
    g_assert_true (gst_memory_is_type (gst_buffer_peek_memory (buffer, i), GST_BP_MEMORY_TYPE));
  g_atomic_int_inc ((int *) n_checked);

  return GST_PAD_PROBE_OK;
}

static GstElement *
find_bpalloc (GstElement *pipeline)
{
  g_autoptr (GstIterator) iterator = gst_bin_iterate_elements (GST_BIN (pipeline));
  g_auto (GValue) value = G_VALUE_INIT;
  GstElement *found = NULL;

  while (found == NULL && gst_iterator_next (iterator, &value) == GST_ITERATOR_OK)
    {
      GstElement *element = g_value_get_object (&value);

      if (g_str_equal (G_OBJECT_TYPE_NAME (element), "GstBpAlloc"))
        found = gst_object_ref (element);
      g_value_reset (&value);
    }

  return found;
}

static void
test_memory_is_ours (const char *description)
{
  g_autoptr (GstElement) pipeline = test_parse_pipeline (description, TRUE);
  g_autoptr (GstElement) element = find_bpalloc (pipeline);
  g_autoptr (GstPad) pad = NULL;
  int n_checked = 0;

  g_assert_nonnull (element);
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, check_memory, &n_checked, NULL);
  test_run_pipeline (pipeline);
  g_assert_cmpint (n_checked, >=, 20);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  TestSeen without;

  if (!test_has_elements (test->description))
    return;

  without = test_run_and_see (test->description, FALSE);
  for (guint i = 0; i < TEST_N_MODES; i++)
    g_assert_cmpuint (test_check_mode (test->description, &without, test_modes[i]), >, 0);
  test_memory_is_ours (test->description);
}

/* Counts what comes from a pool of ours. */
static GstPadProbeReturn
count_pooled (GstPad          *pad,
              GstPadProbeInfo *info,
              gpointer         n_pooled)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  if (buffer->pool != NULL && GST_IS_BP_BUFFER_POOL (buffer->pool))
    g_atomic_int_inc ((int *) n_pooled);

  return GST_PAD_PROBE_OK;
}

static void
test_direct (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) element = NULL;
  g_autoptr (GstPad) pad = NULL;
  TestSeen without;
  int n_pooled = 0;

  if (!test_has_elements (test->description))
    return;

  without = test_run_and_see (test->description, FALSE);
  g_assert_cmpuint (test_check_mode (test->description, &without, "pool"), >, 0);

  pipeline = test_parse_pipeline (test->description, TRUE);
  element = find_bpalloc (pipeline);
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_pooled, &n_pooled, NULL);
  test_run_pipeline (pipeline);
  /* Some decoders know only after a few frames what pool there is. */
  g_assert_cmpint (n_pooled, >=, 20);
}

void
test_add_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (direct); i++)
    {
      g_autofree char *path = g_strdup_printf ("/direct/%s", direct[i].path);

      g_test_add_data_func (path, &direct[i], test_direct);
    }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/downstream/%s", cases[i].path);

      g_test_add_data_func (path, &cases[i], test_case);
    }
}
