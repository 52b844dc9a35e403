/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/*
 * What the library calls, counted where it calls it: programs with test-calls.c among
 * their sources define syscall() and g_mutex_unlock() themselves, in front of those of
 * the C library and GLib. So costs are found by numbers, and not by time, and a
 * kernel that refuses something can be had at will.
 */

/* Whether the fence is the kernel's barrier, for which the library has registered. */
gboolean test_calls_has_barriers    (void);
/* How often the kernel was asked for a barrier, by any thread. */
guint64  test_calls_n_barriers      (void);
/* As a sandbox does that the program enters when it runs already. */
void     test_calls_forbid_barriers (gboolean forbid);

/* How many mutexes of GLib's this thread has had and unlocked. */
guint64  test_calls_n_locks         (void);
/* How often this thread has called syscall(): for a barrier, or for a futex, as GLib's
 * mutexes and conditions do where they sleep or wake a thread. */
guint64  test_calls_n_system_calls  (void);
