/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * What was not needed for some time is freed.
 *
 * A source of a main context looks once in that time, and frees what is quiet since its
 * last look. When nothing lies idle any more it takes the vacant places of all caches and
 * sleeps: the next return finds no place in its cache, comes along the slow path, and wakes
 * the source. So an idle process does not wake up, and the fast path knows nothing of this.
 *
 * Where no main loop runs, slow returns look themselves, as often.
 */

/* In milliseconds; 0 for never. Whether it was a change. */
gboolean bp_age_set_timeout (BpCore *core, guint timeout);

/* A return on the slow path, before it is published. */
void bp_age_note_return (BpCore *core);
