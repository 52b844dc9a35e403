/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "bp-core-private.h"

/*
 * When the system is short of memory, GIO's monitor says so in three levels: half of what
 * is idle goes, three quarters, or all.
 */

/* NULL for none; nothing changes in a pool that is closed. Whether it was a change. */
gboolean bp_pressure_set_monitor (BpCore *core, GMemoryMonitor *monitor);
/* For good. */
void bp_pressure_close (BpCore *core);
/* A reference, or NULL. */
GMemoryMonitor *bp_pressure_dup_monitor (BpCore *core);
