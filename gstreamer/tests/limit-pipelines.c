/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

/* Pipelines whose bpalloc has limits. */

#define VIDEO "video/x-raw,format=I420,width=320,height=240,framerate=30/1"
/* What a frame of it counts: it and what else the block has, rounded up. */
#define BLOCK_BYTES 122880

#define N_FRAMES 50
#define N_SEEKS 20

/* A source, bpalloc, a queue without limits and a sink. While the gate between the last two
 * is closed nothing gets to the sink. */
typedef struct
{
  GstElement *pipeline;
  GstElement *bpalloc;
  GstPad *gate;
  gulong block;
  int n_arrived;
  int n_discont;
  int has_eos;
} Stream;

static GstPadProbeReturn
count_arrival (GstPad          *pad,
               GstPadProbeInfo *info,
               gpointer         data)
{
  Stream *stream = data;

  if (GST_BUFFER_IS_DISCONT (GST_PAD_PROBE_INFO_BUFFER (info)))
    g_atomic_int_inc (&stream->n_discont);
  g_atomic_int_inc (&stream->n_arrived);

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
see_eos (GstPad          *pad,
         GstPadProbeInfo *info,
         gpointer         data)
{
  Stream *stream = data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    g_atomic_int_set (&stream->has_eos, TRUE);

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
hold (GstPad          *pad,
      GstPadProbeInfo *info,
      gpointer         data)
{
  return GST_PAD_PROBE_OK;
}

static void
add_probe (Stream              *stream,
           const char          *name,
           GstPadProbeType      type,
           GstPadProbeCallback  callback)
{
  g_autoptr (GstElement) element = gst_bin_get_by_name (GST_BIN (stream->pipeline), name);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");

  gst_pad_add_probe (pad, type, callback, stream, NULL);
}

static void
open_stream (Stream     *stream,
             const char *source,
             const char *mode,
             const char *limits)
{
  g_autofree char *description = NULL;
  g_autoptr (GstElement) queue = NULL;
  g_autoptr (GError) error = NULL;

  description = g_strdup_printf (
    "%s ! bpalloc name=bpalloc mode=%s %s ! queue name=queue max-size-buffers=0 max-size-bytes=0 "
    "max-size-time=0 ! fakesink name=sink", source, mode, limits);
  *stream = (Stream) { .pipeline = gst_parse_launch (description, &error) };
  g_assert_no_error (error);
  g_object_set (stream->pipeline, "auto-flush-bus", FALSE, NULL);

  stream->bpalloc = gst_bin_get_by_name (GST_BIN (stream->pipeline), "bpalloc");
  queue = gst_bin_get_by_name (GST_BIN (stream->pipeline), "queue");
  stream->gate = gst_element_get_static_pad (queue, "src");
  add_probe (stream, "sink", GST_PAD_PROBE_TYPE_BUFFER, count_arrival);
  add_probe (stream, "queue", GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, see_eos);
}

static void
close_gate (Stream *stream)
{
  stream->block = gst_pad_add_probe (stream->gate,
                                     GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER,
                                     hold, NULL, NULL);
}

static void
open_gate (Stream *stream)
{
  gst_pad_remove_probe (stream->gate, stream->block);
}

static void
play (Stream *stream)
{
  g_assert_cmpint (gst_element_set_state (stream->pipeline, GST_STATE_PLAYING), !=,
                   GST_STATE_CHANGE_FAILURE);
}

/* No error and no warning was there, since the bus was last read. */
static void
assert_quiet (Stream *stream)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (stream->pipeline);
  g_autoptr (GstMessage) message = NULL;

  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  g_assert_null (message);
}

/* Nothing goes wrong on the way. What is on the bus would keep the pipeline. */
static void
close_stream (Stream *stream)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (stream->pipeline);

  test_set_state (stream->pipeline, GST_STATE_NULL);
  assert_quiet (stream);
  gst_bus_set_flushing (bus, TRUE);
  gst_object_unref (stream->gate);
  gst_object_unref (stream->bpalloc);
  test_finalize (stream->pipeline);
}

static guint64
get_stat (Stream     *stream,
          const char *field)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  g_object_get (stream->bpalloc, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint64 (stats, field, &value));

  return value;
}

static void
wait_for_waits (Stream  *stream,
                guint64  n_waits)
{
  while (get_stat (stream, "waits") < n_waits)
    g_thread_yield ();
}

/* The next warning or error of a stream. */
static void
expect_message (Stream         *stream,
                GstMessageType  type,
                GQuark          domain,
                int             code,
                const char     *words)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (stream->pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
                                        GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, type);
  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_two_pipelines (gconstpointer mode)
{
  g_autoptr (BpBudget) budget = gst_bp_get_shared_budget ("two", 5 * BLOCK_BYTES);
  g_autofree char *source = g_strdup_printf ("videotestsrc num-buffers=%d ! " VIDEO, N_FRAMES);
  Stream streams[2];

  for (guint i = 0; i < 2; i++)
    {
      open_stream (&streams[i], source, mode, "budget-name=two");
      close_gate (&streams[i]);
      play (&streams[i]);
    }
  for (guint i = 0; i < 2; i++)
    wait_for_waits (&streams[i], 1);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 5 * BLOCK_BYTES);

  for (guint i = 0; i < 2; i++)
    open_gate (&streams[i]);
  for (guint i = 0; i < 2; i++)
    {
      test_wait_for_eos (streams[i].pipeline);
      g_assert_cmpint (streams[i].n_arrived, ==, N_FRAMES);
      g_assert_cmpuint (get_stat (&streams[i], "fallbacks"), ==, 0);
      g_assert_cmpuint (get_stat (&streams[i], "timeouts"), ==, 0);
      close_stream (&streams[i]);
    }
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, 5 * BLOCK_BYTES);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
}

static void
test_conflict (void)
{
  g_autoptr (BpBudget) budget = NULL;
  Stream first, second;

  open_stream (&first, "videotestsrc ! " VIDEO, "allocator",
               "budget-name=conflict max-bytes=1000000 max-outstanding=2");
  open_stream (&second, "videotestsrc ! " VIDEO, "allocator",
               "budget-name=conflict max-bytes=2000000");
  test_set_state (first.pipeline, GST_STATE_PAUSED);
  assert_quiet (&first);
  test_set_state (second.pipeline, GST_STATE_PAUSED);
  expect_message (&second, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS,
                  "has 1000000 bytes");
  budget = gst_bp_get_shared_budget ("conflict", 0);
  g_assert_cmpuint (bp_budget_get_max_bytes (budget), ==, 1000000);
  g_assert_cmpuint (get_stat (&second, "budget-max-bytes"), ==, 1000000);

  close_stream (&first);
  close_stream (&second);
}

/* A name that is not in use has no size. */
static void
test_name_ends (void)
{
  const char *limits[] = { "budget-name=short max-bytes=1000000",
                           "budget-name=short max-bytes=2000000" };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      Stream stream;

      open_stream (&stream, "videotestsrc num-buffers=10 ! " VIDEO, "allocator", limits[i]);
      play (&stream);
      test_wait_for_eos (stream.pipeline);
      close_stream (&stream);
    }
}

static void
test_timeout (gconstpointer mode)
{
  Stream stream;

  open_stream (&stream, "videotestsrc ! " VIDEO, mode, "max-outstanding=3 wait-timeout=1000");
  close_gate (&stream);
  play (&stream);
  expect_message (&stream, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR,
                  GST_RESOURCE_ERROR_NO_SPACE_LEFT, "Of max-outstanding=3 blocks 3 are out.");
  expect_message (&stream, GST_MESSAGE_ERROR, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "");
  g_assert_cmpuint (get_stat (&stream, "timeouts"), ==, 1);
  close_stream (&stream);
}

/* Paused, so that one frame is in the sink and the others are in the queue. */
static void
test_seeks (gconstpointer mode)
{
  Stream stream;

  open_stream (&stream, "videotestsrc ! " VIDEO, mode, "max-outstanding=3");
  test_set_state (stream.pipeline, GST_STATE_PAUSED);
  for (guint i = 0; i < N_SEEKS; i++)
    {
      guint64 n_waits = get_stat (&stream, "waits");

      wait_for_waits (&stream, i == 0 ? 1 : n_waits);
      g_assert_true (gst_element_seek_simple (stream.pipeline, GST_FORMAT_TIME,
                                              GST_SEEK_FLAG_FLUSH, i * GST_SECOND));
      g_assert_cmpint (gst_element_get_state (stream.pipeline, NULL, NULL, 60 * GST_SECOND), ==,
                       GST_STATE_CHANGE_SUCCESS);
      /* The wait of before has ended; now there is another. */
      wait_for_waits (&stream, n_waits + 1);
    }
  g_assert_cmpuint (get_stat (&stream, "permits"), ==, 3);
  close_stream (&stream);
}

static GstPadProbeReturn
keep_buffer (GstPad          *pad,
             GstPadProbeInfo *info,
             gpointer         buffers)
{
  g_ptr_array_add (buffers, gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info)));

  return GST_PAD_PROBE_OK;
}

/* A flush and a stop bring nothing back, since all that may be out is kept. What is made
 * while flushing is beyond the limit, and a pool makes nothing then. */
static void
test_nothing_comes_back (gconstpointer mode)
{
  g_autoptr (GPtrArray) buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  g_autoptr (GstPad) pad = NULL;
  guint64 n_overflows;
  Stream stream;

  open_stream (&stream, "videotestsrc ! " VIDEO, mode, "max-outstanding=3");
  pad = gst_element_get_static_pad (stream.bpalloc, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, keep_buffer, buffers, NULL);
  play (&stream);
  for (guint i = 0; i < N_SEEKS; i++)
    {
      wait_for_waits (&stream, i + 1);
      g_assert_true (gst_element_seek_simple (stream.pipeline, GST_FORMAT_TIME,
                                              GST_SEEK_FLAG_FLUSH, i * GST_SECOND));
    }
  wait_for_waits (&stream, N_SEEKS + 1);
  n_overflows = get_stat (&stream, "overflows");
  g_assert_cmpuint (n_overflows, ==, g_str_equal (mode, "pool") ? 0 : N_SEEKS);
  g_assert_cmpuint (get_stat (&stream, "permits"), ==, 3);
  close_stream (&stream);
}

static void
test_stop (gconstpointer mode)
{
  for (guint i = 0; i < 10; i++)
    {
      Stream stream;

      open_stream (&stream, "videotestsrc ! " VIDEO, mode, "max-bytes=500000");
      close_gate (&stream);
      play (&stream);
      wait_for_waits (&stream, 1);
      /* The element alone, too. */
      if (i % 2 == 0)
        test_set_state (stream.bpalloc, GST_STATE_READY);
      close_stream (&stream);
    }
}

static void
test_one_is_flushed (gconstpointer mode)
{
  Stream flushed, other;

  open_stream (&flushed, "videotestsrc ! " VIDEO, mode,
               "budget-name=flushed max-bytes=1000000 pool-name=flushed");
  open_stream (&other, "videotestsrc ! " VIDEO, mode,
               "budget-name=flushed max-bytes=1000000 pool-name=flushed max-outstanding=3");
  test_set_state (other.pipeline, GST_STATE_PAUSED);
  wait_for_waits (&other, 1);
  test_set_state (flushed.pipeline, GST_STATE_PAUSED);
  for (guint i = 0; i < N_SEEKS; i++)
    {
      guint64 n_waits = get_stat (&flushed, "waits");

      g_assert_true (gst_element_seek_simple (flushed.pipeline, GST_FORMAT_TIME,
                                              GST_SEEK_FLAG_FLUSH, i * GST_SECOND));
      wait_for_waits (&flushed, n_waits + 1);
    }
  g_assert_cmpuint (get_stat (&other, "waits"), ==, 1);
  g_assert_cmpuint (get_stat (&other, "overflows"), ==, 0);

  /* One that is paused keeps what it has, and is the first to get what comes back. */
  close_stream (&flushed);
  play (&other);
  while (g_atomic_int_get (&other.n_arrived) < N_FRAMES)
    g_thread_yield ();
  close_stream (&other);
}

/* All are made, and three get into the queue. */
static void
test_leaky (gconstpointer mode)
{
  const char *limits[] = { "leaky=upstream max-outstanding=3", "leaky=upstream max-bytes=368640" };
  g_autofree char *source = g_strdup_printf ("videotestsrc num-buffers=%d ! " VIDEO, N_FRAMES);

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      Stream stream;

      open_stream (&stream, source, mode, limits[i]);
      close_gate (&stream);
      play (&stream);
      while (!g_atomic_int_get (&stream.has_eos))
        g_thread_yield ();
      g_assert_cmpuint (get_stat (&stream, "outstanding"), ==, 3);
      g_assert_cmpuint (get_stat (&stream, "overflows"), ==, N_FRAMES - 3);
      g_assert_cmpuint (get_stat (&stream, "waits"), ==, 0);
      if (i == 1)
        g_assert_cmpuint (get_stat (&stream, "budget-peak-bytes"), ==, 3 * BLOCK_BYTES);

      open_gate (&stream);
      test_wait_for_eos (stream.pipeline);
      g_assert_cmpint (stream.n_arrived, ==, 3);
      close_stream (&stream);
    }
}

/* When there is room again frames pass again, and the first of them is marked. */
static void
test_leaky_goes_on (gconstpointer mode)
{
  Stream stream;

  open_stream (&stream, "videotestsrc ! " VIDEO, mode, "leaky=upstream max-outstanding=3");
  for (guint i = 0; i < 5; i++)
    {
      int n_arrived = g_atomic_int_get (&stream.n_arrived);
      guint64 n_overflows;

      close_gate (&stream);
      play (&stream);
      n_overflows = get_stat (&stream, "overflows");
      while (get_stat (&stream, "overflows") < n_overflows + 10)
        g_thread_yield ();
      open_gate (&stream);
      while (g_atomic_int_get (&stream.n_arrived) < n_arrived + 10)
        g_thread_yield ();
    }
  g_assert_cmpint (g_atomic_int_get (&stream.n_discont), >=, 5);
  close_stream (&stream);
}

typedef struct
{
  GstElement *filter;
  guint n_buffers;
} Flipper;

static GstPadProbeReturn
flip_caps (GstPad          *pad,
           GstPadProbeInfo *info,
           gpointer         data)
{
  Flipper *flipper = data;

  if (++flipper->n_buffers % 5 == 0)
    {
      gboolean is_large = flipper->n_buffers % 10 == 0;
      g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-raw",
        "format", G_TYPE_STRING, "I420",
        "width", G_TYPE_INT, is_large ? 640 : 320,
        "height", G_TYPE_INT, is_large ? 480 : 240,
        NULL);

      g_object_set (flipper->filter, "caps", caps, NULL);
    }

  return GST_PAD_PROBE_OK;
}

/* There is room for three large frames, so the idle small ones must go, and the other way
 * around. */
static void
test_caps_flips (gconstpointer mode)
{
  Flipper flipper = { 0 };
  g_autoptr (GstPad) pad = NULL;
  Stream stream;

  open_stream (&stream, "videotestsrc num-buffers=100 ! "
               "capsfilter name=filter caps=video/x-raw,format=I420,width=640,height=480", mode,
               "max-bytes=1474560");
  flipper.filter = gst_bin_get_by_name (GST_BIN (stream.pipeline), "filter");
  /* In the source's thread, since a filter has no lock between its caps and a buffer. */
  pad = gst_element_get_static_pad (stream.bpalloc, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, flip_caps, &flipper, NULL);
  play (&stream);
  test_wait_for_eos (stream.pipeline);
  g_assert_cmpint (stream.n_arrived, ==, 100);
  g_assert_cmpuint (get_stat (&stream, "budget-peak-bytes"), <=, 1474560);
  g_assert_cmpuint (get_stat (&stream, "budget-peak-bytes"), >=, 2 * 460800);
  g_assert_cmpuint (get_stat (&stream, "fallbacks"), ==, 0);
  close_stream (&stream);
  gst_object_unref (flipper.filter);
}

/* A limit that is raised lets upstream go on. */
static void
test_raise (gconstpointer mode)
{
  Stream stream;

  open_stream (&stream, "videotestsrc ! " VIDEO, mode, "max-outstanding=3");
  close_gate (&stream);
  play (&stream);
  wait_for_waits (&stream, 1);
  g_assert_cmpuint (get_stat (&stream, "outstanding"), ==, 3);
  g_object_set (stream.bpalloc, "max-outstanding", 6, NULL);
  wait_for_waits (&stream, 2);
  g_assert_cmpuint (get_stat (&stream, "outstanding"), ==, 6);
  close_stream (&stream);
}

static void
add_in_modes (const char    *name,
              GTestDataFunc  func)
{
  for (guint i = 0; i < TEST_N_MODES; i++)
    {
      g_autofree char *path = g_strdup_printf ("/limit-pipelines/%s/%s", test_modes[i], name);

      g_test_add_data_func (path, test_modes[i], func);
    }
}

void
test_add_cases (void)
{
  g_test_add_func ("/limit-pipelines/conflict", test_conflict);
  g_test_add_func ("/limit-pipelines/name-ends", test_name_ends);
  add_in_modes ("two-pipelines", test_two_pipelines);
  add_in_modes ("timeout", test_timeout);
  add_in_modes ("seeks", test_seeks);
  add_in_modes ("nothing-comes-back", test_nothing_comes_back);
  add_in_modes ("stop", test_stop);
  add_in_modes ("one-is-flushed", test_one_is_flushed);
  add_in_modes ("leaky", test_leaky);
  add_in_modes ("leaky-goes-on", test_leaky_goes_on);
  add_in_modes ("caps-flips", test_caps_flips);
  add_in_modes ("raise", test_raise);
}
