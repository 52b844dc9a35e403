/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "bp-debug-private.h"

/* In bytes. */
#define BP_MAX_ELEMENT_SIZE G_MAXINT

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
  BP_POOL_PROP_CLEAR_ON_RELEASE,
  BP_POOL_PROP_REALTIME,
  BP_POOL_N_PROPS
} BpPoolProp;

extern BP_HIDDEN GParamSpec *bp_pool_properties[BP_POOL_N_PROPS];

void bp_pool_install_properties (GObjectClass *object_class, guint default_max_buffers);
