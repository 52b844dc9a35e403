/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-trace-private.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "bp-lock-private.h"

/* A mark of Sysprof's says which process it is of, and not which thread. */
void
bp_trace_mark (const char *name, gint64 begin, const char *event, guint64 number)
{
  gint64 now = bp_trace_now (), since = begin != 0 ? begin : now;

  if (!bp_in_fork && sysprof_collector_is_active ())
    sysprof_collector_mark_printf (since, now - since, "bufpool", event, "%s: %" G_GUINT64_FORMAT
                                   ", thread %ld", name != NULL ? name : "(no name)", number,
                                   syscall (SYS_gettid));
}
