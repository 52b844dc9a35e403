/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-item.h"
#include "bench-subject.h"

/* Objects and items made anew each time and freed, with whichever malloc() the
 * process has. The pool is what making one costs.
 */

static const guint64 cheap = 0;
static const guint64 costly = BENCH_COSTLY_ITEM_NS;

static gpointer
open_new (const BenchSetup  *setup,
          GError           **error G_GNUC_UNUSED)
{
  return (gpointer) (setup->thing == BENCH_THING_COSTLY_ITEM ? &costly : &cheap);
}

static void
close_new (gpointer pool G_GNUC_UNUSED)
{
}

static inline gpointer
acquire_object (gpointer pool G_GNUC_UNUSED)
{
  return g_object_new (BENCH_TYPE_OBJECT, NULL);
}

static inline void
release_object (gpointer pool G_GNUC_UNUSED,
                gpointer object)
{
  g_object_unref (object);
}

static inline gpointer
acquire_item (gpointer pool)
{
  return bench_item_new (*(const guint64 *) pool);
}

static inline void
release_item (gpointer pool G_GNUC_UNUSED,
              gpointer item)
{
  bench_item_free (item);
}

static const BenchOps object_ops = {
  .acquire = acquire_object,
  .touch = bench_object_touch,
  .release = release_object,
};

static const BenchOps item_ops = {
  .acquire = acquire_item,
  .touch = bench_item_touch,
  .release = release_item,
};

BENCH_DEFINE_FEW (object, object_ops)
BENCH_DEFINE_FEW (item, item_ops)

static const BenchLoops object_loops = BENCH_FEW (object);
static const BenchLoops item_loops = BENCH_FEW (item);

const BenchDriver bench_driver_new_objects = {
  .open = open_new,
  .close = close_new,
  .ops = &object_ops,
  .loops = &object_loops,
};

const BenchDriver bench_driver_new_items = {
  .open = open_new,
  .close = close_new,
  .ops = &item_ops,
  .loops = &item_loops,
};
