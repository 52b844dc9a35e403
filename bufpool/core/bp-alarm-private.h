/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * The alarm of a core: a source in a main context, which rings once when the time is up.
 *
 * It keeps the core and the context alive until it is ended. GLib's functions are called
 * with nothing locked, but for the list of cores before a fork.
 *
 * ASLEEP is a core whose alarm is not set, since nothing lies idle. A thread that puts it
 * to sleep sets the word first, then locks each shard once and sees that it is empty. A
 * thread that pushes reads the word before it unlocks the shard. So either the first sees
 * the buffer, or the second sees that it must wake the core up. tests/models/alarm.pml is
 * this.
 *
 * FORK. The child has no alarm, since other threads may have held a lock of the context
 * in the parent. It has one again once an alarm rings there, which shows that the context
 * is run.
 */

/* Attached to the thread's default main context, and not set. */
BpAlarm *bp_alarm_new (BpCore *core, void (*ring) (BpCore *core));
/* For good, by its only user. NULL is none. */
void bp_alarm_end (BpAlarm *alarm);
/* Whether they are of one context. */
gboolean bp_alarm_is_alike (BpAlarm *alarm, BpAlarm *other);

/* In the time that idle-timeout is. Does nothing where there is none. */
void bp_alarm_set (BpCore *core);
/* With nothing locked but the list of cores. */
void bp_alarm_wake (BpCore *core);
