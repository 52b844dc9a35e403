/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * A pool for threads that must not wait: it has homes instead of caches and shards, and a
 * stock of its own for handles. Only bp_pool_prefill() makes buffers.
 *
 * For the statistics a dropped buffer has ceased to exist. It keeps the core alive until it
 * is destroyed. As elsewhere, a return touches the core for the last time when it publishes
 * the buffer.
 */

/* Takes an idle buffer that is to be handed out; NULL and LIMIT if there is none. */
BpPooled *bp_realtime_take (BpCore *core, GError **error);
/* A return: checks whether the buffer may be kept, and calls reuse(). Afterwards the core
 * may be gone. */
void bp_realtime_return (BpPooled *pooled);
/* The same for a buffer that is ready for its next use. */
void bp_realtime_place (BpPooled *pooled);

/* Gives new buffers the homes that were reserved for them, and makes them idle. */
void bp_realtime_publish (BpCore *core, BpPooled *list);
/* Gives a buffer from outside a home, if one is vacant. Without a home it is not kept when
 * it comes back. */
void bp_realtime_adopt (BpPooled *pooled);

/* Destroys idle buffers until there are no more than so many, and all that was dropped
 * before. */
void bp_realtime_reduce (BpCore *core, guint64 max_idle);
/* For good. */
void bp_realtime_close (BpCore *core);

/* Whether this is a realtime pool, which cannot have the property. A critical says so
 * then. */
gboolean bp_realtime_refuses (BpCore *core, const char *property);
