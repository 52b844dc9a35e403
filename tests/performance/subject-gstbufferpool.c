/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <gst/gst.h>

#include "bench-subject.h"

/* GStreamer's pool, without a bound so that it never makes a thread wait. A
 * GstBuffer shows its bytes only through a map, so touching one is to map it,
 * as it is in an element.
 */

static inline gpointer
acquire_gstbufferpool (gpointer pool)
{
  GstBuffer *buffer = NULL;

  if (G_UNLIKELY (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL) != GST_FLOW_OK))
    g_error ("gst_buffer_pool_acquire_buffer() gave no buffer");

  return buffer;
}

static inline void
release_gstbufferpool (gpointer pool G_GNUC_UNUSED,
                       gpointer buffer)
{
  gst_buffer_unref (buffer);
}

static inline gpointer
map_gstbufferpool (gpointer    buffer,
                   GstMapInfo *map)
{
  if (G_UNLIKELY (!gst_buffer_map (buffer, map, GST_MAP_WRITE)))
    g_error ("gst_buffer_map() failed");

  return map->data;
}

static inline void
touch_gstbufferpool (gpointer buffer)
{
  GstMapInfo map;

  bench_touch_byte (map_gstbufferpool (buffer, &map));
  gst_buffer_unmap (buffer, &map);
}

static inline void
touch_gstbufferpool_pages (gpointer buffer,
                           gsize    size)
{
  GstMapInfo map;

  bench_touch_pages (map_gstbufferpool (buffer, &map), size);
  gst_buffer_unmap (buffer, &map);
}

static inline void
fill_gstbufferpool (gpointer buffer,
                    gsize    size)
{
  GstMapInfo map;

  bench_fill (map_gstbufferpool (buffer, &map), size);
  gst_buffer_unmap (buffer, &map);
}

static gpointer
open_gstbufferpool (const BenchSetup  *setup,
                    GError           **error)
{
  g_autoptr (GstBufferPool) pool = NULL;
  GstStructure *config;

  /* No plugin is needed, so none need be looked for. */
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  if (!gst_init_check (NULL, NULL, error))
    return NULL;

  pool = gst_buffer_pool_new ();
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, NULL, setup->size, setup->n_buffers, 0);

  if (!gst_buffer_pool_set_config (pool, config) || !gst_buffer_pool_set_active (pool, TRUE))
    {
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED,
                   "a GstBufferPool of %u buffers of %" G_GSIZE_FORMAT " bytes could not be started",
                   setup->n_buffers, setup->size);
      return NULL;
    }

  return g_steal_pointer (&pool);
}

static void
close_gstbufferpool (gpointer pool)
{
  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
}

static char *
dup_version_gstbufferpool (GError **error G_GNUC_UNUSED)
{
  guint major, minor, micro, nano;

  gst_version (&major, &minor, &micro, &nano);

  return g_strdup_printf ("%u.%u.%u", major, minor, micro);
}

static const BenchOps gstbufferpool_ops = {
  .acquire = acquire_gstbufferpool,
  .touch = touch_gstbufferpool,
  .touch_pages = touch_gstbufferpool_pages,
  .fill = fill_gstbufferpool,
  .release = release_gstbufferpool,
  .release_early = release_gstbufferpool,
};

BENCH_DEFINE_LOOPS (gstbufferpool, gstbufferpool_ops)

static const BenchLoops gstbufferpool_loops = BENCH_LOOPS (gstbufferpool);

const BenchDriver bench_driver_gstbufferpool = {
  .dup_version = dup_version_gstbufferpool,
  .open = open_gstbufferpool,
  .close = close_gstbufferpool,
  .ops = &gstbufferpool_ops,
  .loops = &gstbufferpool_loops,
};
