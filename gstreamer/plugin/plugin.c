/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpalloc.h"

#include <gst/bufpool/gstbufpool.h>

static gboolean
plugin_init (GstPlugin *plugin)
{
  return GST_ELEMENT_REGISTER (bpalloc, plugin) &&
         gst_tracer_register (plugin, "bufpool", GST_TYPE_BP_TRACER);
}

/* The version is that of GStreamer: what asks for an element, such as
 * `gst-inspect-1.0 --exists`, compares the two. */
GST_PLUGIN_DEFINE (GST_VERSION_MAJOR,
                   GST_VERSION_MINOR,
                   bufpool,
                   "Memory and buffers from a bufpool",
                   plugin_init,
                   GST_PLUGIN_VERSION,
                   "LGPL",
                   "bufpool",
                   "bufpool")
