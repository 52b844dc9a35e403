/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

/* Pipelines under GStreamer's leaks tracer, which has to be switched on by
 * GST_TRACERS=leaks(check-refs=true). */

static GstTracer *
find_tracer (void)
{
  g_autolist (GstTracer) tracers = gst_tracing_get_active_tracers ();

  for (GList *l = tracers; l != NULL; l = l->next)
    {
      if (g_str_equal (G_OBJECT_TYPE_NAME (l->data), "GstLeaksTracer"))
        return gst_object_ref (l->data);
    }

  return NULL;
}

#define TYPE_FIELD "type-name=(string)"

/* Appends the type of each object that the tracer logs. */
static void
on_log (GstDebugCategory *category,
        GstDebugLevel     level,
        const char       *file,
        const char       *function,
        int               line,
        GObject          *object,
        GstDebugMessage  *message,
        gpointer          data)
{
  GString *names = data;
  const char *record = gst_debug_message_get (message);
  const char *name;

  if (!g_str_equal (gst_debug_category_get_name (category), "GST_TRACER") ||
      !g_str_has_prefix (record, "object-alive,"))
    return;

  name = strstr (record, TYPE_FIELD);
  g_assert_nonnull (name);
  name += strlen (TYPE_FIELD);
  g_string_append_len (names, name, (gssize) strcspn (name, ","));
  g_string_append_c (names, ' ');
}

/* The types of what is alive, in one string; "" if nothing is. */
static char *
list_alive (void)
{
  g_autoptr (GstTracer) tracer = find_tracer ();
  g_autoptr (GString) names = g_string_new (NULL);

  g_assert_nonnull (tracer);
  gst_task_cleanup_all ();

  gst_debug_set_threshold_for_name ("GST_TRACER", GST_LEVEL_TRACE);
  (gst_debug_add_log_function) (on_log, names, NULL);
  g_signal_emit_by_name (tracer, "log-live-objects");
  (gst_debug_remove_log_function) (on_log);
  gst_debug_unset_threshold_for_name ("GST_TRACER");

  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* The tracer sees memory of ours, so that what follows means something. */
static void
test_tracer_sees (void)
{
  g_autofree char *before = list_alive ();
  g_autofree char *meanwhile = NULL;
  g_autofree char *after = NULL;
  GstAllocator *allocator = gst_bp_allocator_new (NULL);
  GstMemory *mem = gst_allocator_alloc (allocator, 100, NULL);

  meanwhile = list_alive ();
  gst_memory_unref (mem);
  gst_object_unref (allocator);
  after = list_alive ();

  g_assert_null (strstr (before, "GstMemory"));
  g_assert_nonnull (strstr (meanwhile, "GstMemory"));
  g_assert_nonnull (strstr (meanwhile, "GstBpAllocator"));
  g_assert_cmpstr (after, ==, before);
}

static void
check (const char *description)
{
  g_autofree char *before = list_alive ();
  g_autofree char *after = NULL;
  GstElement *pipeline;

  if (!test_has_elements (description))
    return;

  pipeline = test_parse_pipeline (description, TRUE);
  test_run_pipeline (pipeline);
  test_finalize (pipeline);

  after = list_alive ();
  g_assert_cmpstr (after, ==, before);
}

static void
test_video (void)
{
  check ("videotestsrc num-buffers=30 ! BPALLOC ! queue ! fakesink");
}

static void
test_audio (void)
{
  check ("audiotestsrc num-buffers=30 ! BPALLOC ! audioconvert ! fakesink");
}

static void
test_tee (void)
{
  check ("videotestsrc num-buffers=30 ! video/x-raw,width=320,height=240 ! BPALLOC ! tee name=t "
         "t. ! queue ! videobalance hue=0.1 ! fakesink t. ! queue ! videobalance ! fakesink");
}

static void
test_coded (void)
{
  check ("videotestsrc num-buffers=10 ! BPALLOC ! vp8enc deadline=1 ! BPALLOC ! vp8dec ! "
         "BPALLOC ! fakesink");
}

static void
test_pools_of_downstream (void)
{
  check ("videotestsrc num-buffers=10 ! video/x-raw,width=320,height=240,format=I420 ! BPALLOC ! "
         "compositor ! videoconvert ! video/x-raw,format=RGB ! BPALLOC ! "
         "videoscale ! video/x-raw,width=160,height=120 ! fakesink");
}

static void
test_elements_that_never_ran (void)
{
  g_autofree char *before = list_alive ();
  g_autofree char *after = NULL;
  GstElement *element = gst_element_factory_make ("bpalloc", NULL);

  gst_object_unref (gst_object_ref_sink (element));
  after = list_alive ();
  g_assert_cmpstr (after, ==, before);
}

void
test_add_cases (void)
{
  /* Only what is listed is to be read. */
  (gst_debug_remove_log_function) (NULL);

  g_test_add_func ("/leaks/tracer-sees", test_tracer_sees);
  g_test_add_func ("/leaks/elements-that-never-ran", test_elements_that_never_ran);
  test_add_in_modes ("leaks/video", test_video);
  test_add_in_modes ("leaks/audio", test_audio);
  test_add_in_modes ("leaks/tee", test_tee);
  test_add_in_modes ("leaks/coded", test_coded);
  test_add_in_modes ("leaks/pools-of-downstream", test_pools_of_downstream);
}
