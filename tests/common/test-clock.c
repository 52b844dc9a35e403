/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-clock.h"

#include <stdatomic.h>

/* In microseconds. */
static _Atomic gint64 now = 1;

#undef g_get_monotonic_time

gint64
g_get_monotonic_time (void)
{
  return atomic_load (&now);
}

void
test_clock_advance (guint milliseconds)
{
  atomic_fetch_add (&now, (gint64) milliseconds * G_TIME_SPAN_MILLISECOND);
}
