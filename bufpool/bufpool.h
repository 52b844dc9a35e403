/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#define BUFPOOL_INSIDE
#include "bp-version.h"
#include "bp-types.h"
#include "bp-reusable.h"
#include "bp-budget.h"
#include "bp-pooled.h"
#include "bp-pooled-change.h"
#include "bp-pooled-export.h"
#include "bp-pooled-note.h"
#include "bp-pooled-view.h"
#include "bp-pooled-slice.h"
#include "bp-pooled-slice-export.h"
#include "bp-pool.h"
#include "bp-pool-new.h"
#include "bp-pool-properties.h"
#include "bp-pool-acquire.h"
#include "bp-pool-adopt.h"
#include "bp-pool-bulk.h"
#include "bp-pool-dump.h"
#include "bp-pool-idle.h"
#include "bp-pool-memory.h"
#include "bp-pool-read.h"
#include "bp-pool-stats.h"
#include "bp-pool-wait.h"
#include "bp-global.h"
#undef BUFPOOL_INSIDE
