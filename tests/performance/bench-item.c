/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-item.h"

#include <bufpool.h>

#include "bench-team.h"

#define OBJECT_BYTES 64
#define ITEM_BYTES 248

struct _BenchObject
{
  GObject parent_instance;

  guint n_uses;
  guint8 bytes[OBJECT_BYTES];
};

struct _BenchItem
{
  guint64 n_uses;
  guint8 bytes[ITEM_BYTES];
};

static gboolean
bench_object_reuse (BpReusable *reusable,
                    gsize       trim G_GNUC_UNUSED)
{
  BENCH_OBJECT (reusable)->n_uses = 0;

  return TRUE;
}

static void
bench_object_reusable_init (BpReusableInterface *iface)
{
  iface->reuse = bench_object_reuse;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (BenchObject, bench_object, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BP_TYPE_REUSABLE, bench_object_reusable_init))

static void
bench_object_class_init (BenchObjectClass *klass G_GNUC_UNUSED)
{
}

static void
bench_object_init (BenchObject *self)
{
  self->bytes[0] = 1;
}

/* Without the macro: all code here that touches an object knows what it is. */
void
bench_object_touch (gpointer object)
{
  BenchObject *self = object;

  self->n_uses++;
}

/* One with a cost stands for what opens a device or sets up a codec: it takes so
 * long by the clock.
 */
gpointer
bench_item_new (guint64 cost_ns)
{
  guint64 end = cost_ns > 0 ? bench_team_now () + cost_ns : 0;
  BenchItem *self = g_new0 (BenchItem, 1);

  while (cost_ns > 0 && bench_team_now () < end)
    ;

  return self;
}

gboolean
bench_item_reuse (gpointer item)
{
  BenchItem *self = item;

  self->n_uses = 0;

  return TRUE;
}

void
bench_item_free (gpointer item)
{
  g_free (item);
}

void
bench_item_touch (gpointer item)
{
  BenchItem *self = item;

  self->n_uses++;
}
