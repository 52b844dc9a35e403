/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-budget.h"
#include "bp-core-private.h"
#include "bp-pool-specs-private.h"
#include "bp-pool.h"

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

/* The type cannot be derived from, so there is one class for all pools, and
 * comparing it costs no call. */
extern BP_HIDDEN GTypeClass *bp_pool_class;

BP_INLINE gboolean
bp_pool_check (gpointer instance)
{
  return instance != NULL && ((GTypeInstance *) instance)->g_class == bp_pool_class;
}
