/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-subject.h"

/* No allocator at all: the same pointer goes through the ring again and again.
 * What is left is what two threads pay to hand over anything.
 */

static guint8 thing;

static gpointer
open_ring (const BenchSetup  *setup G_GNUC_UNUSED,
           GError           **error G_GNUC_UNUSED)
{
  return &thing;
}

static void
close_ring (gpointer pool G_GNUC_UNUSED)
{
}

static inline gpointer
acquire_ring (gpointer pool)
{
  return pool;
}

static inline void
touch_ring (gpointer buffer G_GNUC_UNUSED)
{
}

static inline void
fill_ring (gpointer buffer G_GNUC_UNUSED,
           gsize    size G_GNUC_UNUSED)
{
}

static inline void
release_ring (gpointer pool G_GNUC_UNUSED,
              gpointer buffer G_GNUC_UNUSED)
{
}

static char *
dup_version_ring (GError **error G_GNUC_UNUSED)
{
  return g_strdup (BENCH_VERSION);
}

static const BenchOps ring_ops = {
  .acquire = acquire_ring,
  .touch = touch_ring,
  .touch_pages = fill_ring,
  .fill = fill_ring,
  .release = release_ring,
  .release_early = release_ring,
};

BENCH_DEFINE_LOOPS (ring, ring_ops)

static const BenchLoops ring_loops = BENCH_LOOPS (ring);

const BenchDriver bench_driver_ring = {
  .dup_version = dup_version_ring,
  .open = open_ring,
  .close = close_ring,
  .ops = &ring_ops,
  .loops = &ring_loops,
};
