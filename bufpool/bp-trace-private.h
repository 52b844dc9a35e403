/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/*
 * Marks for Sysprof around the slow paths, with the build option sysprof;
 * otherwise nothing. The fast path has none.
 */

#ifdef BP_HAVE_SYSPROF

# pragma GCC diagnostic push
# pragma GCC diagnostic ignored "-Wpedantic"
# include <sysprof-capture.h>
# pragma GCC diagnostic pop

# define bp_trace_now() SYSPROF_CAPTURE_CURRENT_TIME
# define bp_trace_mark(begin, name, message)                                  \
  sysprof_collector_mark ((begin), SYSPROF_CAPTURE_CURRENT_TIME - (begin),    \
                          "bufpool", (name), (message))

#else

# define bp_trace_now() ((gint64) 0)
# define bp_trace_mark(begin, name, message) ((void) (begin))

#endif
