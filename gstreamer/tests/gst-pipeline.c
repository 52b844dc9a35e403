/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pipeline.h"

#define POOL_NAME "test"
#define PATIENCE (60 * GST_SECOND)

const char *const test_modes[TEST_N_MODES] = { "allocator", "pool" };

static const char *current_mode = "allocator";

void
test_set_mode (const char *mode)
{
  current_mode = mode;
}

typedef struct
{
  const char *mode;
  void (*func) (void);
} ModeCase;

static void
run_in_mode (gconstpointer data)
{
  const ModeCase *mode_case = data;

  test_set_mode (mode_case->mode);
  mode_case->func ();
}

void
test_add_in_modes (const char *path,
                   void      (*func) (void))
{
  for (guint i = 0; i < TEST_N_MODES; i++)
    {
      g_autofree char *whole = g_strdup_printf ("/%s/%s", test_modes[i], path);
      ModeCase *mode_case = g_new (ModeCase, 1);

      *mode_case = (ModeCase) { test_modes[i], func };
      g_test_add_data_func_full (whole, mode_case, run_in_mode, g_free);
    }
}

GstAllocator *
test_get_allocator (void)
{
  static GstAllocator *allocator;

  if (allocator == NULL)
    allocator = gst_bp_allocator_get_shared (POOL_NAME, 64);

  return allocator;
}

guint64
test_get_shared_stat (const char *field)
{
  return test_get_stat (test_get_allocator (), field);
}

/* The name of an element, and not of a pad or BPALLOC, and not caps or a property. */
static gboolean
is_element (char **words,
            guint  i)
{
  if (i > 0 && !g_str_equal (words[i - 1], "!"))
    return FALSE;

  return strpbrk (words[i], "/,=.ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL;
}

gboolean
test_has_elements (const char *description)
{
  g_auto (GStrv) words = g_strsplit (description, " ", -1);
  GstRegistry *registry = gst_registry_get ();

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (is_element (words, i) &&
          !gst_registry_check_feature_version (registry, words[i], 1, 0, 0))
        {
          g_autofree char *why = g_strdup_printf ("there is no element %s", words[i]);

          g_test_skip (why);
          return FALSE;
        }
    }

  return TRUE;
}

GstElement *
test_parse_pipeline (const char *description,
                     gboolean    with_bpalloc)
{
  g_autofree char *element = g_strdup_printf ("bpalloc pool-name=" POOL_NAME " mode=%s",
                                              current_mode);
  g_auto (GStrv) parts = g_strsplit (description, "BPALLOC", -1);
  g_autofree char *whole = g_strjoinv (with_bpalloc ? element : "identity", parts);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (whole, &error);

  g_assert_no_error (error);

  return pipeline;
}

void
test_wait_for_eos (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  message = gst_bus_timed_pop_filtered (bus, PATIENCE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    {
      g_autoptr (GError) error = NULL;

      gst_message_parse_error (message, &error, NULL);
      g_assert_no_error (error);
    }
}

void
test_set_state (GstElement *pipeline,
                GstState    state)
{
  GstState reached;

  g_assert_cmpint (gst_element_set_state (pipeline, state), !=, GST_STATE_CHANGE_FAILURE);
  g_assert_cmpint (gst_element_get_state (pipeline, &reached, NULL, PATIENCE), ==,
                   GST_STATE_CHANGE_SUCCESS);
  g_assert_cmpint (reached, ==, state);
}

void
test_run_pipeline (GstElement *pipeline)
{
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PLAYING), !=,
                   GST_STATE_CHANGE_FAILURE);
  test_wait_for_eos (pipeline);
  test_set_state (pipeline, GST_STATE_NULL);
}

void
test_finalize (GstElement *pipeline)
{
  GWeakRef weak_ref;

  g_weak_ref_init (&weak_ref, pipeline);
  gst_object_unref (pipeline);
  while ((pipeline = g_weak_ref_get (&weak_ref)) != NULL)
    {
      gst_object_unref (pipeline);
      g_thread_yield ();
    }
  g_weak_ref_clear (&weak_ref);
}

void
test_assert_none_out (void)
{
  g_assert_cmpuint (test_get_shared_stat ("outstanding"), ==, 0);
}

static void
on_handoff (GstElement *sink,
            GstBuffer  *buffer,
            GstPad     *pad,
            gpointer    data)
{
  TestSeen *seen = data;
  GstMapInfo info;

  g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_READ));
  seen->n_buffers++;
  seen->n_bytes += info.size;
  for (gsize i = 0; i < info.size; i++)
    seen->hash = seen->hash * 31 + info.data[i];
  gst_buffer_unmap (buffer, &info);
}

TestSeen
test_run_and_see (const char *description,
                  gboolean    with_bpalloc)
{
  g_autoptr (GstElement) pipeline = test_parse_pipeline (description, with_bpalloc);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  TestSeen seen = { 0 };

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

guint64
test_check_mode (const char     *description,
                 const TestSeen *without,
                 const char     *mode)
{
  guint64 n_before = get_acquired ();
  TestSeen with;

  test_set_mode (mode);
  with = test_run_and_see (description, TRUE);
  g_assert_cmpuint (with.n_buffers, ==, without->n_buffers);
  g_assert_cmpuint (with.n_bytes, ==, without->n_bytes);
  g_assert_cmphex (with.hash, ==, without->hash);
  test_assert_none_out ();

  return get_acquired () - n_before;
}
