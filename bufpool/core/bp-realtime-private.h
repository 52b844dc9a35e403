/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * A pool for threads that must not wait: it has homes instead of caches and shards, and a
 * stock of its own for handles. Nobody but prefill makes a buffer.
 *
 * What is dropped has ceased to exist for the statistics, and keeps the core until it is
 * destroyed. As elsewhere, a return's last touch of the core is what publishes the buffer.
 */

/* An idle buffer that is to be handed out; NULL and LIMIT if there is none. */
BpPooled *bp_realtime_take (BpCore *core, GError **error);
/* What a return does: it looks whether the buffer may be kept, and calls reuse(). Afterwards
 * the core may be gone. */
void bp_realtime_return (BpPooled *pooled);
/* The same for one that is ready for its next use. */
void bp_realtime_place (BpPooled *pooled);

/* Buffers that exist get the homes that were reserved for them, and are idle. */
void bp_realtime_publish (BpCore *core, BpPooled *list);
/* One from outside gets a home, if there is one; otherwise it is not kept when it comes
 * back. */
void bp_realtime_adopt (BpPooled *pooled);

/* Idle buffers until there are no more than so many, and all that was dropped before. */
void bp_realtime_reduce (BpCore *core, guint64 max_idle);
/* For good. */
void bp_realtime_close (BpCore *core);

/* Whether the pool is one that does not have this property, which is reported then. */
gboolean bp_realtime_refuses (BpCore *core, const char *property);
