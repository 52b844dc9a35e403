/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"
#include "bp-pool.h"

/* For the library's own tests. */
BpCore *bp_pool_get_core (BpPool *self);
char   *bp_pool_validate (BpPool *self);
