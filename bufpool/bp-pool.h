/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (BUFPOOL_INSIDE) && !defined (BUFPOOL_COMPILATION)
# error "Only <bufpool.h> can be included directly."
#endif

#include "bp-types.h"

G_BEGIN_DECLS

/**
 * BP_DEFAULT_MAX_BUFFERS:
 *
 * The [property@Pool:max-buffers] of a pool for which none is set.
 *
 * Since: 0.9
 */
#define BP_DEFAULT_MAX_BUFFERS 256

#define BP_TYPE_POOL (bp_pool_get_type ())

BP_AVAILABLE_IN_0_9
G_DECLARE_FINAL_TYPE (BpPool, bp_pool, BP, POOL, GObject)

G_END_DECLS
