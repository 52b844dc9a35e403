/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/*
 * A thread that may neither allocate, nor free, nor lock, nor call the kernel: the first
 * time that it does the process ends, and says what it was.
 *
 * Programs with test-guard.c among their sources define malloc(), pthread_mutex_lock(),
 * g_mutex_lock(), syscall() and their like themselves, in front of those of the C library and
 * GLib, for all libraries of the process. And the kernel has a filter for that thread: it
 * allows the end of the thread, and the report. What GLib does with a mutex of its own
 * that is free is seen by neither; see realtime-steps.c.
 */

/* The exit status of a process that a guard has ended. */
#define TEST_GUARD_STATUS 98

/* Whether this build and this kernel have it. */
gboolean test_guard_works      (void);

/* Where reports go to. Call it before the first guard; by default it is stderr. */
void     test_guard_set_report (int fd);

/* From here on, for the calling thread. There is no way back. Nothing where it does not
 * work. */
void     test_guard_begin      (void);

/* Ends the thread that is guarded. It can be joined; what others have registered for its
 * end does not run, since that may free. */
void     test_guard_end_thread (void) G_GNUC_NORETURN;
