/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"
#include "bp-trace-private.h"

/*
 * Counters for Sysprof: what is out, what lies idle, and how many wait. They are set at the
 * end of slow paths, with nothing locked, by a thread that keeps the core; never by the fast
 * path, so they are as old as the last slow acquire or return.
 */

#ifdef BP_HAVE_SYSPROF
void bp_counters_set (BpCore *core);
/* A call begins to wait, or ends. */
# define bp_counters_wait(core, n) (bp_count ((core)->n_waiting, n), bp_counters_set (core))
/* Around what may give the last hold on the core away. */
# define bp_counters_hold(core) ((void) bp_core_ref (core))
# define bp_counters_set_and_drop(core) \
  G_STMT_START { bp_counters_set (core); bp_core_unref (core); } G_STMT_END
#else
# define bp_counters_set(core) ((void) 0)
# define bp_counters_wait(core, n) ((void) 0)
# define bp_counters_hold(core) ((void) 0)
# define bp_counters_set_and_drop(core) ((void) 0)
#endif
