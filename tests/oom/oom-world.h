/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

#include "test-items.h"
#include "test-waiter.h"

/* What a scenario works on: a pool that has seen a little use, and what came of that. */

typedef enum
{
  NOTHING,
  WORDS,
  BYTES,
  ALIGNED,
  EMPTY,
  ITEMS,
  OBJECTS,
  /* With a budget, and max-outstanding. */
  LIMITED,
  LIMITED_ITEMS,
  LIMITED_BYTES,
  /* None may be acquired until one is given back. */
  FULL,
  REALTIME,
  CLEARING,
  /* Every acquire is recorded. */
  SAMPLED
} WorldKind;

#define WORLD_LENGTH 10
#define WORLD_BYTE 0x42
#define MOST_HOARDED 1000

typedef struct
{
  WorldKind kind;
  TestCounters counters;
  BpBudget *budget;
  BpPool *pool;
  /* Two handles; scenarios may give up the second. */
  BpPooled *pooled;
  BpPooled *other;
  BpPooledSlice *slice;
  BpPooledView *view;
  BpPoolStats *stats;
  GInputStream *stream;
  GMemoryMonitor *monitor;
  TestOutcome outcome;

  BpPool *hoarder;
  BpPooled *hoard[MOST_HOARDED];
  guint n_hoarded;
} World;

/* With so many idle buffers. */
void     world_init      (World     *world,
                          WorldKind  kind,
                          guint      n_idle);
/* Takes all handles that lie ready, so that the next one is an allocation. */
void     world_hoard     (World     *world);
void     world_clear     (World     *world);
gboolean world_has_elements (World  *world);
/* NULL without memory. */
gpointer world_make_item (World     *world);

/* What must be as before when a call has failed. */
typedef struct
{
  gsize length;
  gsize capacity;
  gconstpointer data;
  gsize other_length;
  gsize slice_length;
  guint64 n_acquired;
  guint64 n_returned;
  guint64 n_out;
  guint64 n_idle;
  guint64 n_idle_bytes;
  guint64 n_used_bytes;
  guint n_items;
} Snapshot;

void     snapshot_take   (Snapshot  *snapshot,
                          World     *world);
void     snapshot_check  (Snapshot  *snapshot,
                          World     *world,
                          gboolean   may_move);
