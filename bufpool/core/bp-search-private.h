/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * Looking into the caches of other threads.
 *
 * A look interrupts every processor that runs a thread of this process, which is worth
 * some hundred small buffers, so it is rationed: a thread has to make so many buffers, or
 * to drop so many, before it may look. A look that does not pay for itself makes the next
 * one dearer. Out of credit, a thread allocates: otherwise two threads that share one
 * buffer would revoke each other for ever, where a second buffer ends the matter.
 *
 * The caches of ended threads need no barrier, and cost no credit.
 */

/* The thread made, or dropped, so many. */
void bp_search_earn (BpCore *core, BpCache *own, BpWant want, guint n_buffers);
/* What ended threads left: buffers go to the own ring, vacant places to the pool's
 * number. How many of both. */
guint bp_search_ended (BpCore *core, guint own_shard, gboolean may_wait);
/* What living threads keep: buffers that go to the own ring, or vacant places that go to
 * the pool's number. own is NULL for a thread without a cache, which has no credit; with
 * is_last the call would fail otherwise, so it costs none. */
guint bp_search_living (BpCore *core, BpCache *own, guint own_shard, BpWant want, gboolean is_last);
