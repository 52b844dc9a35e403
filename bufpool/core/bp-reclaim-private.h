/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * A pool as a member of its budget: it frees idle buffers when bytes are short, and lets
 * every return be seen while a call waits for them.
 *
 * What was not used since the last look is quiet: a cache whose buffers neither came nor
 * went, and the part of a ring that it never went below. A busy pool keeps what it works
 * with, as long as there is something quiet elsewhere.
 */

/* With the budget of the core's configuration, if there is one. */
void bp_reclaim_init (BpCore *core);

/* Frees what was not in use since the last call. */
void bp_reclaim_aged (BpCore *core);

/* A buffer that comes back, with a budget. TRUE if a waiter for bytes got it, or its
 * bytes; then the core may be gone. */
gboolean bp_reclaim_take_returned (BpCore *core, BpPooled *pooled);
