/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * Many buffers of elements at once: the own cache is entered once, and what it does not
 * have, or not take, moves between the caller's array and a ring under one lock.
 *
 * Where the caches are off all goes one by one, so that limits need nothing here.
 */

/* Idle buffers without their places, ready to be handed out; how many there were at hand.
 * It never waits. */
guint bp_bulk_take (BpCore *core, BpPooled **to, guint n_wanted);

/* Idle buffers of the pool, ready for their next use. Afterwards the core may be gone. */
void bp_bulk_place (BpCore *core, BpPooled **batch, guint n_batch);
