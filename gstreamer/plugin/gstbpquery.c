/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpquery.h"

#include <gst/video/video.h>

/* Memory of a kind that we cannot give: of a GPU, of a device. */
static gboolean
is_for_plain_memory (GstCaps *caps)
{
  for (guint i = 0; i < gst_caps_get_size (caps); i++)
    {
      GstCapsFeatures *features = gst_caps_get_features (caps, i);

      if (features == NULL)
        continue;
      if (gst_caps_features_is_any (features))
        return FALSE;

      for (guint j = 0; j < gst_caps_features_get_size (features); j++)
        {
          const char *feature = gst_caps_features_get_nth (features, j);

          if (g_str_has_prefix (feature, "memory:") &&
              !g_str_equal (feature, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY))
            return FALSE;
        }
    }

  return TRUE;
}

static gboolean
offers_pool (GstQuery *query)
{
  for (guint i = 0; i < gst_query_get_n_allocation_pools (query); i++)
    {
      g_autoptr (GstBufferPool) pool = NULL;

      gst_query_parse_nth_allocation_pool (query, i, &pool, NULL, NULL, NULL);
      if (pool != NULL)
        return TRUE;
    }

  return FALSE;
}

static gboolean
offers_allocator (GstQuery *query)
{
  for (guint i = 0; i < gst_query_get_n_allocation_params (query); i++)
    {
      g_autoptr (GstAllocator) allocator = NULL;

      gst_query_parse_nth_allocation_param (query, i, &allocator, NULL);
      if (allocator != NULL)
        return TRUE;
    }

  return FALSE;
}

gboolean
gst_bp_query_is_open (GstQuery *query)
{
  GstCaps *caps;

  gst_query_parse_allocation (query, &caps, NULL);

  return (caps == NULL || is_for_plain_memory (caps)) &&
         !offers_pool (query) && !offers_allocator (query);
}

void
gst_bp_query_fill_allocator (GstQuery       *query,
                             GstBpAllocator *allocator)
{
  GstAllocationParams params;

  if (gst_query_get_n_allocation_params (query) == 0)
    {
      gst_query_add_allocation_param (query, GST_ALLOCATOR (allocator), NULL);
    }
  else
    {
      gst_query_parse_nth_allocation_param (query, 0, NULL, &params);
      gst_query_set_nth_allocation_param (query, 0, GST_ALLOCATOR (allocator), &params);
    }
}

/* Only of raw video all buffers are of a size that the caps tell. A pool of another
 * size than the element upstream needs would break the pipeline. */
static gboolean
get_frame_size (GstCaps *caps,
                guint   *size)
{
  GstVideoInfo info;

  /* Of what is not raw video gst_video_info_from_caps() would complain. */
  if (caps == NULL || !gst_caps_is_fixed (caps) ||
      !gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw") ||
      !gst_video_info_from_caps (&info, caps) ||
      GST_VIDEO_INFO_FORMAT (&info) == GST_VIDEO_FORMAT_ENCODED ||
      GST_VIDEO_INFO_SIZE (&info) == 0 || GST_VIDEO_INFO_SIZE (&info) > G_MAXUINT)
    return FALSE;

  *size = (guint) GST_VIDEO_INFO_SIZE (&info);

  return TRUE;
}

GstBufferPool *
gst_bp_query_fill_pool (GstQuery       *query,
                        GstBpAllocator *allocator)
{
  g_autoptr (GstBufferPool) pool = NULL;
  GstStructure *config;
  GstCaps *caps;
  gboolean needs_pool, has_place;
  guint frame_size, size = 0, min_buffers = 0, max_buffers = 0;

  gst_query_parse_allocation (query, &caps, &needs_pool);
  if (!needs_pool || !get_frame_size (caps, &frame_size))
    return NULL;

  has_place = gst_query_get_n_allocation_pools (query) > 0;
  if (has_place)
    gst_query_parse_nth_allocation_pool (query, 0, NULL, &size, &min_buffers, &max_buffers);
  size = MAX (size, frame_size);

  pool = gst_bp_buffer_pool_new (allocator);
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, caps, size, min_buffers, max_buffers);
  if (!gst_buffer_pool_set_config (pool, config))
    return NULL;

  if (has_place)
    gst_query_set_nth_allocation_pool (query, 0, pool, size, min_buffers, max_buffers);
  else
    gst_query_add_allocation_pool (query, pool, size, min_buffers, max_buffers);

  return g_steal_pointer (&pool);
}
