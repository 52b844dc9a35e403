/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/*
 * A guarded thread may neither allocate, nor free, nor lock, nor call the kernel. The first
 * time that it does, the process ends, and says what it was.
 *
 * Programs with test-guard.c among their sources define malloc(), pthread_mutex_lock(),
 * g_mutex_lock(), syscall() and their like themselves, in front of those of the C library and
 * GLib, for all libraries of the process. The kernel has a filter for that thread, which
 * allows only the end of the thread, and the report. Neither sees what GLib does with a free
 * mutex of its own; see realtime-steps.c.
 */

/* The exit status of a process that a guard has ended. */
#define TEST_GUARD_STATUS 98

/* Whether this build and this kernel can guard a thread. */
gboolean test_guard_works      (void);

/* Where reports go to. Call it before the first guard; by default it is stderr. */
void     test_guard_set_report (int fd);

/* Guards the calling thread from here on, for good. Does nothing where guards do not work. */
void     test_guard_begin      (void);

/* Ends the thread that is guarded. The thread can be joined. What other code has registered
 * for its end does not run, since that may free. */
void     test_guard_end_thread (void) G_GNUC_NORETURN;
