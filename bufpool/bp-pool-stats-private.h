/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"
#include "bp-pool-stats.h"

/* Sums up one shard, or all when shard is G_MAXUINT. */
BpPoolStats *bp_pool_stats_new (BpCore *core,
                                guint   shard);
