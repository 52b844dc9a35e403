/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* The clock of programs with test-clock.c among their sources: they define
 * g_get_monotonic_time() themselves, in front of GLib's. It begins long before the
 * system's, so that a source that was set by it is always due, and stands still until
 * the test says so. */
void test_clock_advance (guint milliseconds);
