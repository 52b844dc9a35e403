/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpquery.h"

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
gst_bp_query_fill_allocator (GstQuery     *query,
                             GstAllocator *allocator)
{
  GstAllocationParams params;

  if (gst_query_get_n_allocation_params (query) == 0)
    {
      gst_query_add_allocation_param (query, allocator, NULL);
    }
  else
    {
      gst_query_parse_nth_allocation_param (query, 0, NULL, &params);
      gst_query_set_nth_allocation_param (query, 0, allocator, &params);
    }
}
