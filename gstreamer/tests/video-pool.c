/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pools.h"

#include <gst/video/gstvideopool.h>
#include <gst/video/video.h>

/* Options for frames, which the pool of GStreamer's video library has too: both get the same
 * configuration, and have to give the same answer. */

#define VIDEO(format, width, height) \
  "video/x-raw, format=" format ", width=" #width ", height=" #height ", framerate=30/1"

static GstBufferPool *
make_video_pool (void)
{
  return gst_video_buffer_pool_new ();
}

/* A configuration, and what is asked of it. */
typedef struct
{
  const char *caps;
  guint size;
  gboolean wants_meta;
  gboolean wants_alignment;
  GstVideoAlignment alignment;
  gsize params_align;
} Wish;

static GstStructure *
make_config (GstBufferPool *pool,
             const Wish    *wish)
{
  g_autoptr (GstCaps) caps = wish->caps != NULL ? gst_caps_from_string (wish->caps) : NULL;
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstAllocationParams params = { .align = wish->params_align };
  GstVideoAlignment alignment = wish->alignment;

  gst_buffer_pool_config_set_params (config, caps, wish->size, 0, 0);
  gst_buffer_pool_config_set_allocator (config, NULL, &params);
  if (wish->wants_meta)
    gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (wish->wants_alignment)
    {
      gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
      gst_buffer_pool_config_set_video_alignment (config, &alignment);
    }

  return config;
}

static gboolean
configure (GstBufferPool *pool,
           const Wish    *wish)
{
  return gst_buffer_pool_set_config (pool, make_config (pool, wish));
}

static guint
frame_size (const char *caps_string)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_string);
  GstVideoInfo info;

  g_assert_true (gst_video_info_from_caps (&info, caps));

  return (guint) info.size;
}

static guint
get_size (GstBufferPool *pool)
{
  GstStructure *config = gst_buffer_pool_get_config (pool);
  guint size;

  g_assert_true (gst_buffer_pool_config_get_params (config, NULL, &size, NULL, NULL));
  gst_structure_free (config);

  return size;
}

static void
assert_same_buffers (GstBufferPool *ours,
                     GstBufferPool *theirs)
{
  GstBuffer *buffer = test_acquire (ours);
  GstBuffer *expected = test_acquire (theirs);
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  GstVideoMeta *expected_meta = gst_buffer_get_video_meta (expected);

  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, gst_buffer_get_size (expected));
  g_assert_cmpint (meta != NULL, ==, expected_meta != NULL);
  if (meta != NULL)
    {
      g_assert_cmpint (meta->format, ==, expected_meta->format);
      g_assert_cmpuint (meta->width, ==, expected_meta->width);
      g_assert_cmpuint (meta->height, ==, expected_meta->height);
      g_assert_cmpuint (meta->n_planes, ==, expected_meta->n_planes);
      for (guint i = 0; i < meta->n_planes; i++)
        {
          g_assert_cmpuint (meta->offset[i], ==, expected_meta->offset[i]);
          g_assert_cmpint (meta->stride[i], ==, expected_meta->stride[i]);
        }
    }

  gst_buffer_unref (buffer);
  gst_buffer_unref (expected);
}

/* Both accept it or refuse it, say the same about it, and make the same buffers. */
static void
check_wish (const Wish *wish)
{
  g_autoptr (GstBufferPool) ours = test_make_bp_pool ();
  g_autoptr (GstBufferPool) theirs = make_video_pool ();
  gboolean is_accepted = configure (ours, wish);
  GstStructure *config = gst_buffer_pool_get_config (ours);
  GstStructure *expected = gst_buffer_pool_get_config (theirs);

  g_assert_cmpint (configure (theirs, wish), ==, is_accepted);
  gst_structure_free (expected);
  expected = gst_buffer_pool_get_config (theirs);
  g_assert_true (gst_structure_is_equal (config, expected));
  gst_structure_free (config);
  gst_structure_free (expected);

  if (is_accepted)
    {
      g_assert_true (gst_buffer_pool_set_active (ours, TRUE));
      g_assert_true (gst_buffer_pool_set_active (theirs, TRUE));
      assert_same_buffers (ours, theirs);
      test_stop_pool (ours);
      test_stop_pool (theirs);
    }
}

static const char *formats[] = {
  VIDEO ("I420", 320, 240),
  VIDEO ("I420", 321, 241),
  VIDEO ("NV12", 322, 242),
  VIDEO ("Y444", 33, 17),
  VIDEO ("RGB", 321, 240),
  VIDEO ("BGRx", 1, 1),
  VIDEO ("I420_10LE", 35, 20),
  VIDEO ("GRAY8", 7, 5),
  VIDEO ("v210", 50, 20),
  ("video/x-raw(format:Interlaced), format=NV12, width=64, height=64, interlace-mode=alternate, "
   "framerate=30/1"),
};

static void
test_meta (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      guint size = frame_size (formats[i]);

      check_wish (&(Wish) { .caps = formats[i], .size = size, .wants_meta = TRUE });
      check_wish (&(Wish) { .caps = formats[i], .size = size + 1000, .wants_meta = TRUE });
      check_wish (&(Wish) { .caps = formats[i], .size = size });
    }
}

static void
test_alignment (void)
{
  const guint masks[] = { 0, 1, 3, 15, 63, 255 };

  for (guint i = 0; i < 500; i++)
    {
      const char *caps = formats[g_test_rand_int_range (0, G_N_ELEMENTS (formats))];
      Wish wish = {
        .caps = caps,
        .size = frame_size (caps) + (guint) g_test_rand_int_range (0, 2) * 5000,
        .wants_meta = TRUE,
        .wants_alignment = TRUE,
        .params_align = masks[g_test_rand_int_range (0, G_N_ELEMENTS (masks))],
        .alignment = {
          .padding_top = (guint) g_test_rand_int_range (0, 40),
          .padding_bottom = (guint) g_test_rand_int_range (0, 40),
          .padding_left = (guint) g_test_rand_int_range (0, 40),
          .padding_right = (guint) g_test_rand_int_range (0, 40),
        },
      };

      for (guint plane = 0; plane < GST_VIDEO_MAX_PLANES; plane++)
        wish.alignment.stride_align[plane] = masks[g_test_rand_int_range (0, G_N_ELEMENTS (masks))];
      check_wish (&wish);
    }
}

/* Alignment can't be told without a meta, so it is not done. */
static void
test_alignment_without_meta (void)
{
  check_wish (&(Wish) {
    .caps = formats[0],
    .size = frame_size (formats[0]),
    .wants_alignment = TRUE,
    .alignment = { .padding_top = 32, .stride_align = { 63, 63, 63, 63 } },
  });
}

/* Whether a pool has the options, and what its size becomes, is what elements go by. */
static void
test_size_is_adjusted (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = ((const TestPoolKind *) data)->make ();
  Wish wish = {
    .caps = formats[0],
    .size = frame_size (formats[0]),
    .wants_meta = TRUE,
    .wants_alignment = TRUE,
    .alignment = { .padding_bottom = 19, .stride_align = { 63, 63, 63, 63 } },
  };
  GstAllocationParams params;
  GstBuffer *buffer;
  GstStructure *config;

  g_assert_true (gst_buffer_pool_has_option (pool, GST_BUFFER_POOL_OPTION_VIDEO_META));
  g_assert_true (gst_buffer_pool_has_option (pool, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT));
  g_assert_true (configure (pool, &wish));
  g_assert_cmpuint (get_size (pool), >=, 320 * 259 + 2 * 192 * 129);

  config = gst_buffer_pool_get_config (pool);
  g_assert_true (gst_buffer_pool_config_get_allocator (config, NULL, &params));
  g_assert_cmpuint (params.align, ==, 63);
  gst_structure_free (config);

  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  buffer = test_acquire (pool);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, get_size (pool));
  gst_buffer_unref (buffer);
  test_stop_pool (pool);
}

/* It is refused, and the configuration then has what is possible. The video pool does so in
 * versions after 1.26. */
static void
test_size_is_too_small (void)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  guint size = frame_size (formats[0]);
  Wish wish = { .caps = formats[0], .size = size - 1, .wants_meta = TRUE };

  g_assert_false (configure (pool, &wish));
  g_assert_cmpuint (get_size (pool), ==, size);
  g_assert_true (gst_buffer_pool_set_config (pool, gst_buffer_pool_get_config (pool)));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  test_stop_pool (pool);
}

static void
test_refused (gconstpointer data)
{
  const char *all_caps[] = {
    NULL,
    "audio/x-raw, format=S16LE, layout=interleaved, rate=48000, channels=2",
    "text/x-raw",
    "video/x-raw, format=I420, width=320",
  };
  g_autoptr (GstBufferPool) pool = ((const TestPoolKind *) data)->make ();

  for (guint i = 0; i < G_N_ELEMENTS (all_caps); i++)
    {
      Wish wish = { .caps = all_caps[i], .size = 1000000, .wants_meta = TRUE };

      g_assert_false (configure (pool, &wish));
    }
}

static void
test_configured_again (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = ((const TestPoolKind *) data)->make ();
  guint size = frame_size (formats[0]);
  Wish wishes[] = {
    { .caps = formats[0], .size = size, .wants_meta = TRUE },
    { .caps = formats[0], .size = size, .wants_meta = TRUE, .wants_alignment = TRUE,
      .alignment = { .padding_top = 16, .stride_align = { 31, 31, 31, 31 } } },
    { .caps = formats[2], .size = frame_size (formats[2]), .wants_meta = TRUE },
  };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (wishes); i++)
    {
      const Wish *wish = &wishes[i % G_N_ELEMENTS (wishes)];
      g_autoptr (GstCaps) caps = gst_caps_from_string (wish->caps);
      GstStructure *config = gst_structure_new_empty ("GstBufferPoolConfig");
      GstAllocationParams params = { 0 };
      GstVideoAlignment alignment = wish->alignment;
      GstBuffer *buffer;

      /* Of what was set before nothing stays. */
      gst_buffer_pool_config_set_params (config, caps, wish->size, 0, 0);
      gst_buffer_pool_config_set_allocator (config, NULL, &params);
      gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
      if (wish->wants_alignment)
        {
          gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
          gst_buffer_pool_config_set_video_alignment (config, &alignment);
        }
      g_assert_true (gst_buffer_pool_set_config (pool, config));
      g_assert_true (gst_buffer_pool_set_config (pool, gst_buffer_pool_get_config (pool)));
      g_assert_true (gst_buffer_pool_set_active (pool, TRUE));

      buffer = test_acquire (pool);
      g_assert_nonnull (gst_buffer_get_video_meta (buffer));
      if (wish->wants_alignment)
        g_assert_cmpuint (gst_buffer_get_size (buffer), >, wish->size);
      else
        g_assert_cmpuint (gst_buffer_get_size (buffer), ==, wish->size);
      gst_buffer_unref (buffer);
      test_stop_pool (pool);
    }
}

/* The meta belongs to the pool, and comes back with the buffer. */
static void
test_meta_stays (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = ((const TestPoolKind *) data)->make ();
  Wish wish = { .caps = formats[0], .size = frame_size (formats[0]), .wants_meta = TRUE };
  GstVideoMeta *meta;
  GstBuffer *buffer, *again;

  g_assert_true (configure (pool, &wish));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  buffer = test_acquire (pool);
  meta = gst_buffer_get_video_meta (buffer);
  g_assert_nonnull (meta);
  g_assert_true (GST_META_FLAG_IS_SET (&meta->meta, GST_META_FLAG_POOLED));
  g_assert_true (GST_META_FLAG_IS_SET (&meta->meta, GST_META_FLAG_LOCKED));
  gst_buffer_unref (buffer);

  again = test_acquire (pool);
  g_assert_true (again == buffer);
  g_assert_true (gst_buffer_get_video_meta (again) == meta);
  gst_buffer_unref (again);
  test_stop_pool (pool);
}

/* Frames can be mapped, and each line begins where it was asked to. */
static void
test_mapped (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = ((const TestPoolKind *) data)->make ();
  g_autoptr (GstCaps) caps = gst_caps_from_string (formats[1]);
  Wish wish = {
    .caps = formats[1],
    .size = frame_size (formats[1]),
    .wants_meta = TRUE,
    .wants_alignment = TRUE,
    .alignment = { .padding_left = 64, .stride_align = { 63, 63, 63, 63 } },
  };
  GstVideoInfo info;
  GstVideoFrame frame;
  GstBuffer *buffer;

  g_assert_true (gst_video_info_from_caps (&info, caps));
  g_assert_true (configure (pool, &wish));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  buffer = test_acquire (pool);
  g_assert_true (gst_video_frame_map (&frame, &info, buffer, GST_MAP_WRITE));
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (&frame); plane++)
    {
      guint8 *pixels = GST_VIDEO_FRAME_PLANE_DATA (&frame, plane);
      gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (&frame, plane);

      g_assert_cmpint (stride % 64, ==, 0);
      for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (&frame, plane); y++)
        memset (pixels + y * stride, 1, (gsize) GST_VIDEO_FRAME_COMP_WIDTH (&frame, plane));
    }
  g_assert_cmpuint ((gsize) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0) % 64, ==, 0);
  gst_video_frame_unmap (&frame);
  gst_buffer_unref (buffer);
  test_stop_pool (pool);
}

/* Without options ours is a pool for anything, and one that failed is as it was. */
static void
test_anything_without_options (void)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  GstBuffer *buffer;

  g_assert_true (configure (pool, &(Wish) { .caps = formats[0], .size = 100 }));
  g_assert_false (configure (pool, &(Wish) { .caps = "text/x-raw", .size = 5, .wants_meta = TRUE }));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  buffer = test_acquire (pool);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, 100);
  g_assert_null (gst_buffer_get_video_meta (buffer));
  gst_buffer_unref (buffer);
  test_stop_pool (pool);
}

/* What has no lines and planes is refused with one warning of ours. */
static void
test_no_frames (void)
{
  const char *all_caps[] = { "video/x-vp8, width=320, height=240", "text/x-raw",
                             VIDEO ("ENCODED", 320, 240) };
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  TestErrors errors;

  test_errors_begin (&errors);
  for (guint i = 0; i < G_N_ELEMENTS (all_caps); i++)
    {
      Wish wish = { .caps = all_caps[i], .size = 1000, .wants_meta = TRUE };

      g_assert_false (configure (pool, &wish));
    }

  g_assert_cmpuint (test_errors_end (&errors), ==, 0);
}

static void
add_for_both (const char    *path,
              GTestDataFunc  func)
{
  static const TestPoolKind kinds[] = {
    { "video-pool", make_video_pool },
    { "bp-pool", test_make_bp_pool },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *whole = g_strdup_printf ("/%s/%s", kinds[i].name, path);

      g_test_add_data_func (whole, &kinds[i], func);
    }
}

void
test_add_cases (void)
{
  g_test_add_func ("/same/meta", test_meta);
  g_test_add_func ("/same/alignment", test_alignment);
  g_test_add_func ("/same/alignment-without-meta", test_alignment_without_meta);
  add_for_both ("size-is-adjusted", test_size_is_adjusted);
  add_for_both ("refused", test_refused);
  add_for_both ("configured-again", test_configured_again);
  add_for_both ("meta-stays", test_meta_stays);
  add_for_both ("mapped", test_mapped);
  g_test_add_func ("/bp-pool/size-is-too-small", test_size_is_too_small);
  g_test_add_func ("/bp-pool/no-frames", test_no_frames);
  g_test_add_func ("/bp-pool/anything-without-options", test_anything_without_options);
}
