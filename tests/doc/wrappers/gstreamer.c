/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Statements with GStreamer, for a buffer that is at hand. */

#include <gst/gst.h>
#include <bufpool.h>

int
main (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) buffer = NULL;
  g_autoptr (GError) error = NULL;

  gst_init (NULL, NULL);
  pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  buffer = bp_pool_acquire_sized (pool, 4096, &error);

  {
@LISTING@

    g_assert_cmpuint (gst_buffer_get_size (out), ==, 4096);
    gst_buffer_unref (out);
  }

  return 0;
}
