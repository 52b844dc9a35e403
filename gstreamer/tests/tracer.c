/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The tracer is switched on for a whole process, by its environment, so most cases run in
 * a process of their own. */

#define VIDEO "video/x-raw,format=I420,width=320,height=240"
#define VIDEO_BYTES (320 * 240 * 3 / 2)
#define RGB_BYTES (320 * 240 * 3)
#define SMALL_VIDEO "video/x-raw,format=I420,width=160,height=120"
#define SMALL_VIDEO_BYTES (160 * 120 * 3 / 2)

/* What comes on top of a size that was asked for. */
#define MAX_SLACK 256

/* The same test again, in a process of its own. */
static void
run_traced (const char *tracers)
{
  g_setenv ("GST_TRACERS", tracers, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_unsetenv ("GST_TRACERS");
  g_test_trap_assert_passed ();
}

static GstTracer *
get_tracer (void)
{
  g_autolist (GstTracer) tracers = gst_tracing_get_active_tracers ();

  for (GList *l = tracers; l != NULL; l = l->next)
    {
      if (GST_IS_BP_TRACER (l->data))
        return gst_object_ref (l->data);
    }
  g_error ("There is no tracer");
}

static GstStructure *
get_stats (void)
{
  g_autoptr (GstTracer) tracer = get_tracer ();
  GstStructure *stats = NULL;

  g_object_get (tracer, "stats", &stats, NULL);
  g_assert_nonnull (stats);

  return stats;
}

static guint64
get_number (const GstStructure *structure,
            const char         *field)
{
  guint64 number = 0;

  g_assert_true (gst_structure_get_uint64 (structure, field, &number));

  return number;
}

static guint64
get_stat (const char *field)
{
  g_autoptr (GstStructure) stats = get_stats ();

  return get_number (stats, field);
}

/* Of an element or a thread by its whole name; NULL if it has allocated nothing. */
static GstStructure *
get_user (const char *name)
{
  g_autoptr (GstStructure) stats = get_stats ();
  const GValue *users = gst_structure_get_value (stats, "users");

  for (guint i = 0; i < gst_value_array_get_size (users); i++)
    {
      const GstStructure *user = gst_value_get_structure (gst_value_array_get_value (users, i));

      if (g_str_equal (gst_structure_get_string (user, "name"), name))
        return gst_structure_copy (user);
    }

  return NULL;
}

static guint64
get_user_stat (const char *name,
               const char *field)
{
  g_autoptr (GstStructure) user = get_user (name);

  if (user == NULL)
    g_error ("%s has allocated nothing", name);

  return get_number (user, field);
}

static GstMemory *
allocate (gsize size)
{
  GstMemory *mem = gst_allocator_alloc (NULL, size, NULL);

  g_assert_nonnull (mem);
  test_fill_memory (mem, 1);

  return mem;
}

static void
run (const char *description)
{
  GstElement *pipeline = test_parse_pipeline (description, FALSE);

  gst_object_set_name (GST_OBJECT (pipeline), "line");
  test_run_pipeline (pipeline);
  test_finalize (pipeline);
}

static void
test_is_default (void)
{
  g_autoptr (GstAllocator) allocator = gst_allocator_find (NULL);
  g_autoptr (GstAllocator) system = gst_allocator_find (GST_ALLOCATOR_SYSMEM);
  GstMemory *mem = allocate (1000);

  g_assert_true (GST_IS_BP_ALLOCATOR (allocator));
  g_assert_false (GST_IS_BP_ALLOCATOR (system));
  g_assert_true (mem->allocator == allocator);
  gst_memory_unref (mem);
}

/* Blocks of large frames lie idle, and small requests leave them alone. */
static void
test_small_requests (void)
{
  GstMemory *mems[10];
  guint64 n_before;

  gst_memory_unref (allocate (3110400));
  n_before = get_stat ("held-bytes");
  g_assert_cmpuint (n_before, >=, 3110400);

  for (guint i = 0; i < G_N_ELEMENTS (mems); i++)
    mems[i] = allocate (1400);
  g_assert_cmpuint (get_stat ("hits"), ==, 0);
  g_assert_cmpuint (get_stat ("held-bytes") - n_before, <=, G_N_ELEMENTS (mems) * 2048);
  for (guint i = 0; i < G_N_ELEMENTS (mems); i++)
    gst_memory_unref (mems[i]);
}

/* Two in one thread, with a bin around the second, and one behind a queue. */
static void
test_elements (void)
{
  run ("videotestsrc name=first num-buffers=20 ! video/x-raw,format=RGB,width=320,height=240 ! "
       "bin.( name=around videoconvert name=second ) ! " VIDEO " ! queue ! "
       "videoscale name=third ! " SMALL_VIDEO " ! fakesink name=last");

  g_assert_cmpuint (get_user_stat ("line/first", "peak-bytes"), >=, RGB_BYTES);
  g_assert_cmpuint (get_user_stat ("line/around/second", "peak-bytes"), >=, VIDEO_BYTES);
  g_assert_cmpuint (get_user_stat ("line/third", "peak-bytes"), >=, SMALL_VIDEO_BYTES);
  g_assert_cmpuint (get_user_stat ("line/third", "peak-bytes"), <, VIDEO_BYTES);
  g_assert_null (get_user ("line/last"));
  g_assert_cmpuint (get_user_stat ("line/first", "outstanding"), ==, 0);
  g_assert_cmpuint (get_user_stat ("line/around/second", "outstanding"), ==, 0);
  g_assert_cmpuint (get_user_stat ("line/third", "outstanding"), ==, 0);
}

/* One frame after the other, each from the default allocator and given back at once: the
 * peak is one frame. */
static void
test_peak (void)
{
  g_autoptr (GstStructure) stats = NULL;
  const GstStructure *user;
  GstMemory *first, *second;
  guint64 peak;
  gsize size;

  for (guint i = 0; i < 10; i++)
    gst_memory_unref (allocate (VIDEO_BYTES));
  first = allocate (VIDEO_BYTES);
  size = first->maxsize;
  g_assert_cmpuint (size, <=, VIDEO_BYTES + MAX_SLACK);
  second = allocate (VIDEO_BYTES);
  gst_memory_unref (first);
  /* Of a block that is counted already. */
  gst_memory_unref (gst_memory_share (second, 10, 20));

  stats = get_stats ();
  user = gst_value_get_structure (
    gst_value_array_get_value (gst_structure_get_value (stats, "users"), 0));
  peak = get_number (user, "peak-bytes");
  g_assert_cmpuint (peak, >=, 2 * VIDEO_BYTES);
  g_assert_cmpuint (peak, <=, 2 * (VIDEO_BYTES + MAX_SLACK));
  g_assert_cmpuint (get_number (user, "allocations"), ==, 12);
  g_assert_cmpuint (get_number (user, "outstanding"), ==, 1);
  g_assert_cmpuint (get_number (user, "outstanding-bytes"), ==, second->maxsize);
  g_assert_true (g_str_has_prefix (gst_structure_get_string (user, "name"), "thread \""));
  gst_memory_unref (second);
}

static gpointer
allocate_in_thread (gpointer data)
{
  return allocate (1000);
}

static void
test_threads (void)
{
  GThread *thread = g_thread_new ("worker", allocate_in_thread, NULL);
  GstMemory *mem = g_thread_join (thread);

  g_assert_cmpuint (get_user_stat ("thread \"worker\"", "outstanding"), ==, 1);
  /* Freed by another thread, and the counts are right. */
  gst_memory_unref (mem);
  g_assert_cmpuint (get_user_stat ("thread \"worker\"", "outstanding"), ==, 0);
  g_assert_cmpuint (get_user_stat ("thread \"worker\"", "outstanding-bytes"), ==, 0);
}

/* Leak checkers would report it otherwise. */
static GPtrArray *leaked;

static GstPadProbeReturn
leak_in_probe (GstPad          *pad,
               GstPadProbeInfo *info,
               gpointer         data)
{
  g_ptr_array_add (leaked, allocate (1000));

  return GST_PAD_PROBE_OK;
}

/* A probe at the sink's pad runs in the push to the sink. */
static void
test_leak (void)
{
  GstElement *pipeline = test_parse_pipeline (
    "fakesrc num-buffers=5 ! queue ! fakesink name=keeper", FALSE);
  GstElement *keeper = gst_bin_get_by_name (GST_BIN (pipeline), "keeper");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (keeper, "sink");

  leaked = g_ptr_array_new ();
  gst_object_set_name (GST_OBJECT (pipeline), "line");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, leak_in_probe, NULL, NULL);
  test_run_pipeline (pipeline);
  gst_object_unref (keeper);
  test_finalize (pipeline);
  g_assert_cmpuint (leaked->len, ==, 5);
  g_assert_cmpuint (get_user_stat ("line/keeper", "outstanding"), ==, 5);
}

#define BUDGET 1000000
#define N_BLOCKS 20
#define BLOCK_BYTES 100000

static void
test_budget (void)
{
  GstMemory *mems[N_BLOCKS];

  for (guint i = 0; i < N_BLOCKS; i++)
    mems[i] = allocate (BLOCK_BYTES);
  g_assert_cmpuint (get_stat ("max-bytes"), ==, BUDGET);
  g_assert_cmpuint (get_stat ("held-bytes"), >, BUDGET / 2);
  g_assert_cmpuint (get_stat ("held-bytes"), <=, BUDGET);
  g_assert_cmpuint (get_stat ("fallbacks"), >=, N_BLOCKS - BUDGET / BLOCK_BYTES);
  g_assert_cmpuint (get_stat ("fallbacks"), <, N_BLOCKS);
  g_assert_cmpuint (get_stat ("allocations"), ==, N_BLOCKS);
  g_assert_cmpuint (get_stat ("fallback-bytes"), >=, get_stat ("fallbacks") * BLOCK_BYTES);

  for (guint i = 0; i < N_BLOCKS; i++)
    gst_memory_unref (mems[i]);
  g_assert_cmpuint (get_stat ("fallback-bytes"), ==, 0);
  g_assert_cmpuint (get_stat ("held-bytes"), >=, 5 * BLOCK_BYTES);
  g_assert_cmpuint (get_stat ("held-bytes"), <=, 5 * BLOCK_BYTES * 5 / 4);

  /* No block of such frames has room, but for small ones. */
  run ("videotestsrc num-buffers=5 ! video/x-raw,format=I420,width=1280,height=720 ! queue ! "
       "fakesink");
  g_assert_cmpuint (get_stat ("fallback-peak-bytes"), >=, 1280 * 720 * 3 / 2);
  g_assert_cmpuint (get_stat ("peak-bytes"), <=, BUDGET);
}

static void
test_idle_goes_at_null (void)
{
  run ("videotestsrc num-buffers=20 ! " VIDEO " ! queue ! fakesink");
  g_assert_cmpuint (get_stat ("peak-bytes"), >=, VIDEO_BYTES);
  g_assert_cmpuint (get_stat ("held-bytes"), ==, 0);
}

/* Asks for as long as it takes. */
static void
on_handoff (GstElement *sink,
            GstBuffer  *buffer,
            GstPad     *pad,
            gpointer    data)
{
  if (get_stat ("held-bytes") < VIDEO_BYTES)
    gst_element_post_message (sink, gst_message_new_eos (GST_OBJECT (sink)));
}

/* Nothing asks for memory of that size while other data flows. */
static void
test_idle_goes_in_time (void)
{
  g_autoptr (GstElement) pipeline = test_parse_pipeline (
    "fakesrc ! fakesink name=sink signal-handoffs=true", FALSE);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");

  g_signal_connect (sink, "handoff", G_CALLBACK (on_handoff), NULL);
  gst_memory_unref (allocate (VIDEO_BYTES));
  g_assert_cmpuint (get_stat ("held-bytes"), >=, VIDEO_BYTES);
  test_run_pipeline (pipeline);
  g_assert_cmpuint (get_stat ("held-bytes"), <, VIDEO_BYTES);
}

static void
test_own_default (void)
{
  GstMemory *before = allocate (1000);
  GstMemory *after;

  gst_allocator_set_default (gst_allocator_find (GST_ALLOCATOR_SYSMEM));
  after = allocate (1000);
  g_assert_false (GST_IS_BP_ALLOCATOR (after->allocator));
  run ("videotestsrc num-buffers=5 ! " VIDEO " ! fakesink");
  gst_memory_unref (before);
  gst_memory_unref (after);
}

/* GStreamer's own tracer of leaks gives a warning, which ends the process. */
static void
test_deinit (void)
{
  run ("videotestsrc name=first num-buffers=5 ! " VIDEO " ! fakesink");
  gst_deinit ();
}

static void
test_without_summary (void)
{
  gst_memory_unref (allocate (1000));
}

static void
test_fork (void)
{
  pid_t child;
  int status;

  gst_memory_unref (allocate (1000));
  child = fork ();
  if (child == 0)
    exit (0); /* NOLINT(concurrency-mt-unsafe): a child has one thread */
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

static void
on_bytes (GstElement *sink,
          GstBuffer  *buffer,
          GstPad     *pad,
          gpointer    checksum)
{
  GstMapInfo info;

  g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_READ));
  g_checksum_update (checksum, info.data, (gssize) info.size);
  gst_buffer_unmap (buffer, &info);
}

static void
print_checksum (const char *description,
                GString    *text)
{
  g_autoptr (GstElement) pipeline = test_parse_pipeline (description, FALSE);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);

  g_object_set (sink, "signal-handoffs", TRUE, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (on_bytes), checksum);
  test_run_pipeline (pipeline);
  g_string_append_printf (text, "%s;", g_checksum_get_string (checksum));
}

/* Those of pipelines.c that need no codec. */
static char *
make_checksums (void)
{
  static const char *const descriptions[] = {
    "videotestsrc num-buffers=50 ! " VIDEO " ! queue ! fakesink name=sink",
    "audiotestsrc num-buffers=50 ! audioconvert ! audio/x-raw,format=F32LE ! audioresample ! "
    "audio/x-raw,rate=8000 ! fakesink name=sink",
    "videotestsrc num-buffers=50 ! video/x-raw,format=RGB,width=320,height=240 ! videoconvert ! "
    VIDEO " ! videoscale ! " SMALL_VIDEO " ! fakesink name=sink",
    "videotestsrc num-buffers=50 ! " VIDEO " ! tee name=t t. ! queue ! videobalance hue=0.1 ! "
    "fakesink name=sink t. ! queue ! videobalance hue=0.2 ! fakesink",
    "videotestsrc num-buffers=50 ! " VIDEO " ! rtpvrawpay ! rtpvrawdepay ! fakesink name=sink",
  };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (descriptions); i++)
    print_checksum (descriptions[i], text);

  return g_string_free (text, FALSE);
}

static void
test_same_bytes_traced (void)
{
  g_autofree char *sums = make_checksums ();

  g_assert_cmpuint (get_stat ("hits"), >, 0);
  g_assert_cmpuint (get_stat ("fallbacks"), >, 0);
  g_print ("sums: %s\n", sums);
}

static void
test_same_bytes (void)
{
  g_autofree char *pattern = NULL;
  g_autofree char *sums = NULL;

  if (g_test_subprocess ())
    {
      test_same_bytes_traced ();
      return;
    }

  sums = make_checksums ();
  pattern = g_strdup_printf ("*sums: %s\n*", sums);
  run_traced ("bufpool(max-bytes=400000)");
  g_test_trap_assert_stdout (pattern);
}

#define N_ELEMENTS 1100

static GstPadProbeReturn
allocate_in_probe (GstPad          *pad,
                   GstPadProbeInfo *info,
                   gpointer         data)
{
  gst_memory_unref (allocate (100));

  return GST_PAD_PROBE_DROP;
}

static void
send_event (guint i)
{
  g_autofree char *name = g_strdup_printf ("element%u", i);
  g_autoptr (GstElement) element = gst_element_factory_make ("identity", name);
  g_autoptr (GstPad) sink_pad = NULL;
  g_autoptr (GstPad) pad = gst_pad_new (NULL, GST_PAD_SRC);

  gst_object_ref_sink (element);
  gst_object_ref_sink (pad);
  sink_pad = gst_element_get_static_pad (element, "sink");
  gst_pad_add_probe (sink_pad, GST_PAD_PROBE_TYPE_EVENT_BOTH, allocate_in_probe, NULL, NULL);
  g_assert_cmpint (gst_pad_link (pad, sink_pad), ==, GST_PAD_LINK_OK);
  g_assert_true (gst_pad_set_active (pad, TRUE));
  test_set_state (element, GST_STATE_PAUSED);
  gst_pad_push_event (pad, gst_event_new_stream_start ("test"));
  test_set_state (element, GST_STATE_NULL);
  gst_pad_set_active (pad, FALSE);
  gst_pad_unlink (pad, sink_pad);
}

/* A program that makes elements all day: from some point on they share what is counted. */
static void
test_many_elements (void)
{
  guint64 n_others;

  for (guint i = 0; i < N_ELEMENTS; i++)
    send_event (i);
  g_assert_cmpuint (get_user_stat ("element0", "allocations"), ==, 1);
  n_others = get_user_stat ("all others", "allocations");
  g_assert_cmpuint (n_others, >=, N_ELEMENTS - 1000);
  g_assert_cmpuint (n_others, <, N_ELEMENTS - 900);
}

static void
test_second (void)
{
  g_autoptr (GstTracer) tracer = NULL;
  GstStructure *stats = NULL;

  g_test_expect_message ("GstBufpool", G_LOG_LEVEL_WARNING,
                         "The tracer bufpool stays off: there is one in this process already");
  tracer = g_object_new (GST_TYPE_BP_TRACER, NULL);
  g_test_assert_expected_messages ();
  g_object_set (tracer, "max-bytes", (guint64) 1000, NULL);
  g_object_get (tracer, "stats", &stats, NULL);
  g_assert_null (stats);
  g_assert_cmpuint (get_stat ("max-bytes"), ==, 0);
}

/* All that can be set in time can be changed. */
static void
test_properties (void)
{
  g_autoptr (GstTracer) tracer = NULL;
  guint64 max_bytes;
  guint max_buffers;
  gboolean has_summary;

  tracer = get_tracer ();
  g_object_get (tracer, "max-bytes", &max_bytes, "max-buffers", &max_buffers,
                "summary", &has_summary, NULL);
  g_assert_cmpuint (max_bytes, ==, G_GUINT64_CONSTANT (5000000000));
  g_assert_cmpuint (max_buffers, ==, 7);
  g_assert_true (has_summary);

  g_object_set (tracer, "max-bytes", (guint64) 100000, "summary", FALSE, NULL);
  g_assert_cmpuint (get_stat ("max-bytes"), ==, 100000);
  gst_memory_unref (allocate (200000));
  g_assert_cmpuint (get_stat ("fallbacks"), ==, 1);
}

static void
check_wrong (const char *params,
             const char *message)
{
  g_autofree char *whole = g_strdup_printf ("The tracer bufpool stays off: %s", message);
  g_autoptr (GstAllocator) before = gst_allocator_find (NULL);
  g_autoptr (GstAllocator) after = NULL;
  g_autoptr (GstTracer) tracer = NULL;

  g_test_expect_message ("GstBufpool", G_LOG_LEVEL_WARNING, whole);
  tracer = g_object_new (GST_TYPE_BP_TRACER, "params", params, NULL);
  g_assert_nonnull (tracer);
  g_test_assert_expected_messages ();
  after = gst_allocator_find (NULL);
  g_assert_true (before == after);
}

static void
test_wrong_parameters (void)
{
  check_wrong ("max-byte=3", "there is no parameter \"max-byte\" (use max-bytes, max-buffers or "
               "summary)");
  check_wrong ("max-bytes=-1", "max-bytes=-1 is not right (use a number of bytes, or 0 for no "
               "limit)");
  check_wrong ("max-bytes=1.5", "max-bytes=1.5 is not right (use a number of bytes, *");
  check_wrong ("max-bytes=many", "max-bytes=many is not right *");
  check_wrong ("max-bytes=true", "max-bytes=true is not right *");
  check_wrong ("max-buffers=5000000000", "max-buffers=* is not right (use a number of idle "
               "blocks for each range of sizes)");
  check_wrong ("max-buffers=3,summary=7", "summary=7 is not right (use true or false)");
  check_wrong ("max-bytes", "\"max-bytes\" cannot be read (use name=value, with commas between "
               "them)");
}

typedef struct
{
  const char *path;
  const char *tracers;
  void (*func) (void);
  /* What the process prints as errors, and what it doesn't; NULL where that is not checked. */
  const char *printed;
  const char *not_printed;
} Case;

#define TWICE "*most at once*most at once*"
#define LEAKLESS "*bufpool: line/first (GstVideoTestSrc) *  -\n*"

static const Case cases[] = {
  { "is-default", "bufpool", test_is_default, NULL, NULL },
  { "small-requests", "bufpool", test_small_requests, NULL, NULL },
  { "elements", "bufpool", test_elements, LEAKLESS, TWICE },
  { "peak", "bufpool", test_peak, NULL, NULL },
  { "threads", "bufpool", test_threads, NULL, NULL },
  { "leak", "bufpool", test_leak,
    "*bufpool: line/keeper (GstFakeSink) * 5 * 5 blocks, 5.0?kB\n*", NULL },
  { "budget", "bufpool(max-bytes=1000000,max-buffers=5)", test_budget,
    "*bufpool: * allocations found no room in the limit*", NULL },
  { "idle-goes-at-null", "bufpool", test_idle_goes_at_null, NULL, NULL },
  { "idle-goes-in-time", "bufpool", test_idle_goes_in_time, NULL, NULL },
  { "own-default", "bufpool", test_own_default,
    "*bufpool: the program made another allocator its default*", NULL },
  { "deinit", "bufpool", test_deinit, LEAKLESS, TWICE },
  { "leaks-first", "leaks(check-refs=true);bufpool", test_deinit, LEAKLESS, TWICE },
  { "leaks-last", "bufpool;leaks", test_deinit, LEAKLESS, TWICE },
  { "without-summary", "bufpool(summary=false)", test_without_summary, NULL, "*bufpool:*" },
  { "fork", "bufpool", test_fork, "*most at once*", TWICE },
  { "many-elements", "bufpool(summary=false)", test_many_elements, NULL, NULL },
  { "second", "bufpool", test_second, NULL, NULL },
  { "properties", "bufpool(max-bytes=5000000000,max-buffers=7)", test_properties, NULL,
    "*bufpool:*" },
};

static void
run_case (gconstpointer data)
{
  const Case *one = data;

  if (one->func == test_deinit && g_getenv ("GST_BUFPOOL_LEAK_CHECKER") != NULL)
    {
      g_test_skip ("gst_deinit() of GStreamer 1.22 leaks what it found when it scanned plugins");
      return;
    }
  if (g_test_subprocess ())
    {
      one->func ();
      return;
    }

  run_traced (one->tracers);
  if (one->printed != NULL)
    g_test_trap_assert_stderr (one->printed);
  if (one->not_printed != NULL)
    g_test_trap_assert_stderr_unmatched (one->not_printed);
}

void
test_add_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/tracer/%s", cases[i].path);

      g_test_add_data_func (path, &cases[i], run_case);
    }
  g_test_add_func ("/tracer/same-bytes", test_same_bytes);
  g_test_add_func ("/tracer/wrong-parameters", test_wrong_parameters);
}
