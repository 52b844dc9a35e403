/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

/* How long a main context would sleep now, in milliseconds: -1 for ever. It is not run. */
int test_context_get_timeout (GMainContext *context);
/* Runs it until it would sleep for ever; it may sleep for a time before. */
void test_context_run_out (GMainContext *context);

/* Says that memory is short when the test does. */
#define TEST_TYPE_MONITOR (test_monitor_get_type ())

G_DECLARE_FINAL_TYPE (TestMonitor, test_monitor, TEST, MONITOR, GObject)

GMemoryMonitor *test_monitor_new (void);
void test_monitor_warn (GMemoryMonitor *monitor, GMemoryMonitorWarningLevel level);
/* Whether a handler is connected. */
gboolean test_monitor_is_heard (GMemoryMonitor *monitor);
