/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

/* What objects and items are handed over: plain ones, so that what counts is how
 * they are made or kept, and not what they are.
 */

#define BENCH_TYPE_OBJECT (bench_object_get_type ())

G_DECLARE_FINAL_TYPE (BenchObject, bench_object, BENCH, OBJECT, GObject)

void     bench_object_touch (gpointer object);

#define BENCH_COSTLY_ITEM_NS 1000

typedef struct _BenchItem BenchItem;

gpointer bench_item_new     (guint64  cost_ns);
gboolean bench_item_reuse   (gpointer item);
void     bench_item_free    (gpointer item);
void     bench_item_touch   (gpointer item);
