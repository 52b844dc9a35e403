/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

/* Views of frames of a pipeline that has ended. */

#define N_KEPT 30

typedef struct
{
  GPtrArray *views;
  GPtrArray *checksums;
} Kept;

static char *
compute_checksum (BpPooledView *view)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256,
                                      (const guchar *) bp_pooled_view_get_address (view),
                                      bp_pooled_view_get_size_bytes (view));
}

static void
keep (GstElement *sink,
      GstBuffer  *buffer,
      GstPad     *pad,
      gpointer    data)
{
  Kept *kept = data;
  g_autoptr (GError) error = NULL;
  BpPooledView *view = gst_bp_buffer_view (buffer, GST_MAP_READ, &error);

  g_assert_no_error (error);
  g_ptr_array_add (kept->views, view);
  g_ptr_array_add (kept->checksums, compute_checksum (view));
}

static void
run_and_keep (const char *description,
              gboolean    with_bpalloc)
{
  g_autoptr (GPtrArray) views = g_ptr_array_new_with_free_func ((GDestroyNotify) bp_pooled_view_unref);
  g_autoptr (GPtrArray) checksums = g_ptr_array_new_with_free_func (g_free);
  Kept kept = { views, checksums };
  GstElement *pipeline, *sink;

  if (!test_has_elements (description))
    return;

  pipeline = test_parse_pipeline (description, with_bpalloc);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_signal_connect (sink, "handoff", G_CALLBACK (keep), &kept);
  gst_object_unref (sink);
  test_run_pipeline (pipeline);
  test_finalize (pipeline);

  g_assert_cmpuint (views->len, ==, N_KEPT);
  for (guint i = 0; i < views->len; i++)
    {
      g_autofree char *checksum = compute_checksum (g_ptr_array_index (views, i));

      g_assert_cmpstr (checksum, ==, g_ptr_array_index (checksums, i));
      for (guint j = 0; j < i; j++)
        g_assert_cmpstr (checksum, !=, g_ptr_array_index (checksums, j));
    }

  if (with_bpalloc)
    g_assert_cmpuint (test_get_shared_stat ("outstanding"), ==, N_KEPT);
  g_ptr_array_set_size (views, 0);
  test_assert_none_out ();
}

/* Each frame is another one, without bytes between the lines, which are never written. */
#define MOVING "videotestsrc num-buffers=30 pattern=ball ! video/x-raw,format=RGB,width=320,height=240 ! "
#define SINK "fakesink name=sink signal-handoffs=true sync=false"

static void
test_kept (void)
{
  run_and_keep (MOVING "BPALLOC ! " SINK, TRUE);
}

static void
test_kept_of_stock_pool (void)
{
  run_and_keep (MOVING SINK, FALSE);
}

/* The tee's other branch writes into its frames: a kept one does not change. */
static void
test_kept_behind_tee (void)
{
  run_and_keep (MOVING "BPALLOC ! tee name=tee ! queue ! " SINK
                " tee. ! queue ! videobalance hue=0.5 ! fakesink", TRUE);
}

void
test_add_cases (void)
{
  test_add_in_modes ("kept/past-null", test_kept);
  g_test_add_func ("/kept/of-stock-pool", test_kept_of_stock_pool);
  test_add_in_modes ("kept/behind-tee", test_kept_behind_tee);
}
