/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "subject.h"

#include <string.h>

#include <gst/video/video.h>

const Subject subjects[] = {
  { "system", "gst_buffer_new_allocate() with the system allocator", SOURCE_NO_POOL, FALSE },
  { "stock-pool", "GstBufferPool", SOURCE_STOCK_POOL, FALSE },
  { "video-pool", "GstVideoBufferPool", SOURCE_VIDEO_POOL, FALSE },
  { "bp-allocator", "gst_buffer_new_allocate() with a GstBpAllocator", SOURCE_NO_POOL, TRUE },
  { "stock-on-bp", "GstBufferPool with a GstBpAllocator", SOURCE_STOCK_POOL, TRUE },
  { "bp-pool", "GstBpBufferPool", SOURCE_BP_POOL, TRUE },
};
const guint n_subjects = G_N_ELEMENTS (subjects);

#define LOOK_STEP 4096

const Subject *
subject_find (const char *name)
{
  for (guint i = 0; i < n_subjects; i++)
    {
      if (g_str_equal (subjects[i].name, name))
        return &subjects[i];
    }

  return NULL;
}

GstAllocator *
subject_make_allocator (const Subject *subject)
{
  return subject->is_on_bufpool ? gst_bp_allocator_new (NULL) : NULL;
}

/* A picture of one row whose size is the buffer's. */
static GstCaps *
make_caps (gsize size)
{
  return gst_caps_new_simple ("video/x-raw",
    "format", G_TYPE_STRING, "GRAY8",
    "width", G_TYPE_INT, (int) size,
    "height", G_TYPE_INT, 1,
    NULL);
}

void
source_open (Source        *self,
             const Subject *subject,
             GstAllocator  *allocator,
             gsize          size,
             guint          max_buffers)
{
  g_autoptr (GstCaps) caps = make_caps (size);
  GstStructure *config;

  *self = (Source) { .size = size };
  switch (subject->kind)
    {
    case SOURCE_STOCK_POOL:
      self->pool = gst_buffer_pool_new ();
      break;

    case SOURCE_VIDEO_POOL:
      self->pool = gst_video_buffer_pool_new ();
      break;

    case SOURCE_BP_POOL:
      self->pool = gst_bp_buffer_pool_new (GST_BP_ALLOCATOR (allocator));
      break;

    case SOURCE_NO_POOL:
    default:
      if (allocator != NULL)
        self->allocator = gst_object_ref (allocator);
      return;
    }

  config = gst_buffer_pool_get_config (self->pool);
  gst_buffer_pool_config_set_params (config, caps, (guint) size, 0, max_buffers);
  if (subject->kind == SOURCE_STOCK_POOL && allocator != NULL)
    gst_buffer_pool_config_set_allocator (config, allocator, NULL);
  if (!gst_buffer_pool_set_config (self->pool, config) ||
      !gst_buffer_pool_set_active (self->pool, TRUE))
    g_error ("%s could not be set up with buffers of %" G_GSIZE_FORMAT " bytes",
             subject->name, size);
}

void
source_close (Source *self)
{
  if (self->pool != NULL)
    gst_buffer_pool_set_active (self->pool, FALSE);
  gst_clear_object (&self->pool);
  gst_clear_object (&self->allocator);
}

void
buffer_fill (GstBuffer *buffer)
{
  GstMapInfo info;

  if (!gst_buffer_map (buffer, &info, GST_MAP_WRITE))
    g_error ("a buffer could not be mapped to be written");
  memset (info.data, 0x55, info.size);
  gst_buffer_unmap (buffer, &info);
}

void
buffer_look_at (GstBuffer *buffer)
{
  GstMapInfo info;

  if (!gst_buffer_map (buffer, &info, GST_MAP_READ))
    g_error ("a buffer could not be mapped to be read");
  for (gsize i = 0; i < info.size; i += LOOK_STEP)
    *(volatile guint8 *) (info.data + i);
  gst_buffer_unmap (buffer, &info);
}
