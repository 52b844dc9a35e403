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

/* A pool that downstream offers is plain if upstream may tell it where its memory comes
 * from: it is the stock pool or the one for video, and not of a class derived from them, so
 * its buffers have the memory of the allocator in its configuration and nothing else; none
 * is named there, so that is system memory; and it is not in use yet. Upstream configures it
 * with the allocator of the query, or with none, as it would without us. */
static gboolean
is_plain_pool (GstBufferPool *pool,
               GstAllocator  *allocator)
{
  GType type = G_OBJECT_TYPE (pool);
  GstAllocator *named = NULL;
  GstStructure *config;
  gboolean is_plain;

  if (type != GST_TYPE_BUFFER_POOL && type != GST_TYPE_VIDEO_BUFFER_POOL)
    return FALSE;

  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_get_allocator (config, &named, NULL);
  /* Ours is there if the same pool was offered before. */
  is_plain = named == allocator || (named == NULL && !gst_buffer_pool_is_active (pool));
  gst_structure_free (config);

  return is_plain;
}

/* Whether downstream offers no pool, or, where that does, none that is not plain. */
static gboolean
offers_only (GstQuery     *query,
             gboolean      allow_plain,
             GstAllocator *allocator)
{
  for (guint i = 0; i < gst_query_get_n_allocation_pools (query); i++)
    {
      g_autoptr (GstBufferPool) pool = NULL;

      gst_query_parse_nth_allocation_pool (query, i, &pool, NULL, NULL, NULL);
      if (pool != NULL && !(allow_plain && is_plain_pool (pool, allocator)))
        return FALSE;
    }

  return TRUE;
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

/* The caps are for plain memory, and downstream offers neither an allocator nor a pool that
 * would be in the way. */
static gboolean
is_open (GstQuery     *query,
         gboolean      allow_plain,
         GstAllocator *allocator)
{
  GstCaps *caps;

  gst_query_parse_allocation (query, &caps, NULL);

  return (caps == NULL || is_for_plain_memory (caps)) && !offers_allocator (query) &&
         offers_only (query, allow_plain, allocator);
}

/* Where downstream names no parameters, those that its pool was configured with. */
static void
get_params_of_pool (GstQuery            *query,
                    GstAllocationParams *params)
{
  g_autoptr (GstBufferPool) pool = NULL;
  GstStructure *config;

  gst_allocation_params_init (params);
  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_parse_nth_allocation_pool (query, 0, &pool, NULL, NULL, NULL);
  if (pool == NULL)
    return;

  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_get_allocator (config, NULL, params);
  gst_structure_free (config);
}

static void
fill_allocator (GstQuery     *query,
                GstAllocator *allocator)
{
  GstAllocationParams params;

  if (gst_query_get_n_allocation_params (query) == 0)
    {
      get_params_of_pool (query, &params);
      gst_query_add_allocation_param (query, allocator, &params);
    }
  else
    {
      gst_query_parse_nth_allocation_param (query, 0, NULL, &params);
      gst_query_set_nth_allocation_param (query, 0, allocator, &params);
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

/* Puts a new buffer pool on the allocator into the first place for pools, and leaves the
 * numbers there as they are, if the size of a buffer can be known. */
static GstBufferPool *
fill_pool (GstQuery       *query,
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

gboolean
gst_bp_query_fill (GstQuery          *query,
                   GstBpAllocator    *allocator,
                   GstBpQueryFlags    flags,
                   GstBufferPool    **pool)
{
  gboolean allow_plain = (flags & GST_BP_QUERY_BESIDE_POOLS) != 0;
  gboolean has_place_for_pool = is_open (query, FALSE, NULL);

  *pool = NULL;
  if (!has_place_for_pool && !is_open (query, allow_plain, GST_ALLOCATOR (allocator)))
    return FALSE;

  fill_allocator (query, GST_ALLOCATOR (allocator));
  if ((flags & GST_BP_QUERY_WITH_POOL) != 0 && has_place_for_pool)
    *pool = fill_pool (query, allocator);

  return TRUE;
}
