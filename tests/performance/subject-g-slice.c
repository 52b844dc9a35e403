/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-subject.h"

/* GLib's slices; the pool is the size. GLib hands large ones to malloc(). */

static gpointer
open_g_slice (const BenchSetup  *setup,
              GError           **error G_GNUC_UNUSED)
{
  return GSIZE_TO_POINTER (setup->size);
}

static void
close_g_slice (gpointer pool G_GNUC_UNUSED)
{
}

static inline gpointer
acquire_g_slice (gpointer pool)
{
  return g_slice_alloc (GPOINTER_TO_SIZE (pool));
}

static inline void
release_g_slice (gpointer pool,
                 gpointer buffer)
{
  g_slice_free1 (GPOINTER_TO_SIZE (pool), buffer);
}

static char *
dup_version_g_slice (GError **error G_GNUC_UNUSED)
{
  return g_strdup_printf ("%u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version);
}

static const BenchOps g_slice_ops = {
  .acquire = acquire_g_slice,
  .touch = bench_touch_byte,
  .touch_pages = bench_touch_pages,
  .fill = bench_fill,
  .release = release_g_slice,
  .release_early = release_g_slice,
};

BENCH_DEFINE_LOOPS (g_slice, g_slice_ops)

static const BenchLoops g_slice_loops = BENCH_LOOPS (g_slice);

const BenchDriver bench_driver_g_slice = {
  .dup_version = dup_version_g_slice,
  .open = open_g_slice,
  .close = close_g_slice,
  .ops = &g_slice_ops,
  .loops = &g_slice_loops,
};
