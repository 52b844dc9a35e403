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
 * An alarm rings once in that time: what is quiet since the last look is freed. When
 * nothing lies idle any more the vacant places of all caches are taken, and the alarm is
 * not set again: the next return finds no place in its cache, comes along the slow path,
 * and sets it. So an idle process does not wake up, and the fast path knows nothing of
 * this. bp-alarm-private.h says why no return is missed.
 *
 * Where no main loop runs, slow returns look themselves, half as often.
 */

/* In milliseconds; 0 for never. Whether it was a change. The alarm is in the main context
 * that is the calling thread's default. */
gboolean bp_age_set_timeout (BpCore *core, guint timeout);
/* For good. */
void bp_age_close (BpCore *core);

/* A return on the slow path, before it is published. */
void bp_age_note_return (BpCore *core);
