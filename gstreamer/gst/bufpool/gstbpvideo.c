/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpvideo-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_bp_buffer_pool_debug);
#define GST_CAT_DEFAULT gst_bp_buffer_pool_debug

const char **
gst_bp_video_get_options (void)
{
  static const char *options[] = {
    GST_BUFFER_POOL_OPTION_VIDEO_META,
    GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT,
    NULL,
  };

  return options;
}

/* Only of raw video frames have lines and planes. */
static gboolean
get_info (GstCaps      *caps,
          GstVideoInfo *info)
{
  /* Of what is not video gst_video_info_from_caps() would complain. */
  return caps != NULL &&
         gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw") &&
         gst_video_info_from_caps (info, caps) &&
         GST_VIDEO_INFO_FORMAT (info) != GST_VIDEO_FORMAT_ENCODED && info->size <= G_MAXUINT;
}

/* Every line begins at the strictest alignment that is asked for, of any plane or of the
 * memory, and so the memory has to begin there. */
static gboolean
align (GstBufferPool *pool,
       GstStructure  *config,
       GstVideoInfo  *info)
{
  GstAllocator *allocator;
  GstAllocationParams params;
  GstVideoAlignment alignment;
  gsize mask;

  if (!gst_buffer_pool_config_get_video_alignment (config, &alignment))
    gst_video_alignment_reset (&alignment);
  if (!gst_buffer_pool_config_get_allocator (config, &allocator, &params))
    return FALSE;

  mask = params.align;
  for (guint i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    mask |= alignment.stride_align[i];
  for (guint i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    alignment.stride_align[i] = (guint) mask;

  if (!gst_video_info_align (info, &alignment) || info->size > G_MAXUINT)
    return FALSE;

  gst_buffer_pool_config_set_video_alignment (config, &alignment);
  if (params.align < mask)
    {
      GST_INFO_OBJECT (pool, "memory is aligned by %" G_GSIZE_FORMAT " as lines are, not by %"
                       G_GSIZE_FORMAT, mask + 1, params.align + 1);
      params.align = mask;
      gst_buffer_pool_config_set_allocator (config, allocator, &params);
    }

  return TRUE;
}

gboolean
gst_bp_video_configure (GstBpVideo    *self,
                        GstBufferPool *pool,
                        GstStructure  *config)
{
  GstVideoInfo info;
  GstCaps *caps;
  guint size, min_buffers, max_buffers;

  self->adds_meta = gst_buffer_pool_config_has_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (!self->adds_meta ||
      !gst_buffer_pool_config_get_params (config, &caps, &size, &min_buffers, &max_buffers))
    return TRUE;

  if (!get_info (caps, &info))
    {
      GST_WARNING_OBJECT (pool, "a configuration with %s needs caps of raw video, not %"
                          GST_PTR_FORMAT, GST_BUFFER_POOL_OPTION_VIDEO_META, (gpointer) caps);
      return FALSE;
    }
  if (size < info.size)
    {
      GST_WARNING_OBJECT (pool, "a size of %u bytes is too small, a frame has %" G_GSIZE_FORMAT,
                          size, info.size);
      gst_buffer_pool_config_set_params (config, caps, (guint) info.size, min_buffers, max_buffers);
      return FALSE;
    }
  if (gst_buffer_pool_config_has_option (config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT) &&
      !align (pool, config, &info))
    {
      GST_WARNING_OBJECT (pool, "frames cannot be aligned so: %" GST_PTR_FORMAT,
                          (gpointer) config);
      return FALSE;
    }

  info.size = MAX (size, info.size);
  gst_buffer_pool_config_set_params (config, caps, (guint) info.size, min_buffers, max_buffers);
  self->info = info;

  return TRUE;
}

void
gst_bp_video_add_meta (GstBpVideo *self,
                       GstBuffer  *buffer)
{
  GstVideoInfo *info = &self->info;

  if (!self->adds_meta)
    return;

  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
                                  GST_VIDEO_INFO_FORMAT (info),
                                  GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info),
                                  GST_VIDEO_INFO_N_PLANES (info), info->offset, info->stride);
}
