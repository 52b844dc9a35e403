/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-budget.h"
#include "bp-core-private.h"
#include "bp-pool.h"

/* In bytes. */
#define BP_MAX_ELEMENT_SIZE G_MAXINT

struct _BpPool
{
  GObject parent_instance;

  BpCore *core;

  /* Interned. */
  _Atomic (const char *) name;
  BpBudget *budget;
  /* Construct properties, until the core is made of them. */
  BpCoreConfig config;
  gboolean has_item_funcs;
};

typedef enum
{
  BP_POOL_PROP_0,
  BP_POOL_PROP_NAME,
  BP_POOL_PROP_ELEMENT_TYPE,
  BP_POOL_PROP_ELEMENT_SIZE,
  BP_POOL_PROP_ITEM_TYPE,
  BP_POOL_PROP_ITEM_FUNCS,
  BP_POOL_PROP_ALIGNMENT,
  BP_POOL_PROP_SHARDS,
  BP_POOL_PROP_MAX_BUFFERS,
  BP_POOL_PROP_TRIM_CAPACITY,
  BP_POOL_PROP_THREAD_CACHE,
  BP_POOL_PROP_BUDGET,
  BP_POOL_PROP_MAX_OUTSTANDING,
  BP_POOL_PROP_MAX_IDLE_BYTES,
  BP_POOL_PROP_FLUSHING,
  BP_POOL_PROP_IDLE_TIMEOUT,
  BP_POOL_PROP_MEMORY_MONITOR,
  BP_POOL_PROP_REALTIME,
  BP_POOL_N_PROPS
} BpPoolProp;

extern BP_HIDDEN GParamSpec *bp_pool_properties[BP_POOL_N_PROPS];

/* The type cannot be derived from, so there is one class for all pools, and
 * comparing it costs no call. */
extern BP_HIDDEN GTypeClass *bp_pool_class;

BP_INLINE gboolean
bp_pool_check (gpointer instance)
{
  return instance != NULL && ((GTypeInstance *) instance)->g_class == bp_pool_class;
}
